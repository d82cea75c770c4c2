"""Which layer follows which, and words for numbers in packets, exported from ovsdissect.frame for the compiled summaries of packets."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from typing import Final

from ovsdissect.engine import listcodes
from ovsdissect.engine.tables import Tables
from ovsdissect.families.numbers import ARP_OPERATIONS, IP_PROTOCOLS
from ovsdissect.frame import chain, control, dns, icmp, link, network, services, session, transport, tunnel
from ovsdissect.frame.summary import FLAGS, protocol_words

DISSECTORS: Final[dict[Callable[..., object], int]] = {
    link.ethernet: listcodes.LAYER_ETHERNET,
    link.llc: listcodes.LAYER_LLC,
    link.vlan: listcodes.LAYER_VLAN,
    link.mpls: listcodes.LAYER_MPLS,
    link.arp: listcodes.LAYER_ARP,
    network.ipv4: listcodes.LAYER_IPV4,
    network.ipv6: listcodes.LAYER_IPV6,
    network.hopopts: listcodes.LAYER_OPTIONS,
    network.dstopts: listcodes.LAYER_OPTIONS,
    network.routing: listcodes.LAYER_ROUTING,
    network.fraghdr: listcodes.LAYER_FRAGMENT,
    network.ah: listcodes.LAYER_AH,
    network.esp: listcodes.LAYER_ESP,
    transport.tcp: listcodes.LAYER_TCP,
    transport.udp: listcodes.LAYER_UDP,
    transport.sctp: listcodes.LAYER_SCTP,
    icmp.icmp: listcodes.LAYER_ICMP,
    icmp.icmpv6: listcodes.LAYER_ICMPV6,
    icmp.igmp: listcodes.LAYER_IGMP,
    tunnel.vxlan: listcodes.LAYER_VXLAN,
    tunnel.gpe: listcodes.LAYER_GPE,
    tunnel.geneve: listcodes.LAYER_GENEVE,
    tunnel.gre: listcodes.LAYER_GRE,
    tunnel.erspan: listcodes.LAYER_ERSPAN,
    tunnel.nsh: listcodes.LAYER_NSH,
    control.lldp: listcodes.LAYER_LLDP,
    control.stp: listcodes.LAYER_STP,
    control.slow: listcodes.LAYER_SLOW,
    control.lacp: listcodes.LAYER_LACP,
    control.cfm: listcodes.LAYER_CFM,
    services.bfd: listcodes.LAYER_BFD,
    services.dhcp: listcodes.LAYER_DHCP,
    **dict.fromkeys(
        (dns.dns, dns.local, dns.link, dns.stream, session.gtp, session.discovery, session.session), listcodes.LAYER_TREE
    ),
}
AFTER: Final = {
    "ethertype": listcodes.AFTER_ETHERTYPE,
    "udp.port": listcodes.AFTER_UDP,
    "tcp.port": listcodes.AFTER_TCP,
    "ip.proto": listcodes.AFTER_IPV4,
    "ipv6.nxt": listcodes.AFTER_IPV6,
    "nextproto": listcodes.AFTER_NEXTPROTO,
    "llc.dsap": listcodes.AFTER_LLC,
    "slow.subtype": listcodes.AFTER_SLOW,
}
NAMES: Final[dict[int, Mapping[int, str]]] = {
    listcodes.WORDS_PROTOCOL: {number: protocol_words(number) for number in IP_PROTOCOLS},
    listcodes.WORDS_ICMP: icmp.ICMP_TYPES,
    listcodes.WORDS_ICMPV6: icmp.ICMPV6_TYPES,
    listcodes.WORDS_IGMP: icmp.IGMP_TYPES,
    listcodes.WORDS_CHUNK: transport.CHUNK_TYPES,
    listcodes.WORDS_BPDU: control.BPDU_TYPES,
    listcodes.WORDS_CFM: control.CFM_OPCODES,
    listcodes.WORDS_BFD: services.BFD_STATES,
    listcodes.WORDS_DHCP: services.DHCP_TYPES,
    listcodes.WORDS_ARP: ARP_OPERATIONS,
}
assert chain.MAX_LAYERS == listcodes.MOST_LAYERS


class PacketTables:
    """following: the layer after another one, by its table in `AFTER` and its number; 0: payload. words: [offset, length] of the word for a
    number, by table and number. flags: the same for the names of TCP flags.
    """

    def __init__(self, tables: Tables) -> None:
        self.depth = chain.MAX_DEPTH
        self.following = bytearray(listcodes.AFTER_END)
        for name, place in AFTER.items():
            for number, dissector in chain.TABLES[name].items():
                self.following[place + number] = DISSECTORS[dissector]
        self.words = array("i", bytes(4 * 2 * 256 * listcodes.WORDS_TABLES))
        for table, names in NAMES.items():
            for number, name in names.items():
                at = 2 * (256 * table + number)
                self.words[at], self.words[at + 1] = tables.text(name)
        self.flags = array("i", [place for name in FLAGS for place in tables.text(name)])
