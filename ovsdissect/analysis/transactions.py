"""Matches answers with requests: the latest request with a portid, sequence number and type is the one that is answered.

A request other than a dump is kept for KEPT_NS of the capture's time, and the last KEPT at least, because notifications answer it several
times; a dump is kept until its DONE.
"""

from __future__ import annotations

from typing import Final

from ovsdissect.analysis.exchange import Asked, Request
from ovsdissect.analysis.facts import DATAPATH_REQUEST, FLOW_GET, FLOW_SET, GET_CMD, PUT, VPORT_REQUEST, Fact
from ovsdissect.netlink.headers import NLM_F_DUMP, NLM_F_ECHO

KEPT: Final = 4096
KEPT_NS: Final = 10_000_000_000
STRAYS: Final = 4096
FIRST_NS: Final = 1_000_000_000
STEADY: Final = 16  # requests of a socket with consecutive numbers: it is expected to continue so
SKIPPED: Final = 1000  # a larger step belongs to another socket with this portid
SOCKETS: Final = 4096
AWAITED: Final = 16384
ANSWERED: Final = (FLOW_GET, DATAPATH_REQUEST, VPORT_REQUEST)
DUMPS: Final = 4096  # unfinished ones: only a capture that lacks their DONEs has more at a time


class Sequence:
    """The requests of one portid.

    seq: the last sequence number. run: how many consecutive numbers precede it. handles: they include puts or EXECUTEs: it is a socket of
    ovs-vswitchd that carries no other families.
    gap: how many numbers were skipped just before it; gap_at: the message after the gap.
    """

    __slots__ = ("gap", "gap_at", "handles", "run", "seq")

    def __init__(self, seq: int, handles: bool) -> None:
        self.seq, self.run, self.handles = seq, 0, handles
        self.gap = self.gap_at = 0


