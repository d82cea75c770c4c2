"""Field names: every type of value that a family's rows can hold has one name, and their number is finite although sets nest in themselves.

A name is the path without indexes. A set of actions inside itself collapses onto the outermost ("actions.output" at every depth); a record
inside itself collapses onto its first repetition ("key.encap.ipv4.src" at every VLAN depth, never "key.ipv4.src").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ovsdissect.grammar.attrs import NLA_TYPE_MASK, Attr, AttrList, AttrSet, unknown_row
from ovsdissect.grammar.compound import Array, Member, Options, Struct, Variant
from ovsdissect.grammar.masks import Masked, MaskedSet
from ovsdissect.grammar.wire import Bits, Flags, Int, Pad, Part, Sized, Value, Wire

Row = Attr | Member
OTHERS: Final = "attr_*"


class Place:
    """One type of value and its position: a state of the walk from a family's attributes down to a value.

    name: the steps joined by dots, without family and indexes; "" for the attributes themselves.
    wire: its type; part: its slice of the integer, None for a whole value.
    `above`: the places on the way down to it.
    """

    __slots__ = ("_element", "_steps", "_unknown", "above", "name", "part", "row", "wire")

    def __init__(self, name: str, row: Row, wire: Wire, part: Part | None = None, above: tuple[Place, ...] = ()) -> None:
        self.name, self.row, self.wire, self.part, self.above = name, row, wire, part, above
        self._steps: Mapping[str, Place] | None = None
        self._element: Place | None = None
        self._unknown: dict[str, Place] | None = None

    def __repr__(self) -> str:
        return f"<Place {self.name}>"

    @property
    def doc(self) -> str:
        """The description of the value."""
        if self.part is not None and self.part.doc:
            return self.part.doc
        whole = self.row.doc or next((place.row.doc for place in reversed(self.above) if place.row.doc), "")
        return whole if self.part is None else f"{self.part.name}: {whole}"

    @property
    def steps(self) -> Mapping[str, Place]:
        """The places below, by the last step of their path; those below a list's elements belong to the list."""
        if self._steps is None:
            self._steps = self.element.steps if self.element else self._collapsed() or dict(self._below(self.wire))
        return self._steps

    @property
    def element(self) -> Place | None:
        """The elements of a list, which have the list's name; None for everything else."""
        if self._element is None and self.part is None:
            row = element_row(self.wire)
            if row is not None:
                self._element = Place(self.name, row, row.wire, None, (*self.above, self))
        return self._element

    @property
    def unknown(self) -> dict[str, Place]:
        """The places of undeclared attributes that have been requested; sets that collapse share them."""
        if self._unknown is None:
            outer = None
            if isinstance(self.wire, AttrSet) and self.wire.ordered:
                outer = next((place for place in self.above if place.wire is self.wire), None)
            self._unknown = self.element.unknown if self.element is not None else {} if outer is None else outer.unknown
        return self._unknown

    def attribute(self, name: str) -> Place | None:
        """Return the place of an undeclared attribute such as "attr_40"; for OTHERS, of all of them."""
        if not isinstance(self.wire, AttrSet) or self.part is not None or (name != OTHERS and not self._may_be(name)):
            return None
        if name not in self.unknown:
            row = unknown_row(0 if name == OTHERS else int(name[5:]))
            full = f"{self.name}.{name}" if self.name else name
            self.unknown[name] = Place(full, row, row.wire, None, (*self.above, self))
        return self.unknown[name]

    def _may_be(self, name: str) -> bool:
        """Whether a name is that of an undeclared attribute."""
        digits = name.removeprefix("attr_")
        plain = digits.isascii() and digits.isdecimal() and digits != name and str(int(digits)) == digits
        return plain and int(digits) <= NLA_TYPE_MASK and int(digits) not in getattr(self.wire, "by_number", {})

    def _collapsed(self) -> Mapping[str, Place] | None:
        """The steps of the place onto which this one collapses."""
        if isinstance(self.wire, AttrSet) and self.wire.ordered:
            return next((place.steps for place in self.above if place.wire is self.wire), None)
        return None

    def _below(self, wire: Wire) -> Iterator[tuple[str, Place]]:
        if self.part is not None:
            return
        if isinstance(wire, AttrSet):
            for row in wire.rows:
                if row.wire.kind != "pad":
                    yield row.name, next((place for place in (*self.above[1:], self) if place.row is row), None) or self._step(row)
        elif isinstance(wire, Struct):
            yield from self._members(wire)
        elif isinstance(wire, Variant):
            yield from self._members(wire.head)
            yield from ((case.name, self._step(case)) for case in wire.cases.values())
        elif isinstance(wire, (Masked, MaskedSet)):
            yield from ((half.name, self._step(half)) for half in wire.halves)
        elif isinstance(wire, Sized):
            for case in (*wire.cases.values(), *([wire.other] if wire.other else [])):
                yield from self._below(case)
        elif isinstance(wire, Int):
            yield from ((part.name, self._part(part)) for part in parts(wire))

    def _members(self, wire: Struct) -> Iterator[tuple[str, Place]]:
        for member in wire.members:
            if member.inline:
                yield from ((part.name, self._part(part, member)) for part in parts(member.wire))
            elif not isinstance(member.wire, Pad):
                yield member.name, self._step(member)

    def _step(self, row: Row) -> Place:
        name = f"{self.name}.{row.name}" if self.name else row.name
        return Place(name, row, row.wire, None, (*self.above, self))

    def _part(self, part: Part, row: Row | None = None) -> Place:
        row = row or self.row
        return Place(f"{self.name}.{part.name}", row, row.wire, part, (*self.above, self))


