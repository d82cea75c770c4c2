"""Keeps upcalls from their MISS or ACTION until they are final, with the puts and EXECUTEs that answer them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from typing import Final

from ovsdissect.analysis.actions import CUT, Lists
from ovsdissect.analysis.answers import EEXIST, End, Sort, sort
from ovsdissect.analysis.churn import CYCLE_NS
from ovsdissect.analysis.exchange import NEVER, Execute, Open, Put
from ovsdissect.analysis.facts import MISS, Fact, FlowFact, PacketFact
from ovsdissect.analysis.pairing import FINAL_NS, OPEN, UNANSWERED_NS, UNPAIRED
from ovsdissect.analysis.side import Side
from ovsdissect.analysis.sides import Sides
from ovsdissect.analysis.timeline import Timeline
from ovsdissect.analysis.transactions import Transactions
from ovsdissect.analysis.window import Window

SOME: Final = 1024
LAST_PUTS: Final = 4096
ADDRESSES: Final = 12  # bytes of a packet that the pairing compares
STRAYS: Final = 4096
SHOWN: Final = frozenset(("deleted", "early", "late", "cut"))  # explanations of an answer that may become a verdict

Sink = Callable[[Open, Sort], None]


class Upcalls:
    """The upcalls of all datapaths.

    executes, puts: counts by sort. unpaired: EXECUTEs with a HASH and no upcall: number, time, datapath.
    cut: whether any of these messages is cut. hurried: upcalls that were declared final early because too many waited.
    """

    def __init__(self, sides: Sides, transactions: Transactions, sink: Sink | None, timeline: Timeline | None) -> None:
        self.executes: Counter[str] = Counter()
        self.puts: Counter[str] = Counter()
        self.unpaired: list[tuple[int, int, int]] = []
        self.window = Window()
        self.cut = False
        self.hurried = 0
        self._sides, self._transactions, self._sink, self._timeline = sides, transactions, sink, timeline
        self._lists = Lists()
        self._queue: deque[Open] = deque()
        self._last_puts: dict[int, Put] = {}

    @property
    def oldest(self) -> int | None:
        """Return the number of the first upcall that is not final; None if all are."""
        return self._queue[0].number if self._queue else None

    def upcall(self, fact: Fact) -> None:
        """Take a MISS or ACTION."""
        assert isinstance(fact, PacketFact)
        side = self._sides.side(fact.dp)
        counters = side.counters
        port = counters.port(fact.in_port)
        miss = fact.event == MISS
        upcall = Open(fact, port, miss)
        if miss:
            counters.miss += 1
            port.miss += 1
            if counters.first_poll is None:
                counters.before_poll(fact.time_ns)
        else:
            counters.action += 1
            port.action += 1
        if self._timeline is not None:
            (self._timeline.miss if miss else self._timeline.action).add(fact.time_ns, 1)
        self.window.count(counters, port, fact.number, fact.time_ns, fact.head)
        if fact.cut:
            self.cut = True
        else:
            side.pairing.upcall(upcall)
        if self._sink is None:  # very many may wait: nobody prints what is dropped here
            fact.key, fact.head = None, fact.head[:ADDRESSES]
        self._queue.append(upcall)
        if len(self._queue) >= OPEN + SOME:
            self.advance(fact.time_ns)

    def put(self, fact: Fact) -> None:
        """Take a FLOW NEW."""
        assert isinstance(fact, FlowFact)
        side = self._sides.side(fact.dp)
        if fact.cut:
            self.cut = True
        if fact.probe:
            self.puts["probes"] += 1
            self._transactions.request(fact, side.table.put(fact), True)
            return
        actions = CUT if fact.cut and fact.actions is None else self._lists.of(fact.actions, fact.order)
        put = Put(fact, actions)
        side.pairing.put(put)
        entry = put.flow = side.table.put(fact)
        side.comings.puts += 1
        if entry is not None:
            entry.linked = 0 if put.upcall is None else put.upcall.number
            side.comings.put(entry)
        else:
            put.met = side.table.there(fact)
        if len(self._last_puts) >= LAST_PUTS:
            self._last_puts.clear()
        self._last_puts[fact.pid] = put
        self._transactions.note(fact, put)

    def execute(self, fact: Fact) -> None:
        """Take an EXECUTE."""
        assert isinstance(fact, PacketFact)
        if fact.probe:
            self.executes["probes"] += 1
            self._transactions.request(fact, None, True)
            return
        side = self._sides.side(fact.dp)
        actions = self._lists.of(fact.actions, fact.order)
        execute = Execute(fact, actions.drop)
        if fact.cut:
            self.cut = True
            self.executes["cut"] += 1
        else:
            put = self._last_puts.get(fact.pid)
            if put is not None and (put.dp != fact.dp or (put.seq + 1) & 0xFFFFFFFF != fact.seq):
                put = None
            found = side.pairing.execute(execute, fact, put)
            self.executes[found] += 1
            if found == UNPAIRED and len(self.unpaired) < STRAYS:
                self.unpaired.append((fact.number, fact.time_ns, fact.dp))
            if actions.recircs:
                side.pairing.recirculates(execute, fact, actions.recircs)
        if execute.handler:
            handler = side.handler(execute.handler)
            handler.executes += 1
        self._transactions.note(fact, execute)

    def advance(self, now_ns: int) -> None:
        """Release upcalls that are final."""
        queue, end = self._queue, End(now_ns, False)
        while queue:
            upcall = queue[0]
            waits = now_ns - upcall.time_ns < UNANSWERED_NS if upcall.last_ns == NEVER else now_ns - upcall.last_ns < FINAL_NS
            if waits:
                if len(queue) <= OPEN:
                    break
                self.hurried += 1
            queue.popleft()
            self._final(upcall, end)

    def finish(self, last_ns: int) -> None:
        """End: all upcalls are final."""
        end = End(last_ns, True)
        while self._queue:
            self._final(self._queue.popleft(), end)

    def _final(self, upcall: Open, end: End) -> None:
        """Finish an upcall that can no longer change."""
        side, put, execute = self._sides.side(upcall.dp), upcall.put, upcall.execute
        found = sort(upcall, None if upcall.fact.cut else side.pairing, end)
        side.sorts[found] += 1
        number, time_ns = upcall.number, upcall.time_ns
        if put is not None:
            self.puts["answers"] += 1
            put.upcall = None  # breaks the reference cycle, so that both are freed as soon as nothing needs them
            if put.flow is not None:
                put.flow.linked = number
            side.to_flow.add(put.time_ns - time_ns)
            if put.error and put.error != EEXIST:
                side.show("flows-refused", put.number, put.time_ns, put.key, put.error)
            if upcall.deleted_ns is not None and upcall.deleted_ns <= CYCLE_NS and put.key is not None:
                side.comings.again(put.key, put.ufid, number, upcall.order)
        if execute is not None:
            took_ns = execute.time_ns - time_ns
            side.took(took_ns, number)
            upcall.port.took(took_ns)
            if self._timeline is not None:
                self._timeline.took(time_ns, took_ns)
            if execute.handler:
                queue = side.handler(execute.handler).answered(number, time_ns, execute.number)
                if self._timeline is not None:
                    self._timeline.queued(execute.handler, time_ns, queue)
            if execute.error:
                side.show("packets-refused", execute.number, execute.time_ns, None, execute.error)
        if found.why in SHOWN:
            side.show(str(found.why), number, time_ns, upcall.fact.key_digest)
        if found.reason is not None:
            side.show(found.reason, number, time_ns)
        elif upcall.miss and upcall.last_ns != NEVER:
            side.limit.miss(number, time_ns, found.why == "not-put")
        if not upcall.fact.cut:
            side.pairing.forget(upcall)
        if self._sink is not None:
            self._sink(upcall, found)


def unanswered(side: Side) -> int:
    """Return how many upcalls of a datapath have no explanation."""
    return sum(count for found, count in side.sorts.items() if found.why == "unexplained")
