"""Captures that are hard on time and memory: each has `count` of one kind of thing."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

COOKED: Final = bytes.fromhex("000403380000000000000000000000") + b"\x10"  # to user space, generic netlink
FAMILIES: Final = {"ovs_datapath": 33, "ovs_vport": 34, "ovs_flow": 35, "ovs_packet": 36}
SECTION: Final = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)


def attribute(number: int, data: bytes) -> bytes:
    """An attribute with its padding."""
    return struct.pack("<HH", 4 + len(data), number) + data + bytes(-len(data) % 4)


def message(kind: int, command: int, body: bytes, *, flags: int = 0, seq: int = 0, pid: int = 0) -> bytes:
    """A generic netlink message."""
    return struct.pack("<IHHIIBBH", 20 + len(body), kind, flags, seq, pid, command, 1, 0) + body


def pcap(records: Iterator[bytes]) -> Iterator[bytes]:
    """A pcap file of records, in pieces."""
    yield struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 253)
    for number, record in enumerate(records):
        data = COOKED + record
        yield struct.pack("<IIII", 1_795_000_000 + number // 1000, number % 1000 * 1000, len(data), len(data)) + data


def block(kind: int, body: bytes) -> bytes:
    """A pcapng block."""
    length = 12 + len(body)
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def option(code: int, data: bytes) -> bytes:
    """A pcapng option."""
    return struct.pack("<HH", code, len(data)) + data + bytes(-len(data) % 4)


def announced(name: str, number: int) -> bytes:
    """What nlctrl says of a family."""
    return message(16, 1, attribute(2, name.encode() + b"\0") + attribute(1, struct.pack("<H", number)))


def known() -> Iterator[bytes]:
    """Open vSwitch's families, announced."""
    return (announced(name, number) for name, number in FAMILIES.items())


def families(count: int) -> Iterator[bytes]:
    """Announced families, each with a message."""
    for one in range(count):
        number = 40 + one % 65000
        yield announced(f"family{one}", number) + message(number, 1, b"\0\0\0\0")


def changing_families(count: int) -> Iterator[bytes]:
    """One id that is announced for one family after another."""
    yield from known()
    for one in range(count):
        yield announced(f"family{one}", 40)


def ports(count: int) -> Iterator[bytes]:
    """Ports of one datapath, each announced and then used."""
    yield from known()
    for one in range(count):
        body = struct.pack("<i", 5) + attribute(1, struct.pack("<I", one)) + attribute(3, b"port%d\0" % one)
        yield message(34, 1, body) + packet(one)


def gone_ports(count: int) -> Iterator[bytes]:
    """Ports that are announced, then deleted."""
    yield from known()
    for command in (1, 2):
        for one in range(count):
            body = struct.pack("<i", 5) + attribute(1, struct.pack("<I", one)) + attribute(3, b"port%d\0" % one)
            yield message(34, command, body)


def datapaths(count: int) -> Iterator[bytes]:
    """Datapaths with a port each."""
    yield from known()
    for one in range(count):
        head = struct.pack("<i", one + 1)
        yield message(33, 1, head + attribute(1, b"dp%d\0" % one)) + message(
            34, 1, head + attribute(1, struct.pack("<I", 1)) + attribute(3, b"p%d\0" % one)
        )


def packet(port: int) -> bytes:
    """A MISS from a port."""
    frame = bytes.fromhex("020000000001020000000002") + b"\x88\xb5" + bytes(46)
    key = attribute(3, struct.pack("<I", port)) + attribute(4, frame[6:12] + frame[:6]) + attribute(6, b"\x88\xb5")
    return message(36, 1, struct.pack("<i", 5) + attribute(1, frame) + attribute(2, key))


def requests(count: int) -> Iterator[bytes]:
    """Requests that nobody answers, each with a body of its own."""
    yield from known()
    for one in range(count):
        body = struct.pack("<i", 5) + attribute(9, bytes(16)) + attribute(200, bytes(900))
        yield message(35, 1, body, flags=5, seq=one + 1, pid=one % 977)


