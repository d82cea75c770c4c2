"""How the leaves of a plan are spelled in JSON: the template back end.  Its text is byte for byte what orjson writes of the tree's values.

The template is filled by the % operator of bytes, which formats integers without making a string of each; a leaf is a conversion and the
expressions for it.
"""

from __future__ import annotations

from binascii import hexlify
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import orjson

from ovsdissect.dissect.generations import Remembered
from ovsdissect.dissect.glance import Compare, compile_compare
from ovsdissect.dissect.plan import Leaf, Plan, Refused, Variables
from ovsdissect.dissect.shapes import Shapes, reader
from ovsdissect.families.flow_key import KEY
from ovsdissect.grammar import Attr, ByteOrder
from ovsdissect.grammar.attrs import AttrSet
from ovsdissect.grammar.wire import BYTES, Bytes, Enum, Flag, Hex, Int, Label, Octets, Text, Wire, Words

MEMO: Final = 2048  # texts of payloads that came lately, in each of two generations, for each attribute
WORDS: Final = 4096  # texts of flags and addresses
RUN: Final = 4  # plain attributes side by side that are worth remembering together

_BOOL: Final = (b"false", b"true")


class Memo(dict[Any, bytes]):
    """The JSON text of each raw value of a type, made when it is first seen; a closed enumeration's other values are for the tree."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def __missing__(self, raw: Any) -> bytes:
        wire = self._wire
        if isinstance(wire, Enum) and wire.closed and raw not in wire.names:
            raise Refused
        if len(self) >= WORDS:
            self.clear()
        text = self[raw] = orjson.dumps(wire.value(raw))
        return text


class _Halves(dict[int, bytes]):
    """The text of each half of an IPv4 address."""

    def __missing__(self, half: int) -> bytes:
        text = self[half] = b"%d.%d" % divmod(half, 256)
        return text


_HALVES: Final = _Halves()


@cache
def memo_of(wire: Wire) -> Memo:
    """The memo of a type: one table, whatever uses it."""
    return Memo(wire)


def string(wire: Text, raw: bytes) -> bytes:
    """A NUL-terminated string; one with a fault is for the tree."""
    if wire.fault(raw):
        raise Refused
    return orjson.dumps(wire.value(raw))


def code(leaf: Leaf) -> str:
    """The struct letters that unpack a leaf: the type's own, an IPv4 address as two halves, what has no letters as bytes."""
    if leaf.wire.kind == "ipv4":
        return ">2H"
    return leaf.wire.code or ("" if isinstance(leaf.wire, Flag) else f"{leaf.size}s")


def compile_json(made: Plan, order: ByteOrder, attrs: AttrSet | None = None) -> Callable[[bytes], bytes]:
    """The function that writes payloads of a plan's shape.

    attrs: the set that it is of, where neighbouring plain numbers of it repeat together and shall be written once (see `gathered`).
    """
    made, runs = (made, {}) if attrs is None else gathered(made, order, attrs)
    variables = Variables(made, order, code)
    variables.space["hexlify"] = hexlify
    template, values = "", []
    for text, leaf in zip(made.texts, made.leaves, strict=False):
        conversion, expressions = _spell(leaf, variables.of(leaf), order, variables.space)
        if leaf in runs:
            name = f"run{len(variables.space)}"
            variables.space[name] = runs[leaf]
            conversion, expressions = "%s", [f"{name}[{variables.of(leaf)[0]}]"]
        template += text.replace("%", "%%") + conversion
        values += expressions
    template += made.texts[-1].replace("%", "%%")
    variables.space["template"] = template.encode()
    return variables.function(f"template % ({''.join(value + ', ' for value in values)})")


