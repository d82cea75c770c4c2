"""The tree: the rows of the grammar walked over bytes.

Total: any bytes give a tree and a list of problems, never an exception; every byte is in one leaf.

It iterates as Open vSwitch itself does (nl_attr_get's callers in lib/odp-util.c): an attribute counts while its length fits what is left,
then its padding is skipped where it is there; what remains is undecoded.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from ovsdissect.grammar.attrs import NLA_HEADER, NLA_TYPE_MASK, AttrList, AttrSet
from ovsdissect.grammar.compound import Array, Options, Struct, Variant
from ovsdissect.grammar.masks import Masked, MaskedSet
from ovsdissect.grammar.wire import BYTES, PREFIX, ByteOrder, Enum, Flag, Reader, Sized, Text, Wire
from ovsdissect.problem import Problem, ProblemKind
from ovsdissect.tree.node import UNDECODED, UNDECODED_ROW, Node, Row, join

MAX_DEPTH: Final = 32  # nested attributes; the kernel itself refuses actions deeper than 16 (OVS_ACTIONS nesting)


@lru_cache(maxsize=4096)
def scalar(wire: Wire, order: ByteOrder) -> Reader | None:
    """The reader of a type that is one unpacking; None for the others."""
    if wire.size is None or not (wire.code or isinstance(wire, Flag)):
        return None
    return wire.reader(order)


def rest_name(place: int, indexed: bool, ordered: bool) -> str:
    """The step of the bytes after the last attribute of a set: in a list they are one more element."""
    return f"[{place}]" if indexed else f"[{place}].undecoded" if ordered else "undecoded"


def halved(path: str, top: str) -> str:
    """The path of a value in a set of doubled attributes as users see it: "nsh.base.mask.ttl" is "nsh.mask.base.ttl"."""
    if not path.startswith(top + "."):
        return path
    name, _, below = path[len(top) + 1 :].partition(".")
    half, _, below = below.partition(".")
    return join(f"{top}.{half or 'value'}.{name}", below)


class Tree:
    """One walk over the bytes of a record: `problems` grows as it goes.

    data: the whole record.  limit: where the captured bytes end; what a message declares beyond it is a snaplen's cut, not the sender's
    fault.
    """

    __slots__ = ("_depth", "_head", "cut", "data", "limit", "order", "problems")

    def __init__(self, data: bytes, order: ByteOrder, problems: list[Problem], limit: int | None = None) -> None:
        self.data = data
        self.order = order
        self.problems = problems
        self.limit = len(data) if limit is None else limit
        self.cut = False
        self._depth = 0
        self._head = struct.Struct(PREFIX[order] + "HH").unpack_from

    def problem(self, kind: ProblemKind, path: str, offset: int, length: int, text: str) -> None:
        """Note a problem, over the bytes that are there; of a cut only the innermost place counts."""
        if kind is ProblemKind.TRUNCATED:
            if self.cut:
                return
            self.cut = True
        self.problems.append(Problem(kind, path, offset, max(min(length, self.limit - offset), 0), text))

    def attrs(self, attrs: AttrSet | AttrList, start: int, end: int, path: str) -> tuple[Node, ...]:
        """The attributes from start to end (declared; the capture may end before)."""
        nodes: list[Node] = []
        seen: dict[str, int] = {}
        offset, limit = start, self.limit
        indexed = isinstance(attrs, AttrList) and not attrs.keyed
        ordered = isinstance(attrs, AttrSet) and attrs.ordered
        while offset < end:
            if offset + NLA_HEADER > limit and limit < end:
                at = min(offset, limit)  # the cut may fall into padding
                self.problem(ProblemKind.TRUNCATED, path, at, limit - at, f"{end - limit} bytes are missing")
                if offset < limit:
                    nodes.append(self.undecoded(offset, limit, rest_name(len(nodes), indexed, ordered)))
                break
            if offset + NLA_HEADER > end:
                self.problem(ProblemKind.TRAILING, path, offset, end - offset, f"{end - offset} bytes after the last attribute")
                nodes.append(self.undecoded(offset, end, rest_name(len(nodes), indexed, ordered)))
                break
            length, kind = self._head(self.data, offset)
            after = offset + length
            if length < NLA_HEADER or after > end:
                stop = min(end, limit)
                text = f"attribute length {length} with {end - offset} bytes left"
                self.problem(ProblemKind.BAD_LENGTH, path, offset, stop - offset, text)
                nodes.append(self.undecoded(offset, stop, rest_name(len(nodes), indexed, ordered)))
                if stop < end:
                    self.problem(ProblemKind.TRUNCATED, path, stop, 0, f"{end - stop} bytes are missing")
                break
            row = attrs.row(kind & NLA_TYPE_MASK)
            if ordered:
                name = f"[{len(nodes)}].{row.name}"
            elif indexed:
                name = f"[{len(nodes)}]"
            else:
                name = row.name
                count = seen[name] = seen.get(name, 0) + 1
                if count > 1:
                    name = f"{name}#{count}"
                    if row.wire.kind != "pad":
                        self.problem(ProblemKind.DUPLICATE, join(path, name), offset, length, f"{row.name} stands {count} times")
            padding = min(-length % 4, max(min(end, limit) - after, 0))
            at, flags = offset + NLA_HEADER, kind & ~NLA_TYPE_MASK
            nodes.append(self.value(row, row.wire, name, at, after, join(path, name), flags, NLA_HEADER, padding))
            if isinstance(attrs, AttrSet) and row.number not in attrs.by_number:
                text = f"{attrs.set_name} has no attribute {row.number}"
                self.problem(ProblemKind.UNKNOWN, join(path, name), offset, length, text)
            offset = min(offset + (length + 3 & ~3), end)
        return tuple(nodes)

    def value(
        self, row: Row, wire: Wire, name: str, start: int, end: int, path: str, flags: int = 0, header: int = 0, padding: int = 0
    ) -> Node:
        """One value of a type from start to end."""
        length = end - start
        read = scalar(wire, self.order)
        if read is not None and end <= self.limit:
            if length != wire.size:
                return self.bad_length(row, wire, name, start, end, path, flags, header, padding)
            raw = read(self.data, start)
            if isinstance(wire, Enum) and wire.closed and raw not in wire.names:
                self.problem(ProblemKind.OUT_OF_RANGE, path, start, length, f"{raw} is none of {', '.join(wire.numbers)}")
            return Node(name, row, wire, start, length, raw, (), flags, header, padding)
        stop = min(end, self.limit)
        compound = COMPOUNDS.get(type(wire))
        if compound is None or (stop < end and wire.size is not None):
            if stop < end:
                text = f"{end - max(stop, start)} of {length} bytes are missing"
                self.problem(ProblemKind.TRUNCATED, path, start, max(stop - start, 0), text)
                if wire.size is not None:
                    wire = UNDECODED
            start, stop = min(start, self.limit), max(stop, min(start, self.limit))
            return Node(name, row, wire, start, stop - start, self.data[start:stop], (), flags, header, padding)
        return compound(self, row, wire, name, start, end, path, flags, header, padding)

    def undecoded(self, start: int, end: int, name: str = "undecoded") -> Node:
        """Bytes that nothing reads."""
        return Node(name, UNDECODED_ROW, UNDECODED, start, end - start, self.data[start:end])

    def bad_length(
        self, row: Row, wire: Wire, name: str, start: int, end: int, path: str, flags: int, header: int, padding: int, text: str = ""
    ) -> Node:
        """A value whose length is not its type's."""
        text = text or f"{row.name} has {end - start} bytes instead of {wire.size}"
        self.problem(ProblemKind.BAD_LENGTH, path, start, end - start, text)
        stop = min(end, self.limit)
        return Node(name, row, UNDECODED, start, stop - start, self.data[start:stop], (), flags, header, padding)

    def set(self, row: Row, wire: Wire, name: str, start: int, end: int, path: str, flags: int, header: int, padding: int) -> Node:
        """A nested attribute set."""
        assert isinstance(wire, (AttrSet, AttrList))
        stop = min(end, self.limit)
        if self._depth >= MAX_DEPTH:
            self.problem(ProblemKind.DEPTH, path, start, stop - start, f"nested deeper than {MAX_DEPTH}")
            return Node(name, row, UNDECODED, start, stop - start, self.data[start:stop], (), flags, header, padding)
        self._depth += 1
        children = self.attrs(wire, start, end, path)
        self._depth -= 1
        return Node(name, row, wire, start, max(stop - start, 0), None, children, flags, header, padding)

    def members(self, wire: Struct, start: int, path: str) -> list[Node]:
        """The members of a struct that is there in full."""
        nodes = []
        for member, offset in zip(wire.members, wire.offsets, strict=True):
            at = start + offset
            name = "" if member.inline else member.name
            nodes.append(self.value(member, member.wire, name, at, at + (member.wire.size or 0), join(path, name)))
        return nodes

    def struct(self, row: Row, wire: Wire, name: str, start: int, end: int, path: str, flags: int, header: int, padding: int) -> Node:
        """A struct."""
        assert isinstance(wire, Struct)
        if end - start != wire.size:
            return self.bad_length(row, wire, name, start, end, path, flags, header, padding)
        return Node(name, row, wire, start, end - start, None, tuple(self.members(wire, start, path)), flags, header, padding)

    def array(self, row: Row, wire: Wire, name: str, start: int, end: int, path: str, flags: int, header: int, padding: int) -> Node:
        """Elements of one size."""
        assert isinstance(wire, Array)
        element, stop = wire.element, min(end, self.limit)
        size = element.wire.size or 1
        if wire.size is not None and wire.size != end - start:
            return self.bad_length(row, wire, name, start, end, path, flags, header, padding)
        count = max(stop - start, 0) // size
        nodes = [
            self.value(element, element.wire, f"[{i}]", start + i * size, start + (i + 1) * size, f"{path}[{i}]") for i in range(count)
        ]
        rest = start + count * size
        if stop < end:
            self.problem(ProblemKind.TRUNCATED, path, rest, stop - rest, f"{end - stop} of {end - start} bytes are missing")
        elif rest < end:
            text = f"{end - rest} bytes after the last element of {size}"
            self.problem(ProblemKind.BAD_LENGTH, path, rest, end - rest, text)
        if rest < stop:
            nodes.append(self.undecoded(rest, stop, f"[{count}]"))
        return Node(name, row, wire, start, max(stop - start, 0), None, tuple(nodes), flags, header, padding)

    def options(self, row: Row, wire: Wire, name: str, start: int, end: int, path: str, flags: int, header: int, padding: int) -> Node:
        """Options of variable length."""
        assert isinstance(wire, Options)
        stop, offset = min(end, self.limit), start
        nodes: list[Node] = []
        size = wire.head.size or 0
        while offset < stop:
            step = f"[{len(nodes)}]"
            last = wire.head.members[-1].wire
            whole = offset + size
            if whole <= stop:
                whole += wire.data_size(last.reader(self.order)(self.data, whole - (last.size or 0)))
            if whole > stop:
                kind = ProblemKind.BAD_LENGTH if whole > end else ProblemKind.TRUNCATED
                self.problem(kind, path + step, offset, stop - offset, f"an option of {whole - offset} bytes with {stop - offset} left")
                nodes.append(self.undecoded(offset, stop, step))
                break
            members = self.members(wire.head, offset, path + step)
            members.append(self.value(wire.data, wire.data.wire, "data", offset + size, whole, f"{path}{step}.data"))
            nodes.append(Node(step, wire.element, wire.option, offset, whole - offset, None, tuple(members)))
            offset = whole
        if stop < end:
            self.problem(ProblemKind.TRUNCATED, path, stop, 0, f"{end - stop} of {end - start} bytes are missing")
        return Node(name, row, wire, start, max(stop - start, 0), None, tuple(nodes), flags, header, padding)

    def variant(self, row: Row, wire: Wire, name: str, start: int, end: int, path: str, flags: int, header: int, padding: int) -> Node:
        """A union with a tag; bytes that fit no case stay bytes."""
        assert isinstance(wire, Variant)
        case = wire.case(self.data[start:end], self.order) if end <= self.limit else None
        if case is None:
            return self.value(row, BYTES, name, start, end, path, flags, header, padding)
        nodes = self.members(wire.head, start, path)
        at = start + (wire.head.size or 0)
        after = at + (case.wire.size or 0)
        nodes.append(self.value(case, case.wire, case.name, at, after, join(path, case.name)))
        if after < end:
            nodes.append(Node(wire.rest.name, wire.rest, wire.rest.wire, after, end - after, self.data[after:end]))
        return Node(name, row, wire, start, end - start, None, tuple(nodes), flags, header, padding)

    def masked(self, row: Row, wire: Wire, name: str, start: int, end: int, path: str, flags: int, header: int, padding: int) -> Node:
        """A value and its mask."""
        assert isinstance(wire, Masked)
        length = end - start
        if length % 2 or (wire.size is not None and length != wire.size):
            text = f"{row.name} and its mask have {length} bytes" + (f" instead of {wire.size}" if wire.size else "")
            return self.bad_length(row, wire, name, start, end, path, flags, header, padding, text)
        middle = start + length // 2
        value, mask = wire.halves
        nodes = (
            self.value(value, value.wire, "value", start, middle, join(path, "value")),
            self.value(mask, mask.wire, "mask", middle, end, join(path, "mask")),
        )
        return Node(name, row, wire, start, max(min(end, self.limit) - start, 0), None, nodes, flags, header, padding)

    def masked_set(self, row: Row, wire: Wire, name: str, start: int, end: int, path: str, flags: int, header: int, padding: int) -> Node:
        """A set whose attributes are doubled: shown as a set of values and a set of masks that share the bytes."""
        assert isinstance(wire, MaskedSet)
        before = len(self.problems)
        doubled = self.set(row, wire.attrs, name, start, end, path, flags, header, padding)
        if doubled.wire is UNDECODED:
            return doubled
        self.problems[before:] = [one._replace(path=halved(one.path, path)) for one in self.problems[before:]]
        values: list[Node] = []
        masks: list[Node] = []
        for node in doubled.children:
            if isinstance(node.wire, Masked) and len(node.children) == 2:
                value, mask = node.children
                values.append(value._replace(name=node.name, flags=node.flags, header=node.header))
                masks.append(mask._replace(name=node.name, padding=node.padding))
            else:
                values.append(node)
        # the halves interleave, so that both span all the bytes, unless nothing is in them
        halves = tuple(
            Node(half.name, half, half.wire, start, doubled.length if nodes else 0, None, tuple(nodes))
            for half, nodes in zip(wire.halves, (values, masks), strict=True)
        )
        return doubled._replace(wire=wire, children=halves)

    def sized(self, row: Row, wire: Wire, name: str, start: int, end: int, path: str, flags: int, header: int, padding: int) -> Node:
        """A value whose type follows from its length."""
        assert isinstance(wire, Sized)
        chosen = wire.of(end - start)
        if chosen is None:
            sizes = " or ".join(str(size) for size in wire.cases)
            text = f"{row.name} has {end - start} bytes instead of {sizes}"
            return self.bad_length(row, wire, name, start, end, path, flags, header, padding, text)
        return self.value(row, chosen, name, start, end, path, flags, header, padding)

    def text(self, row: Row, wire: Wire, name: str, start: int, end: int, path: str, flags: int, header: int, padding: int) -> Node:
        """A string."""
        assert isinstance(wire, Text)
        stop = max(min(end, self.limit), start)
        raw = self.data[start:stop]
        fault = wire.fault(raw)
        if stop < end:
            self.problem(ProblemKind.TRUNCATED, path, start, stop - start, f"{end - stop} of {end - start} bytes are missing")
        elif fault:
            kind = ProblemKind.TRAILING if fault[0] < len(raw) else ProblemKind.BAD_LENGTH
            self.problem(kind, path, start + fault[0], len(raw) - fault[0], fault[1])
        return Node(name, row, wire, start, stop - start, raw, (), flags, header, padding)


COMPOUNDS: Final[dict[type[Wire], Callable[..., Node]]] = {
    AttrSet: Tree.set,
    AttrList: Tree.set,
    Struct: Tree.struct,
    Array: Tree.array,
    Options: Tree.options,
    Variant: Tree.variant,
    Masked: Tree.masked,
    MaskedSet: Tree.masked_set,
    Sized: Tree.sized,
    Text: Tree.text,
}
