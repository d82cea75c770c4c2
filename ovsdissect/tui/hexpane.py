"""The bytes of the selected message's record in hex and ASCII: those of the selected field are highlighted; a byte leads to its field."""

from __future__ import annotations

from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.message import Message as Event

from ovsdissect.problem import counted_verb
from ovsdissect.tui.pane import Pane

_PRINTABLE: Final = "".join(chr(i) if 32 <= i < 127 else "." for i in range(256))
WIDE: Final = 6 + 16 * 3 + 1 + 1 + 16


class HexPane(Pane):
    """Rows of 16 bytes, or 8 if the pane is narrow; `at` is the byte under the cursor."""

    class Picked(Event):
        """A byte was chosen."""

        def __init__(self, at: int) -> None:
            super().__init__()
            self.at = at

    def __init__(self) -> None:
        super().__init__(id="hex")
        self.data = b""
        self.missing = 0
        self.start, self.end = 0, 0
        self.node: tuple[int, int] = (0, 0)
        self.around: tuple[int, int] = (0, 0)
        self.at = 0
        self.each = 16

    def show_record(self, data: bytes, start: int, end: int, missing: int) -> None:
        """Show another record; start and end: the bytes of the message in it."""
        self.data, self.start, self.end, self.missing = data, start, end, missing
        self.at = min(start, max(len(data) - 1, 0))
        self.node = self.around = (0, 0)
        self._rows()
        self.redraw()

    def light(self, node: tuple[int, int], around: tuple[int, int]) -> None:
        """Highlight the bytes of a field, and faintly those of its header and padding, and scroll to them."""
        self.node, self.around = node, around
        if not self.has_focus:
            self.at = max(min(node[0], len(self.data) - 1), 0)
        self.cursor = self.at // self.each
        self.reveal(self.cursor)
        self.redraw()

    def _rows(self) -> None:
        self.each = 16 if self.width >= WIDE else 8
        self.set_lines((len(self.data) + self.each - 1) // self.each + bool(self.missing))
        self.cursor = self.at // self.each
        self.reveal(self.cursor)

    def resized(self) -> None:
        self._rows()

    def _style(self, at: int) -> Style:
        palette = self.palette
        if at == self.at and self.has_focus:
            return palette["byte.cursor"]
        if self.node[0] <= at < self.node[1]:
            return palette["byte.node"]
        if self.around[0] <= at < self.around[1]:
            return palette["byte.header"]
        return palette["byte" if self.start <= at < self.end else "byte.dim"]

    def segments(self, line: int) -> list[Segment]:
        first = line * self.each
        row = self.data[first : first + self.each]
        if not row:
            return [Segment(f"… {counted_verb(self.missing, 'byte', 'was', 'were')} not captured", self.palette["problem"])]
        blank, gap = self.palette["byte"], self.palette["byte.cursor"]
        styles = [self._style(first + i) for i in range(len(row))]
        # neighbours of one style are one piece, the space between them included
        digits: list[tuple[str, Style]] = [(f"{first:04x}  ", self.palette["offset"])]
        texts: list[tuple[str, Style]] = []
        for i, style in enumerate(styles):
            after = style if i + 1 < len(row) and styles[i + 1] is style and style is not gap else blank
            add(digits, f"{row[i]:02x}", style)
            add(digits, "  " if i == 7 and self.each == 16 else " ", after)
            add(texts, _PRINTABLE[row[i]], style)
        add(digits, "   " * (self.each - len(row)) + (" " if len(row) < 8 and self.each == 16 else "") + " ", blank)
        return [Segment(text, style) for text, style in (*digits, *texts)]

    def mark_cursor(self, pieces: list[Segment]) -> list[Segment]:
        """The cursor is on a byte, not on a line."""
        return pieces

    def action_move(self, lines: int) -> None:
        self.pick(self.at + lines * self.each)

    def action_page(self, pages: float) -> None:
        self.pick(self.at + int(self.page * pages) * self.each)

    def action_first(self) -> None:
        self.pick(0)

    def action_last(self) -> None:
        self.pick(len(self.data) - 1)

    def action_side(self, steps: int) -> None:
        self.pick(self.at + steps)

    def pick(self, at: int) -> None:
        """Put the cursor on a byte and post a message."""
        if not self.data:
            return
        self.at = max(min(at, len(self.data) - 1), 0)
        self.cursor = self.at // self.each
        self.reveal(self.cursor)
        self.redraw()
        self.post_message(self.Picked(self.at))

    def clicked(self, line: int, x: int, times: int) -> None:
        byte = self.byte_at(x)
        if byte is not None and line * self.each + byte < len(self.data):
            self.pick(line * self.each + byte)

    def byte_at(self, x: int) -> int | None:
        """The byte of a row at a column, in hex or ASCII."""
        x -= 6
        gap = 1 if self.each == 16 else 0
        text = self.each * 3 + gap + 1
        if x >= text:
            return x - text if x - text < self.each else None
        if gap and x >= 8 * 3:
            x -= gap
        return x // 3 if 0 <= x < self.each * 3 else None


def add(pieces: list[tuple[str, Style]], text: str, style: Style) -> None:
    """Add a piece of text; it is joined to the last one if that has the same style."""
    if pieces and pieces[-1][1] is style:
        text = pieces.pop()[0] + text
    pieces.append((text, style))
