"""The driver of the terminal."""

from __future__ import annotations

import pytest
from textual.drivers.headless_driver import HeadlessDriver

from ovsdissect.tui.driver import sparing


class Noted(HeadlessDriver):
    """What Textual's driver is told to do."""

    def suspend_application_mode(self) -> None:
        calls.append("suspend")

    def resume_application_mode(self) -> None:
        calls.append("resume")


calls: list[str] = []


@pytest.mark.parametrize(
    ("told", "done"),
    [("R", []), ("SR", ["suspend", "resume"]), ("SRR", ["suspend", "resume"]), ("RSRSR", ["suspend", "resume"] * 2)],
)
def test_only_what_was_suspended_is_resumed(told: str, done: list[str]) -> None:
    """A closed terminal sends SIGCONT too: a second thread that reads its keys would never end."""
    calls.clear()
    driver = object.__new__(sparing(Noted))
    for word in told:
        driver.suspend_application_mode() if word == "S" else driver.resume_application_mode()
    assert calls == done
