"""Takes the values of the fields that a filter names from a message, reading only those attributes, directly from the bytes.

Unusual messages (a length that does not fit, deep nesting, truncation) are left to the tree, which gives the same values for all others
too.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Final, NamedTuple

from ovsdissect.byteorder import ByteOrder
from ovsdissect.dissect.body import ERROR_ROW, EXTACK_ROW
from ovsdissect.dissect.message import Message
from ovsdissect.families import FAMILIES
from ovsdissect.filter.types import Key
from ovsdissect.grammar import AttrList, AttrSet, Family, Masked, MaskedSet, Member, Struct
from ovsdissect.grammar.attrs import NLA_HEADER, NLA_TYPE_MASK, Attr
from ovsdissect.grammar.fieldnames import OTHERS, Place, every, parts, places, slice_of, step
from ovsdissect.grammar.wire import BYTES, PREFIX, Bits, Pad, Part, Wire
from ovsdissect.netlink.headers import ERROR, EXTACK, GENLMSGHDR_LEN, NLMSGHDR_LEN
from ovsdissect.tree.node import UNDECODED, Node
from ovsdissect.tree.tree import MAX_DEPTH, MAX_VALUES, Tree, scalar

# an occurrence of a field: the type of its raw value, and that value; for compound values and undecoded bytes, the node or None
Found = tuple[Key, Any]
Taken = dict[Place, list[Found]]
Walk = Callable[[bytes, int, int, Taken, int], None]

ROOTS: Final[dict[str, Place]] = {name: places(family.attrs, family.doc) for name, family in FAMILIES.items()}
ERROR_ROOT: Final = Place("error", ERROR_ROW, ERROR)
EXTACK_ROOT: Final = Place("error", EXTACK_ROW, EXTACK)
PACKET: Final = ROOTS["ovs_packet"].steps["packet"]
ETHERNET: Final = ROOTS["ovs_packet"].steps["key"].steps["ethernet"]
ETHERTYPE: Final = ROOTS["ovs_packet"].steps["key"].steps["ethertype"]
FRAME_NEEDS: Final = (PACKET, ETHERNET, ETHERTYPE)
COMPOUNDS: Final = frozenset(("set", "list", "struct"))


@cache
def _holders(root: Place) -> dict[Place, set[Place]]:
    """Return, for every place at and below a root, the places one step above it."""
    holders: dict[Place, set[Place]] = {root: set()}
    for place in every(root):
        for below in (*([place.element] if place.element else []), *place.steps.values()):
            holders.setdefault(below, set()).add(place)
    return holders


def manifold(place: Place) -> bool:
    """Whether a message can have several values at a place without repeating an attribute: in lists, and in sets nested in themselves."""
    chain = (*place.above, place)
    holders = _holders(chain[0])
    return any(
        one.element is not None or (isinstance(one.wire, AttrSet) and one.wire.ordered) or len(holders.get(one, ())) > 1 for one in chain
    )


class UnusualError(Exception):
    """Bytes that only the tree reads."""


class Selection:
    """The places that a filter names, and how their values are taken from messages.

    direct: read bytes where possible; otherwise all values come from the tree, which is slower and gives the same values.
    """

    def __init__(self, wanted: Iterable[Place], inner: Iterable[str] = (), *, direct: bool = True) -> None:
        self.wanted = frozenset(wanted)
        self.inner = frozenset(inner)
        self.unknown = [place for place in self.wanted if place.name.rpartition(".")[2].startswith("attr_")]
        self.direct = direct
        self.live: dict[Place, frozenset[Place]] = {}
        self._walks: dict[tuple[str, ByteOrder], Walk] = {}
        self._prefixes = {name[:i] for name in self.inner for i in range(len(name)) if name[i] == "."} | self.inner

    def alive(self, root: Place) -> frozenset[Place]:
        """Return the places at or below a root from which a wanted place can be reached."""
        if root not in self.live:
            holders = _holders(root)
            if self.unknown:
                holders = dict(holders)
                for one in self.unknown:
                    owners = {place for place in holders if place.part is None and one in place.unknown.values()}
                    if owners:
                        holders[one] = owners
            alive = {place for place in self.wanted if place in holders}
            todo = list(alive)
            while todo:
                more = holders[todo.pop()] - alive
                alive |= more
                todo += more
            self.live[root] = frozenset(alive)
        return self.live[root]

    def attributes(self, message: Message) -> Taken:
        """Return the values in a message's own attributes."""
        taken: Taken = {place: [] for place in self.wanted}
        family, frame_ = message.declaration, message.frame
        if family is None:
            return taken
        start = frame_.offset + NLMSGHDR_LEN + GENLMSGHDR_LEN + (family.header.size or 0 if family.header else 0)
        if self.direct and start <= frame_.end <= min(len(message.data), start + NLA_HEADER * MAX_VALUES):  # beyond that it reads a part
            walk = self._walks.get((family.name, message.byteorder))
            if walk is None:
                walk = self._walks[family.name, message.byteorder] = _walk(ROOTS[family.name], self, message.byteorder)
            try:
                walk(message.data, start, frame_.end, taken, 0)
            except UnusualError:
                taken = {place: [] for place in self.wanted}
            else:
                return taken
        self.from_tree(message.attrs, family, taken)
        return taken

    def request(self, message: Message) -> Taken:
        """Return the values in the request that an error echoes."""
        taken: Taken = {place: [] for place in self.wanted}
        echoed = message.root.child("request") if message.kind in ("error", "ack") else None
        if echoed is not None and message.request is not None and message.request.declaration is not None:
            self.from_tree(echoed.child("attrs"), message.request.declaration, taken)
        return taken

    def error(self, message: Message) -> Taken:
        """Return the values of an error, an acknowledgement or the end of a dump."""
        taken: Taken = {place: [] for place in self.wanted}
        if message.kind in ("error", "ack", "done"):
            for node in message.root.children:
                if node.row is ERROR_ROW:
                    self.take(node, ERROR_ROOT, self.alive(ERROR_ROOT), taken)
                elif node.row is EXTACK_ROW:
                    self.take(node, EXTACK_ROOT, self.alive(EXTACK_ROOT), taken)
        return taken

    def from_tree(self, attrs: Node | None, family: Family, taken: Taken) -> None:
        """Take the values from a tree of attributes."""
        if attrs is not None:
            root = ROOTS[family.name]
            self.take(attrs, root, self.alive(root), taken)

    def take(self, node: Node, place: Place, alive: frozenset[Place], taken: Taken) -> None:
        """Take the values at and below a node."""
        wire = node.wire
        if place in taken:
            taken[place].append((wire, node if wire.kind in COMPOUNDS or wire is UNDECODED else node.raw))
        steps = place.steps
        for part in parts(wire):
            below = steps.get(part.name)
            if below is not None and below in taken:
                taken[below].append((part, slice_of(part, node.raw)))
        element = place.element if wire.kind in ("list", "set") else None
        for child in node.children:
            if not child.name:
                for part in parts(child.wire):
                    below = steps.get(part.name)
                    if below is not None and below in taken:
                        taken[below].append((part, slice_of(part, child.raw)))
                continue
            below = element or steps.get(step(child.name))
            if below is None and self.unknown:
                below = place.unknown.get(step(child.name))
                others = place.unknown.get(OTHERS)
                if others in taken and isinstance(child.row, Attr):
                    taken[others].append((child.wire, child.row.number))
            if below is not None and below in alive:
                self.take(child, below, alive, taken)

    def packet(self, message: Message, taken: Taken) -> dict[str, list[Found]]:
        """Return the values of the packet in a message, by Wireshark's names.

        taken: the values of its attributes, including those of FRAME_NEEDS.
        """
        found: dict[str, list[Found]] = {name: [] for name in self.inner}
        if not self.direct or message.frame.end > len(message.data):
            inner = message.inner
            nodes: Iterable[Node] = inner.layers if inner else ()
        else:
            packets = [raw for wire, raw in taken[PACKET] if wire is PACKET.wire]
            if not packets:
                return found
            ethertypes = [raw for wire, raw in taken[ETHERTYPE] if wire is not UNDECODED]
            ethertype = ethertypes[0] if ethertypes and not taken[ETHERNET] else None
            # most filters never look inside
            from ovsdissect.frame.chain import layers

            nodes = layers(packets[0], 0, len(packets[0]), ethertype, False, "").layers
        for node in nodes:
            self._layer(node, step(node.name), found)
        return found

    def request_packet(self, message: Message) -> dict[str, list[Found]]:
        """Return the values of the packet in the request that an error echoes, by Wireshark's names."""
        found: dict[str, list[Found]] = {name: [] for name in self.inner}
        frame = message.request_inner
        for node in frame.layers if frame is not None else ():
            self._layer(node, step(node.name), found)
        return found

    def _layer(self, node: Node, name: str, taken: dict[str, list[Found]]) -> None:
        if name not in self._prefixes:
            return
        wire = node.wire
        if name in taken:
            taken[name].append((wire, node if node.children or wire.kind in COMPOUNDS or wire is UNDECODED else node.raw))
        for child in node.children:
            if child.name:
                below = step(child.name)
                self._layer(child, f"{name}.{below}" if below else name, taken)
            elif isinstance(child.wire, Bits):
                for part in child.wire.parts:
                    found = taken.get(f"{name}.{part.name}")
                    if found is not None:
                        found.append((part, slice_of(part, child.raw)))