class Transactions:
    """The requests that may still be answered.

    replies, unmatched: messages of OVS families with a portid, whose request is in the capture, and whose is not.
    strays: the numbers of those unmatched replies, and errors, that show that the capture lacks messages: none in its first second, and
    none of a dump that was in progress then.
    skipped: how many sequence numbers are missing from sockets that count their requests, as Open vSwitch's do (nl_sock_allocate_seq());
    skips: the numbers of the requests after the gaps.
    unanswered: the numbers of requests that the kernel always answers, and that have no answer.
    """

    def __init__(self) -> None:
        self.replies = self.unmatched = 0
        self.strays: list[int] = []
        self.skipped = 0
        self.skips: list[int] = []
        self._sequences: dict[int, Sequence] = {}
        self.unanswered: list[int] = []
        self._due: dict[tuple[int, int, int], Asked] = {}
        self._start_ns: int | None = None
        self._under_way: set[tuple[int, int]] = set()
        self._lasts = False  # whether the last request is still the one with its portid, sequence number and type
        self._last_pid = self._last_seq = self._last_kind = 0
        self._last_asked: Asked | None = None
        self._dumps: dict[tuple[int, int], Request] = {}
        self._new: dict[tuple[int, int, int], Asked] = {}
        self._old: dict[tuple[int, int, int], Asked] = {}
        self._until_ns = 0

    def start(self, time_ns: int) -> None:
        """Note the start of the capture."""
        self._start_ns = time_ns

    def request(self, fact: Fact, what: object, probe: bool = False) -> None:
        """Take a request."""
        request = Request(fact, what, probe)
        self._follow(fact, False)
        if is_dump(fact):
            self._dump(fact.pid, fact.seq, request)
        else:
            if fact.flags & NLM_F_ECHO or (fact.cmd == GET_CMD and fact.event in ANSWERED):
                self._due[fact.pid, fact.seq, fact.type] = request
                if len(self._due) > AWAITED:
                    del self._due[next(iter(self._due))]
            self._note(fact, request)

    def advance(self, now_ns: int) -> None:
        """Release requests that are older than KEPT_NS."""
        while self._due:
            key = next(iter(self._due))
            asked = self._due[key]
            if now_ns - asked.time_ns < KEPT_NS:
                return
            del self._due[key]
            self._lack(asked)

    def finish(self, now_ns: int) -> None:
        """End: requests near the end may be answered after the capture."""
        for asked in self._due.values():
            if now_ns - asked.time_ns > FIRST_NS:
                self._lack(asked)
        self._due.clear()

    def _lack(self, asked: Asked) -> None:
        if len(self.unanswered) < STRAYS:
            self.unanswered.append(asked.number)

    def answer(self, fact: Fact) -> Asked | None:
        """Count a reply and return the request that it answers; None if that is not in the capture."""
        pid, seq, kind = fact.pid, fact.seq, fact.type
        if self._lasts and seq == self._last_seq and pid == self._last_pid and kind == self._last_kind:
            asked = self._last_asked  # the replies of a dump are consecutive
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
        """Take an answer to a request that is not in the capture."""
        key = (fact.pid, fact.seq)
        if fact.time_ns - (self._start_ns or 0) <= FIRST_NS:
            if len(self._under_way) < STRAYS:
                self._under_way.add(key)
        elif key not in self._under_way and len(self.strays) < STRAYS:
            self.strays.append(fact.number)

    def note(self, fact: Fact, asked: Asked) -> None:
        """Take a put or an EXECUTE."""
        self._follow(fact, True)
        self._note(fact, asked)

    def _note(self, fact: Fact, asked: Asked) -> None:
        """Take a request that is not a dump."""
        self._lasts = False
        new = self._new
        new[fact.pid, fact.seq, fact.type] = asked
        if len(new) >= KEPT and not 0 <= self._until_ns - asked.time_ns < KEPT_NS:
            self._old, self._new, self._until_ns = new, {}, asked.time_ns + KEPT_NS

    def _follow(self, fact: Fact, handles: bool) -> None:
        """Check whether a request's sequence number is its socket's next. handles: only ovs-vswitchd sends such requests."""
        sequence = self._sequences.get(fact.pid)
        if sequence is None:
            if len(self._sequences) >= SOCKETS:
                self._sequences.clear()
            self._sequences[fact.pid] = Sequence(fact.seq, handles)
            return
        sequence.handles = sequence.handles or handles
        step = fact.seq - sequence.seq
        if step == 1:
            sequence.run += 1
            if sequence.gap:  # the socket counts on after it: it is no other socket's number
                self.skipped += sequence.gap
                if len(self.skips) < STRAYS:
                    self.skips.append(sequence.gap_at)
                sequence.gap = 0
        elif sequence.handles and sequence.run >= STEADY and 1 < step <= SKIPPED:
            sequence.gap += step - 1
            sequence.gap_at = fact.number
        else:
            sequence.run = sequence.gap = 0
        sequence.seq = fact.seq

    def _dump(self, pid: int, seq: int, request: Request) -> None:
        self._lasts = False
        self._dumps.pop((pid, seq), None)
        self._dumps[pid, seq] = request
        if len(self._dumps) > DUMPS:
            del self._dumps[next(iter(self._dumps))]

    def find(self, pid: int, seq: int, kind: int) -> Asked | None:
        """Return the request with these numbers; None if it is not in the capture."""
        dump = self._dumps.get((pid, seq))
        if dump is not None and dump.kind == kind:
            return dump
        key = (pid, seq, kind)
        if self._due:
            self._due.pop(key, None)
        return self._new.get(key) or self._old.get(key)

    def done(self, pid: int, seq: int) -> Request | None:
        """Take the end of a dump, and return its request."""
        self._lasts = False
        return self._dumps.pop((pid, seq), None)

    def oldest(self) -> int | None:
        """Return the number of the first dump that has not ended."""
        return next(iter(self._dumps.values())).number if self._dumps else None


def is_dump(fact: Fact) -> bool:
    """Whether a request asks for everything; in requests that create something the same bits mean "replace" and "exclusive"."""
    return fact.flags & NLM_F_DUMP == NLM_F_DUMP and fact.event != PUT and fact.event != FLOW_SET
