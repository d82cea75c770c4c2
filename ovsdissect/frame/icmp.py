"""ICMP, ICMPv6 with neighbour discovery and MLD, IGMP. The packet that an error quotes follows as layers of its own."""

from __future__ import annotations

from typing import Final

from ovsdissect.frame import checksum
from ovsdissect.frame.layer import DATA, Header, Items, Protocol, bit, bits, repeated
from ovsdissect.frame.walk import Next, Walk
from ovsdissect.grammar.compound import Member
from ovsdissect.grammar.wire import BE16, BE32, HEX_BE32, IPV4, IPV6, MAC, U8, Hex, Int, Part

ICMPV6_PROTO: Final = 58

ICMP_TYPES: Final = {
    0: "echo reply",
    3: "destination unreachable",
    4: "source quench",
    5: "redirect",
    8: "echo request",
    9: "router advertisement",
    10: "router solicitation",
    11: "time exceeded",
    12: "parameter problem",
    13: "timestamp request",
    14: "timestamp reply",
}
CHECKSUM: Final = Member("checksum", BE16, "Checksum.")
ICMP_HEAD: Final = Header(Member("type", Int("B", ICMP_TYPES), "Type."), Member("code", U8, "Code."), CHECKSUM)
UNUSED: Final = Header(Member("unused", HEX_BE32, "Unused."))
ICMP_ECHO: Final = Header(Member("ident", BE16, "Identifier."), Member("seq", BE16, "Sequence number."))
TIMES: Final = Header(
    *ICMP_ECHO.members,
    Member("originate_timestamp", BE32, "Milliseconds since midnight when it was sent."),
    Member("receive_timestamp", BE32, "When it was received."),
    Member("transmit_timestamp", BE32, "When the reply was sent."),
)
TOO_LONG: Final = Header(Member("unused", Hex(">H"), "Unused."), Member("mtu", BE16, "MTU of the next hop."))
REDIRECT: Final = Header(Member("redir_gw", IPV4, "Gateway."))
ICMP_BODIES: Final = {0: ICMP_ECHO, 3: UNUSED, 4: UNUSED, 5: REDIRECT, 8: ICMP_ECHO, 11: UNUSED, 12: UNUSED, 13: TIMES, 14: TIMES}
ICMP_QUOTING: Final = frozenset((3, 4, 5, 11, 12))
ICMP: Final = Protocol("icmp", "ICMP.", ICMP_HEAD, *dict.fromkeys((*ICMP_BODIES.values(), TOO_LONG)))
FRAGMENTATION_NEEDED: Final = (3, 4)

