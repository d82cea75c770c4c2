"""For every place of the grammar, a message that holds a value there: bytes made from the rows alone."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from ovsdissect.byteorder import ByteOrder
from ovsdissect.families import FAMILIES
from ovsdissect.filter.gather import ROOTS
from ovsdissect.grammar import Attr, AttrList, AttrSet, Masked, MaskedSet, Options, Struct, Variant, Wire
from ovsdissect.grammar.compound import Array
from ovsdissect.grammar.fieldnames import Place, every
from ovsdissect.grammar.wire import PREFIX, Bits, Enum, Flags, Int, Packet, Pad, Part, Sized, Text
from tests.traffic import IDS

FRAME = bytes.fromhex("02000000000202000000000108004500001c000140004011 26ce0a0000010a000002 0bb8003500080000")


def holding(family: str, place: Place, order: ByteOrder) -> bytes:
    """A message of a family that has a value at a place, every byte of it other than zero where it may be."""
    known = FAMILIES[family]
    chain = [one for one in (*place.above, place) if one.name != "" or one is place]
    if chain and chain[0] is ROOTS[family]:
        del chain[0]
    command = next((one for one in known.commands if not chain or chain[0].row.name in (one.allowed or ())), known.commands[0])
    top = chain[0].row if chain else None
    body = b""
    for name in command.required:
        row = known.attrs.by_name[name]
        if row is not top:
            body += attribute(row.number, payload(row.wire, (), order), order)
    body += payload(known.attrs, chain, order)
    head = bytes([command.number, known.version, 0, 0]) + ((9).to_bytes(4, order) if known.header else b"")
    flags = 0 if command.to_user else 1
    return struct.pack(PREFIX[order] + "IHHII", 16 + len(head + body), IDS[family], flags, 7, 99) + head + body


def payload(wire: Wire, chain: Sequence[Place], order: ByteOrder) -> bytes:
    """The bytes of a value, with one at the end of a chain of places below it."""
    below = chain[0] if chain else None
    part = below.part if below is not None and len(chain) == 1 else None
    if isinstance(wire, MaskedSet):
        halves, wire = wire.halves, wire.attrs
        chain = chain[1:] if below is not None and below.row in halves else chain
        below = chain[0] if chain else None
    if isinstance(wire, AttrSet):
        if below is not None and below.row is not None and not isinstance(below.row, Attr):
            return payload(wire, chain[1:], order)  # an element of a list of actions has their name
        row = wire.by_name[below.row.name] if below is not None and below.row.name in wire.by_name else None
        if row is None:
            row = below.row if below is not None and isinstance(below.row, Attr) else next(iter(leafs(wire)))
        return attribute(row.number, payload(row.wire, chain[1:], order), order)
    if isinstance(wire, AttrList):
        row = wire.row(1)
        return attribute(row.number, payload(row.wire, chain[1:], order), order)
    if isinstance(wire, Masked):
        unnamed = below is not None and below.row not in wire.halves  # a set of doubled values names the half above its rows
        value, mask = (payload(one.wire, chain if unnamed else inside(one, chain), order) for one in wire.halves)
        return value + (mask if len(mask) == len(value) else b"\xff" * len(value))
    if isinstance(wire, Struct):
        return b"".join(payload(one.wire, inside(one, chain), order) for one in wire.members)
    if isinstance(wire, Variant):
        case = next((one for one in wire.cases.items() if below is not None and below.row is one[1]), next(iter(wire.cases.items())))
        tag, *rest = wire.head.members
        data = tag.wire.packed(case[0], order) + b"".join(payload(one.wire, inside(one, chain), order) for one in rest)
        return (data + payload(case[1].wire, inside(case[1], chain), order)).ljust(wire.total or 0, b"\0")
    if isinstance(wire, Sized):
        cases = [*wire.cases.values(), *([wire.other] if wire.other else [])]
        named = [one for one in cases if below is not None and below.row.name in getattr(one, "by_name", getattr(one, "fields", {}))]
        return payload((named or cases)[0], chain, order)
    if isinstance(wire, Options):
        return b"\x12\x34\x85\x01\xde\xad\xbe\xef"
    if isinstance(wire, Array):
        return payload(wire.element.wire, chain[1:], order) * (wire.count or 1)
    return leaf(wire, part, order)


def inside(member: object, chain: Sequence[Place]) -> Sequence[Place]:
    """The rest of a chain that goes through a member."""
    if chain and chain[0].row is member:
        return chain if chain[0].part is not None else chain[1:]
    return ()


def leaf(wire: Wire, part: Part | None, order: ByteOrder) -> bytes:
    """A value without others in it."""
    size = wire.size
    if isinstance(wire, Text):
        return b"v1\0"
    if isinstance(wire, Packet):
        return FRAME
    if isinstance(wire, Pad):
        return bytes(size or 0)
    if isinstance(wire, Enum):
        return wire.packed(next((number for number in wire.names if number), 1), order)
    if isinstance(wire, Flags) or (isinstance(wire, Bits) and part is not None):
        return wire.packed(part.mask << part.shift if part is not None else sum(list(wire.names)[:2]), order)
    if isinstance(wire, Bits):
        return wire.packed(((1 << 8 * (size or 0)) - 1) & ~wire.reserved, order)
    if isinstance(wire, Int) and size == 16:
        return bytes(range(1, 17))
    return bytes(range(1, 1 + (4 if size is None else size)))


def attribute(number: int, data: bytes, order: ByteOrder) -> bytes:
    """An attribute, padded."""
    return struct.pack(PREFIX[order] + "HH", 4 + len(data), number) + data + bytes(-len(data) % 4)


def leafs(attrs: AttrSet) -> Iterator[Attr]:
    """The rows of a set that hold no others, and then all."""
    yield from (row for row in attrs.rows if row.wire.size is not None and row.wire.kind != "pad")
    yield from attrs.rows


def everywhere() -> Iterator[tuple[str, Place]]:
    """Every place of every family."""
    for family, root in ROOTS.items():
        for place in every(root):
            if place.name:
                yield family, place
