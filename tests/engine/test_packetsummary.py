"""The engine's summary of packets: checked against other programs, and against ovsdissect.frame for the same packets when spoiled."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from random import Random
from types import ModuleType

import pytest

from ovsdissect.capture import Record
from ovsdissect.engine import packettext
from ovsdissect.engine.available import engine
from ovsdissect.engine.list_tables import list_tables
from ovsdissect.frame import summary
from ovsdissect.odp.releases import NEWEST
from ovsdissect.text.screen import escape
from tests import traffic
from tests.each import all_of
from tests.engine.lists import COMPILED, Listing, Modules, plain
from tests.engine.uncompiled import uncompiled
from tests.frame.packets import CRAFTED
from tests.frame.test_layers import PACKETS

SPOILED = 400  # of each packet
LIST = Listing(("summary",))


def execute(number: int, packet: bytes, *, ethertype: int | None = None) -> Record:
    """A message that has the kernel drop a packet; its key is metadata, and is not held against it."""
    key = b"" if ethertype is None else struct.pack("<HHHxx", 6, 6, ethertype >> 8 | (ethertype & 255) << 8)
    attrs = b"".join(
        struct.pack("<HH", 4 + len(data), kind) + data + bytes(-len(data) % 4) for kind, data in ((1, packet), (2, key), (3, b""))
    )
    head = struct.pack("<IHHIIBBxxi", 24 + len(attrs), traffic.IDS["ovs_packet"], 1, number, 1, 3, 1, 1)
    return traffic.record(number, head + attrs, "little")


def lines(packets: Iterable[tuple[bytes, int | None]], modules: Modules = COMPILED) -> tuple[list[str], int]:
    """What the engine says of packets, and how many it left to the tree."""
    records = [execute(number, packet, ethertype=ethertype) for number, (packet, ethertype) in enumerate(packets, 1)]
    found, _, trees = LIST.by_engine(records, traffic.registry(), modules)
    end = ", actions:drop\n"
    assert all_of(line.decode().endswith(end) for line in found)
    return [line.decode().removesuffix(end) for line in found], trees


@pytest.mark.parametrize("modules", [COMPILED, plain()], ids=["compiled", "uncompiled"])
def test_packets_of_other_programs(modules: Modules) -> None:
    found, trees = lines([(packet, None) for packet, _, _, _ in PACKETS.values()], modules)
    assert found == [line for _, _, line, _ in PACKETS.values()]
    assert trees == 0


@pytest.mark.parametrize("modules", [packettext, *uncompiled("packettext")], ids=["compiled", "uncompiled"])
def test_packets_in_hand(modules: ModuleType) -> None:
    text = modules.PacketText(list_tables(NEWEST))
    assert [text.of(packet, None, "little") for packet, _, _, _ in PACKETS.values()] == [line for _, _, line, _ in PACKETS.values()]
    # an IPv4 packet without an Ethernet header: the key of a layer 3 port has an ethertype (6) and no addresses (4)
    packet = bytes.fromhex("450000140000400040060000 0a000001 0a000002")
    for order in ("little", "big"):
        size = struct.pack("<H" if order == "little" else ">H", 6), struct.pack("<H" if order == "little" else ">H", 6)
        key = b"".join(size) + b"\x08\0\0\0"
        assert text.of(packet, key, order) == summary(packet, 0, len(packet), 0x800)
        ethernet = struct.pack("<HH" if order == "little" else ">HH", 16, 4) + bytes(12)
        assert text.of(packet, ethernet + key, order) == summary(packet, 0, len(packet))


def spoiled(packet: bytes, random: Random) -> bytes:
    """A packet with some bytes changed, mostly among its headers, and perhaps cut."""
    changed = bytearray(packet)
    for _ in range(random.choice((1, 1, 2, 5))):
        at = random.randrange(min(len(changed), random.choice((20, 60, 400))))
        changed[at] = random.choice((0, 1, 2, 4, 6, 17, 47, 58, 132, 255, random.randrange(256)))
    return bytes(changed[: random.randrange(len(changed) + 1)] if random.random() < 0.3 else changed)


@pytest.mark.slow
@pytest.mark.parametrize("name", PACKETS)
def test_spoiled_packets(name: str) -> None:
    random, packet = Random(name), PACKETS[name][0]
    ethertypes = (None, None, None, 0x0800, 0x86DD, 0x0806, 0x8847, 0x894F, 0x88CC, 0x1234)
    made = [(spoiled(packet, random), random.choice(ethertypes)) for _ in range(SPOILED)]
    found, trees = lines(made)
    lengths = [f"{len(packet)} byte{'s' * (len(packet) != 1)}" for packet, _ in made]
    said = [escape(summary(packet, 0, len(packet), kind) or length) for (packet, kind), length in zip(made, lengths, strict=True)]
    assert found == said
    # texts that are no plain ASCII are the tree's
    assert not engine().compiled or trees <= (SPOILED if name.startswith("lldp") else 0)


SESSIONS = {name: packet for name, packet in CRAFTED.items() if name.startswith(("gtp", "dns", "pppoe", "icmp too", "icmpv6 too"))}


@pytest.mark.parametrize("modules", [COMPILED, plain()], ids=["compiled", "uncompiled"])
def test_sessions_and_names_are_the_trees(modules: Modules) -> None:
    found, trees = lines([(packet, None) for packet in SESSIONS.values()], modules)
    assert found == [escape(summary(packet, 0, len(packet))) for packet in SESSIONS.values()]
    assert trees == sum(not name.startswith(("icmp", "dns begun")) for name in SESSIONS)  # what the engine says itself
