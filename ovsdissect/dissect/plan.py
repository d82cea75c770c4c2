"""The plan: a value of some shape as texts and leaves, made once for all values of that shape.

It knows no problems: what is not plainly well-formed it refuses, for the tree.

The *shape* of a payload is everything that decides which value stands where: attribute headers, lengths of options, tags of unions.  `mask`
covers those bits and `expect` is what they are; two payloads of one length that agree there have one plan.  The texts come from rows alone,
never from captured bytes: they are punctuation and keys, the same in JSON and in Python, and a back end writes its own expression for each
leaf between them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final, NamedTuple

from ovsdissect.grammar.attrs import NLA_HEADER, NLA_TYPE_MASK, AttrList, AttrSet
from ovsdissect.grammar.compound import Array, Options, Struct, Variant
from ovsdissect.grammar.masks import Masked, MaskedSet
from ovsdissect.grammar.wire import BYTES, PREFIX, Bits, ByteOrder, Bytes, Flag, Part, Sized, Text, Wire
from ovsdissect.tree.node import Row

DEPTH: Final = 16  # sets in sets; the tree goes deeper


class Refused(Exception):
    """These bytes are for the tree."""


class Leaf(NamedTuple):
    """One value: its row and type, where its bytes stand in the payload, and for an integer's slice which bits it is."""

    row: Row
    wire: Wire
    offset: int
    size: int
    part: Part | None = None


class Plan(NamedTuple):
    """A shape: texts[0] leaf[0] texts[1] leaf[1] ... texts[-1].

    refused: its values are for the tree, texts and leaves mean nothing.
    """

    size: int
    mask: int
    expect: int
    refused: bool
    texts: tuple[str, ...]
    leaves: tuple[Leaf, ...]


def plan(row: Row, wire: Wire, data: bytes, order: ByteOrder) -> Plan:
    """The plan of a payload of the given type, and of all that have its shape."""
    sketch = _Sketch(data, order)
    try:
        sketch.value(row, wire, 0, len(data))
    except Refused:
        sketch.refused = True
    mask = int.from_bytes(sketch.mask, "little")
    return Plan(len(data), mask, int.from_bytes(data, "little") & mask, sketch.refused, tuple(sketch.texts), tuple(sketch.leaves))


