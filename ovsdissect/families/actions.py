"""OVS_ACTION_ATTR_*: what the datapath does with a packet.  The order of a set of actions is its meaning."""

from __future__ import annotations

from ovsdissect.families.cookies import USERDATA
from ovsdissect.families.flow_key import ETHERTYPE, KEY, MPLS_LSE, SET_MASKED, VLAN_TCI
from ovsdissect.grammar import Attr, AttrSet, Member, Struct, masked
from ovsdissect.grammar.attrs import NLA_F_NESTED
from ovsdissect.grammar.wire import BYTES, FLAG, IPV4, IPV6, LABEL, MAC, TEXT, U16, U32, Enum, Flags, Pad, Sized

# ofproto/ofproto-dpif-xlate.h, enum xlate_error: ovs-vswitchd sends it as the reason of an explicit drop
DROP_REASONS = {
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
}

# include/uapi/linux/netfilter/nf_conntrack_common.h, enum ip_conntrack_events
CT_EVENTS = {
    1 << i: name
    for i, name in enumerate(
        ("new", "related", "destroy", "reply", "assured", "protoinfo", "helper", "mark", "seqadj", "secmark", "label", "synproxy")
    )
}

NAT_ADDRESS = Sized([IPV4, IPV6])

NAT = AttrSet(
    "nat",
    [
        Attr(1, "src", FLAG, "Translate the source."),
        Attr(2, "dst", FLAG, "Translate the destination."),
        Attr(3, "ip_min", NAT_ADDRESS, "First address of the range."),
        Attr(4, "ip_max", NAT_ADDRESS, "Last address of the range."),
        Attr(5, "proto_min", U16, "First port of the range, host order."),
        Attr(6, "proto_max", U16, "Last port of the range, host order."),
        Attr(7, "persistent", FLAG, "Same mapping across reboots."),
        Attr(8, "proto_hash", FLAG, "Choose the port by hash."),
        Attr(9, "proto_random", FLAG, "Choose the port at random."),
    ],
)

CT = AttrSet(
    "ct",
    [
        Attr(1, "commit", FLAG, "Commit the connection."),
        Attr(2, "zone", U16, "Connection tracking zone."),
        Attr(3, "mark", masked(U32), "Mark to set, with its mask."),
        Attr(4, "labels", masked(LABEL), "Labels to set, with their mask."),
        Attr(5, "helper", TEXT, "Name of the helper."),
        Attr(6, "nat", NAT, "Address translation."),
        Attr(7, "force_commit", FLAG, "Commit even against the connection's direction."),
        Attr(8, "eventmask", Flags("I", CT_EVENTS), "Conntrack events to report."),
        Attr(9, "timeout", TEXT, "Name of the timeout policy."),
    ],
)

USERSPACE = AttrSet(
    "userspace",
    [
        Attr(1, "pid", U32, "Netlink port to send the upcall to; 0xffffffff with per-CPU dispatch."),
        Attr(2, "userdata", USERDATA, "Cookie, given back in the upcall."),
        Attr(3, "egress_tun_port", U32, "Port whose egress tunnel metadata the upcall must carry."),
        Attr(4, "actions", FLAG, "The upcall must carry the flow's actions."),
    ],
)

SAMPLE = AttrSet(
    "sample",
    [
        Attr(1, "probability", U32, "Sampling probability as a fraction of 2^32 - 1."),
        Attr(2, "actions", lambda: ACTIONS, "Actions for the sampled packets."),
    ],
)

CHECK_PKT_LEN = AttrSet(
    "check_pkt_len",
    [
        Attr(1, "pkt_len", U16, "Length to compare with."),
        Attr(2, "actions_if_greater", lambda: ACTIONS, "Actions for longer packets."),
        Attr(3, "actions_if_less_equal", lambda: ACTIONS, "Actions for the other packets."),
    ],
)

DEC_TTL = AttrSet("dec_ttl", [Attr(1, "action", lambda: ACTIONS, "Actions for packets whose TTL is at most 1.")])

