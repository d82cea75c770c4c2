"""Sorting the list: by a column, ascending or descending, or in capture order."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Any

from ovsdissect.tui.columns import Column, Row, title
from ovsdissect.tui.dialogs import Choice, Menu
from ovsdissect.tui.keys import Key
from ovsdissect.tui.part import Part
from ovsdissect.tui.work import Job

EACH = 16  # lines between two looks at the clock


class Order(Part):
    """Sorting."""

    NAME = "order"
    KEYS = (Key("S", "sort", "Sort the list", "Look"),)

    def action_sort(self) -> None:
        columns = self.stage.list_pane.columns
        choices = [Choice(column.name, "", title(column.name)) for column in columns]

        def chosen(name: str | None) -> None:
            if name is not None:
                self.sort_by(next(column for column in columns if column.name == name))

        self.stage.app.push_screen(Menu("Sort by (again: the other way)", choices), chosen)

    def sort_by(self, column: Column) -> None:
        """Sort the list by a column; a second time reverses the order, a third time ends it."""
        pane = self.stage.list_pane
        before = pane.sorted
        if before == (column.name, True):
            pane.sort(None, None)
            self.stage.say("in the order of the capture", "dim")
            return
        down = before == (column.name, False)
        session = self.session
        lines = array("I", session.view.lines)
        keys: dict[int, tuple[int, Any]] = {}

        def steps() -> Iterator[float]:
            for at, line in enumerate(lines):
                keys[line] = key(column.key(Row(session.store, line, session.look)))
                if not at % EACH:
                    yield at / len(lines)

        def after(job: Job) -> None:
            if job.cancelled or job.fault:
                return
            # what has no value stays last
            there = sorted((line for line in keys if keys[line][0] < 2), key=lambda line: (keys[line], line), reverse=down)
            pane.sort(array("I", [*there, *(line for line in keys if keys[line][0] == 2)]), (column.name, down))
            self.stage.show_line()
            self.stage.say(f"sorted by {title(column.name)}{', descending' if down else ''}", "dim")

        self.stage.work.run("sorting", steps(), after)
        self.stage.report()


def key(value: Any) -> tuple[int, Any]:
    """The sort key of a value: numbers before texts, missing values last."""
    if value is None or value == "":
        return 2, ""
    if isinstance(value, int):
        return 0, value
    text = str(value)
    try:
        return 0, int(text, 0)
    except ValueError:
        return 1, text
