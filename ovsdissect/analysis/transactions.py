"""Requests and their answers: the latest request with a portid, sequence number and type is the one that is answered.

A request that is no dump is kept for KEPT_NS of the capture's time and the last KEPT at least, as notifications answer it several times;
a dump until its DONE.
"""

from __future__ import annotations

from typing import Any, Final

from ovsdissect.analysis.exchange import Asked
from ovsdissect.analysis.facts import FLOW_SET, PUT, Fact
from ovsdissect.netlink.headers import NLM_F_DUMP

KEPT: Final = 4096
KEPT_NS: Final = 10_000_000_000
STRAYS: Final = 4096
FIRST_NS: Final = 1_000_000_000
DUMPS: Final = 4096  # unfinished ones: only a capture that lacks their DONEs has more at a time


class Request(Asked):
    """Any other one than those.  what: what the rules need of it when it is answered; its type depends on the event."""

    __slots__ = ("event", "kind", "probe", "what")

    def __init__(self, fact: Fact, what: Any, probe: bool) -> None:
        self.number, self.time_ns, self.dp, self.kind, self.event = fact.number, fact.time_ns, fact.dp, fact.type, fact.event
        self.what, self.probe = what, probe


class Transactions:
    """The requests that may still be answered.

    replies, unmatched: of OVS families, with a portid, whose request is in the capture and whose is not.
    strays: the numbers of those unmatched ones, and of such errors, that show that the capture lacks messages: none in its first second,
    nor of a dump that was under way then.
    """

    def __init__(self) -> None:
        self.replies = self.unmatched = 0
        self.strays: list[int] = []
        self._start_ns: int | None = None
        self._under_way: set[tuple[int, int]] = set()
        self._lasts = False  # whether what was asked last is still what the same numbers ask for
        self._last_pid = self._last_seq = self._last_kind = 0
        self._last_asked: Asked | None = None
        self._dumps: dict[tuple[int, int], Request] = {}
        self._new: dict[tuple[int, int, int], Asked] = {}
        self._old: dict[tuple[int, int, int], Asked] = {}
        self._until_ns = 0

    def start(self, time_ns: int) -> None:
        """The capture begins."""
        self._start_ns = time_ns

    def request(self, fact: Fact, what: object, probe: bool = False) -> None:
        """A request was seen."""
        request = Request(fact, what, probe)
        if is_dump(fact):
            self._dump(fact.pid, fact.seq, request)
        else:
            self.note(fact, request)

    def answer(self, fact: Fact) -> Asked | None:
        """The request that a reply answers, which is counted; None if it is not in the capture."""
        pid, seq, kind = fact.pid, fact.seq, fact.type
        if self._lasts and seq == self._last_seq and pid == self._last_pid and kind == self._last_kind:
            asked = self._last_asked  # the replies of a dump follow each other
        else:
            asked = self._last_asked = self.find(pid, seq, kind)
            self._last_pid, self._last_seq, self._last_kind, self._lasts = pid, seq, kind, True
        if pid & 0xFFFFFFFF:
            if asked is not None:
                self.replies += 1
            else:
                self.unmatched += 1
                self.stray(fact)
        return asked

    def stray(self, fact: Fact) -> None:
        """What answers a request that is not in the capture."""
        key = (fact.pid, fact.seq)
        if fact.time_ns - (self._start_ns or 0) <= FIRST_NS:
            if len(self._under_way) < STRAYS:
                self._under_way.add(key)
        elif key not in self._under_way and len(self.strays) < STRAYS:
            self.strays.append(fact.number)

    def note(self, fact: Fact, asked: Asked) -> None:
        """A request was seen that is no dump."""
        self._lasts = False
        new = self._new
        new[fact.pid, fact.seq, fact.type] = asked
        if len(new) >= KEPT and not 0 <= self._until_ns - asked.time_ns < KEPT_NS:
            self._old, self._new, self._until_ns = new, {}, asked.time_ns + KEPT_NS

    def _dump(self, pid: int, seq: int, request: Request) -> None:
        self._lasts = False
        self._dumps.pop((pid, seq), None)
        self._dumps[pid, seq] = request
        if len(self._dumps) > DUMPS:
            del self._dumps[next(iter(self._dumps))]

    def find(self, pid: int, seq: int, kind: int) -> Asked | None:
        """The request that is answered; None if it is not in the capture."""
        dump = self._dumps.get((pid, seq))
        if dump is not None and dump.kind == kind:
            return dump
        key = (pid, seq, kind)
        return self._new.get(key) or self._old.get(key)

    def done(self, pid: int, seq: int) -> Request | None:
        """A dump has ended."""
        self._lasts = False
        return self._dumps.pop((pid, seq), None)

    def oldest(self) -> int | None:
        """The number of the first dump that has not ended."""
        return next(iter(self._dumps.values())).number if self._dumps else None


def is_dump(fact: Fact) -> bool:
    """Whether a request asks for everything; the same bits say "replace" and "exclusively" where something is made."""
    return fact.flags & NLM_F_DUMP == NLM_F_DUMP and fact.event != PUT and fact.event != FLOW_SET
