"""The classic pcap format: micro- and nanoseconds, both byte orders, and the "modified" variant of old Linux distributions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from struct import Struct
from typing import Final, NamedTuple

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture.ending import Ending
from ovsdissect.capture.order import message_order
from ovsdissect.capture.record import LONGEST_RECORD, Interface, Record, Skipped
from ovsdissect.capture.source import Window
from ovsdissect.errors import CaptureError
from ovsdissect.problem import Problem

FILE_HEADER_LENGTH: Final = 24
HEADER_LENGTHS: Final = (16, 24)  # of a record

# The magic number as a little-endian writer stores it: nanoseconds per tick, and the length of a record's header.
_KINDS: Final[dict[bytes, tuple[int, int]]] = {
    b"\xd4\xc3\xb2\xa1": (1000, 16),
    b"\x4d\x3c\xb2\xa1": (1, 16),
    b"\x34\xcd\xb2\xa1": (1000, 24),
}


def is_pcap(head: bytes) -> bool:
    """Whether a stream that starts with `head` is a pcap file."""
    return head[:4] in _KINDS or head[3::-1] in _KINDS


class Layout(NamedTuple):
    """The layout of records in a file.

    byteorder: of the headers. tick: nanoseconds. unpack: unpacks a record's header: seconds, ticks in the second, captured length, original
    length. told: the order of all messages, None if each record's messages decide.
    """

    link_type: int
    byteorder: ByteOrder
    tick: int
    header_length: int
    unpack: Callable[[bytes, int], tuple[int, ...]]
    told: ByteOrder | None = None


@dataclass(slots=True)
class Stretch:
    """Bytes of a file. The header of a record is at `position`; `start` is the offset of the first byte in the file.

    Whoever takes records from it sets `position` to the first incomplete record, and adds the number of records before it to `number`.
    """

    data: bytes
    start: int
    position: int
    number: int
    layout: Layout

    def record(self, position: int, number: int) -> Record:
        """Return the record whose header is at a position."""
        link_type, byteorder, tick, header_length, unpack, told = self.layout
        seconds, fraction, captured, wire = unpack(self.data, position)
        begin = position + header_length
        time_ns = seconds * 1_000_000_000 + fraction * tick
        data = self.data[begin : begin + captured]
        return Record(
            number, time_ns, link_type, data, wire, self.start + begin, 0, told or message_order(data, link_type, wire, byteorder)
        )

    def records(self) -> list[Record]:
        """Take the complete records."""
        # This loop decides how long a large capture takes: it uses local variables, and makes a Record without its constructor.
        make = tuple.__new__
        link_type, byteorder, tick, header_length, unpack, told = self.layout
        data, start, position, number = self.data, self.start, self.position, self.number
        length = len(data)
        records: list[Record] = []
        append = records.append
        while (begin := position + header_length) <= length:
            seconds, fraction, captured, wire = unpack(data, position)
            end = begin + captured
            if end > length:
                break
            number += 1
            content = data[begin:end]
            order = told or message_order(content, link_type, wire, byteorder)
            record = (number, seconds * 1_000_000_000 + fraction * tick, link_type, content, wire, start + begin, 0, order, None)
            append(make(Record, record))
            position = end
        self.position, self.number = position, number
        return records


class PcapReader:
    """Reads records from a window that is at a pcap file header; raises CaptureError if the header is truncated.

    tick: nanoseconds. header_length: of a record's header. told: the order of all messages. limit: longer records are skipped.
    """

    format: Final = "pcap"

    def __init__(
        self, window: Window, ending: Ending, name: str, told: ByteOrder | None = None, limit: int = LONGEST_RECORD
    ) -> None:
        if not window.refill(0, FILE_HEADER_LENGTH):
            have = f"{len(window.data)} of {FILE_HEADER_LENGTH} bytes{ending.why()}"
            raise CaptureError(f"{name}: cut short inside the pcap file header, {have}")
        head = window.data[:FILE_HEADER_LENGTH]
        little = head[:4] in _KINDS
        self.byteorder: ByteOrder = "little" if little else "big"
        self.byteorders: set[ByteOrder] = {self.byteorder}
        self.tick, self.header_length = _KINDS[head[:4] if little else head[3::-1]]
        snaplen, link_type = Struct("<16xII" if little else ">16xII").unpack(head)
        # The upper half of the field describes checksums at the end of frames.
        self.link_type: int = link_type & 0xFFFF
        self.interfaces = [Interface(0, self.link_type, snaplen=snaplen, ticks_per_second=10**9 // self.tick)]
        self.cut: Problem | None = None
        self.skipped: list[Skipped] = []
        unpack = Struct("<IIII" if little else ">IIII").unpack_from
        self.layout = Layout(self.link_type, self.byteorder, self.tick, self.header_length, unpack, told)
        self._window = window
        self._ending = ending
        self._limit = limit

    def records(self, number: int = 0) -> Iterator[Record]:
        """Yield every complete record, after `number` earlier ones; afterwards `cut` says whether something followed the last one."""
        return chain.from_iterable(piece if isinstance(piece, list) else piece.records() for piece in self.stretches(number))

    def stretches(self, number: int = 0) -> Iterator[Stretch | list[Record]]:
        """Yield the bytes of the records as they arrive, after `number` earlier ones; a record that is skipped comes separately."""
        window, header_length = self._window, self.header_length
        stretch = Stretch(window.data, window.start, FILE_HEADER_LENGTH, number, self.layout)
        while True:
            yield stretch
            position, need = stretch.position, header_length
            if position + header_length <= len(stretch.data):
                need += self.layout.unpack(stretch.data, position)[2]
            if need - header_length > self._limit:
                skipped = self._skip(stretch, need)
                if skipped is None:
                    return
                yield [skipped]
            elif not window.refill(position, need):
                self.cut = self._ending.problem(window, need, f"record {stretch.number + 1}")
                return
            stretch.data, stretch.start, stretch.position = window.data, window.start, 0

    def _skip(self, stretch: Stretch, length: int) -> Record | None:
        """Skip the record at the stretch's position. Returns it without its bytes, None if the file ends before that: see `cut`."""
        at, number = stretch.start + stretch.position, stretch.number + 1
        begin = stretch.position + self.header_length
        head = Stretch(stretch.data[:begin], stretch.start, stretch.position, stretch.number, self.layout)
        record, captured = head.record(stretch.position, number), length - self.header_length
        missing = self._window.skip(stretch.position, length)
        if missing:
            what = f"record {number} at byte {at} claims {captured:,} captured bytes"
            self.cut = self._ending.beyond(what, at, self.header_length, missing)
            return None
        self.skipped.append(Skipped(number, captured, at, self._limit))
        stretch.number = number
        return record
