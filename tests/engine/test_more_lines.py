"""`json --inner`, `--upcalls` and `--raw`: the engine's lines equal the tree's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from tests import recorded
from tests.dissect.made import IDS, genl, newfamily, pcap, record
from tests.views.run import Said, run

IPV4 = bytes.fromhex("4500001c0001000040110000c0000201c00002020035003500080000")  # a UDP datagram without data, its checksum left out
ETHERNET = bytes.fromhex("020000000002020000000001") + b"\x08\x00" + IPV4
KEY = {"in_port": 3, "ethernet": {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02"}, "ethertype": 0x0800}


def both(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> tuple[Said, Said]:
    """What the engine prints, and what the tree does."""
    compiled = run(monkeypatch, *arguments)
    with monkeypatch.context() as patch:
        patch.setenv("OVSDISSECT_PURE", "1")
        alone = run(monkeypatch, *arguments)
    return compiled, alone


MORE = [("--inner",), ("--raw",), ("--inner", "--upcalls", "--odp"), ("--upcalls", "--raw", "--array", "-j", "2")]


@pytest.mark.larger_are_slow
@pytest.mark.parametrize(
    "options", [("--inner", "--upcalls", "--raw", "--all"), *(pytest.param(one, marks=pytest.mark.slow) for one in MORE)], ids=str
)
@pytest.mark.parametrize("name", ["upcall-pid", *(pytest.param(one, marks=pytest.mark.slow) for one in ("tunnels", "rawnl"))])
def test_recorded(monkeypatch: pytest.MonkeyPatch, name: str, options: tuple[str, ...], tmp_path: Path) -> None:
    whole = "--all" in options  # the others are about single messages, or read a part
    compiled, alone = both(monkeypatch, "json", "-q", *options, recorded.path(name) if whole else recorded.fewer(name, tmp_path))
    assert compiled == alone
    assert compiled.out.count(b"\n") > 100


def built(path: Path, *packets: dict[str, Any]) -> Path:
    messages = [newfamily(name, number) for name, number in IDS.items()]
    messages += [genl("ovs_packet", "miss", values) for values in packets]
    path.write_bytes(pcap([record(one, number=number) for number, one in enumerate(messages, 1)]))
    return path


def test_what_a_packet_begins_with_and_how_long_it_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A key without an Ethernet header is that of a packet without one (RFC 791 at its first byte); OVS_PACKET_ATTR_LEN tells of a cut."""
    capture = built(
        tmp_path / "packets.pcap",
        {"packet": ETHERNET, "key": KEY},
        {"packet": IPV4, "key": {"in_port": 3, "ethertype": 0x0800}},
        {"packet": ETHERNET[:34], "key": KEY, "len": 42},
        {"packet": ETHERNET},
    )
    compiled, alone = both(monkeypatch, "json", "-q", "--inner", capture)
    assert compiled == alone
    packets = [line["attrs"]["packet"] for line in map(orjson.loads, compiled.out.splitlines()) if line["cmd"] == "miss"]
    assert [list(packet["layers"])[:2] for packet in packets] == [["eth", "ip"], ["ip", "udp"], ["eth", "ip"], ["eth", "ip"]]
    assert [packet["length"] for packet in packets] == [42, 28, 34, 42]
    assert [[problem["kind"] for problem in packet["problems"]] for packet in packets] == [[], [], ["truncated"], []]
    # nlmsghdr, genlmsghdr, ovs_header, nlattr, and the cooked header before them; then what is there of the packet
    assert packets[2]["problems"][0]["offset"] == 16 + 16 + 4 + 4 + 4 + 34


def test_an_attribute_with_a_flag(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """NLA_F_NESTED (0x8000, linux/netlink.h) is the third number of the attribute that has it."""
    miss = genl("ovs_packet", "miss", {"key": {"in_port": 3}})
    nested = miss[:24] + miss[24:26] + b"\x02\x80" + miss[28:]
    path = tmp_path / "flags.pcap"
    plain = [newfamily(name, number) for name, number in IDS.items()]
    path.write_bytes(pcap([record(one, number=number) for number, one in enumerate([*plain, miss, nested], 1)]))
    compiled, alone = both(monkeypatch, "json", "-q", "--raw", path)
    assert compiled == alone
    *_, first, second = map(orjson.loads, compiled.out.splitlines())
    assert (first["fields"]["attrs.key"], second["fields"]["attrs.key"]) == ([44, 8, 0], [44, 8, 0x8000])
    assert first["raw"] == miss.hex()
    assert first["fields"]["nlmsg.pid"] == [16 + 12, 4, 0]
    assert first["fields"]["attrs.key.in_port"] == [48, 4, 0]
