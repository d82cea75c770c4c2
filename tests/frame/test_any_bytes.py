"""Any bytes give layers: cut, damaged and nested packets, with their problems."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovsdissect.frame import Frame, frame, summary
from ovsdissect.problem import ProblemKind
from ovsdissect.tree.node import fields, leaves

MACS = bytes.fromhex("020000000002020000000001")
ADDRESSES = bytes((10, 0, 0, 1, 10, 0, 0, 2))
V6 = bytes.fromhex("fd000000000000000000000000000001fd000000000000000000000000000002")


def eth(kind: int, payload: bytes) -> bytes:
    return MACS + struct.pack(">H", kind) + payload


def ipv4(proto: int, payload: bytes, *, fragment: int = 0, length: int | None = None) -> bytes:
    total = 20 + len(payload) if length is None else length
    return struct.pack(">BBHHHBBH", 0x45, 0, total, 1, fragment, 64, proto, 0) + ADDRESSES + payload


def ipv6(proto: int, payload: bytes) -> bytes:
    return struct.pack(">IHBB", 0x60000000, len(payload), proto, 64) + V6 + payload


def udp(payload: bytes, dst: int = 9, length: int | None = None) -> bytes:
    return struct.pack(">HHHH", 5, dst, 8 + len(payload) if length is None else length, 0) + payload


def tcp(flags: int = 2) -> bytes:
    return struct.pack(">HHIIHHHH", 51234, 80, 1, 0, 0x5000 | flags, 1024, 0, 0)


def names(dissected: Frame) -> str:
    return " ".join(layer.name for layer in dissected.layers)


def whole(packet: bytes, ethertype: int | None = None, wire_length: int | None = None) -> Frame:
    """Dissect, and hold what holds of every packet."""
    dissected = frame(packet, 0, len(packet), ethertype=ethertype, wire_length=wire_length)
    place = 0
    for layer in dissected.layers:
        for leaf in leaves(layer):
            assert leaf.offset == place
            place += leaf.length
        for _path, field in fields(layer, layer.name):
            assert field.value is not None
    assert place == len(packet)
    assert len({layer.name for layer in dissected.layers}) == len(dissected.layers)
    assert summary(packet, 0, len(packet), ethertype) == dissected.summary
    return dissected


CORPUS = [
    eth(0x0800, ipv4(6, tcp() + b"data")),
    eth(0x0800, ipv4(1, bytes.fromhex("0800000000010002") + b"ping")),
    eth(0x0800, ipv4(17, udp(bytes.fromhex("0800000000000500") + eth(0x86DD, ipv6(6, tcp())), 4789))),
    eth(0x0800, ipv4(17, udp(bytes.fromhex("0200655800000500") + bytes.fromhex("010280010000000f") + eth(0x0806, bytes(28)), 6081))),
    eth(0x86DD, ipv6(0, bytes.fromhex("3a00050200000100") + bytes.fromhex("8f00000000000001") + bytes.fromhex("04000000") + V6[:16])),
    eth(0x86DD, ipv6(58, bytes.fromhex("8700000000000000") + V6[16:] + bytes.fromhex("0101020000000001"))),
    eth(0x8100, bytes.fromhex("6005") + struct.pack(">H", 0x0800) + ipv4(2, bytes.fromhex("2200000000000001") + bytes(8))),
    eth(0x8847, bytes.fromhex("0001004000011140") + ipv4(132, bytes(12) + bytes.fromhex("00030007aabbcc00"))),
    eth(0x88CC, bytes.fromhex("0207040200000000010402057006020078") + bytes.fromhex("0000")),
    eth(0x8809, bytes.fromhex("01010114") + bytes(18) + bytes.fromhex("0214") + bytes(18) + bytes.fromhex("0310") + bytes(14) + bytes(52)),
    eth(0x8902, bytes.fromhex("60010046") + bytes(70) + bytes.fromhex("0200010200")),
    eth(39, bytes.fromhex("424203") + bytes.fromhex("0000020202") + bytes(31) + b"\0" * 8),
    eth(0x0800, ipv4(47, bytes.fromhex("100088be00000001") + bytes.fromhex("1005000100000001") + eth(0x0800, ipv4(17, udp(b"x"))))),
    eth(0x894F, bytes.fromhex("0fc6010300001234") + bytes(16) + eth(0x0800, ipv4(17, udp(b"")))),
    eth(0x0800, ipv4(17, udp(bytes.fromhex("01010600") + bytes(232) + bytes.fromhex("63825363350101ff"), 67))),
]


@pytest.mark.parametrize("packet", CORPUS)
def test_every_prefix(packet: bytes) -> None:
    for end in range(len(packet) + 1):
        whole(packet[:end])
        cut = whole(packet[:end], wire_length=len(packet))
        if end < len(packet):
            assert [problem for problem in cut.problems if problem.kind is ProblemKind.BAD_LENGTH] == []


@pytest.mark.slow
@settings(max_examples=600, deadline=None)
@given(st.sampled_from(CORPUS), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=6))
def test_damaged_packets(packet: bytes, damage: list[tuple[int, int]]) -> None:
    data = bytearray(packet)
    for place, byte in damage:
        data[place % len(data)] = byte
    whole(bytes(data))


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=120), st.sampled_from([None, 0x0800, 0x86DD, 0x0806, 0x8847, 0x8100, 0x88CC, 0x8902, 0x8809, 0x894F, 0x88BE]))
def test_any_bytes(data: bytes, ethertype: int | None) -> None:
    whole(data, ethertype)


def test_a_cut_header_is_truncated_only_where_the_packet_was_cut() -> None:
    packet = eth(0x0800, ipv4(6, tcp()))
    assert [problem.kind for problem in whole(packet[:40], wire_length=54).problems] == [ProblemKind.TRUNCATED]
    assert {problem.kind for problem in whole(packet[:40]).problems} == {ProblemKind.BAD_LENGTH}
    assert names(whole(packet[:40])) == "eth ip undecoded"
    assert whole(packet[:40]).summary == "10.0.0.1 > 10.0.0.2 TCP malformed"


def test_a_cut_payload_is_no_problem_where_the_packet_was_cut() -> None:
    packet = eth(0x0800, ipv4(17, udp(bytes(1000))))
    assert whole(packet[:100], wire_length=len(packet)).problems == ()
    paths = [problem.path for problem in whole(packet[:100]).problems]
    assert paths == ["attrs.packet.ip.len"]


@pytest.mark.parametrize(
    ("packet", "layers"),
    [
        (eth(0x8100, (struct.pack(">HH", 5, 0x8100)) * 3000), 64),
        (eth(0x8847, bytes.fromhex("00010040") * 3000), 64),
        (eth(0x0800, b"".join(ipv4(4, b"", length=0) for _ in range(500))), 64),
        (eth(0x86DD, ipv6(60, bytes.fromhex("3c00010400000000") * 3000)), 64),
    ],
)
def test_depth_is_bounded(packet: bytes, layers: int) -> None:
    dissected = whole(packet)
    assert len(dissected.layers) <= layers + 1
    assert ProblemKind.DEPTH in [problem.kind for problem in dissected.problems]


def test_padding_and_trailer() -> None:
    packet = eth(0x0800, ipv4(6, tcp()))
    padded = whole(packet + bytes(6))
    assert names(padded) == "eth ip tcp eth.padding"
    assert [leaf.sort for leaf in leaves(padded.layers[-1])] == ["padding"]
    assert names(whole(packet + b"\0\1")) == "eth ip tcp eth.trailer"
    assert names(whole(packet[14:] + b"\0", 0x0800)) == "ip tcp ip.padding"


def test_a_later_fragment_has_no_transport_layer() -> None:
    later = whole(eth(0x0800, ipv4(17, b"x" * 40, fragment=185)))
    assert names(later) == "eth ip payload"
    assert later.summary == "10.0.0.1 > 10.0.0.2 UDP fragment at 1480"
    first = whole(eth(0x0800, ipv4(17, udp(b"x" * 8, length=3000), fragment=0x2000)))
    assert names(first) == "eth ip udp payload"
    assert first.summary == "10.0.0.1 > 10.0.0.2 UDP 5 > 9 first fragment"
    assert first.problems == ()


def test_a_packet_without_ethernet_header() -> None:
    packet = ipv4(6, tcp(0x12))
    dissected = whole(packet, 0x0800)
    assert names(dissected) == "ip tcp"
    assert dissected.summary == "10.0.0.1 > 10.0.0.2 TCP 51234 > 80 SYN,ACK"


def test_what_an_icmp_error_quotes_may_stop_anywhere() -> None:
    quoted = ipv4(6, tcp(), length=1500)[:28]
    dissected = whole(eth(0x0800, ipv4(1, bytes.fromhex("0b00000000000000") + quoted)))
    assert names(dissected) == "eth ip icmp ip#2 tcp"
    assert dissected.summary == "10.0.0.1 > 10.0.0.2 ICMP time exceeded code 0 | 10.0.0.1 > 10.0.0.2 TCP 51234 > 80"
    assert dissected.problems == ()


def test_checksums() -> None:
    def checksums(packet: bytes) -> dict[str, bool]:
        return {checksum.path: checksum.good for checksum in frame(packet, 0, len(packet), path="").checksums}

    good = bytearray.fromhex(
        "02000000000202000000000108004500003c1c4640004006b1e6ac100a63ac100a0c"
        "0050c3500000000000000000a0021000000000000204056404020a0000000000000000"
    )
    packet = eth(0x0800, ipv4(6, tcp()))
    first = frame(packet, 0, len(packet), path="").checksums
    assert [checksum.good for checksum in first] == [False, False]
    mended = bytearray(packet)
    mended[24:26] = first[0].expected.to_bytes(2, "big")
    mended[50:52] = first[1].expected.to_bytes(2, "big")
    assert checksums(bytes(mended)) == {"ip.checksum": True, "tcp.checksum": True}
    assert checksums(bytes(good))["ip.checksum"], "the example of RFC 1071's article in Wikipedia: b1e6"
    assert checksums(eth(0x0800, ipv4(17, udp(b"none")))) == {"ip.checksum": False}, "UDP's 0 says that there is none"
    assert checksums(eth(0x0800, ipv4(6, tcp(), fragment=0x2000))) == {"ip.checksum": False}, "half a segment has no checksum"


def test_frames_of_control_protocols_say_what_they_are() -> None:
    lines = [summary(packet, 0, len(packet)).split()[0] for packet in CORPUS[8:12]]
    assert lines == ["LLDP", "LACP", "CFM", "STP"]
    assert summary(eth(0x88B5, b"x"), 0, 15) == "02:00:00:00:00:01 > 02:00:00:00:00:02 ethertype 0x88b5"
