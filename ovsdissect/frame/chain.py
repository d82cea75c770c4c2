"""The dissector tables, and the loop that follows them from layer to layer; every byte of the packet ends up in one leaf of one layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ovsdissect.frame import control, dns, icmp, link, network, services, session, transport, tunnel
from ovsdissect.frame.walk import Next, Walk
from ovsdissect.problem import ProblemKind

MAX_DEPTH: Final = 8  # packets inside packets
MAX_LAYERS: Final = 64  # labels and extension headers do not nest, but a packet can hold thousands

Dissector = Callable[[Walk, int, int], Next | None]

IP_PROTOCOLS: Final[dict[int, Dissector]] = {
    1: icmp.icmp,
    2: icmp.igmp,
    6: transport.tcp,
    17: transport.udp,
    47: tunnel.gre,
    50: network.esp,
    51: network.ah,
    58: icmp.icmpv6,
    132: transport.sctp,
}
UDP_PORTS: Final[dict[int, Dissector]] = {
    dns.PORT: dns.dns,
    67: services.dhcp,
    68: services.dhcp,
    2152: session.gtp,
    3784: services.bfd,
    4784: services.bfd,
    4789: tunnel.vxlan,
    4790: tunnel.gpe,
    5353: dns.local,
    5355: dns.link,
    6081: tunnel.geneve,
    6635: link.mpls,
}
EXTENSIONS: Final[dict[int, Dissector]] = {0: network.hopopts, 43: network.routing, 44: network.fraghdr, 60: network.dstopts}
TABLES: Final[dict[str, dict[int, Dissector]]] = {
    "link": {0: link.ethernet, 1: link.llc},
    "ethertype": {
        0x0800: network.ipv4,
        0x0806: link.arp,
        0x6558: link.ethernet,
        0x8035: link.arp,
        0x8100: link.vlan,
        0x86DD: network.ipv6,
        0x8809: control.slow,
        0x8847: link.mpls,
        0x8848: link.mpls,
        0x8863: session.discovery,
        0x8864: session.session,
        0x88A8: link.vlan,
        0x88BE: tunnel.erspan,
        0x22EB: tunnel.erspan,
        0x88CC: control.lldp,
        0x8902: control.cfm,
        0x894F: tunnel.nsh,
    },
    "llc.dsap": {0x42: control.stp},
    "slow.subtype": {1: control.lacp},
    "ip.proto": {4: network.ipv4, 41: network.ipv6, **IP_PROTOCOLS},
    "ipv6.nxt": {4: network.ipv4, 41: network.ipv6, **IP_PROTOCOLS, **EXTENSIONS},
    "tcp.port": {dns.PORT: dns.stream},
    "udp.port": UDP_PORTS,
    "ppp.protocol": {0x21: network.ipv4, 0x57: network.ipv6},
    "nextproto": {1: network.ipv4, 2: network.ipv6, 3: link.ethernet, 4: tunnel.nsh, 5: link.mpls},
}

PROTOCOLS: Final = (
    *link.PROTOCOLS,
    *network.PROTOCOLS,
    *transport.PROTOCOLS,
    *icmp.PROTOCOLS,
    *tunnel.PROTOCOLS,
    *control.PROTOCOLS,
    *services.PROTOCOLS,
    *dns.PROTOCOLS,
    *session.PROTOCOLS,
)


def layers(data: bytes, start: int, end: int, ethertype: int | None, cut: bool, path: str) -> Walk:
    """Return the finished walk over the packet data[start:end]."""
    walk = Walk(data, end, cut, path)
    following: Next | None = Next("link", 0, start, end) if ethertype is None else Next("ethertype", ethertype, start, end)
    while following is not None:
        table, number, start, end = following
        dissector = TABLES.get(table, {}).get(number)
        if dissector is None:
            walk.payload(start, end)
            break
        if len(walk.layers) >= MAX_LAYERS or walk.depth() > MAX_DEPTH:
            walk.problem(ProblemKind.DEPTH, path, start, end - start, f"more than {MAX_DEPTH} packets in packets or {MAX_LAYERS} layers")
            walk.payload(start, end)
            break
        following = dissector(walk, start, end)
    walk.trailers()
    return walk
