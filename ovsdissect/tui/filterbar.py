"""The filter bar: input, checked at every key, with completion and history.  The core defines what a filter means."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message as Event
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from ovsdissect.errors import FilterError
from ovsdissect.text.screen import cells, cut, escape, pad
from ovsdissect.tui.palette import Palette

KEPT: Final = 200  # filters remembered
PLACEHOLDER: Final = "/ to filter, for example ovs_packet.cmd == miss"
OFFERED: Final = 8  # completions shown at once


def compiled(text: str) -> Any:
    """The filter for a text; None for an empty one.  Raises FilterError."""
    if not text.strip():
        return None
    from ovsdissect import filter as display_filter

    return display_filter.compile(text)


class History:
    """The history of filters, the newest last; kept in a file if possible."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.texts: list[str] = []
        if path is not None:
            try:
                self.texts = [line for line in path.read_text("utf-8").splitlines() if line][-KEPT:]
            except (OSError, UnicodeDecodeError):
                self.texts = []

    def add(self, text: str) -> None:
        """Remember a filter."""
        text = text.strip()
        if not text or "\n" in text:
            return
        self.texts = [*(old for old in self.texts if old != text), text][-KEPT:]
        if self._path is not None:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._path.write_text("\n".join(self.texts) + "\n", "utf-8")
            except OSError:
                self._path = None


class FilterInput(Input):
    """The input field; pasted lines are joined, and the example is shortened to the field's width."""

    def on_resize(self) -> None:
        self.placeholder = cut(PLACEHOLDER, self.size.width)

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        start, end = self.selection
        self.replace(" ".join(event.text.split("\n")).replace("\r", " "), min(start, end), max(start, end))


