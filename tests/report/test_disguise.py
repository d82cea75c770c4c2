"""`report --html --anonymise`: no address and no name of the host is left in a text, whatever stands around it."""

from __future__ import annotations

import re

import pytest

from ovsdissect.report.disguise import Disguise
from tests.each import none_of

ADDRESSES = ("10.1.2.3", "fd00:ff::1", "52:54:00:12:34:56", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "FD00::AB")
AROUND = ("{}", "from {}.", "{}: 20 times", "{}, {}", "({})", "src={},dst={}", "{}/24", "[{}]:80", "{}...")


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses(address: str) -> None:
    disguise = Disguise([])
    other = disguise.text(address)
    assert other != address
    for around in AROUND:
        assert disguise.text(around.replace("{}", address)) == around.replace("{}", other), around


def test_an_address_with_a_port() -> None:
    disguise = Disguise([])
    assert disguise.text("10.1.2.3:80") == disguise.text("10.1.2.3") + ":80"


def test_names() -> None:
    names = ("br0", "br-int", "v1", "tap3fa9c211")
    text = Disguise([*names, "ovs-system"]).text("br0: v1, br-int; ovs-system, port tap3fa9c211.")
    assert none_of(re.search(rf"(?<![\w-]){name}(?![\w-])", text) for name in names)
    assert re.fullmatch(r"[a-z]{2}\d: [a-z]\d, [a-z]{2}-[a-z]{3}; ovs-system, port [a-z]{3}\d[a-z]{2}\d[a-z]\d{3}\.", text)


@pytest.mark.parametrize(
    "text",
    [
        *("0.0.0.0", "127.0.0.1", "224.0.0.1", "::", "::1", "ff02::1", "ff:ff:ff:ff:ff:ff", "33:33:00:00:00:16"),
        *("12:30:45.123", "2026-11-30T05:48:14.407Z", "0x1:0x2", "3.7.1", "v10: 4 of 5", "a.b", "..."),
    ],
)
def test_what_identifies_nobody_stays(text: str) -> None:
    assert Disguise(["v1"]).text(text) == text


def test_a_name_within_another() -> None:
    """A VLAN's interface is called like the one below it: its name is replaced whole, with the number."""
    for _ in range(4):
        disguise = Disguise(["eth0", "eth0.100"])
        assert re.fullmatch(r"[a-z]{3}\d\.\d{3}", disguise.text("eth0.100"))
        if disguise.text("eth0.100")[4:] != ".100":
            break
    else:
        pytest.fail("the number stays")


def test_names_are_no_patterns() -> None:
    disguise = Disguise(["eth0.1", "a+b"])
    assert disguise.text("eth0x1, aab, ab") == "eth0x1, aab, ab"
    assert re.fullmatch(r"[a-z]\+[a-z]", disguise.text("a+b"))
    assert disguise.text("a+b") != "a+b"
