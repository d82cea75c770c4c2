"""Long work in a thread that can be watched and stopped: searching, sorting, saving.  One at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

from ovsdissect.errors import OvsDissectError

TICK: Final = 0.1


class Job:
    """Work in steps.  what: its name in the bar.  steps: yields the fraction that is done after each step, from 0 to 1.

    told: called by the thread from time to time, and at the end.  give_way: called between two steps, so that keys are handled first.
    """

    def __init__(self, what: str, steps: Iterator[float], told: Callable[[Job], None], give_way: Callable[[], None]) -> None:
        self.what = what
        self.progress = 0.0
        self.done = False
        self.cancelled = False
        self.fault = ""
        self._steps, self._told, self._give_way = steps, told, give_way
        self._thread = threading.Thread(target=self._run, name=f"ovsdissect-{what}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def cancel(self) -> None:
        """Stop before the next step."""
        self.cancelled = True

    def _run(self) -> None:
        last = time.monotonic()
        try:
            for progress in self._steps:
                self.progress = progress
                if self.cancelled:
                    break
                self._give_way()
                if time.monotonic() - last > TICK:
                    self._told(self)
                    last = time.monotonic()
        except OvsDissectError as error:
            self.fault = str(error)
        except Exception as error:  # a fault must end the work and be reported, or the bar would never move
            self.fault = f"{type(error).__name__}: {error}"
        self.done = True
        self._told(self)


class Work:
    """The running work.

    told: how the thread reports progress; on_told() is then called in the application.
    """

    def __init__(self, told: Callable[[Job], None], give_way: Callable[[], None], say: Callable[[str, str], None]) -> None:
        self.job: Job | None = None
        self._told, self._give_way, self._say = told, give_way, say
        self._after: Callable[[Job], None] = lambda job: None

    def run(self, what: str, steps: Iterator[float], after: Callable[[Job], None]) -> None:
        """Run something in a thread; `after` is called in the application when it has ended."""
        if self.job is not None:
            self.job.cancel()
        self._after = after
        self.job = Job(what, steps, self._told, self._give_way)
        self.job.start()

    def on_told(self, job: Job) -> None:
        """The thread progressed or ended."""
        if job is not self.job or not job.done:
            return
        self.job = None
        if job.fault:
            self._say(f"{job.what}: {job.fault}", "error")
        self._after(job)

    def stop(self) -> bool:
        """Stop the running work; returns whether there was any."""
        if self.job is None:
            return False
        self.job.cancel()
        self._say(f"{self.job.what}: stopped", "mark")
        return True

    def drop(self, kept: str) -> None:
        """Stop work that has become pointless, unless it is of one kind."""
        if self.job is not None and self.job.what != kept:
            self.job.cancel()
