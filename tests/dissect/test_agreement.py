"""A key that is its packet's, one that is not, and what the kernel changes without saying anything false."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import pytest

from ovsdissect.dissect.agreement import disagreements, without_ethernet
from ovsdissect.dissect.quick_agreement import agrees
from ovsdissect.families.flow_key import KEY
from ovsdissect.frame import frame
from ovsdissect.grammar import AttrSet
from ovsdissect.grammar.attrs import Element
from ovsdissect.problem import Problem, ProblemKind
from ovsdissect.tree.node import Node
from ovsdissect.tree.tree import Tree
from tests.dissect.made import genl, single

SRC, DST = "02:00:00:00:00:01", "02:00:00:00:00:02"
MACS = bytes.fromhex("020000000002020000000001")
V6 = bytes.fromhex("fd000000000000000000000000000001fd000000000000000000000000000002")

Attributes = Sequence[tuple[str, Any]]


def build(attributes: Attributes) -> bytes:
    """A flow key; a nested list for encap and nsh."""

    def elements(attrs: AttrSet, pairs: Attributes) -> list[Element]:
        rows = []
        for name, value in pairs:
            row = attrs.by_name[name]
            rows.append(Element(row, 0, elements(row.wire, value) if isinstance(row.wire, AttrSet) else value))
        return rows

    return KEY.build(elements(KEY, attributes), byteorder="little")


def key_of(attributes: Attributes) -> Node:
    data = build(attributes)
    problems: list[Problem] = []
    node = Tree(data, "little", problems).value(KEY.rows[0], KEY, "key", 0, len(data), "attrs.key")
    assert problems == []
    return node


def differences(attributes: Attributes, packet: bytes, *, action: bool = False, cut: bool = False) -> list[str]:
    """The paths, below the key, of what disagrees."""
    key = key_of(attributes)
    found = disagreements(key, frame(packet, 0, len(packet), ethertype=without_ethernet(key)).layers, action=action, cut=cut)
    assert [problem for problem in found if problem.kind is not ProblemKind.DISAGREEMENT or not problem.text] == []
    assert not (found and agrees(key, packet)), "the quick comparison is sure of what the whole one denies"
    return [problem.path.removeprefix("attrs.key").lstrip(".") for problem in found]


def eth(kind: int, payload: bytes) -> bytes:
    return MACS + struct.pack(">H", kind) + payload


def ipv4(proto: int, payload: bytes, fragment: int = 0) -> bytes:
    addresses = bytes((10, 0, 0, 1, 10, 0, 0, 2))
    return struct.pack(">BBHHHBBH", 0x45, 16, 20 + len(payload), 1, fragment, 64, proto, 0) + addresses + payload


def ipv6(proto: int, payload: bytes) -> bytes:
    return struct.pack(">IHBB", 0x61000005, len(payload), proto, 255) + V6 + payload


def tcp(flags: int) -> bytes:
    return struct.pack(">HHIIHHHH", 1000, 80, 1, 0, 0x5000 | flags, 1024, 0, 0)


UDP = struct.pack(">HHHH", 5, 9, 8, 0)
ETHERNET = ("ethernet", {"src": SRC, "dst": DST})
TCP_PORTS = {"src": 1000, "dst": 80}
UDP_PORTS = ("udp", {"src": 5, "dst": 9})
NS = bytes.fromhex("8700000000000000") + V6[16:] + bytes.fromhex("0101020000000001")


def v4(proto: int, frag: str = "none", **others: Any) -> tuple[str, Any]:
    return ("ipv4", {"src": "10.0.0.1", "dst": "10.0.0.2", "proto": proto, "tos": 16, "ttl": 64, "frag": frag} | others)


def v6(proto: int, frag: str = "none", **others: Any) -> tuple[str, Any]:
    members = {"src": "fd00::1", "dst": "fd00::2", "label": 5, "proto": proto, "tclass": 16, "hlimit": 255, "frag": frag}
    return ("ipv6", members | others)


def vlan(vid: int, pcp: int = 0) -> tuple[str, Any]:
    return ("vlan", {"vid": vid, "pcp": pcp, "cfi": 1})


def nd(target: str, sll: str, tll: str) -> tuple[str, Any]:
    return ("nd", {"target": target, "sll": sll, "tll": tll})


ARP = ("arp", {"sip": "10.0.0.1", "tip": "10.0.0.2", "op": 1, "sha": SRC, "tha": "00:00:00:00:00:00"})
ARP_PACKET = bytes.fromhex("0001080006040001") + MACS[6:] + bytes((10, 0, 0, 1)) + bytes(6) + bytes((10, 0, 0, 2))
NO_MAC = "00:00:00:00:00:00"

TCP_KEY: Attributes = [ETHERNET, ("ethertype", 0x0800), v4(6), ("tcp", TCP_PORTS), ("tcp_flags", ["syn", "ack"])]
TCP_PACKET = eth(0x0800, ipv4(6, tcp(0x12)))
TAGGED_KEY: Attributes = [ETHERNET, ("ethertype", 0x8100), vlan(5, 3), ("encap", [("ethertype", 0x0800), v4(17), UDP_PORTS])]
TAGGED_PACKET = eth(0x8100, bytes.fromhex("6005") + struct.pack(">H", 0x0800) + ipv4(17, UDP))
ND_KEY: Attributes = [ETHERNET, ("ethertype", 0x86DD), v6(58), ("icmpv6", {"type": 135, "code": 0}), nd("fd00::2", SRC, NO_MAC)]
ND_PACKET = eth(0x86DD, ipv6(58, NS))
MPLS_KEY: Attributes = [ETHERNET, ("ethertype", 0x8847), ("mpls", [{"label": 16, "tc": 0, "bos": 0, "ttl": 64}])]
MPLS_PACKET = eth(0x8847, bytes.fromhex("0001004000011140") + ipv4(17, UDP))
NSH_BASE = {"flags": 0, "ttl": 63, "mdtype": 1, "np": 3, "path_hdr": {"spi": 0x12, "si": 0x34}}
NSH_KEY: Attributes = [ETHERNET, ("ethertype", 0x894F), ("nsh", [("base", NSH_BASE)])]
NSH_PACKET = eth(0x894F, bytes.fromhex("0fc6010300001234") + bytes(16) + eth(0x88B5, b""))

AGREEING: dict[str, tuple[Attributes, bytes]] = {
    "tcp": (TCP_KEY, TCP_PACKET),
    "vlan": (TAGGED_KEY, TAGGED_PACKET),
    "nd": (ND_KEY, ND_PACKET),
    "arp": ([ETHERNET, ("ethertype", 0x0806), ARP], eth(0x0806, ARP_PACKET)),
    "mpls": (MPLS_KEY, MPLS_PACKET),
    "nsh": (NSH_KEY, NSH_PACKET),
    "the DEI bit": (TAGGED_KEY, TAGGED_PACKET[:14] + b"\x70" + TAGGED_PACKET[15:]),
    "llc": ([ETHERNET], eth(5, bytes.fromhex("4242030000"))),
    "snap": (
        [ETHERNET, ("ethertype", 0x0800), v4(17), UDP_PORTS],
        eth(36, bytes.fromhex("aaaa030000000800") + ipv4(17, UDP)),
    ),
    "a third tag": (
        [ETHERNET, ("ethertype", 0x88A8), vlan(1), ("encap", [("ethertype", 0x8100), vlan(2), ("encap", [("ethertype", 0x8100)])])],
        eth(0x88A8, bytes.fromhex("000181000002810000030800") + ipv4(17, UDP)),
    ),
    "a tag that the kernel does not know": ([ETHERNET, ("ethertype", 0x88A8)], eth(0x88A8, bytes.fromhex("00010800") + ipv4(17, UDP))),
    "a malformed IPv4 header": (
        [ETHERNET, ("ethertype", 0x0800), ("ipv4", {"src": "0.0.0.0", "dst": "0.0.0.0", "proto": 0, "tos": 0, "ttl": 0, "frag": "none"})],
        eth(0x0800, b"\x44" + ipv4(17, UDP)[1:]),
    ),
    "a later fragment": ([ETHERNET, ("ethertype", 0x0800), v4(17, "later")], eth(0x0800, ipv4(17, b"x" * 16, 185))),
    "a first fragment": ([ETHERNET, ("ethertype", 0x0800), v4(17, "first"), UDP_PORTS], eth(0x0800, ipv4(17, UDP, 0x2000))),
    "a later IPv6 fragment": (
        [ETHERNET, ("ethertype", 0x86DD), v6(44, "later")],
        eth(0x86DD, ipv6(44, bytes.fromhex("1100000900000001") + b"x" * 8)),
    ),
    "extension headers": (
        [ETHERNET, ("ethertype", 0x86DD), v6(17), UDP_PORTS],
        eth(0x86DD, ipv6(0, bytes.fromhex("3c000104000000001100010400000000") + UDP)),
    ),
    "an extension header that is cut": (
        [ETHERNET, ("ethertype", 0x86DD), v6(59)],
        eth(0x86DD, ipv6(0, bytes.fromhex("11090104"))),
    ),
    "flags of another segment": (
        [ETHERNET, ("ethertype", 0x0800), v4(6), ("tcp", TCP_PORTS), ("tcp_flags", ["fin", "psh", "ack", "cwr"])],
        eth(0x0800, ipv4(6, tcp(0x10))),
    ),
    "an ARP operation above 255": (
        [ETHERNET, ("ethertype", 0x0806), ("arp", ARP[1] | {"op": 0})],
        eth(0x0806, ARP_PACKET[:6] + b"\1\1" + ARP_PACKET[8:]),
    ),
    "an option that stands twice": (
        [ETHERNET, ("ethertype", 0x86DD), v6(58), ("icmpv6", {"type": 135, "code": 0}), nd("::", NO_MAC, NO_MAC)],
        eth(0x86DD, ipv6(58, NS + NS[-8:])),
    ),
    "no Ethernet header": ([("ethertype", 0x0800), v4(17), UDP_PORTS], ipv4(17, UDP)),
    "metadata only": ([("in_port", 3)], TCP_PACKET),
    "short ICMP": ([ETHERNET, ("ethertype", 0x0800), v4(1), ("icmp", {"type": 0, "code": 0})], eth(0x0800, ipv4(1, b"\x08\0\0\0"))),
}


@pytest.mark.parametrize("name", AGREEING)
def test_they_agree(name: str) -> None:
    attributes, packet = AGREEING[name]
    assert differences(attributes, packet) == []
    assert differences(attributes, packet, action=True) == []


def changed(attributes: Attributes, **others: Any) -> Attributes:
    """The key with other values for some of its attributes."""
    return [
        (name, value | others[name] if name in others and isinstance(value, dict) else others.get(name, value))
        for name, value in attributes
    ]


@pytest.mark.parametrize(
    ("attributes", "packet", "paths"),
    [
        (changed(TCP_KEY, ethernet={"src": DST}), TCP_PACKET, ["ethernet.src"]),
        (changed(TCP_KEY, ethertype=0x0806), TCP_PACKET, ["ethertype"]),
        (changed(TCP_KEY, ipv4={"src": "10.0.0.9", "ttl": 63}), TCP_PACKET, ["ipv4.src", "ipv4.ttl"]),
        (changed(TCP_KEY, ipv4={"proto": 17, "tos": 0}), TCP_PACKET, ["ipv4.proto", "ipv4.tos"]),
        (changed(TCP_KEY, ipv4={"frag": "first"}), TCP_PACKET, ["ipv4.frag"]),
        (changed(TCP_KEY, tcp={"dst": 81}), TCP_PACKET, ["tcp.dst"]),
        (changed(TCP_KEY, tcp_flags=["ack"]), TCP_PACKET, ["tcp_flags"]),
        (changed(TCP_KEY, tcp_flags=["syn", "ack", "rst"]), TCP_PACKET, ["tcp_flags"]),
        (changed(TAGGED_KEY, vlan={"vid": 6}), TAGGED_PACKET, ["vlan.vid"]),
        (changed(TAGGED_KEY, vlan={"pcp": 0}), TAGGED_PACKET, ["vlan.pcp"]),
        (TAGGED_KEY, eth(0x0800, ipv4(17, UDP)), ["ethertype"]),
        ([ETHERNET, ("ethertype", 0x0800), v4(17), UDP_PORTS], TAGGED_PACKET, ["ethertype"]),
        ([*TAGGED_KEY[:3], ("encap", [("ethertype", 0x0800), v4(17), ("udp", {"src": 5, "dst": 8})])], TAGGED_PACKET, ["encap.udp.dst"]),
        (changed(ND_KEY, ipv6={"label": 6, "hlimit": 1}), ND_PACKET, ["ipv6.label", "ipv6.hlimit"]),
        (changed(ND_KEY, icmpv6={"type": 136}), ND_PACKET, ["icmpv6.type"]),
        (changed(ND_KEY, nd={"target": "fd00::3"}), ND_PACKET, ["nd.target"]),
        (changed(ND_KEY, nd={"sll": DST, "tll": DST}), ND_PACKET, ["nd.sll", "nd.tll"]),
        ([ETHERNET, ("ethertype", 0x0806), ("arp", ARP[1] | {"op": 2, "tip": "10.0.0.3"})], eth(0x0806, ARP_PACKET), ["arp.op", "arp.tip"]),
        (changed(MPLS_KEY, mpls=[{"label": 17, "tc": 0, "bos": 0, "ttl": 64}]), MPLS_PACKET, ["mpls[0]"]),
        ([*NSH_KEY[:2], ("nsh", [("base", NSH_BASE | {"np": 1})])], NSH_PACKET, ["nsh.base.np"]),
        ([ETHERNET, ("ethertype", 0x0800)], eth(5, bytes.fromhex("4242030000")), ["ethertype"]),
        ([("ethertype", 0x0800), v4(17, src="1.1.1.1"), UDP_PORTS], ipv4(17, UDP), ["ipv4.src"]),
    ],
)
def test_they_disagree(attributes: Attributes, packet: bytes, paths: list[str]) -> None:
    assert differences(attributes, packet) == paths


def test_an_old_key_of_another_shape_is_no_disagreement_for_action() -> None:
    untagged: Attributes = [ETHERNET, ("ethertype", 0x0800), v4(17), UDP_PORTS]
    assert differences(untagged, TAGGED_PACKET, action=True) == []
    assert differences(untagged, MPLS_PACKET, action=True) == []
    assert differences(changed(TCP_KEY, ethernet={"src": NO_MAC, "dst": NO_MAC}), TCP_PACKET, action=True) == []
    assert differences(changed(TCP_KEY, tcp={"dst": 81}), TCP_PACKET, action=True) == ["tcp.dst"]


def test_a_problem_stands_at_the_key() -> None:
    attributes = changed(TCP_KEY, ipv4={"src": "10.0.0.9"})
    key = key_of(attributes)
    (problem,) = disagreements(key, frame(TCP_PACKET, 0, len(TCP_PACKET)).layers, path="attrs.key")
    assert build(attributes)[problem.offset : problem.offset + problem.length] == bytes((10, 0, 0, 9))
    assert problem.path == "attrs.key.ipv4.src"
    assert problem.text == "the key says 10.0.0.9, the packet's ip.src is 10.0.0.1"


@pytest.mark.parametrize("name", AGREEING)
def test_no_prefix_of_the_packet_disagrees(name: str) -> None:
    """A trunc() action cuts the packet of an upcall (OVS_PACKET_ATTR_LEN); its key is that of the whole one."""
    attributes, packet = AGREEING[name]
    assert {end: found for end in range(len(packet)) if (found := differences(attributes, packet[:end], cut=True))} == {}


def test_the_packet_of_a_message_may_be_cut() -> None:
    """OVS_PACKET_ATTR_LEN says how long it was: what is behind the cut was in the key's packet."""
    key, cut = dict(ND_KEY), ND_PACKET[: 14 + 40 + 24]
    for length, paths in ((len(ND_PACKET), []), (len(cut), ["attrs.key.nd.sll"])):
        (message,) = single(genl("ovs_packet", "action", {"packet": cut, "key": key, "len": length}))
        assert [problem.path for problem in message.problems] == paths


