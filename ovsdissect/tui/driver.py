"""The terminal's driver: it writes fewer bytes, and resumes only what was suspended."""

from __future__ import annotations

from textual.driver import Driver

from ovsdissect.tui.pen import shorter


def sparing(driver: type[Driver]) -> type[Driver]:
    """A driver like this one that writes less and does not take each SIGCONT for the end of a suspension.

    When a terminal is closed, the kernel sends SIGHUP and SIGCONT: resuming would begin to read keys again while the program ends.
    """

    class Sparing(driver):  # type: ignore[misc, valid-type]
        _suspended = False

        def write(self, data: str) -> None:
            super().write(shorter(data))

        def suspend_application_mode(self) -> None:
            self._suspended = True
            super().suspend_application_mode()

        def resume_application_mode(self) -> None:
            if self._suspended:
                self._suspended = False
                super().resume_application_mode()

    return Sparing
