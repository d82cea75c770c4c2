"""Which values of messages fill which columns, as integer tables that the compiled back end interprets.

entries  ENTRY integers each: what is kept, the (first) column, the number of the top attribute, index and count of the rows in `chains`
         that lead down from it, for a number shift and width of a slice (0: all of it) and whether it is signed, for bytes how many are
         kept (0: all)
plans    two integers each, for each command of the tables, then for messages without one, then for answers: index of the first entry,
         and how many entries
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from ovsdissect.engine.codes import WIRE
from ovsdissect.engine.columncodes import CONTENT, DIGEST, ENDING, ENTRY, OF_ERROR, OF_REQUEST, OF_REQUESTED, OF_REQUESTED_FAMILY, VALUE
from ovsdissect.engine.tables import Tables
from ovsdissect.families import FAMILIES
from ovsdissect.grammar import Attr, AttrSet, Struct
from ovsdissect.grammar.fieldnames import parts
from ovsdissect.grammar.wire import Int, Part, Wire

_TWO: Final = frozenset((CONTENT, ENDING, DIGEST))


class Column(NamedTuple):
    """One column: what is kept of each message.

    place: its number; bytes and digests also use the next one. what: a code of columncodes. family, path: name an attribute as in a field
    name. limit: how many bytes are kept. commands: the commands of the family that fill it; None means all.
    """

    place: int
    what: int
    family: str = ""
    path: str = ""
    limit: int = 0
    commands: frozenset[str] | None = None


class ColumnTables:
    """The tables for some columns. width: the number of columns. asks_requests: whether a column is about the request that a message
    answers.
    """

    def __init__(self, tables: Tables, columns: Sequence[Column]) -> None:
        self._tables = tables
        self.entries, self.plans, self.chains = array("i"), array("i"), array("i")
        self.width = max(column.place + (2 if column.what in _TWO else 1) for column in columns)
        self.asks_requests = any(column.what in (OF_REQUEST, OF_REQUESTED, OF_REQUESTED_FAMILY) for column in columns)
        headers = [column for column in columns if column.what < VALUE]
        for family, command in tables.declared:
            mine = [
                column
                for column in columns
                if column.what >= VALUE and column.family == family.name and (column.commands is None or command.name in column.commands)
            ]
            self._plan([*(column for column in headers if column.what != OF_ERROR), *mine])
        self._plan(column for column in headers if column.what != OF_ERROR)
        self._plan(headers)
        self.entries.append(0)
        self.chains.append(0)

    def _plan(self, columns: Iterable[Column]) -> None:
        first = len(self.entries) // ENTRY
        for column in columns:
            self.entries.extend(self._entry(column))
        self.plans.extend((first, len(self.entries) // ENTRY - first))

    def _entry(self, column: Column) -> list[int]:
        if column.what < VALUE:
            return [column.what, column.place, 0, 0, 0, 0, 0, 0]
        top, rows, part, signed = self._way(column.family, column.path)
        first = len(self.chains)
        self.chains.extend(rows)
        limit, shift = column.limit, 0
        if column.what == VALUE and part is not None:
            limit, shift = part.width, part.shift
        return [column.what, column.place, top, first, len(rows), limit, shift, int(signed)]

    def _way(self, family: str, path: str) -> tuple[int, list[int], Part | None, bool]:
        """Return the way to a value: (number of the top attribute, rows below it, slice or None, whether it is signed)."""
        wire: Wire = FAMILIES[family].attrs
        top, rows = -1, []
        part: Part | None = None
        for step in path.split("."):
            row: Attr | None = None
            if isinstance(wire, AttrSet) and not wire.ordered:
                row = wire.by_name[step]
                number, wire = self._tables.row(row), row.wire
            elif isinstance(wire, Struct):
                place = [member.name for member in wire.members].index(step)
                number, wire = self._tables.wires[self._tables.wire(wire) * WIRE + 3] + place, wire.members[place].wire
            else:
                part = next(part for part in parts(wire) if part.name == step)
                continue
            if top < 0:
                assert row is not None
                top = row.number
            else:
                rows.append(number)
        return top, rows, part, isinstance(wire, Int) and wire.signed
