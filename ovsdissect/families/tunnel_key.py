"""OVS_TUNNEL_KEY_ATTR_*: the tunnel metadata of a flow key, of set(tunnel()) and of an upcall's egress tunnel."""

from __future__ import annotations

from ovsdissect.grammar import Attr, AttrSet, Member, Options, Struct, Variant
from ovsdissect.grammar.wire import ALIGN, BE16, BE32, BYTES, FLAG, HEX_BE64, IPV4, IPV6, U8, Bits, Int, Part

# include/net/vxlan.h: VXLAN_GBP_ID_MASK 0xFFFF, VXLAN_GBP_DONT_LEARN (BIT(6) << 16), VXLAN_GBP_POLICY_APPLIED (BIT(3) << 16)
VXLAN_GBP = Bits("I", Part("id", 0, 16), Part("flags", 16, 8))

VXLAN_OPTS = AttrSet(
    "vxlan_ext",
    [Attr(1, "gbp", VXLAN_GBP, "VXLAN group based policy: policy id and flags.")],
)

# include/net/geneve.h: struct geneve_opt { __be16 opt_class; u8 type; u8 length:5; u8 r3:1; u8 r2:1; u8 r1:1; u8 opt_data[]; }
GENEVE_OPTS = Options(
    Struct(
        Member("class", BE16, "Namespace of the type."),
        Member("type", U8, "Type; the top bit means critical."),
        Member("bits", Bits("B", Part("length", 0, 5)), "Length of the data in 4-byte words.", inline=True),
    ),
    Member("data", BYTES, "The option's data."),
)

# include/uapi/linux/erspan.h: struct erspan_md2, on the wire the same bits in either bitfield order
ERSPAN_MD2 = Struct(
    Member("timestamp", BE32, "Timestamp in units of 100 microseconds."),
    Member("sgt", BE16, "Security group tag."),
    Member(
        "bits",
        Bits(
            ">H",
            Part("p", 15, 1),
            Part("ft", 10, 5),
            Part("hwid_upper", 8, 2),
            Part("hwid", 4, 4),
            Part("dir", 3, 1),
            Part("gra", 1, 2),
            Part("o", 0, 1),
        ),
        "Frame type, hardware id, direction (0 ingress, 1 egress), timestamp granularity.",
        inline=True,
    ),
)

# struct erspan_metadata { int version; union { __be32 index; struct erspan_md2 md2; } u; }
ERSPAN_OPTS = Variant(
    Struct(Member("version", Int("i"), "1 (type II) or 2 (type III).")),
    {1: Member("index", BE32, "Port index (version 1)."), 2: Member("md2", ERSPAN_MD2, "Metadata (version 2).")},
)

TUNNEL_KEY = AttrSet(
    "tunnel_key",
    [
        Attr(0, "id", HEX_BE64, "Tunnel id (VNI, GRE key)."),
        Attr(1, "ipv4_src", IPV4, "Outer source address."),
        Attr(2, "ipv4_dst", IPV4, "Outer destination address."),
        Attr(3, "tos", U8, "Outer IP type of service."),
        Attr(4, "ttl", U8, "Outer IP TTL."),
        Attr(5, "dont_fragment", FLAG, "Outer IP don't-fragment bit."),
        Attr(6, "csum", FLAG, "Outer UDP or GRE checksum."),
        Attr(7, "oam", FLAG, "OAM frame."),
        Attr(8, "geneve_opts", GENEVE_OPTS, "Geneve options."),
        Attr(9, "tp_src", BE16, "Outer transport source port."),
        Attr(10, "tp_dst", BE16, "Outer transport destination port."),
        Attr(11, "vxlan_opts", VXLAN_OPTS, "VXLAN extensions."),
        Attr(12, "ipv6_src", IPV6, "Outer IPv6 source address."),
        Attr(13, "ipv6_dst", IPV6, "Outer IPv6 destination address."),
        Attr(14, "pad", ALIGN),
        Attr(15, "erspan_opts", ERSPAN_OPTS, "ERSPAN metadata."),
        Attr(16, "ipv4_info_bridge", FLAG, "IPv4 tunnel in bridge mode (no destination needed)."),
    ],
)

