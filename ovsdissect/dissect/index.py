"""The index of a whole capture, made at once: of an uncompressed pcap file of nlmon through a map of it, of all else record by record."""

from __future__ import annotations

import os
import sys
from array import array
from itertools import chain
from mmap import ACCESS_READ, mmap
from struct import Struct
from typing import BinaryIO, Final, Self

from ovsdissect.capture import open_capture
from ovsdissect.capture.ending import Ending
from ovsdissect.capture.pcap import FILE_HEADER_LENGTH, PcapReader
from ovsdissect.capture.record import LINKTYPE_NETLINK, LONGEST_BLOCK
from ovsdissect.capture.source import Source, Window
from ovsdissect.capture.spool import Spool
from ovsdissect.dissect.table import HEADERS, NO_COMMAND, Table
from ovsdissect.netlink.numbers import FIRST, NETLINK_GENERIC, NLMSG_MIN_TYPE, NLMSGHDR_LEN
from ovsdissect.problem import Problem

# What is read of the map at once: headers are picked faster out of a copy that is in the processor's cache than out of the map.
_PIECE: Final = 1 << 18
_SHORTEST: Final = FIRST + HEADERS  # a record of one whole message with its genlmsghdr


class Index(Table):
    """The table of a capture, complete: a context manager, as it holds a file open.

    source: a path, "-" for standard input, or a binary stream.  cut: what made the capture end in the middle of something.
    Raises CaptureError where it is no capture.
    """

    def __init__(self, source: str | os.PathLike[str] | BinaryIO) -> None:
        with open_capture(source) as capture:
            path = source if isinstance(source, (str, os.PathLike)) and capture.seekable and not capture.compression else None
            super().__init__(Spool(path))
            self.cut: Problem | None = None
            if path is not None and capture.format == "pcap" and capture.interfaces[0].link_type == LINKTYPE_NETLINK and self._leap(path):
                return
            for record in capture:
                self.add(record)
            self.spool.flush()
            self.cut = capture.cut

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file that records come back from."""
        self.spool.close()

    def _leap(self, path: str | os.PathLike[str]) -> bool:
        """Index a pcap file of nlmon from header to header, and what is no complete record at its end as its reader does.

        False, and nothing done, where the file cannot be mapped.
        """
        with open(path, "rb") as file:
            # whoever cuts the file short while it is scanned ends the process: the map is gone when the scan is over
            try:
                mapped = mmap(file.fileno(), 0, access=ACCESS_READ)
            except (OSError, ValueError):
                return False
            source = Source(file)
            window = Window(chain([mapped[:FILE_HEADER_LENGTH]], source))
            reader = PcapReader(window, Ending(source, None), source.name)
            with mapped:
                end = self._scan(mapped, reader)
            file.seek(end)
            window.start = end - FILE_HEADER_LENGTH
            for record in reader.records(len(self.times)):
                self.add(record)
            self.cut = reader.cut
        return True

    def _scan(self, mapped: mmap, reader: PcapReader) -> int:
        """Index the records whose headers are followed by so many bytes that one reading gives all; where the next one begins."""
        # This loop decides how long a large capture takes: all that it does with a record is to step to the next.
        self._turn(0, (reader.link_type, 0, reader.byteorder))
        header = reader.header_length
        stride = header + _SHORTEST
        unpack = Struct(f"{'<' if reader.byteorder == 'little' else '>'}8xI{header + FIRST - 12}xI{HEADERS - 4}x").unpack
        size, position = len(mapped), FILE_HEADER_LENGTH
        whole = True
        while whole and position <= size - stride:
            piece = mapped[position : position + _PIECE]
            heads: list[bytes] = []
            begins: list[int] = []
            odd: list[int] = []
            add_head, add_begin = heads.append, begins.append
            base, at, last = position, 0, len(piece) - stride
            while at <= last:
                head = piece[at : at + stride]
                captured, length = unpack(head)
                if captured - FIRST != length or not _SHORTEST <= captured <= LONGEST_BLOCK:
                    if captured > LONGEST_BLOCK:
                        whole = False  # a damaged length: its reader knows what that means
                        break
                    odd.append(len(heads))
                at += header
                add_head(head)
                add_begin(base + at)
                at += captured
            position += at
            if position > size:
                whole = False  # the last one lacks its end
                heads.pop()
                position = begins.pop() - header
                odd = [one for one in odd if one < len(heads)]
            self._take(heads, begins, odd, mapped, reader)
        return position

    def _take(self, heads: list[bytes], begins: list[int], odd: list[int], mapped: mmap, reader: PcapReader) -> None:
        """Note records by their headers, each of one message and no more, except the odd ones."""
        order, header, tick = reader.byteorder, reader.header_length, reader.tick
        raw = b"".join(heads)
        words, halves = array("I", raw), array("H", raw)
        if order != sys.byteorder:
            words.byteswap()
            halves.byteswap()
        width = (header + _SHORTEST) // 4
        message = header + FIRST
        first, done = len(self._at), 0
        captured = words[2::width]
        self._at.fromlist(begins)
        self._captured += captured
        self._wire += words[3::width]
        self.times.frombytes(_nanoseconds(words[::width], words[1::width], tick))
        protocols, types = halves[message // 2 - 1 :: 2 * width], halves[message // 2 + 2 :: 2 * width]
        generic = int.from_bytes(NETLINK_GENERIC.to_bytes(2, "big"), order)
        commands = array("H")
        commands.fromlist([
            command if protocol == generic and kind >= NLMSG_MIN_TYPE else NO_COMMAND
            for command, protocol, kind in zip(raw[message + NLMSGHDR_LEN :: 4 * width], protocols, types, strict=True)
        ])
        for at in [*odd, len(begins)]:
            self.record.extend(range(first + done, first + at))
            self.offset += array("I", [FIRST]) * (at - done)
            self.type += types[done:at]
            self.command += commands[done:at]
            done = at + 1
            if at < len(begins):
                data = mapped[begins[at] : begins[at] + captured[at]]
                self._walk(first + at, data, FIRST, int.from_bytes(data[FIRST - 2 : FIRST], "big"), order)


def _nanoseconds(seconds: array[int], parts: array[int], tick: int) -> bytes:
    """The times of records, 64 bits each: two long integers are added that have a record in each 64 bits, which no sum leaves."""
    low, total = 0 if sys.byteorder == "little" else 1, 0
    for factor, column in ((1_000_000_000, seconds), (tick, parts)):
        wide = array("I", bytes(8 * len(column)))
        wide[low::2] = column
        total += int.from_bytes(wide, sys.byteorder) * factor
    return total.to_bytes(8 * len(seconds), sys.byteorder)
