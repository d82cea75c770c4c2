"""The maps of addresses and words are consistent and keep prefixes, well-known addresses, and relations between derived ones."""

from __future__ import annotations

import ipaddress
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovsdissect.anonymise.addresses import Addresses, is_well_known
from ovsdissect.anonymise.words import Words

KEY = Addresses(b"a key of the tests")
MAPS = {4: KEY.ipv4, 6: KEY.mac, 16: KEY.ipv6}


def packed(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", "")) if text.count(":") == 5 and "::" not in text else ipaddress.ip_address(text).packed


def common(one: bytes, other: bytes) -> int:
    """How many bits two addresses have in common from the left."""
    return 8 * len(one) - (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_length()


@given(st.sampled_from((4, 6, 16)).flatmap(lambda n: st.tuples(st.binary(min_size=n, max_size=n), st.integers(0, 8 * n - 1))))
def test_common_prefixes_stay_common(drawn: tuple[bytes, int]) -> None:
    one, bit = drawn
    other = (int.from_bytes(one, "big") ^ 1 << bit).to_bytes(len(one), "big")
    fixed = [raw for raw in (one, other) if is_well_known(raw)]
    if len(one) == 4 or not fixed:
        assert common(MAPS[len(one)](one), MAPS[len(one)](other)) == common(one, other)


@pytest.mark.parametrize(
    "text",
    [
        *("0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "239.1.2.3", "255.255.255.255"),
        *("::", "::1", "ff02::1", "ff05::1:3", "::ffff:127.0.0.1"),
        *("00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:80:c2:00:00:0e", "01:00:5e:00:00:fb", "33:33:00:00:00:16", "00:00:5e:00:01:2a"),
        "00:00:5e:00:02:07",  # VRRP of IPv6, RFC 5798, 7.3
    ],
)
def test_well_known_addresses_stay(text: str) -> None:
    raw = packed(text)
    assert is_well_known(raw)
    assert MAPS[len(raw)](raw) == raw


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("169.254.17.3", 16),
        ("fe80::1", 64),
        ("fe80::f844:16ff:fee7:d53a", 64),
        ("ff02::1:ff00:1", 104),
        ("33:33:ff:00:00:01", 24),
        ("::ffff:10.0.0.1", 96),
        ("64:ff9b::10.0.0.1", 96),
        ("::5054:ff:fe1a:2b3c", 64),
    ],
)
def test_prefixes_with_a_meaning_stay(text: str, kept: int) -> None:
    raw = packed(text)
    other = MAPS[len(raw)](raw)
    assert other != raw
    assert common(raw, other) >= kept


@pytest.mark.parametrize("text", ["2001:db8:5:6::1", "fd00:1:2:3::1", "fec0:1:2:3::1", "febf:1:2:3::1", "64:ff9b:1:2::1"])
def test_which_networks_of_ipv6_are_replaced(text: str) -> None:
    """All but link-local ones, fe80::/10 (RFC 4291, 2.5.6), and those with a meaning; 64:ff9b:1::/48 is a site's own (RFC 8215)."""
    raw = packed(text)
    assert (KEY.ipv6(raw)[:8] != raw[:8]) is (text != "febf:1:2:3::1")


@pytest.mark.parametrize("text", ["10.0.0.1", "192.168.1.1", "8.8.8.8", "2001:db8::1", "fd00::1", "02:00:00:00:00:01", "52:54:00:12:34:56"])
def test_others_change_into_nothing_well_known(text: str) -> None:
    raw = packed(text)
    other = MAPS[len(raw)](raw)
    assert other != raw
    assert not is_well_known(other)
    assert Addresses(b"a key of the tests").ipv4(packed("10.0.0.1")) == KEY.ipv4(packed("10.0.0.1"))
    assert Addresses(b"another").ipv4(packed("10.0.0.1")) != KEY.ipv4(packed("10.0.0.1"))


@given(st.binary(min_size=6, max_size=6), st.binary(min_size=8, max_size=8))
def test_what_is_derived_stays_derived(mac: bytes, network: bytes) -> None:
    mac = bytes([mac[0] & 0xFE]) + mac[1:]
    if is_well_known(mac) or network[0] == 0xFF or not any(network):
        return

    def eui64(raw: bytes) -> bytes:
        return bytes([raw[0] ^ 2]) + raw[1:3] + b"\xff\xfe" + raw[3:]

    assert KEY.mac(mac)[0] & 3 == mac[0] & 3
    assert KEY.ipv6(network + eui64(mac))[8:] == eui64(KEY.mac(mac))
    group = packed("ff02::1:ff00:0")[:13]
    assert KEY.ipv6(group + mac[3:]) == group + KEY.ipv6(network + eui64(mac))[13:]
    assert KEY.mac(b"\x33\x33\xff" + mac[3:])[3:] == KEY.ipv6(group + mac[3:])[13:]
    assert KEY.ipv4(mac[:4]) == KEY.ipv6(packed("::ffff:0:0")[:12] + mac[:4])[12:]


@given(st.sets(st.binary(max_size=12), max_size=20))
def test_words_look_alike_and_differ(texts: set[bytes]) -> None:
    words = Words(b"key", texts)
    others = {text: words(text) for text in texts}
    for text, other in others.items():
        assert len(other) == len(text)
        assert [b for a, b in zip(text, other, strict=True) if a in b"0123456789" and b not in b"0123456789"] == []
        assert [b for a, b in zip(text, other, strict=True) if a < 0x80 and not chr(a).isalnum() and a != b] == []
    changed = [other for text, other in others.items() if other != text]
    assert len(set(changed)) == len(changed)
    assert not set(changed) & texts


def test_names() -> None:
    names = [b"br-int", b"vxlan_sys_4789", b"eth0", b"ovs-system"]
    words = Words(b"key", names)
    assert [words(name) for name in names] != names
    assert words.uuid(bytes(16)) == bytes(16)
    assert words.uuid(bytes(15) + b"\1") == words.uuid(bytes(15) + b"\1") != bytes(15) + b"\1"


def test_letters_of_other_alphabets_are_replaced() -> None:
    """A name of the kernel is bytes: each byte of a letter that is not ASCII becomes a small letter."""
    name = "kühl-7".encode()
    assert re.fullmatch(rb"[a-z]{5}-\d", Words(b"a key of the tests", [name])(name))


def test_the_vendor_of_a_mac_address_is_another() -> None:
    """Of sixteen organisations; the bits for group and local addresses stay."""
    organisations = [bytes((first, second, 0x1A)) for first in (0x00, 0x52, 0xA4, 0xF8) for second in (0x00, 0x54, 0xBB, 0xFF)]
    others = [KEY.mac(one + bytes(3))[:3] for one in organisations]
    assert [one for one, other in zip(organisations, others, strict=True) if one == other] == []
    assert [one[0] & 3 for one in organisations] == [other[0] & 3 for other in others]


def test_short_words_stay_apart() -> None:
    """Sixty of the 260 words of a letter and a digit: none becomes another of them, and no two become one."""
    names = [f"{letter}{digit}".encode() for letter in "vtepqx" for digit in range(10)]
    words = Words(b"key", names)
    others = {words(name) for name in names}
    assert len(others) == len(names)
    assert not others & {*names}
