"""Compressed captures, recognised by their first bytes: reads every member or frame in turn, up to where one is truncated or damaged.

Everything before the damage is returned, and the result is the same from a file and from a pipe in pieces of any size.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import IO, Final

from ovsdissect.capture.members import Compression, DamageError, Member, Members, Replayable, output_of, recovered
from ovsdissect.capture.zip import MAGIC as ZIP
from ovsdissect.capture.zip import Archive

# This many bytes decide what a stream is.
MAGIC_LENGTH: Final = 6

# If a stream cannot be read again, this much of a member is kept in case it is damaged: in memory, and in a temporary file.
_KEPT_IN_MEMORY: Final = 4 * 1024 * 1024
_KEPT: Final = 256 * 1024 * 1024


def compression_of(head: bytes) -> Compression | None:
    """Return how a stream that starts with `head` (MAGIC_LENGTH bytes) is compressed, None if it is not."""
    if head.startswith(b"\x1f\x8b\x08"):
        return "gzip"
    if head.startswith(ZIP):
        return "zip"
    if head.startswith(b"\xfd7zXZ\0"):
        return "xz"
    if head.startswith(b"BZh") and head[3:4] in b"123456789" and len(head) > 3:
        return "bzip2"
    if head.startswith(b"\x28\xb5\x2f\xfd") or (head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50):  # a frame, or a skippable one
        return "zstd"
    return None


class Decompression:
    """The decompressed pieces of `compressed`; afterwards `fault` says what was wrong with it, "" if nothing was.

    `name`: the input's, for errors. again: returns up to a number of bytes of the compressed input at an offset; None if it is a stream.
    Raises CaptureError if this Python lacks the module.
    """

    def __init__(
        self, compressed: Iterator[bytes], compression: Compression, name: str, again: Callable[[int, int], bytes] | None = None
    ) -> None:
        self._compressed = compressed
        self._compression = compression
        self._members = Archive(name) if compression == "zip" else Members(compression, name)
        self._kept = _Kept(again) if self._members.replayed else None
        self.fault = ""

    def __iter__(self) -> Iterator[bytes]:
        """Yield pieces of at least one byte each."""
        member: Member | None = None
        complete = position = start = given = 0
        rest = b""
        for piece in self._compressed:
            position += len(piece)
            rest += piece
            while rest:
                if member is None:
                    if complete:
                        rest = rest.lstrip(b"\0")  # padding is allowed between members
                    if len(rest) < MAGIC_LENGTH:
                        break
                    if compression_of(rest) != self._compression:
                        self.fault = f"{self._compression} data is followed by something else at byte {position - len(rest)} of the file"
                        return
                    member, start, given = self._members.open(), position - len(rest), 0
                    if self._kept is not None:
                        self._kept.begin(start)
                base = position - len(rest) - start  # of the member's bytes
                try:
                    for output in self._outputs(member, base, rest, given):
                        given += len(output)
                        yield output
                except DamageError as damage:
                    self.fault = f"{self._compression} data is damaged before byte {start + damage.at + 1} of the file ({damage.text})"
                    return
                rest = b""
                if member.eof:
                    rest = member.unused_data
                    member = None
                    complete += 1
        if member is not None or rest:
            self.fault = f"{self._compression} data is cut short at byte {position} of the file"

    def _outputs(self, member: Member, base: int, data: bytes, before: int) -> Iterator[bytes]:
        """Yield what a member makes of its input from byte `base` on, having given `before` bytes earlier; DamageError if it is damaged."""
        checkpoint = member.checkpoint() if isinstance(member, Replayable) else None
        given = 0
        try:
            for output in output_of(member, data):
                given += len(output)
                yield output
        except self._members.errors as error:
            if checkpoint is None and self._kept is not None and base <= _KEPT:
                checkpoint = self._replayed(base)
            if checkpoint is None:
                raise DamageError(base + len(data) - 1, str(error)) from error
            yield from recovered(checkpoint, base, data, self._members.errors, given)
        if self._kept is not None:
            self._kept.add(data)

    def _replayed(self, base: int) -> Callable[[], Member]:
        """Return a function that opens members in the state that the last one had at its byte `base`."""
        kept = self._kept
        assert kept is not None

        def member() -> Member:
            made = self._members.open()
            for piece in kept.pieces(base):
                for _ in output_of(made, piece):
                    pass
            return made

        return member


class _Kept:
    """The compressed bytes of a member, for reading them again: from the file itself, or from what is kept of a stream."""

    def __init__(self, again: Callable[[int, int], bytes] | None) -> None:
        self._again = again
        self._start = self._length = 0
        self._file: IO[bytes] | None = None

    def begin(self, start: int) -> None:
        """Note that a member begins at an offset of the input."""
        self._start = start
        self._length = 0
        if self._again is None:
            if self._file is None:
                from tempfile import SpooledTemporaryFile  # takes long to load

                self._file = SpooledTemporaryFile(_KEPT_IN_MEMORY)  # noqa: SIM115 - it lives as long as the input is read
            self._file.seek(0)
            self._file.truncate()

    def add(self, data: bytes) -> None:
        """Add the next bytes of the member."""
        if self._file is not None and self._length <= _KEPT:
            self._file.write(data)
        self._length += len(data)

    def pieces(self, length: int) -> Iterator[bytes]:
        """Yield the first bytes of the member."""
        if self._file is not None:
            self._file.seek(0)
        done = 0
        while done < length:
            most = min(io.DEFAULT_BUFFER_SIZE * 16, length - done)
            piece = self._again(self._start + done, most) if self._again is not None else self._file.read(most) if self._file else b""
            if not piece:
                return
            done += len(piece)
            yield piece
