"""The dialogs: a choice from a list, a line of text, a page of text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from ovsdissect.text.screen import cells, cut, escape, pad
from ovsdissect.tui.pane import Pane

_FRAME = """
    align: center middle; background: $background 60%;
"""


class Choice(NamedTuple):
    """One line of a menu: its result, its key, its text, and a grey explanation."""

    name: str
    key: str
    text: str
    note: str = ""


class Choices(Pane):
    """The lines of a menu."""

    def __init__(self, choices: Sequence[Choice], checked: set[str] | None) -> None:
        super().__init__(id="choices")
        self.choices = choices
        self.checked = checked
        self.set_lines(len(choices))

    def on_mount(self) -> None:
        self.set_lines(len(self.choices))

    def renew(self, choices: Sequence[Choice], checked: set[str]) -> None:
        """Replace the lines, or the marks before them."""
        self.choices, self.checked = choices, checked
        self.set_lines(len(choices))
        self.redraw()

    def segments(self, line: int) -> list[Segment]:
        choice, palette = self.choices[line], self.palette
        width = max(cells(one.text) for one in self.choices) + 2
        sign = "" if self.checked is None else "[x] " if choice.name in self.checked else "[ ] "
        key = pad(f" {choice.key}", 3) if any(one.key for one in self.choices) else " "
        return [
            Segment(key, palette["mark"]),
            Segment(f" {sign}{pad(choice.text, width)}", palette["text"]),
            Segment(escape(choice.note), palette["dim"]),
        ]


class Menu(ModalScreen[str | None]):
    """A choice from a list; returns the name of the chosen line, or None.

    toggled: called with each chosen line that is not in `ends`; the menu stays open.
    """

    CSS = f"""
    Menu {{ {_FRAME} }}
    Menu Vertical {{ width: auto; height: auto; max-height: 90%; max-width: 96%; }}
    Menu Vertical {{ border: round $primary; background: $background; padding: 0 1; }}
    Menu Choices {{ background: $background; }}
    """
    BINDINGS = [Binding("escape,q", "leave", show=False)]  # noqa: RUF012 - Textual's own form

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        checked: set[str] | None = None,
        toggled: Callable[[str], None] | None = None,
        ends: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self._title = title
        self._toggled, self._ends = toggled, ends
        self.choices = choices
        self.pane = Choices(choices, checked)

    def renew(self, choices: Sequence[Choice], checked: set[str]) -> None:
        """Replace the lines, or the marks before them."""
        self.choices = choices
        self.pane.renew(choices, checked)
        self._measure()

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = self._title
            yield self.pane

    def on_mount(self) -> None:
        self._measure()
        self.set_focus(self.pane)

    def _measure(self) -> None:
        noted = max((cells(escape(one.note)) for one in self.choices), default=0)
        wide = max(max((cells(one.text) for one in self.choices), default=0) + noted + 14, cells(self._title) + 2)
        self.pane.styles.width = max(min(wide, self.app.size.width - 8), 24)
        self.pane.styles.height = min(len(self.choices), max(self.app.size.height - 6, 3))

    def on_key(self, event: events.Key) -> None:
        for choice in self.choices:
            if choice.key and event.character == choice.key:
                event.stop()
                self._choose(choice.name)
                return

    def on_pane_chosen(self, event: Pane.Chosen) -> None:
        event.stop()
        self._choose(self.choices[self.pane.cursor].name)

    def _choose(self, name: str) -> None:
        if self._toggled is not None and name not in self._ends:
            self._toggled(name)
        else:
            self.dismiss(name)

    def action_leave(self) -> None:
        self.dismiss(None)


class Prompt(ModalScreen[str | None]):
    """A line of text; `check` returns what is wrong with it, or ""."""

    CSS = f"""
    Prompt {{ {_FRAME} }}
    Prompt Vertical {{ width: 76; max-width: 96%; height: 4; }}
    Prompt Vertical {{ border: round $primary; background: $background; padding: 0 1; }}
    Prompt Input {{ border: none; height: 1; padding: 0; background: $background; }}
    Prompt Said {{ height: 1; background: $background; }}
    """
    BINDINGS = [Binding("escape", "leave", show=False)]  # noqa: RUF012 - Textual's own form

    def __init__(self, title: str, value: str, hint: str, check: Callable[[str], str] = lambda text: "") -> None:
        super().__init__()
        self._title = title
        self._check = check
        self.input = Input(value, compact=True, select_on_focus=True)
        self.said = Said(hint)

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = self._title
            yield self.input
            yield self.said

    def on_mount(self) -> None:
        self.set_focus(self.input)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        wrong = self._check(event.value)
        if wrong:
            self.said.say(wrong, "error")
        else:
            self.dismiss(event.value)

    def action_leave(self) -> None:
        self.dismiss(None)


class Said(Pane, can_focus=False):
    """One line of a prompt."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.cursor = -1
        self.text, self.role = text, "dim"

    def on_mount(self) -> None:
        self.set_lines(1)
        self.cursor = -1

    def say(self, text: str, role: str) -> None:
        """Replace the text."""
        self.text, self.role = text, role
        self.redraw()

    def segments(self, line: int) -> list[Segment]:
        return [Segment(cut(escape(self.text), max(self.size.width, 1)), self.palette[self.role])]


