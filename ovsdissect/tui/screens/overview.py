"""The overview: verdicts, upcalls and losses over time, latencies, ports, answers, errors; Enter on a figure shows its messages."""

from __future__ import annotations

import threading
from typing import Any, Final

from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.screen import Screen

from ovsdissect.text.screen import escape, pad
from ovsdissect.tui.bars import HELP, Bar
from ovsdissect.tui.dialogs import Page
from ovsdissect.tui.events import ShowFilter
from ovsdissect.tui.figures import STEPS, Figure, Figures, figures, spark
from ovsdissect.tui.keys import Key, bindings
from ovsdissect.tui.palette import DARK, PALETTES, Palette
from ovsdissect.tui.pane import Pane
from ovsdissect.tui.screens import Opened
from ovsdissect.tui.session import Session

NAME: Final = "overview"
LABEL: Final = 15
NOTE: Final = 26
ABREAST: Final = 160  # cells from which the parts stand side by side
VERDICTS: Final = 8  # lines at most
KEYS: Final = (
    Key("enter", "choose", "The list of the figure's messages; Esc comes back", "Move"),
    Key("v", "whole", "Read a line in full", "Move"),
    Key("tab", "next(1)", "Next part", "Move"),
    Key("shift+tab", "next(-1)", "Previous part", "Move"),
    Key("left,right", "side", "Over time: one step of time, which Enter shows", "Move"),
    Key("escape,q", "leave", "Back to the list", "Move"),
)


class Part(Pane):
    """A part of the screen; its cursor is visible when it has the focus."""

    def mark_cursor(self, pieces: list[Segment]) -> list[Segment]:
        return super().mark_cursor(pieces) if self.has_focus else pieces


class FigurePane(Part):
    """Figures, one a line."""

    def __init__(self, id: str, title: str) -> None:
        super().__init__(id=id)
        self.border_title = title
        self.figures: list[Figure] = []

    def show(self, figures: list[Figure]) -> None:
        """Replace the figures."""
        self.figures = figures
        self.set_lines(len(figures))
        self.redraw()

    def segments(self, line: int) -> list[Segment]:
        return [Segment(text, self.palette[role]) for role, text in self.pieces(line)]

    def pieces(self, line: int) -> list[tuple[str, str]]:
        """A line's text in (role, text) pieces."""
        return self.figures[line].pieces

    @property
    def chosen(self) -> str:
        """The filter of the figure under the cursor."""
        return self.figures[self.cursor].filter if self.cursor < len(self.figures) else ""


