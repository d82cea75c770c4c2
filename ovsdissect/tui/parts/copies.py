"""Copies parts of the selected message to the terminal's clipboard."""

from __future__ import annotations

from typing import Final

from ovsdissect.json.encoding import encode
from ovsdissect.odp.texts import Texts
from ovsdissect.tui.dialogs import Choice, Menu, Page
from ovsdissect.tui.keys import Key
from ovsdissect.tui.part import Part
from ovsdissect.tui.tracing import trace

LONGEST: Final = 70_000  # bytes that terminals take through OSC 52
NOTE: Final = 60
NAMES: Final = {
    "value": ("v", "Value"),
    "filter": ("f", "Filter"),
    "hex": ("h", "Bytes in hex"),
    "JSON": ("j", "JSON"),
    "ovs": ("o", "Open vSwitch text"),
    "trace": ("t", "Trace command"),
}


class Copies(Part):
    """Copying, and reading values that are too long for their line."""

    NAME = "copies"
    KEYS = (
        Key("y", "copy", "Copy: value, filter, hex, JSON, Open vSwitch text, trace command", "Out"),
        Key("v", "whole", "Read in full what a line cuts off", "Look", "in full"),
    )

    def copies(self) -> dict[str, str]:
        """The values that can be copied, by their name in the menu."""
        message, branch = self.session.message, self.stage.tree_pane.branch
        if message is None:
            return {}
        found: dict[str, str] = {}
        if branch is not None:
            from ovsdissect.filter.expression import expression

            start, end = branch.bytes
            found["value"] = branch.line.text or branch.line.label
            found["filter"] = expression(message, branch.line.path, branch.line.text) or ""
            found["hex"] = message.data[start:end].hex()
        found["JSON"] = encode(message.to_dict()).decode()
        texts = Texts(message, ovs=self.session.look.ovs)
        path = branch.line.path if branch is not None else ""
        own = next((getattr(texts, name) for name in ("key", "mask", "actions") if path.startswith(f"attrs.{name}")), None)
        found["ovs"] = own or texts.line or texts.key or ""
        found["trace"] = trace(message, texts.key) or ""
        return {name: text for name, text in found.items() if text}

    def action_copy(self) -> None:
        copies = self.copies()
        if not copies:
            self.stage.say("no message is selected", "problem")
            return
        choices = [
            Choice(name, *NAMES[name], note=text if len(text) < NOTE else text[: NOTE - 1] + "…") for name, text in copies.items()
        ]

        def chosen(name: str | None) -> None:
            if name is not None:
                self.copy(NAMES[name][1], copies[name])

        self.stage.app.push_screen(Menu("Copy", choices), chosen)

    def copy(self, what: str, text: str) -> None:
        """Send a text to the terminal's clipboard."""
        if len(text.encode("utf-8", "replace")) > LONGEST:
            self.stage.say(f"{what}: {len(text):,} characters are more than a terminal takes; w saves to a file", "problem")
            return
        self.stage.app.copy_to_clipboard(text)
        self.stage.say(f"copied: {text}", "valid")

    def action_whole(self) -> None:
        from ovsdissect.text.outline import outline
        from ovsdissect.text.summary import summary
        from ovsdissect.text.values import scope

        message, branch, look = self.session.message, self.stage.tree_pane.branch, self.session.look
        if self.stage.unread:
            self.stage.app.push_screen(Page("Notice", [[("text", self.stage.unread)]]))
            return
        if message is None:
            return
        where = scope(message, names=look.names, ovs=look.ovs)
        if self.stage.pane == "tree" and branch is not None:
            title, text = branch.line.path or branch.line.label, branch.line.text or branch.line.label
            said = [f"{problem.kind}: {problem.text}" for problem in branch.line.problems]
        else:
            title, text = f"Message {message.number or ''}", summary(message, where)
            said = [f"{problem.kind} at {problem.path}: {problem.text}" for line in outline(message, where) for problem in line.problems]
        self.stage.app.push_screen(Page(title, [[("text", text)], *([("problem", one)] for one in said)]))
