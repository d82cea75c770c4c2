"""Writes records as a nanosecond pcap file, in the byte order of the host that captured them.

Netlink messages are in that order, and readers take it from the file's header.
"""

from __future__ import annotations

import struct
from typing import BinaryIO, Final

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import Record
from ovsdissect.errors import OvsDissectError
from ovsdissect.grammar.wire import PREFIX

MAGIC: Final = 0xA1B23C4D
SNAPLEN: Final = 262_144  # what libpcap writes for "everything" (MAXIMUM_SNAPLEN)
LAST_SECOND: Final = 2**32 - 1


class PcapWriter:
    """Writes records to a stream; the file header comes with the first one.

    written: the number of records. timeless: how many of them had no time that fits the format, and got 1970.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._sort: tuple[int, ByteOrder] | None = None
        self._head = struct.Struct("<IIII")
        self.written = 0
        self.timeless = 0

    def start(self, link_type: int, order: ByteOrder) -> None:
        """Write the file header, unless it is written already."""
        if self._sort is not None:
            return
        self._sort = link_type, order
        self._head = struct.Struct(PREFIX[order] + "IIII")
        self._out.write(struct.pack(PREFIX[order] + "IHHiIII", MAGIC, 2, 4, 0, 0, SNAPLEN, link_type))

    def finish(self) -> None:
        """Complete the file: nothing follows the records."""

    def write(self, record: Record) -> None:
        """Write a record.

        Raises OvsDissectError if its link type or byte order differs from that of earlier records: pcap has one for all.
        """
        self.start(record.link_type, record.byteorder)
        if self._sort != (record.link_type, record.byteorder):
            kind = "link types" if self._sort and self._sort[0] != record.link_type else "byte orders"
            raise OvsDissectError(f"the selected records have several {kind}, but a pcap file has one: select fewer records with `record`")
        seconds, nanoseconds = divmod(record.time_ns or 0, 1_000_000_000)
        if record.time_ns is None or not 0 <= seconds <= LAST_SECOND:
            seconds = nanoseconds = 0
            self.timeless += 1
        self._out.write(self._head.pack(seconds, nanoseconds, len(record.data), max(record.wire_length, len(record.data))))
        self._out.write(record.data)
        self.written += 1
