"""Compares the packet inside with tshark's reading of the same bytes: every common field, and by hand the few that Wireshark lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from struct import pack
from typing import Any

import pytest

from ovsdissect.frame import FrameField, fields_table, frame
from ovsdissect.grammar.wire import Bits
from ovsdissect.tree.node import Field, fields
from tests.frame.packets import CRAFTED, MAC1, MAC2, V4A, V4B, V6A, eth, ip, ipv6, tcp, tlv, udp
from tests.frame.test_layers import PACKETS
from tests.frame.tshark import ANSWERS, Said, wireshark_name

PARTS = 8
INDEX = re.compile(r"\[\d+\]|#\d+")
# fields that Wireshark shows otherwise: their values stand in BY_HAND
OTHERWISE = {
    "tcp.flags.res": "one truth value of three bits",
    "geneve.option.length": "the whole option's length",
    "nsh.mdtype": "with the four bits beside it",
    "nsh.metadata": "a field for each word",
    "igmp.group.data": "a field for each source",
    "igmp.max_resp": "the time that the code stands for",
    "icmpv6.mld.qqi": "the time that the code stands for",
    "icmpv6.opt.reserved": "not as a number",
    "icmp.unused": "a byte of it",
    "dhcp.option.type": "0 for the End option",
    "dhcp.option.ip.addr": "all addresses in one",
    "cfm.ccm.maid": "field by field",
    "cfm.itu": "field by field",
    "cfm.ccm.ma.ep.id": "without the upper three bits, which are 0 (IEEE 802.1ag, 21.6.4)",
    "llc.control": "in the other byte order",
    "lldp.tlv.chassis.id": "local ones as bytes",
    "gtp.ext_hdr": "field by field",
}
# field: packet of packets.py, path, value; the bytes stand there as the standard named there has them
BY_HAND: dict[str, tuple[str, str, Any]] = {
    "tcp.flags.res": ("tcp", "tcp.flags.res", 0),
    "geneve.option.length": ("geneve", "geneve.option[0].length", 4),
    "nsh.mdtype": ("nsh", "nsh.mdtype", 1),
    "nsh.metadata": ("nsh", "nsh.metadata", bytes(range(16))),
    "igmp.group.data": ("igmp v3 report", "igmp.group[0].data", V4A),
    "igmp.max_resp": ("igmp v3 query", "igmp.max_resp", 100),
    "icmpv6.mld.qqi": ("mld2 query", "icmpv6.mld.qqi", 125),
    "icmpv6.mldr.mar.data": ("mld2 report", "icmpv6.mldr.mar[0].data", V6A),
    "icmpv6.opt.reserved": ("router advertisement", "icmpv6.opt[2].reserved", 0),
    "icmpv6.opt.data": ("icmpv6 nonce", "icmpv6.opt[0].data", b"nonces"),
    "icmp.unused": ("icmp unreachable", "icmp.unused", "0x0"),
    "dhcp.option.type": ("dhcp", "dhcp.option[9].type", 255),
    "dhcp.option.ip.addr": ("dhcp", "dhcp.option[3].ip[1].addr", "9.9.9.9"),
    "dhcp.option.data": ("dhcp of a vendor", "dhcp.option[0].data", b"PXE"),
    "cfm.ccm.maid": ("cfm ccm", "cfm.ccm.maid", bytes(range(48))),
    "cfm.itu": ("cfm ccm", "cfm.itu", bytes(range(100, 116))),
    "cfm.ccm.ma.ep.id": ("cfm ccm", "cfm.ccm.ma.ep.id", 0x0506),
    "cfm.data": ("cfm linktrace", "cfm.data", MAC1 + MAC2),
    "cfm.tlv.data": ("cfm sender", "cfm.tlv[0].data", b"\0id"),
    "llc.control": ("llc numbered", "llc.control", "0x204"),
    "lldp.tlv.chassis.id": ("lldp local", "lldp.tlv[0].chassis.id", "chassis"),
    "lldp.tlv.data": ("lldp", "lldp.tlv[7].data", b"\0\5"),
    "lacp.tlv.data": ("lacp of another type", "lacp.tlv[0].data", b"abcd"),
    "ip.opt.data": ("ip record route", "ip.opt[0].data", b"\4" + V4A),
    "ipv6.hopopts.opt.data": ("ipv6 hop option of another type", "ipv6.hopopts.opt[0].data", b"abcd"),
    "ipv6.dstopts.opt.data": ("ipv6 destination option of another type", "ipv6.dstopts.opt[0].data", b"efgh"),
    "ipv6.dstopts.opt.router_alert": ("ipv6 destination router alert", "ipv6.dstopts.opt[0].router_alert", 2),
    "ipv6.dstopts.opt.jumbo": ("ipv6 destination jumbo", "ipv6.dstopts.opt[0].jumbo", 0x00010005),
    "tcp.options.data": ("tcp fast open", "tcp.options[0].data", b"cookie"),
    "sctp.chunk.data": ("sctp", "sctp.chunk[1].data", b"abc"),
    "erspan.platform": ("erspan iii", "erspan.platform", b"platform"),
    "dns.resp.data": ("dns mail", "dns.resp[0].data", b"\0\x0a\4mail\xc0\x0c"),
    "gtp.ext_hdr": ("gtp optional", "gtp.ext_hdr", b"\1\0\x09\0"),
    "eth.trailer": ("trailer", "eth.trailer", b"tail"),
}


@cache
def answers() -> dict[bytes, list[Said]]:
    """Of each packet the fields as tshark says them."""
    found: dict[bytes, list[Said]] = {}
    for line in ANSWERS.read_text(encoding="utf-8").splitlines()[1:]:
        name, *rest = line.split("\t")
        if name == "packet":
            said = found[bytes.fromhex(rest[0])] = []
        else:
            said.append(Said(name, int(rest[0]), int(rest[1]), rest[2], rest[3]))
    return found


def ours(packet: bytes) -> Iterator[tuple[str, Field]]:
    """The fields of a packet that are one value, under their names without indexes."""
    for layer in frame(packet, 0, len(packet)).layers:
        for path, field in fields(layer, layer.name):
            if field.node.wire.kind not in ("struct", "list", "pad", "undecoded") and not (
                isinstance(field.node.wire, Bits) and field.part is None
            ):
                yield INDEX.sub("", path), field


def agree(field: Field, said: Said, name: str) -> bool:
    """Whether a value is what tshark shows."""
    value: Any = field.value
    show = said.show
    if isinstance(value, bool):
        return show in (("1", "True") if value else ("0", "False"))
    if isinstance(value, str) and re.fullmatch("0x[0-9a-f]+", value):
        value = int(value, 16)
    if isinstance(value, int):
        if name in ("stp.msg_age", "stp.max_age", "stp.hello", "stp.forward"):
            return float(show) == value / 256
        if re.fullmatch(r"\d+|0x[0-9a-fA-F]+", show):
            return int(show, 0) == value
        return not field.part and int(said.hexed or "0", 16) == value  # shown as dotted text, or as bytes
    if isinstance(value, bytes):
        return said.hexed == value.hex()
    if name.startswith("dns.") and field.node.wire.kind == "text":
        return show == value or not show.isascii() or "\\" in value  # tshark shows other bytes than letters in ways of its own
    if field.node.wire.kind == "text":
        return (
            value.encode() == bytes.fromhex(said.hexed).split(b"\0")[0] or not value.isascii() or not value.isprintable() or "\\x" in value
        )
    if name.endswith("oui"):
        return show in (value, str(int(value.replace(":", ""), 16)))
    return show == value


def beside(name: str, field: Field, said: list[Said]) -> list[Said]:
    """What tshark says under the same name of the same bytes."""
    wanted = wireshark_name(name)
    end = field.offset + max(field.length, 1)
    return [] if name in OTHERWISE else [one for one in said if one.name == wanted and field.offset <= one.offset < end]


@pytest.mark.parametrize("number", range(PARTS))
def test_values_are_tsharks(number: int) -> None:
    """Whatever both name at the same bytes has the same value."""
    for packet, said in list(answers().items())[number::PARTS]:
        for name, field in ours(packet):
            theirs = beside(name, field, said)
            assert not theirs or any(agree(field, one, name) for one in theirs), (packet.hex(), name, field.value, theirs)


@cache
def checked() -> dict[str, set[str]]:
    """The values of each field that tshark had an answer for."""
    found: dict[str, set[str]] = {}
    for packet, said in answers().items():
        for name, field in ours(packet):
            if beside(name, field, said):
                found.setdefault(name, set()).add(str(field.value))
    return found


@pytest.mark.parametrize("name", BY_HAND)
def test_values_that_wireshark_has_not(name: str) -> None:
    packet, path, value = BY_HAND[name]
    found = {
        path: field.value for layer in frame(CRAFTED[packet], 0, len(CRAFTED[packet])).layers for path, field in fields(layer, layer.name)
    }
    assert found[path] == value
    assert INDEX.sub("", path) == name


def single(field: FrameField) -> bool:
    """Whether a field is one value, and no alias."""
    return not field.stands_for and field.wire.kind not in ("struct", "list", "array")


def test_no_field_is_without_a_value_of_another_origin() -> None:
    """tshark's, or bytes written out from a standard: a new field needs one of them."""
    names = {field.name for field in fields_table() if single(field)}
    assert names - set(checked()) - set(BY_HAND) == set()
    assert set(BY_HAND) <= names


