"""A pane of any number of lines, made when they are displayed, with a cursor, mouse and keys.  Subclasses provide the lines.

It scrolls and draws its own scrollbar, so that a new number of lines needs no layout, unlike in Textual's ScrollView.
"""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from ovsdissect.text.screen import ELLIPSIS
from ovsdissect.tui.keys import Key, bindings
from ovsdissect.tui.palette import DARK, PALETTES, Palette

WHEEL = 3  # lines
KEYS = (
    Key("up,k", "move(-1)", "Up", "Move"),
    Key("down,j", "move(1)", "Down", "Move"),
    Key("pageup,ctrl+b", "page(-1)", "Page up", "Move"),
    Key("pagedown,space", "page(1)", "Page down", "Move"),
    Key("ctrl+u", "page(-0.5)", "Half a page up", "Move"),
    Key("ctrl+d", "page(0.5)", "Half a page down", "Move"),
    Key("home,g", "first", "First", "Move"),
    Key("end,G", "last", "Last", "Move"),
    Key("left,h", "side(-1)", "List: scroll left; tree: fold, or up to the parent; bytes: previous byte", "Move"),
    Key("right,l", "side(1)", "List: scroll right; tree: unfold, or down to the first child; bytes: next byte", "Move"),
    Key("enter", "choose", "List: to the tree; tree: fold or unfold; bytes: to the field; elsewhere: what the line is about", "Move"),
)


