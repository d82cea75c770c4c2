"""The dissection tree: values, each with its byte range.

A node holds no reference to the capture; code that walks the tree must have the record's bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from ovsdissect.grammar.attrs import Attr, AttrSet
from ovsdissect.grammar.compound import Member, Struct
from ovsdissect.grammar.wire import Bits, Bytes, Part, Value, Wire


class Undecoded(Bytes):
    """Bytes that the grammar cannot read: a wrong length, what follows a broken attribute, the rest of a truncated value."""

    kind = "undecoded"


UNDECODED: Final = Undecoded()
UNDECODED_ROW: Final = Member("undecoded", UNDECODED, "Bytes without a reading.")
REST_ROW: Final = Member("rest", UNDECODED, "Bytes of a struct that no member of it has in full.")

Row = Attr | Member
Path = str | tuple["Path", str]  # of a value: its text, or the path of what contains it, and its step; most are never spelled out
Opaque = Callable[["Node"], Value]


class Node(NamedTuple):
    """One value of a message: name, row, type, byte range, unpacked value, children.

    name: its step in a path ("in_port", "in_port#2", "[2].output", "[0]"); "" for an inline integer whose parts belong to its parent.
    offset, length: the bytes of the value itself, from the start of the record; an attribute's header is in the `header` bytes before it,
    and `padding` bytes follow it.
    raw: the unpacked value; for a struct that unpacks in one go, the raw values of its members; None if there is none.
    inside: the children, except those that are rebuilt from `raw`.
    flags: NLA_F_NESTED and NLA_F_NET_BYTEORDER as received.
    """

    name: str
    row: Row
    wire: Wire
    offset: int
    length: int
    raw: Any
    inside: tuple[Node, ...] = ()
    flags: int = 0
    header: int = 0
    padding: int = 0

    def __repr__(self) -> str:
        inside = f" ({', '.join(node.name for node in self.inside)})" if self.inside else ""
        return f"<Node {self.name!r}: bytes {self.offset} to {self.offset + self.length}{inside}>"

    @property
    def children(self) -> tuple[Node, ...]:
        """The content of a set, list or struct, in byte order; members that follow from `raw` are rebuilt each time."""
        if self.inside or self.raw is None or not isinstance(self.wire, Struct):
            return self.inside
        rows = zip(self.wire.rows, self.raw, strict=True)
        return tuple([Node(name, row, wire, self.offset + at, size, raw) for (name, row, wire, at, size), raw in rows])

    @property
    def value(self) -> Value:
        """The Python value: dictionaries and lists for sets, structs and lists; bytes if there is no better one."""
        return plain(self, lambda node: node.raw)

    @property
    def key(self) -> str:
        """The key of this node in a JSON object: the name without an index."""
        return self.name if self.name[:1] != "[" else self.row.name

    def raws(self) -> dict[str, Any]:
        """The raw values in a set or struct, by name."""
        if self.raw is not None and isinstance(self.wire, Struct):
            return dict(zip(self.wire.fields, self.raw, strict=True))
        return {node.name: node.raw for node in self.inside}

    def child(self, name: str) -> Node | None:
        """Return the child with this name, None if there is none."""
        for node in self.inside or self.children:
            if node.name == name:
                return node
        return None


def join(path: str, name: str) -> str:
    """Return the path of a child: "attrs.key" and "in_port", "attrs.actions" and "[2].output"."""
    if not path or not name:
        return path or name
    return path + name if name[0] == "[" else f"{path}.{name}"


def spelled(path: Path) -> str:
    """Return the text of a path."""
    return path if isinstance(path, str) else join(spelled(path[0]), path[1])


def is_leaf(node: Node) -> bool:
    """Whether the node's own bytes are one leaf (an integer's parts share its bytes and are not leaves)."""
    return not node.inside and node.wire.kind not in ("set", "list", "struct")


def is_malformed(node: Node) -> bool:
    """Whether a value's bytes have the wrong length for its type; such values are read as far as they are known, or not at all."""
    wire = node.wire
    if not isinstance(wire, Struct):
        return wire is UNDECODED
    return node.length < (wire.size or 0) or any(child.row is REST_ROW for child in node.children)


