"""Messages from threads to the screens."""

from __future__ import annotations

from textual.message import Message

from ovsdissect.tui.view import View
from ovsdissect.tui.work import Job


class Grew(Message):
    """The reading thread has read more."""


class Found(Message):
    """The filtering thread has found more."""

    def __init__(self, view: View) -> None:
        super().__init__()
        self.view = view


class Ran(Message):
    """Long work progressed or ended."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job


class Analysed(Message):
    """The analyses progressed or ended."""


class ShowMessage(Message):
    """A request to select a message in the list.  why: a description of it."""

    def __init__(self, number: int, why: str = "") -> None:
        super().__init__()
        self.number, self.why = number, why


class ShowFilter(Message):
    """A request to filter the list; Esc returns to the screen with a name."""

    def __init__(self, text: str, back: str) -> None:
        super().__init__()
        self.text, self.back = text, back
