"""Message types of NETLINK_ROUTE by name, what follows their nlmsghdr, and the interface that they are about.

The rows are from include/uapi/linux/rtnetlink.h; the kinds of a subject are in the order new, del, get, set.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ovsdissect.byteorder import ByteOrder
from ovsdissect.grammar.attrs import payloads
from ovsdissect.netlink.numbers import NLMSGHDR_LEN

NETLINK_ROUTE: Final = 0
RTM_BASE: Final = 16
KINDS: Final = ("new", "del", "get", "set")
IFLA_IFNAME: Final = 3

# RTM_BASE + 4 n: the subject of four types
SUBJECTS: Final = {
    16: "LINK",
    20: "ADDR",
    24: "ROUTE",
    28: "NEIGH",
    32: "RULE",
    36: "QDISC",
    40: "TCLASS",
    44: "TFILTER",
    48: "ACTION",
    52: "PREFIX",
    56: "MULTICAST",
    60: "ANYCAST",
    64: "NEIGHTBL",
    68: "NDUSEROPT",
    72: "ADDRLABEL",
    76: "DCB",
    80: "NETCONF",
    84: "MDB",
    88: "NSID",
    92: "STATS",
    96: "CACHEREPORT",
    100: "CHAIN",
    104: "NEXTHOP",
    108: "LINKPROP",
    112: "VLAN",
    116: "NEXTHOPBUCKET",
    120: "TUNNEL",
}


class Place(NamedTuple):
    """The offset of a message's interface index after the nlmsghdr, and the length of the struct there."""

    at: int
    size: int


# struct ifinfomsg, ifaddrmsg, ndmsg, tcmsg
INDEXES: Final = {16: Place(4, 16), 20: Place(4, 8), 28: Place(4, 12), **dict.fromkeys((36, 40, 44, 100), Place(4, 20))}


def type_name(kind: int) -> str | None:
    """Return the name of a message type (RTM_NEWTFILTER); None for an unknown one."""
    subject = SUBJECTS.get(kind & ~3)
    return None if subject is None else f"RTM_{KINDS[kind & 3].upper()}{subject}"


def verb(kind: int) -> str:
    """Return the meaning of the upper bits of nlmsg_flags in requests of a type: "new", "get" or "del"; "" if unknown."""
    return "" if type_name(kind) is None else ("new", "del", "get", "new")[kind & 3]


def interface(message: bytes, kind: int, order: ByteOrder) -> tuple[int | None, str | None]:
    """Return the index and the name of the interface that a message (from its nlmsghdr on) is about, as far as it has them."""
    place = INDEXES.get(kind & ~3)
    if place is None or len(message) < NLMSGHDR_LEN + place.size:
        return None, None
    at = NLMSGHDR_LEN + place.at
    number = int.from_bytes(message[at : at + 4], order, signed=True)
    name = None
    if kind & ~3 == RTM_BASE:
        found = dict(payloads(message[NLMSGHDR_LEN + place.size :], order)[0]).get(IFLA_IFNAME)
        name = found.split(b"\0", 1)[0].decode("utf-8", "backslashreplace") if found else None
    return number or None, name
