"""The places of the grammar that a condition refers to, as states: the engine moves between them along the rows of tokens.

The arrays are described in conditions.py.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ovsdissect.engine import matchcodes as m
from ovsdissect.engine.codes import WIRE
from ovsdissect.engine.tables import Tables
from ovsdissect.filter.checks import Clue
from ovsdissect.filter.fields import keys
from ovsdissect.filter.gather import COMPOUNDS, Selection
from ovsdissect.filter.types import Key
from ovsdissect.grammar import AttrSet, Masked, MaskedSet, Struct
from ovsdissect.grammar.compound import Options, Variant
from ovsdissect.grammar.fieldnames import Place, parts
from ovsdissect.grammar.wire import Pad, Sized, Wire


class StateTables:
    """The arrays of the states of all conditions of a filter."""

    __slots__ = ("pairs", "slices", "states")

    def __init__(self) -> None:
        self.states, self.pairs, self.slices = array("i"), array("i"), array("i")


def told(clue: Clue, key: Key, raw: Any) -> int:
    """Return YES or NO: whether one value meets a condition."""
    return m.YES if asked(clue, key)(raw) else m.NO


def asked(clue: Clue, key: Key) -> Callable[[Any], bool]:
    """Return the test that a condition applies to each value of a type."""
    check = (lambda raw: True) if clue.quantifier == "there" else clue.checks(key)
    return check or (lambda raw: False)


class States:
    """The places of one condition as states: which rows lead from each to the next.

    made: the arrays to which states are added. rule: returns the number of the rule for values of a type.
    """

    def __init__(self, tables: Tables, made: StateTables, clue: Clue, rule: Callable[[Key], int]) -> None:
        self._tables, self._made_tables, self._clue, self._rule = tables, made, clue, rule
        self._wanted: Mapping[Place, int] = {place: i for i, place in enumerate(clue.field.places)}
        self._selection = Selection(clue.field.places)
        self._made: dict[Place, int] = {}
        self._alive: frozenset[Place] = frozenset()

    def begin(self, root: Place) -> int:
        """Return the state of a root, NOWHERE if the condition has no place below it."""
        self._alive = self._selection.alive(root)
        return self._state(root) if root in self._alive else m.NOWHERE

    def _new(self) -> int:
        self._made_tables.states.extend((0, 0, m.NOWHERE, 0, 0, 0, 0, 0))
        return len(self._made_tables.states) // m.STATE - 1

    def _state(self, place: Place) -> int:
        if place in self._made:
            return self._made[place]
        number = self._made[place] = self._new()
        pairs = list(self._below(place))
        element = m.NOWHERE
        if isinstance(place.wire, AttrSet) and place.wire.ordered:
            element = m.SAME
        elif place.element is not None and place.element in self._alive:
            element = self._state(place.element)
        how, cases = self._held(place)
        slices = self._slices(place.steps, place.wire) if place.part is None else []
        self._fill(number, pairs, element, how, cases, slices)
        return number

    def _fill(
        self,
        number: int,
        pairs: list[tuple[int, int]],
        element: int,
        how: int,
        cases: list[tuple[int, int]],
        slices: list[tuple[int, int, int]],
    ) -> None:
        made = self._made_tables
        at = len(made.pairs) // m.PAIR
        for pair in (*pairs, *cases):
            made.pairs.extend(pair)
        first = len(made.slices) // m.SLICE
        for one in slices:
            made.slices.extend(one)
        filled = (at, len(pairs), element, how, at + len(pairs), len(cases), first, len(slices))
        made.states[number * m.STATE : (number + 1) * m.STATE] = array("i", filled)

    def _held(self, place: Place) -> tuple[int, list[tuple[int, int]]]:
        """Return how values of a place are compared (BY_TYPE, ...), and the rule for each wire type."""
        if place not in self._wanted or place.part is not None:
            return m.UNWANTED, []
        clue, field = self._clue, self._clue.field
        if field.source == "numbers":
            return m.PASSES if told(clue, field.types[0], field.numbers[self._wanted[place]]) else m.FAILS, []
        if field.source in ("packet.data", "packet.len"):
            rule = self._rule(field.types[0])
            return m.BY_LENGTH if field.source == "packet.len" else m.BY_TYPE, [(self._tables.wire(place.wire), rule)]
        return m.BY_TYPE, [
            (self._tables.wire(key), self._rule(key))
            for key in keys(place)
            if isinstance(key, Wire) and key.kind not in COMPOUNDS
        ]

    def _slices(self, steps: Mapping[str, Place], wire: Wire) -> list[tuple[int, int, int]]:
        """Return the parts of an integer that a condition refers to: (shift, width, rule)."""
        found = []
        for part in parts(wire):
            below = steps.get(part.name)
            if below is not None and below in self._wanted:
                found.append((part.shift, part.width, self._rule(part)))
        return found

    def _below(self, place: Place) -> Iterable[tuple[int, int]]:
        """Yield the rows that lead from a place to others: (row, state)."""
        if place.part is not None:
            return
        wires = (
            (*place.wire.cases.values(), *([place.wire.other] if place.wire.other else []))
            if isinstance(place.wire, Sized)
            else (place.wire,)
        )
        for wire in wires:
            for row, name in self._rows(place, wire):
                below = place.steps.get(name)
                if below is not None and below in self._alive and below.part is None:
                    yield row, self._state(below)
            for struct in self._structs(place, wire):
                yield from self._inline(place, struct)

    def _rows(self, place: Place, wire: Wire) -> Iterable[tuple[int, str]]:
        """Yield the rows of the tokens below a value, with the names of their steps."""
        tables = self._tables
        if isinstance(wire, AttrSet):
            # the halves of a masked set have rows of their own, made from its rows
            doubled = place.above[-1].wire if place.above and isinstance(place.above[-1].wire, MaskedSet) else None
            for row in (doubled.attrs if doubled is not None else wire).rows:
                if not isinstance(row.wire, Pad):
                    yield tables.row(row), row.name
        elif isinstance(wire, (Masked, MaskedSet)):
            yield tables.value_row, "value"
            yield tables.mask_row, "mask"
        elif isinstance(wire, Variant):
            for case in wire.cases.values():
                yield tables.row(case), case.name
        for struct in self._structs(place, wire):
            first = self._first(struct)
            for i, member in enumerate(struct.members):
                if not member.inline:
                    yield first + i, member.name
        above = place.above[-1] if place.above else None
        if above is not None and isinstance(above.wire, Options):
            yield tables.row(above.wire.data), above.wire.data.name

    def _structs(self, place: Place, wire: Wire) -> Iterable[Struct]:
        """Yield the structs whose members are directly below a value."""
        above = place.above[-1] if place.above else None
        if above is not None and isinstance(above.wire, Options):
            yield above.wire.head  # an option consists of its head and its data
        elif isinstance(wire, Struct):
            yield wire
        elif isinstance(wire, Variant):
            yield wire.head

    def _first(self, struct: Struct) -> int:
        """Return the row of a struct's first member."""
        return self._tables.wires[self._tables.wire(struct) * WIRE + 3]

    def _inline(self, place: Place, struct: Struct) -> Iterable[tuple[int, int]]:
        """Yield (row, state) for each integer of bit-fields that are members of the struct themselves."""
        first = self._first(struct)
        for i, member in enumerate(struct.members):
            slices = self._slices(place.steps, member.wire) if member.inline else []
            if slices:
                number = self._new()
                self._fill(number, [], m.NOWHERE, m.UNWANTED, [], slices)
                yield first + i, number
