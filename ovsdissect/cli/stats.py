"""`ovsdissect stats`: the contents of a capture, counted in one pass; the text is made from the object that --json prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from ovsdissect.cli.ending import finish, source_texts
from ovsdissect.cli.options import Numbers, count_option, most, numbers_option, open_capture, reading
from ovsdissect.cli.selection import with_numbers
from ovsdissect.problem import ProblemKind, counted

if TYPE_CHECKING:
    from ovsdissect.api import Capture, Message
    from ovsdissect.engine.counts import Counts
    from ovsdissect.odp.detection import Detector


@click.command("stats", short_help="Summarise a capture: counts, time span, family ids, losses.")
@reading
@numbers_option
@count_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    captures: tuple[str, ...],
    families: dict[str, int],
    follow: bool,
    quiet: bool,
    strict: bool,
    numbers: Numbers | None,
    count: int | None,
    as_json: bool,
) -> int:
    """Summarise a capture: messages by family and command, errors, problems, and recorded losses.

    -n counts only the messages with these numbers; -c stops after COUNT messages.  With --follow, Ctrl-C prints the counts.
    A line at the end says how many messages needed the slower reader, and why.

    \b
    ovsdissect stats nlmon.pcap
    ovsdissect stats --json nlmon.pcap | jq .errors
    """
    from ovsdissect.cli.captures import each_capture, series
    from ovsdissect.cli.progress import reading_shown
    from ovsdissect.engine.counts import Counts
    from ovsdissect.json.encoding import encode

    def read(capture: str) -> int:
        state = series()
        with open_capture(capture, families, follow) as opened:
            counts = Counts()
            detectors = opened.detectors
            with reading_shown(opened, quiet=quiet, printing=False):
                if numbers is None and state.left is None:
                    counts.run(*opened.begin())
                else:
                    counts.take(islice(numbered(opened, numbers), most(numbers, state.left)))
            if state.left is not None:
                state.left -= counts.seen
            found = summary(opened, counts, detectors)
            if as_json:
                click.echo(encode(found, indent=True))
            else:
                click.echo("\n".join([""] * state.titled + [*lines(found, source_texts(opened), whole=counts.records is None)]))
            state.titled = True
            return finish(opened, counts.malformed, quiet=quiet, strict=strict, said=not as_json)

    return each_capture(captures, read, count)


def numbered(capture: Capture, numbers: Numbers | None) -> Iterator[Message]:
    """Yield the messages with these numbers, of all families and protocols; None: all messages, without bytes outside messages."""
    text = with_numbers(None, numbers)
    return capture.filter("number >= 1" if text is None else text, all=True)


def summary(capture: Capture, counts: Counts, detectors: Mapping[int, Detector]) -> dict[str, Any]:
    """Return the object that --json prints. detectors: of the Open vSwitch release, by interface."""
    from ovsdissect.capture.pcapng import LONGEST_TIME
    from ovsdissect.capture.record import interface_of
    from ovsdissect.capture.timestamp import time_text
    from ovsdissect.json.jsonline import problem_object
    from ovsdissect.netlink import errno
    from ovsdissect.text.release import release_objects

    span = None if counts.first_ns is None or counts.last_ns is None else counts.last_ns - counts.first_ns
    return {
        "capture": capture.name,
        "format": capture.format,
        "compression": capture.compression,
        "byteorder": capture.byteorder,
        "records": capture.records_seen if counts.records is None else counts.records,
        "messages": counts.seen,
        "first": time_text(counts.first_ns),
        "last": time_text(counts.last_ns),
        "span_ns": span if span is not None and abs(span) < LONGEST_TIME else None,
        "interfaces": [
            {
                "index": one.index,
                "name": one.name,
                "link_type": one.link_type,
                "snaplen": one.snaplen,
                "received": one.received,
                "dropped": one.dropped,
                "accepted": one.accepted,
                "os_dropped": one.os_dropped,
                "delivered": one.delivered,
                "lost": one.lost,
                "lost_at": [{"record": number, "count": count} for number, count in one.lost_at],
            }
            | ({"comments": list(one.comments)} if one.comments else {})
            | ({"link_errors": one.faulty} if one.faulty else {})
            for one in capture.interfaces
        ],
        "byteorders": {order: capture.met.orders[order] for order in ("little", "big")},
        "other_records": {
            "count": capture.met.others,
            "bare": capture.met.bare,
            "strange": capture.met.strange,
            "link_types": {str(number): count for number, count in sorted(capture.met.link_types.items())},
            "devices": capture.met.foreign - capture.met.link_types.total(),
        },
        "clashes": [
            {
                "interface": interface_of(clash.conversation),
                "message": clash.number,
                "name": clash.name,
                "id": clash.id,
                "before_name": clash.before_name,
                "before_id": clash.before_id,
            }
            for clash in capture.clashes
        ],
        "ovs": release_objects(detectors),
        "families": [{"id": number, "name": known.name, "how": str(known.how)} for number, known in sorted(capture.ids.items())],
        "counts": [
            {"protocol": protocol, "family": family, "cmd": cmd, "type": number, "direction": direction, "count": count}
            for (protocol, family, cmd, number, direction), count in sorted(counts.messages.items(), key=_order)
        ],
        "control": {kind: counts.control[kind] for kind in ("error", "ack", "done", "noop", "overrun") if counts.control[kind]},
        "dumps_interrupted": counts.interrupted,
        "errors": [
            {
                "number": number,
                "name": errno.name(-number),
                "protocol": protocol,
                "family": family,
                "cmd": cmd,
                "type": asked,
                "count": count,
            }
            for (number, protocol, family, cmd, asked), count in counts.failed()
        ],
        "malformed": counts.malformed,
        "problems": dict(counts.faults()),
        "read_by_tree": None if counts.asked is None else dict(counts.asked.most_common()),
        "cut": problem_object(capture.cut) if capture.cut else None,
    }


def _order(item: tuple[tuple[str, str | None, str | int | None, int | None, str], int]) -> tuple[Any, ...]:
    """Return the sort key: Open vSwitch's families first, then other generic ones, then other protocols by frequency."""
    (protocol, family, cmd, number, direction), count = item
    if protocol != "generic":
        return 2, protocol, "", -count, number or 0, direction
    return (0 if family and family.startswith("ovs_") else 1), protocol, family or "~", 0, str(cmd), number or 0, direction


