"""What is shown of a capture: the lines that pass the filter, found by a thread from the first line on, and on as the capture grows."""

from __future__ import annotations

import threading
import time
from array import array
from collections.abc import Callable
from typing import Final, Protocol

from ovsdissect.api import Message
from ovsdissect.tui.source import TICK, Source
from ovsdissect.tui.store import Store

BATCH: Final = 16


class Matching(Protocol):
    """A compiled display filter."""

    def matches(self, message: Message) -> bool: ...


class View:
    """The lines of a capture that pass: Open vSwitch's or all, and the filter's.

    store: the source's as it was; where later messages told what earlier ones are, the source has another one since.
    lines: ascending; only the thread appends.  seen: how many lines of the store it has judged.  done: there is nothing more to judge.
    found: called by the thread, at most every TICK seconds.
    """

    def __init__(self, source: Source, wanted: Matching | None, everything: bool, found: Callable[[View], None]) -> None:
        self.source = source
        self.wanted = wanted
        self.everything = everything
        self.store = source.store
        self.lines = array("I")
        self.seen = 0
        self.done = False
        self.cancelled = False
        self.fault = ""
        self._found = found
        self._thread = threading.Thread(target=self._run, name="ovsdissect-filter", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def cancel(self) -> None:
        """Stop; what was found stays."""
        self.cancelled = True
        with self.source.more:
            self.source.more.notify_all()

    def join(self, seconds: float) -> None:
        """Wait for the thread's end."""
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        source, store, last = self.source, self.store, 0.0
        try:
            while not self.cancelled:
                with source.more:
                    source.more.wait_for(
                        lambda: self.cancelled or source.done or source.store is not store or store.count != self.seen, 0.5
                    )
                    ended = source.done
                if source.store is not store:
                    break  # the lines are others now, and whoever asked asks again
                count = store.count
                while self.seen < count and not self.cancelled:
                    self._judge(store, min(self.seen + (BATCH if self.wanted else 1 << 11), count))
                    source.let_pass()
                    if time.monotonic() - last > TICK:
                        self._found(self)
                        last = time.monotonic()
                if ended and self.seen >= store.count:
                    break
                if source.live:
                    self._found(self)
        except Exception as error:  # a fault here must not leave a bar that never ends
            self.fault = f"{type(error).__name__}: {error}"
        self.done = True
        self._found(self)

    def _judge(self, store: Store, end: int) -> None:
        wanted, everything, append = self.wanted, self.everything, self.lines.append
        for line in range(self.seen, end):
            if (everything or store.ovs(line)) and (wanted is None or wanted.matches(store.message(line))):
                append(line)
        self.seen = end
