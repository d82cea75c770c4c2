"""How the leaves of a plan are spelled in JSON: the template back end.  Its text is character for character what orjson writes of the
tree's values.

A template is an f-string, which puts its values into text faster than any other way that Python has; a leaf is a few characters of its
source.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import suppress
from functools import cache, lru_cache
from struct import Struct as Layout
from typing import Any, Final

import orjson

from ovsdissect.dissect.generations import Remembered
from ovsdissect.dissect.glance import Compared, compared, comparison, needed
from ovsdissect.dissect.plan import Leaf, Plan, Refused
from ovsdissect.dissect.shapes import reader
from ovsdissect.dissect.source import DiffersError, Expression, Variables, dotted, f_string, shaped
from ovsdissect.families.flow_key import KEY
from ovsdissect.grammar import Attr, ByteOrder
from ovsdissect.grammar.address import OCTETS
from ovsdissect.grammar.attrs import AttrSet
from ovsdissect.grammar.wire import BYTES, Bytes, Enum, Flag, Hex, Int, Label, Octets, Text, Wire, Words

MEMO: Final = 2048  # texts of payloads that came lately, in each of two generations, for each attribute
WORDS: Final = 4096  # texts of flags and addresses
RUN: Final = 3  # values side by side that are worth remembering together
RUNS: Final = 512  # of them, whose texts are remembered

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
        written = self[raw] = orjson.dumps(wire.value(raw)).decode()
        return written




@cache
def memo_of(wire: Wire) -> Memo:
    """The memo of a type: one table, whatever uses it."""
    return Memo(wire)


def string(wire: Text, raw: bytes) -> str:
    """A NUL-terminated string; one with a fault is for the tree."""
    if wire.fault(raw):
        raise Refused
    return orjson.dumps(wire.value(raw)).decode()


_WORDS: Final = Layout(">4I").pack


def _uuid(*words: int) -> str:
    digits = _WORDS(*words).hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def code(leaf: Leaf) -> str:
    """The struct letters that unpack a leaf: the type's own; what has no letters as bytes."""
    return leaf.wire.code or ("" if isinstance(leaf.wire, Flag) else f"{leaf.size}s")


def compile_json(made: Plan, order: ByteOrder) -> Callable[[bytes], str]:
    """The function that writes payloads of a plan's shape."""
    variables = Variables(made, order, code)
    return variables.function(f_string(_parts(made, order, variables, {})))


def _parts(made: Plan, order: ByteOrder, variables: Variables, runs: Mapping[Leaf, Remembered[bytes, str]]) -> Iterator[str]:
    """A plan's text; runs: the texts of leaves that are not values but runs of them."""
    for between, leaf in zip(made.texts, made.leaves, strict=False):
        yield between
        names = variables.of(leaf)
        if leaf in runs:
            name = f"run{len(variables.space)}"
            variables.space[name] = runs[leaf]
            yield Expression(f"{name}[{names[0]}]")
        else:
            yield from spell(leaf, names, order, variables.space)
    yield made.texts[-1]


# The text of a payload; None, or DiffersError, where it is of another shape.  Given a packet too, it raises Refused, or struct.error, where
# the payload is not surely the flow key of that.
WriteSet = Callable[[bytes, "bytes | None"], "str | None"]


def compile_set(made: Plan, order: ByteOrder, attrs: AttrSet) -> WriteSet:
    """The function that writes a set's payloads of a plan's shape.  It looks itself whether they are: it has their headers at hand."""
    parts: list[Compared] | None = None
    if attrs is KEY:
        with suppress(Refused):
            parts = comparison(made, order)
    drawn, runs = gathered(made, order, attrs, needed(parts or ()))
    variables = shaped(made, drawn, runs, order, code)
    if made.size:
        variables.space["refuse"] = _refuse
        unpack, condition = compared(drawn, variables, parts) if parts else ("", "False")
        variables.source += f"    if packet is not None:\n        {unpack}\n        if not ({condition}): refuse()\n"
    return variables.function(f_string(_parts(drawn, order, variables, runs)), "raw, packet")


def _refuse() -> None:
    raise Refused


