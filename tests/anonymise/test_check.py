"""The check that only identifying values changed: pairs of messages made by hand, of which the second one says something else."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest

import ovsdissect
from ovsdissect.anonymise.check import unlike
from ovsdissect.api import Message
from ovsdissect.build import build, error, pcap

MAC, OTHER = bytes.fromhex("5254001a2b3c"), bytes.fromhex("5254009f8e7d")
KEY = {"in_port": 2, "ethernet": {"src": MAC.hex(":"), "dst": "ff:ff:ff:ff:ff:ff"}, "ethertype": 0x0800}
# version 4, 20 + 8 + 4 bytes, UDP from 10.0.0.1 to 10.0.0.2; their checksums by hand: ip 0x66cb, udp over the pseudo-header and b"ab" twice
IPV4 = bytes.fromhex("4500002000000000401166cb0a0000010a000002")
UDP = struct.pack(">HHHH", 7, 9, 12, 0)


def summed(data: bytes) -> int:
    """RFC 1071."""
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    return ~(total % 0xFFFF) & 0xFFFF


def packet(source: bytes = MAC, payload: bytes = b"abab") -> bytes:
    """A datagram whose checksum is that of b"abab"."""
    right = summed(IPV4[12:20] + struct.pack(">HH", 17, 12) + UDP + b"abab")
    return b"\xff" * 6 + source + b"\x08\x00" + IPV4 + UDP[:6] + struct.pack(">H", right) + payload


def miss(source: bytes = MAC, payload: bytes = b"abab") -> bytes:
    return build("ovs_packet", "miss", dp_ifindex=5, key=KEY, packet=packet(source, payload))


def port(number: int = 2, name: str = "eth0", pid: int = 1) -> bytes:
    return build("ovs_vport", "new", dp_ifindex=5, port_no=number, type="netdev", name=name, upcall_pid=[pid])


def named(family: str) -> bytes:
    return build("nlctrl", "newfamily", family_name=family, family_id=40)


def masked(source: str) -> bytes:
    """A flow of any in_port, of which the mask has these bits of the source's address."""
    mask = {"in_port": 0, "ethernet": {"src": source, "dst": "00:00:00:00:00:00"}, "ethertype": 0xFFFF}
    return build("ovs_flow", "new", dp_ifindex=5, flags=["request"], seq=7, pid=8, key=KEY, mask=mask, actions=[])


PUT = build("ovs_flow", "new", flags=["request"], seq=7, pid=8, key={"in_port": 2}, actions=[])


def messages(*data: bytes) -> list[Message]:
    with ovsdissect.open(BytesIO(pcap(data))) as capture:
        return list(capture)[-len(data) :]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (miss(), miss(payload=b"abcd"), "udp.checksum is wrong now"),
        (miss(), miss(source=OTHER), "its problems changed"),  # key and packet disagree
        (port(), port(number=3), "attrs.port_no changed"),
        (port(), port(pid=7), "attrs.upcall_pid[0] changed"),
        (named("one"), named("two"), "attrs.family_name changed"),
        (port(), build("ovs_vport", "get", dp_ifindex=5, port_no=2), "changed"),
        (port(), port()[:28] + struct.pack("<I", 6) + port()[32:], "changed"),
        (error(PUT, -22), error(PUT, -17), "changed"),
        (masked("ff:ff:ff:ff:ff:ff"), masked("ff:ff:ff:00:00:00"), "attrs.mask.ethernet.src changed"),
    ],
)
def test_what_says_something_else(old: bytes, new: bytes, said: str) -> None:
    told = unlike(messages(old), messages(new), set())
    assert told is not None
    assert said in told
    assert unlike(messages(old), messages(old), set()) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [(port(), port(name="abc7")), (error(PUT, -22, message="no eth0"), error(PUT, -22, message="no abc7"))],
)
def test_what_says_the_same(old: bytes, new: bytes) -> None:
    assert old != new
    assert unlike(messages(old), messages(new), set()) is None


def test_a_message_less() -> None:
    assert unlike(messages(port(), port()), messages(port()), set()) == "2 messages became 1"


def test_another_time() -> None:
    data = pcap([port()])
    at = len(data) - len(port()) - 32  # of the record's header, before that of nlmon
    assert data[at + 8 : at + 12] == data[at + 12 : at + 16] == (len(port()) + 16).to_bytes(4, "little")
    told = []
    for second in (data[at], data[at] ^ 1):
        with ovsdissect.open(BytesIO(data[:at] + bytes([second]) + data[at + 1 :])) as capture:
            told.append([list(capture)[-1]])
    assert unlike(*told, set()) == f"message {told[0][0].number}: its time_ns changed"
