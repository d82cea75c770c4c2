"""Bytes from a file, a pipe or standard input, in pieces as they come: never seeks, never asks for more than it needs."""

from __future__ import annotations

import io
import os
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from ovsdissect.errors import CaptureError

# Large enough that system calls do not count, small enough that a piece stays in the processor's cache.
PIECE: Final = 128 * 1024

POLL_SECONDS: Final = 0.2


class Source:
    """An open input and its name for messages.

    `source` is a path, "-" for standard input, or a binary stream, which stays open when the Source is closed.
    With `follow` the end of a regular file is not its end: more is waited for until stop().
    Raises CaptureError where the input cannot be opened or read.
    """

    def __init__(self, source: str | os.PathLike[str] | BinaryIO, *, follow: bool = False) -> None:
        self._owned: io.FileIO | None = None
        self._stopping = threading.Event()
        self._follow = False
        self.seekable = False
        self.taken = 0  # bytes read of the input, compressed as it is
        self._read: Callable[[int], bytes | None]
        if isinstance(source, (str, os.PathLike)) and source != "-":
            self.name = os.fspath(source)
            self._owned = _open(self.name)
            self._read = self._owned.read
            self.seekable = stat.S_ISREG(os.fstat(self._owned.fileno()).st_mode)
            self._follow = follow and self.seekable
            return
        if source == "-":
            self.name = "standard input"
            stream: BinaryIO | None = sys.stdin.buffer if sys.stdin is not None else None
            if stream is None:
                raise CaptureError("standard input: it is closed")
        else:
            assert not isinstance(source, (str, os.PathLike))
            name = getattr(source, "name", None)
            self.name = name if isinstance(name, str) else "the given stream"
            stream = source
        # read() of a buffered pipe waits until all that was asked for has come: read1() gives what is there.
        self._read = getattr(stream, "read1", stream.read)

    @property
    def stopped(self) -> bool:
        """Whether stop() was called: the input was left, it did not end."""
        return self._stopping.is_set()

    @property
    def followed_size(self) -> int | None:
        """How many bytes a followed file holds by now; None for every other input."""
        if not self._follow or self._owned is None:
            return None
        return os.fstat(self._owned.fileno()).st_size

    def stop(self) -> None:
        """End the pieces at the next wait for more; may be called from another thread or a signal handler."""
        self._stopping.set()

    def close(self) -> None:
        """Close what this Source opened; reading on raises CaptureError."""
        if self._owned is not None:
            self._owned.close()

    def __iter__(self) -> Iterator[bytes]:
        """Pieces of at least one byte each, up to the end of the input."""
        position = 0
        while not self.stopped:
            try:
                piece = self._read(PIECE)
            except OSError as error:
                raise CaptureError(f"{self.name}: cannot be read at byte {position}: {_reason(error)}") from error
            except ValueError as error:  # what a closed file raises
                raise CaptureError(f"{self.name}: it is closed") from error
            if piece:
                position += len(piece)
                self.taken = position
                yield piece
            elif piece is None:  # a pipe that does not block
                time.sleep(0.01)
            elif not self._follow or self._stopping.wait(POLL_SECONDS):
                return


class Window:
    """The bytes of a stream that are being looked at: `data`, the first of which stands at `start` in the stream."""

    __slots__ = ("_pieces", "data", "start")

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self.data = b""
        self.start = 0

    def refill(self, position: int, need: int) -> bool:
        """Leave what stands before `position`, and read until `need` bytes are there; False where the stream ends before that.

        `data` starts anew either way: the caller's position is 0 afterwards.
        """
        self.start += position
        pieces = [self.data[position:]]
        length = len(pieces[0])
        while length < need:
            piece = next(self._pieces, b"")
            if not piece:
                break
            pieces.append(piece)
            length += len(piece)
        self.data = b"".join(pieces)
        return length >= need


def _open(name: str) -> io.FileIO:
    try:
        return open(name, "rb", buffering=0)
    except FileNotFoundError as error:
        raise CaptureError(f"{name}: no such file") from error
    except IsADirectoryError as error:
        raise CaptureError(f"{name}: a directory, not a capture") from error
    except PermissionError as error:
        # Windows answers so to a directory too.
        raise CaptureError(f"{name}: {'a directory, not a capture' if os.path.isdir(name) else 'permission denied'}") from error
    except (OSError, ValueError) as error:
        raise CaptureError(f"{name}: cannot be opened: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
