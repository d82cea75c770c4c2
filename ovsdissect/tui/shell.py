"""The application's frame: the panes and how they hang together, the selection, where the reading thread is, what the bars say."""

from __future__ import annotations

import asyncio
import os
import signal

from textual import events
from textual.app import App, ComposeResult
from textual.containers import Container, Vertical
from textual.message import Message as Event

from ovsdissect.api import Message
from ovsdissect.text.screen import escape
from ovsdissect.tui import columns
from ovsdissect.tui.bars import Bar
from ovsdissect.tui.columns import Look
from ovsdissect.tui.filterbar import FilterBar
from ovsdissect.tui.hexpane import HexPane
from ovsdissect.tui.keys import bindings
from ovsdissect.tui.lines import branch_at, branches
from ovsdissect.tui.listpane import Heads, ListPane
from ovsdissect.tui.palette import DARK, LIGHT, PALETTES, PLAIN, Palette
from ovsdissect.tui.pane import Pane
from ovsdissect.tui.source import Source
from ovsdissect.tui.store import Store
from ovsdissect.tui.treepane import TreePane
from ovsdissect.tui.view import View

WIDE = 108  # columns from which tree and bytes stand side by side
PANES = ("list", "tree", "hex")


class Grew(Event):
    """The reading thread has more."""


class Found(Event):
    """The filtering thread has more."""

    def __init__(self, view: View) -> None:
        super().__init__()
        self.view = view


