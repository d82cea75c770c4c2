"""Protocols between bridges over Ethernet: LLDP, spanning tree, LACP and CFM."""

from __future__ import annotations

from typing import Any, Final

from ovsdissect.frame.layer import PADDING, Header, Items, Protocol, Tagged, bit, bits
from ovsdissect.frame.walk import Next, Walk
from ovsdissect.grammar.compound import Member
from ovsdissect.grammar.wire import BE16, BE32, BYTES, IPV4, MAC, TEXT, U8, Hex, Int, Octets, Pad, Part

# LLDP (IEEE 802.1AB)

LLDP_TYPES: Final = {
    0: "end",
    1: "chassis_id",
    2: "port_id",
    3: "ttl",
    4: "port_description",
    5: "system_name",
    6: "system_description",
    7: "capabilities",
    8: "management_address",
    127: "organization",
}
CHASSIS_SUBTYPES: Final = {1: "component", 2: "interface_alias", 3: "port", 4: "mac", 5: "network", 6: "interface_name", 7: "local"}
PORT_SUBTYPES: Final = {1: "interface_alias", 2: "port", 3: "mac", 4: "network", 5: "interface_name", 6: "circuit", 7: "local"}


def _identifiers(name: str, subtypes: dict[int, str], doc: str) -> Tagged:
    """A chassis or port id: an address, text or bytes, depending on its subtype."""
    subtype = Member(f"{name}.subtype", Int("B", subtypes), "Kind of identifier.")
    number = {word: subtype for subtype, word in subtypes.items()}
    words = Header(subtype, rest=Member(f"{name}.id", TEXT, doc))
    cases = {number[word]: words for word in ("interface_alias", "interface_name", "local")}
    cases[number["mac"]] = Header(subtype, Member(f"{name}.id.mac", MAC, doc))
    cases[number["network"]] = Header(
        subtype, Member(f"{name}.id.family", U8, "Address family, 1 for IPv4."), Member(f"{name}.id.ip4", IPV4, doc)
    )
    return Tagged(cases, Header(subtype, rest=Member(f"{name}.id", BYTES, doc)))


def _text(name: str, doc: str) -> Header:
    return Header(rest=Member(name, TEXT, doc))


LLDP_TLVS: Final = Member(
    "tlv",
    Items(
        Header(bits(">H", Part("type", 9, 7, doc="Type."), Part("len", 0, 9, doc="Length of the value."))),
        lambda head: (head[0] >> 9, 2 + (head[0] & 0x1FF)),
        {
            1: _identifiers("chassis", CHASSIS_SUBTYPES, "Chassis identifier."),
            2: _identifiers("port", PORT_SUBTYPES, "Port identifier."),
            3: Header(Member("time_to_live", BE16, "Seconds.")),
            4: _text("port.desc", "Port description."),
            5: _text("system.name", "System name."),
            6: _text("system.desc", "System description."),
            7: Header(Member("system.cap", Hex(">H"), "Capabilities."), Member("system.cap.enabled", Hex(">H"), "Enabled capabilities.")),
            127: Header(
                Member("orgtlv.oui", Octets("mac", 3, lambda raw: raw.hex(":")), "Organization."),
                Member("orgtlv.subtype", U8, "Its subtype."),
            ),
        },
    ),
    "Type-length-values up to the end.",
)
LLDP: Final = Protocol("lldp", "Link layer discovery.", LLDP_TLVS)

# Spanning tree (IEEE 802.1D, 802.1Q)

BPDU_TYPES: Final = {0x00: "configuration", 0x02: "rapid", 0x80: "topology change"}
BPDU: Final = (
    Member("protocol", BE16, "Protocol identifier, 0."),
    Member("version", U8, "0 STP, 2 RSTP, 3 MSTP."),
    Member("type", Int("B", BPDU_TYPES), "Type."),
)


def _bridge(name: str, doc: str) -> tuple[Member, Member]:
    """A bridge identifier: priority in steps of 4096, system id extension, address."""
    return (
        bits(">H", _Steps(f"{name}.prio", 12, 4, doc="Priority."), Part(f"{name}.ext", 0, 12, doc="System id extension.")),
        Member(f"{name}.hw", MAC, doc),
    )