def places(attrs: AttrSet, doc: str = "The attributes.") -> Place:
    """Return the place of a family's attributes, from which all others are reached."""
    return Place("", Member("attrs", attrs, doc), attrs)


def every(root: Place) -> Iterator[Place]:
    """Yield every place at and below one, each once, including elements of lists."""
    seen = {root}
    todo = [root]
    while todo:
        place = todo.pop()
        yield place
        below = [*([place.element] if place.element else []), *place.steps.values()]
        for other in reversed(below):
            if other not in seen:
                seen.add(other)
                todo.append(other)


def element_row(wire: Wire) -> Row | None:
    """Return the row of a list's elements; None if the type is not a list."""
    if isinstance(wire, AttrList):
        return wire.row(0)
    if isinstance(wire, (Array, Options)):
        if isinstance(wire, Options):
            whole = Struct(*wire.head.members, Member(wire.data.name, wire.data.wire, wire.data.doc))
            return Member(wire.element.name, whole, wire.element.doc)
        return wire.element
    return None


def step(name: str) -> str:
    """Return the step for a node's name: "in_port#2" and "[3].in_port" are "in_port", "[0]" is ""."""
    if name[:1] == "[":
        name = name.partition("]")[2][1:]
    return name.partition("#")[0]


_PARTS: dict[Wire, tuple[Part, ...]] = {}


def parts(wire: Wire) -> tuple[Part, ...]:
    """Return the named slices of an integer: bit-fields, and each flag of a set of flags; none for other types."""
    if isinstance(wire, Bits):
        return wire.parts
    if not isinstance(wire, Flags):
        return ()
    if wire not in _PARTS:
        _PARTS[wire] = tuple(
            Part(name, bit.bit_length() - 1, 1, "bool", f"Flag {name} ({bit:#x}).") for bit, name in wire.names.items()
        )
    return _PARTS[wire]


def slice_of(part: Part, raw: int) -> Value:
    """Return the value of a slice as a number or a boolean, even for identifiers, whose own value is text."""
    value = part.of(raw)
    return int(value, 16) if isinstance(value, str) else value