def test_bits_were_seen_set_and_clear() -> None:
    """A bit that is always clear could be any: each was told by tshark both ways."""
    bits = {field.name for field in fields_table() if single(field) and field.part is not None and field.part.kind == "bool"}
    assert {name for name in bits if checked()[name] != {"True", "False"}} == set()


GOOD = [
    (name, checksum.path)
    for name, (packet, *_rest) in PACKETS.items()
    if name != "ah"
    for checksum in frame(packet, 0, len(packet), path="").checksums
]


@pytest.mark.parametrize(("name", "path"), GOOD)
def test_a_checksum_is_bad_when_a_bit_is_turned(name: str, path: str) -> None:
    """scapy filled them in: what it wrote is expected, and one other bit of it makes it a bad one."""
    packet = PACKETS[name][0]
    field = dict(one for layer in frame(packet, 0, len(packet)).layers for one in fields(layer, layer.name))[path]
    written = int.from_bytes(packet[field.offset : field.offset + field.length], "big")
    turned = bytearray(packet)
    turned[field.offset + field.length - 1] ^= 1
    for data, value in ((packet, written), (bytes(turned), written ^ 1)):
        (told,) = (one for one in frame(data, 0, len(data), path="").checksums if one.path == path)
        assert (told.value, told.expected, told.good) == (value, written, value == written)


