"""The table of problems: of messages, of a capture's end, and of a capture as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from ovsdissect.columns.findings import Table
from ovsdissect.columns.names import UNREADABLE, Column, messages
from ovsdissect.columns.source import Source
from ovsdissect.columns.values import Values
from ovsdissect.dissect.shown import is_ovs
from ovsdissect.engine.available import engine
from ovsdissect.engine.codes import FULL
from ovsdissect.problem import Problem

if TYPE_CHECKING:
    from ovsdissect.dissect.message import Message
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.tables import Tables
    from ovsdissect.engine.walk import Walk
    from ovsdissect.filter import Filter

ROWS: Final = 4096
_OF_MESSAGE: Final = ("interface", "number", "record", "time", "time_ns", "family", "cmd")


class Problems:
    """The problems of one capture.

    columns: the wanted ones. capture: its name. chosen: a display filter that the messages must pass. everything: other netlink messages
    too.
    """

    def __init__(self, columns: Sequence[Column], capture: str, *, chosen: Filter | None = None, everything: bool = False) -> None:
        self._chosen, self._everything = chosen, everything
        self._values = Values([messages()[name] for name in _OF_MESSAGE], capture, binary=False)
        self._table = Table(columns, capture, binary=False)

    def batches(self, source: Source) -> Iterator[pa.RecordBatch]:
        """Yield the batches of a pass over a capture."""
        for found in self._messages(source):
            values = self._values.of(*found)
            for problem in found[0].problems:
                self._table.rows.append(values | _row(problem))
            if len(self._table.rows) >= ROWS:
                yield self._table.batch()
        if source.cut is not None:
            self._table.rows.append(_row(source.cut))
        if self._table.rows:
            yield self._table.batch()

    def unreadable(self, text: str) -> pa.RecordBatch:
        """Return the only row of a file that cannot be read as a capture."""
        self._table.rows.append({"kind": UNREADABLE, "text": text})
        return self._table.batch()

    def _messages(self, source: Source) -> Iterator[tuple[Message, int]]:
        """Yield the messages that have problems, or may have some, with their interfaces: what the engine reads has none."""
        context, records = source.begin()
        if not engine().compiled:
            for record in records:
                for message in context.messages(record):
                    if self._shown(message, message.time_ns):
                        yield message, record.interface
            return
        from ovsdissect.engine.column_tables import Column as Head
        from ovsdissect.engine.columncodes import OF_NUMBER
        from ovsdissect.engine.field_tables import FieldTables
        from ovsdissect.engine.fieldcolumns import FieldColumns
        from ovsdissect.engine.passes import Pass
        from ovsdissect.engine.tables import tables

        found: list[tuple[Message, int]] = []
        made: list[FieldColumns] = []
        mine = FieldTables(tables(), [Head(0, OF_NUMBER)], (), {})

        def make(walk: Walk, answer: Answer, output: Output, tables: Tables) -> FieldColumns:
            made.append(FieldColumns(walk, answer, output, mine, capacity=2 * ROWS, everything=self._everything))
            return made[0]

        def take(message: Message) -> None:
            assert over.record is not None
            if self._shown(message, over.started):
                found.append((message, over.record.interface))

        over = Pass(tables(), context, make, take, 1)
        for status in over.run(records):
            if status == FULL:
                made[0].clear()
            yield from found
            found.clear()
        yield from found

    def _shown(self, message: Message, started: int | None) -> bool:
        """Whether a message is wanted. started: the time of the capture's first message, from which relative times count."""
        if self._chosen is not None and self._chosen.start_ns is None:
            self._chosen.start_ns = started
        return (self._everything or is_ovs(message)) and (self._chosen is None or self._chosen.matches(message))


def _row(problem: Problem) -> dict[str, Any]:
    return {
        "kind": str(problem.kind),
        "path": problem.path,
        "offset": problem.offset,
        "length": problem.length,
        "text": problem.text,
    }
