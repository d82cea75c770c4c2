"""Packets of GTP-U, DNS, PPPoE, and ICMP errors about packet size: their summary, and the fields of the display filter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from struct import pack

import pytest

import ovsdissect
from ovsdissect.build import build, pcap
from ovsdissect.frame import frame
from tests.frame.packets import CRAFTED, icmp, ip, label, udp

ETH = "020000000002020000000001"
IP = "0a0000010a000002"
PACKETS = [
    ETH + "0800" + "4500004000010000" + "40110000" + IP + "08680868002c0000" + "30ff001c00000003"
    "4500001c00010000" + "40010000" + IP + "0800000000010001",
    ETH + "0800" + "4500003d00010000" + "40110000" + IP + "a722003500290000" + "123401000001000000000000"
    "0377777707" + b"example".hex() + "03636f6d00" + "00010001",
    ETH + "8864" + "1100" + "0001" + "0016" + "0021" + "4500001400010000" + "40010000" + IP,
    ETH + "0800" + "4500003800010000" + "40010000" + IP + "0304000000000578" + "4500001c00010000" + "40060000" + IP + "0000000000000000",
]


@pytest.fixture
def capture(tmp_path: Path) -> Iterator[ovsdissect.Capture]:
    path = tmp_path / "sessions.pcap"
    key = {"in_port": 2, "ethernet": {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02"}}
    path.write_bytes(pcap([build("ovs_packet", "miss", dp_ifindex=6, key=key, packet=bytes.fromhex(packet)) for packet in PACKETS]))
    with ovsdissect.open(path) as opened:
        yield opened


def test_lines(capture: ovsdissect.Capture) -> None:
    assert [message.inner.summary for message in capture.filter("ovs_packet") if message.inner] == [
        "10.0.0.1 > 10.0.0.2 GTP-U teid 3 | 10.0.0.1 > 10.0.0.2 ICMP echo request id 1 seq 1",
        "10.0.0.1 > 10.0.0.2 DNS query A www.example.com",
        "PPPoE session 1, 10.0.0.1 > 10.0.0.2 ICMP",
        "10.0.0.1 > 10.0.0.2 ICMP fragmentation needed (MTU 1400) | 10.0.0.1 > 10.0.0.2 TCP 0 > 0",
    ]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("gtp.teid == 3", 2),
        ("packet.gtp.message == 255", 2),
        ('dns.qry.name == "www.example.com"', 3),
        ("dns.qry.type == A", 3),
        ("dns.qry.type == 1", 3),
        ("dns.id == 0x1234", 3),
        ("pppoe.session_id == 1", 4),
        ("ppp.protocol == 0x21", 4),
        ("icmp.mtu == 1400", 5),
    ],
)
def test_fields(capture: ovsdissect.Capture, text: str, number: int) -> None:
    assert [message.number for message in capture.filter(text)] == [number]


@pytest.mark.parametrize(
    ("packet", "line", "layers"),
    [
        ("dns over tcp", "DNS query SOA www.example.com", ["tcp", "dns"]),
        ("dns twice over tcp", "DNS query A www.example.com", ["tcp", "dns", "dns#2"]),
        ("dns begun over tcp", "TCP 1025 > 53 SYN", ["tcp", "payload"]),
        ("dns of mdns", "mDNS query ANY host.local", ["udp", "dns"]),
        ("dns answered by mdns", "mDNS response PTR _ipp._tcp.local printer._ipp._tcp.local, 10.1.2.3", ["udp", "dns"]),
        ("dns of llmnr", "LLMNR query AAAA printer", ["udp", "dns"]),
        ("dns answered by llmnr", "LLMNR response A printer 10.1.2.3", ["udp", "dns"]),
    ],
)
def test_name_services(packet: str, line: str, layers: list[str]) -> None:
    """tshark 4.0.17 names the same protocols, questions and answers."""
    found = frame(CRAFTED[packet], 0, len(CRAFTED[packet]))
    assert found.summary == f"10.1.2.3 > 192.168.7.9 {line}"
    assert [layer.name for layer in found.layers[2:]] == layers
    assert not found.problems


def test_answers_of_dns(tmp_path: Path) -> None:
    path = tmp_path / "answers.pcap"
    path.write_bytes(
        pcap(
            [
                build(
                    "ovs_packet",
                    "miss",
                    key={"ethernet": {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02"}},
                    packet=CRAFTED["dns response"],
                )
            ]
        )
    )
    with ovsdissect.open(path) as capture:
        (message,) = capture.filter("ovs_packet")
        assert message["attrs.packet.dns.resp[0].cname"].value == "web.example.com"
        assert message["attrs.packet.dns.resp[1].a"].value == "192.0.2.7"
        assert message["attrs.packet.dns.resp[3].ns"].value == "ns.example.com"
        for text in ("dns.a == 192.0.2.7", 'dns.cname == "web.example.com"', "dns.flags.response == true", "dns.aaaa == fd00::ab01"):
            assert [found.number for found in capture.filter(text)] == [message.number], text


@pytest.mark.parametrize("pointer", [b"\xc0\x0c", b"\xc0\xff", b"\xff\xff", b"\x40a", b"\x3fab"])
def test_names_that_are_none(pointer: bytes) -> None:
    """A pointer to itself or ahead, a label of an unknown kind, one that is longer than what is there."""
    from ovsdissect.frame.dns import name

    head = bytes(12)
    assert name(head + pointer, 12, 0, 12 + len(pointer)) is None
    assert name(head + label("a.b"), 12, 0, 17) == (b"a.b", 5)


def _line(packet: bytes) -> str:
    found = frame(packet, 0, len(packet))
    assert not found.problems
    return found.summary.partition("192.168.7.9 ")[2]


def test_words_count_what_they_leave_out() -> None:
    """Three of the groups of a report (RFC 3376, 4.2), or of the answers of a name server: what comes after is another section's."""
    for count, more in ((1, ""), (3, ""), (4, " and 1 more"), (5, " and 2 more")):
        groups = b"".join(pack(">BBH", 4, 0, 0) + bytes((239, 0, 0, n)) for n in range(count))
        shown = ", ".join(f"239.0.0.{n}" for n in range(min(count, 3)))
        assert _line(ip(2, pack(">BBHHH", 0x22, 0, 0, 0, count) + groups)).endswith(f" for {shown}{more}")
        answers = b"".join(b"\xc0\x0c" + pack(">HHIH", 1, 1, 60, 4) + bytes((10, 0, 0, n)) for n in range(count))
        authority = b"\xc0\x0c" + pack(">HHIH", 2, 1, 60, 2) + b"\xc0\x0c"
        packet = pack(">6H", 7, 0x8180, 1, count, 1, 0) + b"\4host\0" + pack(">HH", 1, 1) + answers + authority
        shown = ", ".join(f"10.0.0.{n}" for n in range(min(count, 3)))
        assert _line(udp(40001, packet, 53)) == f"DNS response A host {shown}{more}"


def test_messages_of_gtp() -> None:
    """3GPP TS 29.281, table 6.1-1."""
    words = {1: "echo request", 2: "echo response", 26: "error indication", 31: "extension headers", 253: "message 253", 254: "end marker"}
    for number, said in words.items():
        assert _line(udp(2152, pack(">BBHI", 0x30, number, 0, 7), 2152)) == f"GTP-U {said} teid 7"


def test_what_follows_a_quoted_packet_is_the_errors() -> None:
    """RFC 4884, 3: the original datagram is padded with zeros; the padding belongs to no header in it."""
    quoted = ip(17, pack(">HHHH", 7, 9, 8, 0))[14:]
    for rest, name in ((bytes(4), "icmp.padding"), (b"rest", "icmp.trailer")):
        packet = icmp(3, 1, bytes(4) + quoted + rest)
        found = frame(packet, 0, len(packet))
        assert [layer.name for layer in found.layers][-1] == name
