"""Captures made by hand, with the records that each holds: files that ordinary readers get wrong."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from struct import pack

import zstandard

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import Notes, Record

A, B, C = b"A" * 61, b"B" * 40, b"C" * 77
T = 1_700_000_000
SECOND = 10**9
MICRO, NANO, MODIFIED = 0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34


@dataclass(frozen=True, slots=True)
class Crafted:
    """A capture's bytes, what a reader must find, and how many bytes its cut end lacks (None where it is whole)."""

    data: bytes
    records: list[Record]
    missing: int | None = None


def pcap(mark: str, magic: int, packets: list[tuple[int, int, bytes, int]], link_type: int = 253) -> bytes:
    """A pcap file; `packets` are (seconds, fraction, data, wire length), `mark` is "<" or ">"."""
    out = pack(mark + "IHHiIII", magic, 2, 4, 0, 0, 65535, link_type)
    for seconds, fraction, data, wire in packets:
        out += pack(mark + "IIII", seconds, fraction, len(data), wire)
        out += pack(mark + "IHBB", 3, 0, 4, 0) if magic == MODIFIED else b""
        out += data
    return out


def padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def block(mark: str, kind: int, body: bytes) -> bytes:
    total = 12 + len(padded(body))
    return pack(mark + "II", kind, total) + padded(body) + pack(mark + "I", total)


def option(mark: str, code: int, value: bytes) -> bytes:
    return pack(mark + "HH", code, len(value)) + padded(value)


