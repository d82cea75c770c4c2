"""Where lines go: the one thing that their writers ask of a file."""

from __future__ import annotations

from typing import Protocol


class Sink(Protocol):
    """A binary file, or what stands before one."""

    def write(self, lines: bytes | memoryview, /) -> int | None:
        """Write as much as it takes; how much that was, None where it is not told."""

    def flush(self) -> None:
        """Hand on what was written."""
