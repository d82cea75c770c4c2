"""The tree: applies the rows of the grammar to bytes.

It is total: any bytes give a tree and a list of problems, never an exception; every byte is in exactly one leaf.

It iterates as Open vSwitch does (nl_attr_get's callers in lib/odp-util.c): an attribute counts if its length fits what is left, then its
padding is skipped if present; the remainder is undecoded.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from ovsdissect.byteorder import ByteOrder
from ovsdissect.grammar.attrs import NLA_F_NESTED, NLA_F_NET_BYTEORDER, NLA_HEADER, NLA_TYPE_MASK, AttrList, AttrSet
from ovsdissect.grammar.compound import Array, Options, Struct, Variant
from ovsdissect.grammar.masks import Masked, MaskedSet
from ovsdissect.grammar.wire import BYTES, PREFIX, Enum, Raw, Reader, Sized, Text, Wire
from ovsdissect.problem import Problem, ProblemKind, counted, missing
from ovsdissect.tree.node import REST_ROW, UNDECODED, UNDECODED_ROW, Node, Path, Row, join, spelled

MAX_DEPTH: Final = 32  # nested attributes; the kernel itself refuses actions deeper than 16 (OVS_ACTIONS nesting)
MAX_VALUES: Final = 65_536  # attributes, array elements and options that are read from one message
MAX_PROBLEMS: Final = 1_024  # of one message, plus one that says there are more
KEPT: Final = 256  # entries of a set; there are 16,384 numbers
FLAGS: Final = NLA_F_NESTED | NLA_F_NET_BYTEORDER
TOO_MANY: Final = f"more than {MAX_VALUES} values in one message: no more are read"

HEAD: Final = {order: struct.Struct(prefix + "HH").unpack_from for order, prefix in PREFIX.items()}  # struct nlattr: length, type

# the result of reading bytes: their type (UNDECODED if they are not of the declared one), Node.raw, Node.inside
Reading = tuple[Wire, Raw, tuple[Node, ...]]
Method = Callable[["Tree", Row, Any, int, int, Path], Reading]

# how attributes with one number are read: their row, its name and type; the number of bytes, header included, that `unpack` reads (0: it
# never does); unpack; whether the only value that it returns is the raw one; the method for all others
Entry = tuple[Row, str, Wire, int, Reader, bool, Method]

_new: Final = tuple.__new__  # Node(...) takes twice as long


@cache
def entries(attrs: AttrSet | AttrList, order: ByteOrder) -> dict[int, Entry]:
    """Return the entries of a set by number, in one byte order; entries for undeclared numbers are added when these are met."""
    return {row.number: entry(attrs, row.number, order) for row in (attrs.rows if isinstance(attrs, AttrSet) else ())}


def entry(attrs: AttrSet | AttrList, number: int, order: ByteOrder) -> Entry:
    """Return the entry of one number."""
    row = attrs.row(number)
    wire, method = row.wire, method_of(row.wire)
    if isinstance(attrs, AttrSet) and number not in attrs.by_number:
        method = unknown(f"{attrs.set_name} has no attribute {number}")
    alone = method in (SCALAR, STRUCT) and not getattr(wire, "closed", False) and order in wire.readers
    if not alone:
        return row, row.name, wire, 0, HEAD[order], False, method
    unpack = wire.layout(order).unpack_from if wire.atomic else wire.readers[order]  # without a call between
    return row, row.name, wire, NLA_HEADER + (wire.size or 0), unpack, wire.atomic, method


def unknown(text: str) -> Method:
    """Return the method that reads attributes which their set does not declare."""

    def method(tree: Tree, row: Row, wire: Wire, start: int, end: int, path: Path) -> Reading:
        reading = tree.payload(row, wire, start, end, path)
        tree.problem(ProblemKind.UNKNOWN, path, start - NLA_HEADER, end - start + NLA_HEADER, text)
        return reading

    return method


def halved(path: str, top: str) -> str:
    """Return the path of a value in a masked set as users see it: "nsh.base.mask.ttl" is "nsh.mask.base.ttl"."""
    if not path.startswith(top + "."):
        return path
    name, _, rest = path[len(top) + 1 :].partition(".")
    half, _, below = rest.partition(".")
    half, bracket, index = half.partition("[")
    return join(f"{top}.{half or 'value'}.{name}{bracket}{index}", below)


def named(raws: Sequence[Any], closed: Iterable[tuple[int, Mapping[int, str]]]) -> bool:
    """Whether the members of a struct that hold closed enumerations have numbers of them."""
    return all(raws[place] in names for place, names in closed)


class Tree:
    """One walk over the bytes of a record, which collects `problems`.

    data: the whole record. limit: where the captured bytes end; whatever a message declares beyond it was cut by the snaplen and is not the
    sender's fault. left: how many more values may be read.
    """

    __slots__ = ("_depth", "cut", "data", "left", "limit", "order", "problems")

    def __init__(self, data: bytes, order: ByteOrder, problems: list[Problem], limit: int | None = None) -> None:
        self.data = data
        self.order = order
        self.problems = problems
        self.limit = len(data) if limit is None else limit
        self.left = MAX_VALUES
        self.cut = False
        self._depth = 0

    def problem(self, kind: ProblemKind, path: Path, offset: int, length: int, text: str) -> None:
        """Note a problem over the bytes that are present; of a truncation only the innermost place counts."""
        if kind is ProblemKind.TRUNCATED:
            if self.cut:
                return
            self.cut = True
        elif len(self.problems) >= MAX_PROBLEMS and text != TOO_MANY:
            if len(self.problems) > MAX_PROBLEMS:
                return
            kind, text = ProblemKind.DEPTH, f"more than {MAX_PROBLEMS} problems in one message: no more are told"
        self.problems.append(Problem(kind, spelled(path), offset, max(min(length, self.limit - offset), 0), text))

    def attrs(self, attrs: AttrSet | AttrList, start: int, end: int, path: Path) -> tuple[Node, ...]:
        """Read the attributes from start to end (as declared; the capture may end before)."""
        data, order = self.data, self.order
        head, table = HEAD[order], entries(attrs, order)
        stop = min(end, self.limit)
        ordered = isinstance(attrs, AttrSet) and attrs.ordered
        numbered = ordered or attrs.kind == "list"
        nodes: list[Node] = []
        seen: dict[str, int] = {}
        offset = start
        while (at := offset + NLA_HEADER) <= stop and self.left:
            length, kind = head(data, offset)
            after = offset + length
            if after < at or after > end:
                break
            self.left -= 1
            number = kind & NLA_TYPE_MASK
            if kind & NLA_F_NET_BYTEORDER:
                text = f"attribute {number} has NLA_F_NET_BYTEORDER: its value is read in the order of its type all the same"
                self.problem(ProblemKind.UNEXPECTED, path, offset, NLA_HEADER, text)
            found = table.get(number)
            if found is None:
                found = entry(attrs, number, order)
                if len(table) < KEPT:
                    table[number] = found
            row, name, wire, whole, unpack, single, method = found
            if numbered:
                name = f"[{len(nodes)}].{name}" if ordered else f"[{len(nodes)}]"
            elif name not in seen:
                seen[name] = 1
            else:
                count = seen[name] = seen[name] + 1
                name = f"{name}#{count}"
                if wire.kind != "pad":
                    self.problem(ProblemKind.DUPLICATE, (path, name), offset, length, f"{row.name} occurs {count} times")
            inside: tuple[Node, ...] = ()
            if after > stop:
                wire, raw, inside = (method if wire.size is None else CUT_OFF)(self, row, wire, at, after, (path, name))
                after = stop
            elif length == whole:
                raw = unpack(data, at)
                if single:
                    raw = raw[0]
            else:
                wire, raw, inside = method(self, row, wire, at, after, (path, name))
            offset += length + 3 & ~3
            padding = (offset if offset < stop else stop) - after
            nodes.append(_new(Node, (name, row, wire, at, after - at, raw, inside, kind & FLAGS, NLA_HEADER, padding)))
        if offset < end:
            name = f"[{len(nodes)}].undecoded" if ordered else f"[{len(nodes)}]" if numbered else "undecoded"
            nodes += self.remains(offset, end, name, path)
        return tuple(nodes)

    def remains(self, offset: int, end: int, name: str, path: Path) -> list[Node]:
        """Read what follows the last attribute, and note why it is not one; in a list it is one more element."""
        stop = min(end, self.limit)
        cut = stop
        if offset + NLA_HEADER > stop:
            cut = min(offset, stop)  # it may be in padding
            if stop == end:
                self.problem(ProblemKind.TRAILING, path, offset, end - offset, f"{counted(end - offset, 'byte')} after the last attribute")
        elif self.left:
            text = f"attribute length {HEAD[self.order](self.data, offset)[0]} with {counted(end - offset, 'byte')} left"
            self.problem(ProblemKind.BAD_LENGTH, path, offset, stop - offset, text)
        else:
            self.problem(ProblemKind.DEPTH, path, offset, stop - offset, TOO_MANY)
        if stop < end:
            self.problem(ProblemKind.TRUNCATED, path, cut, stop - cut, missing(end - stop))
        return [self.undecoded(offset, stop, name)] if offset < stop else []

    def value(self, row: Row, wire: Wire, name: str, start: int, end: int, path: Path) -> Node:
        """Return the node of one value of a type from start to end."""
        wire, raw, inside = self.read(row, wire, start, end, path)
        if end > self.limit:
            start, end = min(start, self.limit), self.limit
        return _new(Node, (name, row, wire, start, end - start if end > start else 0, raw, inside, 0, 0, 0))

    def undecoded(self, start: int, end: int, name: str = "undecoded", row: Row = UNDECODED_ROW) -> Node:
        """Return the node of bytes that nothing reads."""
        return Node(name, row, UNDECODED, start, end - start, self.data[start:end])

    def read(self, row: Row, wire: Wire, start: int, end: int, path: Path) -> Reading:
        """Read a value of any type."""
        method = CUT_OFF if end > self.limit and wire.size is not None else method_of(wire)
        return method(self, row, wire, start, end, path)

    def cut_off(self, row: Row, wire: Wire, start: int, end: int, path: Path) -> Reading:
        """Read a value of fixed size that the capture cut."""
        return self.payload(row, UNDECODED, start, end, path)

    def payload(self, row: Row, wire: Wire, start: int, end: int, path: Path) -> Reading:
        """Read bytes."""
        raw = self.data[start : min(end, self.limit)]
        if end > self.limit:
            self.problem(ProblemKind.TRUNCATED, path, start, len(raw), missing(end - start - len(raw), end - start))
        return wire, raw, ()

    def bad_length(self, row: Row, wire: Wire, start: int, end: int, path: Path, text: str = "") -> Reading:
        """Read a value whose length does not fit its type."""
        text = text or f"{row.name} has {counted(end - start, 'byte')} instead of {wire.size}"
        self.problem(ProblemKind.BAD_LENGTH, path, start, end - start, text)
        return UNDECODED, self.data[start : min(end, self.limit)], ()

    def scalar(self, row: Row, wire: Wire, start: int, end: int, path: Path) -> Reading:
        """Read a value of fixed size without parts."""
        if end - start != wire.size:
            return self.bad_length(row, wire, start, end, path)
        raw = wire.readers[self.order](self.data, start)
        if isinstance(wire, Enum) and wire.closed and raw not in wire.names:
            self.problem(ProblemKind.OUT_OF_RANGE, path, start, end - start, f"{raw} is not one of {', '.join(wire.numbers)}")
        return wire, raw, ()

    def text(self, row: Row, wire: Text, start: int, end: int, path: Path) -> Reading:
        """Read a string."""
        fault = wire.fault(self.data[start:end]) if end <= self.limit else None
        if fault:
            at = start + fault[0]
            self.problem(ProblemKind.TRAILING if at < end else ProblemKind.BAD_LENGTH, path, at, end - at, fault[1])
        return self.payload(row, wire, start, end, path)

    def sized(self, row: Row, wire: Sized, start: int, end: int, path: Path) -> Reading:
        """Read a value whose type depends on its length."""
        chosen = wire.of(end - start)
        if chosen is None:
            sizes = " or ".join(str(size) for size in wire.cases)
            return self.bad_length(row, wire, start, end, path, f"{row.name} has {counted(end - start, 'byte')} instead of {sizes}")
        return self.read(row, chosen, start, end, path)

    def set(self, row: Row, wire: AttrSet | AttrList, start: int, end: int, path: Path) -> Reading:
        """Read a nested attribute set."""
        if self._depth >= MAX_DEPTH:
            stop = min(end, self.limit)
            self.problem(ProblemKind.DEPTH, path, start, stop - start, f"nested deeper than {MAX_DEPTH}")
            return UNDECODED, self.data[start:stop], ()
        self._depth += 1
        children = self.attrs(wire, start, end, path)
        self._depth -= 1
        return wire, None, children

    def struct(self, row: Row, wire: Struct, start: int, end: int, path: Path) -> Reading:
        """Read a struct: its complete members, and the bytes after them as `rest`."""
        read = wire.readers.get(self.order)
        if end - start != wire.size:
            self.bad_length(row, wire, start, end, path)
        elif read is not None:
            raws = read(self.data, start)
            if not wire.closed or named(raws, wire.closed):
                return wire, raws, ()
        nodes = self.members(wire, start, end, path)
        after = nodes[-1].offset + nodes[-1].length if nodes else start
        if after < end:
            nodes.append(self.undecoded(after, end, REST_ROW.name, REST_ROW))
        return wire, None, tuple(nodes)

    def members(self, wire: Struct, start: int, end: int, path: Path) -> list[Node]:
        """Read the complete members of a struct."""
        return [
            self.value(member, kind, name, start + offset, start + offset + size, (path, name))
            for name, member, kind, offset, size in wire.rows
            if start + offset + size <= end
        ]

    def array(self, row: Row, wire: Array, start: int, end: int, path: Path) -> Reading:
        """Read elements of a fixed size."""
        element, stop = wire.element, min(end, self.limit)
        size = element.wire.size or 1
        if wire.size is not None and wire.size != end - start:
            return self.bad_length(row, wire, start, end, path)
        count = min(max(stop - start, 0) // size, self.left)
        self.left -= count
        rest = start + count * size
        places = enumerate(range(start, rest, size))
        nodes = [self.value(element, element.wire, f"[{i}]", at, at + size, (path, f"[{i}]")) for i, at in places]
        if rest + size <= stop:
            self.problem(ProblemKind.DEPTH, path, rest, stop - rest, TOO_MANY)
        elif stop < end:
            self.problem(ProblemKind.TRUNCATED, path, rest, stop - rest, missing(end - stop, end - start))
        elif rest < end:
            self.problem(ProblemKind.BAD_LENGTH, path, rest, end - rest, f"{counted(end - rest, 'byte')} after the last element of {size}")
        if rest < stop:
            nodes.append(self.undecoded(rest, stop, f"[{count}]"))
        return wire, None, tuple(nodes)

    def options(self, row: Row, wire: Options, start: int, end: int, path: Path) -> Reading:
        """Read options of variable length."""
        stop, offset = min(end, self.limit), start
        size, last = wire.head.size or 0, wire.head.members[-1].wire
        nodes: list[Node] = []
        while offset < stop:
            step = f"[{len(nodes)}]"
            body = whole = offset + size
            if body <= stop:
                whole += wire.data_size(last.readers[self.order](self.data, body - (last.size or 0)))
            if whole > stop or not self.left:
                kind = ProblemKind.DEPTH if whole <= stop else ProblemKind.BAD_LENGTH if whole > end else ProblemKind.TRUNCATED
                text = TOO_MANY if whole <= stop else f"an option of {counted(whole - offset, 'byte')} with {stop - offset} left"
                self.problem(kind, (path, step), offset, stop - offset, text)
                nodes.append(self.undecoded(offset, stop, step))
                break
            self.left -= 1
            members = self.members(wire.head, offset, body, (path, step))
            members.append(self.value(wire.data, wire.data.wire, "data", body, whole, ((path, step), "data")))
            nodes.append(Node(step, wire.element, wire.option, offset, whole - offset, None, tuple(members)))
            offset = whole
        if stop < end:
            self.problem(ProblemKind.TRUNCATED, path, stop, 0, missing(end - stop, end - start))
        return wire, None, tuple(nodes)

    def variant(self, row: Row, wire: Variant, start: int, end: int, path: Path) -> Reading:
        """Read a union with a tag; bytes that fit no case stay bytes."""
        case = wire.case(self.data[start:end], self.order) if end <= self.limit else None
        if case is None:
            return self.payload(row, BYTES, start, end, path)
        at = start + (wire.head.size or 0)
        after = at + (case.wire.size or 0)
        nodes = self.members(wire.head, start, at, path)
        nodes.append(self.value(case, case.wire, case.name, at, after, (path, case.name)))
        if after < end:
            nodes.append(Node(wire.rest.name, wire.rest, wire.rest.wire, after, end - after, self.data[after:end]))
        return wire, None, tuple(nodes)

    def masked(self, row: Row, wire: Masked, start: int, end: int, path: Path) -> Reading:
        """Read a value and its mask."""
        length = end - start
        value, mask = wire.halves
        if length % 2 or (wire.size is not None and wire.size != length and not isinstance(value.wire, Struct)):
            text = f"{row.name} and its mask have {counted(length, 'byte')}" + (f" instead of {wire.size}" if wire.size else "")
            return self.bad_length(row, wire, start, end, path, text)
        middle = start + length // 2
        return wire, None, (
            self.value(value, value.wire, "value", start, middle, (path, "value")),
            self.value(mask, mask.wire, "mask", middle, end, (path, "mask")),
        )

    def masked_set(self, row: Row, wire: MaskedSet, start: int, end: int, path: Path) -> Reading:
        """Read a set whose attributes hold value and mask: shown as a set of values and a set of masks that share the bytes."""
        before = len(self.problems)
        read, raw, doubled = self.set(row, wire.attrs, start, end, path)
        if read is UNDECODED:
            return read, raw, doubled
        self.problems[before:] = [one._replace(path=halved(one.path, spelled(path))) for one in self.problems[before:]]
        values: list[Node] = []
        masks: list[Node] = []
        for node in doubled:
            if isinstance(node.wire, (Masked, MaskedSet)) and len(node.children) == 2:
                value, mask = node.children
                values.append(value._replace(name=node.name, flags=node.flags, header=node.header))
                masks.append(mask._replace(name=node.name, padding=node.padding))
            else:
                values.append(node)
        # the halves interleave, so both span all the bytes, unless they are empty
        length = max(min(end, self.limit) - start, 0)
        return wire, None, tuple(
            Node(half.name, half, half.wire, start, length if nodes else 0, None, tuple(nodes))
            for half, nodes in zip(wire.halves, (values, masks), strict=True)
        )


_METHODS: Final[Mapping[str, Method]] = vars(Tree)  # compiled, `Tree.scalar` is another object each time
SCALAR, PAYLOAD, CUT_OFF, STRUCT = (_METHODS[name] for name in ("scalar", "payload", "cut_off", "struct"))
METHODS: Final[dict[type[Wire], Method]] = {
    AttrSet: _METHODS["set"],
    AttrList: _METHODS["set"],
    Struct: STRUCT,
    Array: _METHODS["array"],
    Options: _METHODS["options"],
    Variant: _METHODS["variant"],
    Masked: _METHODS["masked"],
    MaskedSet: _METHODS["masked_set"],
    Sized: _METHODS["sized"],
    Text: _METHODS["text"],
}


def method_of(wire: Wire) -> Method:
    """Return the method that reads a type."""
    return METHODS.get(type(wire)) or (PAYLOAD if wire.size is None else SCALAR)


def scalar(wire: Wire, order: ByteOrder) -> Reader | None:
    """Return the reader of a type that is a single value of fixed size; None for others."""
    return wire.reader(order) if method_of(wire) is SCALAR else None
