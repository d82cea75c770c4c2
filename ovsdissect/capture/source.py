"""Bytes from a file, a pipe or standard input, in pieces as they arrive: opened once, without seeking, reading no more than needed."""

from __future__ import annotations

import io
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import BinaryIO, Final

from ovsdissect import files
from ovsdissect.errors import CaptureError
from ovsdissect.problem import counted

# Large enough that system calls do not matter, small enough that a piece stays in the processor's cache.
PIECE: Final = 128 * 1024

POLL_SECONDS: Final = 0.2
HAS_PREAD: Final = hasattr(os, "pread")
HEAD: Final = 4096  # bytes at a file's start by which it is recognised


class Opened:
    """A regular file that was opened once: every pass reads through the same open file, each at its own position.

    name: its path. size: when it was opened. Whatever happens to the name, the bytes are those of one file.
    """

    def __init__(self, name: str, file: io.FileIO, found: os.stat_result) -> None:
        self.name, self.file, self.size = name, file, found.st_size
        self._modified = found.st_mtime_ns
        self._head: bytes | None = None

    @classmethod
    def of(cls, name: str, file: io.FileIO) -> Opened | None:
        """Return the object for a file; None if the file is not a regular one."""
        found = os.fstat(file.fileno())
        return cls(name, file, found) if stat.S_ISREG(found.st_mode) else None

    def again(self) -> io.FileIO:
        """Return the same open file for another pass, which must close it and use read_at(). CaptureError if it is closed."""
        try:
            number = self.file.fileno()
        except ValueError as error:
            raise CaptureError(f"{self.name}: it is closed") from error
        return io.FileIO(os.dup(number)) if HAS_PREAD else _open(self.name)

    def change(self, file: io.FileIO, read: int, *, ended: bool) -> str:
        """Return what happened to the file while `read` bytes of it were read, "" if at most it grew. ended: no more bytes came."""
        now = os.fstat(file.fileno())
        if now.st_size < read or (ended and read < self.size):
            return f"it was cut to {counted(now.st_size, 'byte', grouped=True)}"
        if now.st_mtime_ns == self._modified:
            return ""
        if self._head is not None and read_at(file, 0, len(self._head)) != self._head:
            return "it was overwritten"
        self._modified = now.st_mtime_ns
        return ""

    def moved(self, file: io.FileIO, *, followed: bool) -> str:
        """Return what happened to its name, "" if it is still this file's. followed: also report that the name no longer exists."""
        now = os.fstat(file.fileno())
        try:
            found = os.stat(self.name)
        except OSError:
            return "it was deleted or renamed" if followed else ""
        return "" if (found.st_dev, found.st_ino) == (now.st_dev, now.st_ino) else "another file took its name"

    def began(self, head: bytes) -> None:
        """Take the file's first bytes."""
        if self._head is None:
            self._head = head[:HEAD]


def read_at(file: io.FileIO, offset: int, length: int) -> bytes:
    """Return at most this many bytes at an offset; the file's own position does not matter, and is kept if the system allows it."""
    if HAS_PREAD:
        return os.pread(file.fileno(), length, offset)
    file.seek(offset)
    return file.read(length) or b""


def read_into(file: io.FileIO, offset: int, buffer: memoryview) -> int:
    """Read into a buffer, without a bytes object in between. Returns the number of bytes."""
    if HAS_PREAD and hasattr(os, "preadv"):
        return os.preadv(file.fileno(), [buffer], offset)
    data = read_at(file, offset, len(buffer))
    buffer[: len(data)] = data
    return len(data)


