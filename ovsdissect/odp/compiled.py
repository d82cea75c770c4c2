"""The text of a flow, written by a template that is made once for all keys of one shape under one mask.

The template is what OVS's formatters themselves say of a key whose values are marks: `\\0` and what belongs there.  Values that decide how
they are written (flags, VLAN tags, options) are written by those formatters, and remembered.  What is not plain is refused, for the tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, Final, NamedTuple

from ovsdissect.dissect import shapes
from ovsdissect.dissect.generations import Generations, Remembered
from ovsdissect.dissect.plan import Leaf, Plan, Refused, plan
from ovsdissect.dissect.shapes import Shapes
from ovsdissect.dissect.source import Expression, Variables, dotted, f_string
from ovsdissect.families.flow_key import KEY, MASK
from ovsdissect.families.tunnel_key import TUNNEL_KEY
from ovsdissect.grammar import Attr, ByteOrder, mask_set
from ovsdissect.grammar.address import OCTETS
from ovsdissect.grammar.wire import Enum, Label
from ovsdissect.odp import key, tunnel
from ovsdissect.odp.releases import NEWEST
from ovsdissect.odp.styles import DEC8, DEC16, IPV4, MAC, Raw, Style
from ovsdissect.odp.text import WILDCARD, Source, payload
from ovsdissect.odp.words import KEY_WORDS, TUNNEL_WORDS, Fields, Number
from ovsdissect.tree.node import Node, Row
from ovsdissect.tree.tree import Tree

WRITERS: Final = 2048  # shapes under masks
SEEN: Final = 64  # masks of one shape that have no writer yet, in each of two generations
TEXTS: Final = 2048  # of values of one style or attribute, in each of two generations

# a key's payload, and what each port is called -> the number of the port that it came in by (None: the key has none), the text
Writer = Callable[[bytes, Mapping[int, str]], tuple[int | None, str]]


class Fenced(bytes):
    """The bytes of one attribute: who reads past their end reads something else of the message, and is refused."""

    __slots__ = ()

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice) and (place.stop is None or place.stop > len(self)):
            raise Refused
        return super().__getitem__(place)


class Written(dict["bytes | None", Writer]):
    """The writers of a key's shape, by the mask; None: there is none."""

    def __init__(self, made: Plan) -> None:
        super().__init__()
        self.plan = made
        self.seen: Generations[bytes | None, int] = Generations(SEEN)


class FlowTexts:
    """The texts of flows, not verbose, of one byte order; Refused where they are for the tree."""

    def __init__(self, order: ByteOrder) -> None:
        self._order = order
        self._shapes = Shapes(KEY_ROW, order, Written)
        self._made: list[Written] = []

    def __call__(self, raw: bytes, mask: bytes | None, ports: Mapping[int, str]) -> tuple[int | None, str]:
        """The port and the text of the payloads of a key and its mask; None: there is none.  ports: what each is called."""
        shape = self.find(raw)
        return (shape.get(mask) or self.meet(shape, mask))(raw, ports)

    def find(self, raw: bytes) -> Written:
        """The writers for keys of this shape; Refused where it is for the tree."""
        return self._shapes.find(raw)

    def meet(self, shape: Written, mask: bytes | None) -> Writer:
        """A writer that is not there yet."""
        seen = (shape.seen.get(mask) or 0) + 1
        if seen < shapes.SIGHTINGS:
            shape.seen.put(mask, seen)
            raise Refused
        if len(self._made) >= WRITERS:
            for other in self._made:
                other.clear()
            self._made.clear()
        try:
            write = compile_flow(shape.plan, mask, self._order)
        except Refused:
            write = _refuse
        shape[mask] = write
        self._made.append(shape)
        return write


def _refuse(raw: bytes, ports: Mapping[int, str]) -> tuple[int | None, str]:
    raise Refused


def compile_flow(made: Plan, mask: bytes | None, order: ByteOrder) -> Writer:
    """The writer of keys of this shape under this mask; None: there is none."""
    bits = None if mask is None else Fenced(mask)
    masks = None if bits is None else _mask_nodes(bits, order)
    said = []
    # all values zero, all ones: what they decide outside of marks would differ
    for rest in (0, ~made.mask):
        data = Fenced((made.expect | rest & (1 << 8 * made.size) - 1).to_bytes(made.size, "little"))
        nodes = Tree(data, order, []).attrs(KEY, 0, len(data), "")
        said.append(key.flow_text(nodes, masks, Source(data, bits or b"", False, {}, order), DRAWN))
    if said[0] != said[1]:
        raise Refused
    port = next((node.offset for node in nodes if node.row is IN_PORT), None)
    return _function(made, said[0], bits or Fenced(), port, order)


