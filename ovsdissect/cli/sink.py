"""Standard output for lines that are bytes already."""

from __future__ import annotations

import os
from io import TextIOWrapper
from typing import Final, TextIO

DIRECT: Final = ("utf-8", "ascii")  # encodings in which plain ASCII is itself and an arrow's bytes are its own


class Sink:
    """Where lines go.  encoding: theirs."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        direct = isinstance(out, TextIOWrapper) and out.encoding.lower() in DIRECT and os.linesep == "\n"
        self._binary = out.buffer if direct and isinstance(out, TextIOWrapper) else None
        self.encoding, self._errors = (out.encoding, out.errors or "strict") if self._binary else ("utf-8", "strict")

    def encoded(self, text: str) -> bytes:
        """A text as bytes of a line."""
        return text.encode(self.encoding, self._errors)

    def write(self, lines: bytes | memoryview) -> int:
        """Write whole lines."""
        if self._binary is not None:
            written: int = self._binary.write(lines)
            return written
        self._out.write(bytes(lines).decode())
        return len(lines)

    def flush(self) -> None:
        """Hand on what was written."""
        self._out.flush()
