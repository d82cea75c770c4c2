"""OVS_KEY_ATTR_*: the flow key.  Masks and set_masked() payloads are derived from these rows."""

from __future__ import annotations

from ovsdissect.families.numbers import ARP_OPERATIONS, ETHERTYPES, IP_PROTOCOLS, NSH_PROTOCOLS
from ovsdissect.families.tunnel_key import TUNNEL_KEY
from ovsdissect.grammar import Array, Attr, AttrSet, Member, Struct, mask_set, masked_set
from ovsdissect.grammar.wire import BE16, BE32, BYTES, IPV4, IPV6, LABEL, MAC, U8, U16, U32, Bits, Enum, Flags, Int, Pad, Part, Wire

ETHERTYPE = Int(">H", ETHERTYPES)
IP_PROTOCOL = Int("B", IP_PROTOCOLS)
FRAG = Enum("B", {0: "none", 1: "first", 2: "later"}, closed=True)

# 802.1Q: priority 3 bits, 1 bit that OVS calls CFI (VLAN_CFI_MASK, "tag present"), id 12 bits
VLAN_TCI = Bits(">H", Part("vid", 0, 12), Part("pcp", 13, 3), Part("cfi", 12, 1))
# RFC 3032: label 20 bits, traffic class 3, bottom of stack 1, TTL 8
MPLS_LSE = Bits(">I", Part("label", 12, 20), Part("tc", 9, 3), Part("bos", 8, 1), Part("ttl", 0, 8))

CT_STATE = Flags("I", {1: "new", 2: "est", 4: "rel", 8: "rpl", 16: "inv", 32: "trk", 64: "snat", 128: "dnat"})
TCP_FLAG_NAMES = {1: "fin", 2: "syn", 4: "rst", 8: "psh", 16: "ack", 32: "urg", 64: "ece", 128: "cwr", 256: "ns"}
TCP_FLAGS = Flags(">H", TCP_FLAG_NAMES)
# net/ipv6.h, enum ofp12_ipv6exthdr_flags in net/openvswitch/flow.h
IPV6_EXTHDRS = Flags(
    "H", {1: "nonext", 2: "esp", 4: "auth", 8: "dest", 16: "frag", 32: "router", 64: "hop", 128: "unrep", 256: "unseq"}
)
PACKET_TYPE = Bits(">I", Part("ns", 16, 16), Part("id", 0, 16))

ETHERNET = Struct(Member("src", MAC, "Source address."), Member("dst", MAC, "Destination address."))


def ports() -> Struct:
    """struct ovs_key_tcp, _udp and _sctp: a struct each, so that a member's row is one attribute's."""
    return Struct(Member("src", BE16, "Source port."), Member("dst", BE16, "Destination port."))


def icmp() -> Struct:
    """struct ovs_key_icmp and _icmpv6."""
    return Struct(Member("type", U8, "ICMP type."), Member("code", U8, "ICMP code."))


def ct_tuple(address: Wire) -> Struct:
    """struct ovs_key_ct_tuple_ipv4 and _ipv6: 13 or 37 bytes, padded to the alignment of __be32."""
    return Struct(
        Member("src", address, "Original source address."),
        Member("dst", address, "Original destination address."),
        Member("src_port", BE16, "Original source port."),
        Member("dst_port", BE16, "Original destination port."),
        Member("proto", IP_PROTOCOL, "Original IP protocol."),
        Member("pad", Pad(3)),
    )


# struct ovs_nsh_key_base: "__be32 path_hdr"; service path id 24 bits, service index 8 bits (RFC 8300)
NSH_BASE = Struct(
    Member("flags", U8, "Flags."),
    Member("ttl", U8, "TTL."),
    Member("mdtype", U8, "Metadata type, 1 or 2."),
    Member("np", Int("B", NSH_PROTOCOLS), "Next protocol."),
    Member("path_hdr", Bits(">I", Part("spi", 8, 24), Part("si", 0, 8)), "Service path id and service index."),
)

NSH = AttrSet(
    "nsh_key",
    [
        Attr(1, "base", NSH_BASE, "Base header and service path header."),
        Attr(2, "md1", Struct(Member("context", Array(BE32, 4), "The four context words.")), "Fixed-length metadata (type 1)."),
        Attr(3, "md2", BYTES, "Variable-length metadata (type 2)."),
    ],
)