ICMPV6_TYPES: Final = {
    1: "destination unreachable",
    2: "packet too big",
    3: "time exceeded",
    4: "parameter problem",
    128: "echo request",
    129: "echo reply",
    130: "multicast listener query",
    131: "multicast listener report",
    132: "multicast listener done",
    133: "router solicitation",
    134: "router advertisement",
    135: "neighbor solicitation",
    136: "neighbor advertisement",
    137: "redirect",
    143: "multicast listener report v2",
}
LINKADDR: Final = Header(Member("linkaddr", MAC, "Link-layer address."))
ND_OPTIONS: Final = Member(
    "opt",
    Items(
        Header(Member("type", U8, "Type."), Member("length", U8, "Length in 8-byte words, including these two bytes.")),
        lambda head: (head[0], head[1] * 8),
        {
            1: LINKADDR,
            2: LINKADDR,
            3: Header(
                Member("prefix.length", U8, "Length of the prefix in bits."),
                bits("B", Part("prefix.flag", 0, 8), bit("prefix.flag.l", 7, "On-link."), bit("prefix.flag.a", 6, "Autonomous.")),
                Member("prefix.valid_lifetime", BE32, "Seconds."),
                Member("prefix.preferred_lifetime", BE32, "Seconds."),
                Member("reserved", BE32, "Reserved."),
                Member("prefix", IPV6, "Prefix."),
            ),
            5: Header(Member("reserved", BE16, "Reserved."), Member("mtu", BE32, "MTU.")),
            25: Header(
                Member("reserved", BE16, "Reserved."),
                Member("rdnss.lifetime", BE32, "Seconds."),
                rest=repeated("rdnss", Header(Member("addr", IPV6, "Address.")), "DNS servers."),
            ),
        },
    ),
    "Neighbour discovery options.",
)
RESERVED: Final = Member("reserved", HEX_BE32, "Reserved.")
MULTICAST: Final = Member("mld.multicast_address", IPV6, "Multicast group.")
QUERY: Final = Header(
    Member("mld.maximum_response_delay", BE16, "Maximum response code."), Member("reserved", Hex(">H"), "Reserved."), MULTICAST
)
QUERY2: Final = Header(
    *QUERY.members,
    bits("B", Part("mld.flag", 0, 8), bit("mld.flag.s", 3, "Suppress router processing."), Part("mld.flag.qrv", 0, 3)),
    Member("mld.qqi", U8, "Querier's query interval code."),
    Member("mld.nb_sources", BE16, "Number of sources."),
    rest=repeated("mld.source_address", Header(Member("addr", IPV6, "Source.")), "Sources."),
)
GROUPS6: Final = Member(
    "mldr.mar",
    Items(
        Header(
            Member("record_type", U8, "Type of the record."),
            Member("aux_data_len", U8, "Length of the auxiliary data in 4-byte words."),
            Member("nb_sources", BE16, "Number of sources."),
            Member("multicast_address", IPV6, "Multicast group."),
        ),
        lambda head: (head[0], 20 + head[2] * 16 + head[1] * 4),
    ),
    "Group records; sources stay bytes.",
)
REPORT2: Final = Header(
    Member("reserved", Hex(">H"), "Reserved."), Member("mldr.nb_mcast_records", BE16, "Number of records."), rest=GROUPS6
)
TOO_BIG: Final = Header(Member("mtu", BE32, "MTU of the next hop."))
PARAMETER: Final = Header(Member("pointer", BE32, "Octet at fault."))
ECHO6: Final = Header(Member("echo.identifier", BE16, "Identifier."), Member("echo.sequence_number", BE16, "Sequence number."))
ROUTER: Final = Header(
    Member("nd.ra.cur_hop_limit", U8, "Hop limit for hosts."),
    bits("B", Part("nd.ra.flag", 0, 8), bit("nd.ra.flag.m", 7, "Managed."), bit("nd.ra.flag.o", 6, "Other configuration.")),
    Member("nd.ra.router_lifetime", BE16, "Seconds."),
    Member("nd.ra.reachable_time", BE32, "Milliseconds."),
    Member("nd.ra.retrans_timer", BE32, "Milliseconds."),
    rest=ND_OPTIONS,
)
ADVERTISED: Final = bits(
    ">I",
    Part("nd.na.flag", 0, 32, doc="Flags and reserved bits."),
    bit("nd.na.flag.r", 31, "Router."),
    bit("nd.na.flag.s", 30, "Solicited."),
    bit("nd.na.flag.o", 29, "Override."),
)
ICMPV6_BODIES: Final = {
    1: Header(RESERVED),
    2: TOO_BIG,
    3: Header(RESERVED),
    4: PARAMETER,
    128: ECHO6,
    129: ECHO6,
    130: QUERY,
    131: QUERY,
    132: QUERY,
    133: Header(RESERVED, rest=ND_OPTIONS),
    134: ROUTER,
    135: Header(RESERVED, Member("nd.ns.target_address", IPV6, "Target address."), rest=ND_OPTIONS),
    136: Header(ADVERTISED, Member("nd.na.target_address", IPV6, "Target address."), rest=ND_OPTIONS),
    137: Header(
        RESERVED,
        Member("nd.rd.target_address", IPV6, "Target address."),
        Member("rd.na.destination_address", IPV6, "Destination address."),
        rest=ND_OPTIONS,
    ),
    143: REPORT2,
}
MLD_QUERY: Final = 130
ICMPV6_HEAD: Final = Header(Member("type", Int("B", ICMPV6_TYPES), "Type."), Member("code", U8, "Code."), CHECKSUM)
ICMPV6: Final = Protocol(
    "icmpv6", "ICMPv6, with neighbour discovery and MLD.", ICMPV6_HEAD, *dict.fromkeys((*ICMPV6_BODIES.values(), QUERY2))
)

