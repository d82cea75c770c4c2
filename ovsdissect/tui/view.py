"""The lines of a capture that pass the filter, found by a thread from the first line on, also while the capture grows."""

from __future__ import annotations

import threading
import time
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, Protocol

from ovsdissect.api import Message
from ovsdissect.tui.choosing import chosen_lines
from ovsdissect.tui.source import TICK, Source
from ovsdissect.tui.store import Store

if TYPE_CHECKING:
    from ovsdissect.filter import Filter

BATCH: Final = 16
EARLY: Final = 2048  # lines of a file that are tested before all of it was read
MANY: Final = 512  # lines that are worth a pass of the engine


class Matching(Protocol):
    """A compiled display filter."""

    start_ns: int | None

    def matches(self, message: Message) -> bool:
        """Whether a message passes."""


class View:
    """The lines of a capture that pass: those of Open vSwitch or all, and the filter.

    store: that of the source at the start; the source replaces it if later messages change the meaning of earlier ones.
    lines: ascending; only the thread appends.  seen: how many lines of the store were tested.  done: no more lines will come.
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
        """Wait for the thread to end."""
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        source, store, last = self.source, self.store, 0.0
        try:
            while not self.cancelled:
                with source.more:
                    source.more.wait_for(
                        lambda: self.cancelled or source.done or source.store is not store or self._limit(store) != self.seen, 0.5
                    )
                    ended = source.done
                if source.store is not store:
                    break  # the lines have changed, and the caller will ask again
                for _ in self._look(store, self._limit(store)):
                    if self._ended(store):
                        break
                    source.let_pass()
                    if time.monotonic() - last > TICK:
                        self._found(self)
                        last = time.monotonic()
                if ended and self.seen >= store.count:
                    break
                if source.live:
                    self._found(self)
        except Exception as error:  # after a fault the bar must not wait for ever
            self.fault = f"{type(error).__name__}: {error}"
        self.done = True
        self._found(self)

    def _ended(self, store: Store) -> bool:
        """Whether the result is no longer needed."""
        return self.cancelled or self.source.store is not store

    def _limit(self, store: Store) -> int:
        """The line up to which it may test now: while a file is being read, only the first ones; the rest follows in one pass."""
        count, source = store.count, self.source
        return count if self.wanted is None or source.live or source.done else min(count, EARLY)

    def _look(self, store: Store, count: int) -> Iterator[None]:
        """Test lines up to a number; the engine tests large numbers at once, if there is one."""
        if self.wanted is not None and count - self.seen > MANY and (wanted := _native(self.wanted)) is not None:
            start, taken = self.seen, 0
            for passing, share in chosen_lines(self.source, store, wanted, everything=self.everything):
                # a pass reads the whole file, even if only its first lines may be tested now
                taken, end = max(taken, bisect_left(passing, start)), bisect_left(passing, count)
                self.lines.extend(passing[taken:end])
                taken = max(taken, end)
                self.seen = max(start, min(int(share * count), count))
                yield
            self.seen = max(self.seen, count)
            return
        while self.seen < count:
            self._judge(store, min(self.seen + (BATCH if self.wanted else 1 << 14), count))
            yield

    def _judge(self, store: Store, end: int) -> None:
        wanted, start = self.wanted, self.seen
        lines = range(start, end) if self.everything else store.shown(start, end)
        self.lines.extend(lines if wanted is None else (line for line in lines if wanted.matches(store.message(line))))
        self.seen = end


def _native(wanted: Matching) -> Filter | None:
    """A filter that the engine can evaluate."""
    from ovsdissect import filter as display_filter  # loaded only if there is a filter

    return wanted if isinstance(wanted, display_filter.Filter) else None
