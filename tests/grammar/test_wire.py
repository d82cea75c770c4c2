"""Wire types one by one: bytes in either order, the value that users see, and back; what cannot be built says why."""

from __future__ import annotations

from typing import Any

import pytest

from ovsdissect.families.cookies import USERDATA
from ovsdissect.families.flow_key import KEY, SET_MASKED, VLAN_TCI
from ovsdissect.families.ovs_packet import HASH
from ovsdissect.families.tunnel_key import ERSPAN_OPTS, GENEVE_OPTS, TUNNEL_KEY
from ovsdissect.grammar import Array, Attr, AttrSet, Masked, mask, masked
from ovsdissect.grammar.plain import from_plain, to_plain
from ovsdissect.grammar.wire import (
    BE16,
    BYTES,
    FLAG,
    HEX64,
    HEX_BE64,
    IPV4,
    IPV6,
    LABEL,
    MAC,
    S32,
    TEXT,
    U8,
    U16,
    U32,
    U64,
    UFID,
    Enum,
    Flags,
    MalformedError,
    Sized,
    Wire,
)

STATE = Flags("I", {1: "new", 2: "est", 0x20: "trk"})
KINDS = Enum("I", {1: "netdev", 2: "internal"})


@pytest.mark.parametrize(
    ("wire", "little", "big", "value"),
    [
        (U8, "07", "07", 7),
        (U16, "0100", "0001", 1),
        (U32, "01000000", "00000001", 1),
        (U64, "0100000000000000", "0000000000000001", 1),
        (S32, "feffffff", "fffffffe", -2),
        (BE16, "86dd", "86dd", 0x86DD),
        (HEX64, "efbeadde00000000", "00000000deadbeef", "0xdeadbeef"),
        (HEX_BE64, "0000000000000018", "0000000000000018", "0x18"),
        (LABEL, "01" + "00" * 15, "00" * 15 + "01", "0x1"),
        (UFID, "0100000002000000" + "03000000ff000000", "0000000100000002" + "00000003000000ff", "00000001-0000-0002-0000-0003000000ff"),
        (IPV4, "0a000001", "0a000001", "10.0.0.1"),
        (IPV6, "fe80" + "00" * 13 + "01", "fe80" + "00" * 13 + "01", "fe80::1"),
        (IPV6, "00" * 10 + "ffff0a000001", "00" * 10 + "ffff0a000001", "::ffff:10.0.0.1"),
        (MAC, "020000000001", "020000000001", "02:00:00:00:00:01"),
        (TEXT, "62723000", "62723000", "br0"),
        (FLAG, "", "", True),
        (BYTES, "0102", "0102", b"\1\2"),
        (KINDS, "02000000", "00000002", "internal"),
        (KINDS, "09000000", "00000009", "9"),
        (STATE, "21000000", "00000021", ["new", "trk"]),
        (STATE, "00010080", "80000100", ["0x100", "0x80000000"]),
        (VLAN_TCI, "7064", "7064", {"vid": 100, "pcp": 3, "cfi": 1}),
        (HASH, "4d3c2b1a03000000", "000000031a2b3c4d", {"value": "0x1a2b3c4d", "sw": True, "l4": True}),
        (HASH, "0000000004000000", "0000000400000000", {"value": "0x0", "sw": False, "l4": False, "reserved": "0x400000000"}),
        (Sized([IPV4, IPV6]), "0a000001", "0a000001", "10.0.0.1"),
        (Array(U32), "0100000002000000", "0000000100000002", [1, 2]),
        (masked(U32), "01000000ffffffff", "00000001ffffffff", {"value": 1, "mask": 0xFFFFFFFF}),
        (masked(KINDS), "01000000ffffffff", "00000001ffffffff", {"value": "netdev", "mask": 0xFFFFFFFF}),
    ],
)
def test_values(wire: Wire, little: str, big: str, value: Any) -> None:
    for order, data in (("little", little), ("big", big)):
        assert wire.parse(bytes.fromhex(data), byteorder=order) == value
        assert wire.build(value, byteorder=order).hex() == data


@pytest.mark.parametrize(
    ("wire", "data", "text"),
    [
        (TEXT, b"br0", "without a terminating NUL"),
        (TEXT, b"br\0x\0", "2 bytes after the terminating NUL"),
        (TEXT, b"\xff\0", "not UTF-8"),
        (U32, b"\1\2", "stream read less"),
        (Sized([IPV4, IPV6]), b"12345", "no value has 5 bytes"),
        (Array(U32), bytes(6), "2 bytes after the last element of 4"),
        (Masked(BYTES), b"123", "cannot share 3 bytes"),
        (KEY, b"\1\2\3", "3 bytes after the last attribute"),
        (KEY, b"\3\0\1\0", "attribute length 3"),
        (KEY, b"\x09\0\3\0\1\2\3\4", "attribute length 9 with 8 bytes left"),
        (KEY, b"\6\0\3\0\1\2", "less"),
    ],
)
def test_malformed_bytes_raise(wire: Wire, data: bytes, text: str) -> None:
    with pytest.raises(Exception, match=text) as caught:
        wire.parse(data)
    assert type(caught.value).__module__.startswith(("construct", "ovsdissect"))


