"""Construct in its own words, as its documentation teaches them: a declaration of a family's attributes, derived from its rows.

Options of variable length, stacks of labels and NSH under set_masked stay bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from socket import AF_INET6, inet_ntoa, inet_ntop
from typing import Any

import construct as c

from ovsdissect.grammar import AttrSet, Family, Member, Variant, Wire
from ovsdissect.grammar.compound import Array, Struct
from ovsdissect.grammar.masks import Masked
from ovsdissect.grammar.wire import Bits, Enum, Flag, Flags, Int, Label, Pad, Sized, Text
from tests.bench.contenders.declared import NLA_TYPE_MASK, bit_fields

HOST = {"B": c.Int8ub, "H": c.Int16ul, "I": c.Int32ul, "Q": c.Int64ul, "i": c.Int32sl, "q": c.Int64sl}
INTEGERS = HOST | {">H": c.Int16ub, ">I": c.Int32ub, ">Q": c.Int64ub}
ADDRESSES = {
    "ipv4": c.ExprAdapter(c.Bytes(4), lambda raw, context: inet_ntoa(raw), None),
    "ipv6": c.ExprAdapter(c.Bytes(16), lambda raw, context: inet_ntop(AF_INET6, raw), None),
    "mac": c.ExprAdapter(c.Bytes(6), lambda raw, context: raw.hex(":"), None),
}
_sets: dict[AttrSet, Any] = {}


def parser(family: Family, *, compiled: bool) -> Callable[[bytes], Any]:
    """The parser of a family's attributes; compiled: by Construct's compile()."""
    declared = attributes(family.attrs)
    parse: Callable[[bytes], Any] = (declared.compile() if compiled else declared).parse
    return parse


def attributes(attrs: AttrSet) -> Any:
    """A set: attributes as long as there are any."""
    if attrs not in _sets:
        _sets[attrs] = c.LazyBound(lambda: _sets[attrs])  # sets are in themselves
        found = {row.number: declaration(row.wire) for row in attrs.rows}
        value = c.FixedSized(c.this.length - 4, c.Switch(c.this.type & NLA_TYPE_MASK, found, default=c.GreedyBytes))
        header = ("length" / c.Int16ul, "type" / c.Int16ul)
        _sets[attrs] = c.GreedyRange(c.Aligned(4, c.Struct(*header, "value" / value)))
    return _sets[attrs]


def declaration(wire: Wire) -> Any:
    """A type."""
    if isinstance(wire, AttrSet):
        return attributes(wire)
    if isinstance(wire, Struct):
        return c.Struct(*named(wire.members))
    if isinstance(wire, Masked) and wire.size is not None:
        return c.Struct(*named(wire.halves))
    if isinstance(wire, Array) and wire.count is not None:
        return c.Array(wire.count, declaration(wire.element.wire))
    if isinstance(wire, Variant):
        tag = wire.head.members[0]
        found = {wire_name(tag.wire, number): c.Struct(*named((member,))) for number, member in wire.cases.items()}
        return c.Struct(*named(wire.head.members), "union" / c.Switch(c.this[tag.name], found, default=c.GreedyBytes))
    if isinstance(wire, Sized):
        return c.Switch(c.this.length - 4, {size: declaration(one) for size, one in wire.cases.items()}, default=c.GreedyBytes)
    if isinstance(wire, Text):
        return c.CString("utf8")
    if isinstance(wire, Flag):
        return c.Pass
    if isinstance(wire, Pad):
        return c.Padding(wire.size)
    if wire.kind in ADDRESSES:
        return ADDRESSES[wire.kind]
    return integer(wire) if isinstance(wire, Int) else c.GreedyBytes if wire.size is None else c.Bytes(wire.size)


def integer(wire: Int) -> Any:
    """An integer and what its bits mean."""
    if isinstance(wire, Label):
        return c.BytesInteger(16, swapped=True)
    number = INTEGERS[wire.code]
    if isinstance(wire, Enum):
        return c.Enum(number, **wire.numbers)
    if isinstance(wire, Flags):
        return c.FlagsEnum(number, **wire.numbers)
    if isinstance(wire, Bits):
        parts = (part.name / c.BitsInteger(width) if part else c.Padding(width) for part, width in bit_fields(wire))
        bits = c.BitStruct(*parts)
        return bits if wire.code.startswith(">") else c.ByteSwapped(bits)
    return number


def named(members: tuple[Member, ...]) -> list[Any]:
    """The members of a struct."""
    return [member.name / declaration(member.wire) for member in members]


def wire_name(wire: Wire, number: int) -> str | int:
    """What a tag's number parses to."""
    return wire.names.get(number, number) if isinstance(wire, Enum) else number
