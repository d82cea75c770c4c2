"""Ethernet, LLC and SNAP, VLAN tags, MPLS labels, ARP: everything below the network layer."""

from __future__ import annotations

from typing import Final

from ovsdissect.families.numbers import ARP_OPERATIONS, ETHERTYPES
from ovsdissect.frame.layer import Header, Protocol, bits
from ovsdissect.frame.walk import Next, Walk
from ovsdissect.grammar.compound import Member
from ovsdissect.grammar.wire import BE16, BYTES, IPV4, MAC, U8, Hex, Int, Octets, Part

ETHERTYPE: Final = Int(">H", ETHERTYPES)
FIRST_ETHERTYPE: Final = 0x0600  # IEEE 802.3 clause 3.2.6: smaller values are lengths

ADDRESSES: Final = (Member("dst", MAC, "Destination address."), Member("src", MAC, "Source address."))
ETHERNET: Final = Header(*ADDRESSES, Member("type", ETHERTYPE, "Ethernet type."))
IEEE8023: Final = Header(*ADDRESSES, Member("len", BE16, "Length of what follows."))
ETH: Final = Protocol("eth", "Ethernet.", ETHERNET, IEEE8023)

TCI: Final = bits(
    ">H", Part("priority", 13, 3, doc="Priority."), Part("dei", 12, 1, doc="Drop eligible."), Part("id", 0, 12, doc="VLAN id.")
)
TAG: Final = Header(TCI, Member("etype", ETHERTYPE, "Ethernet type of what follows."))
TAG8023: Final = Header(TCI, Member("len", BE16, "Length of what follows."))
VLAN: Final = Protocol("vlan", "802.1Q or 802.1ad tag.", TAG, TAG8023)

SAPS: Final = (Member("dsap", U8, "Destination service access point."), Member("ssap", U8, "Source service access point."))
UNNUMBERED: Final = Header(*SAPS, Member("control", Hex("B"), "Control field."))
NUMBERED: Final = Header(*SAPS, Member("control", Hex(">H"), "Control field with sequence numbers."))
OUI: Final = Member("oui", Octets("mac", 3, lambda raw: raw.hex(":")), "SNAP organization.")
SNAP: Final = Header(*UNNUMBERED.members, OUI, Member("type", ETHERTYPE, "Ethernet type of what follows."))
SNAP_PID: Final = Header(*UNNUMBERED.members, OUI, Member("pid", Hex(">H"), "Protocol of the organization."))
LLC: Final = Protocol("llc", "IEEE 802.2 logical link control, SNAP included.", UNNUMBERED, NUMBERED, SNAP, SNAP_PID)

ENTRY: Final = Header(
    bits(
        ">I",
        Part("label", 12, 20, doc="Label."),
        Part("exp", 9, 3, doc="Traffic class."),
        Part("bottom", 8, 1, doc="Bottom of the stack."),
        Part("ttl", 0, 8, doc="Time to live."),
    )
)
MPLS: Final = Protocol("mpls", "One MPLS label.", ENTRY)

ARP_HEAD: Final = Header(
    Member("hw.type", BE16, "Hardware type, 1 for Ethernet."),
    Member("proto.type", ETHERTYPE, "Protocol type."),
    Member("hw.size", U8, "Length of a hardware address in bytes."),
    Member("proto.size", U8, "Bytes of a protocol address."),
    Member("opcode", Int(">H", ARP_OPERATIONS), "Operation."),
)
ARP_IPV4: Final = Header(
    *ARP_HEAD.members,
    Member("src.hw_mac", MAC, "Sender hardware address."),
    Member("src.proto_ipv4", IPV4, "Sender IP address."),
    Member("dst.hw_mac", MAC, "Target hardware address."),
    Member("dst.proto_ipv4", IPV4, "Target IP address."),
)
ARP_OTHER: Final = (
    Member("src.hw", BYTES, "Sender hardware address."),
    Member("src.proto", BYTES, "Sender protocol address."),
    Member("dst.hw", BYTES, "Target hardware address."),
    Member("dst.proto", BYTES, "Target protocol address."),
)
ARP: Final = Protocol("arp", "Address resolution, ARP and RARP.", ARP_IPV4, *ARP_OTHER)