class _Sketch:
    """One walk over a payload: the strict reading of the grammar, as the tree's is the lenient one."""

    def __init__(self, data: bytes, order: ByteOrder) -> None:
        self.data = data
        self.order = order
        self.mask = bytearray(len(data))
        self.texts = [""]
        self.leaves: list[Leaf] = []
        self.refused = False
        self.depth = 0
        self.head = struct.Struct(PREFIX[order] + "HH").unpack_from

    def text(self, text: str) -> None:
        self.texts[-1] += text

    def leaf(self, row: Row, wire: Wire, start: int, end: int, part: Part | None = None) -> None:
        self.leaves.append(Leaf(row, wire, start, end - start, part))
        self.texts.append("")

    def fix(self, start: int, bits: bytes) -> None:
        """These bits, from `start` on, are part of the shape."""
        for at, byte in enumerate(bits, start):
            self.mask[at] |= byte

    def value(self, row: Row, wire: Wire, start: int, end: int) -> None:
        """One value of a type."""
        compound = COMPOUNDS.get(type(wire))
        if compound is not None:
            compound(self, row, wire, start, end)
            return
        if wire.size is not None and wire.size != end - start:
            raise Refused
        if isinstance(wire, Bits):
            self.text("{")
            self.parts(row, wire, start)
            self.text("}")
        elif wire.kind == "packet":
            self.text(f'{{"length":{end - start},"hex":')
            self.leaf(row, BYTES, start, end)
            self.text("}")
        elif isinstance(wire, (Bytes, Text, Flag)) or wire.code:
            self.leaf(row, wire, start, end)
        else:
            raise Refused

    def parts(self, row: Row, wire: Bits, start: int) -> None:
        """The slices of an integer, as members; one whose reserved bits are set has a member more, which is the tree's business."""
        size = wire.size or 0
        self.fix(start, wire.reserved.to_bytes(size, "big" if wire.code.startswith(">") else self.order))
        if wire.reader(self.order)(self.data, start) & wire.reserved:
            raise Refused
        for part in wire.parts:
            self.key(part.name)
            self.leaf(row, wire, start, start + size, part)

    def key(self, name: str) -> None:
        self.text(f'{"" if self.texts[-1].endswith("{") else ","}"{name}":')

    def next(self) -> None:
        """What stands before another element of a list."""
        self.text("" if self.texts[-1].endswith("[") else ",")

    def headers(self, attrs: AttrSet | AttrList, start: int, end: int) -> list[tuple[Row, int, int]]:
        """The rows from start to end and where their payloads stand; it refuses what is no plain list of known attributes, each once."""
        rows: list[tuple[Row, int, int]] = []
        seen: set[int] = set()
        repeats = isinstance(attrs, AttrList) or attrs.ordered
        if (isinstance(attrs, AttrList) and attrs.keyed) or self.depth >= DEPTH:
            raise Refused
        while start < end:
            self.fix(start, b"\xff" * min(NLA_HEADER, end - start))
            if start + NLA_HEADER > end:
                raise Refused
            length, kind = self.head(self.data, start)
            number = kind & NLA_TYPE_MASK
            if length < NLA_HEADER or start + length > end:
                raise Refused
            if isinstance(attrs, AttrSet) and (number not in attrs.by_number or (number in seen and not repeats)):
                raise Refused
            seen.add(number)
            row = attrs.row(number)
            if row.wire.kind != "pad":
                rows.append((row, start + NLA_HEADER, start + length))
            start += length + 3 & ~3
        return rows

    def set(self, row: Row, wire: Wire, start: int, end: int) -> None:
        """An attribute set: an object; where order is meaning, a list of objects of one key."""
        assert isinstance(wire, (AttrSet, AttrList))
        rows = self.headers(wire, start, end)
        self.depth += 1
        if isinstance(wire, AttrSet) and not wire.ordered:
            self.text("{")
            for inner, at, after in rows:
                self.key(inner.name)
                self.value(inner, inner.wire, at, after)
            self.text("}")
        else:
            self.text("[")
            for inner, at, after in rows:
                self.next()
                self.text(f'{{"{inner.name}":' if isinstance(wire, AttrSet) else "")
                self.value(inner, inner.wire, at, after)
                self.text("}" if isinstance(wire, AttrSet) else "")
            self.text("]")
        self.depth -= 1

    def members(self, wire: Struct, start: int) -> None:
        """The members of a struct, without its braces."""
        for member, offset in zip(wire.members, wire.offsets, strict=True):
            at = start + offset
            if member.inline:
                assert isinstance(member.wire, Bits)
                self.parts(member, member.wire, at)
            elif member.wire.kind != "pad":
                self.key(member.name)
                self.value(member, member.wire, at, at + (member.wire.size or 0))

    def struct(self, row: Row, wire: Wire, start: int, end: int) -> None:
        assert isinstance(wire, Struct)
        if end - start != wire.size:
            raise Refused
        self.text("{")
        self.members(wire, start)
        self.text("}")

    def array(self, row: Row, wire: Wire, start: int, end: int) -> None:
        assert isinstance(wire, Array)
        size = wire.element.wire.size or 1
        if (end - start) % size or wire.size not in (None, end - start):
            raise Refused
        self.text("[")
        for at in range(start, end, size):
            self.next()
            self.value(wire.element, wire.element.wire, at, at + size)
        self.text("]")

    def options(self, row: Row, wire: Wire, start: int, end: int) -> None:
        assert isinstance(wire, Options)
        size = wire.head.size or 0
        last = wire.head.members[-1].wire
        bits = (wire.length.mask << wire.length.shift).to_bytes(last.size or 0, "big" if last.code.startswith(">") else self.order)
        self.text("[")
        while start < end:
            data = start + size
            if data > end:
                raise Refused
            at = data - (last.size or 0)
            self.fix(at, bits)
            after = data + wire.data_size(last.reader(self.order)(self.data, at))
            if after > end:
                raise Refused
            self.next()
            self.text("{")
            self.members(wire.head, start)
            self.key(wire.data.name)
            self.value(wire.data, wire.data.wire, data, after)
            self.text("}")
            start = after
        self.text("]")

    def variant(self, row: Row, wire: Wire, start: int, end: int) -> None:
        assert isinstance(wire, Variant)
        self.fix(start, b"\xff" * min(wire.head.members[0].wire.size or 0, end - start))
        case = wire.case(self.data[start:end], self.order)
        if case is None:
            self.leaf(row, BYTES, start, end)
            return
        at = start + (wire.head.size or 0)
        self.text("{")
        self.members(wire.head, start)
        self.key(case.name)
        self.value(case, case.wire, at, at + (case.wire.size or 0))
        self.text("}")

    def masked(self, row: Row, wire: Wire, start: int, end: int) -> None:
        assert isinstance(wire, Masked)
        if (end - start) % 2 or wire.size not in (None, end - start):
            raise Refused
        middle = (start + end) // 2
        value, mask = wire.halves
        if value.wire.kind == "pad":
            raise Refused
        self.text("{")
        self.key(value.name)
        self.value(value, value.wire, start, middle)
        self.key(mask.name)
        self.value(mask, mask.wire, middle, end)
        self.text("}")

    def masked_set(self, row: Row, wire: Wire, start: int, end: int) -> None:
        """A set whose attributes are doubled: the first halves as one object, the second halves as another."""
        assert isinstance(wire, MaskedSet)
        rows = self.headers(wire.attrs, start, end)
        self.text("{")
        for which, half in enumerate(wire.halves):
            self.key(half.name)
            self.text("{")
            for inner, at, after in rows:
                doubled = inner.wire
                size = (after - at) // 2
                if not isinstance(doubled, Masked) or (after - at) % 2 or doubled.size not in (None, after - at):
                    raise Refused
                member = doubled.halves[which]
                if member.wire.kind == "pad":
                    continue
                self.key(inner.name)
                self.value(member, member.wire, at + which * size, at + (which + 1) * size)
            self.text("}")
        self.text("}")

    def sized(self, row: Row, wire: Wire, start: int, end: int) -> None:
        assert isinstance(wire, Sized)
        chosen = wire.of(end - start)
        if chosen is None:
            raise Refused
        self.value(row, chosen, start, end)


COMPOUNDS: Final[dict[type[Wire], Callable[..., None]]] = {
    AttrSet: _Sketch.set,
    AttrList: _Sketch.set,
    Struct: _Sketch.struct,
    Array: _Sketch.array,
    Options: _Sketch.options,
    Variant: _Sketch.variant,
    Masked: _Sketch.masked,
    MaskedSet: _Sketch.masked_set,
    Sized: _Sketch.sized,
}
