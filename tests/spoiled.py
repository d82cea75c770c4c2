"""Captures of spoiled messages: those of a recording in order, most of them damaged; the same seed makes the same capture.

Damage affects attributes: bits, lengths, types, extreme values; attributes are duplicated, removed, moved, and messages are cut.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from construct import ConstructError

import ovsdissect
from ovsdissect.byteorder import ByteOrder
from ovsdissect.families import FAMILIES, NLCTRL
from ovsdissect.grammar import Element
from ovsdissect.netlink.framing import framing
from ovsdissect.netlink.headers import NETLINK_GENERIC
from tests import recorded

COOKED: Final = 16  # bytes before a message
NLMSGHDR: Final = 16
HEADERS: Final = NLMSGHDR + 4  # with genlmsghdr
EDGES: Final = (0, 1, 2, 3, 4, 5, 7, 8, 0x7F, 0x80, 0xFF, 0x3FFF, 0x4000, 0x7FFF, 0x8000, 0xFFFF)
SHARE: Final = 0.8  # of the messages are spoiled
DEEPEST: Final = 6


class Place(NamedTuple):
    """An attribute: where it begins, its nla_len, and where those begin that hold it."""

    at: int
    length: int
    outer: tuple[int, ...]

    @property
    def padded(self) -> int:
        """Its bytes with the padding."""
        return self.length + 3 & ~3


@cache
def ids(name: str) -> dict[int, str]:
    """The ids of the families that are decoded, in a recording."""
    with ovsdissect.open(recorded.path(name)) as capture:
        for _ in capture:
            pass
        return {number: known.name for number, known in capture.ids.items() if known.name in FAMILIES}


@cache
def messages(name: str, order: ByteOrder) -> tuple[tuple[bytes, bytes], ...]:
    """(Cooked header, message) for each generic netlink message of a recording, as a host of this byte order would have sent it."""
    found = []
    for record in recorded.records(name):
        cut = framing(record.data, record.link_type, record.wire_length, record.byteorder)
        if cut.protocol != NETLINK_GENERIC:
            continue
        for frame in cut.frames:
            data = record.data[frame.offset : frame.end]
            found.append((record.data[: cut.start], data if order == "little" else twin(data, ids(name))))
    return tuple(found)


def twin(data: bytes, known: dict[int, str]) -> bytes:
    """A little-endian message as a big-endian host sends it, as far as the grammar reads it."""
    length, kind, flags, seq, pid = struct.unpack_from("<IHHII", data)
    head = struct.pack(">IHHII", length, kind, flags, seq, pid)
    rest = data[NLMSGHDR:]
    if kind in known:
        family = FAMILIES[known[kind]]
        size = 4 if family.header is None else 8  # genlmsghdr, and dp_ifindex of ovs_header
        try:
            rest = rest[:4] + rest[4:size][::-1] + family.attrs.build(family.attrs.parse(rest[size:]), byteorder="big")
        except ConstructError:
            return head + rest
    else:
        words = len(rest) // 4
        rest = struct.pack(f">{words}I", *struct.unpack_from(f"<{words}I", rest)) + rest[4 * words :]
    return head + rest


def places(data: bytes, start: int, end: int, order: ByteOrder, outer: tuple[int, ...] = ()) -> Iterator[Place]:
    """What may be attributes, with what may be attributes inside."""
    while start + 4 <= end:
        length = int.from_bytes(data[start : start + 2], order)
        if length < 4 or start + length > end:
            return
        yield Place(start, length, outer)
        if len(outer) < DEEPEST:
            yield from places(data, start + 4, start + length, order, (*outer, start))
        start += length + 3 & ~3


def spoil(data: bytes, order: ByteOrder, rng: Random) -> bytes:
    """A message with one to three damages."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if len(out) < NLMSGHDR:
            break
        begin = rng.choice((HEADERS, HEADERS + 4, HEADERS + 4, NLMSGHDR + 4 + NLMSGHDR + 8))  # without an ovs_header, with one, in an error
        found = list(places(out, begin, len(out), order))
        if found:
            _spoil_attribute(out, rng.choice(found), found, order, rng)
        else:
            out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def _spoil_attribute(out: bytearray, one: Place, found: Sequence[Place], order: ByteOrder, rng: Random) -> None:
    """One damage, most of them to an attribute."""
    at, end = one.at, min(one.at + one.padded, len(out))
    match rng.randrange(11):
        case 0:  # bits
            for _ in range(rng.choice((1, 1, 3))):
                out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
        case 1:  # a length that is a little, or very, wrong
            length = rng.choice((one.length + rng.choice((-4, -2, -1, 1, 2, 4, 8)), len(out) - at + rng.randint(-5, 5), rng.choice(EDGES)))
            out[at : at + 2] = (length & 0xFFFF).to_bytes(2, order)
        case 2:  # a type: a known one, any, or flags
            number = int.from_bytes(out[at + 2 : at + 4], order)
            number = rng.choice((rng.randrange(40), rng.randrange(0x10000), number ^ 0x8000, number ^ 0x4000))
            out[at + 2 : at + 4] = number.to_bytes(2, order)
        case 3:  # twice
            _put(out, at, bytes(out[at:end]), one.outer, order, rng)
        case 4:  # gone
            _put(out, at, -(end - at), one.outer, order, rng)
        case 5:  # moved somewhere else
            other = rng.choice(found)
            _put(out, other.at, bytes(out[at:end]), other.outer, order, rng)
        case 6:  # an edge in the payload
            for place in range(at + 4, at + one.length):
                out[place] = rng.choice((0, 0xFF, 0x7F, 0x80))
        case 7:  # payload longer or shorter, padding and all
            change = rng.choice((-4, -3, -2, -1, 1, 2, 3, 4, 16))
            grown: bytes | int = rng.randbytes(change) if change > 0 else max(change, 4 - one.length)
            _put(out, at + one.length + min(change, 0), grown, (*one.outer, at), order, rng)
        case 8:  # headers
            place = rng.randrange(min(HEADERS + 4, len(out)))
            out[place] = rng.randrange(256)
        case 9:  # cut, with or without its length saying so
            del out[rng.randrange(1, len(out)) :]
            if rng.random() < 0.6 and len(out) >= 4:
                out[:4] = len(out).to_bytes(4, order)
        case 10:  # bytes behind the last attribute
            out += rng.randbytes(rng.randrange(1, 12))
            out[:4] = len(out).to_bytes(4, order)


