"""A part of a screen: a feature that has no place of its own on it.  It owns its keys and what they do; the screen hands them to it."""

from __future__ import annotations

from typing import ClassVar, Protocol

from textual.app import App

from ovsdissect.tui.hexpane import HexPane
from ovsdissect.tui.keys import Key
from ovsdissect.tui.listpane import ListPane
from ovsdissect.tui.session import Session
from ovsdissect.tui.treepane import TreePane
from ovsdissect.tui.work import Work


class Stage(Protocol):
    """What the parts of the capture screen see of it, and of each other.

    pane: the one that has the keys, or had them last: "list", "tree", "hex".
    """

    session: Session
    list_pane: ListPane
    tree_pane: TreePane
    hex_pane: HexPane
    work: Work
    pane: str

    @property
    def app(self) -> App[object]:
        """The application, whose screens dialogs are."""


    def say(self, text: str, role: str = "text") -> None:
        """Say what just happened; the text may come from anywhere."""

    def report(self) -> None:
        """Write the bars."""

    def apply(self, text: str) -> bool:
        """Show what passes a filter; False, and a word to the user, where it does not compile."""

    def leap(self, line: int, *, why: str = "") -> bool:
        """Jump to a line, and remember from where; False, and a word to the user, where that is not shown."""

    def jump(self, line: int) -> bool:
        """Put the list's cursor on a line; False where it is not shown."""

    def take(self) -> None:
        """Show what the view has found by now."""

    def show_line(self) -> None:
        """Fill tree and bytes with the message under the list's cursor."""

    def light(self) -> None:
        """Light the bytes of the selected field."""


class Part:
    """One feature.  NAME: by which the screen knows it.  KEYS: those that it takes wherever the focus is."""

    NAME: ClassVar[str]
    KEYS: ClassVar[tuple[Key, ...]] = ()

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.session = stage.session