def ufids(count: int) -> Iterator[bytes]:
    """Flows with ufids of their own, put and never seen again."""
    yield from known()
    for one in range(count):
        key = attribute(3, struct.pack("<I", one % 60000)) + attribute(4, bytes(12)) + attribute(5, b"\x88\xb5")
        body = struct.pack("<i", 5) + attribute(9, struct.pack("<QQ", one, one)) + attribute(1, key) + attribute(2, b"")
        yield message(35, 1, body, flags=0x401, seq=one + 1, pid=7)


def unknown_types(count: int) -> Iterator[bytes]:
    """Long messages of types that nothing names."""
    for one in range(count):
        yield message(100 + one, 1, bytes(4) + b"".join(attribute(n % 7, bytes(60)) for n in range(1000)), seq=one + 1)


def messages_of_a_record(count: int) -> Iterator[bytes]:
    """One record of messages without anything."""
    yield from known()
    yield struct.pack("<IHHII", 16, 36, 0, 0, 0) * count


def malformed_of_a_record(count: int) -> Iterator[bytes]:
    """One record of upcalls whose attributes are wrong."""
    yield from known()
    yield message(36, 1, struct.pack("<i", 5) + attribute(5, b"x")) * count


def attributes_of_a_message(count: int) -> Iterator[bytes]:
    """One message of attributes without anything."""
    yield from known()
    yield message(36, 1, struct.pack("<i", 5) + attribute(5, b"") * count)


def problems(count: int) -> Iterator[bytes]:
    """One message of attributes that are all wrong."""
    yield from known()
    yield message(36, 1, struct.pack("<i", 5) + b"".join(attribute(one % 3, b"x") for one in range(count)))


