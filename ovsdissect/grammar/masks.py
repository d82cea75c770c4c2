"""Masks, derived: from a row's type, the type of its mask, and that of a value followed by its mask. No mask type is written by hand."""

from __future__ import annotations

from functools import cache
from typing import Any, BinaryIO

from construct import stream_read, stream_write

from ovsdissect.grammar.attrs import Attr, AttrSet, Element
from ovsdissect.grammar.compound import Array, Member, Options, Struct, Variant
from ovsdissect.grammar.wire import BYTES, Enum, Int, MalformedError, Value, Wire, byte_order, remaining
from ovsdissect.problem import counted


@cache
def mask(wire: Wire) -> Wire:
    """Return the type of a value's mask: the same bytes, but numbers have no names.

    The mask of options of variable length, and of a union with a tag, stays bytes: its layout follows the key's lengths and tag, not its
    own.
    """
    if isinstance(wire, AttrSet):
        return mask_set(wire)
    if isinstance(wire, (Options, Variant)):
        return BYTES
    if isinstance(wire, Struct):
        return Struct(*(Member(m.name, mask(m.wire), m.doc) for m in wire.members))
    if isinstance(wire, Array):
        return Array(mask(wire.element.wire), wire.count)
    if isinstance(wire, Enum) or (type(wire) is Int and wire.names):
        return Int(wire.code)
    return wire


@cache
def mask_set(attrs: AttrSet) -> AttrSet:
    """Return the set of the masks of a set's rows, with the same numbers and names."""

    def derived(row: Attr) -> Attr:
        return Attr(row.number, row.name, lambda: mask(row.wire), row.doc, row.origin)

    return AttrSet(f"{attrs.set_name}_mask", (derived(row) for row in attrs.rows), ordered=attrs.ordered)


class Masked(Wire):
    """A value followed by a mask of the same length: {"value": ..., "mask": ...}."""

    kind = "struct"

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self.halves = (Member("value", wire, "The value."), Member("mask", mask(wire), "Mask: the bits to overwrite."))
        self.size = None if wire.size is None else 2 * wire.size

    def _parse(self, stream: BinaryIO, context: Any, path: str) -> Value:
        data = bytes(stream_read(stream, remaining(stream) if self.size is None else self.size, path))
        half, rest = divmod(len(data), 2)
        if rest:
            raise MalformedError(f"a value and its mask cannot share {counted(len(data), 'byte')}", path)
        order = byte_order(context)
        parts = (data[:half], data[half:])
        return {m.name: m.wire.parse(part, byteorder=order) for m, part in zip(self.halves, parts, strict=True)}

    def _build(self, obj: Value, stream: BinaryIO, context: Any, path: str) -> Value:
        order = byte_order(context)
        value, bits = (m.wire.build(obj[m.name], byteorder=order) for m in self.halves)
        if len(value) != len(bits):
            raise MalformedError("a value and its mask must be of one length", path)
        stream_write(stream, value + bits, len(value) * 2, path)
        return obj


class MaskedSet(Wire):
    """A set each of whose attributes holds its value and then its mask (NSH in set_masked).

    Users see one set of values and one of masks: {"value": {...}, "mask": {...}}; Construct's own value is the list of double-length
    Elements.
    """

    kind = "struct"

    def __init__(self, attrs: AttrSet) -> None:
        super().__init__()
        self.attrs = masked_set(attrs)
        self.halves = (Member("value", attrs, "The values."), Member("mask", mask_set(attrs), "Masks: the bits to overwrite."))

    def _parse(self, stream: BinaryIO, context: Any, path: str) -> list[Element]:
        return self.attrs._parse(stream, context, path)

    def _build(self, obj: list[Element], stream: BinaryIO, context: Any, path: str) -> Value:
        return self.attrs._build(obj, stream, context, path)


@cache
def masked(wire: Wire) -> Wire:
    """Return the type of a value followed by its mask."""
    return MaskedSet(wire) if isinstance(wire, AttrSet) else Masked(wire)


@cache
def masked_set(attrs: AttrSet) -> AttrSet:
    """Return the set whose rows hold a value followed by its mask (OVS_ACTION_ATTR_SET_MASKED)."""

    def derived(row: Attr) -> Attr:
        return Attr(row.number, row.name, lambda: masked(row.wire), row.doc, row.origin)

    return AttrSet(f"{attrs.set_name}_masked", (derived(row) for row in attrs.rows), ordered=attrs.ordered)


