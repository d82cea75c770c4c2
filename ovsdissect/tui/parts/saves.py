"""Saving the shown, marked or selected messages to a file."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Final

from ovsdissect.errors import OutputError, OvsDissectError
from ovsdissect.problem import counted
from ovsdissect.tui.dialogs import Choice, Menu, Prompt
from ovsdissect.tui.keys import Key
from ovsdissect.tui.part import Part
from ovsdissect.tui.save import Saving, wrong
from ovsdissect.tui.work import Job

SAVING: Final = "saving"
WAIT: Final = 0.01
EACH: Final = 16  # messages between two looks at the clock


class Saves(Part):
    """Saving."""

    NAME = "saves"
    KEYS = (Key("w", "save", "Save messages as pcap, JSON or text", "Out", "save"),)

    def action_save(self) -> None:
        pane = self.stage.list_pane
        finding = not self.session.view.done
        more = " so far, and those that are still to be found" if finding else ""
        choices = [Choice("shown", "s", f"The {_counted(pane.lines, 'message')} shown{more}")]
        if self.session.marks:
            choices.append(Choice("marked", "m", f"The {_counted(len(self.session.marks), 'marked message')}"))
        if pane.line is not None:
            choices.append(Choice("selected", "o", "The selected one only"))

        def chosen(name: str | None) -> None:
            if name is not None:
                self._ask_path(name)

        if pane.lines or finding:
            self.stage.app.push_screen(Menu("Save", choices), chosen)
        else:
            self.stage.say("there is nothing to save", "problem")

    def _ask_path(self, what: str) -> None:
        confirmed: set[str] = set()

        def check(text: str) -> str:
            path = os.path.expanduser(text.strip())
            fault = wrong(path)
            if not fault and os.path.exists(path) and path not in confirmed:
                confirmed.add(path)
                return "the file exists: Enter again writes over it"
            return fault

        def typed(text: str | None) -> None:
            if text is not None:
                self.save(what, os.path.expanduser(text.strip()))

        stem = os.path.basename(self.session.source.name).split(".")[0].replace(" ", "-") or "capture"
        hint = "the end tells the format: .pcap, .pcapng, .json or .txt"
        self.stage.app.push_screen(Prompt("Save as", f"{stem}-{what}.pcap", hint, check), typed)

    def save(self, what: str, path: str) -> None:
        """Write messages to a file: the "shown", "marked" or "selected" ones."""
        pane, view = self.stage.list_pane, self.session.view
        live = self.session.source.live
        wanted: list[int] | None = None
        if what == "marked":
            wanted = sorted(self.session.marks)
        elif what == "selected":
            wanted = [pane.line] if pane.line is not None else []
        elif view.done or live:
            wanted = list(pane.shown[: pane.lines])
        try:
            saving = Saving(path, self.session.store, self.session.look)
        except OutputError as error:
            self.stage.say(str(error), "error")
            return
        except OSError as error:
            self.stage.say(f"{path}: {error.strerror}", "error")
            return

        def steps() -> Iterator[float]:
            done = False
            try:
                while wanted is None and not view.done:  # messages that the filter has yet to find are saved, too
                    time.sleep(WAIT)
                    yield 0.0
                lines = saving.begin(list(view.lines) if wanted is None else wanted)
                for at, line in enumerate(lines):
                    saving.step(line)
                    if not at % EACH:
                        yield at / len(lines)
                saving.finish()
                done = True
            except OSError as error:
                raise OvsDissectError(f"{path}: {error.strerror}") from error
            finally:
                if not done:
                    saving.drop()

        def after(job: Job) -> None:
            if job.cancelled or job.fault:
                self.stage.say(job.fault or f"{path}: not written", "error" if job.fault else "mark")
            else:
                self.stage.say(f"{saving.told}: {path}", "valid")

        self.stage.work.run(SAVING, steps(), after)
        self.stage.report()


def _counted(number: int, one: str) -> str:
    """A number of things after "the": a single one without its number."""
    return one if number == 1 else counted(number, one, grouped=True)