@pytest.mark.parametrize(
    ("wire", "value"),
    [
        (U8, 256),
        (U32, "x"),
        (KINDS, "netdve"),
        (STATE, ["old"]),
        (MAC, "02:00"),
        (IPV4, "10.0.0"),
        (FLAG, False),
        (masked(U32), {"value": 1}),
        (KEY, {"inport": 3}),
        (KEY, {"ethernet": {"src": "02:00:00:00:00:01"}}),
        (KEY, {"ethernet": {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02", "typ": 3}}),
        (KEY, {"mpls": 3}),
        (KEY, 3),
        (KEY, {"tunnel_info": 12}),
        (KEY, {"tunnel_info": "0x"}),
    ],
)
def test_what_cannot_be_built_raises(wire: Wire, value: Any) -> None:
    with pytest.raises(MalformedError):
        wire.build(from_plain(wire, value))


def test_plain_values_are_what_json_shows() -> None:
    """Bytes as hex, packets with their length, unknown attributes and second ones by name, as lines of JSON have them."""
    attrs = AttrSet("demo", [Attr(1, "data", BYTES), Attr(2, "number", U32)])
    built = attrs.build(from_plain(attrs, {"data": "0102", "number": 1, "number#2": 2, "attr_9": {"hex": "ff"}}))
    assert built.hex() == "06000100" "01020000" "08000200" "01000000" "08000200" "02000000" "05000900" "ff000000"
    assert to_plain(attrs, attrs.parse(built)) == {"data": b"\1\2", "number": 1, "number#2": 2, "attr_9": b"\xff"}


def test_geneve_options_know_their_length() -> None:
    options = [{"class": 0x102, "type": 0x80, "data": "11223344"}, {"class": 1, "type": 2, "data": ""}]
    data = GENEVE_OPTS.build(from_plain(GENEVE_OPTS, options))
    assert data.hex() == "01028001" "11223344" "00010200"
    assert GENEVE_OPTS.parse(data)[0] == {"class": 0x102, "type": 0x80, "length": 1, "data": b"\x11\x22\x33\x44"}
    assert mask(GENEVE_OPTS) is BYTES


def test_unions_are_chosen_by_their_tag() -> None:
    assert ERSPAN_OPTS.parse(bytes.fromhex("01000000" "00000007")) == {"version": 1, "index": 7}
    assert ERSPAN_OPTS.parse(bytes.fromhex("03000000" "00000007")) == bytes.fromhex("03000000" "00000007")
    unspec = bytes.fromhex("63000000") + bytes(44)
    assert USERDATA.parse(unspec) == unspec


def test_padding_is_kept_where_it_is_not_zero() -> None:
    """Every member of a union's head and the bytes after its case have a name of their own, so that nothing is lost."""
    cookie = bytes.fromhex("0200" "aabb" "05000000") + bytes(range(16)) + bytes.fromhex("0000" "ccdd" "40000000") + bytes(range(16))
    value = USERDATA.parse(cookie)
    assert value["slow_path"] == {"unused": 0, "pad": b"\xcc\xdd", "reason": ["match"]}
    assert (value["pad"], value["rest"]) == (b"\xaa\xbb", bytes(range(16)))
    assert USERDATA.build(value) == cookie


def test_masks_are_derived() -> None:
    """A mask has the bytes of its value, and no names for numbers."""
    ipv4, wanted = mask(KEY.by_name["ipv4"].wire), KEY.by_name["ipv4"].wire
    assert ipv4.size == wanted.size == 12
    assert ipv4.parse(bytes(12))["frag"] == 0
    assert wanted.parse(bytes(12))["frag"] == "none"
    assert SET_MASKED.by_name["ipv4"].wire.size == 24
    nsh = SET_MASKED.by_name["nsh"].wire
    halves = {
        "value": {"flags": 1, "ttl": 2, "mdtype": 1, "np": 3, "path_hdr": {"spi": 4, "si": 5}},
        "mask": {"flags": 255, "ttl": 255, "mdtype": 0, "np": 0, "path_hdr": {"spi": 0, "si": 0}},
    }
    data = nsh.build(from_plain(nsh, {half: {"base": value} for half, value in halves.items()}))
    assert data.hex() == "14000100" "0102010300000405" "ffff000000000000"
    assert to_plain(nsh, nsh.parse(data)) == {half: {"base": value} for half, value in halves.items()}


def test_a_name_or_number_stands_once_in_a_set() -> None:
    with pytest.raises(ValueError, match="stands twice"):
        AttrSet("demo", [Attr(1, "a", U8), Attr(1, "b", U8)])
    with pytest.raises(ValueError, match="stands twice"):
        AttrSet("demo", [Attr(1, "a", U8), Attr(2, "a", U8)])


def test_padding_flags_and_order_survive() -> None:
    """What a sender wrote oddly is written back oddly: flag bits, padding that is not zero, duplicates, an unpadded end."""
    data = bytes.fromhex("05000480" "40ffffff" "05000400" "41000000" "0500ff3f" "07")
    elements = TUNNEL_KEY.parse(data)
    assert [(element.row.name, element.flags, element.value, element.padding) for element in elements] == [
        ("ttl", 0x8000, 64, b"\xff\xff\xff"),
        ("ttl", 0, 65, None),
        ("attr_16383", 0, b"\x07", b""),
    ]
    assert TUNNEL_KEY.build(elements) == data
