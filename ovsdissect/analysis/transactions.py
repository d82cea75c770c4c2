"""Requests and their answers: the latest request with a portid, sequence number and type is the one that is answered.

A request that is no dump is kept for KEPT_NS of the capture's time and the last KEPT at least, as notifications answer it several times;
a dump until its DONE.
"""

from __future__ import annotations

from typing import Any, Final

from ovsdissect.analysis.exchange import Execute, Put

KEPT: Final = 4096
KEPT_NS: Final = 10_000_000_000
DUMPS: Final = 4096  # unfinished ones: only a capture that lacks their DONEs has more at a time


class Request:
    """A request that may be answered.  what: what the rules need of it then; its type depends on the event."""

    __slots__ = ("dp", "event", "kind", "number", "probe", "time_ns", "what")

    def __init__(self, number: int, time_ns: int, dp: int, kind: int, event: int, what: Any, *, probe: bool = False) -> None:
        self.number, self.time_ns, self.dp, self.kind, self.event = number, time_ns, dp, kind, event
        self.what, self.probe = what, probe


Asked = Request | Put | Execute


class Transactions:
    """The requests that may still be answered."""

    def __init__(self) -> None:
        self._dumps: dict[tuple[int, int], Request] = {}
        self._new: dict[tuple[int, int, int], Asked] = {}
        self._old: dict[tuple[int, int, int], Asked] = {}
        self._until_ns = 0

    def note(self, pid: int, seq: int, kind: int, asked: Asked) -> None:
        """A request was seen that is no dump."""
        new = self._new
        new[pid, seq, kind] = asked
        if len(new) >= KEPT and not 0 <= self._until_ns - asked.time_ns < KEPT_NS:
            self._old, self._new, self._until_ns = new, {}, asked.time_ns + KEPT_NS

    def dump(self, pid: int, seq: int, request: Request) -> None:
        """A dump was asked for."""
        self._dumps.pop((pid, seq), None)
        self._dumps[pid, seq] = request
        if len(self._dumps) > DUMPS:
            del self._dumps[next(iter(self._dumps))]

    def find(self, pid: int, seq: int, kind: int) -> Asked | None:
        """The request that is answered; None where it is not in the capture."""
        dump = self._dumps.get((pid, seq))
        if dump is not None and dump.kind == kind:
            return dump
        key = (pid, seq, kind)
        return self._new.get(key) or self._old.get(key)

    def done(self, pid: int, seq: int) -> Request | None:
        """A dump has ended."""
        return self._dumps.pop((pid, seq), None)

    def oldest(self) -> int | None:
        """The number of the first dump that has not ended."""
        return next(iter(self._dumps.values())).number if self._dumps else None