def _mask_nodes(bits: Fenced, order: ByteOrder) -> tuple[Node, ...]:
    """The nodes of a mask that has no problem."""
    if plan(MASK_ROW, MASK, bits, order).refused:
        raise Refused
    return Tree(bits, order, []).attrs(MASK, 0, len(bits), "")


def _function(made: Plan, text: str, bits: Fenced, port: int | None, order: ByteOrder) -> Writer:
    """The function whose result is the text with each mark's value in its place; port: where the key's in_port stands."""
    pieces = re.split("\0", text)
    marks = [_Mark(*map(int, piece.split(","))) for piece in pieces[1::2]]
    needed = {mark.offset for mark in marks if mark.what < FIRST_OWN} | {port}
    needed |= {leaf.offset for leaf in made.leaves if is_closed(leaf)}
    variables = Variables(made, order, lambda leaf: _code(leaf) if leaf.offset in needed else "")
    names = {leaf.offset: variables.of(leaf) for leaf in made.leaves if leaf.offset in needed}
    variables.space["octet"] = OCTETS
    parts = [pieces[0]]
    for mark, after in zip(marks, pieces[2::2], strict=True):
        parts += [*_spell(mark, names, bits, order, variables.space), after]
    result = f"({None if port is None else names[port][0]}, {f_string(parts)})"
    conditions = closed_values(made, variables)
    if conditions:
        variables.space["refuse"] = _refuse
        result = f"{result} if {conditions} else refuse(raw, ports)"
    return variables.function(result, "raw, ports")


def is_closed(leaf: Leaf) -> bool:
    """Whether some values of a leaf are a problem."""
    return isinstance(leaf.wire, Enum) and leaf.wire.closed


def closed_values(made: Plan, variables: Variables) -> str:
    """The condition, as source, that the values of closed enumerations are among theirs; "" where there are none."""
    conditions = []
    for leaf in made.leaves:
        if is_closed(leaf):
            assert isinstance(leaf.wire, Enum)
            name = f"closed{len(variables.space)}"
            variables.space[name] = leaf.wire.names
            conditions.append(f"{variables.of(leaf)[0]} in {name}")
    return " and ".join(conditions)


class _Mark(NamedTuple):
    """What stands in the text for a value: which style, or which row's formatter; its bytes, and its mask's.

    mask_offset: -1 where every bit counts, -2 where none does.
    """

    what: int
    offset: int
    length: int = 0
    mask_offset: int = 0
    mask_length: int = 0


def _code(leaf: Leaf) -> str:
    return "4B" if leaf.wire.kind == "ipv4" else leaf.wire.code


def _spell(mark: _Mark, names: dict[int, list[str]], bits: Fenced, order: ByteOrder, space: dict[str, Any]) -> Sequence[str]:
    """What stands for a mark, in parts; `space` takes what their expressions refer to."""
    name = f"text{len(space)}"
    if mark.what >= FIRST_OWN:
        space[name] = Remembered(partial(_own, mark, bits, order), TEXTS)
        return [Expression(f"{name}[raw[{mark.offset}:{mark.offset + mark.length}]]")]
    found = names.get(mark.offset)
    if not found:
        raise Refused
    if mark.what == PORT:
        return [Expression(f"ports[{found[0]}]")]
    style = STYLES[mark.what]
    if style is DEC8:
        return [Expression(f"octet[{found[0]}]")]
    if style is DEC16:
        return [Expression(found[0])]
    if style is IPV4:
        return dotted(found)
    if style is MAC:
        return [Expression(f"{found[0]}.hex(':')")]
    space[name] = texts(style)
    return [Expression(f"{name}[{found[0]}]")]


@cache
def texts(style: Style) -> Remembered[Raw, str]:
    """The texts of a style's values: one table, whatever uses it."""
    return Remembered(style.text, TEXTS)


def _own(mark: _Mark, bits: Fenced, order: ByteOrder, raw: bytes) -> str:
    """What the row's own formatter says of a payload under the mark's mask."""
    row, mask_row, write = OWN[mark.what - FIRST_OWN]
    data = Fenced(raw)
    node = Tree(data, order, []).value(row, row.wire, row.name, 0, len(raw), "")
    mask: Node | None = None
    if mark.mask_offset == -2:
        mask = WILDCARD
    elif mark.mask_offset >= 0:
        end = mark.mask_offset + mark.mask_length
        mask = Tree(bits, order, []).value(mask_row, mask_row.wire, row.name, mark.mask_offset, end, "")
    return write(node, mask, Source(data, bits, False, None, order))


