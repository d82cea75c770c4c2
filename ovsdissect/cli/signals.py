"""Signal handling: signals end a command with 128 + their number, or let one that follows a capture complete its output.

A signal that was ignored when the command began (nohup, a shell's background job) stays ignored.
"""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Final, TypeAlias

Handler: TypeAlias = Callable[[int, FrameType | None], object] | int | None  # as signal.signal() takes it

AGAIN: Final = 1.0  # seconds
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


class Ending:
    """While the block runs, a signal ends it: SIGINT raises KeyboardInterrupt, as Python does, SIGTERM and SIGHUP raise Ended.

    A signal that follows within AGAIN seconds does nothing, because the first one is removing unfinished outputs.
    code: the exit code for the signal, 0 if none came; libraries may raise an error of their own in place of what was raised here.
    """

    def __init__(self) -> None:
        self.code = 0
        self._time = -math.inf
        self._before: dict[int, Handler] = {}

    def __enter__(self) -> Ending:
        for number in _numbers():
            handler = signal.getsignal(number)
            if handler in (signal.SIG_DFL, signal.default_int_handler):
                self._before[number] = handler
                signal.signal(number, self._received)
        return self

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _received(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if now - self._time < AGAIN:
            return
        self.code, self._time = BASE + number, now
        raise KeyboardInterrupt if number == signal.SIGINT else Ended(number)


def ignore_signals() -> None:
    """Let no signal disturb the end of the process."""
    for number in _numbers():
        signal.signal(number, signal.SIG_IGN)


def _numbers() -> list[int]:
    return [int(getattr(signal, name)) for name in NAMES if hasattr(signal, name)]