def section(mark: str) -> bytes:
    return block(mark, 0x0A0D0D0A, pack(mark + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(
    mark: str, link_type: int, resolution: int | None = None, offset: int | None = None, snaplen: int = 0, more: bytes = b""
) -> bytes:
    options = more
    if resolution is not None:
        options += option(mark, 9, bytes([resolution]))
    if offset is not None:
        options += option(mark, 14, pack(mark + "q", offset))
    if options:
        options += option(mark, 0, b"")
    return block(mark, 1, pack(mark + "HHI", link_type, 0, snaplen) + options)


def enhanced(mark: str, which: int, ticks: int, data: bytes, wire: int | None = None, options: bytes = b"") -> bytes:
    head = pack(mark + "IIIII", which, ticks >> 32, ticks & 0xFFFFFFFF, len(data), wire or len(data))
    return block(mark, 6, head + padded(data) + options)


def obsolete(mark: str, which: int, ticks: int, data: bytes) -> bytes:
    return block(mark, 2, pack(mark + "HHIIII", which, 0xFFFF, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data)) + padded(data))


def simple(mark: str, data: bytes, wire: int | None = None) -> bytes:
    return block(mark, 3, pack(mark + "I", wire or len(data)) + padded(data))


def statistics(mark: str, which: int, counts: dict[int, int]) -> bytes:
    options = b"".join(option(mark, code, pack(mark + "Q", count)) for code, count in counts.items())
    return block(mark, 5, pack(mark + "III", which, 0, 0) + options + option(mark, 0, b""))


def records(
    data: bytes, found: list[tuple[int | None, bytes, int, int, int]], order: str = "<", notes: Notes | None = None
) -> list[Record]:
    """Records from (time, data, wire length, link type, interface); `order` has a mark for each, or one for all; `notes` are the first's.

    The offset is looked up in the file: each record's data stands behind that of the one before.
    """
    out: list[Record] = []
    position = 0
    for number, (time_ns, payload, wire, link_type, which) in enumerate(found, 1):
        position = data.index(payload, position)
        byteorder: ByteOrder = "little" if (order * len(found))[number - 1] == "<" else "big"
        out.append(Record(number, time_ns, link_type, payload, wire, position, which, byteorder, notes if number == 1 else None))
        position += len(payload)
    return out


def crafted(
    data: bytes,
    *found: tuple[int | None, bytes, int, int, int],
    order: str = "<",
    missing: int | None = None,
    notes: Notes | None = None,
) -> Crafted:
    return Crafted(data, records(data, list(found), order, notes), missing)


TWO_PACKETS = [(T, 123456, A, 61), (T + 1, 5, B, 400)]
TWO_FOUND = ((T * SECOND + 123456000, A, 61, 253, 0), ((T + 1) * SECOND + 5000, B, 400, 253, 0))

CAPTURES: dict[str, Crafted] = {
    "le_us.pcap": crafted(pcap("<", MICRO, TWO_PACKETS), *TWO_FOUND),
    "be_us.pcap": crafted(pcap(">", MICRO, TWO_PACKETS), *TWO_FOUND, order=">"),
    "le_ns.pcap": crafted(pcap("<", NANO, [(T, 123456789, A, 61)]), (T * SECOND + 123456789, A, 61, 253, 0)),
    "be_ns.pcap": crafted(pcap(">", NANO, [(T, 123456789, A, 61)]), (T * SECOND + 123456789, A, 61, 253, 0), order=">"),
    "modified.pcap": crafted(pcap("<", MODIFIED, TWO_PACKETS), *TWO_FOUND),
    "modified_be.pcap": crafted(pcap(">", MODIFIED, TWO_PACKETS), *TWO_FOUND, order=">"),
    "fcs_bits.pcap": crafted(pcap("<", MICRO, TWO_PACKETS, 0x14000000 | 253), *TWO_FOUND),
    "cooked.pcap": crafted(pcap("<", MICRO, [(T, 0, A, 61)], 113), (T * SECOND, A, 61, 113, 0)),
    "cooked2.pcap": crafted(pcap("<", MICRO, [(T, 0, A, 61)], 276), (T * SECOND, A, 61, 276, 0)),
    "late.pcap": crafted(pcap("<", NANO, [(2**32 - 1, SECOND - 1, A, 61)]), (2**32 * SECOND - 1, A, 61, 253, 0)),
    "trunc.pcap": crafted(pcap("<", MICRO, [(T, 1, A, 61), (T, 2, B, 40)])[:-7], (T * SECOND + 1000, A, 61, 253, 0), missing=7),
    "trunc_hdr.pcap": crafted(pcap("<", MICRO, [(T, 1, A, 61)]) + b"\1\2\3", (T * SECOND + 1000, A, 61, 253, 0), missing=13),
    "empty.pcap": crafted(pcap("<", MICRO, [])),
    "le_us.pcapng": crafted(
        section("<") + interface("<", 253) + enhanced("<", 0, T * 10**6 + 7, A) + enhanced("<", 0, T * 10**6 + 8, B, 400),
        (T * SECOND + 7000, A, 61, 253, 0),
        (T * SECOND + 8000, B, 400, 253, 0),
    ),
    "be_us.pcapng": crafted(
        section(">") + interface(">", 253) + enhanced(">", 0, T * 10**6 + 7, A), (T * SECOND + 7000, A, 61, 253, 0), order=">"
    ),
    "ns_res.pcapng": crafted(
        section("<") + interface("<", 253, 9) + enhanced("<", 0, T * SECOND + 123456789, A), (T * SECOND + 123456789, A, 61, 253, 0)
    ),
    "ps_res.pcapng": crafted(
        section("<") + interface("<", 253, 12, T) + enhanced("<", 0, 123456789999, A), (T * SECOND + 123456789, A, 61, 253, 0)
    ),
    "two_if.pcapng": crafted(
        section("<")
        + interface("<", 253, 6)
        + interface("<", 1, 9)
        + enhanced("<", 0, T * 10**6 + 7, A)
        + enhanced("<", 1, T * SECOND + 42, B),
        (T * SECOND + 7000, A, 61, 253, 0),
        (T * SECOND + 42, B, 40, 1, 1),
    ),
    "pow2.pcapng": crafted(
        section("<") + interface("<", 253, 0x80 | 20) + enhanced("<", 0, T << 20 | 1 << 19, A), (T * SECOND + 500000000, A, 61, 253, 0)
    ),
    "tsoff.pcapng": crafted(section("<") + interface("<", 253, 6, T) + enhanced("<", 0, 5, A), (T * SECOND + 5000, A, 61, 253, 0)),
    "tsoff_negative.pcapng": crafted(
        section(">") + interface(">", 253, 6, -3) + enhanced(">", 0, T * 10**6, A), ((T - 3) * SECOND, A, 61, 253, 0), order=">"
    ),
    "spb.pcapng": crafted(
        section("<") + interface("<", 253) + simple("<", A) + simple("<", B), (None, A, 61, 253, 0), (None, B, 40, 253, 0)
    ),
    "spb_snaplen.pcapng": crafted(
        section("<") + interface("<", 253, snaplen=61) + simple("<", A, 400) + simple("<", B), (None, A, 400, 253, 0), (None, B, 40, 253, 0)
    ),
    "obsolete.pcapng": crafted(
        section(">") + interface(">", 253) + obsolete(">", 0, T * 10**6 + 7, A), (T * SECOND + 7000, A, 61, 253, 0), order=">"
    ),
    "opts.pcapng": crafted(
        section("<")
        + block("<", 5, b"\0" * 12)
        + interface("<", 253, more=option("<", 1, b"caf\xe9"))
        + block("<", 0xBAD, b"unknown")
        + enhanced("<", 0, T * 10**6, A, None, option("<", 1, b"a comment") + option("<", 2, b"\0\0\0\1") + option("<", 0, b"")),
        (T * SECOND, A, 61, 253, 0),
        notes=Notes(("a comment",), None, 0x01000000),
    ),
    "two_shb.pcapng": crafted(
        section("<")
        + interface("<", 253)
        + enhanced("<", 0, T * 10**6, A)
        + section(">")
        + interface(">", 253, 9)
        + enhanced(">", 0, T * SECOND + 9, B),
        (T * SECOND, A, 61, 253, 0),
        (T * SECOND + 9, B, 40, 253, 1),
        order="<>",
    ),
    "trunc.pcapng": crafted(
        (section("<") + interface("<", 253) + enhanced("<", 0, T * 10**6, A) + enhanced("<", 0, T * 10**6, B))[:-9],
        (T * SECOND, A, 61, 253, 0),
        missing=9,
    ),
    "empty.pcapng": crafted(section("<")),
    "idle.pcapng": crafted(section("<") + interface("<", 253)),
}

COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": partial(gzip.compress, mtime=0),  # the same bytes every time
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "bzip2": bz2.compress,
}