class _Steps(Part):
    """The top bits of a priority, read as if its low bits were 0."""

    __slots__ = ()

    def of(self, raw: int) -> Any:
        """Return the priority."""
        return raw & self.mask << self.shift


CONFIGURATION: Final = Header(
    *BPDU,
    bits(
        "B",
        Part("flags", 0, 8, doc="Flags."),
        bit("flags.tcack", 7, "Topology change acknowledgment."),
        bit("flags.agreement", 6, "Agreement."),
        bit("flags.forwarding", 5, "Forwarding."),
        bit("flags.learning", 4, "Learning."),
        Part("flags.port_role", 2, 2, doc="1 alternate or backup, 2 root, 3 designated."),
        bit("flags.proposal", 1, "Proposal."),
        bit("flags.tc", 0, "Topology change."),
    ),
    *_bridge("root", "Root bridge."),
    Member("root.cost", BE32, "Cost of the path to the root."),
    *_bridge("bridge", "Sending bridge."),
    Member("port", Hex(">H"), "Sending port."),
    *(Member(name, BE16, "Time in 256ths of a second.") for name in ("msg_age", "max_age", "hello", "forward")),
)
RAPID: Final = Header(*CONFIGURATION.members, Member("version_1_length", U8, "Length of the version 1 part, 0."))
BPDU_HEAD: Final = Header(*BPDU)
STP: Final = Protocol("stp", "Spanning tree, STP and RSTP.", BPDU_HEAD, CONFIGURATION, RAPID)

# Slow protocols: LACP (IEEE 802.1AX)


def _info(role: str) -> Header:
    states = ("activity", "timeout", "aggregation", "synchronization", "collecting", "distributing", "defaulted", "expired")
    return Header(
        Member(f"{role}.sys_priority", BE16, "System priority."),
        Member(f"{role}.sysid", MAC, "System."),
        Member(f"{role}.key", BE16, "Key."),
        Member(f"{role}.port_priority", BE16, "Port priority."),
        Member(f"{role}.port", BE16, "Port."),
        bits("B", Part(f"{role}.state", 0, 8, doc="State."), *(bit(f"{role}.state.{name}", i) for i, name in enumerate(states))),
        Member(f"{role}.reserved", Pad(3)),
    )


SLOW_HEAD: Final = Header(Member("subtype", Int("B", {1: "lacp", 2: "marker", 3: "oam"}), "Subtype."))
SLOW: Final = Protocol("slow", "Slow protocols.", SLOW_HEAD)
LACP_HEAD: Final = Header(Member("version", U8, "Version."))
LACP_TLVS: Final = Member(
    "tlv",
    Items(
        Header(Member("type", Int("B", {0: "end", 1: "actor", 2: "partner", 3: "collector"}), "Type."), Member("length", U8, "Length.")),
        lambda head: (head[0], max(head[1], 2)),
        {1: _info("actor"), 2: _info("partner"), 3: Header(Member("collector.max_delay", BE16, "Tens of microseconds."), rest=PADDING)},
        last=0,
    ),
    "Actor, partner and collector information.",
)
LACP: Final = Protocol("lacp", "Link aggregation control.", LACP_HEAD, LACP_TLVS)

# CFM (IEEE 802.1ag)

