"""The index of a whole capture: a pcap file is scanned in one go, other formats record by record."""

from __future__ import annotations

import os
from itertools import chain
from typing import BinaryIO, Final, Self

from ovsdissect.capture import Stretch, open_capture
from ovsdissect.capture.ending import Ending
from ovsdissect.capture.pcap import FILE_HEADER_LENGTH, PcapReader
from ovsdissect.capture.source import Opened, Source, Window, read_at, read_into
from ovsdissect.capture.spool import Spool
from ovsdissect.engine.scan import Scan
from ovsdissect.engine.table import Table
from ovsdissect.problem import Problem

BUFFER: Final = 1 << 18  # small enough to stay in the processor's cache


class Index(Table):
    """The complete table of a capture. It is a context manager because it holds a file open.

    source: a path, "-" for standard input, or a binary stream. cut: how the capture ended early.
    Raises CaptureError if the source is not a capture.
    """

    def __init__(self, source: str | os.PathLike[str] | BinaryIO) -> None:
        with open_capture(source) as capture:
            plain = None if capture.compression else capture.opened
            super().__init__(Spool(plain))
            self.cut: Problem | None = None
            if plain is not None and capture.format == "pcap":
                self._plain(plain)
                return
            scan = Scan()
            for piece in capture.pieces():
                if isinstance(piece, Stretch):
                    piece.position, piece.number = self.stretch(piece, scan)
                else:
                    for record in piece if isinstance(piece, list) else piece.records():
                        self.add(record)
            self.spool.flush()
            self.cut = capture.cut

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file from which records are reread."""
        self.spool.close()

    def _plain(self, opened: Opened) -> None:
        """Index a pcap file through one buffer; an incomplete record at its end is treated as the file's reader does."""
        with opened.again() as file:
            source = Source(opened)
            window = Window(chain([read_at(file, 0, FILE_HEADER_LENGTH)], source))
            reader = PcapReader(window, Ending(source, None), source.name)
            layout, scan = reader.layout, Scan()
            buffer = memoryview(bytearray(BUFFER))
            start, size = FILE_HEADER_LENGTH, 0
            while count := read_into(file, start + size, buffer[size:]):
                size += count
                taken = self.scan(scan, buffer[:size], start, layout)
                # the rest is the beginning of a record
                buffer[: size - taken] = buffer[taken:size]
                start, size = start + taken, size - taken
            source.taken = start
            window.start = start - FILE_HEADER_LENGTH
            for record in reader.records(len(self.times)):
                self.add(record)
            self.cut = reader.cut
            source.close()
