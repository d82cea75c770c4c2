"""The list's columns: the usual ones, and any field of the display filter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from ovsdissect.api import Message
from ovsdissect.capture.timestamp import time_text as utc
from ovsdissect.odp.releases import AUTO, Version
from ovsdissect.text import rows
from ovsdissect.text.screen import escape
from ovsdissect.text.summary import summary
from ovsdissect.text.values import Scope, scope
from ovsdissect.tui.store import Store

TIMES: Final = rows.TIME_STYLES
_TIME_WIDTHS: Final = {"relative": 11, "delta": 11, "absolute": 26, "epoch": 17}


@dataclass
class Look:
    """How rows are to be read."""

    time: rows.TimeStyle = "relative"
    names: bool = True
    ovs: Version = AUTO


class Row:
    """One line of the store on its way to the list: what several columns ask for is made once."""

    def __init__(self, store: Store, line: int, look: Look) -> None:
        self.store, self.line, self.look = store, line, look

    @cached_property
    def message(self) -> Message:
        """The message itself."""
        return self.store.message(self.line)

    @cached_property
    def scope(self) -> Scope:
        """What its texts depend on."""
        return scope(self.message, names=self.look.names, ovs=self.look.ovs)

    @cached_property
    def faulty(self) -> bool:
        """Whether it has problems."""
        return bool(self.message.problems)

    @cached_property
    def tone(self) -> str:
        """What kind of thing it is."""
        return rows.tone(self.message)


class Column(NamedTuple):
    """A column of the list.

    width: cells; least: cells where the terminal is narrow.  told: painted in the colour of the message's kind.
    """

    name: str
    title: str
    width: int
    text: Callable[[Row], str]
    right: bool = False
    told: bool = False
    least: int = 0


def time_text(row: Row) -> str:
    """The time in the chosen form."""
    store, line, form = row.store, row.line, row.look.time
    now = store.time(line)
    if now is None:
        return "-"
    if form == "absolute":
        return (utc(now) or "-")[:26].replace("T", " ")
    start: int | None = 0
    if form != "epoch":
        start = store.time(0 if form == "relative" else max(line - 1, 0))
    return rows.seconds(now - (now if start is None else start), 6)


def number_text(row: Row) -> str:
    """The message's number; a record's own line has none."""
    number = row.store.number(row.line)
    return "-" if number is None else str(number)


USUAL: Final = (
    Column("number", "No.", 3, number_text, right=True),
    Column("time", "Time", 11, time_text, right=True),
    Column("direction", " ", 1, lambda row: rows.ARROWS.get(rows.direction(row.message), " ")),
    Column("family", "Family", 12, lambda row: rows.family(row.message), told=True, least=10),
    Column("cmd", "Command", 9, lambda row: rows.cmd(row.message), told=True, least=7),
    Column("port", "Port", 12, lambda row: rows.port(row.message, row.scope), least=7),
    Column("summary", "Summary", 60, lambda row: summary(row.message, row.scope)),
)
MORE: Final = (
    Column("record", "Record", 7, lambda row: str(row.message.record), right=True),
    Column("datapath", "Datapath", 10, lambda row: rows.datapath(row.message, row.scope)),
)
BY_NAME: Final = {column.name: column for column in (*USUAL, *MORE)}


def field(name: str) -> Column:
    """The column of a field of the display filter.  Raises FilterError where there is none."""
    from ovsdissect.filter import column

    found = column(name)
    return Column(name, name, max(len(name), 14), lambda row: escape(found.text(row.message)))


def column(name: str) -> Column:
    """The column of a name."""
    return BY_NAME.get(name) or field(name)


def fitted(columns: list[Column], look: Look) -> list[Column]:
    """The columns with the time's in the width of its form."""
    return [one._replace(width=_TIME_WIDTHS[look.time]) if one.name == "time" else one for one in columns]
