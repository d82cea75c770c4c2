"""Where Open vSwitch reads beyond the end of an attribute, or keeps fewer bits than given, its text shows it; made by OVS 3.1.0."""

from __future__ import annotations

import pytest

from ovsdissect.odp import format_actions

CASES = [
    # push_nsh: a header has two bits for its flags and six for its TTL
    ("1400110010001c000c000100ffff030100000501", "push_nsh(flags=3,ttl=63,mdtype=3,np=1,spi=0x5,si=1,<error: unknown mdtype>)"),
    (
        "2800110024001c000c000100b17f01010000050114000200000102030405060708090a0b0c0d0e0f",
        "push_nsh(flags=1,ttl=63,mdtype=1,np=1,spi=0x5,si=1,c1=0x10203,c2=0x4050607,c3=0x8090a0b,c4=0xc0d0e0f)",
    ),
    # set, set_masked, push_nsh: the attribute inside is longer than its payload, or begins behind an empty one
    ("080003000c00020008000100070000000800010008000000", "set((bad key length 8, expected 4)(08 00 01 00 07 00 00 00)),7,8"),
    ("0800030008000f000800010007000000", "set(skb_mark(0x10008)),7"),
    ("08000b000c000f000800010007000000", "set(skb_mark(0x10008/0x7)),7"),
    ("04000b000800010007000000", "set(encap(<empty>,***2 leftover bytes*** (0700))),7"),
    ("0400030008000f0007000000", "set(skb_mark(0x7)),bad length 4, expected 0 for: action15(07 00 00 00)"),
    ("040011000800010007000000", "push_nsh(flags=0,ttl=63,mdtype=0,np=0,spi=0x0,si=0,<error: unknown mdtype>),7"),
    # leftover bytes after an attribute whose padding is cut: counted from its end, printed from where the next would begin
    ("0b00140005000100020000000800010007000000", "clone(bad length 1, expected 4 for: action1(02),***2 leftover bytes*** (0800)),7"),
    ("0a00140005000100020000000800010007000000", "clone(bad length 1, expected 4 for: action1(02),***1 leftover bytes*** (08)),7"),
]


@pytest.mark.parametrize(("data", "text"), CASES)
def test_actions(data: str, text: str) -> None:
    assert format_actions(bytes.fromhex(data), ovs="3.1") == text


@pytest.mark.parametrize("data", ["04000300", "04000b00", "04001100", "05000300ff"])
def test_nothing_is_left_to_read(data: str) -> None:
    """Open vSwitch aborts on these."""
    assert format_actions(bytes.fromhex(data)).startswith(("set()", "push_nsh("))