class Shell(App[None]):
    """Panes, selection, bars."""

    TITLE = "ovsdissect"
    BINDINGS = bindings("app")
    ENABLE_COMMAND_PALETTE = True
    CSS = """
    Screen { background: $background; layers: base over; }
    #body { height: 1fr; layout: vertical; }
    #upper { height: 1fr; }
    #lower { height: 1fr; layout: vertical; }
    #list { height: 1fr; }
    #tree, #hex { border-top: solid $panel; border-title-color: $foreground 60%; height: 1fr; width: 1fr; }
    #tree:focus, #hex:focus { border-top: solid $primary; border-title-color: $primary; }
    .-wide #lower { layout: horizontal; }
    .-wide #hex { width: 42; border-left: solid $panel; }
    .-wide.-broad #hex { width: 76; }
    .-one #lower { display: none; }
    .-one.-lower #upper { display: none; }
    .-one.-lower #lower { display: block; }
    .-away { display: none; }
    """

    def __init__(self, source: Source, *, look: Look | None = None, text: str = "", everything: bool = False) -> None:
        plain = "NO_COLOR" in os.environ
        super().__init__(ansi_color=True if plain else None)
        for theme in (DARK, LIGHT, PLAIN):
            self.register_theme(theme)
        self.theme = PLAIN.name if plain else DARK.name
        self.source = source
        self.look = look or Look()
        self.everything = everything
        self.filter_text = text
        self.message: Message | None = None
        self.message_line: int | None = None
        self.share = 50
        self.following = False
        self.paused = False
        self.notice: tuple[str, str] = ("dim", "")
        self.current = "list"
        self.lower = "tree"
        self.zoomed = False
        self.ready = False
        source.grew = lambda: self.tell(Grew())
        self.view = View(source, None, everything, lambda view: self.tell(Found(view)))
        self.list_pane = ListPane(self.view, columns.fitted(list(columns.USUAL), self.look), self.look)
        self.tree_pane = TreePane()
        self.hex_pane = HexPane()
        self.heads = Heads(self.list_pane)
        self.upper_bar = Bar("top", self.palette)
        self.lower_bar = Bar("bottom", self.palette)
        self.filter_bar = FilterBar(self.palette)

    @property
    def store(self) -> Store:
        """The lines that the list is about."""
        return self.view.store

    def tell(self, event: Event) -> None:
        """Send a message from any thread; nobody is there to read it once the application is gone."""
        if self.is_running:
            self.post_message(event)

    def palette(self) -> Palette:
        """The styles in use."""
        return PALETTES.get(self.theme) or PALETTES[DARK.name]

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, (events.Key, events.MouseEvent)):
            self.source.give_way()
        await super().on_event(event)

    def compose(self) -> ComposeResult:
        yield self.upper_bar
        yield self.filter_bar
        with Container(id="body"):
            with Vertical(id="upper"):
                yield self.heads
                yield self.list_pane
            with Container(id="lower"):
                yield self.tree_pane
                yield self.hex_pane
        yield self.lower_bar
        yield self.filter_bar.offers

    def on_mount(self) -> None:
        self.tree_pane.border_title, self.hex_pane.border_title = "Tree", "Bytes"
        self.ready = True
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                asyncio.get_running_loop().add_signal_handler(getattr(signal, name), self.exit)
        self.list_pane.focus()
        self.arrange()
        self.begin()

    def begin(self) -> None:
        """Choose what is shown first."""

    # layout

    def on_resize(self) -> None:
        self.call_after_refresh(self.arrange)

    def arrange(self) -> None:
        """Lay the panes out: side by side where it is wide, one lower pane where it is not, one alone where it is low or zoomed."""
        width, height = self.size
        wide = width >= WIDE
        screen = self.screen_stack[0]
        screen.set_class(wide, "-wide")
        screen.set_class(width >= 150, "-broad")
        if self.current != "list":
            self.lower = self.current
        one = self.zoomed or height < 16
        screen.set_class(one, "-one")
        screen.set_class(one and self.current != "list", "-lower")
        self.tree_pane.set_class((not wide or one) and self.lower == "hex", "-away")
        self.hex_pane.set_class((not wide or one) and self.lower == "tree", "-away")
        self.query_one("#upper").styles.height = f"{self.share}fr"
        self.query_one("#lower").styles.height = f"{100 - self.share}fr"

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        if self.ready and event.widget.id in PANES:
            self.current = str(event.widget.id)
            self.arrange()

    def action_pane(self, step: int) -> None:
        if len(self.screen_stack) > 1:
            return
        self.action_to_pane(PANES[(PANES.index(self.current) + step) % len(PANES)])

    def action_to_pane(self, name: str) -> None:
        self.current = name
        self.arrange()
        self.screen.set_focus(self.pane(name))

    def pane(self, name: str) -> Pane:
        """A pane by its name."""
        return {"list": self.list_pane, "tree": self.tree_pane, "hex": self.hex_pane}[name]

    def action_zoom(self) -> None:
        self.zoomed = not self.zoomed
        self.arrange()

    def action_grow(self, step: int) -> None:
        self.share = max(min(self.share + 10 * step, 80), 20)
        self.arrange()

    # selection

    def on_pane_moved(self, event: Pane.Moved) -> None:
        if event.pane is self.list_pane:
            self.notice = ("dim", "")
            self.following = self.following and self.list_pane.cursor == self.list_pane.lines - 1
            self.show_line()
        elif event.pane is self.tree_pane:
            self.light()

    def on_pane_chosen(self, event: Pane.Chosen) -> None:
        if event.pane in (self.list_pane, self.hex_pane):
            self.action_to_pane("tree")

    def on_hex_pane_picked(self, event: HexPane.Picked) -> None:
        index = branch_at(self.tree_pane.branches, event.at)
        if index is not None:
            self.tree_pane.select(index)
            self.light()
        else:
            self.report()

    def show_line(self) -> None:
        """Fill tree and bytes with the message under the list's cursor."""
        line = self.list_pane.line
        if line == self.message_line and line is not None:
            self.report()
            return
        self.message_line = line
        if line is None:
            self.message = None
            self.tree_pane.show_branches([])
            self.hex_pane.show_record(b"", 0, 0, 0)
            self.report()
            return
        message = self.message = self.store.message(line)
        frame = message.frame
        self.hex_pane.show_record(message.data, frame.offset, min(frame.end, len(message.data)), message.wire_length - len(message.data))
        self.tree_pane.show_branches(branches(message, self.look))
        self.light()

    def light(self) -> None:
        """Light the bytes of the selected field."""
        branch = self.tree_pane.branch
        if branch is not None:
            self.hex_pane.light(branch.bytes, branch.around)
        self.report()

    def jump(self, line: int) -> bool:
        """Put the list's cursor on a line of the store; whether it is shown."""
        row = self.list_pane.where(line)
        if row is None:
            return False
        self.list_pane.go(row, middle=True)
        return True

    # what threads tell

    def on_found(self, event: Found) -> None:
        if event.view is not self.view or self.paused:
            self.report()
            return
        if event.view.fault:
            self.say(f"filtering: {event.view.fault}", "error")
        changed = self.list_pane.grow()
        if self.following and self.list_pane.lines:
            changed = self.list_pane.place(self.list_pane.lines - 1) or changed
        if changed or (self.message_line is None and self.list_pane.lines):
            self.show_line()
        self.fit_columns()
        self.report()

    def fit_columns(self) -> None:
        """Make the columns as wide as what there is."""
        before = list(self.list_pane.widths)
        if self.list_pane.fit() != before:
            self.list_pane.renew()
            self.heads.refresh()

    # bars

    def say(self, text: str, role: str = "text") -> None:
        """Say what just happened; the text may come from anywhere."""
        self.notice = (role, escape(text))
        self.report()

    def report(self) -> None:
        """Write the bars."""
        if not self.ready:
            return
        source, view, store = self.source, self.view, self.store
        shown, count = self.list_pane.lines, store.count
        left: list[tuple[str, str]] = [("title", f"ovsdissect  {escape(os.path.basename(source.name))}")]
        if self.paused:
            left.append(("mark", f"  paused, {max(len(view.lines) - shown, 0):,} more"))
        elif self.following:
            left.append(("valid", "  following"))
        elif source.live and not source.done:
            left.append(("dim", "  live"))
        if source.fault:
            left.append(("error", f"  {escape(source.fault)}"))
        elif source.cut is not None:
            left.append(("problem", f"  {escape(source.cut.text)}"))
        progress = None
        if source.progress is not None:
            progress = source.progress
            left.append(("dim", "  reading"))
        elif view.wanted is not None and not view.done and count:
            progress = view.seen / count
            left.append(("dim", "  filtering, Esc stops"))
        elif (work := self.work()) is not None:
            left.append(("dim", f"  {work[0]}"))
            progress = work[1]
        elif view.cancelled:
            left.append(("mark", f"  stopped after {view.seen:,} messages"))
        counts = f"{shown:,} of {count:,}" if count else ""
        self.upper_bar.write(tuple(left), counts, progress)
        self.list_pane.said = self.emptiness()
        if not shown:
            self.list_pane.redraw()
        self.lower_bar.write(*self.selection())

    def selection(self) -> tuple[tuple[tuple[str, str], ...], str]:
        """What the lower bar says: the notice, or the selected field."""
        keys = "? help  / filter  q leave" if self.size.width >= 100 else "? help"
        role, text = self.notice
        branch = self.tree_pane.branch
        if text or branch is None:
            return ((role, text),), keys
        line = branch.line
        place = f"{line.length} bytes at {line.offset}" if line.length != 1 else f"1 byte at {line.offset}"
        pieces = [("text", line.path or line.label), ("dim", f"  {place}")]
        if line.problems:
            pieces.append(("problem", f"  {line.problems[0].kind}: {escape(line.problems[0].text)}"))
        return tuple(pieces), keys

    def work(self) -> tuple[str, float] | None:
        """Long work under way: what it is and how far."""
        return None

    def emptiness(self) -> list[str]:
        """What the list says while it is empty."""
        return []