class Pane(Widget, can_focus=True):
    """Lines with a cursor; `top` is the first visible one, `shift` the number of cells scrolled out on the left."""

    KEYS: ClassVar[tuple[Key, ...]] = KEYS
    BINDINGS = bindings(KEYS)
    DEFAULT_CSS = "Pane { background: $background; }"

    class Moved(Message):
        """The cursor moved to another line."""

        def __init__(self, pane: Pane) -> None:
            super().__init__()
            self.pane = pane

    class Chosen(Message):
        """A line was opened with Enter or a double click."""

        def __init__(self, pane: Pane) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.cursor = 0
        self.top = 0
        self.shift = 0
        self.lines = 0
        self.width = 0
        self.page = 0
        self.palette: Palette = PALETTES[DARK.name]
        self._drawn: dict[int, Strip] = {}
        self._stale = False
        self._dragging = False

    # provided by subclasses

    def segments(self, line: int) -> list[Segment]:
        """The text of a line, one piece per style, without terminal control characters."""
        raise NotImplementedError

    def empty(self) -> list[str]:
        """The text of a pane without lines."""
        return []

    def mark_cursor(self, pieces: list[Segment]) -> list[Segment]:
        """The style of the cursor's line: another background, except under what has its own; the text keeps its colours."""
        style = self.palette["cursor" if self.has_focus else "cursor.blur"]
        ground = Style(bgcolor=style.bgcolor, bold=style.bold, reverse=style.reverse)
        if style.reverse:  # only loud styles may interrupt the bar
            return [Segment(text, old + ground if old is not None and old.bold and text.strip() else style) for text, old, _ in pieces]
        plain = self.palette["text"].bgcolor
        return [Segment(text, old if old is not None and old.bgcolor != plain else (old or style) + ground) for text, old, _ in pieces]

    # painting

    def render_lines(self, crop: Region) -> list[Strip]:
        palette = PALETTES.get(self.app.theme, self.palette)
        if palette is not self.palette:
            self.palette = palette
            self._drawn.clear()
        self._measure()
        return super().render_lines(crop)

    def on_resize(self) -> None:
        self._measure()

    def _measure(self) -> None:
        """The cells of a line without the scrollbar, and the lines of the pane."""
        size = self.outer_size - self.styles.gutter.totals
        if (size.width - 1, size.height) != (self.width, self.page) and size.area:
            self.width, self.page = size.width - 1, size.height
            self._drawn.clear()
            self.top = max(min(self.top, self.lines - self.page), 0)
            self.resized()

    def resized(self) -> None:
        """The size of the pane changed."""
        self.reveal(self.cursor)

    def render_line(self, y: int) -> Strip:
        strip = self._drawn.get(y)
        if strip is None:
            strip = self._drawn[y] = self._draw(y)
        return strip

    def _draw(self, y: int) -> Strip:
        """A line of the pane in its exact width: cropping and padding by Textual would cost more than everything else."""
        width, line = self.width, self.top + y
        if line < self.lines:
            pieces = self.segments(line)
            if self.shift:
                pieces = list(Strip(pieces).crop(self.shift, self.shift + width))
        else:
            said = self.empty() if not self.lines else []
            pieces = [Segment(said[y] if y < len(said) else "", self.palette["dim"])]
        fitted: list[Segment] = []
        room = width
        for piece in pieces:
            text = piece.text
            taken = len(text) if text.isascii() else cell_len(text)
            if taken > room:
                text = (text[: room - 1] if text.isascii() else set_cell_size(text, room - 1)) + ELLIPSIS if text.strip() else " " * room
                taken = room
            room -= taken
            fitted.append(Segment(text, piece.style))
            if not room:
                break
        if room:
            fitted.append(Segment(" " * room, self.palette["text"]))
        if line == self.cursor and line < self.lines:
            fitted = self.mark_cursor(fitted)
        return Strip([*fitted, self._scrollbar(y)], width + 1)

    def redraw(self) -> None:
        """Schedule painting of the lines that changed, and only those.

        The screen calls back, after the messages it has: what one key changes in several panes is painted once.
        """
        if not self._stale and self.is_attached:
            self._stale = True
            self.screen.call_next(self._redraw)

    def _redraw(self) -> None:
        self._stale = False
        before, self._drawn = self._drawn, {}
        if not before or not self.page:
            self.refresh()
            return
        self.palette = PALETTES.get(self.app.theme, self.palette)
        changed: list[tuple[int, int]] = []  # lines and their widths: most often the scrollbar's cell stays
        for y in range(self.page):
            strip = self._drawn[y] = self._draw(y)
            if (old := before.get(y)) != strip:
                changed.append((y, self.width + (old is None or list(old)[-1] != list(strip)[-1])))
        # adjacent lines are combined: a region costs as much as a line
        start = 0
        for end in range(1, len(changed) + 1):
            (first, width), (last, _) = changed[start], changed[end - 1]
            if end == len(changed) or changed[end] != (last + 1, width):
                self.refresh(Region(0, first, width, last - first + 1))
                start = end

    def _scrollbar(self, y: int) -> Segment:
        page, lines = max(self.page, 1), self.lines
        if lines <= page:
            return Segment(" ", self.palette["text"])
        size = max(page * page // lines, 1)
        start = self.top * (page - size) // max(lines - page, 1)
        thumb = start <= y < start + size
        return Segment("┃" if thumb else "│", self.palette["scrollbar.thumb" if thumb else "scrollbar"])

    # lines and cursor

    def set_lines(self, count: int) -> None:
        """Set the number of lines."""
        if count == self.lines:
            return
        self.lines = count
        self.cursor = min(self.cursor, max(count - 1, 0))
        self.top = max(min(self.top, count - self.page), 0)
        self.redraw()

    def go(self, line: int, *, middle: bool = False) -> None:
        """Put the cursor on a line and post a message."""
        if self.place(line, middle=middle):
            self.tell()

    def tell(self) -> None:
        """Tell the screen directly that the cursor moved: bubbling a message through all containers costs as much as a repaint."""
        self.screen.post_message(self.Moved(self))

    def place(self, line: int, *, middle: bool = False) -> bool:
        """Put the cursor on a line; returns whether it moved."""
        line = max(min(line, self.lines - 1), 0)
        old, self.cursor = self.cursor, line
        if not self.reveal(line, middle=middle) and old != line:
            self.redraw()
        return old != line

    def reveal(self, line: int, *, middle: bool = False) -> bool:
        """Scroll just enough to show a line, or centre it if it was not visible and `middle` is set; returns whether it scrolled."""
        page = self.page
        if not page:
            return False
        if line < self.top:
            return self.scroll_lines(line - (page // 2 if middle else 0))
        if line >= self.top + page:
            return self.scroll_lines(line - (page // 2 if middle else page - 1))
        return False

    def scroll_lines(self, top: int) -> bool:
        """Set the first visible line; returns whether it changed."""
        top = max(min(top, self.lines - self.page), 0)
        if top == self.top:
            return False
        self.top = top
        self.redraw()
        return True

    # user input

    def action_move(self, lines: int) -> None:
        self.go(self.cursor + lines)

    def action_page(self, pages: float) -> None:
        step = max(int(self.page * abs(pages)) - (abs(pages) == 1), 1)
        self.go(self.cursor + (step if pages > 0 else -step))

    def action_first(self) -> None:
        self.go(0)

    def action_last(self) -> None:
        self.go(self.lines - 1)

    def action_side(self, steps: int) -> None:
        """Left or right: scroll, unless a subclass does something else."""
        self.shift = max(self.shift + 8 * steps, 0)
        self.redraw()

    def action_choose(self) -> None:
        if self.lines:
            self.post_message(self.Chosen(self))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or offset.x >= self.width:
            return
        line = self.top + offset.y
        if line < self.lines:
            self.go(line)
            self.clicked(line, offset.x + self.shift, event.chain)

    def clicked(self, line: int, x: int, times: int) -> None:
        """A line was clicked at a column."""
        if times == 2:
            self.action_choose()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_lines(self.top + WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_lines(self.top - WHEEL)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and offset.x >= self.width:
            self._dragging = True
            self.capture_mouse()
            self._drag(offset.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragging:
            self._drag(event.y - self.gutter.top)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self._dragging:
            self._dragging = False
            self.release_mouse()

    def _drag(self, y: int) -> None:
        self.scroll_lines((self.lines - self.page) * y // max(self.page - 1, 1))

    def on_focus(self) -> None:
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()

