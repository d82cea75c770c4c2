"""A capture opened for one pass: detects its format from its content, and returns its records."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import chain
from types import TracebackType
from typing import BinaryIO, Final, Literal, Self

from ovsdissect.byteorder import ByteOrder, check_order
from ovsdissect.capture.compress import MAGIC_LENGTH, Decompression, compression_of
from ovsdissect.capture.ending import Ending
from ovsdissect.capture.members import Compression
from ovsdissect.capture.pcap import FILE_HEADER_LENGTH, PcapReader, is_pcap
from ovsdissect.capture.pcapng import SECTION_MAGIC, PcapngReader
from ovsdissect.capture.record import (
    GREATEST_LIMIT,
    LEAST_LIMIT,
    LINK_TYPE_NAMES,
    LONGEST_RECORD,
    NETLINK_LINK_TYPES,
    Interface,
    Record,
    Skipped,
)
from ovsdissect.capture.records import Piece, Records
from ovsdissect.capture.source import Opened, Source, Window
from ovsdissect.errors import CaptureError, OvsDissectError
from ovsdissect.problem import Problem

# This many bytes of compressed data are examined after a record that cannot be read: damage is found late.
_SOON: Final = 16 * 1024 * 1024

_SHOWN: Final = 8  # bytes of a file that is not a capture

# What people open by mistake.
_PACKED: Final = {
    b"PK\x05\x06": "an empty zip archive",
    b"\x04\x22\x4d\x18": "lz4 data",
    b"\x02\x21\x4c\x18": "lz4 data",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!": "a rar archive",
}


def open_capture(
    source: str | os.PathLike[str] | BinaryIO | Opened,
    *,
    follow: bool = False,
    byteorder: ByteOrder | None = None,
    max_record: int = LONGEST_RECORD,
) -> CaptureFile:
    """Open a capture for reading once.

    `source` is a path, "-" for standard input, a binary stream (read from its current position, not closed), or what another CaptureFile
    has opened; there is no seeking.
    With `follow`, records that are still being written to a regular file are waited for until CaptureFile.stop().
    `byteorder` is that of all messages; None if each record's messages decide.
    Records of more than `max_record` bytes are skipped: they have no data, and CaptureFile.skipped lists them.
    Raises CaptureError if the file does not exist, cannot be read, is not a capture, or holds no netlink; OvsDissectError if `max_record`
    or `byteorder` is out of range.
    """
    if not LEAST_LIMIT <= max_record <= GREATEST_LIMIT:
        raise OvsDissectError(f"max_record={max_record}: it must be a number from {LEAST_LIMIT:,} to {GREATEST_LIMIT:,}")
    if byteorder is not None:
        check_order(byteorder)
    return CaptureFile(source, follow=follow, byteorder=byteorder, max_record=max_record)


class CaptureFile:
    """An open capture: a context manager and an iterator over its records, usable once.

    Iterating raises CaptureError if reading fails and, at the end, if no interface of a pcapng file carries netlink.
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | BinaryIO | Opened,
        *,
        follow: bool = False,
        byteorder: ByteOrder | None = None,
        max_record: int = LONGEST_RECORD,
    ) -> None:
        self._source = Source(source, follow=follow)
        self._follow, self._told, self._limit = follow, byteorder, max_record
        self._compression: Compression | None = None
        self._decompression: Decompression | None = None
        self._rest: Iterator[bytes] = iter(())
        self._reader: PcapReader | PcapngReader | None = None
        self._records = Records(self._read())
        followed_size = self._source.followed_size
        # A followed file may just have been created: iteration then waits for its header, where stop() can end it.
        if followed_size is None or followed_size >= FILE_HEADER_LENGTH:
            try:
                self._reader = self._recognise()
            except BaseException:
                self.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __iter__(self) -> Iterator[Record]:
        return self._records

    def again(self) -> CaptureFile:
        """Return another pass over the same open file from its start, independent of this one, also at the same time or in another thread.

        It must be closed separately. Raises CaptureError if this one is closed, or is not a regular file (not `seekable`).
        """
        if self._source.opened is None:
            raise CaptureError(f"{self.name}: it can be read only once")
        return CaptureFile(self._source.opened, follow=self._follow, byteorder=self._told, max_record=self._limit)

    @property
    def opened(self) -> Opened | None:
        """The open file, None if it is not a regular one."""
        return self._source.opened

    def pieces(self) -> Iterator[Piece]:
        """Yield the records, as many at a time as have arrived, instead of iterating over the file itself."""
        return self._records.pieces()

    @property
    def name(self) -> str:
        """The name of the input: its path, "standard input", or the stream's name."""
        return self._source.name

    @property
    def taken(self) -> int:
        """How many bytes of the input were read (compressed bytes of a compressed file): the progress of a pass."""
        return self._source.taken

    @property
    def seekable(self) -> bool:
        """Whether it is a regular file, for which again() returns another pass."""
        return self._source.seekable

    @property
    def format(self) -> Literal["pcap", "pcapng"] | None:
        """The file format; None while a followed file has no header yet."""
        return self._reader.format if self._reader else None

    @property
    def compression(self) -> Compression | None:
        """How the file is compressed, None if it is not."""
        return self._compression

    @property
    def byteorder(self) -> ByteOrder | None:
        """The byte order of the file, or of the section read last; None while a followed file has no header yet."""
        return self._reader.byteorder if self._reader else None

    @property
    def byteorders(self) -> set[ByteOrder]:
        """The byte orders of the file or its sections so far; messages may be in others."""
        return self._reader.byteorders if self._reader else set()

    @property
    def interfaces(self) -> list[Interface]:
        """The interfaces met so far, in all sections; pcapng may describe more later."""
        return self._reader.interfaces if self._reader else []

    @property
    def cut(self) -> Problem | None:
        """What made the capture end early, known when iteration has ended; None if it is complete.

        A `truncated` problem's offset is where the decompressed capture ends, its length how many bytes are missing as far as known; any
        other problem has the offset and length of the block that cannot be read.
        """
        return self._reader.cut if self._reader else None

    @property
    def skipped(self) -> list[Skipped]:
        """The records so far that were too long to be read."""
        return self._reader.skipped if self._reader else []

    @property
    def change(self) -> str:
        """What happened to the file while it was read or followed (truncated, overwritten, replaced), known when iteration has ended; "" if
        nothing did.
        """
        return self._source.change

    def stop(self) -> None:
        """End the iteration over a followed capture at its next wait; safe from another thread or a signal handler."""
        self._source.stop()

    def interrupt(self) -> None:
        """Call stop() from a signal handler of the iterating thread; it also ends the wait for a pipe."""
        self._source.interrupt()

    def close(self) -> None:
        """Close the file, unless the caller opened it."""
        self._source.close()

    def release(self) -> None:
        """Allow an output to replace the file, although it is still open: the bytes read are still those of the original."""
        self._source.release()

    def _read(self) -> Iterator[Piece]:
        if self._reader is None:
            try:
                self._reader = self._recognise()
            except CaptureError:
                if self._source.stopped:
                    return  # stopped before anything was written
                raise
        yield from self._reader.stretches()
        self._explain_cut(self._reader)
        self._source.look(ended=False)
        interfaces = self._reader.interfaces
        if interfaces and not self._source.stopped and not any(one.link_type in NETLINK_LINK_TYPES for one in interfaces):
            raise self._no_netlink(interfaces)

    def _explain_cut(self, reader: PcapReader | PcapngReader) -> None:
        """Explain why records of compressed data cannot be read: damage found soon after is the reason."""
        cut, decompression = reader.cut, self._decompression
        if cut is None or decompression is None or self._source.stopped:
            return
        more, known = 0, decompression.fault
        for piece in self._rest:
            more += len(piece)
            if more > _SOON:
                return
        if decompression.fault != known:
            reader.cut = cut._replace(text=f"{cut.text}: {decompression.fault}")

    def _recognise(self) -> PcapReader | PcapngReader:
        name = self.name
        pieces = iter(self._source)
        head = _gather(pieces, MAGIC_LENGTH)
        if not head:
            raise CaptureError(f"{name}: the file is empty")
        pieces = chain([head], pieces)
        self._compression = compression_of(head)
        decompression = None
        if self._compression == "zip" and self._source.opened is not None:
            from ovsdissect.capture.zip import check

            with self._source.opened.again() as archive:
                check(name, archive)
        if self._compression:
            decompression = Decompression(pieces, self._compression, name, self._source.again)
            pieces = iter(decompression)
            head = _gather(pieces, 4)
            pieces = chain([head], pieces) if head else pieces
        self._decompression, self._rest = decompression, pieces
        ending = Ending(self._source, decompression)
        window = Window(pieces)
        if head.startswith(SECTION_MAGIC):
            return PcapngReader(window, ending, name, self._told, self._limit)
        if is_pcap(head):
            reader = PcapReader(window, ending, name, self._told, self._limit)
            if reader.link_type not in NETLINK_LINK_TYPES:
                raise self._no_netlink(reader.interfaces)
            return reader
        if self._compression and not head:
            raise CaptureError(f"{name}: the {self._compression} file is empty{ending.why()}")
        for magic, what in _PACKED.items():
            if head.startswith(magic):
                raise CaptureError(f"{name}: {what}: unpack it first")
        inside = f" inside the {self._compression} data" if self._compression else ""
        head = _gather(pieces, _SHOWN)  # the first piece of a pipe may be shorter
        raise CaptureError(f"{name}: not a capture: neither pcap nor pcapng{inside}, it starts with {head[:_SHOWN].hex(' ')}{ending.why()}")

    def _no_netlink(self, interfaces: list[Interface]) -> CaptureError:
        found = sorted({one.link_type for one in interfaces})
        names = ", ".join(f"{number} ({LINK_TYPE_NAMES[number]})" if number in LINK_TYPE_NAMES else str(number) for number in found)
        wanted = "253 (netlink) or 113 or 276 (Linux cooked)"
        return CaptureError(f"{self.name}: no netlink in this capture: its link type is {names}, not {wanted}")


def _gather(pieces: Iterator[bytes], length: int) -> bytes:
    """Return the first pieces, at least `length` bytes if available."""
    head = b""
    while len(head) < length and (piece := next(pieces, b"")):
        head += piece
    return head
