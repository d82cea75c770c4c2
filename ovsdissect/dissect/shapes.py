"""Shapes found again by their header bytes: which compiled function reads a payload, in bounded memory.

It knows no output format: a back end gives the compiler.

What raises Refused here is for the tree; asking it is always right, only slower.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar

from ovsdissect.dissect.generations import Generations
from ovsdissect.dissect.plan import Plan, Refused, plan
from ovsdissect.dissect.specification import check
from ovsdissect.grammar import AttrSet, ByteOrder, Command, Family
from ovsdissect.grammar.attrs import NLA_TYPE_MASK, Attr
from ovsdissect.tree.node import Node, Row

T = TypeVar("T")

SHAPES: Final = 1024  # of one attribute, in each of two generations
MASKS: Final = 48  # of one length; a capture of one kind of traffic has one or two
SIGHTINGS: Final = 3  # compiling costs as much as some readings by the tree: a shape seen less often is not worth it
STEPS: Final = 4096  # of one command's sequences of attributes

class Shapes(Generic[T]):
    """What a back end makes of one attribute's payloads: once for each shape that was met more than a few times.

    compile_plan: makes it of a plan; it may raise Refused, where it has no use for that shape.  sightings: from which on that is done.
    """

    def __init__(self, row: Row, order: ByteOrder, compile_plan: Callable[[Plan], T], sightings: int | None = None) -> None:
        self._sightings = sightings
        self._row, self._order, self._compile = row, order, compile_plan
        # by length: a mask, and what it found under it; None where that is for the tree
        self._young: dict[int, list[tuple[int, dict[int, T | None]]]] = {}
        self._old = self._young
        self._count = 0
        self._seen: Generations[tuple[int, int], int] = Generations(SHAPES)

    def find(self, raw: bytes) -> T:
        """What was made for payloads like this one; Refused where they are for the tree."""
        bits = int.from_bytes(raw, "little")
        for mask, table in self._young.get(len(raw), ()):
            made = table.get(bits & mask)
            if made is not None:
                return made
        made = self._meet(raw, bits)
        if made is None:
            raise Refused
        return made

    def _meet(self, raw: bytes, bits: int) -> T | None:
        for generation in (self._young, self._old):
            for mask, table in generation.get(len(raw), ()):
                if bits & mask in table:
                    known = table[bits & mask]
                    if generation is not self._young:
                        self._keep(len(raw), mask, bits & mask, known)
                    return known
        drawn = plan(self._row, self._row.wire, raw, self._order)
        key = (drawn.mask, drawn.expect)
        seen = (self._seen.get(key) or 0) + 1
        if seen < (self._sightings or SIGHTINGS) and not drawn.refused:
            self._seen.put(key, seen)
            return None
        try:
            made = None if drawn.refused else self._compile(drawn)
        except Refused:
            made = None
        self._keep(drawn.size, drawn.mask, drawn.expect, made)
        return made

    def _keep(self, size: int, mask: int, expect: int, made: T | None) -> None:
        if self._count >= SHAPES:
            self._old, self._young, self._count = self._young, {}, 0
        layouts = self._young.setdefault(size, [])
        table = next((table for known, table in layouts if known == mask), None)
        if table is None:
            table = {}
            layouts.insert(0, (mask, table))
            del layouts[MASKS:]
        table[expect] = made
        self._count += 1


class Readers(Shapes[Callable[[bytes], T]]):
    """The reader of one attribute's payloads: each shape has a function of its own."""

    def __call__(self, raw: bytes) -> T:
        """The reading of a payload; Refused where it is for the tree."""
        return self.find(raw)(raw)


def reader(row: Row, order: ByteOrder, compile_plan: Callable[[Plan], Callable[[bytes], T]]) -> Callable[[bytes], T]:
    """The reader of a row's payloads; it raises Refused, or struct.error for a wrong size, where they are for the tree."""
    wire = row.wire
    made = plan(row, wire, bytes(wire.size), order) if wire.size is not None else None
    if made is None or made.refused:
        return Readers(row, order, compile_plan)
    # a type of one size has one shape, but for bits that should not be set
    mask, expect, read = made.mask, made.expect, compile_plan(made)
    if not mask:
        return read

    def check(raw: bytes) -> T:
        if int.from_bytes(raw, "little") & mask != expect:
            raise Refused
        return read(raw)

    return check


class Step(NamedTuple):
    """One attribute of a message: the key before its value, the reader of its payload, and the state after it."""

    key: str
    read: Callable[[bytes], Any]
    after: State


class State:
    """What a message's attributes so far were.

    steps: by the type that comes next.  complete: whether a message that ends here has no problem by the specification.
    places: where in the sequence each attribute stands, by name.
    """

    __slots__ = ("complete", "places", "rows", "steps")

    def __init__(self, rows: tuple[Attr, ...], complete: bool) -> None:
        self.rows = rows
        self.complete = complete
        self.places = {row.name: place for place, row in enumerate(rows)}
        self.steps: dict[int, Step] = {}


class Sequences:
    """The top attributes of one command's messages: each sequence of types is a path of states, judged by the specification once.

    readers: gives the reader of a row's payloads.
    """

    def __init__(self, family: Family, command: Command, request: bool, readers: Callable[[Attr], Callable[[bytes], Any]]) -> None:
        self._attrs: AttrSet = family.attrs
        self._command, self._request, self._readers = command, request, readers
        self._count = 0
        self.start = self._state(())

    def _state(self, rows: tuple[Attr, ...]) -> State:
        return State(rows, complete(self._command, self._attrs, rows, self._request))

    def step(self, state: State, kind: int) -> Step:
        """The step from a state by an attribute of this nla_type; Refused where the set has none, or had it already."""
        row = self._attrs.by_number.get(kind & NLA_TYPE_MASK)
        if row is None or row in state.rows:
            raise Refused
        if self._count >= STEPS:
            self.start.steps.clear()
            self._count = 0
        self._count += 1
        comma = "," if any(one.wire.kind != "pad" for one in state.rows) else ""
        text = "" if row.wire.kind == "pad" else f'{comma}"{row.name}":'
        step = state.steps[kind] = Step(text, self._readers(row), self._state((*state.rows, row)))
        return step


def complete(command: Command, attrs: AttrSet, rows: Sequence[Attr], request: bool) -> bool:
    """Whether a message with these attributes, and no others, has no problem by the specification; none may come twice."""
    nodes = tuple(Node(row.name, row, row.wire, 0, 0, None) for row in rows)
    top = Node("attrs", Attr(0, "attrs", attrs), attrs, 0, 0, None, nodes)
    return len(set(rows)) == len(rows) and not check(command, top, False, request)
