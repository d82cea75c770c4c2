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
