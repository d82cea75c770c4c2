"""The state that the screens share: the capture, what is shown and how, and the selection.  Screens write it; widgets read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rich.errors import StyleSyntaxError
from rich.style import Style

from ovsdissect.api import Message
from ovsdissect.errors import FilterError, OvsDissectError
from ovsdissect.tui.columns import Look, Row
from ovsdissect.tui.findings import Ahead, Findings
from ovsdissect.tui.settings import Settings
from ovsdissect.tui.source import Source
from ovsdissect.tui.store import Store
from ovsdissect.tui.view import Matching, View


@dataclass
class Session:
    """The state of one run.

    everything: show other netlink messages, too.  text: the display filter.  view: the lines that pass it.
    rules: the user's styles by filter.  back: the screen on which a filter was chosen, and the previous filter.
    analysed: called by a thread when the findings progress.
    line, message: the selected line of the store and its message, None where there is none.  marks: marked lines.
    trail: the origins of jumps.  following: the cursor follows the newest message.  paused: new messages are held back.
    """

    source: Source
    look: Look
    settings: Settings = field(default_factory=Settings)
    text: str = ""
    everything: bool = False
    line: int | None = None
    message: Message | None = None
    marks: set[int] = field(default_factory=set)
    trail: list[int] = field(default_factory=list)
    following: bool = False
    paused: bool = False
    view: View = field(init=False)
    back: tuple[str, str] | None = None
    analysed: Callable[[], object] = lambda: None
    _findings: Findings | None = field(init=False, default=None)
    rules: list[tuple[Matching, Style]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.view = View(self.source, None, self.everything, lambda view: None)
        if self.settings.colours:
            from ovsdissect import filter as display_filter

            for text, style in self.settings.colours.items():
                try:
                    self.rules.append((display_filter.compile(text), Style.parse(style)))
                except (FilterError, StyleSyntaxError) as error:
                    raise OvsDissectError(f"colour rule {text!r} = {style!r}: {error}") from None

    def rule(self, row: Row) -> Style | None:
        """The style of the user's first colour rule that a row passes."""
        return next((style for wanted, style in self.rules if wanted.matches(row.message)), None)

    def attach(self) -> Findings:
        """The findings on the store that is shown; the upcall fields of its messages come from them."""
        store = self.view.store
        if self._findings is None or self._findings.store is not store:
            if self._findings is not None:
                self._findings.stop()
            self._findings = Findings(self.source, store, lambda: self.analysed())
            store.ahead = Ahead(self._findings)
        return self._findings

    @property
    def findings(self) -> Findings:
        """The findings of the analyses, which start when they are first needed."""
        found = self.attach()
        found.start()
        return found

    @property
    def store(self) -> Store:
        """The lines of the list."""
        return self.view.store

    def show(self, wanted: Matching | None, text: str, found: Callable[[View], None]) -> View:
        """Select the lines that pass a compiled filter.  found: called by the thread that finds them."""
        self.view.cancel()
        if wanted is not None and self.source.store.count:
            wanted.start_ns = self.source.store.time(0)
        self.text = text
        self.view = View(self.source, wanted, self.everything, found)
        self.attach()
        return self.view
