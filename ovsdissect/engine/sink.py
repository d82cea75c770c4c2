"""The output of lines: the part of a file's interface that their writers need."""

from __future__ import annotations

from typing import Protocol


class Sink(Protocol):
    """A binary file, or what stands before one."""

    def write(self, lines: bytes | memoryview, /) -> int | None:
        """Write as much as possible; returns the number of bytes, or None if it is unknown."""

    def flush(self) -> None:
        """Flush."""