class Source:
    """An open input and its name for messages.

    `source` is a path, "-" for standard input, a binary stream (which stays open when the Source is closed), or the Opened of an earlier
    Source, for another pass. With `follow`, reading does not stop at the end of a regular file: it waits for more until stop(), or until
    the file is truncated or replaced.
    taken: bytes read from the input, before decompression. opened: the regular file, which may be read again; None for every other input.
    stopped: whether stop() was called, so that the input did not end by itself.
    change: what happened to the file while it was read or followed, "" if nothing did; known when iteration has ended.
    Raises CaptureError if the input cannot be opened or read.
    """

    def __init__(self, source: str | os.PathLike[str] | BinaryIO | Opened, *, follow: bool = False) -> None:
        self._owned: io.FileIO | None = None
        self.stopped = False
        # ends a wait; a signal handler may not set an Event, because the wait that it interrupts may hold the Event's lock
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._follow = False
        self._waiting = False
        self._moved = ""
        self._held: Callable[[], object] | None = None
        self.opened: Opened | None = None
        self.change = ""
        self.taken = 0
        self._read: Callable[[int], bytes | None]
        if isinstance(source, Opened):
            self.name, self.opened, self._owned = source.name, source, source.again()
        elif isinstance(source, (str, os.PathLike)) and source != "-":
            self.name = os.fspath(source)
            self._owned = _open(self.name)
            self.opened = Opened.of(self.name, self._owned)
        if self._owned is not None:
            self._read = self._owned.read if self.opened is None else self._next
            self._held = files.hold(self, self._owned.fileno())
            self._follow = follow and self.opened is not None
            return
        if source == "-":
            self.name = "standard input"
            stream: BinaryIO | None = sys.stdin.buffer if sys.stdin is not None else None
            if stream is None:
                raise CaptureError("standard input is closed")
        else:
            assert not isinstance(source, (str, os.PathLike, Opened))
            name = getattr(source, "name", None)
            self.name = name if isinstance(name, str) else "the given stream"
            stream = source
        with suppress(OSError, AttributeError, ValueError):  # a stream without a descriptor is not a file
            self._held = files.hold(self, stream.fileno())
        # read() of a buffered pipe waits for all the bytes requested; read1() returns what is available.
        self._read = getattr(stream, "read1", stream.read)

    @property
    def seekable(self) -> bool:
        """Whether it is a regular file, which may be read again."""
        return self.opened is not None

    @property
    def again(self) -> Callable[[int, int], bytes] | None:
        """A function that returns up to a number of bytes at an offset, None if the input can be read only once."""
        owned = self._owned
        return None if self.opened is None or owned is None else lambda offset, length: read_at(owned, offset, length)

    @property
    def followed_size(self) -> int | None:
        """The current size of a followed file in bytes; None for every other input."""
        if not self._follow or self._owned is None:
            return None
        return os.fstat(self._owned.fileno()).st_size

    def stop(self) -> None:
        """End the pieces at the next wait for more; may be called from another thread or a signal handler."""
        self.stopped = True
        self._wake.put(None)

    def interrupt(self) -> None:
        """Call stop() from a signal handler of the reading thread; it also ends a wait for a pipe."""
        self.stop()
        if self._waiting:
            raise InterruptedError

    def close(self) -> None:
        """Close what this Source opened; further reading raises CaptureError."""
        if self._owned is not None:
            self._owned.close()
        self.release()

    def release(self) -> None:
        """Allow an output to replace the file, although it is still open."""
        if self._held is not None:
            self._held()

    def __iter__(self) -> Iterator[bytes]:
        """Yield pieces of at least one byte each, up to the end of the input."""
        while not self.stopped:
            try:
                self._waiting = True
                piece = self._read(PIECE)
                self._waiting = False
            except InterruptedError:
                self._waiting = False
                return
            except OSError as error:
                raise CaptureError(f"{self.name}: cannot be read at byte {self.taken}: {_reason(error)}") from error
            except ValueError as error:  # raised by a closed file
                raise CaptureError(f"{self.name}: it is closed") from error
            if piece:
                if self.opened is not None and not self.taken:
                    self.opened.began(piece)
                self.taken += len(piece)
                yield piece
            elif piece is None:  # a non-blocking pipe
                time.sleep(0.01)
            elif self._ended():
                return

    def _next(self, length: int) -> bytes:
        assert self._owned is not None
        return read_at(self._owned, self.taken, length)

    def _ended(self) -> bool:
        """Whether the end of the available bytes is the end of the input; waits if more may come."""
        self.look(ended=True)
        if not self._follow or self.change or self.opened is None or self._owned is None:
            return True
        moved = self.opened.moved(self._owned, followed=True)
        if moved and self._moved:
            self.change = moved  # and nothing more has arrived since that was found
            return True
        self._moved = moved
        with suppress(Empty):
            self._wake.get(timeout=POLL_SECONDS)
        return self.stopped

    def look(self, *, ended: bool) -> None:
        """Find out what has happened to the file. ended: no more bytes came."""
        if self.opened is None or self._owned is None or self._owned.closed or self.change:
            return
        self.change = self.opened.change(self._owned, self.taken, ended=ended)
        if not self._follow and not self.change:
            self.change = self.opened.moved(self._owned, followed=False)


class Window:
    """The bytes of a stream that are being examined: `data`, the first of which is at offset `start` of the stream."""

    __slots__ = ("_pieces", "data", "start")

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self.data = b""
        self.start = 0

    def refill(self, position: int, need: int) -> bool:
        """Drop what is before `position`, and read until `need` bytes are available. Returns False if the stream ends before that.

        `data` begins anew either way: the caller's position is 0 afterwards.
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

    def skip(self, position: int, length: int) -> int:
        """Skip bytes from `position` on without keeping them. Returns how many of them the stream lacks. Position as after refill()."""
        data, end = self.data, position + length
        self.start += len(data)
        self.data = b""
        missing = end - len(data)
        while missing > 0:
            data = next(self._pieces, b"")
            if not data:
                return missing
            self.start += len(data)
            missing -= len(data)
        if missing:
            self.data = data[missing:]
            self.start += missing
        return 0


def _open(name: str) -> io.FileIO:
    try:
        return open(name, "rb", buffering=0)
    except FileNotFoundError as error:
        raise CaptureError(f"{name}: no such file") from error
    except IsADirectoryError as error:
        raise CaptureError(f"{name}: a directory, not a capture") from error
    except PermissionError as error:
        # Windows gives the same answer for a directory.
        raise CaptureError(f"{name}: {'a directory, not a capture' if os.path.isdir(name) else 'permission denied'}") from error
    except (OSError, ValueError) as error:
        raise CaptureError(f"{name}: cannot be opened: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
