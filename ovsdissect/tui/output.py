"""Taking something along: to the terminal's clipboard, or to a file."""

from __future__ import annotations

import os
from typing import Final

import orjson

from ovsdissect.errors import OutputError, OvsDissectError
from ovsdissect.odp.texts import Texts
from ovsdissect.odp.trace import datapath_name, trace_command
from ovsdissect.tui.background import Job
from ovsdissect.tui.dialogs import Choice, Menu, Prompt
from ovsdissect.tui.finding import SAVING, Finding
from ovsdissect.tui.save import Saving, wrong

LONGEST: Final = 70_000  # bytes that terminals take through OSC 52


class Output(Finding):
    """Copies and files."""

    # copies

    def copies(self) -> dict[str, str]:
        """What can be copied now, by its name in the menu."""
        message, branch = self.message, self.tree_pane.branch
        if message is None:
            return {}
        found: dict[str, str] = {}
        if branch is not None:
            start, end = branch.bytes
            found["value"] = branch.line.text or branch.line.label
            found["filter"] = self.selected_expression() or ""
            found["hex"] = message.data[start:end].hex()
        found["JSON"] = orjson.dumps(message.to_dict()).decode()
        texts = Texts(message, ovs=self.look.ovs)
        path = branch.line.path if branch is not None else ""
        own = next((getattr(texts, name) for name in ("key", "mask", "actions") if path.startswith(f"attrs.{name}")), None)
        found["ovs"] = own or texts.line or texts.key or ""
        if texts.key is not None:
            found["trace"] = trace_command(texts.key, datapath_name(message.datapaths, message.dp_ifindex))
        return {name: text for name, text in found.items() if text}

    def action_copy(self) -> None:
        copies = self.copies()
        if not copies:
            self.say("no message is selected", "problem")
            return
        names = {
            "value": ("v", "Value"),
            "filter": ("f", "Filter"),
            "hex": ("h", "Bytes in hex"),
            "JSON": ("j", "JSON"),
            "ovs": ("o", "Open vSwitch text"),
            "trace": ("t", "Trace command"),
        }
        choices = [Choice(name, *names[name], note=text if len(text) < 60 else text[:57] + "...") for name, text in copies.items()]

        def chosen(name: str | None) -> None:
            if name is not None:
                self.copy(names[name][1], copies[name])

        self.push_screen(Menu("Copy", choices), chosen)

    def copy(self, what: str, text: str) -> None:
        """Send a text to the terminal's clipboard."""
        if len(text.encode("utf-8", "replace")) > LONGEST:
            self.say(f"{what}: {len(text):,} characters are more than a terminal takes; w saves to a file", "problem")
            return
        self.copy_to_clipboard(text)
        self.say(f"copied: {text if len(text) < 200 else text[:200] + '...'}", "valid")

    # files

    def action_save(self) -> None:
        pane = self.list_pane
        choices = [Choice("shown", "s", f"The {pane.lines:,} messages shown")]
        if pane.marks:
            choices.append(Choice("marked", "m", f"The {len(pane.marks):,} marked ones"))
        if pane.line is not None:
            choices.append(Choice("selected", "o", "The selected one only"))

        def chosen(name: str | None) -> None:
            if name is not None:
                self._ask_path(name)

        if pane.lines:
            self.push_screen(Menu("Save", choices), chosen)
        else:
            self.say("there is nothing to save", "problem")

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

        stem = os.path.basename(self.source.name).split(".")[0].replace(" ", "-") or "capture"
        self.push_screen(Prompt("Save as", f"{stem}-{what}.pcap", "the end tells the format: .pcap, .json or .txt", check), typed)

    def save(self, what: str, path: str) -> None:
        """Write messages to a file: the "shown", "marked" or "selected" ones."""
        pane = self.list_pane
        wanted: list[int] = list(pane.shown[: pane.lines])
        if what == "marked":
            wanted = sorted(pane.marks)
        elif what == "selected":
            wanted = [pane.line] if pane.line is not None else []
        try:
            saving = Saving(path, self.store, wanted, self.look)
        except OutputError as error:
            self.say(str(error), "error")
            return
        except OSError as error:
            self.say(f"{path}: {error.strerror}", "error")
            return

        def finish() -> None:
            try:
                saving.finish()
            except OSError as error:
                saving.drop()
                raise OvsDissectError(f"{path}: {error.strerror}") from error

        def after(job: Job) -> None:
            if job.cancelled or job.fault:
                saving.drop()
                self.say(job.fault or f"{path}: not written", "error" if job.fault else "mark")
            else:
                self.say(f"{path}: {saving.written:,} messages as {saving.kind}", "valid")

        self.run_job(SAVING, saving.lines, saving.step, after, finish)
