"""Signal handling: signals end a command with 128 + their number, or let one that follows a capture complete its output.

A signal that was ignored when the command began (nohup, a shell's background job) stays ignored.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType
from typing import Final

BASE: Final = 128
NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP")  # not every system has the last


class Ended(BaseException):
    """A signal ended the command.  code: its exit code."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.code = BASE + number


class Following:
    """While a capture is followed, the first signal ends the following and not the command; a second one ends the command.

    code: the exit code, 0 if no signal came.
    """

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self.code = 0
        self._interrupt = interrupt
        self._before = {number: handler for number in _numbers() if (handler := signal.getsignal(number)) is not signal.SIG_IGN}
        for number in self._before:
            signal.signal(number, self._received)

    def _received(self, number: int, _frame: FrameType | None) -> None:
        if self.code:
            raise Ended(number)
        self.code = BASE + number
        self._interrupt()

    def end(self) -> int:
        """Restore the signal handlers, and return the exit code."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}
        return self.code


def end_on_signals() -> None:
    """Make SIGTERM and SIGHUP raise Ended from now on, unless they are ignored; SIGINT raises KeyboardInterrupt, as Python does."""
    for number in _numbers():
        if number != signal.SIGINT and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, _frame: FrameType | None) -> None:
    raise Ended(number)


def _numbers() -> list[int]:
    return [int(getattr(signal, name)) for name in NAMES if hasattr(signal, name)]
