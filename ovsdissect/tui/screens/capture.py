"""The capture screen: the filter, the list, the tree and the bytes; a selection in one pane is shown in the others."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.message import Message as Event
from textual.screen import Screen

from ovsdissect.errors import FilterError
from ovsdissect.text.screen import cells, escape
from ovsdissect.tui import columns, status
from ovsdissect.tui.bars import HELP, Bar
from ovsdissect.tui.events import Found, Grew, Ran
from ovsdissect.tui.filterbar import FilterBar, History, compiled
from ovsdissect.tui.hexpane import HexPane
from ovsdissect.tui.keys import Key, bindings, part_bindings, shown
from ovsdissect.tui.lines import branch_at, branches
from ovsdissect.tui.listpane import Heads, ListPane
from ovsdissect.tui.palette import Palette
from ovsdissect.tui.pane import Pane
from ovsdissect.tui.part import Part
from ovsdissect.tui.parts import PARTS
from ovsdissect.tui.parts.filters import Filters
from ovsdissect.tui.parts.order import Order
from ovsdissect.tui.parts.saves import SAVING
from ovsdissect.tui.session import Session
from ovsdissect.tui.settings import LEAST, MOST
from ovsdissect.tui.treepane import TreePane
from ovsdissect.tui.work import Work

WIDE: Final = 108  # columns from which tree and bytes stand side by side
BESIDE: Final = 160  # columns from which both stand beside the list
PATIENCE: Final = 1.0  # seconds that keys wait for a filter's first message
LOW: Final = 16  # lines below which one pane is shown
PANES: Final = ("list", "tree", "hex")
KEYS: Final = (
    Key("tab", "pane(1)", "Next pane", "Panes"),
    Key("shift+tab", "pane(-1)", "Previous pane", "Panes"),
    Key("1", "to_pane('list')", "To the list", "Panes"),
    Key("2", "to_pane('tree')", "To the tree", "Panes"),
    Key("3", "to_pane('hex')", "To the bytes", "Panes"),
    Key("z", "zoom", "This pane alone, and back", "Panes"),
    Key("plus", "grow(1)", "More room for the list", "Panes"),
    Key("minus", "grow(-1)", "Less room for the list", "Panes"),
    Key("slash", "filter", "Edit the filter (Tab completes, Up and Down: history)", "Filter", "filter"),
)
PART_KEYS: Final = tuple((part.NAME, key) for part in PARTS for key in part.KEYS)
FOOTER: Final = {
    "list": ("open('story')", "partner", "filter", "presets", "search"),
    "tree": ("field('')", "whole", "unfold_all", "fold_all"),
    "hex": ("filter", "search"),
}


class CaptureScreen(Screen[None]):
    """The panes, the selection, and the parts that work on them."""

    KEYS: ClassVar[tuple[Key, ...]] = KEYS
    BINDINGS = [*bindings(KEYS), *(one for part in PARTS for one in part_bindings(part.NAME, part.KEYS))]  # noqa: RUF012 - Textual's own form
    AUTO_FOCUS = None
    DEFAULT_CSS = """
    CaptureScreen { background: $background; layers: base over; }
    CaptureScreen #body { height: 1fr; layout: vertical; }
    CaptureScreen #upper { height: 1fr; width: 1fr; }
    CaptureScreen #lower { height: 1fr; width: 1fr; layout: vertical; }
    CaptureScreen #list { height: 1fr; }
    CaptureScreen #tree, CaptureScreen #hex { height: 1fr; width: 1fr; }
    CaptureScreen #upper, CaptureScreen #tree, CaptureScreen #hex { border-top: solid $panel; border-title-color: $foreground 80%; }
    CaptureScreen #upper:focus-within, CaptureScreen #tree:focus, CaptureScreen #hex:focus {
        border-top: heavy $primary; border-title-color: $primary; border-title-style: bold;
    }
    CaptureScreen.-wide #lower { layout: horizontal; }
    CaptureScreen.-wide #hex { width: 41; }
    CaptureScreen.-wide #tree { border-right: solid $panel; }
    CaptureScreen.-wide.-broad #hex { width: 75; }
    CaptureScreen.-beside #body { layout: horizontal; }
    CaptureScreen.-beside #lower { border-left: solid $panel; }
    CaptureScreen.-one #lower { display: none; }
    CaptureScreen.-one.-lower #upper { display: none; }
    CaptureScreen.-one.-lower #lower { display: block; }
    CaptureScreen .-away { display: none; }
    """

    def __init__(self, session: Session, palette: Callable[[], Palette], history: History, opening: tuple[Key, ...]) -> None:
        super().__init__()
        self.session = session
        self.notice: tuple[str, str] = ("dim", "")
        self._noticed: tuple[int | None, int] = (None, 0)  # the selection at the time of the notice
        self.pane = "list"
        self._lower = "tree"
        self._zoomed = False
        self._ready = False
        self._applied = 0.0  # when the filter was
        self._opening = opening
        names = session.settings.columns or [column.name for column in columns.USUAL]
        self.list_pane = ListPane(session, columns.fitted([columns.column(name) for name in names], session.look))
        self.tree_pane, self.hex_pane = TreePane(), HexPane()
        self.heads = Heads(self.list_pane)
        self.upper_bar, self.lower_bar = Bar("top", palette), Bar("bottom", palette)
        self.filter_bar = FilterBar(palette, history)
        self.work = Work(lambda job: self.tell(Ran(job)), session.source.let_pass, self.say)
        self.parts: dict[str, Part] = {part.NAME: part(self) for part in PARTS}
        session.source.grew = lambda: self.tell(Grew())

    def tell(self, event: Event) -> None:
        """Post a message from any thread; it is dropped once the screen is closed."""
        if self.is_running:
            self.post_message(event)

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
        self.query_one("#upper").border_title = "Messages"
        self.tree_pane.border_title, self.hex_pane.border_title = "Tree", "Bytes"
        self._ready = True
        self.set_focus(self.list_pane)
        self.lay_out()
        self.apply(self.session.text)

    def action_part(self, part: str, action: str, *arguments: object) -> None:
        """A key of a part."""
        getattr(self.parts[part], f"action_{action}")(*arguments)

    # layout

    def on_resize(self) -> None:
        self.call_after_refresh(self.lay_out)
        self.call_after_refresh(self.report)

    def lay_out(self) -> None:
        """Lay out the panes: side by side if the screen is wide, otherwise with one lower pane, or a single pane if it is low or zoomed."""
        width, height = self.size
        wide, beside = WIDE <= width < BESIDE, width >= BESIDE
        self.set_class(wide, "-wide")
        self.set_class(width >= 150, "-broad")
        self.set_class(beside, "-beside")
        if self.pane != "list":
            self._lower = self.pane
        one = self._zoomed or height < LOW
        self.set_class(one, "-one")
        self.set_class(one and self.pane != "list", "-lower")
        alone = one or not (wide or beside)
        self.tree_pane.set_class(alone and self._lower == "hex", "-away")
        self.hex_pane.set_class(alone and self._lower == "tree", "-away")
        share = self.session.settings.share
        upper, lower = self.query_one("#upper").styles, self.query_one("#lower").styles
        upper.width, lower.width = (f"{share + 5}fr", f"{95 - share}fr") if beside and not one else ("1fr", "1fr")
        upper.height, lower.height = ("1fr", "1fr") if beside or one else (f"{share}fr", f"{100 - share}fr")

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        if self._ready and event.widget.id in PANES:
            self.pane = str(event.widget.id)
            self.lay_out()
            self.report()

    def action_pane(self, step: int) -> None:
        self.action_to_pane(PANES[(PANES.index(self.pane) + step) % len(PANES)])

    def action_to_pane(self, name: str) -> None:
        self.pane = name
        self.lay_out()
        self.set_focus({"list": self.list_pane, "tree": self.tree_pane, "hex": self.hex_pane}[name])

    def action_zoom(self) -> None:
        self._zoomed = not self._zoomed
        self.lay_out()

    def action_grow(self, step: int) -> None:
        self.session.settings.share = max(min(self.session.settings.share + 10 * step, MOST), LEAST)
        self.lay_out()

    def recolour(self) -> None:
        """The colours changed."""
        self.list_pane.renew()
        self.tree_pane.redraw()
        self.hex_pane.redraw()

    # the filter

    def action_filter(self) -> None:
        self.set_focus(self.filter_bar.input)

    def on_filter_bar_applied(self, event: FilterBar.Applied) -> None:
        self.set_focus(self.list_pane)
        self.apply(event.text)

    def on_filter_bar_left(self, event: FilterBar.Left) -> None:
        self.filter_bar.put(self.session.text)
        self.set_focus(self.list_pane)

    def apply(self, text: str) -> bool:
        """Show the messages that pass a filter; returns False and notifies the user if it does not compile."""
        try:
            wanted = compiled(text)
        except FilterError as error:
            self.say(f"{text}: {error}", "error")
            return False
        session = self.session
        self.work.drop(SAVING)
        filters = self.parts[Filters.NAME]
        assert isinstance(filters, Filters)
        filters.applied(text)
        self.filter_bar.history.add(text)
        self.filter_bar.put(text)
        self.list_pane.await_line()
        view = session.show(wanted, text, lambda view: self.tell(Found(view)))
        self.notice, self._applied = ("dim", ""), time.monotonic()
        session.paused = False
        self.list_pane.show_view()
        view.start()
        view.join(0.01)  # what is found at once is in the first picture
        self.take()
        self.show_line()
        return True

    def ready(self) -> bool:
        """Whether there is a message to which keys can apply, or none is expected."""
        session = self.session
        return session.line is not None or session.view.done or session.source.live or time.monotonic() - self._applied > PATIENCE

    # selection

    def on_pane_moved(self, event: Pane.Moved) -> None:
        if self._noticed != self._place:
            self.notice = ("dim", "")
        if event.pane is self.list_pane:
            self.list_pane.awaited = None
            self.session.following = self.session.following and self.list_pane.cursor == self.list_pane.lines - 1
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

    def on_heads_picked(self, event: Heads.Picked) -> None:
        order = self.parts[Order.NAME]
        assert isinstance(order, Order)
        order.sort_by(event.column)

    def show_line(self) -> None:
        """Show the message under the list's cursor in the tree and the bytes."""
        session, line = self.session, self.list_pane.line
        if line == session.line and line is not None:
            self.report()
            return
        session.line = line
        if line is None:
            session.message = None
            self.tree_pane.show_branches([])
            self.hex_pane.show_record(b"", 0, 0, 0)
            self.report()
            return
        message = session.message = session.store.message(line)
        frame = message.frame
        self.hex_pane.show_record(message.data, frame.offset, min(frame.end, len(message.data)), message.wire_length - len(message.data))
        self.tree_pane.show_branches(branches(message, session.look))
        self.light()

    def light(self) -> None:
        """Highlight the bytes of the selected field."""
        branch = self.tree_pane.branch
        if branch is not None:
            self.hex_pane.light(branch.bytes, branch.around)
        self.report()

    def jump(self, line: int) -> bool:
        """Put the list's cursor on a line; returns False if it is not shown."""
        row = self.list_pane.where(line)
        if row is None:
            return False
        self.list_pane.go(row, middle=True)
        return True

    def leap(self, line: int, *, why: str = "") -> bool:
        """Jump to a line and remember the origin; if it is filtered out, the filter is removed, and the bar says so."""
        session, store, start = self.session, self.session.store, self.list_pane.line
        hidden = self.list_pane.where(line) is None
        if hidden:
            removed = session.text
            session.everything = session.everything or not store.ovs(line)
            self.list_pane.awaited = line
            self.apply("")
            session.view.join(2.0)
            self.take()
        if start is not None and start != line:
            session.trail.append(start)
        if not self.jump(line):
            return False
        self.show_line()
        if hidden:
            said = f"was filtered out; removed: {removed}   Ctrl-R brings it back" if removed else "is shown among all netlink messages"
            self.say(f"{why or 'this message'} {said}", "mark")
        elif why:
            self.say(why)
        return True

    # messages from threads

    def analysed(self) -> None:
        """The analyses progressed: columns may have new values."""
        if any(column.name in columns.UPCALLS or column.name.startswith(("upcall.", "flow.")) for column in self.list_pane.columns):
            self.list_pane.renew()
        if self.session.findings.done:
            self.report()

    def on_grew(self, event: Grew) -> None:
        """More was read; if the meaning of earlier lines changed, everything is filtered again."""
        if self.session.store is not self.session.source.store:
            self.session.line = None
            self.list_pane.renew()
            self.apply(self.session.text)
        self.report()

    def on_ran(self, event: Ran) -> None:
        self.work.on_told(event.job)
        self.report()

    def on_found(self, event: Found) -> None:
        if event.view is not self.session.view or self.session.paused:
            self.report()
        else:
            self.take()

    def take(self) -> None:
        """Show what the view has found so far."""
        session, pane = self.session, self.list_pane
        if session.view.fault:
            self.say(f"filtering: {session.view.fault}", "error")
        changed = pane.grow()
        if session.following and pane.lines:
            changed = pane.place(pane.lines - 1) or changed
        if changed or (session.line is None and pane.lines):
            self.show_line()
        pane.refit()
        self.report()

    # bars

    def say(self, text: str, role: str = "text") -> None:
        """Show a notice; the text may contain anything."""
        self.notice, self._noticed = (role, escape(text)), self._place
        self.report()

    @property
    def _place(self) -> tuple[int | None, int]:
        """The selection: a line, and a row of the tree."""
        return self.list_pane.line, self.tree_pane.cursor

    def report(self) -> None:
        """Update the bars."""
        if not self._ready:
            return
        lines, job = self.list_pane.lines, self.work.job
        work = (f"{job.what}, Esc stops", job.progress) if job is not None else None
        self.upper_bar.write(*status.opened(self.session, lines, work))
        self.list_pane.said = status.emptiness(self.session, lines)
        if not lines:
            self.list_pane.redraw()
        self.lower_bar.write(status.selected(self.notice, self.tree_pane.branch), self._hints())

    @property
    def unread(self) -> str:
        """The notice, if it is too long for the lower bar; otherwise ""."""
        _, text = self.notice
        return text if cells(text) > self.size.width - len(HELP) - 3 else ""

    def _hints(self) -> tuple[str, ...]:
        """The keys in the lower bar, by the pane that has the focus; a notice takes their place."""
        if self.notice[1]:
            return ("v in full",) if self.unread else (HELP,)
        own = (*KEYS, *(key for _, key in PART_KEYS), *TreePane.KEYS, *self._opening)
        found = {key.action: f"{shown(key.keys.split(',')[0])} {key.hint}" for key in own if key.hint}
        return (*(found[action] for action in FOOTER[self.pane] if action in found), HELP, "q quit")