def test_checksums_of_every_transport_are_verified() -> None:
    """Each where another program wrote it; a datagram of UDP without one has none."""
    assert {INDEX.sub("", path) for _name, path in GOOD} == {
        f"{name}.checksum" for name in ("ip", "tcp", "udp", "icmp", "icmpv6", "igmp", "sctp", "gre")
    }
    packet = CRAFTED["udp"]
    assert [one.path for one in frame(packet, 0, len(packet), path="").checksums] == ["ip.checksum"]


# slices whose value decides what the packet is: the values that tshark reads are those of one version, or of short headers
FIXED = {
    *("ip.version", "ipv6.version", "erspan.version", "gtp.flags", "gtp.flags.version", "gtp.flags.payload"),
    *("ip.hdr_len", "geneve.opt_len", "geneve.option.length", "nsh.length", "nsh.mdtype", "lldp.tlv.len", "tcp.flags.res", "tcp.flags.ae"),
}


def test_a_slice_of_bits_differs_from_its_neighbours() -> None:
    """tshark told values of it that are others one bit up, one bit down, and with a bit less at either end."""
    sliced = {field.name: field.part for field in fields_table() if single(field) and field.part is not None}
    seen: dict[str, set[str]] = {name: set() for name in sliced}
    for packet, said in answers().items():
        for name, field in ours(packet):
            part = field.part
            if part is None or name not in seen or not beside(name, field, said):
                continue
            raw = field.node.raw
            value = raw >> part.shift & part.mask
            others = {"up": raw >> part.shift + 1, "down": raw >> part.shift - 1 if part.shift else ~value}
            seen[name] |= {way for way, other in others.items() if other & part.mask != value}
            seen[name] |= {end for end, bit in (("low", 1), ("high", part.mask + 1 >> 1)) if value & bit}
    assert {name for name, ways in seen.items() if len(ways) < 4} == FIXED


