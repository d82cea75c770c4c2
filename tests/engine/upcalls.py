"""Pairs of a flow key and a packet, as in upcalls: recorded ones, and some made by hand that no capture has."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import ovsdissect
from ovsdissect.byteorder import ByteOrder
from ovsdissect.families import OVS_PACKET
from ovsdissect.families.flow_key import KEY
from tests import recorded
from tests.dissect.test_agreement import (
    AGREEING,
    ETHERNET,
    NO_MAC,
    NS,
    SRC,
    TCP_PORTS,
    UDP,
    UDP_PORTS,
    V6,
    Attributes,
    build,
    eth,
    ipv4,
    ipv6,
    nd,
    tcp,
    v4,
    v6,
    vlan,
)


class Pair(NamedTuple):
    """An upcall: the payloads of its KEY and PACKET, its host's byte order, whether it is ACTION."""

    key: bytes
    packet: bytes
    order: ByteOrder = "little"
    action: bool = False

    def twin(self) -> Pair:
        """The same of a host of the other byte order."""
        other: ByteOrder = "big" if self.order == "little" else "little"
        return self._replace(key=bytes(KEY.build(KEY.parse(self.key, byteorder=self.order), byteorder=other)), order=other)


@cache
def upcalls() -> tuple[tuple[Pair, bool], ...]:
    """Every upcall of the captures with a key and a packet; whether the tree has no problem with its message."""
    return tuple(found for name in recorded.ALL for found in _upcalls(name))


def _upcalls(name: str) -> Iterator[tuple[Pair, bool]]:
    with ovsdissect.open(recorded.path(name)) as capture:
        for message in capture:
            if message.declaration is OVS_PACKET and message.command and message.command.name in ("miss", "action") and message.attrs:
                key, packet = message.attrs.child("key"), message.attrs.child("packet")
                if key and packet:
                    pair = Pair(message.payload(key), message.payload(packet), message.byteorder, message.command.name == "action")
                    yield pair, not message.problems


def headers(proto: int, *parts: str | bytes) -> bytes:
    """An Ethernet frame of an IPv6 packet with these headers, the first of which is of this protocol."""
    return eth(0x86DD, ipv6(proto, b"".join(bytes.fromhex(part) if isinstance(part, str) else part for part in parts)))


def of_ipv6(proto: int, frag: str = "none", *more: tuple[str, Any]) -> Attributes:
    return [ETHERNET, ("ethertype", 0x86DD), v6(proto, frag), *more]


def of_ipv4(proto: int, *more: tuple[str, Any]) -> Attributes:
    return [ETHERNET, ("ethertype", 0x0800), v4(proto), *more]


def labels(*ends: int) -> list[dict[str, int]]:
    """MPLS labels, each with its bottom-of-stack bit."""
    return [{"label": 16 + number, "tc": 5, "bos": end, "ttl": 64} for number, end in enumerate(ends)]


def stack(*ends: int) -> bytes:
    return b"".join(struct.pack(">I", 16 + number << 12 | 5 << 9 | end << 8 | 64) for number, end in enumerate(ends))


HOPOPTS, DSTOPTS, ROUTING = "{}00010400000000", "{}010104000000000107000000000000", "{}00040000000000"
AUTH, FRAGMENT = "{}04000000000001000000020102030405060708090a0b0c", "{}00{}00000001"
ADVERTISEMENT = bytes.fromhex("8800000060000000") + V6[:16] + bytes.fromhex("05010000000005dc 0201020000000001 fe02") + bytes(14)
ICMP_ECHO = bytes.fromhex("0800000000010001")
SCTP = struct.pack(">HHII", 5, 9, 1, 0) + bytes.fromhex("0b000004")
OPTIONS = bytes.fromhex("46100024000100004084000094040000")  # an IPv4 header's first words and the last one: router alert
LLC = bytes.fromhex("424203")
SNAP = bytes.fromhex("aaaa030000000800")
NSH = bytes.fromhex("4fc6010300001234") + bytes(16) + eth(0x88B5, b"")
NSH_KEY = ("nsh", [("base", {"flags": 0, "ttl": 63, "mdtype": 1, "np": 3, "path_hdr": {"spi": 0x12, "si": 0x34}})])
PORTS = {"src": 5, "dst": 9}
ECHO = {"type": 8, "code": 0}

