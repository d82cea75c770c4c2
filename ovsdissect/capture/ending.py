"""How a capture ended: complete, stopped by the reader, or truncated."""

from __future__ import annotations

from ovsdissect.capture.compress import Decompression
from ovsdissect.capture.source import Source, Window
from ovsdissect.problem import Problem, ProblemKind, counted_verb


class Ending:
    """Judges the end of one input, from the source and, if it is compressed, from the decompressed data."""

    def __init__(self, source: Source, decompression: Decompression | None) -> None:
        self._source = source
        self._decompression = decompression

    def why(self) -> str:
        """Return what to append to a message about an early end: "" or ": " and the fault of the compressed data."""
        fault = self._decompression.fault if self._decompression else ""
        return f": {fault}" if fault else ""

    def beyond(self, what: str, at: int, length: int, missing: int) -> Problem | None:
        """Return the problem if the capture ends inside something longer than the limit, whose length is probably wrong.

        None if the reader was told to stop.
        """
        if self._source.stopped:
            return None
        return Problem(ProblemKind.BAD_LENGTH, "", at, length, f"{what}, {missing:,} more than there are{self.why()}")

    def problem(self, window: Window, need: int, what: str) -> Problem | None:
        """Return the problem if a window at its end holds less than the `need` bytes of `what`.

        Its offset is where the decompressed capture ends, and its length how many bytes are missing there, as far as known.
        None at a proper end, and if the reader was told to stop.
        """
        have = len(window.data)
        if self._source.stopped or (not have and not self.why()):
            return None
        end = window.start + have
        if not have:
            return Problem(ProblemKind.TRUNCATED, "", end, 0, f"the capture ends early at byte {end}{self.why()}")
        missing = f"{counted_verb(need - have, 'byte', 'is', 'are', grouped=True)} missing{self.why()}"
        text = f"the capture ends at byte {end} inside {what}, which starts at byte {window.start}: {missing}"
        return Problem(ProblemKind.TRUNCATED, "", end, need - have, text)
