"""Decompressors with a common interface, that of lzma and bz2; each returns everything before damage, however its input is split.

Libraries discard the output of the call that finds damage. Therefore zstd is fed block by block and bzip2 byte by byte, because they return
a block completely or not at all; gzip and xz are resumed from a checkpoint and then fed in small steps.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, runtime_checkable

from ovsdissect.errors import CaptureError

if TYPE_CHECKING:
    import zstandard

Compression = Literal["gzip", "xz", "zstd", "bzip2", "zip"]

# A small input can expand to gigabytes: output is taken in pieces of this size.
OUTPUT: Final = 256 * 1024

# xz -9 needs 65 MiB; a header may claim 4 GiB.
_XZ_MEMORY: Final = 256 * 1024 * 1024

# A block has at most 900,000 bytes; it expands to more only if it holds long runs of one byte.
_BZIP2_BLOCK: Final = 1024 * 1024

_ZSTD_SKIPPED: Final = b"\x2a\x4d\x18"  # after a byte 0x50 to 0x5f: a frame of other data


class DamageError(Exception):
    """Compressed data is damaged. at: the byte of the member where this was found; text: the library's message."""

    def __init__(self, at: int, text: str) -> None:
        super().__init__(at, text)
        self.at, self.text = at, text


class Member(Protocol):
    """One gzip or bzip2 member, xz stream or zstd frame."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Take more input and return some output; raises an error of the library or DamageError."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...


# opens a member in the state of another one
Checkpoint = Callable[[], Member]


@runtime_checkable
class Replayable(Protocol):
    """A member that can be copied."""

    def checkpoint(self) -> Checkpoint:
        """Return a function that opens members in this state, any number of times."""


class Members:
    """Opens the members of a compressed input, and knows which errors their library raises. CaptureError if the library is missing."""

    def __init__(self, compression: Compression, name: str) -> None:
        self.compression = compression
        module_name = {"gzip": "zlib", "xz": "lzma", "zstd": "zstandard", "bzip2": "bz2"}[compression]
        try:
            module: Any = importlib.import_module(module_name)
        except ImportError as error:
            raise CaptureError(f"{name}: {compression} data, and this Python has no module {module_name}") from error
        self.open: Callable[[], Member]
        self.errors: tuple[type[Exception], ...]
        if compression == "gzip":
            self.open, self.errors = lambda: Gzip(module.decompressobj(wbits=31)), (module.error,)
        elif compression == "xz":
            self.open = lambda: module.LZMADecompressor(format=module.FORMAT_XZ, memlimit=_XZ_MEMORY)
            self.errors = (module.LZMAError, EOFError)
        elif compression == "zstd":
            self.open, self.errors = lambda: Zstd(module.ZstdDecompressor().decompressobj(), module.ZstdError), ()
        else:
            self.open, self.errors = lambda: Bzip2(module.BZ2Decompressor()), ()
        self.replayed = compression == "xz"  # its only checkpoint is its start


def output_of(member: Member, data: bytes) -> Iterator[bytes]:
    """Yield all that a member makes of more input, in pieces of at least one byte."""
    while True:
        made = member.decompress(data, OUTPUT)
        if made:
            yield made
        data = b""
        if member.eof or member.needs_input:
            return


def recovered(checkpoint: Checkpoint, base: int, data: bytes, errors: tuple[type[Exception], ...], given: int) -> Iterator[bytes]:
    """Yield what a member makes of input in which it found damage, without the first `given` bytes; DamageError ends it.

    base: how many bytes of the member precede the input.
    """
    careful, at, text = checkpoint(), 0, ""
    pending, skip = bytearray(), given
    for at in range(len(data)):
        try:
            pending += careful.decompress(data[at : at + 1], -1)
        except errors as error:
            text = str(error)
            break
        if len(pending) > OUTPUT + skip:
            yield bytes(pending[skip:])
            pending, skip = bytearray(), 0
    # the byte where it was found may still have produced output
    last = checkpoint()
    for _ in output_of(last, data[:at]):
        pass
    byte = data[at : at + 1]
    try:
        while made := last.decompress(byte, 1):
            pending, byte = pending + made, b""
    except errors:
        pass
    if len(pending) > skip:
        yield bytes(pending[skip:])
    raise DamageError(base + at, text)


class Gzip:
    """zlib's decompressor."""

    def __init__(self, inflate: Any) -> None:
        self._inflate = inflate
        self._full = False

    def decompress(self, data: bytes, max_length: int) -> bytes:
        output: bytes = self._inflate.decompress(self._inflate.unconsumed_tail + data, max(max_length, 0))
        self._full = len(output) == max_length
        return output

    def checkpoint(self) -> Checkpoint:
        """Return a function that opens members in this state, any number of times."""
        copy = self._inflate.copy()
        return lambda: Gzip(copy.copy())

    @property
    def eof(self) -> bool:
        return bool(self._inflate.eof)

    @property
    def needs_input(self) -> bool:
        return not self._full and not self._inflate.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return bytes(self._inflate.unused_data)