class TimePane(Part):
    """Series over time; left and right choose a step of time."""

    def __init__(self) -> None:
        super().__init__(id="time")
        self.border_title = "Over time"
        self.shown = Figures()
        self.step: int | None = None

    def show(self, shown: Figures) -> None:
        """Replace the series."""
        self.shown = shown
        self.set_lines(len(shown.series))
        self.redraw()

    def pieces(self, line: int) -> list[tuple[str, str]]:
        """A line's text in (role, text) pieces."""
        series = self.shown.series[line]
        return [("name", series.name), ("text", series.note)]

    def segments(self, line: int) -> list[Segment]:
        series, palette = self.shown.series[line], self.palette
        room = max(self.width - LABEL - NOTE, 8)
        drawn = pad(spark(series.values, room), room)
        at = None if self.step is None else self.step * room // STEPS
        pieces = [Segment(pad(series.name, LABEL), palette["name"])]
        if at is None:
            pieces.append(Segment(drawn, palette[series.role]))
        else:
            pieces += [Segment(drawn[:at], palette[series.role]), Segment(drawn[at], palette["byte.cursor"])]
            pieces.append(Segment(drawn[at + 1 :], palette[series.role]))
        if self.step is None:
            note = series.note
        else:
            second = self.step * self.shown.step_ns / 1_000_000_000
            note = f"{series.values[self.step]:,.0f} at {second:.1f} s"
        return [*pieces, Segment("  " + note, palette["text"])]

    def action_side(self, steps: int) -> None:
        each = max(STEPS // max(self.width - LABEL - NOTE, 8), 1)
        now = (STEPS if steps < 0 else -each) if self.step is None else self.step
        self.step = max(min(now + steps * each, STEPS - 1), 0)
        self.redraw()

    @property
    def chosen(self) -> str:
        """The filter of the series under the cursor, at the chosen step of time."""
        if self.cursor >= len(self.shown.series):
            return ""
        wanted = self.shown.series[self.cursor].filter
        if self.step is None:
            return wanted
        each = max(STEPS // max(self.width - LABEL - NOTE, 8), 1)
        first, last = self.step * self.shown.step_ns, (self.step + each) * self.shown.step_ns
        return f"{wanted} && time_relative >= {first}ns && time_relative < {last}ns"


class OverviewScreen(Screen[None]):
    """The figures, computed again when the analyses progress."""

    AUTO_FOCUS = None
    BINDINGS = bindings(key for key in KEYS if key.action not in ("choose", "side"))
    DEFAULT_CSS = """
    OverviewScreen { background: $background; }
    OverviewScreen Pane { border-top: solid $panel; border-title-color: $foreground 80%; height: 1fr; }
    OverviewScreen Pane:focus { border-top: heavy $primary; border-title-color: $primary; border-title-style: bold; }
    OverviewScreen #time { height: 8; }
    OverviewScreen #verdicts { height: 4; }
    OverviewScreen #columns { height: 1fr; }
    OverviewScreen #columns Container { layout: vertical; width: 1fr; }
    OverviewScreen.-abreast #columns Container { layout: horizontal; }
    OverviewScreen.-abreast #columns Pane { width: 1fr; }
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.time = TimePane()
        self.verdicts = FigurePane("verdicts", "Verdicts")
        self.latency = FigurePane("latency", "To execute")
        self.ports = FigurePane("ports", "Ports: upcalls, peak, lost")
        self.answers = FigurePane("answers", "Answers")
        self.errors = FigurePane("errors", "Errors")
        self.panes: tuple[FigurePane | TimePane, ...] = (
            *(self.verdicts, self.time, self.latency, self.ports, self.answers, self.errors),
        )
        self.bar, self.foot = Bar("overview-bar", self._palette), Bar("overview-foot", self._palette)
        self._thread: threading.Thread | None = None
        self._again = False
        self.shown = Figures()

    def _palette(self) -> Palette:
        return PALETTES.get(self.app.theme) or PALETTES[DARK.name]

    def compose(self) -> ComposeResult:
        yield self.bar
        yield self.verdicts
        yield self.time
        with Horizontal(id="columns"):
            with Container():
                yield self.latency
                yield self.errors
            with Container():
                yield self.ports
                yield self.answers
        yield self.foot

    def on_mount(self) -> None:
        self.set_focus(self.verdicts)
        self.foot.write((), ("Enter messages", "v in full", "Tab next part", "T flows", "Esc back", HELP))
        self.session.findings.start()
        self.analysed()

    def on_resize(self) -> None:
        self.set_class(self.size.width >= ABREAST, "-abreast")

    def analysed(self) -> None:
        """The findings progressed: count again, unless a count is running."""
        findings = self.session.findings
        name = escape(findings.source.name.rsplit("/", 1)[-1])
        state = findings.fault if findings.done else "reading the capture once more"
        progress = None if findings.done else findings.progress
        self.bar.write((("title", f"{name}  {escape(self.shown.title)}"), ("dim", f"  {state}")), "", progress)
        if self._thread is not None and self._thread.is_alive():
            self._again = True
        elif findings.done or findings.source.live:
            self._again = False
            self._thread = threading.Thread(target=self._count, name="ovsdissect-count", daemon=True)
            self._thread.start()

    def _count(self) -> None:
        made = figures(self.session, self.session.findings)
        self.app.call_later(self._show, made)

    def _show(self, made: Figures) -> None:
        if not self.is_mounted:
            return
        self.shown = made
        self.time.show(made)
        self.time.styles.height = max(len(made.series), 1) + 1
        self.verdicts.styles.height = min(max(len(made.verdicts), 1), VERDICTS) + 1
        for pane in (self.verdicts, self.latency, self.ports, self.answers, self.errors):
            pane.show(getattr(made, str(pane.id)))
        self._thread = None
        if self._again:
            self.analysed()
        else:
            name = escape(self.session.source.name.rsplit("/", 1)[-1])
            self.bar.write((("title", f"{name}  {escape(made.title)}"),), "", None)

    def on_pane_chosen(self, event: Pane.Chosen) -> None:
        event.stop()
        wanted = event.pane.chosen if isinstance(event.pane, (FigurePane, TimePane)) else ""
        if wanted:
            text = self.session.text
            self.app.post_message(ShowFilter(f"({text}) && {wanted}" if text else wanted, NAME))

    def action_whole(self) -> None:
        pane = next((pane for pane in self.panes if pane.has_focus and pane.lines), None)
        if pane is not None:
            self.app.push_screen(Page(str(pane.border_title), [pane.pieces(pane.cursor)]))

    def action_next(self, step: int) -> None:
        now = next((at for at, pane in enumerate(self.panes) if pane.has_focus), 0)
        self.set_focus(self.panes[(now + step) % len(self.panes)])

    def action_leave(self) -> None:
        self.app.pop_screen()


def _make(session: Session) -> Screen[Any]:
    return OverviewScreen(session)


OPEN: Final = Key("o", "open('overview')", "The overview: verdicts, rates, latency, ports, answers, errors", "Upcalls", "overview")
SCREEN: Final = Opened(OPEN, _make, KEYS)
