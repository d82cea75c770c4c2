"""The message list: a row for each line that passes, made when it is seen."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from rich.segment import Segment
from textual import events
from textual.message import Message as Event
from textual.strip import Strip
from textual.widget import Widget

from ovsdissect.text.screen import cut, pad
from ovsdissect.tui.columns import Column, Look, Row
from ovsdissect.tui.keys import bindings
from ovsdissect.tui.pane import Pane
from ovsdissect.tui.view import View

KEPT: Final = 4096  # rows
GUTTER: Final = 2
NARROW: Final = 100  # cells below which columns give way
LONGEST: Final = 4096  # cells of the last column
LOUD: Final = ("error", "problem")  # tones that colour the whole row
QUIET: Final = ("number", "time", "direction")


class ListPane(Pane):
    """Rows of messages.

    shown: the view's lines, or its lines in another order.  marks: marked lines of the store.
    widths: cells of each column, the last takes the rest.
    """

    BINDINGS = bindings("list")

    def __init__(self, view: View, columns: list[Column], look: Look) -> None:
        super().__init__(id="list")
        self.view = view
        self.order: array[int] | None = None
        self.columns = columns
        self.look = look
        self.marks: set[int] = set()
        self.awaited: int | None = None
        self.said: list[str] = []
        self._rows: dict[int, list[Segment]] = {}
        self.widths: list[int] = []

    @property
    def shown(self) -> Sequence[int]:
        """The store's lines in the order of the rows."""
        return self.view.lines if self.order is None else self.order

    @property
    def line(self) -> int | None:
        """The store's line under the cursor."""
        return self.shown[self.cursor] if self.cursor < min(self.lines, len(self.shown)) else None

    def where(self, line: int) -> int | None:
        """The row of a line, None where it is not shown."""
        if self.order is not None:
            try:
                return self.order.index(line)
            except ValueError:
                return None
        row = bisect_left(self.view.lines, line)
        return row if row < len(self.view.lines) and self.view.lines[row] == line else None

    def show_view(self, view: View) -> None:
        """Another selection; the cursor stays on its message where that passes, else on the next one that does."""
        self.awaited = self.awaited if self.awaited is not None else self.line
        self.view, self.order = view, None
        self.cursor = 0
        self.lines = 0
        self.top = 0
        self.grow()

    def grow(self) -> bool:
        """Take what the view has found since; whether the cursor's message became another."""
        before, old = self.line, self.lines
        self.set_lines(len(self.shown))
        if old < self.page or not old:
            self.redraw()
        if self.awaited is not None and (self.view.seen > self.awaited or self.view.done):
            row = min(bisect_left(self.view.lines, self.awaited), max(self.lines - 1, 0)) if self.order is None else 0
            self.awaited = None
            self.place(row, middle=True)
        return self.line != before or (not old and bool(self.lines))

    def sort(self, order: array[int] | None) -> None:
        """Show the lines in this order; None: as they came."""
        line = self.line
        self.order = order
        self.set_lines(len(self.shown))
        row = self.where(line) if line is not None else None
        self.cursor = -1
        self.place(row or 0, middle=True)
        self.redraw()

    def renew(self) -> None:
        """Columns, look, names or marks changed: make all rows again."""
        self._rows.clear()
        self.redraw()

    def fit(self) -> list[int]:
        """The columns' widths for what there is."""
        digits = max(len(str(self.view.store.count)), 3)
        narrow = self.size.width < NARROW
        widths = [column.least if narrow and column.least else column.width for column in self.columns]
        self.widths = [max(width, digits) if column.name == "number" else width for column, width in zip(self.columns, widths, strict=True)]
        return self.widths

    def resized(self) -> None:
        super().resized()
        before = self.widths
        if self.fit() != before:
            self.renew()

    def segments(self, line: int) -> list[Segment]:
        stored = self.shown[line]
        kept = self._rows.get(stored)
        if kept is None:
            if len(self._rows) > KEPT:
                self._rows.clear()
            kept = self._rows[stored] = self._row(stored)
        return kept

    def _row(self, line: int) -> list[Segment]:
        palette = self.palette
        row = Row(self.view.store, line, self.look)
        marked, faulty = line in self.marks, row.faulty
        segments = [Segment("●" if marked else " ", palette["mark"]), Segment("!" if faulty else " ", palette["problem"])]
        tone = palette[row.tone]
        last = len(self.columns) - 1
        for i, (column, width) in enumerate(zip(self.columns, self.widths or self.fit(), strict=True)):
            text = column.text(row)
            style = tone if column.told or row.tone in LOUD else palette["dim" if column.name in QUIET else "text"]
            text = cut(text, LONGEST) if i == last else pad(cut(text, width), width, right=column.right) + " "
            segments.append(Segment(text, style))
        return segments

    def empty(self) -> list[str]:
        return self.said


class Heads(Widget):
    """The columns' names above the list; a click sorts."""

    DEFAULT_CSS = "Heads { height: 1; }"

    class Picked(Event):
        """A column's name was clicked."""

        def __init__(self, column: Column) -> None:
            super().__init__()
            self.column = column

    def __init__(self, pane: ListPane) -> None:
        super().__init__(id="heads")
        self.pane = pane
        self.sorted: tuple[str, bool] | None = None

    def render_line(self, y: int) -> Strip:
        pane, style = self.pane, self.pane.palette["head"]
        texts = [" " * GUTTER]
        for column, width in zip(pane.columns, pane.widths or pane.fit(), strict=True):
            arrow = ""
            if self.sorted and self.sorted[0] == column.name:
                arrow = "▼" if self.sorted[1] else "▲"
            texts.append(pad(cut(column.title + arrow, width), width, right=column.right) + " ")
        strip = Strip([Segment("".join(texts), style)])
        if pane.shift:
            strip = strip.crop(pane.shift, pane.shift + self.size.width)
        return strip.adjust_cell_length(self.size.width, style)

    def on_click(self, event: events.Click) -> None:
        at = event.x + self.pane.shift - GUTTER
        for column, width in zip(self.pane.columns, self.pane.widths, strict=True):
            if at <= width:
                self.post_message(self.Picked(column))
                return
            at -= width + 1
        self.post_message(self.Picked(self.pane.columns[-1]))