# by hand, from RFC 9293 (with RFC 9768's AE), IEEE 802.1AB, RFC 8926 and RFC 8300
LONG_LLDP = eth(0x88CC, tlv(1, b"\x07c") + tlv(2, b"\x07p") + tlv(3, b"\0\1") + tlv(6, b"d" * 300) + tlv(0, b""))
LONG_GENEVE = udp(6081, pack(">BBHI", 34, 0, 0x6558, 0x100) + (pack(">HBB", 1, 2, 16) + bytes(64)) * 2 + eth(0x88B5, b"inside"))
LONG_NSH = eth(0x894F, pack(">HBBI", 0x0FE2, 2, 3, 0x100) + bytes(34 * 4 - 8) + eth(0x88B5, b"inside"))


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (tcp(0x100), {"tcp.flags.ae": True, "tcp.flags.cwr": False, "tcp.flags.res": 0}),
        (tcp(0x080), {"tcp.flags.ae": False, "tcp.flags.cwr": True, "tcp.flags.res": 0}),
        (tcp(0xE00), {"tcp.flags.ae": False, "tcp.flags.res": 7}),
        (LONG_LLDP, {"lldp.tlv[3].len": 300, "lldp.tlv[3].system.desc": "d" * 300, "lldp.tlv[4].type": 0}),
        (LONG_GENEVE, {"geneve.opt_len": 136, "geneve.option[1].length": 64, "eth#2.type": 0x88B5}),
        (LONG_NSH, {"nsh.length": 34, "nsh.mdtype": 2, "eth#2.type": 0x88B5}),
        # 3GPP TS 29.281, 5.1: any of E, S and PN brings all four bytes of them
        (udp(2152, pack(">BBHIHBB", 0x31, 255, 24, 6, 0, 9, 0) + ip(6, b"")[14:]), {"gtp.npdu_number": 9, "ip#2.proto": 6}),
        (udp(2152, pack(">BBHIHBB", 0x32, 255, 24, 6, 7, 0, 0) + ip(6, b"")[14:]), {"gtp.seq_number": 7, "ip#2.proto": 6}),
        # RFC 1661, 6.5: a protocol whose first byte is odd stands in one byte
        (eth(0x8864, pack(">BBHHB", 0x11, 0, 9, 21, 0x21) + ip(6, b"")[14:]), {"ppp.protocol": 0x21, "ip.proto": 6}),
        (eth(0x8864, pack(">BBHHH", 0x11, 0, 9, 22, 0x0021) + ip(6, b"")[14:]), {"ppp.protocol": 0x21, "ip.proto": 6}),
    ],
)
def test_lengths_and_bits_by_hand(packet: bytes, expected: dict[str, Any]) -> None:
    dissected = frame(packet, 0, len(packet))
    found = {path: field.value for layer in dissected.layers for path, field in fields(layer, layer.name)}
    assert {path: found.get(path) for path in expected} == expected


def verified(packet: bytes) -> dict[str, tuple[int, int]]:
    """The checksums of a packet: what is there, and what should be."""
    return {one.path: (one.value, one.expected) for one in frame(packet, 0, len(packet), path="").checksums}


def test_a_sum_of_0_is_sent_as_all_ones() -> None:
    """RFC 768: the pseudo-header, the ports and the data add up to 0xffff, of which the complement is 0."""
    pseudo = V4A + V4B + bytes((0, 17, 0, 10))
    words = pseudo + pack(">HHHH", 1, 2, 10, 0)
    total = sum(int.from_bytes(words[at : at + 2], "big") for at in range(0, len(words), 2))
    missing = 0xFFFF - (total & 0xFFFF) - (total >> 16)
    packet = ip(17, pack(">HHHHH", 1, 2, 10, 0xFFFF, missing))
    assert verified(packet)["udp.checksum"] == (0xFFFF, 0xFFFF)


def test_checksums_that_cannot_be_verified() -> None:
    """Of a part of a datagram, and where the last address of a route is the one that counts."""
    datagram = pack(">HHHH", 1, 2, 8, 0x1234)
    whole = ipv6(44, pack(">BBHI", 17, 0, 0x0000, 7) + datagram)
    assert "udp.checksum" in verified(whole)
    for fragment in (0x0001, 0x0008, 0x0009):  # RFC 8200, 4.5: the offset in the upper 13 bits, M in the lowest
        assert "udp.checksum" not in verified(ipv6(44, pack(">BBHI", 17, 0, fragment, 7) + datagram))
    assert "udp.checksum" in verified(ipv6(44, pack(">BBHI", 17, 0, 0x0006, 7) + datagram))  # reserved bits say nothing
    for flags, there in ((0x0000, True), (0x4000, True), (0x2000, False), (0x0001, False)):  # RFC 791: MF, the offset
        assert ("udp.checksum" in verified(ip(17, datagram, flags=flags))) is there
    for kind in (131, 137):  # loose and strict source route
        assert "udp.checksum" not in verified(ip(17, datagram, options=bytes((kind, 7, 4)) + V4A + b"\0"))
    assert "udp.checksum" in verified(ip(17, datagram, options=b"\x07\x07\x04" + V4A + b"\0"))  # a record of the route
    assert "udp.checksum" in verified(ipv6(43, b"\x11\x02\x00\x00" + bytes(4) + V6A + datagram))
    assert "udp.checksum" not in verified(ipv6(43, b"\x11\x02\x00\x01" + bytes(4) + V6A + datagram))  # a segment is left
