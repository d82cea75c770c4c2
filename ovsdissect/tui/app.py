"""The application: filtering, finding and output put together, and how it looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from textual.app import SystemCommand
from textual.screen import Screen

from ovsdissect.errors import FilterError
from ovsdissect.tui import columns
from ovsdissect.tui.columns import MORE, TIMES, USUAL
from ovsdissect.tui.dialogs import Choice, Menu, Page, Prompt
from ovsdissect.tui.helptext import help_lines
from ovsdissect.tui.keys import KEYS, shown
from ovsdissect.tui.output import Output
from ovsdissect.tui.palette import DARK, LIGHT, PLAIN
from ovsdissect.tui.shell import Found

ADD: Final = "another field"


class OvsDissect(Output):
    """ovsdissect's interface."""

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The command palette's lines: the keys' own table, for all that is not mere movement."""
        for key in KEYS:
            if key.where == "app" and key.action != "command_palette":
                yield SystemCommand(key.text, f"key {shown(key.keys)}", self._doing(key.action))

    def _doing(self, action: str) -> Callable[[], object]:
        return lambda: self.call_later(self.run_action, action)

    def action_help(self) -> None:
        self.push_screen(Page("Keys", help_lines()))

    # looks

    def action_dark(self) -> None:
        if self.theme == PLAIN.name:
            self.say("NO_COLOR is set: the terminal's own colours are used", "dim")
            return
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name
        self.list_pane.renew()
        self.tree_pane.redraw()
        self.hex_pane.redraw()
        self.heads.refresh()

    def action_time(self) -> None:
        self.look.time = TIMES[(TIMES.index(self.look.time) + 1) % len(TIMES)]
        self.list_pane.columns = columns.fitted(self.list_pane.columns, self.look)
        self._columns_changed()
        self.say(f"time: {self.look.time}", "dim")

    def _columns_changed(self) -> None:
        self.list_pane.fit()
        self.list_pane.renew()
        self.heads.refresh()

    def action_columns(self) -> None:
        now = [column.name for column in self.list_pane.columns]
        own = [column.name for column in (*USUAL, *MORE)]
        names = [*own, *(name for name in now if name not in own)]
        titles = {column.name: column.title.strip() or column.name.capitalize() for column in (*USUAL, *MORE)}
        choices = [*(Choice(name, "", titles.get(name, name)) for name in names), Choice(ADD, "+", "Another field ...")]

        def chosen(name: str | None) -> None:
            if name == ADD:
                self._ask_column()
            elif name is not None:
                self.toggle_column(name)

        self.push_screen(Menu("Columns", choices, checked=set(now)), chosen)

    def _ask_column(self) -> None:
        def check(text: str) -> str:
            try:
                columns.column(text.strip())
            except FilterError as error:
                return str(error)
            return ""

        def typed(text: str | None) -> None:
            if text is not None:
                self.toggle_column(text.strip())

        branch, message = self.tree_pane.branch, self.message
        field = ""
        if branch is not None and message is not None:
            from ovsdissect.filter.expression import field_name

            field = field_name(message, branch.line.path)
        self.push_screen(Prompt("Column", field, "a field, for example key.ipv4.src; `ovsdissect fields` lists them", check), typed)

    def toggle_column(self, name: str) -> None:
        """Show a column, before the summary, or take it away."""
        now = self.list_pane.columns
        if any(column.name == name for column in now):
            left = [column for column in now if column.name != name]
            if not left:
                self.say("the list keeps one column", "problem")
                return
        else:
            added = columns.column(name)
            place = len(now) - 1 if now and now[-1].name == "summary" and name != "summary" else len(now)
            left = [*now[:place], added, *now[place:]]
        self.list_pane.columns = columns.fitted(left, self.look)
        self._columns_changed()

    # live

    def action_follow(self) -> None:
        self.following = not self.following
        if self.following:
            self.paused = False
            self.on_found(Found(self.view))
        self.report()

    def action_pause(self) -> None:
        self.paused = not self.paused
        if not self.paused:
            self.on_found(Found(self.view))
        self.report()
