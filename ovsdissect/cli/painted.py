"""The lines of a list on a terminal: aligned, cut to its width, and coloured if possible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ovsdissect.cli.terminal import Terminal
from ovsdissect.text.forms import Form
from ovsdissect.text.rows import Column
from ovsdissect.text.screen import cells, cut, pad

QUIET: Final = frozenset({"number", "record", "time"})  # columns that are dim beside the others


UNCUT: Final = 1 << 24  # cells: a pipe gets every character


class Painted(Form):
    """Aligned columns in the available cells; the columns' names are above them."""

    def __init__(self, screen: Terminal, width: int | None, shown: Sequence[Column]) -> None:
        super().__init__(shown)
        self._screen, self._width = screen, width or UNCUT
        if width is None:
            return
        titles = [column.name if len(column.name) <= column.width or not column.width else "" for column in shown]
        self.titles = self._line(titles, ["dim"] * len(shown)) + "\n"

    def row(self, texts: list[str], tone: str) -> str:
        """Return the line of a message; direction and command are coloured by its tone, and the whole line by a loud tone."""
        return self._line(texts, self.styles(tone))

    def styles(self, tone: str) -> list[str]:
        """Return the style of each column in the line of a message with a tone, "" for none."""
        style = tone if self._screen.colours else ""
        loud = style in ("error", "problem")
        return ["dim" if name in QUIET else style if loud or name in ("direction", "cmd") else "" for name in self.names]

    def _line(self, texts: Sequence[str], styles: Sequence[str]) -> str:
        left, last = self._width, len(self.shown) - 1
        parts: list[str] = []
        for place, (column, text, style) in enumerate(zip(self.shown, texts, styles, strict=True)):
            cell = cut(text if place == last and not column.right else pad(text, column.width, right=column.right), left)
            left = max(left - max(cells(cell), column.width) - 1, 0)
            parts.append(self._screen.paint(cell, style) if style else cell)
        return " ".join(parts).rstrip()
