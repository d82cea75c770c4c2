"""The table of messages: the compiled engine makes the rows, and the tree those that the engine refuses; the values are the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from ovsdissect.columns.arrow import Words, array_of, interleaved, schema_of
from ovsdissect.columns.names import Column
from ovsdissect.columns.values import Values
from ovsdissect.dissect.message import Message
from ovsdissect.dissect.shown import is_ovs
from ovsdissect.engine.available import engine
from ovsdissect.engine.codes import FULL

if TYPE_CHECKING:
    from ovsdissect.capture import Records
    from ovsdissect.dissect.context import Context
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.fieldcolumns import FieldColumns
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.tables import Tables
    from ovsdissect.engine.walk import Walk
    from ovsdissect.filter import Filter

ROWS: Final = 8192
ROOM: Final = 16 * 1024 * 1024  # bytes of text in this many rows; if there is more text, a batch has fewer rows
OF_TREE: Final = 1024  # rows in a batch if only the tree reads: they are Python objects


class Messages:
    """The rows of a pass over a capture, many at a time.

    columns: the wanted ones. capture: its name. chosen: a display filter. everything: other netlink messages too. binary: addresses as
    bytes.
    """

    def __init__(
        self, columns: Sequence[Column], capture: str, *, chosen: Filter | None = None, everything: bool = False, binary: bool = False
    ) -> None:
        self._columns, self._capture, self._chosen, self._everything, self._binary = columns, capture, chosen, everything, binary
        self.schema = schema_of(columns, binary=binary)
        self._words = {column.name: Words(column.words) for column in columns if column.type == "enum"}
        self._values = Values(columns, capture, binary=binary)

    def batches(self, context: Context[Message], records: Records) -> Iterator[pa.RecordBatch]:
        """Yield the batches of a pass over a capture."""
        return self._native(context, records) if engine().compiled else self._by_tree(context, records)

    def _shown(self, message: Message) -> bool:
        return (self._everything or is_ovs(message)) and (self._chosen is None or self._chosen.matches(message))

    def _by_tree(self, context: Context[Message], records: Records) -> Iterator[pa.RecordBatch]:
        rows: list[dict[str, Any]] = []
        for record in records:
            for message in context.messages(record):
                if self._chosen is not None and self._chosen.start_ns is None:
                    self._chosen.start_ns = message.time_ns
                if self._shown(message):
                    rows.append(self._values.of(message, record.interface))
            if len(rows) >= OF_TREE:
                yield self._batch(self._of_tree(rows))
                rows.clear()
        if rows:
            yield self._batch(self._of_tree(rows))

    def _native(self, context: Context[Message], records: Records) -> Iterator[pa.RecordBatch]:
        from ovsdissect.columns.native import Native
        from ovsdissect.engine.fieldcolumns import FieldColumns
        from ovsdissect.engine.passes import Pass
        from ovsdissect.engine.tables import tables

        native = Native(tables(), self._columns, self._words, lambda: context.interfaces, binary=self._binary)
        made: list[FieldColumns] = []
        trees: dict[int, dict[str, Any]] = {}
        done: list[pa.RecordBatch] = []

        def make(walk: Walk, answer: Answer, output: Output, tables: Tables) -> FieldColumns:
            made.append(FieldColumns(walk, answer, output, native.tables, capacity=ROWS, everything=self._everything))
            return made[0]

        def flush() -> None:
            filled = made[0]
            if filled.heads.rows:
                done.append(self._batch(self._both(native.arrays(filled, self._capture), trees, filled.heads.rows)))
            trees.clear()
            filled.clear()

        def take(message: Message) -> None:
            record = over.record
            assert record is not None
            if over.passes is False or not self._shown(message):
                return
            if len(trees) >= OF_TREE or not made[0].leave():
                flush()
                made[0].leave()
            trees[made[0].heads.rows - 1] = self._values.of(message, record.interface)

        chosen = None if self._chosen is None else (self._chosen, self._everything)
        over = Pass(tables(), context, make, take, ROOM, chosen, keys=self._chosen is not None)
        for status in over.run(records):
            if status == FULL:
                flush()
            yield from done
            done.clear()
        flush()
        yield from done

    def _of_tree(self, rows: Sequence[dict[str, Any]]) -> list[pa.Array]:
        """Return the arrays of the tree's rows; words are given by index."""
        arrays = []
        for column, field in zip(self._columns, self.schema, strict=True):
            values = [row.get(column.name) for row in rows]
            words = self._words.get(column.name)
            arrays.append(array_of(values, field.type) if words is None else words.places(values))
        return arrays

    def _both(self, arrays: list[pa.Array], trees: dict[int, dict[str, Any]], count: int) -> list[pa.Array]:
        """Return the arrays of both readers' rows."""
        if not trees:
            return arrays
        rows = list(trees.values())
        places = list(range(count))
        for place, row in enumerate(trees):
            places[row] = count + place
        names = {name for row in rows for name in row}
        taken = array_of(places, pa.int64())
        for n, (column, of_tree) in enumerate(zip(self._columns, self._of_tree(rows), strict=True)):
            if column.name in names or column.name == "capture":
                arrays[n] = interleaved(arrays[n], of_tree, taken)
        return arrays

    def _batch(self, arrays: Sequence[pa.Array]) -> pa.RecordBatch:
        made = [
            self._words[column.name].array(array) if column.name in self._words else array
            for column, array in zip(self._columns, arrays, strict=True)
        ]
        return pa.RecordBatch.from_arrays(made, schema=self.schema)
