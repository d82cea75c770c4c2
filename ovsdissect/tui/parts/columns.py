"""The columns of the list, and the form of times."""

from __future__ import annotations

from ovsdissect.errors import FilterError
from ovsdissect.tui import columns
from ovsdissect.tui.columns import TIMES
from ovsdissect.tui.dialogs import Choice, Menu, Prompt
from ovsdissect.tui.keys import Key
from ovsdissect.tui.part import Part

ADD = "another field"


class Columns(Part):
    """Columns and times."""

    NAME = "columns"
    KEYS = (
        Key("c", "columns", "Choose columns", "Look"),
        Key("t", "time", "Time: since the start, UTC, since the row above, epoch", "Look"),
        Key("ctrl+t", "reference", "Times count from this message; on it again: from the start", "Look"),
    )

    def changed(self) -> None:
        """Columns or times changed."""
        pane = self.stage.list_pane
        pane.columns = columns.fitted(pane.columns, self.session.look)
        pane.fit()
        pane.renew()

    def action_time(self) -> None:
        look = self.session.look
        look.time = TIMES[(TIMES.index(look.time) + 1) % len(TIMES)]
        self.changed()
        self.stage.say(f"time: {columns.TIME_TITLES[look.time]}", "dim")

    def action_reference(self) -> None:
        line, look = self.session.line, self.session.look
        if line is None:
            return
        now = self.session.store.time(line)
        look.reference = None if look.reference == now else now
        look.time = "relative"
        self.changed()
        self.stage.say("time: since the start" if look.reference is None else "time: since this message; Ctrl-T on it ends that", "dim")

    def action_columns(self) -> None:
        pane = self.stage.list_pane

        def choices() -> list[Choice]:
            own = columns.own_names()
            names = [*own, *(column.name for column in pane.columns if column.name not in own)]
            return [*(Choice(name, "", columns.title(name)) for name in names), Choice(ADD, "+", "Another field ...")]

        def checked() -> set[str]:
            return {column.name for column in pane.columns}

        def toggled(name: str) -> None:
            self.toggle(name)
            menu.renew(choices(), checked())

        def chosen(name: str | None) -> None:
            if name == ADD:
                self._ask()

        menu = Menu("Columns: Enter shows or hides, Esc ends", choices(), checked=checked(), toggled=toggled, ends=(ADD,))
        self.stage.app.push_screen(menu, chosen)

    def _ask(self) -> None:
        def check(text: str) -> str:
            try:
                columns.column(text.strip())
            except FilterError as error:
                return str(error)
            return ""

        def typed(text: str | None) -> None:
            if text is not None:
                self.toggle(text.strip())

        branch, message = self.stage.tree_pane.branch, self.session.message
        field = ""
        if branch is not None and message is not None:
            from ovsdissect.filter.expression import field_name

            field = field_name(message, branch.line.path)
        prompt = Prompt("Column", field, "a field, for example key.ipv4.src; `ovsdissect fields` lists them", check)
        self.stage.app.push_screen(prompt, typed)

    def toggle(self, name: str) -> None:
        """Show a column before the summary, or hide it."""
        pane = self.stage.list_pane
        now = pane.columns
        if any(column.name == name for column in now):
            left = [column for column in now if column.name != name]
            if not left:
                self.stage.say("the list keeps one column", "problem")
                return
        else:
            added = columns.column(name)
            place = next((at for at, column in enumerate(now) if column.name in columns.LAST and name not in columns.LAST), len(now))
            left = [*now[:place], added, *now[place:]]
        pane.columns, pane.columns_chosen = left, True
        self.changed()
