"""The columns of the list: its own, those about upcalls, and any field of the display filter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

from ovsdissect.api import Message
from ovsdissect.capture.timestamp import time_text as utc
from ovsdissect.odp.releases import AUTO, Version
from ovsdissect.text import rows
from ovsdissect.text.screen import ELLIPSIS, cells, cut, escape
from ovsdissect.text.summary import summary
from ovsdissect.text.values import Scope, scope
from ovsdissect.tui.store import Store

TIMES: Final = rows.TIME_STYLES
_TIME_WIDTHS: Final = {"relative": 8, "delta": 11, "absolute": 26, "epoch": 17}
TIME_TITLES: Final = {"relative": "Time", "delta": "Since above", "absolute": "UTC", "epoch": "Epoch"}
_ACTIONS: Final = ", actions:"


@dataclass
class Look:
    """How rows are displayed.  reference: the time from which relative times count; None: the start of the capture.

    actions: whether they have a column of their own.
    """

    time: rows.TimeStyle = "relative"
    names: bool = True
    ovs: Version = AUTO
    reference: int | None = None
    actions: bool = False


class Row:
    """A line of the store while its row is made: values that several columns need are computed once.  above: the line in the row above."""

    def __init__(self, store: Store, line: int, look: Look, above: int | None = None) -> None:
        self.store, self.line, self.look, self.above = store, line, look, above

    @cached_property
    def message(self) -> Message:
        """The message itself."""
        return self.store.message(self.line)

    @cached_property
    def scope(self) -> Scope:
        """The scope of its texts."""
        return scope(self.message, names=self.look.names, ovs=self.look.ovs)

    @cached_property
    def faulty(self) -> bool:
        """Whether it has problems."""
        return bool(self.message.problems)

    @cached_property
    def tone(self) -> str:
        """The kind of message, for the colour."""
        return rows.tone(self.message)

    @cached_property
    def summary(self) -> tuple[str, str]:
        """Its summary, and its actions if the summary ends with them."""
        text = summary(self.message, self.scope)
        said, mark, actions = text.partition(_ACTIONS)
        return (said, actions) if mark else (text, "")


class Column(NamedTuple):
    """A column of the list.

    width: in cells; least: in cells, on a narrow terminal.  told: painted in the colour of the kind of message.
    key: what rows are sorted by.  whole: as wide as its texts, up to `most` cells or, if that is 0, a share of the list.
    """

    name: str
    title: str
    width: int
    text: Callable[[Row], str]
    key: Callable[[Row], Any]
    right: bool = False
    told: bool = False
    least: int = 0
    whole: bool = False
    most: int = 0


def _column(name: str, title: str, width: int, text: Callable[[Row], str], key: Callable[[Row], Any] | None = None, **more: Any) -> Column:
    return Column(name, title, width, text, key or text, **more)


def time_text(row: Row) -> str:
    """The time in the chosen form."""
    store, line, look = row.store, row.line, row.look
    now = store.time(line)
    if now is None:
        return "-"
    if look.time == "absolute":
        return (utc(now) or "-")[:26].replace("T", " ")
    start: int | None = 0
    if look.time == "relative":
        start = store.time(0) if look.reference is None else look.reference
    elif look.time == "delta":
        start = now if row.above is None else store.time(row.above)
    return rows.seconds(now - (now if start is None else start), 6)


def time_width(store: Store, look: Look) -> int:
    """Cells of a relative time of the capture."""
    if look.time != "relative" or not store.count:
        return 0
    first, last = store.time(0) or 0, store.time(store.count - 1) or 0
    ends = (0, last - first) if look.reference is None else (first - look.reference, last - look.reference)
    return max(len(rows.seconds(end, 6)) for end in ends)


def number_text(row: Row) -> str:
    """The message's number; the entry of a record has none."""
    number = row.store.number(row.line)
    return "-" if number is None else str(number)


def what(message: Message) -> str:
    """Family and command in one: "miss", "flow new", "vport get"; for errors and other answers with their kind."""
    family, cmd = rows.family(message), rows.cmd(message)
    short = family.removeprefix("ovs_")
    if message.kind == "message":
        return cmd if short == "packet" else f"{short} {cmd}".strip()
    request = message.request
    asked = message.cmd or "" if request is not None and message.kind != "record" else ""
    return " ".join(word for word in (message.kind, "" if asked and short == "packet" else short, asked) if word)