PROTOCOLS: Final = (ETH, VLAN, LLC, MPLS, ARP)


def ethernet(walk: Walk, start: int, end: int) -> Next | None:
    """An Ethernet header."""
    return _typed(walk, ETH, ETHERNET, IEEE8023, start, end)


def vlan(walk: Walk, start: int, end: int) -> Next | None:
    """A VLAN tag, which the ethertype before it announced."""
    return _typed(walk, VLAN, TAG, TAG8023, start, end)


def _typed(walk: Walk, protocol: Protocol, typed: Header, sized: Header, start: int, end: int) -> Next | None:
    head = walk.read(protocol, typed, start, end)
    if head is None:
        return None
    after, number = start + typed.size, head[-1]
    if number >= FIRST_ETHERTYPE:
        walk.layer(protocol, start, typed.nodes(walk.data, start))
        return Next("ethertype", number, after, end)
    walk.layer(protocol, start, sized.nodes(walk.data, start))
    path = f"{walk.path}.{walk.layers[-1].name}.len"
    return Next("link", 1, after, walk.until("eth", path, after + number, end))


def llc(walk: Walk, start: int, end: int) -> Next | None:
    """LLC, with SNAP if its service access points say so."""
    data = walk.data
    if walk.read(LLC, UNNUMBERED, start, end) is None:
        return None
    if data[start] == data[start + 1] == 0xAA and data[start + 2] == 3:
        if walk.read(LLC, SNAP, start, end) is None:
            return None
        typed = not any(data[start + 3 : start + 6])
        walk.layer(LLC, start, (SNAP if typed else SNAP_PID).nodes(data, start))
        after = start + SNAP.size
        return Next("ethertype" if typed else "snap", int.from_bytes(data[after - 2 : after], "big"), after, end)
    header = UNNUMBERED if data[start + 2] & 3 == 3 or end - start < NUMBERED.size else NUMBERED
    walk.layer(LLC, start, header.nodes(data, start))
    return Next("llc.dsap", data[start], start + header.size, end)


def mpls(walk: Walk, start: int, end: int) -> Next | None:
    """One label; after the last one the first nibble tells IP (RFC 4928), everything else stays payload."""
    if walk.read(MPLS, ENTRY, start, end) is None:
        return None
    walk.layer(MPLS, start, ENTRY.nodes(walk.data, start))
    after = start + ENTRY.size
    if not walk.data[start + 2] & 1:
        return Next("ethertype", 0x8847, after, end)
    nibble = walk.data[after] >> 4 if after < end else 0
    return Next("ethertype", {4: 0x0800, 6: 0x86DD}.get(nibble, 0), after, end)


def arp(walk: Walk, start: int, end: int) -> Next | None:
    """ARP; addresses with sizes other than those of Ethernet and IPv4 are bytes."""
    head = walk.read(ARP, ARP_HEAD, start, end)
    if head is None:
        return None
    data = walk.data
    kind, proto, hw_size, proto_size, _ = head
    size = ARP_HEAD.size + 2 * (hw_size + proto_size)
    if end - start < size:
        walk.short("arp", start, end, size)
        return None
    if (kind, proto, hw_size, proto_size) == (1, 0x0800, 6, 4):
        nodes = ARP_IPV4.nodes(data, start)
    else:
        nodes, at = ARP_HEAD.nodes(data, start), start + ARP_HEAD.size
        for member, length in zip(ARP_OTHER, (hw_size, proto_size) * 2, strict=True):
            if length:
                nodes.append(walk.value(member, at, at + length, ""))
            at += length
    walk.layer(ARP, start, nodes)
    walk.until("eth", "", start + size, end)
    return None
