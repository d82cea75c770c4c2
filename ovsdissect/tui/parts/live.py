"""A capture that grows: following the newest message, and pausing."""

from __future__ import annotations

from ovsdissect.tui.keys import Key
from ovsdissect.tui.part import Part


class Live(Part):
    """Follow and pause."""

    NAME = "live"
    KEYS = (
        Key("F", "follow", "Follow the newest message", "Look"),
        Key("P", "pause", "Pause: new messages wait", "Look"),
    )

    def action_follow(self) -> None:
        session = self.session
        session.following = not session.following
        if session.following:
            session.paused = False
            self.stage.take()
            if session.source.done:
                self.stage.say("the whole capture is here; `ovsdissect --follow` waits for more", "dim")
        self.stage.report()

    def action_pause(self) -> None:
        self.session.paused = not self.session.paused
        if not self.session.paused:
            self.stage.take()
        self.stage.report()
