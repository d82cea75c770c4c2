"""The core's tree lines with what a folding view needs beside them: which have lines below, and which line owns a byte."""

from __future__ import annotations

from typing import NamedTuple

from ovsdissect.api import Message
from ovsdissect.text.outline import Line, outline
from ovsdissect.text.values import scope
from ovsdissect.tui.columns import Look


class Branch(NamedTuple):
    """One line of the tree; inner: it has lines below it."""

    line: Line
    inner: bool

    @property
    def bytes(self) -> tuple[int, int]:
        """Where its value starts and ends in the record."""
        return self.line.offset, self.line.offset + self.line.length

    @property
    def around(self) -> tuple[int, int]:
        """The same with header and padding."""
        line = self.line
        return min(line.start, line.offset), max(line.end, line.offset + line.length)


def branches(message: Message, look: Look) -> list[Branch]:
    """The tree of a message."""
    lines = outline(message, scope(message, names=look.names, ovs=look.ovs))
    depths = [*(line.depth for line in lines[1:]), 0][: len(lines)]
    return [Branch(line, deeper > line.depth) for line, deeper in zip(lines, depths, strict=True)]


def branch_at(found: list[Branch], at: int) -> int | None:
    """The deepest line that owns a byte: of several the one with the fewest bytes."""
    best: tuple[int, int, int] | None = None
    for index, branch in enumerate(found):
        start, end = branch.around
        if start <= at < end:
            candidate = (end - start, -branch.line.depth, index)
            if best is None or candidate < best:
                best = candidate
    return None if best is None else best[2]