CFM_OPCODES: Final = {1: "CCM", 2: "LBR", 3: "LBM", 4: "LTR", 5: "LTM"}
CFM_HEAD: Final = Header(
    bits("B", Part("md.level", 5, 3, doc="Maintenance domain level."), Part("version", 0, 5, doc="Version.")),
    Member("opcode", Int("B", CFM_OPCODES), "Operation."),
    bits("B", Part("flags", 0, 8, doc="Flags."), bit("flags.rdi", 7, "Remote defect."), Part("flags.interval", 0, 3, doc="Interval.")),
    Member("first.tlv.offset", U8, "Offset of the first TLV from here."),
)
CCM: Final = Header(
    Member("ccm.seq.num", BE32, "Sequence number."),
    Member("ccm.ma.ep.id", BE16, "Maintenance end point."),
    Member("ccm.maid", Octets("bytes", 48), "Maintenance association identifier."),
    Member("itu", Octets("bytes", 16), "Counters of ITU-T Y.1731."),
)
LOOPBACK: Final = Header(Member("lb.transaction.id", BE32, "Transaction."))
LINKTRACE: Final = Header(Member("lt.transaction.id", BE32, "Transaction."), Member("lt.ttl", U8, "Time to live."))
CFM_BODIES: Final = {1: CCM, 2: LOOPBACK, 3: LOOPBACK, 4: LINKTRACE, 5: LINKTRACE}
CFM_TLVS: Final = Member(
    "tlv",
    Items(
        Header(Member("type", U8, "Type."), Member("length", BE16, "Length of the value.")),
        lambda head: (head[0], 3 + head[1]),
        {2: Header(Member("port.status", U8, "1 blocked, 2 up.")), 4: Header(Member("interface.status", U8, "1 up, 2 down."))},
        bare=frozenset((0,)),
        last=0,
    ),
    "Type-length-values up to the end.",
)
CFM_BODY: Final = Member("data", BYTES, "Data before the TLVs.")
CFM: Final = Protocol("cfm", "Connectivity fault management.", CFM_HEAD, CCM, LOOPBACK, LINKTRACE, CFM_TLVS, CFM_BODY)

PROTOCOLS: Final = (LLDP, STP, SLOW, LACP, CFM)


def lldp(walk: Walk, start: int, end: int) -> Next | None:
    """Read LLDP: TLVs up to the end TLV, after which the frame's padding follows."""
    if start == end:
        walk.short("lldp", start, end, 2)
        return None
    data, stop = walk.data, start
    while stop + 2 <= end:
        head = int.from_bytes(data[stop : stop + 2], "big")
        stop += 2 + (head & 0x1FF)
        if not head >> 9:
            break
    else:
        stop = end
    stop = min(stop, end)
    walk.layer(LLDP, start, [walk.value(LLDP_TLVS, start, stop, f"{walk.coming('lldp')}.tlv")])
    walk.until("eth", "", stop, end)
    return None


def stp(walk: Walk, start: int, end: int) -> Next | None:
    """Read a spanning tree BPDU."""
    head = walk.read(STP, BPDU_HEAD, start, end)
    if head is None:
        return None
    header = {0: CONFIGURATION, 2: RAPID}.get(head[2], BPDU_HEAD)
    if walk.read(STP, header, start, end) is None:
        return None
    walk.layer(STP, start, header.nodes(walk.data, start))
    return Next("none", 0, start + header.size, end)


def slow(walk: Walk, start: int, end: int) -> Next | None:
    """Read the subtype of a slow protocol."""
    head = walk.read(SLOW, SLOW_HEAD, start, end)
    if head is None:
        return None
    walk.layer(SLOW, start, SLOW_HEAD.nodes(walk.data, start))
    return Next("slow.subtype", head[0], start + SLOW_HEAD.size, end)


def lacp(walk: Walk, start: int, end: int) -> Next | None:
    """Read LACP."""
    if walk.read(LACP, LACP_HEAD, start, end) is None:
        return None
    nodes, after = LACP_HEAD.nodes(walk.data, start), start + LACP_HEAD.size
    if after < end:
        nodes.append(walk.value(LACP_TLVS, after, end, f"{walk.coming('lacp')}.tlv"))
    walk.layer(LACP, start, nodes)
    return None


def cfm(walk: Walk, start: int, end: int) -> Next | None:
    """Read a CFM message; the first TLV's offset counts from the end of the common header."""
    head = walk.read(CFM, CFM_HEAD, start, end)
    if head is None:
        return None
    nodes, at = CFM_HEAD.nodes(walk.data, start), start + CFM_HEAD.size
    first = min(at + head[3], end)
    body = CFM_BODIES.get(head[1])
    if body is not None and at + body.size <= first:
        nodes += body.nodes(walk.data, at)
        at += body.size
    if at < first:
        nodes.append(walk.value(CFM_BODY, at, first, ""))
    if first < end:
        nodes.append(walk.value(CFM_TLVS, first, end, f"{walk.coming('cfm')}.tlv"))
    walk.layer(CFM, start, nodes)
    return None
