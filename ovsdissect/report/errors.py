"""Errors as a table, with the harmless ones in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ovsdissect.analysis.ahead import IN_THE_WAY
from ovsdissect.analysis.answers import EEXIST
from ovsdissect.analysis.findings import ErrorGroup
from ovsdissect.dissect.message import Message
from ovsdissect.families import OVS_FLOW
from ovsdissect.report.columns import NOTHING, Column, Line, Show, column_name, field_column
from ovsdissect.report.objects import Object, error_object, ufid_text
from ovsdissect.text.screen import escape

COLUMNS: Final = "count,family,cmd,error,note,first-request,first-error"
CSV_COLUMNS: Final = "count,family,cmd,error,message,probe,harmless,note,path,keys,first-request,first-error,last-error"


def _number(field: str, heading: str) -> Column:
    def text(line: Line, show: Show) -> str:
        value = line.fields[field]
        return (NOTHING if show.screen else "") if value is None else f"#{value}" if show.screen else str(value)

    return Column(column_name(field), text, lambda line: line.fields[field], heading=heading)


def _note(line: Line, show: Show) -> str:
    fields = line.fields
    parts = [fields["note"], fields["message"], fields["path"]]
    ways = [f"in the way: {ufid_text(one.ufid, one.order) or 'a flow'} (#{one.number})" for one in line.finding.in_the_way[:1]]
    more = len(line.finding.in_the_way) - 1
    if more > 0:
        ways.append(f"and {more} more")
    return "; ".join([str(part) for part in parts if part] + ways)


def columns() -> Mapping[str, Column]:
    """Return the columns of a screen."""
    made = (
        field_column("count", counts=True),
        *(field_column(name, right=False) for name in ("family", "cmd", "error")),
        Column("note", _note, lambda line: line.fields["note"], False),
        _number("first_request", "request"),
        _number("first_error", "error"),
    )
    return {column.name: column for column in made}


def example() -> Object:
    """Return an object with all fields."""
    return error_object(ErrorGroup(None, None, "", 0, None, False, None, 0, False, None, None, (), None, 0, 0, interface=0))


def in_the_way(message: Message) -> str | None:
    """Return the flows that conflict with a put refused by an error, as one line; None if the message is no such error, or none is known.

    This needs a pass over the whole capture first, so it works for files only.
    """
    request, said = message.request, message.error
    if message.kind != "error" or said.get("number") != -EEXIST or request is None or request.family != OVS_FLOW.name:
        return None
    if message.ahead is None or message.number is None:
        return None
    ways = message.ahead(message.number).get(IN_THE_WAY, ())
    return "; ".join(f"{ufid_text(one.ufid, one.order) or 'a flow without UFID'} (#{one.number})" for one in ways) or None


def harmless_line(groups: Sequence[ErrorGroup]) -> str | None:
    """Return the harmless errors in one line; None if there are none."""
    harmless = [group for group in groups if group.harmless]
    if not harmless:
        return None
    parts = [f"{group.family} {group.cmd} {group.error} {group.count}" for group in harmless if not group.probe]
    parts = [part.removeprefix("ovs_") for part in parts]
    probes = sum(group.count for group in harmless if group.probe)
    if probes:
        parts.append(f"probes {probes}")
    return escape(f"{sum(group.count for group in harmless):,}  harmless: {', '.join(parts)}")