MADE: dict[str, tuple[Attributes, bytes]] = AGREEING | {
    "three labels": ([ETHERNET, ("ethertype", 0x8847), ("mpls", labels(0, 0, 1))], eth(0x8847, stack(0, 0, 1) + b"x")),
    "two of three labels": ([ETHERNET, ("ethertype", 0x8848), ("mpls", labels(0, 0))], eth(0x8848, stack(0, 0, 1) + b"x")),
    "labels without an end": ([ETHERNET, ("ethertype", 0x8847), ("mpls", labels(0))], eth(0x8847, stack(0, 0))),
    "all extension headers": (
        of_ipv6(6, "first", ("tcp", TCP_PORTS), ("tcp_flags", ["ack", "psh"])),
        headers(
            0, HOPOPTS.format("2b"), ROUTING.format("3c"), DSTOPTS.format("33"), AUTH.format("2c"), FRAGMENT.format("06", "0001"), tcp(16)
        ),
    ),
    "a malformed TCP header behind an extension": (of_ipv6(59), headers(0, HOPOPTS.format("06"), tcp(16)[:12] + b"\x40")),
    "an option header behind a later fragment": (of_ipv6(59, "first"), headers(44, FRAGMENT.format("00", "0ab9"), b"x" * 16)),
    "a later fragment that ends": (of_ipv6(44, "later"), headers(44, FRAGMENT.format("11", "0ab9"))),
    "gre": (of_ipv6(47), headers(47, "f0806558 00000000 00000001 00000002 00000003", eth(0x88B5, b""))),
    "igmp": (of_ipv6(2), headers(2, "16000000e0000001")),
    "esp": (of_ipv6(50), headers(60, DSTOPTS.format("32"), "0000000100000002")),
    "IPv4 in IPv6": (of_ipv6(4), headers(4, ipv4(17, UDP))),
    "IPv6 in IPv6": (of_ipv6(41), headers(41, ipv6(17, UDP))),
    "no next header": (of_ipv6(59), headers(59, b"")),
    "nothing behind the extension headers": (of_ipv6(17), headers(0, HOPOPTS.format("11"))),
    "a payload length of 0": (of_ipv6(17, "none", UDP_PORTS), eth(0x86DD, ipv6(17, b"") + UDP + b"more")),
    "a segment in IPv6": (of_ipv6(6, "none", ("tcp", TCP_PORTS), ("tcp_flags", ["syn"])), headers(6, tcp(2))),
    "advertisement": (of_ipv6(58, "none", ("icmpv6", {"type": 136, "code": 0}), nd("fd00::1", NO_MAC, SRC)), headers(58, ADVERTISEMENT)),
    "short solicitation": (of_ipv6(58, "none", ("icmpv6", {"type": 135, "code": 0}), nd("::", NO_MAC, NO_MAC)), headers(58, NS[:20])),
    "solicitation with a code": (
        of_ipv6(58, "none", ("icmpv6", {"type": 135, "code": 1}), nd("::", NO_MAC, NO_MAC)),
        headers(58, b"\x87\1" + NS[2:]),
    ),
    "no solicitation": (of_ipv6(58, "none", ("icmpv6", {"type": 128, "code": 0})), headers(58, "8000000000010001")),
    "ICMP in IPv6": (of_ipv6(1, "none", ("icmp", ECHO)), headers(1, ICMP_ECHO)),
    "ICMPv6 in IPv4": (of_ipv4(58, ("icmpv6", ECHO)), eth(0x0800, ipv4(58, ICMP_ECHO))),
    "short ICMP in a padded frame": (of_ipv4(1, ("icmp", ECHO)), eth(0x0800, ipv4(1, ICMP_ECHO[:4]) + bytes(22))),
    "options": (of_ipv4(132, ("sctp", PORTS)), eth(0x0800, OPTIONS[:12] + ipv4(0, b"")[12:] + OPTIONS[12:] + SCTP)),
    "a length of 0": (of_ipv4(17, UDP_PORTS), eth(0x0800, ipv4(17, UDP)[:2] + bytes(2) + ipv4(17, UDP)[4:])),
    "a length within the header": (of_ipv4(17, ("udp", PORTS)), eth(0x0800, ipv4(17, UDP)[:2] + b"\0\5" + ipv4(17, UDP)[4:])),
    "rarp": ([ETHERNET, ("ethertype", 0x8035), AGREEING["arp"][0][2]], eth(0x8035, AGREEING["arp"][1][14:])),
    "snap in a tag": (
        [ETHERNET, ("ethertype", 0x8100), vlan(5), ("encap", [("ethertype", 0x0800), v4(17), UDP_PORTS])],
        eth(0x8100, b"\0\5\0\x24" + SNAP + ipv4(17, UDP)),
    ),
    "a tag in snap": (
        [ETHERNET, ("ethertype", 0x8100), vlan(5), ("encap", [("ethertype", 0x0800), v4(17), UDP_PORTS])],
        eth(40, SNAP[:6] + b"\x81\0\0\5\x08\0" + ipv4(17, UDP)),
    ),
    "llc in a tag": ([ETHERNET, ("ethertype", 0x8100), vlan(5), ("encap", [])], eth(0x8100, bytes.fromhex("0005000542420300000000"))),
    "snap with a length": ([ETHERNET], eth(8, SNAP[:6] + b"\0\x10")),
    "snap of an organization": ([ETHERNET], eth(8, SNAP[:3] + b"\0\0\x0c\x08\0")),
    "a packet type": ([("packet_type", {"ns": 1, "id": 0x0800}), ("ethertype", 0x0806), v4(17), UDP_PORTS], ipv4(17, UDP)),
    "a packet type of Ethernet": ([("packet_type", {"ns": 0, "id": 0}), ("ethertype", 0x0800), v4(17), UDP_PORTS], ipv4(17, UDP)),
    "labels without Ethernet header": ([("ethertype", 0x8847), ("mpls", labels(0, 1))], stack(0, 1) + ipv4(17, UDP)),
    "a bridge's frame without Ethernet header": ([("ethertype", 0x6558), v4(17)], AGREEING["tcp"][1]),
    "nsh": ([ETHERNET, ("ethertype", 0x894F), NSH_KEY], eth(0x894F, NSH)),
    "nsh without Ethernet header": ([("ethertype", 0x894F), NSH_KEY], NSH),
    "nsh without base": ([("ethertype", 0x894F), ("nsh", [])], NSH),
    "a short frame": ([ETHERNET], b"\2"),
    "ethernet addresses alone": ([ETHERNET, ("ethertype", 0x88B5)], eth(0x88B5, b"")),
    "the smallest ethertype": ([ETHERNET, ("ethertype", 0x0600)], eth(0x0600, b"")),
    "the smallest ethertype in snap": ([ETHERNET, ("ethertype", 0x0600)], eth(8, SNAP[:6] + b"\6\0")),
    "the largest length": ([ETHERNET], eth(0x05FF, LLC)),
    "llc that the key names": ([ETHERNET, ("ethertype", 0x05FF)], eth(3, LLC)),
    "an ethertype alone, of IPv4": ([ETHERNET, ("ethertype", 0x0800)], eth(0x0800, ipv4(17, UDP))),
    "an ethertype alone, of IPv6": ([ETHERNET, ("ethertype", 0x86DD)], headers(17, UDP)),
    "an ethertype alone, of ARP": ([ETHERNET, ("ethertype", 0x0806)], AGREEING["arp"][1]),
    "a tag without encap": ([ETHERNET, ("ethertype", 0x8100), vlan(6)], AGREEING["vlan"][1]),
    "encap without a tag": ([ETHERNET, ("ethertype", 0x8100), ("encap", [("ethertype", 0x0806)])], AGREEING["vlan"][1]),
    "protocols alone": (of_ipv4(6), AGREEING["tcp"][1]),
    "ports without flags": (of_ipv4(6, ("tcp", TCP_PORTS)), AGREEING["tcp"][1]),
    "flags without ports": (of_ipv4(6, ("tcp_flags", ["rst"])), AGREEING["tcp"][1]),
    "all flags": (of_ipv4(6, ("tcp", TCP_PORTS), ("tcp_flags", ["ack", "ns"])), eth(0x0800, ipv4(6, tcp(0x110)))),
    "no icmpv6": (of_ipv6(58, "none", nd("::", SRC, SRC)), headers(58, NS)),
    "icmpv6 of another protocol": (of_ipv6(2, "none", ("icmpv6", ECHO)), headers(2, "16000000e0000001")),
    "the shortest authentication header": (of_ipv6(17, "none", UDP_PORTS), headers(51, "1100000000000001 00000002", UDP)),
    "a later fragment with the largest offset": (of_ipv6(44, "later"), headers(44, FRAGMENT.format("11", "8000"), b"x")),
    "reserved bits of a fragment": (of_ipv6(17, "first", UDP_PORTS), headers(44, FRAGMENT.format("11", "0006"), UDP)),
    "a later fragment, no next header": (of_ipv6(59, "later"), headers(44, FRAGMENT.format("00", "0ab9"), b"x")),
    "the largest ARP operation": (
        [ETHERNET, ("ethertype", 0x0806), ("arp", AGREEING["arp"][0][2][1] | {"op": 255})],
        AGREEING["arp"][1][:20] + b"\0\xff" + AGREEING["arp"][1][22:],
    ),
    "two target addresses": (
        of_ipv6(58, "none", ("icmpv6", {"type": 136, "code": 0}), nd("::", NO_MAC, NO_MAC)),
        headers(58, ADVERTISEMENT, "0201020000000002"),
    ),
    "nsh longer than the packet": ([ETHERNET, ("ethertype", 0x894F), NSH_KEY], eth(0x894F, b"\0\x22" + bytes(60))),
    "a long attribute": ([("tunnel_info", bytes(300)), ETHERNET, ("ethertype", 0x0800)], eth(0x0800, ipv4(17, UDP))),
}


