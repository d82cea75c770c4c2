"""Where the bytes of records are read again: in the capture itself where it is a plain file, else in a temporary file without a name."""

from __future__ import annotations

import os
import weakref
from threading import Lock
from typing import IO, Final

from ovsdissect.capture import Record

_FLUSH: Final = 512 * 1024


class Spool:
    """The bytes of records: kept by one thread, read by any.  path: of a file that records' offsets are offsets in."""

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        self._own = path is None
        if path is None:
            from tempfile import TemporaryFile  # loads a good deal

            self._file: IO[bytes] = TemporaryFile(prefix="ovsdissect-", buffering=0)  # noqa: SIM115 - it lives as long as the spool
        else:
            self._file = open(path, "rb", buffering=0)  # noqa: SIM115 - as above
        self.close = weakref.finalize(self, self._file.close)
        self._lock = Lock()
        self._end = 0
        self._pending = bytearray()

    def keep(self, record: Record) -> int:
        """Where the record's bytes can be read from now on, after flush()."""
        if not self._own:
            return record.offset
        at = self._end + len(self._pending)
        self._pending += record.data
        if len(self._pending) > _FLUSH:
            self.flush()
        return at

    def keep_bytes(self, data: memoryview, offset: int) -> int:
        """Where bytes can be read from now on, after flush().  offset: their place in the file."""
        if not self._own:
            return offset
        at = self._end + len(self._pending)
        self._pending += data
        if len(self._pending) > _FLUSH:
            self.flush()
        return at

    def flush(self) -> None:
        """Make everything kept readable."""
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
        """The bytes at a place."""
        with self._lock:
            self._file.seek(offset)
            return self._file.read(length)