class Lines(Pane):
    """Lines of (role, text) pieces.  whole: wrap lines that are longer than the pane; otherwise cut them."""

    def __init__(self, lines: list[list[tuple[str, str]]], *, whole: bool = True) -> None:
        super().__init__(id="page")
        self.whole = whole
        self._lines = lines
        self.pieces = lines
        self._origin = list(range(len(lines)))

    @property
    def line(self) -> int:
        """The line of the cursor."""
        return self._origin[self.cursor] if self.cursor < len(self._origin) else 0

    def on_mount(self) -> None:
        self.set_lines(len(self.pieces))

    def show(self, lines: list[list[tuple[str, str]]], line: int = 0) -> None:
        """Replace the lines, and put the cursor on one of them."""
        self._lines = lines
        self._fold()
        self.place(self._origin.index(line) if line in self._origin else 0)
        self.redraw()

    def resized(self) -> None:
        line = self.line
        self._fold()
        self.cursor = self._origin.index(line) if line in self._origin else 0
        super().resized()

    def show_whole(self, whole: bool) -> None:
        """Wrap long lines, or cut them."""
        self.whole = whole
        self.resized()
        self.redraw()

    def _fold(self) -> None:
        folds = self.whole and self.width > 0
        rows = [(row, at) for at, line in enumerate(self._lines) for row in (folded(line, self.width) if folds else [line])]
        self.pieces, self._origin = [row for row, _ in rows], [at for _, at in rows]
        self.set_lines(len(rows))

    def segments(self, line: int) -> list[Segment]:
        return [Segment(text, self.palette[role]) for role, text in self.pieces[line]]


def folded(line: list[tuple[str, str]], width: int) -> list[list[tuple[str, str]]]:
    """A line wrapped into rows of a number of cells, between words if possible; further rows are indented to its second piece."""
    if sum(cells(text) for _, text in line) <= width:
        return [line]
    indent = cells(line[0][1]) if len(line) > 1 and cells(line[0][1]) <= width // 2 else 0
    rows: list[list[tuple[str, str]]] = [[]]
    room = width
    for role, text in line:
        rest = text
        while rest:
            part = fitting(rest, room, whole=room == width - indent)
            rows[-1].append((role, part))
            rest, room = rest[len(part) :], room - cells(part)
            if rest:
                rows.append([("text", " " * indent)])
                rest, room = rest.lstrip(" "), width - indent
    return rows


def fitting(text: str, room: int, *, whole: bool) -> str:
    """The start of a text that fits into a number of cells, up to the end of a word.  whole: no further row follows."""
    if cells(text) <= room:
        return text
    end = min(room, len(text))
    while end > 0 and cells(text[:end]) > room:
        end -= 1
    words = max(text.rfind(" ", 0, end + 1), text.rfind(",", 0, end) + 1)
    if words > 0:
        return text[:words]
    return text[: max(end, 1)] if whole else ""


class Page(ModalScreen[int | None]):
    """A page of text from which a line can be chosen; returns the number of the line, or None."""

    CSS = f"""
    Page {{ {_FRAME} }}
    Page Vertical {{ width: 100%; height: 100%; border: round $primary; background: $background; padding: 0 1; margin: 1 2; }}
    Page Lines {{ background: $background; height: 1fr; }}
    """
    BINDINGS = [Binding("escape,q,question_mark,f1", "leave", show=False)]  # noqa: RUF012 - Textual's own form

    def __init__(self, title: str, lines: list[list[tuple[str, str]]], *, choose: bool = False) -> None:
        super().__init__()
        self._title = title
        self._choose = choose
        self.pane = Lines(lines)

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = self._title
            box.border_subtitle = "Enter goes there, Esc leaves" if self._choose else "Esc leaves"
            yield self.pane

    def on_mount(self) -> None:
        self.set_focus(self.pane)

    def on_pane_chosen(self, event: Pane.Chosen) -> None:
        event.stop()
        self.dismiss(self.pane.line if self._choose else None)

    def action_leave(self) -> None:
        self.dismiss(None)
