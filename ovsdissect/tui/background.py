"""Long work over many lines, done by a thread line by line, so that it can be watched and stopped: searching, sorting, saving."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from ovsdissect.errors import OvsDissectError

TICK: Final = 0.1


class Job:
    """A walk over lines.

    step: called with each line; True ends the walk, `at` then is the line's place.
    told: called by the thread now and then, and at the end.
    finish: called by the thread after the last line, unless the walk was cancelled.  what: what it is, for the bar.
    """

    def __init__(
        self,
        what: str,
        lines: Sequence[int],
        step: Callable[[int], bool],
        told: Callable[[Job], None],
        finish: Callable[[], None] = lambda: None,
    ) -> None:
        self.what = what
        self.lines = lines
        self.at = 0
        self.hit: int | None = None
        self.done = False
        self.cancelled = False
        self.fault = ""
        self._step = step
        self._told = told
        self._finish = finish
        self._thread = threading.Thread(target=self._run, name=f"ovsdissect-{what}", daemon=True)

    def start(self, patience: float = 0.0) -> None:
        """Begin, and wait a little for what is done at once."""
        self._thread.start()
        if patience:
            self._thread.join(patience)

    def cancel(self) -> None:
        """Stop before the next line."""
        self.cancelled = True

    @property
    def progress(self) -> float:
        """How much is done."""
        return self.at / len(self.lines) if self.lines else 1.0

    def _run(self) -> None:
        last = time.monotonic()
        try:
            for at, line in enumerate(self.lines):
                self.at = at
                if self.cancelled:
                    break
                if self._step(line):
                    self.hit = line
                    break
                if not at & 63 and time.monotonic() - last > TICK:
                    self._told(self)
                    last = time.monotonic()
            if not self.cancelled:
                self._finish()
        except OvsDissectError as error:
            self.fault = str(error)
        except Exception as error:  # a fault must end the work and be said, not leave a bar that never moves
            self.fault = f"{type(error).__name__}: {error}"
        self.done = True
        self._told(self)
