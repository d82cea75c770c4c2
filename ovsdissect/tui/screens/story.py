"""The upcall's screen: the story of the selected message, each line of which leads to its message."""

from __future__ import annotations

import threading
from typing import Any, Final

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from ovsdissect.tui.dialogs import Lines
from ovsdissect.tui.events import ShowMessage
from ovsdissect.tui.keys import Key, bindings
from ovsdissect.tui.pane import Pane
from ovsdissect.tui.screens import Opened
from ovsdissect.tui.session import Session
from ovsdissect.tui.stories import Story, story

KEYS: Final = (
    Key("enter", "choose", "To the line's message", "Move"),
    Key("v", "whole", "All of the long lines, or their beginnings", "Move"),
    Key("escape,q,i", "leave", "Back to the list", "Move"),
)


class StoryScreen(ModalScreen[None]):
    """A story, shown as soon as the analyses know it."""

    BINDINGS = bindings(KEYS[1:])
    DEFAULT_CSS = """
    StoryScreen { align: center middle; background: $background 60%; }
    StoryScreen Vertical { width: 100%; height: 100%; border: round $primary; background: $background; padding: 0 1; margin: 1 2; }
    StoryScreen Lines { background: $background; height: 1fr; }
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        message = session.message
        self.number = message.number if message is not None else None
        self.lines = Lines([], whole=False)
        self.story: Story | None = None
        self._fault = ""
        self._thread: threading.Thread | None = None

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_subtitle = "Enter to the message  v in full  Esc back"
            yield self.lines

    def on_mount(self) -> None:
        self.set_focus(self.lines)
        self.session.findings.start()
        self.analysed()

    def analysed(self) -> None:
        """The findings progressed: the story may be known."""
        findings, number = self.session.findings, self.number
        if self.story is not None or self._thread is not None:
            return
        if number is None:
            self._say("no message is selected" if self.session.line is None else "this record holds no message")
        elif findings.done or findings.source.live:
            self._say("looking for the messages of its flow")
            self._thread = threading.Thread(target=self._tell, args=(number,), name="ovsdissect-story", daemon=True)
            self._thread.start()
        else:
            self._say(f"{findings.fault or 'reading the capture once more'} {findings.progress:.0%}")

    def _tell(self, number: int) -> None:
        try:
            made = story(self.session, self.session.findings, number)
        except Exception as error:  # it must be reported, or the screen would wait for ever
            self._fault = f"{type(error).__name__}: {error}"
            made = Story(number, f"Message {number}")
        self.app.call_later(self._show, made)

    def _show(self, made: Story) -> None:
        self.story = made
        if not self.is_mounted:
            return
        self.query_one(Vertical).border_title = made.title
        if not made.lines:
            self._say(self._fault or "nothing is known of this message")
            return
        own = next((at for at, line in enumerate(made.lines) if line.number == self.number), 0)
        self.lines.show([line.pieces for line in made.lines], own)

    def _say(self, text: str) -> None:
        self.lines.show([[("dim", text)]])

    def on_pane_chosen(self, event: Pane.Chosen) -> None:
        event.stop()
        if self.story is not None and self.lines.line < len(self.story.lines):
            line = self.story.lines[self.lines.line]
            if line.number:
                self.app.post_message(ShowMessage(line.number, line.pieces[0][1].strip()))

    def action_whole(self) -> None:
        self.lines.show_whole(not self.lines.whole)

    def action_leave(self) -> None:
        self.app.pop_screen()


def _make(session: Session) -> ModalScreen[Any]:
    return StoryScreen(session)


SCREEN: Final = Opened(Key("i", "open('story')", "The story of this message's upcall or flow", "Upcalls", "story"), _make, KEYS)
