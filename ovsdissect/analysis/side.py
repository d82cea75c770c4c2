"""All that is known of one datapath while a capture is read."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable
from heapq import heappush, heapreplace
from typing import Final

from ovsdissect.analysis.answers import Sort
from ovsdissect.analysis.churn import Comings
from ovsdissect.analysis.entry import Entry
from ovsdissect.analysis.evidence import SHOWN, Evidence
from ovsdissect.analysis.handlers import Handler
from ovsdissect.analysis.latency import Histogram
from ovsdissect.analysis.pairing import Pairing
from ovsdissect.analysis.ports import Counters
from ovsdissect.analysis.room import Room
from ovsdissect.analysis.table import Clock, Table

KEYS: Final = 65_536
LIMIT_RUN: Final = 100
LIMIT_CHANGE: Final = 0.05
SLOW_DUMP_NS: Final = 1_300_000_000  # ofproto/ofproto-dpif-upcall.c: a dump and sweep that takes longer lowers the flow limit


class LimitRun:
    """Consecutive MISSes that were answered without a put, and the range of n_flows while they came.

    A MISS is final later than the polls after it, so polls wait for the MISSes before them.
    """

    __slots__ = ("_fewest", "_most", "_now", "_polls", "evidence", "found")

    def __init__(self) -> None:
        self.evidence = Evidence()
        self.found: tuple[Evidence, int] | None = None  # the longest run that indicates a flow limit, and n_flows then
        self._polls: deque[tuple[int, int]] = deque()  # number, n_flows
        self._now = self._fewest = self._most = 0  # 0 also if no poll told: a table without flows is not full

    def poll(self, number: int, flows: int, oldest: int | None) -> None:
        """Take the kernel's number of flows. oldest: the number of the first upcall that is not final, None if all are."""
        self._polls.append((number, flows))
        self._until(number + 1 if oldest is None else oldest)

    def _until(self, number: int) -> None:
        """Take the polls before a message."""
        while self._polls and self._polls[0][0] < number:
            _, self._now = self._polls.popleft()
            self._fewest, self._most = min(self._fewest, self._now), max(self._most, self._now)

    def miss(self, number: int, time_ns: int, not_put: bool) -> None:
        """Take a MISS that was answered."""
        self._until(number)
        if not not_put:
            if self.evidence.count:
                self.evidence = Evidence()
            return
        if not self.evidence.count:
            self._fewest = self._most = self._now
        self.evidence.add(number, time_ns)
        steady = self._most - self._fewest < LIMIT_CHANGE * self._most
        if self.evidence.count >= LIMIT_RUN and steady and (self.found is None or self.found[0].count <= self.evidence.count):
            self.found = (self.evidence, self._now)


class Side:
    """One datapath. rooms: for ports and for flows. seen: evidence by name. sorts: final upcalls by class."""

    def __init__(
        self,
        dp: int,
        clock: Clock,
        ended: Callable[[Entry], None] | None,
        *,
        rooms: tuple[Room, Room],
        spread: bool,
        interface: Callable[[], int | None],
    ) -> None:
        self.dp = dp
        self._interface = interface
        self.counters = Counters(dp, rooms[0])
        self.pairing = Pairing()
        self.comings = Comings(clock, spread=spread)
        self._ended = ended
        self.table = Table(clock, self._flow_ended, rooms[1], self.pairing.histories)
        self.handlers: dict[int, Handler] = {}
        self.sorts: Counter[Sort] = Counter()
        self.to_flow = Histogram()
        self.seen: defaultdict[str, Evidence] = defaultdict(Evidence)
        self.keys: defaultdict[str, set[bytes]] = defaultdict(set)
        self.errors: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.limit = LimitRun()
        self.slowest_dump_ns = 0
        self.slow_dump_at: tuple[int, int] | None = None
        self.slowest: list[tuple[int, int]] = []  # the longest times to an EXECUTE, a heap of (duration, the upcall's number)

    @property
    def interface(self) -> int | None:
        """The index of the interface on which it was captured; None if the capture has only one."""
        return self._interface()

    def _flow_ended(self, entry: Entry) -> None:
        self.comings.ended(entry)
        if self._ended is not None:
            self._ended(entry)

    @property
    def to_execute(self) -> Histogram:
        """Return the times to the EXECUTE, for all ports together."""
        every = Histogram()
        for port in (*self.counters.ports.values(), self.counters.rest):
            if port.latencies is not None:
                every.merge(port.latencies)
        return every

    def handler(self, pid: int) -> Handler:
        """Return the handler with a portid."""
        found = self.handlers.get(pid)
        if found is None:
            found = self.handlers[pid] = Handler(pid)
        return found

    def took(self, duration: int, number: int) -> None:
        """Note that an upcall's packet was answered."""
        if len(self.slowest) < SHOWN:
            heappush(self.slowest, (duration, number))
        elif duration > self.slowest[0][0]:
            heapreplace(self.slowest, (duration, number))

    def dumped(self, request: int, done: int, took_ns: int, time_ns: int) -> None:
        """Note that a revalidator's dump has ended."""
        if took_ns > SLOW_DUMP_NS:
            self.show("slow-dump", request, time_ns)
        if took_ns > self.slowest_dump_ns:
            self.slowest_dump_ns = took_ns
            if took_ns > SLOW_DUMP_NS:
                self.slow_dump_at = (request, done)

    def show(self, name: str, number: int, time_ns: int, key: bytes | None = None, error: int = 0) -> None:
        """Note a message that is evidence for a possible verdict."""
        self.seen[name].add(number, time_ns)
        if key is not None and len(self.keys[name]) < KEYS:
            self.keys[name].add(key)
        if error:
            self.errors[name][error] += 1
