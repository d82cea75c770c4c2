"""Finds the lines of a store that pass a display filter or contain a text, with the compiled engine if there is one, else with the tree."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Final

from ovsdissect.api import Message, is_ovs
from ovsdissect.capture import Record, Records
from ovsdissect.capture.records import Piece
from ovsdissect.dissect.context import Context
from ovsdissect.engine.available import engine
from ovsdissect.tui.columns import Look
from ovsdissect.tui.search import Needle
from ovsdissect.tui.source import Source
from ovsdissect.tui.store import Store

if TYPE_CHECKING:
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.columns import Columns
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.printed import Printed
    from ovsdissect.engine.tables import Tables
    from ovsdissect.engine.walk import Walk
    from ovsdissect.filter import Filter

ROWS: Final = 4096
RECORDS: Final = 256  # read again at a time
EACH: Final = 16  # messages that the tree reads between two looks at the clock
CAPACITY: Final = 1 << 18  # bytes of lines at a time
LISTED: Final = ("number", "family", "cmd", "datapath", "port", "summary")  # columns that a search examines; the number is not searched

Lines = array  # of "I": lines of a store, ascending


def chosen_lines(source: Source, store: Store, wanted: Filter, *, everything: bool) -> Iterator[tuple[Lines[int], float]]:
    """Yields the lines that pass among those in the store, and how much of it was examined, repeatedly until all of it was.

    everything: include messages of other families.  The array is the same object each time.
    """
    found: Lines[int] = array("I")
    count = store.count
    if not engine().compiled:
        for line in range(count):
            if (everything or store.ovs(line)) and wanted.matches(store.message(line)):
                found.append(line)
            if not line % EACH:
                yield found, line / count
        yield found, 1.0
        return
    from ovsdissect.engine import columncodes as c
    from ovsdissect.engine.column_tables import Column, ColumnTables
    from ovsdissect.engine.columns import Columns
    from ovsdissect.engine.passes import Pass
    from ovsdissect.engine.tables import tables
    from ovsdissect.filter.checks import Clue

    made_columns: list[Columns] = []

    def make(walk: Walk, answer: Answer, output: Output, made: Tables) -> Columns:
        number = ColumnTables(made, [Column(0, c.OF_NUMBER)])
        made_columns.append(
            Columns(walk, answer, output, number, capacity=ROWS, room=0, by_row=False, answers=True, everything=everything)
        )
        return made_columns[0]

    def flush() -> None:
        (columns,) = made_columns
        if columns.rows:
            found.extend(line for line in store.lines(memoryview(columns.values)[: columns.rows].tolist()) if line < count)
        columns.clear()

    def take(message: Message) -> None:
        line = store.line_of(message)
        if over.passes is not False and line < count and (everything or is_ovs(message)) and wanted.matches(message):
            found.append(line)

    context = context_of(source, store)
    if not source.live:
        printed = printed_of(source, store)
        for _seen in printed.find(step for step in wanted.program() if isinstance(step, Clue)):
            yield found, 0.0  # no line has been tested yet
        context.printed = printed
    over: Pass[Message] = Pass(tables(), context, make, take, 0, (wanted, everything), before=flush)
    for _status in over.run(Records(pieces(source, store))):
        flush()
        yield found, min(over.messages / max(count, 1), 1.0)
    yield found, 1.0


def lines_with(source: Source, store: Store, needle: Needle, look: Look) -> Iterator[tuple[Lines[int], float]]:
    """Yields the lines whose family, command, datapath, port or summary contains a text, in the same way."""
    found: Lines[int] = array("I")
    count = store.count
    release = spoken(source, look)
    text_of = Texts(look)
    if not engine().compiled or release is None:
        for line in range(count):
            if needle.in_text(text_of(store.message(line))):
                found.append(line)
            if not line % EACH:
                yield found, line / count
        yield found, 1.0
        return
    from ovsdissect.engine.list_shape import shape
    from ovsdissect.engine.listing import Listing
    from ovsdissect.engine.passes import Pass
    from ovsdissect.text.forms import Aligned
    from ovsdissect.text.rows import Clock, columns

    clock = Clock("relative")
    own = columns(clock)
    shown = [own[name]._replace(width=1) for name in LISTED]
    made = shape(shown, "relative", 6, (b"", b""))
    listing: Listing[Message] = Listing(
        Aligned(shown), clock, made, release, lambda message: True, str.encode, everything=True, names=look.names
    )

    def search(text: bytes) -> None:
        for number in needle.in_lines(text):
            if (line := store.line(number)) < count:
                found.append(line)

    def flush() -> None:
        over.output.write_to(taken)
        search(taken.getvalue())
        taken.seek(0)
        taken.truncate()

    def take(message: Message) -> None:
        line = store.line_of(message)
        if line < count and needle.in_text(text_of(message)):
            found.append(line)

    taken = BytesIO()
    over: Pass[Message] = Pass(listing.tables(), context_of(source, store), listing.back_end, take, CAPACITY, before=flush)
    for _status in over.run(Records(pieces(source, store))):
        flush()
        yield found, min(over.messages / max(count, 1), 1.0)
    yield found, 1.0


class Texts:
    """The text of a message that a search examines."""

    def __init__(self, look: Look) -> None:
        self._look = look

    def __call__(self, message: Message) -> str:
        from ovsdissect.text.rows import row
        from ovsdissect.text.values import scope

        made = row(message, scope(message, names=self._look.names, ovs=self._look.ovs))
        return " ".join((made.family, made.cmd, made.datapath, made.port, made.summary))


def spoken(source: Source, look: Look) -> str | None:
    """The release whose texts are shown; None if there are several or none is known yet."""
    from ovsdissect.odp.releases import AUTO, NEWEST
    from ovsdissect.odp.releases import release as named

    if look.ovs != AUTO:
        return named(look.ovs).version
    told = {detector.release for detector in source.detectors.values() if detector.seen} or {None}
    return None if len(told) > 1 or source.live else told.pop() or NEWEST.version


def context_of(source: Source, store: Store) -> Context[Message]:
    """The context for another pass over the records of a store."""
    context: Context[Message] = Context(source.registries, Message)
    context.daemon = source.daemon
    context.ahead, context.interfaces = store.ahead, source.interfaces
    return context


def printed_of(source: Source, store: Store) -> Printed[Message]:
    """The printed texts of a store's messages that a filter asks for, in the format of the detected or requested release."""
    from ovsdissect.engine.printed import Printed
    from ovsdissect.odp.releases import NEWEST

    @contextmanager
    def again() -> Iterator[tuple[Context[Message], Records]]:
        yield context_of(source, store), Records(pieces(source, store))

    def release() -> str | None:
        speaking = [conversation for conversation, detector in source.detectors.items() if detector.seen] or [0]
        told = {source.daemon(conversation).release for conversation in speaking}
        return None if len(told) > 1 else told.pop() or NEWEST.version

    return Printed(again, release)


def pieces(source: Source, store: Store) -> Iterator[Piece]:
    """The records in a store, directly from the file if it is uncompressed and was read to its end."""
    again = source.again()
    if again is not None:
        with again:
            yield from again.pieces()
        return
    count = store.record(store.count - 1) + 1 if store.count else 0
    for start in range(0, count, RECORDS):
        yield [store.table.fetch(place) for place in range(start, min(start + RECORDS, count))]


def records(source: Source, store: Store) -> Iterator[Record]:
    """The same, one by one."""
    return iter(Records(pieces(source, store)))
