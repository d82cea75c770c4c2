"""The part of a binary file's interface that the writers of lines need."""

from __future__ import annotations

from typing import Protocol


class Sink(Protocol):
    """A binary file, or an object that forwards to one."""

    def write(self, lines: bytes | memoryview, /) -> int | None:
        """Write as much as possible; returns the number of bytes, or None if it is unknown."""

    def flush(self) -> None:
        """Flush."""
