"""The walk over the bytes of one frame: collects layers, problems and checksums, with methods for all dissectors. Knows no protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final, NamedTuple

from ovsdissect.frame.layer import DATA, PADDING, Header, Items, Protocol
from ovsdissect.grammar.compound import Array, Member, Struct
from ovsdissect.grammar.wire import BYTES, Bits
from ovsdissect.problem import Problem, ProblemKind, counted, missing
from ovsdissect.tree.node import UNDECODED, UNDECODED_ROW, Node, join

PAYLOAD: Final = Member("payload", BYTES, "Payload of the layers above, uninterpreted.")
TRAILER: Final = Member("eth.trailer", BYTES, "Bytes after the packet that are not zero.")


class Next(NamedTuple):
    """What follows a layer: the table and number of its protocol, and where it starts and ends."""

    table: str
    number: int
    start: int
    end: int


class Checksum(NamedTuple):
    """A checksum that could be verified: the path of its field, its value and the expected value."""

    path: str
    value: int
    expected: int
    good: bool


class Walk:
    """One walk.

    end: where the captured bytes of the packet end. cut: the packet was longer than that.
    whole: the innermost IP packet has all its bytes, so a transport checksum can be verified.
    pseudo: the addresses of its pseudo-header.
    quoted: inside the packet that an ICMP error quotes, which may stop anywhere.
    """

    __slots__ = ("_verified", "cut", "data", "end", "layers", "names", "path", "problems", "pseudo", "quoted", "tails", "whole")

    def __init__(self, data: bytes, end: int, cut: bool, path: str) -> None:
        self.data, self.end, self.cut, self.path = data, end, cut, path
        self.layers: list[Node] = []
        self.names: dict[str, int] = {}
        self.problems: list[Problem] = []
        self._verified: list[tuple[str, str, int, Callable[..., int], tuple[object, ...]]] = []
        self.tails: list[tuple[str, int, int]] = []
        self.pseudo = b""
        self.whole = True
        self.quoted = False

    def name(self, name: str) -> str:
        """Return the name of the next layer: "vlan", then "vlan#2"."""
        count = self.names[name] = self.names.get(name, 0) + 1
        return name if count == 1 else f"{name}#{count}"

    def coming(self, name: str) -> str:
        """Return the path of the next layer with this name."""
        count = self.names.get(name, 0) + 1
        return join(self.path, name if count == 1 else f"{name}#{count}")

    def depth(self) -> int:
        """How many packets are nested, counting the outermost."""
        names = self.names
        return max(names.get("eth", 0), names.get("ip", 0) + names.get("ipv6", 0))

    def layer(self, protocol: Protocol, start: int, children: list[Node]) -> None:
        """Add a layer whose fields follow each other from `start`."""
        last = children[-1]
        length = last.offset + last.length - start
        row = protocol.row
        self.layers.append(Node(self.name(protocol.name), row, row.wire, start, length, None, tuple(children)))

    def leaf(self, row: Member, start: int, end: int) -> None:
        """Add bytes that are a layer by themselves."""
        if start < end:
            self.layers.append(Node(self.name(row.name), row, row.wire, start, end - start, self.data[start:end]))

    def payload(self, start: int, end: int) -> None:
        """Add bytes that no dissector reads."""
        self.leaf(PAYLOAD, start, end)

    def problem(self, kind: ProblemKind, path: str, start: int, length: int, text: str) -> None:
        """Note a problem; a quoted packet has none."""
        if not self.quoted:
            self.problems.append(Problem(kind, path, start, length, text))

    def read(self, protocol: Protocol, header: Header, start: int, end: int) -> tuple[Any, ...] | None:
        """Return the raw values of a header at start; if it is incomplete, None, and its bytes are added as undecoded."""
        if end - start < header.size:
            self.short(protocol.name, start, end, header.size)
            return None
        return header.unpack(self.data, start)

    def short(self, name: str, start: int, end: int, needed: int) -> None:
        """Note an incomplete header: its bytes are undecoded."""
        left = end - start
        if self.quoted:
            self.payload(start, end)
            return
        if self.cut and end == self.end:
            kind, text = ProblemKind.TRUNCATED, f"{missing(needed - left)} of a header of {needed}"
        else:
            kind, text = ProblemKind.BAD_LENGTH, f"{counted(left, 'byte')} instead of a header of {needed}"
        self.problem(kind, self.coming(name), start, left, text)
        self.leaf(UNDECODED_ROW, start, end)

    def fault(self, name: str, start: int, end: int, text: str) -> None:
        """Note an impossible header: its bytes and all that follow are undecoded."""
        self.problem(ProblemKind.BAD_LENGTH, self.coming(name), start, end - start, text)
        self.leaf(UNDECODED_ROW, start, end)

    def until(self, owner: str, path: str, declared: int, end: int) -> int:
        """Return where content with a declared end stops: bytes after it are `owner`'s trailer; an end beyond the data is noted."""
        if declared < end:
            self.tails.append(("icmp" if self.quoted else owner, declared, end))
            return declared
        if declared > end:
            self.whole = False
            if not (self.cut and end == self.end):
                self.problem(ProblemKind.BAD_LENGTH, path, end, 0, f"{counted(declared - end, 'byte')} more declared than there are")
        return end

    def trailers(self) -> None:
        """Add the bytes after the declared ends, innermost first."""
        for owner, start, end in reversed(self.tails):
            if any(self.data[start:end]):
                self.leaf(Member(f"{owner}.trailer", TRAILER.wire, TRAILER.doc), start, end)
            else:
                self.leaf(Member(f"{owner}.padding", PADDING.wire, PADDING.doc), start, end)

    def value(self, member: Member, start: int, end: int, path: str) -> Node:
        """Return the node of a member whose length depends on its position: a list, or bytes."""
        wire = member.wire
        if isinstance(wire, Items):
            return Node(member.name, member, wire, start, end - start, None, tuple(self.items(wire, start, end, path)))
        if isinstance(wire, Array):
            return Node(member.name, member, wire, start, end - start, None, tuple(self._elements(wire, start, end)))
        return Node(member.name, member, wire, start, end - start, self.data[start:end])

    def _elements(self, wire: Array, start: int, end: int) -> list[Node]:
        element, header = wire.element, element_header(wire)
        inner, size = element.wire, header.size
        nodes = []
        for i, at in enumerate(range(start, end - size + 1, size)):
            node = header.nodes(self.data, at)
            if isinstance(inner, Struct):
                nodes.append(Node(f"[{i}]", element, inner, at, size, None, tuple(node)))
            else:
                nodes.append(node[0]._replace(name=f"[{i}]"))
        done = start + len(nodes) * size
        if done < end:
            nodes.append(self.undecoded(f"[{len(nodes)}]", done, end))
        return nodes

    def undecoded(self, name: str, start: int, end: int) -> Node:
        """Return a node of undecoded bytes."""
        return Node(name, UNDECODED_ROW, UNDECODED, start, end - start, self.data[start:end])

    def filled(self, header: Header, start: int, end: int, path: str) -> list[Node]:
        """Return the nodes of a header that fills start to end, including `rest`; only bytes if it does not fit."""
        if start + header.size > end:
            return [self.value(DATA, start, end, path)]
        nodes = header.nodes(self.data, start)
        if start + header.size < end:
            rest = header.rest
            nodes.append(self.value(rest, start + header.size, end, f"{path}.{rest.name}"))
        return nodes

    def items(self, wire: Items, start: int, end: int, path: str) -> list[Node]:
        """Return the items from start to end; what is not an item is undecoded."""
        data, element = self.data, wire.element
        nodes: list[Node] = []
        at = start
        while at < end:
            name = f"[{len(nodes)}]"
            head, tag, size = wire.single, data[at], 1
            if tag not in wire.bare:
                head, size = wire.head, wire.head.size
                if at + size <= end:
                    tag, size = wire.measure(head.unpack(data, at))
                if size < head.size or at + size > end:
                    kind = ProblemKind.TRUNCATED if self.cut and end == self.end else ProblemKind.BAD_LENGTH
                    self.problem(kind, path + name, at, end - at, f"an item of {counted(size, 'byte')} with {end - at} left")
                    nodes.append(self.undecoded(name, at, end))
                    break
            children = head.nodes(data, at)
            if size > head.size:
                body = at + head.size
                children += self.filled(wire.case(tag, data[body]), body, at + size, path + name)
            padding = end - at - size if tag == wire.last else min(-size % wire.align, end - at - size)
            nodes.append(Node(name, element, element.wire, at, size, None, tuple(children), padding=padding))
            at += size + padding
        return nodes

    def verify(self, name: str, value: int, compute: Callable[..., int], *arguments: object) -> None:
        """Note a checksum of the layer that was added last; it is computed only on demand."""
        self._verified.append((self.layers[-1].name, name, value, compute, arguments))

    def checksums(self) -> Iterator[Checksum]:
        """The checksums that could be verified."""
        for layer, name, value, compute, arguments in self._verified:
            expected = compute(*arguments)
            yield Checksum(join(join(self.path, layer), name), value, expected, value == expected)


@cache
def element_header(wire: Array) -> Header:
    """Return the header of one element of an array."""
    inner = wire.element.wire
    return Header(*inner.members) if isinstance(inner, Struct) else Header(wire.element)


def part(node: Node, name: str) -> Any:
    """Return the raw value of one field of a layer, also of a slice of an integer; None if the layer lacks it."""
    for child in node.inside:
        if child.name == name:
            return child.raw
        if not child.name and isinstance(child.wire, Bits):
            for piece in child.wire.parts:
                if piece.name == name:
                    return child.raw >> piece.shift & piece.mask
    return None