def _mark(what: int, node: Node, mask: Node | None = None) -> str:
    where = (-1, 0) if mask is None else (-2, 0) if mask is WILDCARD else (mask.offset, mask.length)
    return f"\0{what},{node.offset},{node.length},{where[0]},{where[1]}\0"


def drawn(style: Style) -> Style:
    """A style that writes marks as they are, and masks as ever."""
    return type(style)(lambda mark: mark, style.mask_text, style.zero, style.full)


def _number(place: int, write: Callable[..., str]) -> Callable[..., str]:
    def draw(node: Node, mask: Node | None, source: Source) -> str:
        return write(node._replace(raw=_mark(place, node)), mask, source)

    return draw


def _fields(places: Mapping[str, int], write: Callable[..., str]) -> Callable[..., str]:
    def draw(node: Node, mask: Node | None, source: Source) -> str:
        members = [child._replace(raw=_mark(places[child.name], child)) if child.name in places else child for child in node.children]
        return write(node._replace(inside=tuple(members)), mask, source)

    return draw


def _own_writer(row: Attr, mask_row: Row, write: Callable[..., str]) -> Callable[..., str]:
    what = FIRST_OWN + len(OWN)
    OWN.append((row, mask_row, write))
    return lambda node, mask, source: _mark(what, node, mask)


def _in_port(node: Node, mask: Node | None, source: Source) -> str:
    """A port has its name only where every bit counts and the key is not inside a VLAN tag's."""
    if source.names is not None and (mask is None or (mask is not WILDCARD and not payload(mask, source.mask_data).strip(b"\xff"))):
        return f"in_port({_mark(PORT, node)})"
    return OWN_IN_PORT(node, mask, source)


def _key_writer(row: Attr, entry: key.Entry) -> Callable[..., str]:
    words = KEY_WORDS.get(row)
    if row.name == "encap":
        return lambda node, mask, source: key.encap(node, mask, source, DRAWN)
    if row.name == "tunnel":
        return lambda node, mask, source: tunnel.tunnel_text(node, mask, source, PARTS)
    if isinstance(words, Number) and not isinstance(row.wire, Label):
        return _number(STYLES.index(words.style), key.number_writer(words._replace(style=drawn(words.style))))
    if isinstance(words, Fields):
        members = tuple((name, label, drawn(style)) for name, label, style in words.members)
        places = {name: STYLES.index(style) for name, _, style in words.members}
        return _fields(places, key.fields_writer(row, words._replace(members=members)))
    return _own_writer(row, MASK.by_name[row.name], entry.write)


def _part_writer(row: Attr, part: tunnel.Part) -> Callable[..., str]:
    words = TUNNEL_WORDS.get(row)
    if words is None:
        return part.write
    if isinstance(words, Number):
        make = tunnel.tunnel_id if row.number == tunnel.ID else tunnel.number_writer
        return _number(STYLES.index(words.style), make(words._replace(style=drawn(words.style))))
    # the comma that each part writes after itself is not the mark's: that of the last one goes
    mark = _own_writer(row, TUNNEL_MASK.by_name[row.name], lambda *told: part.write(*told).removesuffix(","))
    return lambda node, mask, source: mark(node, mask, source) + ","


def _styles() -> list[Style]:
    found = []
    for words in (*KEY_WORDS.values(), *TUNNEL_WORDS.values()):
        found += [words.style] if isinstance(words, Number) else []
        found += [style for _, _, style in words.members] if isinstance(words, Fields) else []
    return list(dict.fromkeys(found))


KEY_ROW: Final = Attr(0, "key", KEY)
MASK_ROW: Final = Attr(0, "mask", MASK)
TUNNEL_MASK: Final = mask_set(TUNNEL_KEY)
STYLES: Final = _styles()
PORT: Final = len(STYLES)
FIRST_OWN: Final = PORT + 1
OWN: Final[list[tuple[Attr, Row, Callable[..., str]]]] = []
_ENTRIES: Final[dict[Attr, key.Entry]] = {row: key.entries(NEWEST)[row] for row in KEY.rows}
DRAWN: Final[dict[object, key.Entry]] = {row: entry._replace(write=_key_writer(row, entry)) for row, entry in _ENTRIES.items()}
IN_PORT: Final = KEY.by_name["in_port"]
OWN_IN_PORT: Final = DRAWN[IN_PORT].write
DRAWN[IN_PORT] = DRAWN[IN_PORT]._replace(write=_in_port)
PARTS: Final[dict[object, tunnel.Part]] = {
    row: tunnel.PARTS[row]._replace(write=_part_writer(row, tunnel.PARTS[row])) for row in TUNNEL_KEY.rows
}
