"""A part of a screen: a feature without a widget of its own.  It owns its keys and their actions; the screen forwards them."""

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
    """The interface of the capture screen for its parts.

    pane: the one that has the focus, or had it last: "list", "tree", "hex".
    """

    session: Session
    list_pane: ListPane
    tree_pane: TreePane
    hex_pane: HexPane
    work: Work
    pane: str

    @property
    def unread(self) -> str:
        """The notice, if it is too long for the lower bar; otherwise ""."""


    @property
    def app(self) -> App[object]:
        """The application, which shows dialogs as screens."""


    def say(self, text: str, role: str = "text") -> None:
        """Show a notice; the text may contain anything."""

    def report(self) -> None:
        """Update the bars."""

    def apply(self, text: str) -> bool:
        """Show the messages that pass a filter; returns False and notifies the user if it does not compile."""

    def leap(self, line: int, *, why: str = "") -> bool:
        """Jump to a line and remember the origin; returns False and notifies the user if it is not shown."""

    def jump(self, line: int) -> bool:
        """Put the list's cursor on a line; returns False if it is not shown."""

    def take(self) -> None:
        """Show what the view has found so far."""

    def show_line(self) -> None:
        """Show the message under the list's cursor in the tree and the bytes."""

    def light(self) -> None:
        """Highlight the bytes of the selected field."""


class Part:
    """One feature.  NAME: its name on the screen.  KEYS: its keys, whatever the focus."""

    NAME: ClassVar[str]
    KEYS: ClassVar[tuple[Key, ...]] = ()

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.session = stage.session
