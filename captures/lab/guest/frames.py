"""Hand-made Ethernet frames out of an interface.

frames.py IFACE sample IPV4 IPV4 IPV6 IPV6 MAC       about 35 kinds of frame; source and destination addresses, destination MAC
frames.py IFACE send EXPRESSION [TIMES]              a frame or a list of them as a Python expression in scapy's names, where
                                                     M is the interface's MAC, BC the broadcast address, E(...) an Ethernet header
"""

import sys
import time
from collections.abc import Iterable

import scapy.all
from scapy.contrib.igmp import IGMP
from scapy.contrib.mpls import MPLS
from scapy.contrib.nsh import NSH
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import GRE, ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (
    ICMPv6DestUnreach,
    ICMPv6EchoRequest,
    ICMPv6MLDMultAddrRec,
    ICMPv6MLReport2,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6ND_RS,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptPrefixInfo,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
    IPv6ExtHdrHopByHop,
    RouterAlert,
)
from scapy.layers.l2 import ARP, LLC, Dot3, Ether
from scapy.layers.sctp import SCTP, SCTPChunkInit
from scapy.packet import Packet

BROADCAST = "ff:ff:ff:ff:ff:ff"
LLDP = bytes.fromhex("02070402000000000104020570060200780000")


def sample(mac: str, src4: str, dst4: str, src6: str, dst6: str, peer: str) -> list[Packet]:
    """One frame of each kind that Open vSwitch tells apart."""
    ether = Ether(src=mac, dst=peer)
    ip, ip6 = IP(src=src4, dst=dst4), IPv6(src=src6, dst=dst6)
    everybody = Ether(src=mac, dst=BROADCAST)
    all_nodes = Ether(src=mac, dst="33:33:00:00:00:01") / IPv6(src="fe80::1", dst="ff02::1", hlim=255)
    report = ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(dst="ff02::1:3")])
    return [
        ether / ip / SCTP(sport=3868, dport=3869) / SCTPChunkInit(init_tag=1),
        ether / ip6 / SCTP(sport=3868, dport=3870) / SCTPChunkInit(init_tag=1),
        ether / ip / ICMP(type=13),
        ether / ip / ICMP(type=3, code=4) / IP(src=dst4, dst=src4) / UDP(),
        ether / ip6 / ICMPv6EchoRequest(data=b"x" * 40),
        ether / ip6 / ICMPv6DestUnreach(code=4) / IPv6(src=dst6, dst=src6) / UDP(),
        ether / ip / GRE() / IP(),
        ether / ip / b"proto",
        ether / IP(src=src4, dst=dst4, proto=89) / b"ospf-ish",
        ether / IP(src=src4, dst=dst4, tos=0xB8, ttl=1) / UDP(sport=5060, dport=5061) / b"sip",
        ether / IPv6(src=src6, dst=dst6, tc=0xB8, fl=0x12345, hlim=3) / UDP(sport=1, dport=2),
        ether / ip / TCP(sport=4000, dport=80, flags="S"),
        ether / ip / TCP(sport=4000, dport=80, flags="FPU"),
        ether / ip / TCP(sport=4001, dport=81, flags=0x1FF),
        everybody / ARP(op=1, hwsrc=mac, psrc=src4, pdst=dst4),
        everybody / ARP(op=3, hwsrc=mac, psrc="0.0.0.0", pdst="0.0.0.0"),
        Ether(src=mac, dst=BROADCAST, type=0x8035) / ARP(op=3, hwsrc=mac),
        everybody / ARP(op=1, hwsrc=mac, psrc=src4, pdst=src4),
        Ether(src=mac, dst="01:00:5e:00:00:fb") / IP(src=src4, dst="224.0.0.251", ttl=255) / UDP(sport=5353, dport=5353) / b"mdns",
        everybody
        / IP(src="0.0.0.0", dst="255.255.255.255")
        / UDP(sport=68, dport=67)
        / BOOTP(chaddr=b"abcdef")
        / DHCP(options=[("message-type", "discover"), "end"]),
        Ether(src=mac, dst=peer, type=0x88B5) / (b"local experimental" * 3),
        Ether(src=mac, dst=peer, type=0x0C) / b"\xaa\xaa\x03\x00\x00\x00\x12\x34snap",
        Dot3(src=mac, dst="01:00:0c:cc:cc:cc") / LLC(dsap=0x42, ssap=0x42, ctrl=3) / b"llc",
        Ether(src=mac, dst="01:80:c2:00:00:0e", type=0x88CC) / LLDP,
        Ether(src=mac, dst="33:33:00:00:00:16")
        / IPv6(src="fe80::1", dst="ff02::16", hlim=1)
        / IPv6ExtHdrHopByHop(options=[RouterAlert()])
        / report,
        Ether(src=mac, dst="33:33:ff:00:00:02")
        / IPv6(src=src6, dst="ff02::1:ff00:2", hlim=255)
        / ICMPv6ND_NS(tgt=dst6)
        / ICMPv6NDOptSrcLLAddr(lladdr=mac),
        all_nodes / ICMPv6ND_NA(tgt=src6, R=1, S=0, O=1) / ICMPv6NDOptDstLLAddr(lladdr=mac),
        all_nodes / ICMPv6ND_RA() / ICMPv6NDOptPrefixInfo(prefix="2001:db8::", prefixlen=64),
        Ether(src=mac, dst="33:33:00:00:00:02") / IPv6(src="fe80::1", dst="ff02::2", hlim=255) / ICMPv6ND_RS(),
        Ether(src=mac, dst="01:00:5e:01:02:03") / IP(src=src4, dst="239.1.2.3", ttl=1) / IGMP(type=0x16, gaddr="239.1.2.3"),
        Ether(src=mac, dst="01:00:5e:00:00:01") / IP(src=src4, dst="224.0.0.1", ttl=1) / IGMP(type=0x11, gaddr="0.0.0.0"),
        Ether(src=mac, dst="01:00:5e:00:00:02") / IP(src=src4, dst="224.0.0.2", ttl=1) / IGMP(type=0x17, gaddr="239.1.2.3"),
    ]


def evaluated(mac: str, expression: str) -> Iterable[Packet]:
    """The frames that an expression gives."""

    def ethernet(dst: str = "02:00:00:00:00:02", **fields: int) -> Packet:
        return Ether(src=mac, dst=dst, **fields)

    names = vars(scapy.all) | {"MPLS": MPLS, "NSH": NSH, "M": mac, "BC": BROADCAST, "E": ethernet}
    frames = eval(expression, names)
    return frames if isinstance(frames, list) else [frames]


def main(interface: str, what: str, *arguments: str) -> None:
    """Send."""
    scapy.all.conf.verb = 0
    mac = scapy.all.get_if_hwaddr(interface)
    if what == "sample":
        frames, times = sample(mac, *arguments), 1
    else:
        frames, times = evaluated(mac, arguments[0]), int(arguments[1]) if len(arguments) > 1 else 1
    socket = scapy.all.conf.L2socket(iface=interface)
    for frame in [*frames] * times:
        socket.send(frame)
        time.sleep(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:])
