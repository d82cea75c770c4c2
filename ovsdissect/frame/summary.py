"""A packet in one line, from its layers: "10.1.0.1 > 10.1.0.2 TCP 51234 > 80 SYN". Nested packets follow after a vertical bar."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Final

from ovsdissect.families.numbers import ARP_OPERATIONS, IP_PROTOCOLS
from ovsdissect.frame import control, dns, icmp, services, session, transport
from ovsdissect.frame.walk import part
from ovsdissect.grammar.address import ipv6_text
from ovsdissect.grammar.wire import IPV4, MAC
from ovsdissect.tree.node import Node

FLAGS: Final = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE")
KNOWN_FLAGS: Final = (1 << len(FLAGS)) - 1


@cache
def flag_words(bits: int) -> str:
    """The names of TCP flags."""
    return ",".join(name for i, name in enumerate(FLAGS) if bits >> i & 1) or "no flags"


def tcp_words(src: int, dst: int, flags: int) -> str:
    """A TCP segment."""
    return f"TCP {src} > {dst} {flag_words(flags & KNOWN_FLAGS)}"


def udp_words(src: int, dst: int) -> str:
    """A UDP datagram."""
    return f"UDP {src} > {dst}"


def echo_words(name: str, what: str, ident: int, seq: int) -> str:
    """An ICMP echo, of either version."""
    return f"{name} {what} id {ident} seq {seq}"


def arp_words(opcode: int, sha: bytes, spa: bytes, tpa: bytes) -> str:
    """An ARP message for Ethernet and IPv4."""
    if opcode == 1:
        return f"ARP announcement for {IPV4.value(tpa)}" if spa == tpa else f"ARP who-has {IPV4.value(tpa)} tell {IPV4.value(spa)}"
    return f"ARP {IPV4.value(spa)} is-at {MAC.value(sha)}" if opcode == 2 else f"ARP {ARP_OPERATIONS.get(opcode, f'operation {opcode}')}"


def _arp(layer: Node) -> str:
    sha, spa, tpa = (part(layer, name) for name in ("src.hw_mac", "src.proto_ipv4", "dst.proto_ipv4"))
    return f"ARP hardware type {part(layer, 'hw.type')}" if sha is None else arp_words(part(layer, "opcode"), sha, spa, tpa)


def _tcp(layer: Node) -> str:
    src, dst, flags = (part(layer, name) for name in ("srcport", "dstport", "flags"))
    return f"TCP {src} > {dst}" if flags is None else tcp_words(src, dst, flags)


def _sctp(layer: Node) -> str:
    chunks = layer.child("chunk")
    types = [part(chunk, "type") for chunk in chunks.children if chunk.children] if chunks else []
    words = ",".join(transport.CHUNK_TYPES.get(number, str(number)) for number in types)
    return f"SCTP {part(layer, 'srcport')} > {part(layer, 'dstport')} {words}".rstrip()


def _icmp(layer: Node) -> str:
    number, ident = part(layer, "type"), part(layer, "ident")
    what = icmp.ICMP_TYPES.get(number, f"type {number}")
    if ident is not None:
        return echo_words("ICMP", what, ident, part(layer, "seq"))
    mtu = part(layer, "mtu")
    if mtu is not None:
        return f"ICMP fragmentation needed (MTU {mtu})"
    return f"ICMP {what} code {part(layer, 'code')}" if number in icmp.ICMP_QUOTING else f"ICMP {what}"


def _icmpv6(layer: Node) -> str:
    number, ident = part(layer, "type"), part(layer, "echo.identifier")
    what = icmp.ICMPV6_TYPES.get(number, f"type {number}")
    if ident is not None:
        return echo_words("ICMPv6", what, ident, part(layer, "echo.sequence_number"))
    mtu = part(layer, "mtu")
    if mtu is not None:
        return f"ICMPv6 {what} (MTU {mtu})"
    for name in ("nd.ns.target_address", "nd.na.target_address", "nd.rd.target_address", "mld.multicast_address"):
        address = part(layer, name)
        if address is not None:
            return f"ICMPv6 {what} for {ipv6_text(address)}"
    groups = layer.child("mldr.mar")
    return f"ICMPv6 {what}" + (_groups(groups, "multicast_address", ipv6_text) if groups else "")


def _groups(groups: Node, name: str, text: Callable[[bytes], str]) -> str:
    addresses = [text(part(group, name)) for group in groups.children if group.child(name)]
    more = f" and {len(addresses) - 3} more" if len(addresses) > 3 else ""
    return " for " + ", ".join(addresses[:3]) + more if addresses else ""


def _igmp(layer: Node) -> str:
    number, groups, group = part(layer, "type"), layer.child("group"), part(layer, "maddr")
    words = f"IGMP {icmp.IGMP_TYPES.get(number, f'type {number}')}"
    if groups:
        return words + _groups(groups, "maddr", IPV4.value)
    return f"{words} for {IPV4.value(group)}" if group and any(group) else words


def _lldp(layer: Node) -> str:
    words = ["LLDP"]
    for tlv in layer.children[0].children:
        for name, key in (("chassis", "chassis.id"), ("port", "port.id"), ("system", "system.name")):
            for child in tlv.children:
                if child.name in (key, f"{key}.mac", f"{key}.ip4"):
                    value = child.value
                    words.append(f"{name} {value.hex() if isinstance(value, bytes) else value}")
    return " ".join(words)


def _stp(layer: Node) -> str:
    number = part(layer, "type")
    words = f"STP {control.BPDU_TYPES.get(number, f'type {number}')}"
    root = part(layer, "root.hw")
    if root is None:
        return words
    return f"{words} root {MAC.value(root)} bridge {MAC.value(part(layer, 'bridge.hw'))} port 0x{part(layer, 'port'):04x}"


def _lacp(layer: Node) -> str:
    words = ["LACP"]
    tlvs = layer.child("tlv")
    for tlv in tlvs.children if tlvs else ():
        for role in ("actor", "partner"):
            system = part(tlv, f"{role}.sysid")
            if system is not None:
                words.append(f"{role} {MAC.value(system)} port {part(tlv, f'{role}.port')}")
    return " ".join(words)


def _cfm(layer: Node) -> str:
    number, mep = part(layer, "opcode"), part(layer, "ccm.ma.ep.id")
    words = f"CFM {control.CFM_OPCODES.get(number, f'opcode {number}')} level {part(layer, 'md.level')}"
    return words if mep is None else f"{words} mep {mep} seq {part(layer, 'ccm.seq.num')}"


def _dhcp(layer: Node) -> str:
    options = layer.child("option")
    for option in options.children if options else ():
        number = part(option, "dhcp")
        if number is not None:
            return f"DHCP {services.DHCP_TYPES.get(number, f'type {number}')}"
    return "BOOTP " + ("request" if part(layer, "type") == 1 else "reply")


def _gre(layer: Node) -> str:
    key = part(layer, "key")
    return "GRE" if key is None else f"GRE key 0x{key:x}"


def _dns(layer: Node) -> str:
    flags = part(layer, "flags")
    opcode, rcode = flags >> 11 & 15, flags & 15
    form = next(form for form in dns.FORMS if form.protocol.row is layer.row)
    words = [form.word, "response" if flags >> 15 else dns.OPCODES.get(opcode, f"opcode {opcode}")]
    queries, records = layer.child("qry"), layer.child("resp")
    answers = records.children[: part(layer, "count.answers")] if records and flags >> 15 else ()
    asked = queries.children if queries else ()
    # answers of mDNS, and those of a zone after the first, come without a question
    words += [f"{dns.TYPES.get(part(item, 'type'), part(item, 'type'))} {item.children[0].value}" for item in (asked or answers)[:1]]
    if len(asked) > 1:
        words.append(f"and {len(asked) - 1} more")
    if flags >> 15 and rcode:
        return " ".join([*words, dns.RCODES.get(rcode, f"result {rcode}")])
    texts = [str(child.value) for item in answers for child in item.children if child.name in ANSWERS]
    if texts:
        words.append(", ".join(texts[:3]) + (f" and {len(texts) - 3} more" if len(texts) > 3 else ""))
    return " ".join(words)


ANSWERS: Final = frozenset(("a", "aaaa", *(member.name for member in dns.NAMES.values())))


def _gtp(layer: Node) -> str:
    message = part(layer, "message")
    what = "" if message == session.T_PDU else f"{session.GTP_MESSAGES.get(message, f'message {message}')} "
    return f"GTP-U {what}teid {part(layer, 'teid')}"


WORDS: Final[dict[str, Callable[[Node], str]]] = {
    "arp": _arp,
    "tcp": _tcp,
    "udp": lambda layer: udp_words(part(layer, "srcport"), part(layer, "dstport")),
    "sctp": _sctp,
    "icmp": _icmp,
    "icmpv6": _icmpv6,
    "igmp": _igmp,
    "esp": lambda layer: f"ESP spi 0x{part(layer, 'spi'):08x}",
    "lldp": _lldp,
    "stp": _stp,
    "slow": lambda layer: f"slow protocol subtype {part(layer, 'subtype')}",
    "lacp": _lacp,
    "cfm": _cfm,
    "bfd": lambda layer: f"BFD {services.BFD_STATES[part(layer, 'sta')]}",
    "dhcp": _dhcp,
    "dns": _dns,
    "gtp": _gtp,
    "vxlan": lambda layer: f"VXLAN vni {part(layer, 'vni')}",
    "geneve": lambda layer: f"Geneve vni {part(layer, 'vni')}",
    "gre": _gre,
    "erspan": lambda layer: f"ERSPAN session {part(layer, 'spanid')}",
    "nsh": lambda layer: f"NSH spi {part(layer, 'spi')} si {part(layer, 'si')}",
}


class _Packet:
    """One packet of the line: tags, addresses, and the words of the innermost layer so far."""

    def __init__(self) -> None:
        self.tags = self.addresses = self.body = self.other = self.note = ""

    def text(self) -> str:
        """The packet's words."""
        return self.tags + " ".join(word for word in (self.addresses, self.body or self.other, self.note) if word)


