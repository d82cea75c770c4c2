"""Keeps the bytes of records readable: in the capture itself if it is a plain file, else in a temporary file without a name."""

from __future__ import annotations

import io
import weakref
from threading import Lock
from typing import Final

from ovsdissect.capture.record import Record
from ovsdissect.capture.source import Opened, read_at

_FLUSH: Final = 512 * 1024


class Spool:
    """The bytes of records: kept by one thread, read by any. opened: the open file to which records' offsets refer.

    fault: why some bytes are no longer available, "" while all are.
    """

    def __init__(self, opened: Opened | None) -> None:
        self._own = opened is None
        self.fault = ""
        if opened is None:
            from tempfile import TemporaryFile  # takes long to load

            # it lives as long as the spool
            self._file: io.FileIO = TemporaryFile(prefix="ovsdissect-", buffering=0)  # noqa: SIM115
        else:
            self._file = opened.again()
        self.close = weakref.finalize(self, self._file.close)
        self._lock = Lock()
        self._end = 0
        self._pending = bytearray()

    def keep(self, record: Record) -> int:
        """Return where the record's bytes can be read from now on, after flush()."""
        if not self._own:
            return record.offset
        at = self._end + len(self._pending)
        self._pending += record.data
        if len(self._pending) > _FLUSH:
            self.flush()
        return at

    def keep_bytes(self, data: memoryview, offset: int) -> int:
        """Return where bytes can be read from now on, after flush(). offset: their offset in the file."""
        if not self._own:
            return offset
        at = self._end + len(self._pending)
        self._pending += data
        if len(self._pending) > _FLUSH:
            self.flush()
        return at

    def flush(self) -> None:
        """Make everything that was kept readable."""
        if not self._pending:
            return
        with self._lock, memoryview(self._pending) as view:
            self._file.seek(self._end)
            done = 0
            while done < len(view):
                done += self._file.write(view[done:])
        self._end += done
        self._pending = bytearray()

    def read(self, offset: int, length: int) -> bytes:
        """Return the bytes at an offset; zeros, and a fault, if the file was truncated since."""
        try:
            with self._lock:
                data = read_at(self._file, offset, length)
        except OSError as error:
            data, self.fault = b"", f"it cannot be read any more: {error.strerror}"
        if len(data) < length and not self.fault:
            self.fault = "it was cut since it was read"
        return data.ljust(length, b"\0")
