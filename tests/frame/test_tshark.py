"""The packet inside against tshark's reading of the same bytes: every field that both have, and by hand the few that Wireshark lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from ovsdissect.frame import FrameField, fields_table, frame
from ovsdissect.grammar.wire import Bits
from ovsdissect.tree.node import Field, fields
from tests.frame.packets import CRAFTED, MAC1, MAC2, V4A, V6A
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
