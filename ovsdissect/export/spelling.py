"""How the leaves of a plan are spelled in JSON: the template back end.  Its text is byte for byte what orjson writes of the tree's values.

The template is filled by the % operator, which formats integers without making a string of each; a leaf is a conversion and the expressions
for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

import orjson

from ovsdissect.dissect.generations import Generations
from ovsdissect.dissect.plan import Leaf, Plan, Refused, Variables, plan
from ovsdissect.dissect.shapes import Shapes
from ovsdissect.grammar import Attr, ByteOrder
from ovsdissect.grammar.attrs import AttrSet
from ovsdissect.grammar.wire import Bytes, Enum, Flag, Hex, Int, Label, Octets, Text, Wire, Words

MEMO: Final = 2048  # texts of payloads that came lately, in each of two generations, for each attribute
WORDS: Final = 4096  # texts of flags and addresses

_BOOL: Final = ("false", "true")


class Memo(dict[Any, str]):
    """The JSON text of each raw value of a type, made when it is first seen; a closed enumeration's other values are for the tree."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def __missing__(self, raw: Any) -> str:
        wire = self._wire
        if isinstance(wire, Enum) and wire.closed and raw not in wire.names:
            raise Refused
        if len(self) >= WORDS:
            self.clear()
        text = self[raw] = orjson.dumps(wire.value(raw)).decode()
        return text


@cache
def memo_of(wire: Wire) -> Memo:
    """The memo of a type: one table, whatever uses it."""
    return Memo(wire)


def string(wire: Text, raw: bytes) -> str:
    """A NUL-terminated string; one with a fault is for the tree."""
    if wire.fault(raw):
        raise Refused
    return orjson.dumps(wire.value(raw)).decode()


def code(leaf: Leaf) -> str:
    """The struct letters that unpack a leaf: the type's own, an IPv4 address as four numbers, what has no letters as bytes."""
    if leaf.wire.kind == "ipv4":
        return "4B"
    return leaf.wire.code or ("" if isinstance(leaf.wire, Flag) else f"{leaf.size}s")


def compile_json(made: Plan, order: ByteOrder) -> Callable[[bytes], str]:
    """The function that writes payloads of a plan's shape."""
    variables = Variables(made, order, code)
    template, values = "", []
    for text, leaf in zip(made.texts, made.leaves, strict=False):
        conversion, expressions = _spell(leaf, variables.of(leaf), order, variables.space)
        template += text.replace("%", "%%") + conversion
        values += expressions
    template += made.texts[-1].replace("%", "%%")
    variables.space["template"] = template
    return variables.function(f"template % ({''.join(value + ', ' for value in values)})")


def _spell(leaf: Leaf, names: list[str], order: ByteOrder, space: dict[str, Any]) -> tuple[str, list[str]]:
    """A leaf's conversion in the template, and the expressions that fill it; `space` takes what they refer to."""
    wire = leaf.wire
    if leaf.part is not None:
        bits = f"{names[0]} >> {leaf.part.shift} & {leaf.part.mask}"
        space["boolean"] = _BOOL
        return {"bool": ("%s", [f"boolean[{bits}]"]), "id": ('"0x%x"', [bits])}.get(leaf.part.kind, ("%d", [bits]))
    if isinstance(wire, Flag):
        return "true", []
    if isinstance(wire, Label):
        return '"0x%x"', [f"int.from_bytes({names[0]}, {order!r})"]
    if isinstance(wire, Hex):
        return '"0x%x"', names
    if type(wire) is Int:
        return "%d", names
    if wire.kind == "ipv4":
        return '"%d.%d.%d.%d"', names
    if isinstance(wire, Words):
        a, b, c, d = names
        halves = [f"{word} {half}" for word in (b, c) for half in (">> 16", "& 65535")]
        return '"%08x-%04x-%04x-%04x-%04x%08x"', [a, *halves, d]
    if wire.kind == "mac":
        return '"%s"', [f"{names[0]}.hex(':')"]
    if isinstance(wire, Bytes) or (isinstance(wire, Octets) and wire.kind == "bytes"):
        return '"%s"', [f"{names[0]}.hex()"]
    name = f"wire{len(space)}"
    if isinstance(wire, Text):
        space[name], space["string"] = wire, string
        return "%s", [f"string({name}, {names[0]})"]
    space[name] = memo_of(wire)
    return "%s", [f"{name}[{names[0] if len(names) == 1 else '(' + ', '.join(names) + ')'}]"]


def packet(raw: bytes) -> str:
    """A packet: its length would make a shape of each, so it is written by hand."""
    return f'{{"length":{len(raw)},"hex":"{raw.hex()}"}}'


def octets(raw: bytes) -> str:
    """Bytes."""
    return f'"{raw.hex()}"'


def json_reader(row: Attr, order: ByteOrder) -> Callable[[bytes], str]:
    """The function that writes the payloads of a top attribute; it raises Refused, or struct.error for a wrong size."""
    wire = row.wire
    if wire.kind == "packet":
        return packet
    if wire.kind == "pad":
        return lambda raw: ""
    if type(wire) is Bytes:
        return octets
    if isinstance(wire, Text):
        return lambda raw: string(wire, raw)
    if wire.size is not None:
        made = plan(row, wire, bytes(wire.size), order)
        if not made.refused:
            return only_shape(made, compile_json(made, order))
    shapes: Shapes[str] = Shapes(row, order, lambda made: compile_json(made, order))
    return remembered(shapes) if isinstance(wire, AttrSet) else shapes


def only_shape(made: Plan, read: Callable[[bytes], str]) -> Callable[[bytes], str]:
    """The function of a type of one size, whose values have one shape but for bits that should not be set."""
    mask, expect = made.mask, made.expect
    if not mask:
        return read

    def check(raw: bytes) -> str:
        if int.from_bytes(raw, "little") & mask != expect:
            raise Refused
        return read(raw)

    return check


def remembered(read: Callable[[bytes], str]) -> Callable[[bytes], str]:
    """The same function, asked once for payloads that come again: masks, actions, and the key that a flow has from its upcall."""
    memo: Generations[bytes, str] = Generations(MEMO)

    def remember(raw: bytes) -> str:
        text = memo.young.get(raw) or memo.get(raw)
        if text is None:
            text = read(raw)
            memo.put(raw, text)
        return text

    return remember
