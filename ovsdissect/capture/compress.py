"""Compressed captures, known by their first bytes: every member or frame in turn, up to where one is cut short or damaged."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from ovsdissect.errors import CaptureError

if TYPE_CHECKING:
    import zstandard

Compression = Literal["gzip", "xz", "zstd", "bzip2"]

# So many bytes decide what a stream is.
MAGIC_LENGTH: Final = 6

# A small input can become gigabytes: output is taken in pieces of this size.
_OUTPUT: Final = 256 * 1024

# zstandard cannot limit its output, so its input is kept short, and very short while it expands much: 4 bytes may become 128 KiB.
_ZSTD_INPUT: Final = 2048
_ZSTD_SHORT_INPUT: Final = 64

# xz -9 needs 65 MiB; a header may claim 4 GiB.
_XZ_MEMORY: Final = 256 * 1024 * 1024


def compression_of(head: bytes) -> Compression | None:
    """How a stream that starts with `head` (MAGIC_LENGTH bytes) is compressed, None where it is not."""
    if head.startswith(b"\x1f\x8b\x08"):
        return "gzip"
    if head.startswith(b"\xfd7zXZ\0"):
        return "xz"
    if head.startswith(b"BZh") and head[3:4] in b"123456789" and len(head) > 3:
        return "bzip2"
    if head.startswith(b"\x28\xb5\x2f\xfd") or (head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50):  # a frame, or one to skip
        return "zstd"
    return None


class Member(Protocol):
    """One gzip or bzip2 member, xz stream or zstd frame: the interface that lzma and bz2 give their decompressors."""

    def decompress(self, data: bytes, max_length: int) -> bytes: ...

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...


class Decompression:
    """The decompressed pieces of `compressed`; `fault` tells afterwards what was wrong with it, "" where nothing was.

    `name` is the input's, for errors.  Raises CaptureError where this Python lacks the module.
    """

    def __init__(self, compressed: Iterator[bytes], compression: Compression, name: str) -> None:
        self._compressed = compressed
        self._compression = compression
        self._member, self._errors = _opener(compression, name)
        self.fault = ""

    def __iter__(self) -> Iterator[bytes]:
        """Pieces of at least one byte each."""
        member: Member | None = None
        complete = 0
        position = 0
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
                    member = self._member()
                try:
                    while True:
                        output = member.decompress(rest, _OUTPUT)
                        rest = b""
                        if output:
                            yield output
                        if member.eof or member.needs_input:
                            break
                except self._errors as error:
                    self.fault = f"{self._compression} data is damaged before byte {position} of the file ({error})"
                    return
                if member.eof:
                    rest = member.unused_data
                    member = None
                    complete += 1
        if member is not None or rest:
            self.fault = f"{self._compression} data is cut short at byte {position} of the file"


class _Gzip:
    """zlib's decompressor with the interface of the others."""

    def __init__(self, inflate: Any) -> None:
        self._inflate = inflate
        self._full = False

    def decompress(self, data: bytes, max_length: int) -> bytes:
        output: bytes = self._inflate.decompress(self._inflate.unconsumed_tail + data, max_length)
        self._full = len(output) == max_length
        return output

    @property
    def eof(self) -> bool:
        return bool(self._inflate.eof)

    @property
    def needs_input(self) -> bool:
        return not self._full and not self._inflate.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return bytes(self._inflate.unused_data)


class _Zstd:
    """zstandard's decompressor with the interface of the others; `max_length` is kept only roughly."""

    def __init__(self, frame: zstandard.ZstdDecompressionObj) -> None:
        self._frame = frame
        self._input = b""
        self._position = 0
        self._take = _ZSTD_SHORT_INPUT

    def decompress(self, data: bytes, max_length: int) -> bytes:
        if data:
            self._input = self._input[self._position :] + data
            self._position = 0
        piece = self._input[self._position : self._position + self._take]
        self._position += len(piece)
        output = self._frame.decompress(piece)
        self._take = _ZSTD_SHORT_INPUT if len(output) > max_length else min(2 * self._take, _ZSTD_INPUT)
        return output

    @property
    def eof(self) -> bool:
        return self._frame.eof

    @property
    def needs_input(self) -> bool:
        return self._position >= len(self._input)

    @property
    def unused_data(self) -> bytes:
        return self._frame.unused_data + self._input[self._position :]


def _opener(compression: Compression, name: str) -> tuple[Callable[[], Member], tuple[type[Exception], ...]]:
    module_name = {"gzip": "zlib", "xz": "lzma", "zstd": "zstandard", "bzip2": "bz2"}[compression]
    try:
        module: Any = importlib.import_module(module_name)
    except ImportError as error:
        raise CaptureError(f"{name}: {compression} data, and this Python has no module {module_name}") from error
    if compression == "gzip":
        return lambda: _Gzip(module.decompressobj(wbits=31)), (module.error,)
    if compression == "xz":
        return lambda: module.LZMADecompressor(format=module.FORMAT_XZ, memlimit=_XZ_MEMORY), (module.LZMAError, EOFError)
    if compression == "zstd":
        return lambda: _Zstd(module.ZstdDecompressor().decompressobj()), (module.ZstdError,)
    return lambda: module.BZ2Decompressor(), (OSError, EOFError)
