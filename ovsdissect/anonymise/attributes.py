"""The places of a netlink message that identify someone, found by the types of the grammar: new attributes need nothing here.

Masks are not addresses. An address under a mask has lost bits if the kernel reports a flow that has a ufid (it then sends the masked key,
ovs_flow_cmd_fill_info() of net/openvswitch/datapath.c), and in set_masked().
"""

from __future__ import annotations

from typing import Final

from ovsdissect.anonymise.inner import packets
from ovsdissect.anonymise.packets import packet_places
from ovsdissect.anonymise.place import Place, Sort
from ovsdissect.dissect.message import Message
from ovsdissect.families import OVS_FLOW
from ovsdissect.families.actions import NAT
from ovsdissect.families.flow_key import KEY, NSH
from ovsdissect.families.ovs_datapath import DATAPATH_ATTRS
from ovsdissect.families.ovs_flow import FLOW_ATTRS
from ovsdissect.families.ovs_vport import VPORT_ATTRS
from ovsdissect.grammar import AttrSet, Masked, MaskedSet
from ovsdissect.grammar.attrs import NLA_HEADER, Attr
from ovsdissect.tree.node import UNDECODED_ROW, Node, is_malformed, join

ADDRESSES: Final = frozenset(("ipv4", "ipv6", "mac"))
NAMES: Final = frozenset((VPORT_ATTRS.by_name["name"], DATAPATH_ATTRS.by_name["name"]))
CONTEXT: Final = NSH.by_name["md1"].wire  # four words whose meaning only their owner knows
MASK_ROW: Final = FLOW_ATTRS.by_name["mask"]


def message_places(message: Message) -> list[Place]:
    """Return the places of a message, of what an error echoes, and of the packets inside."""
    found: list[Place] = []
    walk = _Walk(message, found)
    for child in message.root.children:
        if child.row.name == "attrs":
            walk.attributes(child, "attrs", cut=_is_masked(message))
        elif child.row.name == "request":
            for node in child.children:
                if node.row.name == "attrs":
                    walk.attributes(node, "attrs", cut=False)
                else:
                    walk.value(node, "request", None)
        elif child.row.name != "nlmsg":
            walk.value(child, "error", None)
    for inside in packets(message):
        found += packet_places(message.data, inside.frame)
    return found


def _is_masked(message: Message) -> bool:
    attrs = message.attrs
    return message.declaration is OVS_FLOW and message.direction == "to-user" and attrs is not None and attrs.child("ufid") is not None


class _Walk:
    """Walks one message and collects the places in `found`."""

    def __init__(self, message: Message, found: list[Place]) -> None:
        self.data, self.found = message.data, found

    def add(self, sort: Sort, node: Node, path: str, mask: bytes | None = None, skip: int = 0) -> None:
        if node.length > skip:
            self.found.append(Place(sort, node.offset + skip, node.length - skip, mask, None, path))

    def attributes(self, attrs: Node, path: str, *, cut: bool) -> None:
        """Visit the top attributes; with `cut` the mask says which bits of the key are present."""
        mask = attrs.child("mask") if cut else None
        for child in attrs.children:
            if child.row is MASK_ROW and child.wire.kind == "set":
                self.masks(child)
            elif child.wire.kind != "packet":
                self.attribute(attrs, child, join(path, child.name), mask if child.name == "key" else None)

    def attribute(self, parent: Node, node: Node, path: str, mask: Node | None) -> None:
        """Visit one attribute of a set; an unknown attribute is blanked."""
        row = node.row.origin if isinstance(node.row, Attr) else node.row
        padding = node.offset + node.length
        if any(self.data[padding : padding + node.padding]):
            self.found.append(Place(Sort.BLANK, padding, node.padding))
        unknown = isinstance(row, Attr) and isinstance(parent.wire, AttrSet) and row.number not in parent.wire.by_number
        if unknown or row is KEY.by_name["tunnel_info"]:
            self.add(Sort.BLANK, node, path)
        elif row in NAMES and node.wire.kind == "text":
            self.text(node)
        else:
            self.value(node, path, mask)

    def value(self, node: Node, path: str, mask: Node | None) -> None:
        """Visit a value; `mask` is the node of its mask, None if all its bits are present."""
        wire = node.wire
        if isinstance(wire, (Masked, MaskedSet)) and len(node.children) == 2:
            self.value(node.children[0], join(path, "value"), node.children[1])
            self.masks(node.children[1])
        elif wire is CONTEXT:
            self.add(Sort.OPAQUE, node, path, self.bits(node, mask))
        elif is_malformed(node):
            # if a struct has another length, its bytes may be anything, whatever its members seem to say; the header of an attribute that
            # could not be read says why
            self.add(Sort.BLANK, node, path, skip=NLA_HEADER if node.row is UNDECODED_ROW else 0)
        elif node.children:
            self.range(node, path)
            for child in node.children:
                self.attribute(node, child, join(path, child.name), mask.child(child.name) if mask else None)
        elif wire.kind in ADDRESSES:
            if not self.in_range(node):
                self.add(Sort.ADDRESS, node, path, self.bits(node, mask))
        elif wire.kind == "uuid":
            self.add(Sort.UUID, node, path)
        elif wire.kind == "pad":
            if any(node.raw):
                self.add(Sort.BLANK, node, path)
        elif wire.kind in ("bytes", "text") or wire.code == "16s":
            self.add(Sort.OPAQUE, node, path, self.bits(node, mask))

    def masks(self, node: Node) -> None:
        """Visit the masks of addresses, padding, and what cannot be read in a mask."""
        if is_malformed(node):
            self.value(node, "", None)
            return
        if node.wire.kind in ADDRESSES:
            self.add(Sort.MASK, node, "")
        elif node.wire.kind == "pad" and any(node.raw):
            self.add(Sort.BLANK, node, "")
        for child in node.children:
            self.masks(child)

    def bits(self, node: Node, mask: Node | None) -> bytes | None:
        """Return the bytes of a mask, None if it is not a mask of this node."""
        if mask is None or mask.length != node.length:
            return None
        return self.data[mask.offset : mask.offset + mask.length]

    def text(self, node: Node) -> None:
        """Visit a name up to its NUL; what follows belongs to nobody."""
        end = node.raw.find(b"\0")
        length = node.length if end < 0 else end
        self.found.append(Place(Sort.TEXT, node.offset, length))
        if any(node.raw[length:]):
            self.found.append(Place(Sort.BLANK, node.offset + length, node.length - length))

    def range(self, node: Node, path: str) -> None:
        """Visit the addresses of nat(): the kernel requires their order."""
        first, last = (node.child(name) for name in ("ip_min", "ip_max"))
        if node.wire is NAT and first and last and first.wire is last.wire and first.wire.kind in ADDRESSES:
            self.found.append(Place(Sort.ADDRESS, first.offset, first.length, None, last.offset, path))

    def in_range(self, node: Node) -> bool:
        """Whether an address is the first or the last of a range that was found."""
        return any(place.last is not None and node.offset in (place.offset, place.last) for place in self.found[-4:])