def lines(found: dict[str, Any], sources: Iterable[str], *, whole: bool = True) -> Iterator[str]:
    """Yield the summary for people: sections of aligned columns.

    sources: what is unusual about the sources of the messages. whole: all messages were counted.
    """
    from ovsdissect.text.release import release_text
    from ovsdissect.text.screen import escape

    kind = " ".join(str(found[key]) for key in ("format", "compression") if found[key])
    order = f"{found['byteorder']}-endian" if found["byteorder"] else "little- and big-endian sections"
    yield f"{escape(found['capture'])}: {kind}, {order}"
    if found["span_ns"] is not None:
        yield f"{found['first']} to {found['last']}: {found['span_ns'] / 1e9:.6f} s"
    yield f"{counted(found['records'], 'record', grouped=True)}, {counted(found['messages'], 'netlink message', grouped=True)}"
    yield release_text(found["ovs"])
    yield from sources
    yield from _section("family ids", ([one["name"], str(one["id"]), one["how"]] for one in found["families"]))
    yield from _section("messages", (_count(one) for one in found["counts"]))
    yield from _section("control messages", ([kind, count] for kind, count in found["control"].items()))
    if found["dumps_interrupted"]:
        many = found["dumps_interrupted"]
        yield f"\n{many:,} dump{'s' * (many != 1)} interrupted: incomplete"
    yield from _section("errors", ([one["count"], one["name"], one["family"] or one["protocol"], _asked(one)] for one in found["errors"]))
    problems = [[kind, count] for kind, count in found["problems"].items()]
    yield from _section(f"problems, in {found['malformed']:,} message{'s' * (found['malformed'] != 1)}", problems)
    yield from _section("interfaces", (_interface(one) for one in found["interfaces"]))
    yield ""
    if found["read_by_tree"] is not None:
        yield _by_tree(found["read_by_tree"])
    if not whole:
        yield "counted: the messages that -n and -c name"
    else:
        yield f"cut short: {escape(found['cut']['text'])}" if found["cut"] else "complete"


def _by_tree(found: dict[str, int]) -> str:
    """Return how many messages the engine left to the tree, and why: usually their problems."""
    why = {reason: count for reason, count in found.items() if reason in tuple(ProblemKind)}
    total = sum(found.values())
    if total > sum(why.values()):
        why["without a problem"] = total - sum(why.values())
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in why.items())
    return f"{total:,} message{'s' * (total != 1)} needed the slower reader" + (f": {reasons}" if reasons else "")


def _count(one: dict[str, Any]) -> list[Any]:
    return [one["family"] or one["protocol"], _asked(one), one["direction"], one["count"]]


def _asked(one: dict[str, Any]) -> str:
    if one["type"] is not None:
        from ovsdissect.netlink.rtnetlink import type_name

        name = type_name(one["type"]) if one["protocol"] == "route" else None
        return name or f"type {one['type']}"
    return "?" if one["cmd"] is None else str(one["cmd"])


def _interface(one: dict[str, Any]) -> list[Any]:
    names = ("received", "dropped", "accepted", "os_dropped", "delivered")
    lost = [f"{name.replace('_', ' ')} {one[name]:,}" for name in names if one[name] is not None]
    lost += [f"{at['count']:,} record{'s' * (at['count'] != 1)} lost before record {at['record']:,}" for at in one["lost_at"]]
    if one["lost"] > sum(at["count"] for at in one["lost_at"]):
        lost.append(f"{counted(one['lost'], 'record', grouped=True)} lost in all")
    if "link_errors" in one:
        lost.append(f"{counted(one['link_errors'], 'record', grouped=True)} with errors of the link layer")
    lost += [f"comment: {text}" for text in one.get("comments", ())]
    snaplen = f"snaplen {one['snaplen']:,}" if one["snaplen"] else "no snaplen"
    return [str(one["index"]), one["name"] or "-", f"link type {one['link_type']}", snaplen, ", ".join(lost) or "drop counts not recorded"]


def _section(title: str, rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield a title and its rows in aligned columns, numbers to the right; nothing if there are no rows."""
    from ovsdissect.text.screen import escape

    table = list(rows)
    if not table:
        return
    cells = [[f"{cell:,}" if isinstance(cell, int) else escape(str(cell)) for cell in row] for row in table]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    yield ""
    yield f"{title}:"
    for row, values in zip(cells, table, strict=True):
        aligned = (
            text.rjust(width) if isinstance(value, int) else text.ljust(width)
            for text, value, width in zip(row, values, widths, strict=True)
        )
        yield "  " + "  ".join(aligned).rstrip()
