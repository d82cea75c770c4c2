# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""The summary of a given packet, for Python callers: equal to that of ovsdissect.frame.summary, or None if that module must write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

from ovsdissect.byteorder import ByteOrder
from ovsdissect.engine.summary_tables import number_of
from ovsdissect.families.flow_key import KEY

if not cython.compiled:
    from ovsdissect.engine.odp_codes import WRITTEN
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.packetsummary import PacketSummary
    from ovsdissect.engine.reader import Reader

if TYPE_CHECKING:
    from ovsdissect.engine.list_tables import ListTables


@cython.final
@cython.cclass
class PacketText:
    """The summaries of complete packets."""

    def __init__(self, made: ListTables) -> None:
        self.reader, self.output = Reader(made.tables), Output(made.tables, 1 << 16)
        self.summary = PacketSummary(made.packets, self.reader, self.output)
        self.ethernet, self.ethertype = number_of(KEY, "ethernet"), number_of(KEY, "ethertype")

    def of(self, packet: bytes, key: bytes | None, order: ByteOrder) -> str | None:
        """Return the summary of an upcall's packet; key: its KEY, which says what a packet without an Ethernet header is."""
        ethertype: cython.int = -1
        if key is not None:
            self.reader.big = order == "big"
            self.reader.data = key
            ethertype = self.without_ethernet(len(key))
        self.reader.data = packet
        said: cython.int = self.summary.write(0, len(packet), ethertype)
        text = self.output.taken()
        return text.decode() if said == WRITTEN else None

    def without_ethernet(self, end: cython.int) -> cython.int:
        """Return the ethertype in the reader's key if the key has no Ethernet addresses; -1 if it has some, or has no ethertype either."""
        at: cython.int = 0
        size: cython.int
        kind: cython.int
        found: cython.int = -1
        while end - at >= 4:
            size = self.reader.host16(at)
            kind = self.reader.host16(at + 2) & 0x3FFF
            if size < 4 or size > end - at:
                break
            if kind == self.ethernet:
                return -1
            if kind == self.ethertype and size >= 6:
                found = self.reader.data[at + 4] << 8 | self.reader.data[at + 5]
            at += (size + 3) & ~3
        return found