class Leaf(NamedTuple):
    """One value of a fixed layout: the offset of its integer or bytes, how they are read, and which slices of them are wanted."""

    place: Place | None
    key: Key
    offset: int
    read: Callable[[bytes, int], Any]
    slices: tuple[tuple[Place, Part], ...]


def _walk(place: Place, selection: Selection, order: ByteOrder) -> Walk:
    """Return a function that takes the wanted values from a set of attributes."""
    return _set(place, selection.alive(place), order, {}, selection)


def _set(place: Place, alive: frozenset[Place], order: ByteOrder, made: dict[Place, Walk], selection: Selection) -> Walk:
    """Return the walk over the attributes of a set, or of a list of attributes; a set nested in itself reuses the walk."""
    table: dict[int, Walk] = {}
    every_one: list[Walk] = []
    head = struct.Struct(PREFIX[order] + "HH").unpack_from
    size, mask = NLA_HEADER, NLA_TYPE_MASK

    def walk(data: bytes, offset: int, end: int, taken: Taken, depth: int) -> None:
        if depth >= MAX_DEPTH:
            raise UnusualError
        if place in taken:
            taken[place].append((place.wire, None))
        while offset < end:
            if offset + size > end:
                raise UnusualError
            length, kind = head(data, offset)
            after = offset + length
            if length < size or after > end:
                raise UnusualError
            take = every_one[0] if every_one else table.get(kind & mask)
            if take is not None:
                take(data, offset + size, after, taken, depth + 1)
            if others is not None and kind & mask not in declared:
                taken[others].append((BYTES, kind & mask))
            offset += length + 3 & ~3

    others = place.unknown.get(OTHERS) if selection.unknown else None
    others = others if others in alive else None
    declared = place.wire.by_number if isinstance(place.wire, AttrSet) else {}
    made[place] = walk
    for unknown in place.unknown.values() if selection.unknown else ():
        if unknown in alive and unknown is not others and isinstance(unknown.row, Attr):
            table[unknown.row.number] = _attribute(unknown, alive, order, made, selection)
    if isinstance(place.wire, AttrSet):
        for row in place.wire.rows:
            below = place.steps.get(row.name)
            if below is not None and below in alive:
                table[row.number] = made.get(below) or _attribute(below, alive, order, made, selection)
    elif place.element is not None and place.element in alive:
        every_one.append(_attribute(place.element, alive, order, made, selection))
    return walk


