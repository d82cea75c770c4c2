"""VXLAN, VXLAN-GPE, Geneve, GRE, ERSPAN, NSH: headers with a packet inside, which follows as layers of its own."""

from __future__ import annotations

from typing import Final

from ovsdissect.families.numbers import NSH_PROTOCOLS
from ovsdissect.frame import checksum
from ovsdissect.frame.layer import Header, Items, Protocol, Scaled, bit, bits
from ovsdissect.frame.link import ETHERTYPE
from ovsdissect.frame.walk import Next, Walk
from ovsdissect.grammar.compound import Member
from ovsdissect.grammar.wire import BE16, BE32, BYTES, HEX_BE32, Hex, Int, Octets, Part
from ovsdissect.problem import counted

TEB: Final = 0x6558  # transparent Ethernet bridging: an Ethernet frame

VNI: Final = bits(">I", Part("vni", 8, 24, doc="Network identifier."), Part("reserved8", 0, 8, doc="Reserved."))
VXLAN_HEAD: Final = Header(
    bits(
        ">H",
        Part("flags", 0, 16, doc="Flags."),
        bit("flag_g", 15, "Group based policy."),
        bit("flag_i", 11, "The identifier is valid."),
        bit("flag_d", 6, "Don't learn."),
        bit("flag_a", 3, "Policy applied."),
    ),
    Member("gbp", BE16, "Group policy id."),
    VNI,
)
VXLAN: Final = Protocol("vxlan", "VXLAN.", VXLAN_HEAD)
GPE_PROTOCOLS: Final = {1: "ipv4", 2: "ipv6", 3: "ethernet", 4: "nsh", 5: "mpls"}
GPE_HEAD: Final = Header(
    bits("B", Part("flags", 0, 8, doc="Flags."), bit("p_bit", 2, "The next protocol is valid.")),
    Member("reserved_16", BE16, "Reserved."),
    Member("next_proto", Int("B", GPE_PROTOCOLS), "Next protocol."),
    VNI,
)
GPE: Final = Protocol("vxlan", "VXLAN-GPE.", GPE_HEAD)

GENEVE_HEAD: Final = Header(
    bits("B", Part("version", 6, 2, doc="Version."), Scaled("opt_len", 0, 6, 4, "Length of the options in bytes.")),
    bits("B", Part("flags", 0, 8, doc="Flags."), bit("flags.oam", 7, "Control message."), bit("flags.critical", 6, "Critical options.")),
    Member("proto_type", ETHERTYPE, "Protocol inside."),
    bits(">I", Part("vni", 8, 24, doc="Network identifier."), Part("reserved", 0, 8, doc="Reserved.")),
)
GENEVE_OPTIONS: Final = Member(
    "option",
    Items(
        Header(
            Member("class", Hex(">H"), "Namespace of the type."),
            Member("type", Hex("B"), "Type; the top bit means critical."),
            bits("B", Part("flags", 5, 3, doc="Reserved flags."), Scaled("length", 0, 5, 4, "Length of the data in bytes.")),
        ),
        lambda head: (head[1], 4 + (head[2] & 31) * 4),
    ),
    "Options.",
)
GENEVE: Final = Protocol("geneve", "Geneve.", GENEVE_HEAD, GENEVE_OPTIONS)

GRE_HEAD: Final = Header(
    bits(
        ">H",
        Part("flags_and_version", 0, 16, doc="Flags and version."),
        bit("flags.checksum", 15, "Checksum present."),
        bit("flags.routing", 14, "Routing present."),
        bit("flags.key", 13, "Key present."),
        bit("flags.sequence_number", 12, "Sequence number present."),
        bit("flags.ack", 7, "Acknowledgment present (version 1)."),
        Part("flags.version", 0, 3, doc="Version."),
    ),
    Member("proto", ETHERTYPE, "Protocol inside."),
)
GRE_CHECKSUM: Final = Header(Member("checksum", BE16, "Checksum."), Member("offset", BE16, "Offset, reserved."))
GRE_KEY: Final = Header(Member("key", HEX_BE32, "Key."))
GRE_SEQUENCE: Final = Header(Member("sequence_number", BE32, "Sequence number."))
GRE_ACK: Final = Header(Member("ack_number", BE32, "Acknowledgment number."))
GRE_OPTIONAL: Final = ((0xC000, GRE_CHECKSUM), (0x2000, GRE_KEY), (0x1000, GRE_SEQUENCE), (0x0080, GRE_ACK))
GRE: Final = Protocol("gre", "GRE.", GRE_HEAD, *(header for _, header in GRE_OPTIONAL))

ERSPAN_START: Final = (
    bits(">H", Part("version", 12, 4, doc="1 is type II, 2 type III."), Part("vlan", 0, 12, doc="Original VLAN.")),
    bits(
        ">H",
        Part("cos", 13, 3, doc="Class of service."),
        Part("encap", 11, 2, doc="Trunk encapsulation (type II), bad or short frame (type III)."),
        bit("truncated", 10, "The frame was truncated."),
        Part("spanid", 0, 10, doc="Session."),
    ),
)
ERSPAN2: Final = Header(*ERSPAN_START, bits(">I", Part("reserved", 20, 12, doc="Reserved."), Part("index", 0, 20, doc="Port index.")))
ERSPAN3: Final = Header(
    *ERSPAN_START,
    Member("timestamp", BE32, "Timestamp."),
    Member("sgt", BE16, "Security group tag."),
    bits(
        ">H",
        Part("p", 15, 1, doc="Ethernet frame."),
        Part("ft", 10, 5, doc="Frame type."),
        Part("hw", 4, 6, doc="Hardware id."),
        Part("direction", 3, 1, doc="0 ingress, 1 egress."),
        Part("gra", 1, 2, doc="Timestamp granularity."),
        Part("o", 0, 1, doc="A platform specific header follows."),
    ),
)
PLATFORM: Final = Header(Member("platform", Octets("bytes", 8), "Platform specific header."))
ERSPAN: Final = Protocol("erspan", "ERSPAN type II and III; type I has no header.", ERSPAN2, ERSPAN3, PLATFORM)