class Bzip2:
    """bz2's decompressor, fed byte by byte: a call returns a whole block, or nothing of it."""

    def __init__(self, member: Any) -> None:
        self._member = member
        self._input = b""
        self._at = 0
        self._before = 0  # bytes of the member before this input

    def decompress(self, data: bytes, max_length: int) -> bytes:
        if data:
            self._before += len(self._input)
            self._input, self._at = data, 0
        give, given, at = self._member.decompress, self._input, self._at
        try:
            if not self._member.needs_input and not self._member.eof and (rest := give(b"", _BZIP2_BLOCK)):
                return bytes(rest)
            for at in range(self._at, len(given)):
                output: bytes = give(given[at : at + 1], _BZIP2_BLOCK)
                if output or self._member.eof:
                    self._at = at + 1
                    return output
        except (OSError, EOFError) as error:
            raise DamageError(self._before + at, str(error)) from error
        self._at = len(given)
        return b""

    @property
    def eof(self) -> bool:
        return bool(self._member.eof)

    @property
    def needs_input(self) -> bool:
        return self._at >= len(self._input) and bool(self._member.needs_input)

    @property
    def unused_data(self) -> bytes:
        return self._input[self._at :]


class Zstd:
    """zstandard's decompressor, fed with one header, block or checksum at a time (RFC 8878, 3.1.1): a block is at most 128 KiB."""

    def __init__(self, frame: zstandard.ZstdDecompressionObj, error: type[Exception]) -> None:
        self._frame, self._error = frame, error
        self._input = bytearray()
        self._need = 5  # bytes of the next part: magic number and descriptor, or magic number and the first byte of a size
        self._next: Callable[[bytes], bytes | None] = self._descriptor
        self._taken = 0
        self._skip = 0
        self._checksum = 0
        self.eof = False
        self.needs_input = True

    def decompress(self, data: bytes, max_length: int) -> bytes:
        self._taken += len(data)
        self._input += data
        while not self.eof:
            if self._skip:
                passed = min(self._skip, len(self._input))
                del self._input[:passed]
                self._skip -= passed
                if self._skip:
                    break
                self.eof = True
                break
            if len(self._input) < self._need:
                break
            part = bytes(self._input[: self._need])
            try:
                output = self._next(part)
            except self._error as error:
                raise DamageError(self._taken - (len(self._input) - len(part)) - 1, str(error)) from error
            if output is None:
                continue  # more of the same part is needed
            del self._input[: len(part)]
            if output:
                self.needs_input = False
                return output
        self.needs_input = not self.eof
        return b""

    @property
    def unused_data(self) -> bytes:
        return bytes(self._input)

    def _feed(self, part: bytes) -> bytes:
        return self._frame.decompress(part) if part else b""

    def _descriptor(self, part: bytes) -> bytes | None:
        """Read the start of the frame's header."""
        if part[1:4] == _ZSTD_SKIPPED:
            if len(part) < 8:
                self._need = 8
                return None
            self._skip = int.from_bytes(part[4:8], "little")
            self.eof = not self._skip
            return b""
        descriptor = part[4]
        single = descriptor >> 5 & 1
        size = (single, 2, 4, 8)[descriptor >> 6]
        need = 5 + (not single) + (0, 1, 2, 4)[descriptor & 3] + size
        if len(part) < need:
            self._need = need
            return None
        self._checksum = 4 * (descriptor >> 2 & 1)
        self._need, self._next = 3, self._block
        return self._feed(part)

    def _block(self, part: bytes) -> bytes:
        """Read the header of a block."""
        header = int.from_bytes(part, "little")
        kind = header >> 1 & 3
        made = self._feed(part)
        self._need, self._next = 1 if kind == 1 else header >> 3, self._last if header & 1 else self._content
        if not self._need:  # an empty block
            self._next(b"")
        return made

    def _content(self, part: bytes) -> bytes:
        """Read a block's content."""
        self._need, self._next = 3, self._block
        return self._feed(part)

    def _last(self, part: bytes) -> bytes:
        """Read the last block's content."""
        made = self._feed(part)
        self._need, self._next = self._checksum, self._end
        if not self._checksum:
            self.eof = True
        return made

    def _end(self, part: bytes) -> bytes:
        """Read the checksum."""
        made = self._feed(part)
        self.eof = True
        return made
