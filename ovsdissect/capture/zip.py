"""The single file of a zip archive, read from its start on, so that a pipe works too (APPNOTE.TXT, 4.3).

Folders before the file are skipped. Whether an archive holds several files is known only at its end; from a pipe the first one is read.
"""

from __future__ import annotations

import copy
import io
import zlib
from struct import Struct
from typing import TYPE_CHECKING, Final

from ovsdissect.capture.members import Checkpoint, DamageError, Gzip, Members
from ovsdissect.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Callable

MAGIC: Final = b"PK\x03\x04"
EMPTY: Final = b"PK\x05\x06"

_DESCRIPTOR, _DIRECTORY = b"PK\x07\x08", b"PK\x01\x02"
_LOCAL: Final = Struct("<4sHHHHHIIIHH")  # signature, version, flags, method, time, date, CRC, compressed, uncompressed, name, extra
_ENCRYPTED, _LENGTH_BEHIND = 0x1, 0x8
_STORED, _DEFLATED = 0, 8
_LONG: Final = 0xFFFFFFFF  # a length that is stored elsewhere
_END_LENGTH: Final = 22  # of the end of the central directory, without a comment
_SHOWN: Final = 5


def check(name: str, archive: io.FileIO) -> None:
    """Refuse an archive in a regular file that does not hold exactly one file; one without an end is left to the reader."""
    import zipfile

    try:
        with zipfile.ZipFile(archive) as found:
            files = [one.filename for one in found.infolist() if not one.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return
    if not files:
        raise CaptureError(f"{name}: a zip archive without a file")
    if len(files) > 1:
        names = ", ".join(files[:_SHOWN]) + (", ..." if len(files) > _SHOWN else "")
        raise CaptureError(f"{name}: a zip archive of {len(files)} files ({names}): extract the capture that you want to read")


def _zip64(extra: bytes) -> int:
    """Return the length of a stored file from the extra field of ZIP64."""
    at = 0
    while at + 12 <= len(extra):
        kind, length = int.from_bytes(extra[at : at + 2], "little"), int.from_bytes(extra[at + 2 : at + 4], "little")
        if kind == 1:
            return int.from_bytes(extra[at + 4 : at + 12], "little")
        at += 4 + length
    return _LONG


class Archive(Members):
    """Opens an archive as a single member."""

    def __init__(self, name: str) -> None:
        self.compression = "zip"
        self.open, self.errors = lambda: Zip(name), (zlib.error,)
        self.replayed = False


class Zip:
    """The file in an archive; `name` is the input's, for errors."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._input = b""
        self._state: Callable[[Zip, int], bytes] = Zip._header
        self._deflate: Gzip | None = None
        self._left = 0  # remaining bytes of a file that is not compressed
        self._sum = 0
        self._expected: int | None = None
        self._in_folder = False  # rather than in the file
        self._taken = 0
        self.eof = False
        self.needs_input = True
        self.unused_data = b""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Take more of the archive and return some of the file; CaptureError if it cannot be read, DamageError if it is damaged."""
        self._taken += len(data)
        self._input += data
        self.needs_input = False
        while not (self.eof or self.needs_input):
            output = self._state(self, max_length)
            if output:
                return output
        return b""

    def checkpoint(self) -> Checkpoint:
        """Return a function that opens members in this state, any number of times."""
        deflate = self._deflate.checkpoint() if self._deflate is not None else None
        here = copy.copy(self)

        def member() -> Zip:
            made = copy.copy(here)
            made._deflate = deflate() if deflate is not None else None  # type: ignore[assignment]  # a Gzip gives Gzips
            return made

        return member

    def _header(self, _most: int) -> bytes:
        """Read a local header."""
        if len(self._input) < _LOCAL.size:
            self.needs_input = True
            return b""
        magic, _version, flags, method, _time, _date, total, packed, _whole, name, extra = _LOCAL.unpack_from(self._input)
        if magic != MAGIC:
            raise self._damaged("no header of a file")
        length = _LOCAL.size + name + extra
        if len(self._input) < length:
            self.needs_input = True
            return b""
        self._in_folder = self._input[_LOCAL.size : _LOCAL.size + name].endswith(b"/")
        if flags & _ENCRYPTED:
            raise CaptureError(f"{self._name}: an encrypted zip archive: unpack it first")
        if method not in (_STORED, _DEFLATED) or (method == _STORED and flags & _LENGTH_BEHIND):
            raise CaptureError(f"{self._name}: a zip archive whose file is compressed with method {method}: unpack it first")
        if packed == _LONG:
            packed = _zip64(self._input[_LOCAL.size + name : length])
        self._input = self._input[length:]
        self._expected = None if flags & _LENGTH_BEHIND else total
        if method == _STORED:
            self._left, self._state = packed, Zip._stored
        else:
            self._deflate, self._state = Gzip(zlib.decompressobj(wbits=-zlib.MAX_WBITS)), Zip._deflated
        return b""

    def _stored(self, most: int) -> bytes:
        """Read a file that is not compressed."""
        output = self._input[: min(self._left, most) if most >= 0 else self._left]
        self._input = self._input[len(output) :]
        self._left -= len(output)
        self._sum = zlib.crc32(output, self._sum)
        if not self._left:
            self._state = Zip._behind
        elif not output:
            self.needs_input = True
        return output

    def _deflated(self, most: int) -> bytes:
        """Read a compressed file."""
        assert self._deflate is not None
        data, self._input = self._input, b""
        output = self._deflate.decompress(data, most)
        self._sum = zlib.crc32(output, self._sum)
        if self._deflate.eof:
            self._input, self._deflate, self._state = self._deflate.unused_data, None, Zip._behind
        elif not output:
            self.needs_input = self._deflate.needs_input
        return output

    def _behind(self, _most: int) -> bytes:
        """Read what follows the file: its checksum and lengths, if they did not precede it."""
        if len(self._input) < 16:
            self.needs_input = True
            return b""
        if self._expected is None:
            at = 4 if self._input.startswith(_DESCRIPTOR) else 0
            self._expected = int.from_bytes(self._input[at : at + 4], "little")
            # lengths of 4 bytes, or of 8
            self._input = self._input[at + 4 :]
        if self._expected != self._sum:
            raise self._damaged("incorrect data check")
        self._state = Zip._directory
        return b""

    def _directory(self, _most: int) -> bytes:
        """Read the central directory, or another file."""
        found = {self._input.find(magic, 0, 24): magic for magic in (_DIRECTORY, MAGIC)}
        found.pop(-1, None)
        if not found:
            if len(self._input) >= 24:
                raise self._damaged("no directory")
            self.needs_input = True
            return b""
        at = min(found)
        if self._in_folder:
            if found[at] == _DIRECTORY:
                raise CaptureError(f"{self._name}: a zip archive without a file")
            self._input, self._sum, self._state = self._input[at:], 0, Zip._header
            return b""
        folder = self._folder(at) if found[at] == MAGIC else True
        if folder is None:
            self.needs_input = True
            return b""
        if not folder:
            raise CaptureError(f"{self._name}: a zip archive of several files: extract the capture that you want to read")
        self._state = Zip._end
        return b""

    def _folder(self, at: int) -> bool | None:
        """Whether the header at an offset is a folder's; None if it is incomplete."""
        name = int.from_bytes(self._input[at + 26 : at + 28], "little")
        if len(self._input) < at + _LOCAL.size + name:
            return None
        return self._input[at + _LOCAL.size : at + _LOCAL.size + name].endswith(b"/")

    def _end(self, _most: int) -> bytes:
        """Read the end of the central directory, and its comment."""
        at = self._input.find(EMPTY)
        if at >= 0 and len(self._input) >= at + _END_LENGTH:
            end = at + _END_LENGTH + int.from_bytes(self._input[at + 20 : at + 22], "little")
            if len(self._input) >= end:
                self.eof, self.unused_data = True, self._input[end:]
                return b""
        self.needs_input = True
        return b""

    def _damaged(self, text: str) -> DamageError:
        return DamageError(self._taken - len(self._input), text)