PSAMPLE = AttrSet(
    "psample",
    [
        Attr(1, "group", U32, "Sample group."),
        Attr(2, "cookie", BYTES, "Up to 16 bytes of user data (OVS_PSAMPLE_COOKIE_MAX_SIZE)."),
    ],
)

PUSH_MPLS = Struct(
    Member("lse", MPLS_LSE, "Label stack entry."),
    Member("ethertype", ETHERTYPE, "Ethernet type of the packet after the pop."),
    Member("pad", Pad(2)),
)

ADD_MPLS = Struct(
    Member("lse", MPLS_LSE, "Label stack entry."),
    Member("ethertype", ETHERTYPE, "Ethernet type of the packet after the pop."),
    Member("tun_flags", Flags("H", {1: "l3_tunnel"}), "l3_tunnel: before the layer 3 header, else before the Ethernet one."),
)

ACTIONS: AttrSet = AttrSet(
    "actions",
    [
        Attr(1, "output", U32, "Output to a datapath port."),
        Attr(2, "userspace", USERSPACE, "Send to user space."),
        Attr(3, "set", KEY, "Overwrite header fields or metadata."),
        Attr(
            4,
            "push_vlan",
            Struct(Member("tpid", ETHERTYPE, "Tag protocol id."), Member("tci", VLAN_TCI, "Tag control information.")),
            "Push a VLAN tag.",
        ),
        Attr(5, "pop_vlan", FLAG, "Pop the outermost VLAN tag."),
        Attr(6, "sample", SAMPLE, "Execute actions for a sample of the packets."),
        Attr(7, "recirc", U32, "Look the packet up again, with this recirculation id."),
        Attr(
            8,
            "hash",
            Struct(
                Member("alg", Enum("I", {0: "l4", 1: "sym_l4"}), "Algorithm."),
                Member("basis", U32, "Basis of the hash."),
            ),
            "Compute dp_hash.",
        ),
        Attr(9, "push_mpls", PUSH_MPLS, "Push an MPLS label stack entry."),
        Attr(10, "pop_mpls", ETHERTYPE, "Pop an MPLS label stack entry; the Ethernet type of the packet after the pop."),
        Attr(11, "set_masked", SET_MASKED, "Overwrite bits of header fields or metadata."),
        Attr(12, "ct", CT, "Connection tracking."),
        Attr(13, "trunc", Struct(Member("max_len", U32, "Length to which later outputs truncate the packet.")), "Truncate at output."),
        Attr(
            14,
            "push_eth",
            Struct(Member("src", MAC, "Source address."), Member("dst", MAC, "Destination address.")),
            "Push an Ethernet header.",
        ),
        Attr(15, "pop_eth", FLAG, "Pop the Ethernet header."),
        Attr(16, "ct_clear", FLAG, "Forget the connection tracking state."),
        Attr(17, "push_nsh", AttrSet("push_nsh", [KEY.by_name["nsh"]]), "Push a network service header."),
        Attr(18, "pop_nsh", FLAG, "Pop the network service header."),
        Attr(19, "meter", U32, "Apply this meter."),
        Attr(20, "clone", lambda: ACTIONS, "Execute actions on a copy of the packet."),
        Attr(21, "check_pkt_len", CHECK_PKT_LEN, "Execute actions that depend on the packet's length."),
        Attr(22, "add_mpls", ADD_MPLS, "Add an MPLS label stack entry at the layer 2 or layer 3 start."),
        Attr(23, "dec_ttl", DEC_TTL, "Decrement the IP TTL."),
        Attr(24, "drop", Enum("I", DROP_REASONS), "Drop, for this reason."),
        # nla_parse_nested() in validate_psample(), the only one here that is strict: "NLA_F_NESTED is missing"
        Attr(25, "psample", PSAMPLE, "Send a sample to the psample group.", flags=NLA_F_NESTED),
    ],
    ordered=True,
)