def plain(node: Node, opaque: Opaque) -> Value:
    """Return a node's value as Python's own types; `opaque` converts bytes, packets, padding and undecoded nodes."""
    shape = SHAPES.get(node.wire.kind)
    return node.wire.value(node.raw) if shape is None else shape(node, opaque)


def _set(node: Node, opaque: Opaque) -> Value:
    if not (isinstance(node.wire, AttrSet) and node.wire.ordered):
        return _members(node, opaque)
    return [
        plain(child, opaque) if child.row is UNDECODED_ROW else {child.key: plain(child, opaque)}
        for child in node.inside
        if child.wire.kind != "pad"
    ]


def _struct(node: Node, opaque: Opaque) -> dict[str, Value]:
    wire, raw = node.wire, node.raw
    return wire.value(raw) if raw is not None and isinstance(wire, Struct) and wire.plain else _members(node, opaque)


def _members(node: Node, opaque: Opaque) -> dict[str, Value]:
    value: dict[str, Value] = {}
    for child in node.children:
        name, wire = child.name, child.wire
        shape = SHAPES.get(wire.kind)
        if shape is None:
            form = wire.form
            shown = child.raw if form is None else form(child.raw)
        elif wire.kind == "pad":
            continue
        else:
            shown = opaque(child) if child.row in BARE else shape(child, opaque)
        if name:
            value[name] = shown
        else:
            value.update(shown)
    return value


SHAPES: Final[dict[str, Callable[[Node, Opaque], Value]]] = {
    "set": _set,
    "struct": _struct,
    "list": lambda node, opaque: [plain(child, opaque) for child in node.inside],
    "undecoded": lambda node, opaque: {"undecoded": opaque(node)},
    **dict.fromkeys(("bytes", "packet", "pad"), lambda node, opaque: opaque(node)),
}
BARE: Final = frozenset((UNDECODED_ROW, REST_ROW))  # the rows of an object's leftover bytes, which have a key of their own


class Field(NamedTuple):
    """A node, or one part of its bits."""

    node: Node
    part: Part | None = None

    @property
    def offset(self) -> int:
        """Where its bytes begin, from the start of the record."""
        return self.node.offset

    @property
    def length(self) -> int:
        """The number of its bytes; a part of bits has those of the integer."""
        return self.node.length

    @property
    def value(self) -> Value:
        """The Python value."""
        return self.part.of(self.node.raw) if self.part else self.node.value


def fields(node: Node, path: str) -> Iterator[tuple[str, Field]]:
    """Yield every value at and below a node with its path, depth first.

    Padding and the parts of integers are included; nodes without a name are not.
    """
    if node.name:
        yield path, Field(node)
    if isinstance(node.wire, Bits):
        for part in node.wire.parts:
            yield join(path, part.name), Field(node, part)
    for child in node.children:
        yield from fields(child, join(path, child.name))


class Leaf(NamedTuple):
    """Bytes that belong to one leaf of the tree: "header", "field", "padding" or "undecoded"."""

    offset: int
    length: int
    sort: str


def leaves(node: Node) -> Iterator[Leaf]:
    """Yield the leaves at and below a node; together they are its bytes, each exactly once."""
    if node.header:
        yield Leaf(node.offset - node.header, node.header, "header")
    if node.children:
        for child in node.children:
            yield from leaves(child)
    elif node.length:
        kind = node.wire.kind
        yield Leaf(node.offset, node.length, "padding" if kind == "pad" else "undecoded" if kind == "undecoded" else "field")
    if node.padding:
        yield Leaf(node.offset + node.length, node.padding, "padding")