NSH_HEAD: Final = Header(
    bits(
        ">H",
        Part("version", 14, 2, doc="Version."),
        bit("Obit", 13, "OAM packet."),
        Part("ttl", 6, 6, doc="Time to live."),
        Part("length", 0, 6, doc="Length of the header in 4-byte words."),
    ),
    bits("B", Part("mdtype", 0, 4, doc="Metadata type.")),
    Member("nextproto", Int("B", NSH_PROTOCOLS), "Next protocol."),
    bits(">I", Part("spi", 8, 24, doc="Service path identifier."), Part("si", 0, 8, doc="Service index.")),
)
NSH_METADATA: Final = Member("metadata", BYTES, "Context headers.")
NSH: Final = Protocol("nsh", "Network service header.", NSH_HEAD, NSH_METADATA)

PROTOCOLS: Final = (VXLAN, GPE, GENEVE, GRE, ERSPAN, NSH)


def vxlan(walk: Walk, start: int, end: int) -> Next | None:
    """VXLAN: always an Ethernet frame inside."""
    if walk.read(VXLAN, VXLAN_HEAD, start, end) is None:
        return None
    walk.layer(VXLAN, start, VXLAN_HEAD.nodes(walk.data, start))
    return Next("ethertype", TEB, start + VXLAN_HEAD.size, end)


def gpe(walk: Walk, start: int, end: int) -> Next | None:
    """VXLAN-GPE: the header tells what is inside."""
    head = walk.read(GPE, GPE_HEAD, start, end)
    if head is None:
        return None
    walk.layer(GPE, start, GPE_HEAD.nodes(walk.data, start))
    return Next("nextproto", head[2] if head[0] & 4 else 3, start + GPE_HEAD.size, end)


def geneve(walk: Walk, start: int, end: int) -> Next | None:
    """Geneve."""
    head = walk.read(GENEVE, GENEVE_HEAD, start, end)
    if head is None:
        return None
    after = start + GENEVE_HEAD.size + (head[0] & 63) * 4
    if after > end:
        walk.short("geneve", start, end, after - start)
        return None
    nodes = GENEVE_HEAD.nodes(walk.data, start)
    if after > start + GENEVE_HEAD.size:
        nodes.append(walk.value(GENEVE_OPTIONS, start + GENEVE_HEAD.size, after, f"{walk.coming('geneve')}.option"))
    walk.layer(GENEVE, start, nodes)
    return Next("ethertype", head[2], after, end)


def gre(walk: Walk, start: int, end: int) -> Next | None:
    """GRE version 0 and 1; source routes (RFC 1701) are not read."""
    head = walk.read(GRE, GRE_HEAD, start, end)
    if head is None:
        return None
    flags, proto = head
    parts = [header for flag, header in GRE_OPTIONAL if flags & flag]
    size = GRE_HEAD.size + sum(header.size for header in parts)
    if start + size > end:
        walk.short("gre", start, end, size)
        return None
    nodes, at = GRE_HEAD.nodes(walk.data, start), start + GRE_HEAD.size
    for header in parts:
        nodes += header.nodes(walk.data, at)
        at += header.size
    walk.layer(GRE, start, nodes)
    if flags & 0x8000 and walk.whole and not walk.quoted:
        walk.verify("checksum", nodes[2].raw, checksum.expected, walk.data[start:end], 4)
    if flags & 0x4000:
        return Next("none", 0, at, end)
    if proto == 0x88BE and not flags & 0x1000:
        proto = TEB  # ERSPAN type I: no sequence number, no header of its own
    return Next("ethertype", proto, at, end)


def erspan(walk: Walk, start: int, end: int) -> Next | None:
    """ERSPAN type II and III, after a GRE header with a sequence number."""
    head = walk.read(ERSPAN, ERSPAN2, start, end)
    if head is None:
        return None
    header = ERSPAN3 if head[0] >> 12 == 2 else ERSPAN2
    last = walk.read(ERSPAN, header, start, end)
    if last is None:
        return None
    nodes, after = header.nodes(walk.data, start), start + header.size
    if header is ERSPAN3 and last[-1] & 1 and after + PLATFORM.size <= end:
        nodes += PLATFORM.nodes(walk.data, after)
        after += PLATFORM.size
    walk.layer(ERSPAN, start, nodes)
    return Next("ethertype", TEB, after, end)


def nsh(walk: Walk, start: int, end: int) -> Next | None:
    """NSH; its length field says how much metadata there is."""
    head = walk.read(NSH, NSH_HEAD, start, end)
    if head is None:
        return None
    size = (head[0] & 63) * 4
    if size < NSH_HEAD.size:
        walk.fault("nsh", start, end, f"a header length of {counted(size, 'byte')}")
        return None
    if start + size > end:
        walk.short("nsh", start, end, size)
        return None
    nodes = NSH_HEAD.nodes(walk.data, start)
    if size > NSH_HEAD.size:
        nodes.append(walk.value(NSH_METADATA, start + NSH_HEAD.size, start + size, ""))
    walk.layer(NSH, start, nodes)
    return Next("nextproto", head[2], start + size, end)