def _attribute(place: Place, alive: frozenset[Place], order: ByteOrder, made: dict[Place, Walk], selection: Selection) -> Walk:
    """Return the walk over one attribute's payload."""
    wire = place.wire
    if isinstance(wire, (AttrSet, AttrList)):
        return _set(place, alive, order, made, selection)
    found = list(leaves(place, wire, 0, alive, order)) if wire.size is not None else []
    if found and None not in found:
        return _fixed([leaf for leaf in found if leaf is not None], wire.size or 0)
    if isinstance(wire, MaskedSet) or (isinstance(wire, Masked) and wire.size is None):
        return _unusual
    return _other(place, wire, alive, order)


def _unusual(data: bytes, start: int, end: int, taken: Taken, depth: int) -> None:
    raise UnusualError


def _fixed(leaves: list[Leaf], size: int) -> Walk:
    """Return the walk over a payload of a single layout."""

    def take(data: bytes, start: int, end: int, taken: Taken, depth: int) -> None:
        if end - start != size:
            raise UnusualError
        for place, key, offset, read, slices in leaves:
            raw = read(data, start + offset)
            if place is not None and place in taken:
                taken[place].append((key, raw))
            for below, part in slices:
                taken[below].append((part, slice_of(part, raw)))

    return take


def _nothing(data: bytes, offset: int) -> None:
    return None


def leaves(place: Place, wire: Wire, offset: int, alive: frozenset[Place], order: ByteOrder) -> Iterable[Leaf | None]:
    """Yield the wanted values of a type of one size; yields None if the type's layout is not fixed."""
    read = scalar(wire, order)
    if read is not None:
        slices = tuple((below, part) for part in parts(wire) if (below := place.steps.get(part.name)) is not None and below in alive)
        yield Leaf(place, wire, offset, read, slices)
    elif isinstance(wire, Struct):
        yield Leaf(place, wire, offset, _nothing, ())
        for member, at in zip(wire.members, wire.offsets, strict=True):
            yield from _member(place, member, offset + at, alive, order)
    elif isinstance(wire, Masked):
        yield Leaf(place, wire, offset, _nothing, ())
        for half, at in zip(wire.halves, (0, (wire.size or 0) // 2), strict=True):
            yield from _member(place, half, offset + at, alive, order)
    else:
        yield None


def _member(place: Place, member: Member, offset: int, alive: frozenset[Place], order: ByteOrder) -> Iterable[Leaf | None]:
    if member.inline:
        read = scalar(member.wire, order)
        slices = tuple((below, part) for part in parts(member.wire) if (below := place.steps.get(part.name)) is not None and below in alive)
        if read is not None and slices:
            yield Leaf(None, member.wire, offset, read, slices)
        return
    below = place.steps.get(member.name)
    if below is not None and below in alive and not isinstance(member.wire, Pad):
        yield from leaves(below, member.wire, offset, alive, order)


def _other(place: Place, wire: Wire, alive: frozenset[Place], order: ByteOrder) -> Walk:
    """Return the walk over a payload of any other type, which holds no attributes: it builds that payload's tree."""
    row = place.row
    selection = Selection(())

    def take(data: bytes, start: int, end: int, taken: Taken, depth: int) -> None:
        node = Tree(data, order, []).value(row, wire, row.name, start, end, "")
        selection.take(node, place, alive, taken)

    return take