def gathered(made: Plan, order: ByteOrder, attrs: AttrSet, apart: Container[int]) -> tuple[Plan, dict[Leaf, Remembered[bytes, str]]]:
    """The plan with each run of values that repeat together as one leaf, and the texts of those runs, remembered.

    What a flow key says beside addresses and ports (recirc_id, dp_hash, priority, skb_mark, ct_state, ct_zone, ...) is the same in
    most keys: finding its text takes less time than writing it.  apart: where values stand that are wanted by themselves.
    """
    rows = frozenset() if attrs.ordered else frozenset(map(id, attrs.rows))
    texts, leaves, runs = [made.texts[0]], list[Leaf](), dict[Leaf, Remembered[bytes, str]]()
    at = 0
    while at < len(made.leaves):
        after = at
        while after < len(made.leaves) and rows and _repeats(made.leaves[after], rows) and made.leaves[after].offset not in apart:
            after += 1
        count = max(after - at, 1)
        leaf = made.leaves[at]
        if count >= RUN:
            start, last = leaf.offset, made.leaves[after - 1]
            size = last.offset + last.size - start
            mask, expect = (number >> 8 * start & (1 << 8 * size) - 1 for number in (made.mask, made.expect))
            inside = tuple(one._replace(offset=one.offset - start) for one in made.leaves[at:after])
            leaves.append(leaf._replace(wire=BYTES, size=size))
            runs[leaves[-1]] = _run(Plan(size, mask, expect, False, ("", *made.texts[at + 1 : after], ""), inside), order)
            texts.append(made.texts[after])
        else:
            leaves += made.leaves[at : at + count]
            texts += made.texts[at + 1 : at + count + 1]
        at += count
    return made._replace(texts=tuple(texts), leaves=tuple(leaves)), runs


def _repeats(leaf: Leaf, rows: Container[int]) -> bool:
    """Whether a value is one of few: a word, an octet, or metadata, which is what plain attributes in the host's order are."""
    wire = leaf.wire
    if leaf.part is not None or not leaf.size or not isinstance(wire, Int):
        return False
    return leaf.size == 1 or bool(wire.names) or (id(leaf.row) in rows and wire is leaf.row.wire and not wire.code.startswith(">"))


@lru_cache(RUNS)
def _run(part: Plan, order: ByteOrder) -> Remembered[bytes, str]:
    """The texts of a run: one table, whatever shapes have it."""
    write, mask, expect = compile_json(part, order), part.mask, part.expect

    def known(raw: bytes) -> str:
        if int.from_bytes(raw, "little") & mask != expect:
            raise DiffersError
        return write(raw)

    return Remembered(known, MEMO)


def spell(leaf: Leaf, names: list[str], order: ByteOrder, space: dict[str, Any]) -> tuple[str, ...]:
    """A leaf's text in parts.  names: the variables that hold it; `space` takes what expressions refer to."""
    wire, name = leaf.wire, names[0] if names else ""
    if leaf.part is not None:
        bits = f"{name} >> {leaf.part.shift} & {leaf.part.mask}" if leaf.part.shift else f"{name} & {leaf.part.mask}"
        if leaf.part.kind == "bool":
            space["boolean"] = _BOOL
            return (Expression(f"boolean[{bits}]"),)
        return ('"0x', Expression(f"{bits}:x"), '"') if leaf.part.kind == "id" else (Expression(bits),)
    if isinstance(wire, Flag):
        return ("true",)
    if isinstance(wire, Label):
        return '"0x', Expression(f"int.from_bytes({name}, {order!r}):x"), '"'
    if isinstance(wire, Hex):
        return '"0x', Expression(f"{name}:x"), '"'
    if type(wire) is Int and wire.size == 1 and not wire.signed:
        space["octet"] = OCTETS
        return (Expression(f"octet[{name}]"),)
    if type(wire) is Int and not wire.names:
        return (Expression(name),)
    if wire.kind == "ipv4":
        space["octet"] = OCTETS
        return ('"', *dotted([f"{name}[{place}]" for place in range(4)]), '"')
    if isinstance(wire, Words):
        space["uuid"] = _uuid
        return '"', Expression(f"uuid({', '.join(names)})"), '"'
    if wire.kind == "mac":
        return '"', Expression(f"{name}.hex(':')"), '"'
    if isinstance(wire, Bytes) or (isinstance(wire, Octets) and wire.kind == "bytes"):
        return '"', Expression(f"{name}.hex()"), '"'
    known = f"wire{len(space)}"
    if isinstance(wire, Text):
        space[known], space["string"] = wire, string
        return (Expression(f"string({known}, {name})"),)
    space[known] = memo_of(wire)
    return (Expression(f"{known}[{name if len(names) == 1 else '(' + ', '.join(names) + ')'}]"),)


def json_reader(row: Attr, order: ByteOrder) -> Callable[[bytes], str]:
    """The function that writes the payloads of a top attribute; it raises Refused, or struct.error for a wrong size."""
    wire = row.wire
    if type(wire) is Bytes:
        return lambda raw: f'"{raw.hex()}"'
    if isinstance(wire, Text):
        return lambda raw: string(wire, raw)
    return reader(row, order, lambda made: compile_json(made, order))
