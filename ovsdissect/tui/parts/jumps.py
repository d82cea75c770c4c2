"""Jumps between messages: by number, through related messages, and back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from ovsdissect.tui.dialogs import Prompt
from ovsdissect.tui.keys import Key
from ovsdissect.tui.part import Part
from ovsdissect.tui.work import Job

WAIT: Final = 0.02


class Jumps(Part):
    """Jumps of the selection."""

    NAME = "jumps"
    KEYS = (
        Key("colon,ctrl+g", "go_to", "Go to a message by its number", "Find"),
        Key("r", "partner", "Cycle through related messages: request and answers; miss, flow put and execute", "Upcalls", "related"),
        Key("b,backspace", "retrace", "Back to where the last jump started", "Find"),
    )

    def action_retrace(self) -> None:
        trail = self.session.trail
        while trail:
            if self.stage.jump(trail.pop()):
                return
        self.stage.say("no jump to go back from", "dim")

    def action_go_to(self) -> None:
        store = self.session.store

        def check(text: str) -> str:
            if not text.strip().isdecimal() or not text.isascii():
                return "a message's number, as in the first column"
            last = store.number(store.count - 1) or store.count
            return "" if 1 <= int(text) <= last else f"messages are 1 to {last:,}"

        def typed(text: str | None) -> None:
            if text is not None:
                self.stage.leap(store.line(int(text)))

        self.stage.app.push_screen(Prompt("Go to message", "", "number", check), typed)

    def action_partner(self) -> None:
        line, store = self.session.line, self.session.store
        if line is None or self.session.message is None:
            return
        asked = store.request(line)
        first = line if asked is None else asked
        number = self.session.message.number
        if asked is None and number is not None and self.session.message.family in ("ovs_packet", "ovs_flow"):
            findings = self.session.findings
            if not findings.done and not findings.source.live:
                self._wait()
                return
            upcall = findings.upcall(number)
            if upcall is not None:
                names = {upcall.number: "the upcall", upcall.put: "the put of its flow", upcall.execute: "its execute"}
                around = [one for one in (upcall.number, upcall.put, upcall.execute, *upcall.subs) if one]
                if len(around) > 1:
                    target = around[(around.index(number) + 1) % len(around)]
                    self.stage.leap(store.line(target), why=names.get(target, "a further execute"))
                    return
        ring = [first, *store.answers(first)]
        if len(ring) > 1:
            at = ring.index(line) + 1 if line in ring else 0
            target = ring[at % len(ring)]
            place = at % len(ring)
            what = "the request" if place == 0 else "the answer" if len(ring) == 2 else f"answer {place} of {len(ring) - 1}"
            self.stage.leap(target, why=what)
        elif self.session.message.request is not None:
            self.stage.say("its request is not in the capture", "problem")
        else:
            self.stage.say("no answer to this message in the capture", "problem")

    def _wait(self) -> None:
        """Related messages are known when the analyses have read the whole capture."""
        findings = self.session.findings

        def steps() -> Iterator[float]:
            while not findings.done:
                time.sleep(WAIT)
                yield findings.progress

        def after(job: Job) -> None:
            if not job.cancelled and not findings.fault:
                self.action_partner()

        self.stage.work.run("reading the capture once more", steps(), after)
        self.stage.report()