def _put(out: bytearray, at: int, change: bytes | int, outer: Sequence[int], order: ByteOrder, rng: Random) -> None:
    """Put bytes in at a place, or take some out; mostly the lengths of what holds them follow."""
    if isinstance(change, bytes):
        out[at:at] = change
        size = len(change)
    else:
        del out[at : at - change]
        size = change
    if rng.random() < 0.8:
        out[:4] = len(out).to_bytes(4, order)
        for place in outer:
            length = int.from_bytes(out[place : place + 2], order) + size
            out[place : place + 2] = (length & 0xFFFF).to_bytes(2, order)


def announcements(known: dict[int, str], order: ByteOrder) -> Iterator[bytes]:
    """What nlctrl says of the families."""
    mark: dict[ByteOrder, str] = {"little": "<", "big": ">"}
    rows = NLCTRL.attrs.by_name
    for number, name in known.items():
        elements = [Element(rows["family_name"], 0, name), Element(rows["family_id"], 0, number)]
        attrs = NLCTRL.attrs.build(elements, byteorder=order)
        yield struct.pack(f"{mark[order]}IHHIIBBH", HEADERS + len(attrs), 16, 0, number, 4321, 1, 2, 0) + attrs


def write(path: Path, name: str, count: int, seed: int, order: ByteOrder = "little") -> None:
    """Write a capture of so many messages of a recording from somewhere on, most of them spoiled, a few records cut by the snap length."""
    rng = Random(f"{name} {seed} {order}")
    mark = "<" if order == "little" else ">"
    heads = messages(name, order)
    begin = rng.randrange(len(heads))
    now = 1_795_412_894_000_000
    with path.open("wb") as file:
        file.write(struct.pack(f"{mark}IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 253))
        plain = [(heads[0][0], data) for data in announcements(ids(name), order)]
        turned = cycle((*heads[begin:], *heads[:begin]))
        spoiled = ((head, spoil(data, order, rng) if rng.random() < SHARE else data) for head, data in turned)
        for head, data in (*plain, *(one for one, _ in zip(spoiled, range(count), strict=False))):
            record = head + data
            kept = record[: rng.randrange(len(record))] if rng.random() < 0.02 else record
            now += rng.randrange(5, 4000)
            file.write(struct.pack(f"{mark}IIII", now // 1_000_000, now % 1_000_000, len(kept), len(record)) + kept)