class Offers(Widget):
    """What is wrong with the filter, below the place of the error; or its completions."""

    DEFAULT_CSS = """
    Offers { layer: over; dock: top; margin-top: 2; height: auto; display: none; background: $surface; }
    Offers.-shown { display: block; }
    """

    def __init__(self, palette: Callable[[], Palette]) -> None:
        super().__init__(id="offers")
        self._palette = palette
        self.items: list[Any] = []
        self.at = -1
        self.error: FilterError | None = None
        self.indent = 0

    def show(self, items: list[Any], error: FilterError | None, indent: int) -> None:
        """Show completions, or the error; indent: cells left of the text."""
        self.items, self.error, self.indent, self.at = items, error, indent, -1
        self.update()

    def update(self) -> None:
        """Draw again."""
        lines = min(len(self.items), OFFERED) + (self.error is not None)
        self.styles.height = max(lines, 1)
        self.set_class(lines > 0, "-shown")
        self.refresh(layout=True)

    def hide(self) -> None:
        """Hide it."""
        self.items, self.error, self.at = [], None, -1
        self.set_class(False, "-shown")

    def render_line(self, y: int) -> Strip:
        palette, width = self._palette(), self.size.width
        base = palette["title"]
        if self.error is not None:
            if y == 0:
                text = caret(self.indent + self.error.column, self.error.length, escape(str(self.error)), width)
                return Strip([Segment(cut(text, width), palette.on("title", "invalid"))]).adjust_cell_length(width, base)
            y -= 1
        first = max(min(self.at - OFFERED + 1, len(self.items) - OFFERED), 0)
        if first + y >= len(self.items):
            return Strip.blank(width, base)
        item = self.items[first + y]
        ground = "cursor" if first + y == self.at else "title"
        style = palette[ground]
        text = " " * min(self.indent + item.start, width // 3) + pad(escape(item.text), 34)
        note = cut("  " + escape(item.help), max(width - cells(text), 0))
        return Strip([Segment(cut(text, width), style), Segment(note, palette.on(ground, "dim"))]).adjust_cell_length(width, style)


def caret(at: int, length: int, said: str, width: int) -> str:
    """A mark under the columns at fault, with the error to its right, or to its left if there is no room."""
    at = max(min(at, width - 1), 0)
    sign = "^" * max(min(length, width - at), 1)
    if at + len(sign) + 1 + cells(said) <= width or at < cells(said) + 2:
        return f"{' ' * at}{sign} {said}"
    return f"{' ' * (at - cells(said) - 1)}{said} {sign}"


class FilterBar(Horizontal):
    """The bar with the filter."""

    DEFAULT_CSS = """
    FilterBar { height: 1; background: $surface; }
    FilterBar #filter-sign { width: 9; }
    FilterBar FilterInput { width: 1fr; background: $surface; border: none; height: 1; padding: 0; }
    FilterBar FilterInput.-bad { color: $error; }
    FilterBar FilterInput.-good { color: $success; }
    """
    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding("tab", "complete", show=False),
        Binding("down", "choose(1)", show=False),
        Binding("up", "choose(-1)", show=False),
        Binding("escape", "leave", show=False),
    ]
    INDENT: Final = 9

    class Applied(Event):
        """Enter was pressed on a filter that compiles."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Event):
        """Escape was pressed: the filter does not change."""

    def __init__(self, palette: Callable[[], Palette], history: History | None = None) -> None:
        super().__init__(id="bar")
        self.history = history or History(None)
        self.input = FilterInput(placeholder=PLACEHOLDER, id="filter", select_on_focus=False, compact=True)
        self.offers = Offers(palette)
        self._sign = Sign(palette)
        self._back = 0  # how far back in the history, 0 for the text being typed
        self._typed = ""
        self._setting = False

    def compose(self) -> ComposeResult:
        yield self._sign
        yield self.input

    @property
    def _scrolled(self) -> int:
        """Cells of a long text that are scrolled out on the left."""
        return int(self.input.scroll_offset.x)

    @property
    def error(self) -> FilterError | None:
        """The error in the text."""
        try:
            compiled(self.input.value)
        except FilterError as error:
            return error
        return None

    def put(self, text: str) -> None:
        """Set the text without showing completions."""
        if text != self.input.value:
            self._setting = True
            self.input.value = text
        self.input.cursor_position = len(text)
        self.judge(offer=False)

    def judge(self, *, offer: bool) -> None:
        """Colour the text by whether it compiles, and show completions."""
        text, error = self.input.value, self.error
        self.input.set_class(error is not None, "-bad")
        self.input.set_class(error is None and bool(text.strip()), "-good")
        if not offer or not self.input.has_focus:
            self.offers.hide()
            return
        from ovsdissect import filter as display_filter

        cursor = self.input.cursor_position
        items = display_filter.complete(text, cursor) if text.strip() else []
        items = [item for item in items if item.text != text[item.start : cursor]]
        late = error is not None and error.column + error.length >= len(text.rstrip()) and bool(items)
        self.offers.show(items, None if late else error, self.INDENT - self._scrolled)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        clean = "".join(" " if not c.isprintable() else c for c in event.value)
        if clean != event.value:
            self.input.value = clean
            return
        if self._setting:
            self._setting = False
            return
        self._back = 0
        self.judge(offer=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self.offers.at >= 0:
            self.action_complete()
            return
        if self.error is not None:
            self.judge(offer=True)
            self.offers.show([], self.error, self.INDENT - self._scrolled)
            return
        self.offers.hide()
        self.history.add(event.value)
        self._back = 0
        self.post_message(self.Applied(event.value.strip()))

    def on_descendant_blur(self) -> None:
        self.offers.hide()

    def action_leave(self) -> None:
        """Escape: hide the completions, or else leave the bar."""
        if self.offers.at >= 0:
            self.offers.hide()
        else:
            self.offers.hide()
            self.post_message(self.Left())

    def action_complete(self) -> None:
        """Insert the chosen completion, or the first if none is chosen."""
        if not self.offers.items:
            self.judge(offer=True)
            if not self.offers.items:
                return
        item = self.offers.items[max(self.offers.at, 0)]
        text, cursor = self.input.value, self.input.cursor_position
        self.input.value = text[: item.start] + item.text + text[cursor:]
        self.input.cursor_position = item.start + len(item.text)
        self.call_after_refresh(self.judge, offer=True)

    def action_choose(self, step: int) -> None:
        """Down and Up: move through the completions; through the history if there are none, or before the first."""
        offers = self.offers
        if offers.items and self._back == 0 and (step > 0 or offers.at >= 0):
            offers.at = max(min(offers.at + step, len(offers.items) - 1), -1)
            offers.update()
            return
        texts = self.history.texts
        back = max(min(self._back - step, len(texts)), 0)
        if back == self._back:
            return
        if self._back == 0:
            self._typed = self.input.value
        self._back = back
        self.put(self._typed if back == 0 else texts[-back])

    def on_click(self, event: events.Click) -> None:
        self.screen.set_focus(self.input)


class Sign(Widget):
    """The label before the filter."""

    def __init__(self, palette: Callable[[], Palette]) -> None:
        super().__init__(id="filter-sign")
        self._palette = palette

    def render_line(self, y: int) -> Strip:
        style = self._palette()["sign"]
        return Strip([Segment(" Filter: ", style)]).adjust_cell_length(self.size.width, style)