# what is compared last before the packet ends
DIFFERING: dict[str, tuple[Attributes, bytes]] = {
    "llc": ([ETHERNET, ("ethertype", 0x0800)], eth(3, LLC)),
    "snap": ([ETHERNET, ("ethertype", 0x0806)], eth(8, SNAP)),
    "a tag": ([ETHERNET, ("ethertype", 0x8100), vlan(6), ("encap", [])], eth(0x8100, bytes.fromhex("00050800"))),
    "behind a tag": ([ETHERNET, ("ethertype", 0x8100), vlan(5), ("encap", [])], eth(0x8100, bytes.fromhex("00050800"))),
    "a label": ([ETHERNET, ("ethertype", 0x8847), ("mpls", labels(1))], eth(0x8847, bytes.fromhex("00011140"))),
    "nsh": ([ETHERNET, ("ethertype", 0x894F), NSH_KEY], eth(0x894F, bytes.fromhex("0fc2020300001234"))),
    "nsh with metadata": ([ETHERNET, ("ethertype", 0x894F), NSH_KEY], eth(0x894F, bytes.fromhex("0fc6010300001235") + bytes(16))),
    "arp": ([ETHERNET, ("ethertype", 0x0806), AGREEING["arp"][0][2]], AGREEING["arp"][1][:-1] + b"\3"),
    "IPv4": (of_ipv4(17), eth(0x0800, ipv4(17, b"")[:-1] + b"\3")),
    "IPv6": (of_ipv6(17), eth(0x86DD, ipv6(17, b"")[:-1] + b"\3")),
    "an extension header": (of_ipv6(6), headers(0, HOPOPTS.format("11"))),
    "a fragment header": (of_ipv6(44, "first"), headers(44, FRAGMENT.format("11", "0008"))),
    "udp": (of_ipv4(17, ("udp", {"src": 5, "dst": 8})), eth(0x0800, ipv4(17, UDP))),
    "sctp": (of_ipv4(132, ("sctp", {"src": 6, "dst": 9})), eth(0x0800, ipv4(132, SCTP[:12]))),
    "tcp": (of_ipv4(6, ("tcp", TCP_PORTS), ("tcp_flags", ["syn"])), eth(0x0800, ipv4(6, tcp(0x10)))),
    "icmp": (of_ipv4(1, ("icmp", {"type": 8, "code": 1})), eth(0x0800, ipv4(1, ICMP_ECHO))),
    "a link-layer address": (of_ipv6(58, "none", ("icmpv6", {"type": 135, "code": 0}), nd("fd00::2", NO_MAC, NO_MAC)), headers(58, NS)),
    "the option of a router solicitation": (
        of_ipv6(58, "none", ("icmpv6", {"type": 133, "code": 0}), nd("::", NO_MAC, NO_MAC)),
        headers(58, "8500000000000000 0101020000000001"),
    ),
    "a target": (of_ipv6(58, "none", ("icmpv6", {"type": 135, "code": 0}), nd("fd00::3", NO_MAC, NO_MAC)), headers(58, NS[:24])),
}


