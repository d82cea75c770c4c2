"""The classic pcap format: micro- and nanoseconds, both byte orders, and the "modified" one of old Linux distributions."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final

from ovsdissect.capture.ending import Ending
from ovsdissect.capture.record import LONGEST_BLOCK, ByteOrder, Dull, Interface, Record
from ovsdissect.capture.source import Window
from ovsdissect.errors import CaptureError
from ovsdissect.problem import Problem, ProblemKind

FILE_HEADER_LENGTH: Final = 24

# The magic number as a little-endian writer lays it down: nanoseconds a tick, and how long a record's header is.
_KINDS: Final[dict[bytes, tuple[int, int]]] = {
    b"\xd4\xc3\xb2\xa1": (1000, 16),
    b"\x4d\x3c\xb2\xa1": (1, 16),
    b"\x34\xcd\xb2\xa1": (1000, 24),
}


def is_pcap(head: bytes) -> bool:
    """Whether a stream that starts with `head` is a pcap file."""
    return head[:4] in _KINDS or head[3::-1] in _KINDS


class PcapReader:
    """Reads records from a window that stands at a pcap file header; raises CaptureError where that is cut short.

    tick: nanoseconds.  header_length: of a record's header.
    """

    format: Final = "pcap"

    def __init__(self, window: Window, ending: Ending, name: str) -> None:
        from ovsdissect.capture.lean_dpkt.pcap import FileHdr, LEFileHdr

        if not window.refill(0, FILE_HEADER_LENGTH):
            have = f"{len(window.data)} of {FILE_HEADER_LENGTH} bytes{ending.why()}"
            raise CaptureError(f"{name}: cut short inside the pcap file header, {have}")
        head = window.data[:FILE_HEADER_LENGTH]
        little = head[:4] in _KINDS
        self.byteorder: ByteOrder = "little" if little else "big"
        self.tick, self.header_length = _KINDS[head[:4] if little else head[3::-1]]
        header = (LEFileHdr if little else FileHdr)(head)
        # The upper half of the field tells about checksums at the end of frames.
        self.link_type: int = header.linktype & 0xFFFF
        self.interfaces = [Interface(0, self.link_type, snaplen=header.snaplen, ticks_per_second=10**9 // self.tick)]
        self.cut: Problem | None = None
        self._window = window
        self._ending = ending

    def records(self, number: int = 0, dull: Dull | None = None) -> Iterator[Record]:
        """Every complete record, `number` having been passed over; `cut` tells afterwards whether something stood behind the last one.

        dull: says which records are of no interest.
        """
        # This loop decides how long a large capture takes: what it touches is local, and a Record is made without its constructor.
        window = self._window
        unpack = Struct("<IIII" if self.byteorder == "little" else ">IIII").unpack_from
        make = tuple.__new__
        tick, header_length, link_type, byteorder = self.tick, self.header_length, self.link_type, self.byteorder
        position = FILE_HEADER_LENGTH
        while True:
            data, start = window.data, window.start
            length = len(data)
            need = header_length
            while (begin := position + header_length) <= length:
                seconds, fraction, captured, wire = unpack(data, position)
                end = begin + captured
                if end > length:
                    need = header_length + captured
                    break
                number += 1
                if dull is not None and dull(data, begin, end):
                    position = end
                    continue
                record = (number, seconds * 1_000_000_000 + fraction * tick, link_type, data[begin:end], wire, start + begin, 0, byteorder)
                yield make(Record, record)
                position = end
            if need - header_length > LONGEST_BLOCK:
                text = f"record {number + 1} at byte {start + position} claims {need - header_length} captured bytes"
                self.cut = Problem(ProblemKind.BAD_LENGTH, "", start + position, header_length, text)
                return
            if not window.refill(position, need):
                self.cut = self._ending.problem(window, need, f"record {number + 1}")
                return
            position = 0
