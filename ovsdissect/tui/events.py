"""What threads tell the screens."""

from __future__ import annotations

from textual.message import Message

from ovsdissect.tui.view import View
from ovsdissect.tui.work import Job


class Grew(Message):
    """The reading thread has more."""


class Found(Message):
    """The filtering thread has more."""

    def __init__(self, view: View) -> None:
        super().__init__()
        self.view = view


class Ran(Message):
    """Long work got further, or ended."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job


class Analysed(Message):
    """The analyses got further, or ended."""


class ShowMessage(Message):
    """Asks the list to select a message.  why: what it is."""

    def __init__(self, number: int, why: str = "") -> None:
        super().__init__()
        self.number, self.why = number, why


class ShowFilter(Message):
    """Asks the list to show what passes a filter; Esc goes back to the screen of a name."""

    def __init__(self, text: str, back: str) -> None:
        super().__init__()
        self.text, self.back = text, back
