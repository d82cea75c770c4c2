"""The message list: a row for each line that passes, made when it is displayed."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Final

from rich.segment import Segment
from textual import events
from textual.message import Message as Event
from textual.strip import Strip
from textual.widget import Widget

from ovsdissect.text.screen import cells, cut, pad
from ovsdissect.tui.columns import ACTIONS, Column, Row, middle, time_width, with_interface
from ovsdissect.tui.matches import lit
from ovsdissect.tui.pane import Pane
from ovsdissect.tui.rowtones import tone
from ovsdissect.tui.search import Needle
from ovsdissect.tui.session import Session
from ovsdissect.tui.view import View

KEPT: Final = 4096  # rows
GUTTER: Final = 2
NARROW: Final = 100  # cells below which columns give way
ROOMY: Final = 110  # cells from which actions have a column of their own
LONGEST: Final = 4096  # cells of the last column
SHARE: Final = 0.36  # share of the remaining width for the actions
LOUD: Final = ("error", "problem")  # tones that colour the whole row
FAINT: Final = ("probe", "expected")  # likewise
QUIET: Final = ("number", "time", "direction")


class ListPane(Pane):
    """Rows of messages.

    shown: the lines of the view, possibly in another order.  columns: the chosen ones; columns_chosen: by the user.
    drawn: the columns on the screen, with the actions if there is room.
    sorted: the column that the order is by and whether it goes down.  widths: cells of each drawn column, the last takes the rest.
    headed: called when columns, order or scrolling changed.
    """

    def __init__(self, session: Session, columns: list[Column]) -> None:
        super().__init__(id="list")
        self.session = session
        self.order: array[int] | None = None
        self.sorted: tuple[str, bool] | None = None
        self.columns = columns
        self.columns_chosen = False
        self.drawn = columns
        self.needle: Needle | None = None
        self.awaited: int | None = None
        self.said: list[str] = []
        self.headed: Callable[[], object] = lambda: None
        self._rows: dict[int, list[Segment]] = {}
        self._widest: dict[str, int] = {}
        self.widths: list[int] = []

    @property
    def view(self) -> View:
        """The lines that pass."""
        return self.session.view

    @property
    def shown(self) -> Sequence[int]:
        """The store's lines in the order of the rows."""
        return self.view.lines if self.order is None else self.order

    @property
    def line(self) -> int | None:
        """The store's line under the cursor."""
        return self.shown[self.cursor] if self.cursor < min(self.lines, len(self.shown)) else None

    def where(self, line: int) -> int | None:
        """The row of a line; None if it is not shown."""
        if self.order is not None:
            try:
                return self.order.index(line)
            except ValueError:
                return None
        row = bisect_left(self.view.lines, line)
        return row if row < len(self.view.lines) and self.view.lines[row] == line else None

    def show_view(self) -> None:
        """Show another selection; the cursor stays on its message if that passes, or moves to the next one that does."""
        self.order = self.sorted = None
        self.cursor = 0
        self.lines = 0
        self.top = 0
        self._widest.clear()
        self.renew()
        self.grow()

    def await_line(self) -> None:
        """Prepare for another selection: the cursor returns to its line as soon as that is found."""
        self.awaited = self.awaited if self.awaited is not None else self.line

    def grow(self) -> bool:
        """Show what the view has found since; returns whether the message under the cursor changed."""
        before, old = self.line, self.lines
        self.set_lines(len(self.shown))
        if old < self.page or not old:
            self.redraw()
        if self.awaited is not None and (self.view.seen > self.awaited or self.view.done):
            row = min(bisect_left(self.view.lines, self.awaited), max(self.lines - 1, 0)) if self.order is None else 0
            self.awaited = None
            self.place(row, middle=True)
        return self.line != before or (not old and bool(self.lines))

    def sort(self, order: array[int] | None, by: tuple[str, bool] | None) -> None:
        """Show the lines in this order; None: as they came."""
        line = self.line
        self.order, self.sorted = order, by
        self.set_lines(len(self.shown))
        row = self.where(line) if line is not None else None
        self.cursor = -1
        self.place(row or 0, middle=True)
        self.renew()

    def light_text(self, needle: Needle | None) -> None:
        """Highlight the matches of a search."""
        self.needle = needle
        self.renew()

    def renew(self) -> None:
        """Make all rows again, after a change of columns, style, names or marks."""
        self._rows.clear()
        self.headed()
        self.redraw()

    def fit(self) -> list[int]:
        """Compute the widths of the drawn columns for the rows on the screen."""
        look, width = self.session.look, self.size.width
        names = [column.name for column in self.columns]
        roomy = width >= ROOMY and names[-1:] == ["summary"]
        look.actions = roomy
        before = self.drawn
        self.drawn = with_interface(self.columns) if len(self.session.source.interfaces) > 1 else self.columns
        if roomy:
            self.drawn = [*self.drawn, ACTIONS]
        if [column.name for column in self.drawn] != [column.name for column in before]:
            self._rows.clear()
        # the width of the widest texts of these columns, whether they were displayed or not
        needed = {"number": max(len(str(self.session.store.count)), 3), "time": time_width(self.session.store, look)}
        widths = []
        for column in self.drawn:
            cellular = column.least if width < NARROW and column.least else column.width
            if column.whole:
                most = column.most or width // (8 if width < NARROW else 5)
                cellular = max(cellular, min(self._widest.get(column.name, 0), most))
            widths.append(max(cellular, needed.get(column.name, 0)))
        if roomy:
            rest = width - 1 - GUTTER - sum(widths[:-2]) - len(widths[:-2])
            widths[-1] = max(int(rest * SHARE), 12)
            widths[-2] = max(rest - widths[-1] - 1, 10)
        self.widths = widths
        return widths

    def resized(self) -> None:
        super().resized()
        before = self.widths
        if self.fit() != before:
            self.renew()

    def action_side(self, steps: int) -> None:
        super().action_side(steps)
        self.headed()

    def segments(self, line: int) -> list[Segment]:
        stored = self.shown[line]
        kept = self._rows.get(stored)
        if kept is None:
            if len(self._rows) > KEPT:
                self._rows.clear()
            kept = self._rows[stored] = self._row(stored, self.shown[line - 1] if line else None)
        return kept

    def _row(self, line: int, above: int | None) -> list[Segment]:
        palette, session = self.palette, self.session
        row = Row(session.store, line, session.look, above)
        marked, faulty = line in session.marks, row.faulty
        segments = [Segment("●" if marked else " ", palette["mark"]), Segment("!" if faulty else " ", palette["problem"])]
        what = tone(row)
        widths = self.widths or self.fit()
        last = len(self.drawn) - 1
        roomy, own = session.look.actions, session.rule(row)
        for i, (column, width) in enumerate(zip(self.drawn, widths, strict=True)):
            text = column.text(row)
            if column.whole and cells(text) > self._widest.get(column.name, 0):
                self._widest[column.name] = cells(text)
                if column.width < cells(text) and not self._stale:
                    self.call_next(self.refit)
            role = what if column.told or what in LOUD or what in FAINT else "dim" if column.name in QUIET else "text"
            style = palette[role] if own is None else own
            if column.name == "actions" or (column.name == "summary" and not roomy and row.summary[1]):
                said, mark, actions = text.rpartition("actions:") if column.name == "summary" else ("", "", text)
                room = LONGEST if i == last else width
                segments.append(Segment(said + mark, style))
                effect = role if role in (*LOUD, *FAINT) else "drop" if actions == "drop" else "outputs"
                shown = cut(actions, room) if column.name == "actions" else actions
                segments.append(Segment(shown, palette[effect] if own is None else own))
            elif roomy and column.name == "summary" and not row.summary[1]:
                segments.append(Segment(cut(text, LONGEST), style))  # rows without actions may use their room
                break
            else:
                shown = cut(text, LONGEST) if i == last else pad(_fitted(column, text, width), width, right=column.right) + " "
                segments.append(Segment(shown, style))
        return lit(segments, self.needle, palette["match"])

    def refit(self) -> None:
        """Texts arrived that are wider than their column."""
        before = list(self.widths)
        if self.fit() != before:
            self.renew()

    def empty(self) -> list[str]:
        return self.said