def gathered(made: Plan, order: ByteOrder, attrs: AttrSet) -> tuple[Plan, dict[Leaf, Remembered[bytes, bytes]]]:
    """The plan with each long run of plain attributes as one leaf, and the texts of those runs, remembered.

    What a flow key says beside addresses and ports (recirc_id, dp_hash, priority, skb_mark, ct_state, ct_zone, ...) is the same in
    most keys: finding its text takes less time than writing it.
    """
    rows = frozenset(map(id, attrs.rows))
    plain = [leaf.part is None and id(leaf.row) in rows and leaf.wire is leaf.row.wire and leaf.size > 0 for leaf in made.leaves]
    texts, leaves, runs = [made.texts[0]], list[Leaf](), dict[Leaf, Remembered[bytes, bytes]]()
    at = 0
    while at < len(plain):
        after = at
        while after < len(plain) and plain[after]:
            after += 1
        count = max(after - at, 1)
        leaf = made.leaves[at]
        if count >= RUN:
            start, last = leaf.offset, made.leaves[after - 1]
            size = last.offset + last.size - start
            inside = tuple(one._replace(offset=one.offset - start) for one in made.leaves[at:after])
            part = Plan(size, 0, 0, False, ("", *made.texts[at + 1 : after], ""), inside)
            leaves.append(leaf._replace(wire=BYTES, size=size))
            runs[leaves[-1]] = Remembered(compile_json(part, order), MEMO)
            texts.append(made.texts[after])
        else:
            leaves += made.leaves[at : at + count]
            texts += made.texts[at + 1 : at + count + 1]
        at += count
    return made._replace(texts=tuple(texts), leaves=tuple(leaves)), runs


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
        space["half"] = _HALVES
        return '"%s.%s"', [f"half[{name}]" for name in names]
    if isinstance(wire, Words):
        a, b, c, d = names
        halves = [f"{word} {half}" for word in (b, c) for half in (">> 16", "& 65535")]
        return '"%08x-%04x-%04x-%04x-%04x%08x"', [a, *halves, d]
    if wire.kind == "mac":
        return '"%s"', [f"hexlify({names[0]}, ':')"]
    if isinstance(wire, Bytes) or (isinstance(wire, Octets) and wire.kind == "bytes"):
        return '"%s"', [f"hexlify({names[0]})"]
    name = f"wire{len(space)}"
    if isinstance(wire, Text):
        space[name], space["string"] = wire, string
        return "%s", [f"string({name}, {names[0]})"]
    space[name] = memo_of(wire)
    return "%s", [f"{name}[{names[0] if len(names) == 1 else '(' + ', '.join(names) + ')'}]"]


def json_reader(row: Attr, order: ByteOrder) -> Callable[[bytes], bytes]:
    """The function that writes the payloads of a top attribute; it raises Refused, or struct.error for a wrong size."""
    wire = row.wire
    if type(wire) is Bytes:
        return lambda raw: b'"%s"' % hexlify(raw)
    if isinstance(wire, Text):
        return lambda raw: string(wire, raw)
    return reader(row, order, lambda made: compile_json(made, order))


# a set's text, and whether a packet is the one that it describes; None where that is for the tree, or it is no flow key
Written = tuple[bytes, Compare | None]


class Writings(dict[bytes, Written]):
    """The text of each payload of a set: masks and actions come again, and so does an upcall's key in the flow that answers it.

    The dictionary is the young one of two generations.  It raises Refused for payloads that are for the tree.
    """

    def __init__(self, wire: AttrSet, order: ByteOrder) -> None:
        super().__init__()
        self._old: dict[bytes, Written] = {}
        self._shapes: Shapes[tuple[Callable[[bytes], bytes], Compare | None]] = Shapes(
            Attr(0, "", wire), order, lambda made: (compile_json(made, order, wire), _compare(made, order) if wire is KEY else None)
        )

    def __missing__(self, raw: bytes) -> Written:
        written = self._old.get(raw)
        if written is None:
            spell, compare = self._shapes.find(raw)
            written = spell(raw), compare
        if len(self) >= MEMO:
            self._old = dict(self)
            self.clear()
        self[raw] = written
        return written


def _compare(made: Plan, order: ByteOrder) -> Compare | None:
    try:
        return compile_compare(made, order)
    except Refused:
        return None
