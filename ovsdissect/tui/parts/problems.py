"""The list of all problems in the shown messages; each line leads to its field."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Final

from ovsdissect.text.screen import escape, pad
from ovsdissect.tui.choosing import chosen_lines
from ovsdissect.tui.dialogs import Page
from ovsdissect.tui.keys import Key
from ovsdissect.tui.part import Part
from ovsdissect.tui.work import Job

MOST: Final = 10_000  # lines of the list
EACH: Final = 16  # messages between two looks at the clock


class Problems(Part):
    """All problems."""

    NAME = "problems"
    KEYS = (Key("p", "problems", "List of all problems", "Find"),)

    def action_problems(self) -> None:
        session = self.session
        store = session.store
        lines = array("I", self.stage.list_pane.shown[: self.stage.list_pane.lines])
        found: list[tuple[int, str, list[tuple[str, str]]]] = []

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
                    if self.stage.tree_pane.select_path(found[at][1]):
                        self.stage.light()

            count = f"{len(found):,} problem{'s' * (len(found) != 1)}"
            self.stage.app.push_screen(Page(f"{count} in what is shown{more}", [one for _, _, one in found], choose=True), chosen)

        self.stage.work.run("looking for problems", steps(), after)
        self.stage.report()

    def _problems(self, line: int) -> Iterator[tuple[int, str, list[tuple[str, str]]]]:
        store = self.session.store
        number = store.number(line)
        shown = f"{number}" if number is not None else f"record {store.record(line) + 1}"
        for problem in store.message(line).problems:
            pieces = [
                ("name", pad(shown, 10, right=True) + "  "),
                ("problem", pad(str(problem.kind), 13)),
                ("text", pad(escape(problem.path), 34) + " "),
                ("dim", escape(problem.text)),
            ]
            yield line, problem.path, pieces