def _fitted(column: Column, text: str, width: int) -> str:
    return middle(text, width) if column.whole else cut(text, width)


class Heads(Widget):
    """The header above the list, which scrolls with it; a click sorts."""

    DEFAULT_CSS = "Heads { height: 1; }"

    class Picked(Event):
        """A column's name was clicked."""

        def __init__(self, column: Column) -> None:
            super().__init__()
            self.column = column

    def __init__(self, pane: ListPane) -> None:
        super().__init__(id="heads")
        self.pane = pane
        pane.headed = self.refresh

    def render_line(self, y: int) -> Strip:
        pane, style = self.pane, self.pane.palette["head"]
        texts = [" " * GUTTER]
        widths = pane.widths or pane.fit()
        for column, width in zip(pane.drawn, widths, strict=True):
            arrow = ""
            if pane.sorted and pane.sorted[0] == column.name:
                arrow = "▼" if pane.sorted[1] else "▲"
            texts.append(pad(cut(column.title, width - len(arrow)) + arrow, width, right=column.right) + " ")
        strip = Strip([Segment("".join(texts).rstrip(), style)])
        if pane.shift:
            strip = strip.crop(pane.shift)
        strip = Strip([Segment(cut(strip.text, self.size.width), style)])
        return strip.adjust_cell_length(self.size.width, style)

    def on_click(self, event: events.Click) -> None:
        at = event.x + self.pane.shift - GUTTER
        for column, width in zip(self.pane.drawn, self.pane.widths, strict=True):
            if at <= width:
                self.post_message(self.Picked(column))
                return
            at -= width + 1
        self.post_message(self.Picked(self.pane.drawn[-1]))