HOPS = HOPOPTS.format("00") * 30 + HOPOPTS.format("11")
TAGS: Attributes = [("ethertype", 0x8100)]
for _ in range(10):
    TAGS = [("ethertype", 0x8100), vlan(1), ("encap", TAGS)]

# where the tree finds no difference, and the engine does not look
UNTOLD: dict[str, tuple[Attributes, bytes]] = {
    "ten tags": ([ETHERNET, *TAGS], eth(0x8100, bytes.fromhex("00018100") * 10)),
    "forty labels": ([ETHERNET, ("ethertype", 0x8847), ("mpls", labels(0))], eth(0x8847, stack(*[0] * 40, 1))),
    "thirty extension headers": (of_ipv6(17, "none", UDP_PORTS), headers(0, HOPS, UDP)),
    "neighbour discovery of a router solicitation": (
        of_ipv6(58, "none", ("icmpv6", {"type": 133, "code": 0}), nd("::", SRC, NO_MAC)),
        headers(58, "8500000000000000 0101020000000001"),
    ),
    "a malformed header that keys have nothing of": (of_ipv6(59), headers(2, "16000000")),
}


def pairs(made: tuple[Attributes, bytes]) -> list[Pair]:
    """What was made by hand as an upcall: a MISS and an ACTION of a little-endian host, then of a big-endian one."""
    attributes, packet = made
    little = [Pair(build(attributes), packet, action=action) for action in (False, True)]
    return little + [pair.twin() for pair in little]