def protocol_words(number: int) -> str:
    """Return the words for an IP protocol of which nothing more is known."""
    name = IP_PROTOCOLS.get(number)
    return name.upper() if name else f"protocol {number}"


def words(layers: Iterable[Node]) -> str:
    """Return the summary of the layers of a frame."""
    packets = [_Packet()]
    for layer in layers:
        name, packet = layer.row.name, packets[-1]
        if name in ("eth", "ip", "ipv6") and (packet.addresses or packet.body):
            packet = _Packet()
            packets.append(packet)
        if name in WORDS:
            packet.body = WORDS[name](layer)
        elif name == "eth":
            number = part(layer, "type")
            packet.other = f"{MAC.value(part(layer, 'src'))} > {MAC.value(part(layer, 'dst'))} "
            packet.other += "LLC" if number is None else f"ethertype 0x{number:04x}"
        elif name == "llc":
            packet.body = f"LLC dsap 0x{part(layer, 'dsap'):02x}" if part(layer, "type") is None else ""
        elif name == "vlan":
            packet.tags += f"VLAN {part(layer, 'id')}, "
        elif name == "pppoe":
            code = part(layer, "code")
            if code:
                packet.body = f"PPPoE {session.PPPOE_CODES.get(code, f'code {code}')}"
            else:
                packet.tags += f"PPPoE session {part(layer, 'session_id')}, "
        elif name == "ppp":
            number = part(layer, "protocol")
            packet.other = f"PPP {session.PPP_PROTOCOLS.get(number, f'protocol 0x{number:04x}')}"
        elif name == "mpls":
            packet.tags += f"MPLS {part(layer, 'label')}, "
        elif name == "ip":
            packet.addresses = f"{IPV4.value(part(layer, 'src'))} > {IPV4.value(part(layer, 'dst'))}"
            _fragment(packet, part(layer, "proto"), part(layer, "frag_offset"), part(layer, "flags.mf"))
        elif name == "ipv6":
            packet.addresses = f"{ipv6_text(part(layer, 'src'))} > {ipv6_text(part(layer, 'dst'))}"
            packet.other = protocol_words(part(layer, "nxt"))
        elif name == "ipv6.fraghdr":
            _fragment(packet, part(layer, "nxt"), part(layer, "offset"), part(layer, "more"))
        elif name in ("ipv6.hopopts", "ipv6.dstopts", "ipv6.routing"):
            packet.other = protocol_words(part(layer, "nxt"))
        elif name == "ah":
            packet.other = protocol_words(part(layer, "next_header"))
        elif name == "undecoded":
            packet.note = f"{packet.note} malformed".lstrip()
    return " | ".join(text for text in (packet.text() for packet in packets) if text)


def _fragment(packet: _Packet, proto: int, words8: int, more: int) -> None:
    """Add what an IP packet's fragment fields say; the raw offset counts 8-byte words."""
    packet.other = protocol_words(proto)
    if words8:
        packet.other += f" fragment at {words8 * 8}"
    elif more:
        packet.note = "first fragment"
