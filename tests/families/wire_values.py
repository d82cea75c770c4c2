"""Payloads written by hand from the kernel's headers, with their meaning: the origin of every row's value."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Final, NamedTuple

from ovsdissect.byteorder import ByteOrder

# numbers whose bytes all differ, and whose first and last are negative ones of a signed type
H: Final = 0x8182
W: Final = 0x81020384
D: Final = 0x8102030405060788
SIGNED: Final = W - (1 << 32)

NUMBERS: Final = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "s32": "i", "s64": "q", "be16": ">H", "be32": ">I", "be64": ">Q"}


def payload(text: str, order: ByteOrder) -> bytes:
    """The bytes of a payload on a host of this byte order."""
    data = b""
    for token in text.split():
        kind, _, value = token.partition(":")
        if kind in NUMBERS:
            code = NUMBERS[kind]
            data += struct.pack(code if code[0] == ">" else ("<" if order == "little" else ">") + code, int(value, 0))
        elif kind in ("ip4", "ip6"):
            data += ip_address(value).packed
        elif kind == "pad":
            data += bytes(int(value))
        elif kind == "str":
            data += value.encode() + b"\0"
        elif kind == "host":  # one integer of 16 bytes
            data += bytes.fromhex(value) if order == "big" else bytes.fromhex(value)[::-1]
        else:
            data += bytes.fromhex(value.replace(":", ""))
    return data


class Case(NamedTuple):
    """An attribute with a payload; values: by the path below the attribute, "" for its own."""

    attribute: str
    payload: str
    values: Mapping[str, Any]


def one(attribute: str, text: str, value: Any) -> Case:
    """A payload that is one value."""
    return Case(attribute, text, {"": value})


def words(attribute: str, before: str, kind: str, after: str, path: str, names: Mapping[int, str]) -> list[Case]:
    """An enumeration: a payload for each of its numbers."""
    return [Case(attribute, f"{before} {kind}:{number} {after}", {path: name}) for number, name in names.items()]


def bits(attribute: str, before: str, kind: str, after: str, path: str, names: Mapping[int, str]) -> list[Case]:
    """Flags: a payload for each bit alone, and one for all of them, lowest first."""
    single = [Case(attribute, f"{before} {kind}:{bit} {after}", {path: [name]}) for bit, name in names.items()]
    return [*single, Case(attribute, f"{before} {kind}:{sum(names)} {after}", {path: [names[bit] for bit in sorted(names)]})]


# enum ovs_frag_type
FRAGS: Final = {0: "none", 1: "first", 2: "later"}
IP4_KEY: Final = "ip4:10.1.2.3 ip4:192.168.7.9 u8:132 u8:0x81 u8:0xfe"
IP6_KEY: Final = "ip6:fd00::1 ip6:fe80::2 be32:0x000a1b2c u8:58 u8:0xb9 u8:0xfd"
PORTS: Final = {"src": H, "dst": 0x8384}
# RFC 9293, 3.1, and RFC 3168; struct ovs_key_tcp has none, OVS_KEY_ATTR_TCP_FLAGS is a __be16
TCP_FLAGS: Final = {1: "fin", 2: "syn", 4: "rst", 8: "psh", 16: "ack", 32: "urg", 64: "ece", 128: "cwr", 256: "ns"}
# struct user_action_cookie: type, ofp_in_port, ofproto_uuid, a union; 48 bytes
UUID: Final = "x:00112233445566778899aabbccddeeff"
COOKIE: Final = f"u16:%s pad:2 u32:{W} {UUID}"

KEYS: Final = [
    one("OVS_KEY_ATTR_PRIORITY", f"u32:{W}", W),
    one("OVS_KEY_ATTR_IN_PORT", f"u32:{W}", W),
    Case("OVS_KEY_ATTR_ETHERNET", "mac:02:11:12:13:14:15 mac:82:21:22:23:24:25", {"src": "02:11:12:13:14:15", "dst": "82:21:22:23:24:25"}),
    # 802.1Q: priority, then the bit that OVS uses for "present", then the VLAN
    Case("OVS_KEY_ATTR_VLAN", "be16:0xb123", {"vid": 0x123, "cfi": 1, "pcp": 5}),
    Case("OVS_KEY_ATTR_VLAN", "be16:0x4fed", {"vid": 0xFED, "cfi": 0, "pcp": 2}),
    Case("OVS_KEY_ATTR_VLAN", "be16:0x1001", {"vid": 1, "cfi": 1, "pcp": 0}),
    one("OVS_KEY_ATTR_ETHERTYPE", "be16:0x86dd", 0x86DD),
    Case("OVS_KEY_ATTR_IPV4", IP4_KEY + " u8:0", {"src": "10.1.2.3", "dst": "192.168.7.9", "proto": 132, "tos": 0x81, "ttl": 0xFE}),
    *words("OVS_KEY_ATTR_IPV4", IP4_KEY, "u8", "", "frag", FRAGS),
    Case(
        "OVS_KEY_ATTR_IPV6",
        IP6_KEY + " u8:0",
        {"src": "fd00::1", "dst": "fe80::2", "label": 0xA1B2C, "proto": 58, "tclass": 0xB9, "hlimit": 0xFD},
    ),
    *words("OVS_KEY_ATTR_IPV6", IP6_KEY, "u8", "", "frag", FRAGS),
    *(Case(f"OVS_KEY_ATTR_{name}", f"be16:{H} be16:0x8384", PORTS) for name in ("TCP", "UDP", "SCTP")),
    Case("OVS_KEY_ATTR_ICMP", "u8:0x83 u8:0x84", {"type": 0x83, "code": 0x84}),
    Case("OVS_KEY_ATTR_ICMPV6", "u8:0x87 u8:0x85", {"type": 0x87, "code": 0x85}),
    Case(
        "OVS_KEY_ATTR_ARP",
        f"ip4:10.1.2.3 ip4:10.1.2.4 be16:{H} mac:02:11:12:13:14:15 mac:02:21:22:23:24:25 pad:2",
        {"sip": "10.1.2.3", "tip": "10.1.2.4", "op": H, "sha": "02:11:12:13:14:15", "tha": "02:21:22:23:24:25"},
    ),
    Case(
        "OVS_KEY_ATTR_ND",
        "ip6:fe80::5 mac:02:11:12:13:14:15 mac:02:21:22:23:24:25",
        {"target": "fe80::5", "sll": "02:11:12:13:14:15", "tll": "02:21:22:23:24:25"},
    ),
    one("OVS_KEY_ATTR_SKB_MARK", f"u32:{W}", W),
    *bits("OVS_KEY_ATTR_TCP_FLAGS", "", "be16", "", "", TCP_FLAGS),
    one("OVS_KEY_ATTR_DP_HASH", f"u32:{W}", W),
    one("OVS_KEY_ATTR_RECIRC_ID", f"u32:{W}", W),
    # RFC 3032, 2.1: label, traffic class, bottom of stack, TTL
    Case("OVS_KEY_ATTR_MPLS", "be32:0x12345b83", {"[0].label": 0x12345, "[0].tc": 5, "[0].bos": 1, "[0].ttl": 0x83}),
    Case(
        "OVS_KEY_ATTR_MPLS",
        "be32:0xfedcb401 be32:0x00011d02",
        {"[0].label": 0xFEDCB, "[0].tc": 2, "[0].bos": 0, "[1].label": 17, "[1].tc": 6, "[1].bos": 1, "[1].ttl": 2},
    ),
    # OVS_CS_F_NEW, _ESTABLISHED, _RELATED, _REPLY_DIR, _INVALID, _TRACKED, _SRC_NAT, _DST_NAT
    *bits(
        "OVS_KEY_ATTR_CT_STATE",
        "",
        "u32",
        "",
        "",
        {0x01: "new", 0x02: "est", 0x04: "rel", 0x08: "rpl", 0x10: "inv", 0x20: "trk", 0x40: "snat", 0x80: "dnat"},
    ),
    one("OVS_KEY_ATTR_CT_ZONE", f"u16:{H}", H),
    one("OVS_KEY_ATTR_CT_MARK", f"u32:{W}", W),
    one("OVS_KEY_ATTR_CT_LABELS", "host:81020304050607080910111213141586", "0x81020304050607080910111213141586"),
    Case(
        "OVS_KEY_ATTR_CT_ORIG_TUPLE_IPV4",
        f"ip4:10.1.2.3 ip4:10.1.2.4 be16:{H} be16:0x8384 u8:132 pad:3",
        {"src": "10.1.2.3", "dst": "10.1.2.4", "src_port": H, "dst_port": 0x8384, "proto": 132},
    ),
    Case(
        "OVS_KEY_ATTR_CT_ORIG_TUPLE_IPV6",
        f"ip6:fd00::1 ip6:fd00::2 be16:{H} be16:0x8384 u8:132 pad:3",
        {"src": "fd00::1", "dst": "fd00::2", "src_port": H, "dst_port": 0x8384, "proto": 132},
    ),
    # OVS: enum packet_type, a namespace and a type in it
    Case("OVS_KEY_ATTR_PACKET_TYPE", "be32:0x81020384", {"ns": 0x8102, "id": 0x0384}),
    Case("OVS_KEY_ATTR_PACKET_TYPE", "be32:0x0001ffff", {"ns": 1, "id": 0xFFFF}),
    Case("OVS_KEY_ATTR_ND_EXTENSIONS", f"be32:{W} u8:0x81 pad:3", {"reserved": W, "options_type": 0x81}),
    one("OVS_KEY_ATTR_TUNNEL_INFO", "x:0102", b"\1\2"),
    # enum ofp12_ipv6exthdr_flags; struct ovs_key_ipv6_exthdrs holds a __u16
    *bits(
        "OVS_KEY_ATTR_IPV6_EXTHDRS",
        "",
        "u16",
        "",
        "",
        {1: "nonext", 2: "esp", 4: "auth", 8: "dest", 16: "frag", 32: "router", 64: "hop", 128: "unrep", 256: "unseq"},
    ),
    # struct ovs_nsh_key_base: flags, ttl, mdtype, np, path_hdr (RFC 8300, 2.3: service path identifier 24 bits, service index 8)
    Case(
        "OVS_NSH_KEY_ATTR_BASE",
        "u8:0x81 u8:63 u8:0x82 u8:0x84 be32:0x123456c8",
        {"flags": 0x81, "ttl": 63, "mdtype": 0x82, "np": 0x84, "path_hdr.spi": 0x123456, "path_hdr.si": 200},
    ),
    Case("OVS_NSH_KEY_ATTR_BASE", "u8:0 u8:0 u8:1 u8:1 be32:0x800001ff", {"path_hdr.spi": 0x800001, "path_hdr.si": 255}),
    Case("OVS_NSH_KEY_ATTR_MD1", f"be32:{W} be32:2 be32:3 be32:0x84050681", {"context[0]": W, "context[1]": 2, "context[3]": 0x84050681}),
    one("OVS_NSH_KEY_ATTR_MD2", "x:010203", b"\1\2\3"),
]

TUNNELS: Final = [
    one("OVS_TUNNEL_KEY_ATTR_ID", f"be64:{D}", f"0x{D:x}"),
    one("OVS_TUNNEL_KEY_ATTR_IPV4_SRC", "ip4:10.1.2.3", "10.1.2.3"),
    one("OVS_TUNNEL_KEY_ATTR_IPV4_DST", "ip4:10.1.2.4", "10.1.2.4"),
    one("OVS_TUNNEL_KEY_ATTR_TOS", "u8:0x81", 0x81),
    one("OVS_TUNNEL_KEY_ATTR_TTL", "u8:0x82", 0x82),
    *(one(f"OVS_TUNNEL_KEY_ATTR_{name}", "", True) for name in ("DONT_FRAGMENT", "CSUM", "OAM", "IPV4_INFO_BRIDGE")),
    # struct geneve_opt: class, type, the length in words in the low five bits
    Case(
        "OVS_TUNNEL_KEY_ATTR_GENEVE_OPTS",
        f"be16:{H} u8:0x83 u8:1 x:01020304 be16:0x8384 u8:0x85 u8:2 x:1112131415161718",
        {
            "[0].class": H,
            "[0].type": 0x83,
            "[0].length": 1,
            "[0].data": b"\1\2\3\4",
            "[1].class": 0x8384,
            "[1].type": 0x85,
            "[1].length": 2,
            "[1].data": bytes(range(0x11, 0x19)),
        },
    ),
    # the three bits above the length are r3, r2 and r1
    Case("OVS_TUNNEL_KEY_ATTR_GENEVE_OPTS", f"be16:1 u8:2 u8:0x31 x:{'ab' * 68}", {"[0].length": 17, "[0].data": b"\xab" * 68}),
    one("OVS_TUNNEL_KEY_ATTR_TP_SRC", f"be16:{H}", H),
    one("OVS_TUNNEL_KEY_ATTR_TP_DST", f"be16:{H}", H),
    # a nested OVS_VXLAN_EXT_GBP: the policy's id, above it VXLAN_GBP_DONT_LEARN (BIT(6) << 16) and _POLICY_APPLIED (BIT(3) << 16)
    one("OVS_TUNNEL_KEY_ATTR_VXLAN_OPTS:OVS_VXLAN_EXT_GBP", "u32:0x00488182", {"id": H, "flags": 0x48}),
    Case("OVS_TUNNEL_KEY_ATTR_VXLAN_OPTS:OVS_VXLAN_EXT_GBP", "u32:0x00400001", {"id": 1, "flags": 0x40}),
    # bits that the header gives no name to are in neither
    Case("OVS_TUNNEL_KEY_ATTR_VXLAN_OPTS:OVS_VXLAN_EXT_GBP", "u32:0x81480001", {"id": 1, "flags": 0x48}),
    Case("OVS_TUNNEL_KEY_ATTR_VXLAN_OPTS:OVS_VXLAN_EXT_GBP", "u32:0x00818001", {"id": 0x8001, "flags": 0x81}),
    one("OVS_TUNNEL_KEY_ATTR_IPV6_SRC", "ip6:fd00::1", "fd00::1"),
    one("OVS_TUNNEL_KEY_ATTR_IPV6_DST", "ip6:fd00::2", "fd00::2"),
    # struct erspan_metadata: int version, then a __be32 index or struct erspan_md2
    Case("OVS_TUNNEL_KEY_ATTR_ERSPAN_OPTS", f"s32:1 be32:{W} pad:4", {"version": 1, "index": W}),
    # struct erspan_md2 on the wire: timestamp, sgt; p 1 bit, ft 5, hwid_upper 2; hwid 4, dir 1, gra 2, o 1
    Case(
        "OVS_TUNNEL_KEY_ATTR_ERSPAN_OPTS",
        f"s32:2 be32:{W} be16:{H} x:c65d",
        {
            "version": 2,
            "md2.timestamp": W,
            "md2.sgt": H,
            "md2.p": 1,
            "md2.ft": 17,
            "md2.hwid_upper": 2,
            "md2.hwid": 5,
            "md2.dir": 1,
            "md2.gra": 2,
            "md2.o": 1,
        },
    ),
    Case(
        "OVS_TUNNEL_KEY_ATTR_ERSPAN_OPTS",
        "s32:2 be32:1 be16:2 x:29a2",
        {"md2.p": 0, "md2.ft": 10, "md2.hwid_upper": 1, "md2.hwid": 10, "md2.dir": 0, "md2.gra": 1, "md2.o": 0},
    ),
    Case(
        "OVS_TUNNEL_KEY_ATTR_ERSPAN_OPTS",
        "s32:2 be32:1 be16:2 x:4008",
        {"md2.p": 0, "md2.ft": 16, "md2.hwid_upper": 0, "md2.hwid": 0, "md2.dir": 1, "md2.gra": 0, "md2.o": 0},
    ),
]

ACTIONS: Final = [
    one("OVS_ACTION_ATTR_OUTPUT", f"u32:{W}", W),
    # struct ovs_action_push_vlan: two __be16
    Case("OVS_ACTION_ATTR_PUSH_VLAN", "be16:0x88a8 be16:0xb123", {"tpid": 0x88A8, "tci.vid": 0x123, "tci.cfi": 1, "tci.pcp": 5}),
    *(one(f"OVS_ACTION_ATTR_{name}", "", True) for name in ("POP_VLAN", "POP_ETH", "CT_CLEAR", "POP_NSH")),
    one("OVS_ACTION_ATTR_RECIRC", f"u32:{W}", W),
    # struct ovs_action_hash: enum ovs_hash_alg, basis
    *words("OVS_ACTION_ATTR_HASH", "", "u32", f"u32:{W}", "alg", {0: "l4", 1: "sym_l4"}),
    Case("OVS_ACTION_ATTR_HASH", f"u32:0 u32:{W}", {"basis": W}),
    # struct ovs_action_push_mpls: __be32 mpls_lse, __be16 mpls_ethertype
    Case(
        "OVS_ACTION_ATTR_PUSH_MPLS",
        "be32:0x12345b83 be16:0x8848 pad:2",
        {"lse.label": 0x12345, "lse.tc": 5, "lse.bos": 1, "lse.ttl": 0x83, "ethertype": 0x8848},
    ),
    one("OVS_ACTION_ATTR_POP_MPLS", "be16:0x86dd", 0x86DD),
    Case("OVS_ACTION_ATTR_TRUNC", f"u32:{W}", {"max_len": W}),
    Case(
        "OVS_ACTION_ATTR_PUSH_ETH", "mac:02:11:12:13:14:15 mac:82:21:22:23:24:25", {"src": "02:11:12:13:14:15", "dst": "82:21:22:23:24:25"}
    ),
    one("OVS_ACTION_ATTR_METER", f"u32:{W}", W),
    # struct ovs_action_add_mpls: __be32 mpls_lse, __be16 mpls_ethertype, __u16 tun_flags: OVS_MPLS_L3_TUNNEL_FLAG_MASK 1
    Case(
        "OVS_ACTION_ATTR_ADD_MPLS",
        "be32:0x12345b83 be16:0x8847 u16:1",
        {"lse.label": 0x12345, "lse.tc": 5, "lse.bos": 1, "lse.ttl": 0x83, "ethertype": 0x8847, "tun_flags": ["l3_tunnel"]},
    ),
    # enum xlate_error of ofproto/ofproto-dpif-xlate.h: XLATE_OK, XLATE_BRIDGE_NOT_FOUND, ...
    *words(
        "OVS_ACTION_ATTR_DROP",
        "",
        "u32",
        "",
        "",
        {
            0: "ok",
            1: "bridge_not_found",
            2: "recursion_too_deep",
            3: "too_many_resubmits",
            4: "stack_too_deep",
            5: "no_recirculation_context",
            6: "recirculation_conflict",
            7: "too_many_mpls_labels",
            8: "invalid_tunnel_metadata",
            9: "unsupported_packet_type",
            10: "congestion_drop",
            11: "forwarding_disabled",
            12: "tunnel_routing_failed",
            13: "tunnel_output_no_ethernet",
            14: "tunnel_neigh_cache_miss",
            15: "tunnel_header_build_failed",
        },
    ),
    one("OVS_USERSPACE_ATTR_PID", f"u32:{W}", W),
    one("OVS_USERSPACE_ATTR_EGRESS_TUN_PORT", f"u32:{W}", W),
    one("OVS_USERSPACE_ATTR_ACTIONS", "", True),
    one("OVS_SAMPLE_ATTR_PROBABILITY", f"u32:{W}", W),
    one("OVS_CHECK_PKT_LEN_ATTR_PKT_LEN", f"u16:{H}", H),
    one("OVS_PSAMPLE_ATTR_GROUP", f"u32:{W}", W),
    one("OVS_PSAMPLE_ATTR_COOKIE", "x:0102030405", b"\1\2\3\4\5"),
    *(one(f"OVS_CT_ATTR_{name}", "", True) for name in ("COMMIT", "FORCE_COMMIT")),
    one("OVS_CT_ATTR_ZONE", f"u16:{H}", H),
    Case("OVS_CT_ATTR_MARK", f"u32:{W} u32:0x84030281", {"value": W, "mask": 0x84030281}),
    Case(
        "OVS_CT_ATTR_LABELS",
        "host:81020304050607080910111213141586 host:860000000000000000000000000000ff",
        {"value": "0x81020304050607080910111213141586", "mask": "0x860000000000000000000000000000ff"},
    ),
    one("OVS_CT_ATTR_HELPER", "str:tftp", "tftp"),
    one("OVS_CT_ATTR_TIMEOUT", "str:slow", "slow"),
    # include/uapi/linux/netfilter/nf_conntrack_common.h: IPCT_NEW, IPCT_RELATED, ... are bit numbers
    *bits(
        "OVS_CT_ATTR_EVENTMASK",
        "",
        "u32",
        "",
        "",
        {
            1 << 0: "new",
            1 << 1: "related",
            1 << 2: "destroy",
            1 << 3: "reply",
            1 << 4: "assured",
            1 << 5: "protoinfo",
            1 << 6: "helper",
            1 << 7: "mark",
            1 << 8: "seqadj",
            1 << 9: "secmark",
            1 << 10: "label",
            1 << 11: "synproxy",
        },
    ),
    *(one(f"OVS_NAT_ATTR_{name}", "", True) for name in ("SRC", "DST", "PERSISTENT", "PROTO_HASH", "PROTO_RANDOM")),
    one("OVS_NAT_ATTR_IP_MIN", "ip4:10.1.2.3", "10.1.2.3"),
    one("OVS_NAT_ATTR_IP_MIN", "ip6:fd00::1", "fd00::1"),
    one("OVS_NAT_ATTR_IP_MAX", "ip4:10.1.2.4", "10.1.2.4"),
    one("OVS_NAT_ATTR_IP_MAX", "ip6:fd00::2", "fd00::2"),
    one("OVS_NAT_ATTR_PROTO_MIN", f"u16:{H}", H),
    one("OVS_NAT_ATTR_PROTO_MAX", f"u16:{H}", H),
    # struct user_action_cookie
    Case(
        "OVS_USERSPACE_ATTR_USERDATA",
        COOKIE % 1 + " be16:0xb123 pad:2 u32:0x84030281 pad:16",
        {
            "type": "sflow",
            "ofp_in_port": W,
            "sflow.vlan_tci.vid": 0x123,
            "sflow.vlan_tci.cfi": 1,
            "sflow.vlan_tci.pcp": 5,
            "sflow.output": 0x84030281,
        },
    ),
    # in host order: struct uuid is four uint32_t
    Case(
        "OVS_USERSPACE_ATTR_USERDATA",
        f"u16:4 pad:2 u32:{W} u32:0x00112233 u32:0x44556677 u32:0x8899aabb u32:0xccddeeff u32:{W} pad:20",
        {
            "type": "ipfix",
            "ofp_in_port": W,
            "ofproto_uuid": "00112233-4455-6677-8899-aabbccddeeff",
            "ipfix.output_odp_port": W,
        },
    ),
    # odp-util.h, SLOW_PATH_REASONS: SLOW_CFM, SLOW_BFD, SLOW_LACP, SLOW_STP, SLOW_LLDP, SLOW_ACTION, SLOW_MATCH
    *bits(
        "OVS_USERSPACE_ATTR_USERDATA",
        COOKIE % 2 + " u16:0x8182 pad:2",
        "u32",
        "pad:16",
        "slow_path.reason",
        {1: "cfm", 2: "bfd", 4: "lacp", 8: "stp", 16: "lldp", 32: "action", 64: "match"},
    ),
    Case("OVS_USERSPACE_ATTR_USERDATA", COOKIE % 2 + " u16:0x8182 pad:2 u32:1 pad:16", {"type": "slow_path", "slow_path.unused": H}),
    Case(
        "OVS_USERSPACE_ATTR_USERDATA",
        COOKIE % 3 + f" u16:{H} pad:2 u32:{W} u32:0x82020384 u32:0x83020384 u32:0x84020385 u32:0",
        {
            "type": "flow_sample",
            "flow_sample.probability": H,
            "flow_sample.collector_set_id": W,
            "flow_sample.obs_domain_id": 0x82020384,
            "flow_sample.obs_point_id": 0x83020384,
            "flow_sample.output_odp_port": 0x84020385,
        },
    ),
    # enum nx_action_sample_direction
    *words(
        "OVS_USERSPACE_ATTR_USERDATA",
        COOKIE % 3 + " u16:1 pad:2 u32:1 u32:1 u32:1 u32:1",
        "u32",
        "",
        "flow_sample.direction",
        {0: "default", 1: "ingress", 2: "egress"},
    ),
    Case(
        "OVS_USERSPACE_ATTR_USERDATA",
        COOKIE % 5 + f" u8:0x81 u8:0x82 u16:{H} u32:{W} be64:{D} u16:0x8384 u16:0x8586 pad:4",
        {
            "type": "controller",
            "controller.dont_send": 0x81,
            "controller.continuation": 0x82,
            "controller.reason": H,
            "controller.recirc_id": W,
            "controller.rule_cookie": f"0x{D:x}",
            "controller.controller_id": 0x8384,
            "controller.max_len": 0x8586,
        },
    ),
]

STATS: Final = [D + i for i in range(8)]
OTHERS: Final = [
    one("OVS_DP_ATTR_NAME", "str:ovs-system", "ovs-system"),
    one("OVS_DP_ATTR_UPCALL_PID", f"u32:{W}", W),
    # struct ovs_dp_stats
    Case(
        "OVS_DP_ATTR_STATS",
        " ".join(f"u64:{number}" for number in STATS[:4]),
        dict(zip(("n_hit", "n_missed", "n_lost", "n_flows"), STATS, strict=False)),
    ),
    # struct ovs_dp_megaflow_stats: u64 n_mask_hit, u32 n_masks, u32 pad0, u64 n_cache_hit, u64 pad1
    Case("OVS_DP_ATTR_MEGAFLOW_STATS", f"u64:{D} u32:{W} pad:4 u64:{D + 1} pad:8", {"n_mask_hit": D, "n_masks": W, "n_cache_hit": D + 1}),
    # OVS_DP_F_UNALIGNED, _VPORT_PIDS, _TC_RECIRC_SHARING, _DISPATCH_UPCALL_PER_CPU
    *bits(
        "OVS_DP_ATTR_USER_FEATURES",
        "",
        "u32",
        "",
        "",
        {1: "unaligned", 2: "vport_pids", 4: "tc_recirc_sharing", 8: "dispatch_upcall_per_cpu"},
    ),
    one("OVS_DP_ATTR_MASKS_CACHE_SIZE", f"u32:{W}", W),
    Case("OVS_DP_ATTR_PER_CPU_PIDS", f"u32:{W} u32:2", {"[0]": W, "[1]": 2}),
    one("OVS_DP_ATTR_IFINDEX", f"u32:{W}", W),
    one("OVS_VPORT_ATTR_PORT_NO", f"u32:{W}", W),
    *words("OVS_VPORT_ATTR_TYPE", "", "u32", "", "", {1: "netdev", 2: "internal", 3: "gre", 4: "vxlan", 5: "geneve"}),
    one("OVS_VPORT_ATTR_NAME", "str:vxlan_sys_4789", "vxlan_sys_4789"),
    Case("OVS_VPORT_ATTR_UPCALL_PID", f"u32:{W} u32:2", {"[0]": W, "[1]": 2}),
    # struct ovs_vport_stats
    Case(
        "OVS_VPORT_ATTR_STATS",
        " ".join(f"u64:{number}" for number in STATS),
        dict(
            zip(
                ("rx_packets", "tx_packets", "rx_bytes", "tx_bytes", "rx_errors", "tx_errors", "rx_dropped", "tx_dropped"),
                STATS,
                strict=True,
            )
        ),
    ),
    one("OVS_VPORT_ATTR_IFINDEX", f"u32:{W}", W),
    # nla_put_s32(skb, OVS_VPORT_ATTR_NETNSID, id) of ovs_vport_cmd_fill_info(): -1 is NETNSA_NSID_NOT_ASSIGNED
    one("OVS_VPORT_ATTR_NETNSID", "s32:-1", -1),
    one("OVS_VPORT_ATTR_NETNSID", f"u32:{W}", SIGNED),
    one("OVS_TUNNEL_ATTR_DST_PORT", f"u16:{H}", H),
    one("OVS_TUNNEL_ATTR_EXTENSION:OVS_VXLAN_EXT_GBP", "", True),
    one("OVS_VPORT_UPCALL_ATTR_SUCCESS", f"u64:{D}", D),
    one("OVS_VPORT_UPCALL_ATTR_FAIL", f"u64:{D}", D),
    one("OVS_PACKET_ATTR_PACKET", "x:0102030405060708090a0b0c0d0e", bytes(range(1, 15))),
    *(one(f"OVS_PACKET_ATTR_{name}", "x:0102", b"\1\2") for name in ("UNUSED1", "UNUSED2")),
    one("OVS_PACKET_ATTR_PROBE", "", True),
    one("OVS_PACKET_ATTR_MRU", f"u16:{H}", H),
    one("OVS_PACKET_ATTR_LEN", f"u32:{W}", W),
    # u64: the hash, OVS_PACKET_HASH_SW_BIT (1ULL << 32), OVS_PACKET_HASH_L4_BIT (1ULL << 33)
    Case("OVS_PACKET_ATTR_HASH", "u64:0x181020384", {"value": f"0x{W:x}", "sw": True, "l4": False}),
    Case("OVS_PACKET_ATTR_HASH", "u64:0x281020384", {"value": f"0x{W:x}", "sw": False, "l4": True}),
    Case("OVS_PACKET_ATTR_HASH", "u64:0x600000001", {"value": "0x1", "sw": False, "l4": True}),
    one("OVS_PACKET_ATTR_UPCALL_PID", f"u32:{W}", W),
    # struct ovs_flow_stats: two __u64
    *(Case(f"OVS_{name}_ATTR_STATS", f"u64:{D} u64:{D + 1}", {"n_packets": D, "n_bytes": D + 1}) for name in ("FLOW", "METER", "BAND")),
    *bits("OVS_FLOW_ATTR_TCP_FLAGS", "", "u8", "", "", {bit: name for bit, name in TCP_FLAGS.items() if bit < 256}),
    one("OVS_FLOW_ATTR_USED", f"u64:{D}", D),
    *(one(f"OVS_FLOW_ATTR_{name}", "", True) for name in ("CLEAR", "PROBE")),
    # ovs_u128, which OVS prints as four words
    one("OVS_FLOW_ATTR_UFID", "u32:0x81020384 u32:0x05060708 u32:0x090a0b0c u32:0x0d0e0f82", "81020384-0506-0708-090a-0b0c0d0e0f82"),
    # OVS_UFID_F_OMIT_KEY, _MASK, _ACTIONS
    *bits("OVS_FLOW_ATTR_UFID_FLAGS", "", "u32", "", "", {1: "omit_key", 2: "omit_mask", 4: "omit_actions"}),
    one("OVS_METER_ATTR_ID", f"u32:{W}", W),
    *(one(f"OVS_METER_ATTR_{name}", "", True) for name in ("KBPS", "CLEAR")),
    one("OVS_METER_ATTR_USED", f"u64:{D}", D),
    one("OVS_METER_ATTR_MAX_METERS", f"u32:{W}", W),
    one("OVS_METER_ATTR_MAX_BANDS", f"u32:{W}", W),
    *words("OVS_BAND_ATTR_TYPE", "", "u32", "", "", {1: "drop"}),
    one("OVS_BAND_ATTR_RATE", f"u32:{W}", W),
    one("OVS_BAND_ATTR_BURST", f"u32:{W}", W),
    # struct ovs_zone_limit: int zone_id (OVS_ZONE_LIMIT_DEFAULT_ZONE -1), __u32 limit, __u32 count
    Case(
        "OVS_CT_LIMIT_ATTR_ZONE_LIMIT",
        f"s32:-1 u32:{W} u32:0x82020384",
        {"[0].zone_id": -1, "[0].limit": W, "[0].count": 0x82020384},
    ),
    Case("OVS_CT_LIMIT_ATTR_ZONE_LIMIT", "s32:-2 u32:1 u32:2 s32:513 u32:3 u32:4", {"[0].zone_id": -2, "[1].zone_id": 513, "[1].limit": 3}),
    # genetlink.h, CTRL_ATTR_*
    one("CTRL_ATTR_FAMILY_ID", f"u16:{H}", H),
    one("CTRL_ATTR_FAMILY_NAME", "str:ovs_flow", "ovs_flow"),
    *(one(f"CTRL_ATTR_{name}", f"u32:{W}", W) for name in ("VERSION", "HDRSIZE", "MAXATTR", "OP")),
    one("CTRL_ATTR_OP_ID", f"u32:{W}", W),
    # GENL_ADMIN_PERM, GENL_CMD_CAP_DO, _DUMP, _HASPOL, GENL_UNS_ADMIN_PERM
    *bits(
        "CTRL_ATTR_OP_FLAGS",
        "",
        "u32",
        "",
        "",
        {0x01: "admin_perm", 0x02: "cmd_cap_do", 0x04: "cmd_cap_dump", 0x08: "cmd_cap_haspol", 0x10: "uns_admin_perm"},
    ),
    one("CTRL_ATTR_MCAST_GRP_NAME", "str:ovs_flow", "ovs_flow"),
    one("CTRL_ATTR_MCAST_GRP_ID", f"u32:{W}", W),
    one("CTRL_ATTR_POLICY_DO", f"u32:{W}", W),
    one("CTRL_ATTR_POLICY_DUMP", f"u32:{W}", W),
    # netlink.h, enum netlink_attribute_type: NL_ATTR_TYPE_INVALID, NL_ATTR_TYPE_FLAG, ...
    *words(
        "NL_POLICY_TYPE_ATTR_TYPE",
        "",
        "u32",
        "",
        "",
        {
            0: "invalid",
            1: "flag",
            2: "u8",
            3: "u16",
            4: "u32",
            5: "u64",
            6: "s8",
            7: "s16",
            8: "s32",
            9: "s64",
            10: "binary",
            11: "string",
            12: "nul_string",
            13: "nested",
            14: "nested_array",
            15: "bitfield32",
            16: "sint",
            17: "uint",
        },
    ),
    *(one(f"NL_POLICY_TYPE_ATTR_{name}", f"s64:{D - (1 << 64)}", D - (1 << 64)) for name in ("MIN_VALUE_S", "MAX_VALUE_S")),
    *(one(f"NL_POLICY_TYPE_ATTR_{name}", f"u64:{D}", D) for name in ("MIN_VALUE_U", "MAX_VALUE_U", "MASK")),
    *(
        one(f"NL_POLICY_TYPE_ATTR_{name}", f"u32:{W}", W)
        for name in ("MIN_LENGTH", "MAX_LENGTH", "POLICY_IDX", "POLICY_MAXTYPE", "BITFIELD32_MASK")
    ),
]

CASES: Final = [*KEYS, *TUNNELS, *ACTIONS, *OTHERS]
