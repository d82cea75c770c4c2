"""Writes records as a pcapng file of one section, keeping interfaces with their clocks and what the capture says about records.

Blocks and options of other kinds are left out. Clocks finer than nanoseconds are rounded to nanoseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import pack
from typing import BinaryIO, Final

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import Interface, Notes, Record
from ovsdissect.grammar.wire import PREFIX

SECTION: Final = 0x0A0D0D0A
MAGIC: Final = 0x1A2B3C4D
INTERFACE: Final = 1
SIMPLE: Final = 3
STATISTICS: Final = 5
ENHANCED: Final = 6
COMMENT: Final = 1
IF_NAME: Final = 2
IF_TSRESOL: Final = 9
IF_TSOFFSET: Final = 14
FLAGS: Final = 2
DROPCOUNT: Final = 4
ISB: Final = {"received": 4, "dropped": 5, "accepted": 6, "os_dropped": 7, "delivered": 8}
MICROSECONDS: Final = 1_000_000  # default ticks per second
LAST_TICK: Final = 2**64 - 1


class PcapngWriter:
    """Writes records to a stream; the section and its interfaces come with the first one.

    interfaces: all those of the capture. link_type: of what is written, None for each interface's own.
    written: the number of records. timeless: how many of them had no time that the format can hold, and got 1970.
    """

    def __init__(self, out: BinaryIO, interfaces: Sequence[Interface], link_type: int | None = None) -> None:
        self._out, self._interfaces, self._link_type = out, interfaces, link_type
        self._mark = ""
        self._last = 0
        self.written = 0
        self.timeless = 0

    def start(self, link_type: int, order: ByteOrder) -> None:
        """Write the section and its interfaces, unless they are written already. link_type: used if the capture described no interface."""
        if self._mark:
            return
        self._mark = PREFIX[order]
        self._block(SECTION, pack(self._mark + "IHHq", MAGIC, 1, 0, -1))
        for one in self._interfaces or (Interface(0, link_type),):
            self._interface(one)

    def write(self, record: Record) -> None:
        """Write a record."""
        self.start(record.link_type, record.byteorder)
        wire = max(record.wire_length, len(record.data))
        self.written += 1
        if record.time_ns is None and not record.interface and record.notes is None:
            self._block(SIMPLE, pack(self._mark + "I", wire) + record.data)
            return
        ticks = self._ticks(record)
        if ticks is None:
            ticks = 0
            self.timeless += 1
        self._last = ticks
        head = pack(self._mark + "IIIII", record.interface, ticks >> 32, ticks & 0xFFFFFFFF, len(record.data), wire)
        self._block(ENHANCED, head + _padded(record.data) + self._notes(record.notes))

    def finish(self) -> None:
        """Write the losses that the capture reports for its interfaces."""
        for one in self._interfaces:
            counts = [(code, getattr(one, name)) for name, code in ISB.items() if getattr(one, name) is not None]
            if counts:
                options = b"".join(self._option(code, pack(self._mark + "Q", count)) for code, count in counts)
                head = pack(self._mark + "III", one.index, self._last >> 32, self._last & 0xFFFFFFFF)
                self._block(STATISTICS, head + options + self._option(0, b""))

    def _ticks(self, record: Record) -> int | None:
        """Return the time of a record by the clock of its interface."""
        if record.time_ns is None:
            return None
        known = record.interface < len(self._interfaces)
        clock = self._interfaces[record.interface] if known else Interface(0, record.link_type)
        # rounded up, because the nanoseconds were rounded down: this gives the original ticks
        ticks = -(-(record.time_ns - clock.time_offset * 10**9) * clock.ticks_per_second // 10**9)
        return ticks if 0 <= ticks <= LAST_TICK else None

    def _interface(self, one: Interface) -> None:
        options = b"".join(self._option(COMMENT, text.encode()) for text in one.comments)
        if one.name:
            options += self._option(IF_NAME, one.name.encode())
        if one.ticks_per_second != MICROSECONDS:
            options += self._option(IF_TSRESOL, bytes([_resolution(one.ticks_per_second)]))
        if one.time_offset:
            options += self._option(IF_TSOFFSET, pack(self._mark + "q", one.time_offset))
        link_type = one.link_type if self._link_type is None else self._link_type
        self._block(INTERFACE, pack(self._mark + "HHI", link_type, 0, one.snaplen) + (options and options + self._option(0, b"")))

    def _notes(self, notes: Notes | None) -> bytes:
        """Return the options of a record."""
        if notes is None:
            return b""
        options = b"".join(self._option(COMMENT, text.encode()) for text in notes.comments)
        if notes.flags is not None:
            options += self._option(FLAGS, pack(self._mark + "I", notes.flags))
        if notes.lost is not None:
            options += self._option(DROPCOUNT, pack(self._mark + "Q", notes.lost))
        return options and options + self._option(0, b"")

    def _option(self, code: int, value: bytes) -> bytes:
        value = value[:0xFFFF]
        return pack(self._mark + "HH", code, len(value)) + _padded(value)

    def _block(self, kind: int, body: bytes) -> None:
        body = _padded(body)
        length = pack(self._mark + "I", len(body) + 12)
        self._out.write(pack(self._mark + "I", kind) + length + body + length)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _resolution(ticks: int) -> int:
    """Return if_tsresol for a number of ticks per second that is a power of ten or of two."""
    tens = len(str(ticks)) - 1
    return tens if ticks == 10**tens else 0x80 | (ticks.bit_length() - 1)
