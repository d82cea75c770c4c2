"""Hand-made outer headers from the far end of the tunnels scenario: what its Linux devices cannot send."""

from scapy.config import conf
from scapy.contrib.geneve import GENEVE, GeneveOptions
from scapy.contrib.mpls import MPLS
from scapy.contrib.nsh import NSH
from scapy.layers.inet import GRE, ICMP, IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.layers.vxlan import VXLAN
from scapy.packet import Packet
from scapy.sendrecv import send

OUTER = IP(src="172.16.0.2", dst="172.16.0.1")
OUTER6 = IPv6(src="fd00:ff::2", dst="fd00:ff::1")
LAYER3 = IP(src="172.16.0.3", dst="172.16.0.1")


def inner(number: int) -> Packet:
    """A frame inside a tunnel; the number tells it apart."""
    ether = Ether(src=f"02:00:00:00:20:{number:02x}", dst="02:00:00:00:00:01")
    return ether / IP(src=f"10.99.0.{number}", dst="10.1.0.1") / UDP(sport=number, dport=number) / b"inner"


def geneve(*options: tuple[int, int, bytes], **fields: int) -> Packet:
    """A Geneve header with options of (class, type, data)."""
    parts = [GeneveOptions(classid=number, type=kind, data=data) for number, kind, data in options]
    return OUTER / UDP(sport=33001, dport=6081) / GENEVE(vni=50, proto=0x6558, options=parts, **fields)


def gbp(vni: int, policy: int, flags: int) -> Packet:
    """VXLAN with a group policy."""
    return OUTER / UDP(sport=33000, dport=4790) / VXLAN(vni=vni, flags=0x88, gpid=policy, gpflags=flags)


def gpe(protocol: int) -> Packet:
    """VXLAN-GPE."""
    return OUTER / UDP(sport=33003, dport=4792) / VXLAN(flags=0x0C, vni=9, NextProtocol=protocol)


PACKETS = [
    gbp(70, 0x123, 0x08) / inner(1),
    gbp(71, 0x124, 0x40) / inner(2),
    geneve((0xFFFF, 1, b"\0\0\0\1")) / inner(3),
    geneve((0x102, 0x80, b"\1\2\3\4\5\6\7\x08"), (0xFFFF, 1, b"\0\0\0\2"), critical=1) / inner(4),
    geneve(oam=1) / inner(5),
    geneve((0x7777, 0x55, b"unknown!"), (0x102, 3, b"A" * 16)) / inner(6),
    OUTER6
    / UDP(sport=33002, dport=6082)
    / GENEVE(vni=66, proto=0x6558, options=[GeneveOptions(classid=0xFFFF, type=1, data=b"v6v6")])
    / inner(7),
    gpe(1) / IP(src="10.99.0.8", dst="10.1.0.1") / UDP(sport=8, dport=8),
    gpe(3) / inner(9),
    gpe(4) / NSH(mdtype=1, nextproto=3, spi=0x1234, si=200, context_header=b"0123456789abcdef") / inner(10),
    gpe(4) / NSH(mdtype=2, nextproto=3, spi=0x77, si=3, length=2) / inner(11),
    LAYER3 / GRE(proto=0x0800) / IP(src="10.99.0.12", dst="10.1.0.1") / ICMP(),
    LAYER3 / GRE(proto=0x86DD) / IPv6(src="fd00:99::1", dst="fd00:1::1") / UDP(sport=5, dport=5),
    LAYER3 / GRE(proto=0x8847) / MPLS(label=44, s=1) / IP(src="10.99.0.13", dst="10.1.0.1") / ICMP(),
    OUTER / UDP(sport=33004, dport=6635) / MPLS(label=45, s=1, ttl=60) / IP(src="10.99.0.14", dst="10.1.0.1") / ICMP(),
    IP(src="172.16.0.2", dst="172.16.0.1", tos=0xB9, ttl=17, flags="DF") / UDP(sport=33005, dport=4789) / VXLAN(flags=8, vni=7) / inner(15),
]

conf.verb = 0
for packet in PACKETS:
    send(packet)
