"""The headers around a netlink message, as grammar: nlmon's cooked header, nlmsghdr, genlmsghdr, nlmsgerr, the extended ACK."""

from __future__ import annotations

from typing import Final

from ovsdissect.grammar import Attr, AttrSet, Member, Struct
from ovsdissect.grammar.wire import ALIGN, BE16, BE32, BYTES, S32, S64, TEXT, U8, U16, U32, U64, Enum, Flags, Int, Octets
from ovsdissect.netlink.numbers import GENLMSGHDR_LEN as GENLMSGHDR_LEN
from ovsdissect.netlink.numbers import NETLINK_GENERIC as NETLINK_GENERIC
from ovsdissect.netlink.numbers import NLMSG_MIN_TYPE as NLMSG_MIN_TYPE
from ovsdissect.netlink.numbers import NLMSGHDR_LEN as NLMSGHDR_LEN

ARPHRD_NETLINK: Final = 824

# include/uapi/linux/netlink.h: NETLINK_ROUTE and its neighbours
PROTOCOLS: Final = {
    0: "route",
    2: "usersock",
    3: "firewall",
    4: "sock_diag",
    5: "nflog",
    6: "xfrm",
    7: "selinux",
    8: "iscsi",
    9: "audit",
    10: "fib_lookup",
    11: "connector",
    12: "netfilter",
    13: "ip6_fw",
    14: "dnrtmsg",
    15: "kobject_uevent",
    16: "generic",
    18: "scsitransport",
    19: "ecryptfs",
    20: "rdma",
    21: "crypto",
    22: "smc",
}

_ADDRESS = Octets("bytes", 8)
_PROTOCOL = Int(">H", PROTOCOLS)
_ARPHRD = Int(">H", {ARPHRD_NETLINK: "netlink"})

# LINKTYPE_NETLINK and LINKTYPE_LINUX_SLL share their layout; both are in network order
COOKED: Final = Struct(
    Member("packet_type", BE16, "Direction as AF_PACKET saw it; nlmon always says 4 (outgoing)."),
    Member("arphrd_type", _ARPHRD, "Device type."),
    Member("address_length", BE16, "Length of the address; 0."),
    Member("address", _ADDRESS, "Unused."),
    Member("protocol", _PROTOCOL, "Netlink protocol."),
)
COOKED_V2: Final = Struct(
    Member("protocol", _PROTOCOL, "Netlink protocol."),
    Member("reserved", BE16, "Zero."),
    Member("ifindex", BE32, "Interface that it was captured on."),
    Member("arphrd_type", _ARPHRD, "Device type."),
    Member("packet_type", U8, "Direction as AF_PACKET saw it."),
    Member("address_length", U8, "Length of the address; 0."),
    Member("address", _ADDRESS, "Unused."),
)

NLMSG_NOOP: Final = 1
NLMSG_ERROR: Final = 2
NLMSG_DONE: Final = 3
NLMSG_OVERRUN: Final = 4
CONTROL_TYPES: Final = {NLMSG_NOOP: "noop", NLMSG_ERROR: "error", NLMSG_DONE: "done", NLMSG_OVERRUN: "overrun"}

NLM_F_REQUEST: Final = 0x1
NLM_F_MULTI: Final = 0x2
NLM_F_ACK: Final = 0x4
NLM_F_ECHO: Final = 0x8
NLM_F_DUMP_INTR: Final = 0x10  # the data changed during the dump: the dump is incomplete
NLM_F_ROOT: Final = 0x100
NLM_F_MATCH: Final = 0x200
NLM_F_DUMP: Final = NLM_F_ROOT | NLM_F_MATCH
NLM_F_CREATE: Final = 0x400
NLM_F_CAPPED: Final = 0x100
NLM_F_ACK_TLVS: Final = 0x200

_BASE = {1: "request", 2: "multi", 4: "ack", 8: "echo", 16: "dump_intr", 32: "dump_filtered"}

# the meaning of the upper bits depends on the kind of message
FLAG_NAMES: Final[dict[str, Flags]] = {
    "": Flags("H", _BASE),
    "get": Flags("H", _BASE | {0x100: "root", 0x200: "match", 0x400: "atomic"}),
    "new": Flags("H", _BASE | {0x100: "replace", 0x200: "excl", 0x400: "create", 0x800: "append"}),
    "del": Flags("H", _BASE | {0x100: "nonrec", 0x200: "bulk"}),
    "ack": Flags("H", _BASE | {0x100: "capped", 0x200: "ack_tlvs"}),
}


def nlmsghdr(kind: str) -> Struct:
    """Return struct nlmsghdr for a message whose flags are of this kind ("get", "new", "del", "ack" or "")."""
    return _NLMSGHDR[kind]


_NLMSGHDR = {
    kind: Struct(
        Member("len", U32, "Length of the message, this header included."),
        Member("type", U16, "Type; for generic netlink the family's id."),
        Member("flags", flags, "Flags."),
        Member("seq", U32, "Sequence number."),
        Member("pid", U32, "Netlink port of the sender; the kernel echoes the request's."),
    )
    for kind, flags in FLAG_NAMES.items()
}

GENLMSGHDR: Final = Struct(
    Member("cmd", U8, "Command."),
    Member("version", U8, "Version of the family."),
    Member("reserved", U16, "Zero."),
)

ERROR: Final = Struct(Member("number", S32, "Negative errno; 0 is an acknowledgement."))

# enum netlink_attribute_type
ATTRIBUTE_TYPES: Final = dict(
    enumerate(
        (
            *("invalid", "flag", "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64"),
            *("binary", "string", "nul_string", "nested", "nested_array", "bitfield32", "sint", "uint"),
        )
    )
)

# enum netlink_policy_type_attr, NL_POLICY_TYPE_ATTR_*
POLICY: Final = AttrSet(
    "policy",
    [
        Attr(1, "type", Enum("I", ATTRIBUTE_TYPES), "Type of the attribute."),
        Attr(2, "min_value_s", S64, "Smallest value (signed)."),
        Attr(3, "max_value_s", S64, "Largest value (signed)."),
        Attr(4, "min_value_u", U64, "Smallest value (unsigned)."),
        Attr(5, "max_value_u", U64, "Largest value (unsigned)."),
        Attr(6, "min_length", U32, "Smallest length."),
        Attr(7, "max_length", U32, "Largest length."),
        Attr(8, "policy_idx", U32, "Policy of the attributes nested in it."),
        Attr(9, "policy_maxtype", U32, "Largest attribute nested in it."),
        Attr(10, "bitfield32_mask", U32, "Valid bits of a bitfield."),
        Attr(11, "pad", ALIGN),
        Attr(12, "mask", U64, "Valid bits."),
    ],
)

# enum nlmsgerr_attrs, NLMSGERR_ATTR_*
EXTACK: Final = AttrSet(
    "extack",
    [
        Attr(1, "message", TEXT, "Message of the kernel (NLMSGERR_ATTR_MSG)."),
        Attr(2, "offset", U32, "Offset of the attribute at fault in the request (NLMSGERR_ATTR_OFFS)."),
        Attr(3, "cookie", BYTES, "Cookie."),
        Attr(4, "policy", POLICY, "The policy that the attribute breaks."),
        Attr(5, "miss_type", U32, "Type of the attribute that is missing."),
        Attr(6, "miss_nest", U32, "Offset of the nest that lacks it."),
    ],
)
