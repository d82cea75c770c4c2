"""Attributes as dictionaries, by plan: the values of JSON without its text.

What raises Refused is for the tree, whose dictionary is the same.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from ovsdissect.dissect.generations import Remembered
from ovsdissect.dissect.plan import Leaf, Plan, Refused
from ovsdissect.dissect.shapes import Sequences, reader
from ovsdissect.dissect.source import Variables, dotted, f_string
from ovsdissect.grammar import Attr, ByteOrder, Command, Family
from ovsdissect.grammar.address import OCTETS
from ovsdissect.grammar.wire import PREFIX, Bytes, Enum, Flag, Flags, Hex, Int, Label, Octets, Text, Value, Wire

WORDS: Final = 4096  # values of one type that are remembered, in each of two generations

Decode = Callable[[bytes, int, int], dict[str, Value]]


def decoder(family: Family, command: Command, *, request: bool, order: ByteOrder) -> Decode:
    """The function (buffer, start, end) -> dictionary of a command's attributes; it raises Refused where they are for the tree."""
    sequences = Sequences(family, command, request, lambda row: _reader(row, order))
    head = struct.Struct(PREFIX[order] + "HH").unpack_from

    def decode(data: bytes, offset: int, end: int) -> dict[str, Value]:
        state = sequences.start
        attrs: dict[str, Value] = {}
        while offset < end:
            if offset + 4 > end:
                raise Refused
            length, kind = head(data, offset)
            after = offset + length
            if length < 4 or after > end:
                raise Refused
            _, read, state = state.steps.get(kind) or sequences.step(state, kind)
            row = state.rows[-1]
            if row.wire.kind != "pad":
                try:
                    attrs[row.name] = read(data[offset + 4 : after])
                except struct.error:  # a wrong size
                    raise Refused from None
            offset += length + 3 & ~3
        if not state.complete:
            raise Refused
        return attrs

    return decode


def compile_dict(made: Plan, order: ByteOrder) -> Callable[[bytes], Value]:
    """The function that gives the value of payloads of a plan's shape."""
    variables = Variables(made, order, _code)
    source = made.texts[0]
    for leaf, text in zip(made.leaves, made.texts[1:], strict=True):
        source += _expression(leaf, variables.of(leaf), order, variables.space) + text
    return variables.function(source)


def _reader(row: Attr, order: ByteOrder) -> Callable[[bytes], Value]:
    if row.wire.kind == "packet":
        return lambda raw: {"length": len(raw), "hex": raw.hex()}
    if type(row.wire) is Bytes:
        return bytes.hex
    return reader(row, order, lambda made: compile_dict(made, order))


def _code(leaf: Leaf) -> str:
    """The struct letters that unpack a leaf: the type's own; what has no letters as bytes."""
    return leaf.wire.code or ("" if isinstance(leaf.wire, Flag) else f"{leaf.size}s")


def _expression(leaf: Leaf, names: list[str], order: ByteOrder, space: dict[str, Any]) -> str:
    """A leaf's value; `space` takes what it refers to."""
    wire = leaf.wire
    if leaf.part is not None:
        bits = f"{names[0]} >> {leaf.part.shift} & {leaf.part.mask}" if leaf.part.shift else f"{names[0]} & {leaf.part.mask}"
        return {"bool": f"{bits} != 0", "id": f"'0x%x' % ({bits})"}.get(leaf.part.kind, bits)
    if isinstance(wire, Flag):
        return "True"
    if isinstance(wire, Hex) and not isinstance(wire, Label):
        return f"'0x%x' % {names[0]}"
    if type(wire) is Int:
        return names[0]
    if wire.kind == "ipv4":
        space["octet"] = OCTETS
        return f_string(dotted([f"{names[0]}[{place}]" for place in range(4)]))
    if wire.kind == "mac":
        return f"{names[0]}.hex(':')"
    if isinstance(wire, Bytes) or (isinstance(wire, Octets) and wire.kind == "bytes"):
        return f"{names[0]}.hex()"
    name = f"value{len(space)}"
    raw = names[0] if len(names) == 1 else f"({', '.join(names)})"
    if isinstance(wire, Text):
        space[name] = checked(wire)
        return f"{name}({raw})"
    space[name] = _values(wire, order)
    return f"[*{name}[{raw}]]" if isinstance(wire, Flags) else f"{name}[{raw}]"


@cache
def _values(wire: Wire, order: ByteOrder) -> Remembered[Any, Value]:
    """The values of a type that come again: flags, enumerations, addresses."""
    if isinstance(wire, Label):
        return Remembered(lambda raw: f"0x{int.from_bytes(raw, order):x}", WORDS)
    return Remembered(checked(wire) if isinstance(wire, Enum) and wire.closed else wire.value, WORDS)


def checked(wire: Wire) -> Callable[[Any], Value]:
    """The value of a text or of a closed enumeration; Refused where it has a problem."""

    def value(raw: Any) -> Value:
        if (isinstance(wire, Enum) and raw not in wire.names) or (isinstance(wire, Text) and wire.fault(raw)):
            raise Refused
        return wire.value(raw)

    return value