EVERYDAY = ("tcp", "vlan", "nd", "arp", "the DEI bit", "a later fragment", "a first fragment", "a later IPv6 fragment", "extension headers")


@pytest.mark.parametrize("name", EVERYDAY)
def test_the_quick_comparison_is_sure_of_everyday_packets(name: str) -> None:
    attributes, packet = AGREEING[name]
    assert agrees(key_of(attributes), packet)


@pytest.mark.parametrize("name", AGREEING)
def test_the_quick_comparison_denies_what_the_whole_one_denies(name: str) -> None:
    """With each byte of the packet changed in two ways, and every prefix: differences() asserts it."""
    attributes, packet = AGREEING[name]
    denied = 0
    for i in range(len(packet)):
        for bits in (0x01, 0xFF):
            changed_packet = bytearray(packet)
            changed_packet[i] ^= bits
            denied += bool(differences(attributes, bytes(changed_packet)))
        differences(attributes, packet[:i])
    assert denied or name == "metadata only"


def test_which_packets_have_no_ethernet_header() -> None:
    assert without_ethernet(None) is None
    assert without_ethernet(key_of(TCP_KEY)) is None
    assert without_ethernet(key_of([("in_port", 1)])) is None
    assert without_ethernet(key_of([("ethertype", 0x86DD)])) == 0x86DD
    assert without_ethernet(key_of([("packet_type", {"ns": 1, "id": 0x894F})])) == 0x894F
