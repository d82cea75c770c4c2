"""The flow table at the time of the selected message, sortable; Enter shows the story of a flow, u its messages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from rich.segment import Segment
from textual.app import ComposeResult
from textual.screen import Screen

from ovsdissect.analysis.findings import Flow
from ovsdissect.problem import counted
from ovsdissect.text.rows import seconds
from ovsdissect.text.screen import cut, escape, pad
from ovsdissect.tui.bars import HELP, Bar
from ovsdissect.tui.columns import duration
from ovsdissect.tui.dialogs import Page
from ovsdissect.tui.events import ShowFilter, ShowMessage
from ovsdissect.tui.flowtable import Table, ufid_text
from ovsdissect.tui.keys import Key, bindings
from ovsdissect.tui.palette import DARK, PALETTES, Palette
from ovsdissect.tui.pane import Pane
from ovsdissect.tui.screens import Opened
from ovsdissect.tui.session import Session

NAME: Final = "flows"
KEYS: Final = (
    Key("enter", "choose", "To the message that put the flow, or told of it", "Move"),
    Key("u", "history", "The list of the flow's messages; Esc comes back", "Move"),
    Key("v", "whole", "Read a flow in full", "Move"),
    Key("s,S", "sort", "Sort by the next column", "Move"),
    Key("R", "turn", "Sort the other way", "Move"),
    Key("escape,q", "leave", "Back to the list", "Move"),
)


class Column(NamedTuple):
    """A column: its title, width, text and sort key."""

    title: str
    width: int
    text: Callable[[Flow, Table], str]
    key: Callable[[Flow, Table], Any]


COLUMNS: Final = (
    Column("Put", 8, lambda flow, table: str(flow.number), lambda flow, table: flow.number),
    Column("Time", 11, lambda flow, table: seconds(flow.time_ns - table.start_ns, 6), lambda flow, table: flow.time_ns),
    Column("Miss", 8, lambda flow, table: str(flow.upcall or "-"), lambda flow, table: flow.upcall or 0),
    Column("Packets", 9, lambda flow, table: "-" if flow.packets is None else f"{flow.packets:,}", lambda flow, table: flow.packets or 0),
    Column("Bytes", 11, lambda flow, table: "-" if flow.bytes is None else f"{flow.bytes:,}", lambda flow, table: flow.bytes or 0),
    Column("Used", 9, lambda flow, table: _ago(flow), lambda flow, table: -1 if flow.used_ago_ns is None else flow.used_ago_ns),
)


def _ago(flow: Flow) -> str:
    return "never" if flow.used_ago_ns is None else duration(flow.used_ago_ns)


class FlowPane(Pane):
    """Flows, one a line."""

    def __init__(self) -> None:
        super().__init__(id="flows")
        self.flows: list[Flow] = []
        self.table = Table()

    def show(self, table: Table, flows: list[Flow]) -> None:
        """Replace the flows, or their order."""
        self.table, self.flows = table, flows
        self.set_lines(len(flows))
        self.redraw()

    def empty(self) -> list[str]:
        return ["", "  No flow is known at this time.  T on another message shows the table at its time."] if self.table.known else []

    def segments(self, line: int) -> list[Segment]:
        flow, palette = self.flows[line], self.palette
        key, actions = self.table.texts(flow)
        role = "probe" if flow.probe else "text"
        head = "".join(pad(column.text(flow, self.table), column.width, right=True) + " " for column in COLUMNS)
        room = max(self.width - len(head) - min(len(actions), self.width // 4) - 3, 20)
        said = [Segment(head, palette["dim"]), Segment(pad(cut(escape(key), room), room) + " ", palette[role])]
        return [*said, Segment(escape(actions), palette["drop" if actions == "drop" else "outputs"])]


class FlowsScreen(Screen[None]):
    """The table at one moment."""

    AUTO_FOCUS = None
    BINDINGS = bindings(KEYS[1:])
    DEFAULT_CSS = """
    FlowsScreen { background: $background; }
    FlowsScreen #flows { height: 1fr; border-top: heavy $primary; border-title-color: $primary; }
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        message = session.message
        self.number = message.number if message is not None and message.number is not None else None
        self.pane = FlowPane()
        self.bar, self.heads, self.foot = (Bar(name, self._palette) for name in ("flows-bar", "flows-heads", "flows-foot"))
        self.by, self.down = 0, False
        self.table = Table()
        self._stopping = threading.Event()

    def _palette(self) -> Palette:
        return PALETTES.get(self.app.theme) or PALETTES[DARK.name]

    def compose(self) -> ComposeResult:
        yield self.bar
        yield self.heads
        yield self.pane
        yield self.foot

    def on_mount(self) -> None:
        self.set_focus(self.pane)
        self.bar.write((("title", "flows  reading up to the selected message"),), "")
        self.foot.write((), ("Enter put", "u its messages", "v in full", "s sort", "R other way", "o overview", "Esc back", HELP))
        threading.Thread(target=self._read, name="ovsdissect-flows", daemon=True).start()

    def on_unmount(self) -> None:
        self._stopping.set()

    def _read(self) -> None:
        table = Table()
        try:
            table.read(self.session, self.number, self._stopping)
        except Exception as error:  # it must be reported, or the screen would wait for ever
            table.fault = f"{type(error).__name__}: {error}"
        if not self._stopping.is_set():
            self.app.call_later(self._show, table)

    def _show(self, table: Table) -> None:
        self.table = table
        where = "the end" if self.number is None else f"message {self.number}"
        polled = "".join(f"; the kernel said {flows:,} at {seconds(at - table.start_ns, 1)} s" for flows, at in table.polls)
        title = table.fault or f"{counted(len(table.flows), 'flow', grouped=True)} at {where}{polled}"
        self.bar.write((("title", f"flows  {title}"),), "")
        self._order()

    def _order(self) -> None:
        key = COLUMNS[self.by].key
        flows = sorted(self.table.flows, key=lambda flow: key(flow, self.table), reverse=self.down)
        self.pane.show(self.table, flows)
        self.heads.write((("title", "".join(self._heads())),), "")

    def _heads(self) -> Iterator[str]:
        for at, column in enumerate(COLUMNS):
            arrow = ("▼" if self.down else "▲") if at == self.by else ""
            yield pad(column.title + arrow, column.width - (at == 0), right=True) + " "
        yield "Flow"

    def on_pane_chosen(self, event: Pane.Chosen) -> None:
        event.stop()
        flow = self._flow()
        if flow is not None:
            self.app.post_message(ShowMessage(flow.number, "what told of the flow first"))

    def _flow(self) -> Flow | None:
        return self.pane.flows[self.pane.cursor] if self.pane.cursor < len(self.pane.flows) else None

    def action_history(self) -> None:
        flow = self._flow()
        ufid = None if flow is None else ufid_text(flow)
        if ufid is not None:
            self.app.post_message(ShowFilter(f"ovs_flow.ufid == {ufid}", NAME))

    def action_whole(self) -> None:
        flow = self._flow()
        if flow is not None:
            key, actions = self.table.texts(flow)
            told = [("flow", "text", key), ("actions", "drop" if actions == "drop" else "outputs", actions)]
            told += [(column.title.lower(), "value", column.text(flow, self.table)) for column in COLUMNS]
            lines = [[("name", pad(name, 10)), (role, escape(text))] for name, role, text in told]
            self.app.push_screen(Page(f"Flow {ufid_text(flow) or ''}", lines))

    def action_sort(self) -> None:
        self.by = (self.by + 1) % len(COLUMNS)
        self._order()

    def action_turn(self) -> None:
        self.down = not self.down
        self._order()

    def action_leave(self) -> None:
        self.app.pop_screen()


def _make(session: Session) -> Screen[Any]:
    return FlowsScreen(session)


SCREEN: Final = Opened(Key("T", "open('flows')", "The flow table at the time of this message", "Upcalls"), _make, KEYS)
