"""The bars above and below the panes: the capture and how much of it was read; the selection or the last notice, and keys."""

from __future__ import annotations

from collections.abc import Callable

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from ovsdissect.text.screen import cells, cut
from ovsdissect.tui.palette import Palette

BAR = 20
HELP = "? help"
GAP = "  "  # between keys


class Bar(Widget):
    """One line: a text on the left that is shortened if necessary, and one on the right that is not.

    Keys on the right are left out where they would shorten the text, all but HELP or a single one.
    """

    DEFAULT_CSS = "Bar { height: 1; }"

    def __init__(self, id: str, palette: Callable[[], Palette]) -> None:
        super().__init__(id=id)
        self._palette = palette
        self._left: tuple[tuple[str, str], ...] = ()
        self._right: str | tuple[str, ...] = ""
        self._progress: float | None = None

    def write(self, left: tuple[tuple[str, str], ...], right: str | tuple[str, ...], progress: float | None = None) -> None:
        """Set the texts.

        left: (role, printable text) pieces.  right: a text, or keys, the last of which is left out first.  progress: the fraction of work
        that is done, None without work.
        """
        if (left, right, progress) != (self._left, self._right, self._progress):
            self._left, self._right, self._progress = left, right, progress
            self.refresh()

    @property
    def text(self) -> str:
        """The text."""
        return "".join(text for _, text in self._left) + " " + self.right

    @property
    def right(self) -> str:
        """The text on the right."""
        if isinstance(self._right, str):
            return self._right
        room = self.size.width - sum(cells(text) for _, text in self._left) - 4
        keys = list(self._right)
        while len(keys) > 1 and cells(GAP.join(keys)) > room:
            del keys[max(at for at, key in enumerate(keys) if key != HELP)]
        return GAP.join(keys)

    def render_line(self, y: int) -> Strip:
        palette, width = self._palette(), self.size.width
        base = palette["title"]
        right = f" {self.right} " if self._right else ""
        bar = BAR if self._progress is not None and width > 60 else 0
        room = max(width - cells(right) - bar - 1, 0)
        segments = [Segment(" ", base)]
        for role, text in self._left:
            shown = cut(text, room)
            room -= cells(shown)
            segments.append(Segment(shown, palette.on("title", role)))
        segments.append(Segment(" " * room, base))
        if bar and self._progress is not None:
            done = round(self._progress * bar)
            segments += [Segment(f"{self._progress:4.0%}".center(bar)[:done], palette["bar"])]
            segments += [Segment(f"{self._progress:4.0%}".center(bar)[done:], palette["bar.rest"])]
        segments.append(Segment(right, base))
        return Strip(segments).adjust_cell_length(width, base)