IGMP_TYPES: Final = {0x11: "membership query", 0x12: "v1 report", 0x16: "v2 report", 0x17: "leave group", 0x22: "v3 report"}
IGMP_START: Final = (Member("type", Int("B", IGMP_TYPES), "Type."), Member("max_resp", U8, "Maximum response code."), CHECKSUM)
GROUP: Final = Member("maddr", IPV4, "Multicast group.")
IGMP_HEAD: Final = Header(*IGMP_START, GROUP)
IGMP_QUERY3: Final = Header(
    *IGMP_START,
    GROUP,
    bits("B", bit("s", 3, "Suppress router processing."), Part("qrv", 0, 3, doc="Querier's robustness.")),
    Member("qqic", U8, "Querier's query interval code."),
    Member("num_src", BE16, "Number of sources."),
    rest=repeated("saddr", Header(Member("addr", IPV4, "Source.")), "Sources."),
)
GROUPS4: Final = Member(
    "group",
    Items(
        Header(
            Member("record_type", U8, "Type of the record."),
            Member("aux_data_len", U8, "Length of the auxiliary data in 4-byte words."),
            Member("num_src", BE16, "Number of sources."),
            GROUP,
        ),
        lambda head: (head[0], 8 + head[2] * 4 + head[1] * 4),
    ),
    "Group records; sources stay bytes.",
)
IGMP_REPORT3: Final = Header(
    *IGMP_START, Member("reserved", BE16, "Reserved."), Member("num_grp_recs", BE16, "Number of records."), rest=GROUPS4
)
IGMP: Final = Protocol("igmp", "IGMP.", IGMP_HEAD, IGMP_QUERY3, IGMP_REPORT3)

PROTOCOLS: Final = (ICMP, ICMPV6, IGMP)


def _body(walk: Walk, protocol: Protocol, head: Header, body: Header | None, start: int, end: int) -> int:
    """Add the layer: head, and the body if it is complete, with its rest if it has one. Returns where the layer ends."""
    nodes = head.nodes(walk.data, start)
    after = start + head.size
    if body is not None and after + body.size <= end:
        if body.rest is not DATA:
            nodes += walk.filled(body, after, end, walk.coming(protocol.name))
            after = end
        else:
            nodes += body.nodes(walk.data, after)
            after += body.size
    walk.layer(protocol, start, nodes)
    return after


def icmp(walk: Walk, start: int, end: int) -> Next | None:
    """An ICMP message."""
    head = walk.read(ICMP, ICMP_HEAD, start, end)
    if head is None:
        return None
    body = TOO_LONG if head[:2] == FRAGMENTATION_NEEDED else ICMP_BODIES.get(head[0])
    after = _body(walk, ICMP, ICMP_HEAD, body, start, end)
    if walk.whole and not walk.quoted:
        walk.verify("checksum", head[2], checksum.expected, walk.data[start:end], 2)
    if head[0] in ICMP_QUOTING:
        walk.quoted = True
        return Next("ethertype", 0x0800, after, end)
    return Next("none", 0, after, end)


def icmpv6(walk: Walk, start: int, end: int) -> Next | None:
    """An ICMPv6 message."""
    head = walk.read(ICMPV6, ICMPV6_HEAD, start, end)
    if head is None:
        return None
    body = ICMPV6_BODIES.get(head[0])
    if head[0] == MLD_QUERY and end - start >= ICMPV6_HEAD.size + QUERY2.size:
        body = QUERY2
    after = _body(walk, ICMPV6, ICMPV6_HEAD, body, start, end)
    if walk.whole and walk.pseudo and not walk.quoted:
        walk.verify("checksum", head[2], checksum.expected, walk.data[start:end], 2, walk.pseudo, ICMPV6_PROTO)
    if head[0] < 128 and body is not None:
        walk.quoted = True
        return Next("ethertype", 0x86DD, after, end)
    return Next("none", 0, after, end)


def igmp(walk: Walk, start: int, end: int) -> Next | None:
    """An IGMP message; a query that is long enough is version 3 (RFC 3376, 7.1)."""
    head = walk.read(IGMP, IGMP_HEAD, start, end)
    if head is None:
        return None
    header = IGMP_REPORT3 if head[0] == 0x22 else IGMP_QUERY3 if head[0] == 0x11 and end - start >= IGMP_QUERY3.size else IGMP_HEAD
    nodes = walk.filled(header, start, end, walk.coming("igmp")) if header is not IGMP_HEAD else IGMP_HEAD.nodes(walk.data, start)
    walk.layer(IGMP, start, nodes)
    if walk.whole and not walk.quoted:
        walk.verify("checksum", head[2], checksum.expected, walk.data[start:end], 2)
    return Next("none", 0, nodes[-1].offset + nodes[-1].length, end)