KEY: AttrSet = AttrSet(
    "key",
    [
        Attr(1, "encap", lambda: KEY, "The flow key inside a VLAN tag."),
        Attr(2, "priority", U32, "skb->priority."),
        Attr(3, "in_port", U32, "Datapath port that the packet arrived on."),
        Attr(4, "ethernet", ETHERNET, "Ethernet addresses."),
        Attr(5, "vlan", VLAN_TCI, "VLAN tag control information."),
        Attr(6, "ethertype", ETHERTYPE, "Ethernet type."),
        Attr(
            7,
            "ipv4",
            Struct(
                Member("src", IPV4, "Source address."),
                Member("dst", IPV4, "Destination address."),
                Member("proto", IP_PROTOCOL, "IP protocol."),
                Member("tos", U8, "Type of service."),
                Member("ttl", U8, "Time to live."),
                Member("frag", FRAG, "Fragment: none, first, later."),
            ),
            "IPv4 header.",
        ),
        Attr(
            8,
            "ipv6",
            Struct(
                Member("src", IPV6, "Source address."),
                Member("dst", IPV6, "Destination address."),
                Member("label", BE32, "Flow label, 20 bits."),
                Member("proto", IP_PROTOCOL, "IP protocol."),
                Member("tclass", U8, "Traffic class."),
                Member("hlimit", U8, "Hop limit."),
                Member("frag", FRAG, "Fragment: none, first, later."),
            ),
            "IPv6 header.",
        ),
        Attr(9, "tcp", ports(), "TCP ports."),
        Attr(10, "udp", ports(), "UDP ports."),
        Attr(11, "icmp", icmp(), "ICMP type and code."),
        Attr(12, "icmpv6", icmp(), "ICMPv6 type and code."),
        Attr(
            13,
            "arp",
            Struct(
                Member("sip", IPV4, "Sender IP address."),
                Member("tip", IPV4, "Target IP address."),
                Member("op", Int(">H", ARP_OPERATIONS), "Operation."),
                Member("sha", MAC, "Sender hardware address."),
                Member("tha", MAC, "Target hardware address."),
                Member("pad", Pad(2)),
            ),
            "ARP.",
        ),
        Attr(
            14,
            "nd",
            Struct(
                Member("target", IPV6, "Target address."),
                Member("sll", MAC, "Source link-layer address."),
                Member("tll", MAC, "Target link-layer address."),
            ),
            "IPv6 neighbour discovery.",
        ),
        Attr(15, "skb_mark", U32, "skb->mark."),
        Attr(16, "tunnel", TUNNEL_KEY, "Metadata of the tunnel that the packet arrived through."),
        Attr(17, "sctp", ports(), "SCTP ports."),
        Attr(18, "tcp_flags", TCP_FLAGS, "TCP flags."),
        Attr(19, "dp_hash", U32, "Hash computed by the datapath."),
        Attr(20, "recirc_id", U32, "Recirculation id."),
        Attr(21, "mpls", Array(MPLS_LSE), "MPLS label stack, outermost first."),
        Attr(22, "ct_state", CT_STATE, "Connection tracking state."),
        Attr(23, "ct_zone", U16, "Connection tracking zone."),
        Attr(24, "ct_mark", U32, "Connection tracking mark."),
        Attr(25, "ct_labels", LABEL, "Connection tracking labels, 128 bits in host order."),
        Attr(26, "ct_orig_tuple_ipv4", ct_tuple(IPV4), "Conntrack original direction tuple, IPv4."),
        Attr(27, "ct_orig_tuple_ipv6", ct_tuple(IPV6), "Conntrack original direction tuple, IPv6."),
        Attr(28, "nsh", NSH, "Network service header."),
        Attr(29, "packet_type", PACKET_TYPE, "Packet type: namespace and type; never sent by the kernel."),
        Attr(
            30,
            "nd_extensions",
            Struct(
                Member("reserved", BE32, "Reserved field of the ND message."),
                Member("options_type", U8, "Type of the first option."),
                Member("pad", Pad(3)),
            ),
            "IPv6 neighbour discovery extensions.",
        ),
        Attr(31, "tunnel_info", BYTES, "Kernel-internal: struct ovs_tunnel_info, never on the wire."),
        Attr(32, "ipv6_exthdrs", IPV6_EXTHDRS, "IPv6 extension headers present."),
    ],
)

MASK = mask_set(KEY)
SET_MASKED = masked_set(KEY)