def nesting(count: int) -> Iterator[bytes]:
    """Actions inside actions: a sample in a sample, as deep as a length goes, in many messages."""
    yield from known()
    for _ in range(max(count // 5000, 1)):
        body = b""
        while len(body) < 65_000:
            body = attribute(6, attribute(2, body))
        yield message(35, 1, struct.pack("<i", 5) + attribute(3, body))


def extended_acks(count: int) -> Iterator[bytes]:
    """An error with a text of many bytes."""
    yield from known()
    request = message(35, 1, struct.pack("<i", 5), flags=5, seq=1, pid=7)
    text = b"".join(attribute(1, bytes([65 + one % 26, 0x1B]) * 30_000 + b"\0") for one in range(max(count // 30_000, 1)))
    body = struct.pack("<i", -22) + request + text
    yield request + struct.pack("<IHHII", 16 + len(body), 2, 0x200, 1, 7) + body


def interfaces(count: int) -> Iterator[bytes]:
    """A pcapng file of interfaces without a packet."""
    yield SECTION
    one = block(1, struct.pack("<HHI", 253, 0, 0) + option(2, b"nlmon0"))
    for _ in range(count // 1000):
        yield one * 1000


def sections(count: int) -> Iterator[bytes]:
    """A pcapng file of sections with an interface and a packet each."""
    data = COOKED + announced("ovs_packet", 36)
    packet_block = block(6, struct.pack("<IIIII", 0, 0, 1, len(data), len(data)) + data + bytes(-len(data) % 4))
    one = SECTION + block(1, struct.pack("<HHI", 253, 0, 0)) + packet_block
    for _ in range(count // 100):
        yield one * 100


def comments(count: int) -> Iterator[bytes]:
    """A pcapng file of blocks that are mostly comments, some megabytes each."""
    data = COOKED + announced("ovs_packet", 36)
    noise = b"".join(option(1, b"comment \x1b[2J " * 4000) for _ in range(max(count // 1000, 1)))
    head = struct.pack("<IIIII", 0, 0, 1, len(data), len(data)) + data + bytes(-len(data) % 4)
    yield SECTION + block(1, struct.pack("<HHI", 253, 0, 0) + noise)
    for _ in range(4):
        yield block(6, head + noise)
        yield block(0xBAD, noise) + block(5, struct.pack("<III", 0, 0, 0) + noise)


def options(count: int) -> Iterator[bytes]:
    """A pcapng file of blocks with very many options, comments most of them."""
    data = COOKED + announced("ovs_packet", 36)
    many = option(1, b"") * count
    yield SECTION + block(1, struct.pack("<HHI", 253, 0, 0) + many)
    yield block(6, struct.pack("<IIIII", 0, 0, 1, len(data), len(data)) + data + bytes(-len(data) % 4) + option(1, b"cd") * count)
    yield block(5, struct.pack("<III", 0, 0, 0) + many)


def long_names(count: int) -> Iterator[bytes]:
    """Ports whose names fill a message."""
    yield from known()
    for one in range(count):
        body = struct.pack("<i", 5) + attribute(1, struct.pack("<I", one)) + attribute(3, b"%d-" % one + b"n" * 60_000 + b"\0")
        yield message(34, 1, body) + packet(one)


def acks(count: int) -> Iterator[bytes]:
    """Requests with an ACK each."""
    yield from known()
    for one in range(count):
        request = message(35, 1, struct.pack("<i", 5) + attribute(9, struct.pack("<QQ", one, one)), flags=5, seq=one + 1, pid=7)
        yield request + struct.pack("<IHHIIi", 36, 2, 0x100, one + 1, 7, 0) + request[:16]


def flows(count: int) -> Iterator[bytes]:
    """Upcalls of as many connections and ports, each answered by a put and an EXECUTE."""
    yield from known()
    for one in range(count):
        port = one % 20_000
        frame = struct.pack("<QI", one, 0) + b"\x88\xb5" + bytes(46)
        key = attribute(3, struct.pack("<I", port)) + attribute(4, frame[6:12] + frame[:6]) + attribute(6, b"\x88\xb5")
        miss = struct.pack("<i", 5) + attribute(1, frame) + attribute(2, key)
        put = struct.pack("<i", 5) + attribute(9, struct.pack("<QQ", one, one)) + attribute(1, key) + attribute(2, b"")
        yield message(36, 1, miss)
        yield message(35, 1, put, flags=0x405, seq=2 * one + 1, pid=7) + message(36, 3, miss + attribute(3, b""), seq=0, pid=7, flags=1)


# name: what makes it, how many of what it has, as a pcap file or as it is
Make = Callable[[int], Iterator[bytes]]
HEAVY: Final[dict[str, tuple[Make, int, bool]]] = {
    "families": (families, 10_000, True),
    "changing-families": (changing_families, 10_000, True),
    "ports": (ports, 16_000, True),
    "gone-ports": (gone_ports, 8_000, True),
    "datapaths": (datapaths, 10_000, True),
    "requests": (requests, 40_000, True),
    "ufids": (ufids, 40_000, True),
    "unknown-types": (unknown_types, 1_200, True),
    "messages-of-a-record": (messages_of_a_record, 300_000, True),
    "malformed-of-a-record": (malformed_of_a_record, 400_000, True),
    "attributes-of-a-message": (attributes_of_a_message, 1_000_000, True),
    "problems": (problems, 200_000, True),
    "nesting": (nesting, 200_000, True),
    "extended-acks": (extended_acks, 1_000_000, True),
    "interfaces": (interfaces, 500_000, False),
    "sections": (sections, 20_000, False),
    "options": (options, 1_000_000, False),
    "long-names": (long_names, 1_000, True),
    "acks": (acks, 300_000, True),
    "flows": (flows, 100_000, True),
    "comments": (comments, 100_000, False),
}


def write(path: Path, name: str, count: int | None = None) -> None:
    """Write one of them, compressed where the path ends in .gz."""
    make, usual, packed = HEAVY[name]
    parts = make(usual if count is None else count)
    with gzip.open(path, "wb", 1) if path.suffix == ".gz" else path.open("wb") as file:
        for part in pcap(parts) if packed else parts:
            file.write(part)
