"""The userdata of userspace() actions and of ACTION upcalls: struct user_action_cookie of ofproto/ofproto-dpif-upcall.h, 48 bytes since
Open vSwitch 2.11.
"""

from __future__ import annotations

from ovsdissect.families.flow_key import VLAN_TCI
from ovsdissect.grammar import Member, Struct, Variant
from ovsdissect.grammar.wire import HEX_BE64, U8, U16, U32, UFID, Enum, Flags, Int, Pad

COOKIE_TYPES = {0: "unspec", 1: "sflow", 2: "slow_path", 3: "flow_sample", 4: "ipfix", 5: "controller"}

# lib/odp-util.h, enum slow_path_reason
SLOW_PATH_REASONS = {1: "cfm", 2: "bfd", 4: "lacp", 8: "stp", 16: "lldp", 32: "action", 64: "match"}

# include/openflow/openflow-common.h, enum ofp_packet_in_reason
PACKET_IN_REASONS = {
    0: "no_match",
    1: "action",
    2: "invalid_ttl",
    3: "action_set",
    4: "group",
    5: "packet_out",
    6: "explicit_miss",
    7: "implicit_miss",
}

HEAD = Struct(
    Member("type", Enum("H", COOKIE_TYPES), "What the upcall is for."),
    Member("pad", Pad(2)),
    Member("ofp_in_port", U32, "OpenFlow port that the packet arrived on."),
    Member("ofproto_uuid", UFID, "UUID of the bridge."),
)

SFLOW = Struct(
    Member("vlan_tci", VLAN_TCI, "VLAN of the output."),
    Member("pad", Pad(2)),
    Member("output", U32, "sFlow output value."),
)

SLOW_PATH = Struct(
    Member("unused", U16, "Unused."),
    Member("pad", Pad(2)),
    Member("reason", Flags("I", SLOW_PATH_REASONS), "Why the kernel cannot handle the packet by itself."),
)

FLOW_SAMPLE = Struct(
    Member("probability", U16, "Sampling probability as a fraction of 65535."),
    Member("pad", Pad(2)),
    Member("collector_set_id", U32, "Collector set."),
    Member("obs_domain_id", U32, "Observation domain."),
    Member("obs_point_id", U32, "Observation point."),
    Member("output_odp_port", U32, "Datapath output port."),
    Member("direction", Enum("I", {0: "default", 1: "ingress", 2: "egress"}), "Direction of the sampling."),
)

IPFIX = Struct(Member("output_odp_port", U32, "Datapath output port."))

CONTROLLER = Struct(
    Member("dont_send", U8, "1: the packet is not sent to the controller."),
    Member("continuation", U8, "1: the packet-in is a continuation."),
    Member("reason", Int("H", PACKET_IN_REASONS), "Reason of the packet-in."),
    Member("recirc_id", U32, "Recirculation id of the frozen state."),
    Member("rule_cookie", HEX_BE64, "Cookie of the OpenFlow rule."),
    Member("controller_id", U16, "Controller id."),
    Member("max_len", U16, "Bytes of the packet to send."),
)

USERDATA = Variant(
    HEAD,
    {
        1: Member("sflow", SFLOW, "sFlow sample."),
        2: Member("slow_path", SLOW_PATH, "Slow path."),
        3: Member("flow_sample", FLOW_SAMPLE, "IPFIX flow sample."),
        4: Member("ipfix", IPFIX, "IPFIX bridge sample."),
        5: Member("controller", CONTROLLER, "Packet-in to a controller."),
    },
    total=48,
)
