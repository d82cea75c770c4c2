"""The list of all problems in the shown messages; each line leads to its field."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Final

from ovsdissect.problem import Problem, counted
from ovsdissect.text.screen import cells, escape, pad
from ovsdissect.tui.choosing import chosen_lines
from ovsdissect.tui.dialogs import Page
from ovsdissect.tui.keys import Key
from ovsdissect.tui.part import Part
from ovsdissect.tui.work import Job

MOST: Final = 10_000  # lines of the list
PATH: Final = 34  # cells of a path
EACH: Final = 16  # messages between two looks at the clock


class Problems(Part):
    """All problems."""

    NAME = "problems"
    KEYS = (Key("p", "problems", "List of all problems", "Find"),)

    def action_problems(self) -> None:
        session = self.session
        store = session.store
        lines = array("I", self.stage.list_pane.shown[: self.stage.list_pane.lines])
        found: list[tuple[int, str, Problem]] = []

        def steps() -> Iterator[float]:
            from ovsdissect import filter as display_filter

            seen = 0
            malformed = array("I")
            for lines_so_far, share in chosen_lines(session.source, store, display_filter.compile("problem.kind"), everything=True):
                malformed = lines_so_far
                yield share / 2
            shown = set(lines)
            for at, line in enumerate(malformed):
                if line in shown:
                    seen += 1
                    found.extend(self._problems(line))
                    if len(found) >= MOST:
                        return
                if not at % EACH:
                    yield 0.5 + at / len(malformed) / 2

        def after(job: Job) -> None:
            if job.fault:
                return
            if not found:
                self.stage.say("no problem in what is shown", "valid")
                return
            more = ", and more" if len(found) >= MOST else ", so far" if job.cancelled else ""

            def chosen(at: int | None) -> None:
                if at is not None and self.stage.leap(found[at][0]):
                    self.stage.show_line()
                    if self.stage.tree_pane.select_path(found[at][2].path):
                        self.stage.light()

            count = counted(len(found), "problem", grouped=True)
            self.stage.app.push_screen(Page(f"{count} in what is shown{more}", list(_lines(found)), choose=True), chosen)

        self.stage.work.run("looking for problems", steps(), after)
        self.stage.report()

    def _problems(self, line: int) -> Iterator[tuple[int, str, Problem]]:
        """The problems of a line, with the name of its message."""
        store = self.session.store
        number = store.number(line)
        shown = f"{number}" if number is not None else f"record {store.record(line) + 1}"
        for problem in store.message(line).problems:
            yield line, shown, problem


def _lines(found: list[tuple[int, str, Problem]]) -> Iterator[list[tuple[str, str]]]:
    """The lines of the list; the paths' column is as wide as they are, up to PATH cells."""
    width = min(max(cells(escape(problem.path)) for _, _, problem in found) + 1, PATH)
    for _, shown, problem in found:
        yield [
            ("name", pad(shown, 10, right=True) + "  "),
            ("problem", pad(str(problem.kind), 13)),
            ("text", pad(escape(problem.path), width) + " "),
            ("dim", escape(problem.text)),
        ]