def middle(text: str, width: int) -> str:
    """Escaped text in a number of cells; a longer one is shortened in the middle."""
    if cells(text) <= width or width < 3:
        return cut(text, width)
    tail = (width - 1) // 2
    end = text[-tail:] if text.isascii() else ""
    while not end and tail:
        end, tail = (text[-tail:], tail) if cells(text[-tail:]) <= (width - 1) // 2 else ("", tail - 1)
    return cut(text, width - cells(end))[: -len(ELLIPSIS)] + ELLIPSIS + end


def _summary(row: Row) -> str:
    said, actions = row.summary
    return said if row.look.actions or not actions else f"{said}{_ACTIONS}{actions}"


def _told(name: str) -> Callable[[Row], Any]:
    def value(row: Row) -> Any:
        number, ahead = row.store.number(row.line), row.store.ahead
        return None if number is None or ahead is None else ahead(number).get(name)

    return value


def _number(name: str) -> Callable[[Row], str]:
    value = _told(name)
    return lambda row: "" if (found := value(row)) is None else str(found)


def _latency(row: Row) -> str:
    value = _told("upcall.latency")(row)
    return "" if value is None else duration(value)


def duration(nanoseconds: int) -> str:
    """A duration in the unit that fits it: "64.8 ms"."""
    for unit, name in ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs")):
        if nanoseconds >= unit:
            return f"{nanoseconds / unit:.{max(2 - len(str(nanoseconds // unit)) + 1, 0)}f} {name}"
    return f"{nanoseconds} ns"


SUMMARY: Final = _column("summary", "Summary", 60, _summary)
ACTIONS: Final = _column("actions", "Actions", 24, lambda row: row.summary[1])
INTERFACE: Final = _column(
    "interface", "Interface", 9, lambda row: rows.interface_text(row.message), lambda row: row.message.interface, whole=True, most=20
)
USUAL: Final = (
    _column("number", "No.", 3, number_text, lambda row: row.line, right=True),
    _column("time", "Time", 11, time_text, lambda row: row.store.time(row.line), right=True),
    _column("direction", " ", 1, lambda row: rows.ARROWS.get(rows.direction(row.message), " ")),
    _column("what", "Message", 8, lambda row: what(row.message), told=True, whole=True, most=18),
    _column("port", "Port", 6, lambda row: rows.port(row.message, row.scope), least=6, whole=True),
    SUMMARY,
)
MORE: Final = (
    _column("answer", "Answer", 14, _number("upcall.answer")),
    _column("latency", "Latency", 8, _latency, _told("upcall.latency"), right=True),
    _column("answered-by", "Answered by", 11, _number("upcall.execute"), _told("upcall.execute"), right=True),
    INTERFACE,
    _column("record", "Record", 7, lambda row: str(row.message.record), right=True),
    _column("family", "Family", 12, lambda row: rows.family(row.message), told=True, least=10),
    _column("cmd", "Command", 9, lambda row: rows.cmd(row.message), told=True, least=7),
    _column("datapath", "Datapath", 10, lambda row: rows.datapath(row.message, row.scope)),
)
UPCALLS: Final = ("answer", "latency", "answered-by")  # they need the analyses
LAST: Final = ("summary", "actions")  # after all others
BY_NAME: Final = {column.name: column for column in (*USUAL, *MORE, ACTIONS)}


def own_names() -> list[str]:
    """The names of the columns that are not fields, in the order of the menu."""
    return [column.name for column in (*USUAL, *MORE)]


def title(name: str) -> str:
    """The name of a column in the menu."""
    known = BY_NAME.get(name)
    return name if known is None else known.title.strip() or name.capitalize()


def field(name: str) -> Column:
    """The column of a field of the display filter.  Raises FilterError if there is no such field."""
    from ovsdissect.filter import column

    found = column(name)
    return _column(name, name, max(len(name), 14), lambda row: escape(found.text(row.message)))


def column(name: str) -> Column:
    """The column with a name."""
    return BY_NAME.get(name) or field(name)


def with_interface(columns: list[Column]) -> list[Column]:
    """The columns of a capture of several interfaces: the interface follows the time if it has no other place."""
    names = [one.name for one in columns]
    if INTERFACE.name in names:
        return columns
    place = names.index("time") + 1 if "time" in names else 0
    return [*columns[:place], INTERFACE, *columns[place:]]


def fitted(columns: list[Column], look: Look) -> list[Column]:
    """The columns, with the width and the title of the time column set for the form of times."""
    heading = "Since ref." if look.time == "relative" and look.reference is not None else TIME_TITLES[look.time]
    width = max(_TIME_WIDTHS[look.time], len(heading))
    return [one._replace(width=width, title=heading) if one.name == "time" else one for one in columns]
