"""Which fields of messages fill which columns, as integer tables that the compiled back end interprets.

states   STATE integers each: for an object that is read with these tables, the number of the first row that one of its targets names,
         how many rows follow from there, and the index of its first target
targets  TARGET integers each, one per row: index of its first step, number of steps
steps    STEP integers each: what is done with the value, the column, two more that depend on it
roots    the state of the attributes of each command of the tables; extack: that of an extended ACK
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from ovsdissect.engine.codes import WIRE
from ovsdissect.engine.column_tables import Column, ColumnTables
from ovsdissect.engine.fieldcodes import BELOW, OTHERS
from ovsdissect.engine.tables import Tables
from ovsdissect.grammar.attrs import AttrSet
from ovsdissect.grammar.compound import Struct, Variant
from ovsdissect.grammar.wire import Wire
from ovsdissect.netlink.headers import EXTACK

ERROR: Final = ""  # used instead of a family, for what an extended ACK holds


class Field(NamedTuple):
    """A column of a field.

    family: whose attributes hold it, or ERROR; path: the names on the way down to the attribute or member that has the value.
    what: a code of fieldcodes; first, second: its parameters.
    """

    column: int
    family: str
    path: tuple[str, ...]
    what: int
    first: int = 0
    second: int = 0


class _Level:
    """The values wanted from one object: steps for its own rows, and levels for the objects in it."""

    def __init__(self) -> None:
        self.own: dict[str, list[Field]] = {}
        self.below: dict[str, _Level] = {}

    def add(self, path: tuple[str, ...], field: Field) -> None:
        """Add a field at the end of a path that starts here."""
        if len(path) == 1:
            self.own.setdefault(path[0], []).append(field)
        else:
            self.below.setdefault(path[0], _Level()).add(path[1:], field)


class FieldTables:
    """The tables of some fields. heads: the columns of headers; width: the number of the fields' columns; others: by code, the columns that
    no attribute fills. tables: the grammar's tables.
    """

    def __init__(self, tables: Tables, headers: Sequence[Column], fields: Iterable[Field], others: Mapping[int, int]) -> None:
        self.tables = tables
        self.heads = ColumnTables(tables, headers)
        self.states, self.targets, self.steps = array("i"), array("i"), array("i")
        fields = list(fields)
        columns = [*(field.column for field in fields), *others.values()]
        self.width = max(columns, default=-1) + 1
        self.families = tables.family_of_command
        self.others = array("i", [others.get(code, -1) for code in range(OTHERS)])
        levels: dict[str, _Level] = {}
        for field in fields:
            levels.setdefault(field.family, _Level()).add(field.path, field)
        made = {
            family.name: self._state(family.attrs, levels.get(family.name, _Level()))
            for family in dict.fromkeys(family for family, _ in tables.declared)
        }
        self.roots = array("i", [made[family.name] for family, _ in tables.declared])
        self.extack = self._state(EXTACK, levels.get(ERROR, _Level()))
        for one in (self.states, self.targets, self.steps):
            one.append(0)

    def _state(self, wire: Wire, level: _Level) -> int:
        """Return the number of an object's state."""
        rows: dict[int, list[tuple[int, ...]]] = {}
        for name, fields in level.own.items():
            row, _ = self._row(wire, name)
            rows.setdefault(row, []).extend((field.what, field.column, field.first, field.second) for field in fields)
        for name, below in level.below.items():
            row, inner = self._row(wire, name)
            rows.setdefault(row, []).append((BELOW, 0, self._state(inner, below), 0))
        number = len(self.states) // 3
        first, last = min(rows, default=0), max(rows, default=-1)
        self.states.extend((first, last - first + 1, len(self.targets) // 2))
        for row in range(first, last + 1):
            steps = rows.get(row, [])
            self.targets.extend((len(self.steps) // 4, len(steps)))
            for step in steps:
                self.steps.extend(step)
        return number

    def _row(self, wire: Wire, name: str) -> tuple[int, Wire]:
        """Return the number and the wire type of the row with a name in a set, a struct or a union."""
        if isinstance(wire, AttrSet):
            attr = wire.by_name[name]
            return self.tables.row(attr), attr.wire
        if isinstance(wire, Variant):
            case = next((case for case in wire.cases.values() if case.name == name), None)
            if case is not None:
                return self.tables.row(case), case.wire
            wire = wire.head
        assert isinstance(wire, Struct), wire
        place = next(place for place, member in enumerate(wire.members) if member.name == name)
        return self.tables.wires[self.tables.wire(wire) * WIRE + 3] + place, wire.members[place].wire
