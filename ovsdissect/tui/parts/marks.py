"""Marks on messages, and jumps between them."""

from __future__ import annotations

from ovsdissect.tui.keys import Key
from ovsdissect.tui.part import Part


class Marks(Part):
    """Marked lines."""

    NAME = "marks"
    KEYS = (
        Key("m", "mark", "Mark the message, or unmark it", "Find"),
        Key("apostrophe", "to_mark(1)", "Next mark", "Find"),
        Key("quotation_mark", "to_mark(-1)", "Previous mark", "Find"),
    )

    def action_mark(self) -> None:
        pane = self.stage.list_pane
        if pane.line is None:
            return
        self.session.marks ^= {pane.line}
        pane.renew()
        pane.action_move(1)

    def action_to_mark(self, step: int) -> None:
        pane = self.stage.list_pane
        rows = sorted(row for line in self.session.marks if (row := pane.where(line)) is not None)
        if not rows:
            self.stage.say("no message here is marked: m marks", "dim")
            return
        at = pane.cursor
        later = [row for row in rows if (row > at if step > 0 else row < at)]
        row = (later[0] if step > 0 else later[-1]) if later else (rows[0] if step > 0 else rows[-1])
        self.stage.leap(pane.shown[row])
