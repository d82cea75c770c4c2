"""Upcalls from their MISS or ACTION until they are final, with the puts and EXECUTEs that answer them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from typing import Final

from ovsdissect.analysis.actions import Lists
from ovsdissect.analysis.answers import EEXIST, End, Sort, sort
from ovsdissect.analysis.churn import CYCLE_NS
from ovsdissect.analysis.exchange import Execute, Open, Put
from ovsdissect.analysis.facts import MISS, Fact, FlowFact, PacketFact
from ovsdissect.analysis.pairing import FINAL_NS, UNANSWERED_NS, UNPAIRED
from ovsdissect.analysis.side import Side
from ovsdissect.analysis.sides import Sides
from ovsdissect.analysis.timeline import Timeline
from ovsdissect.analysis.transactions import Transactions
from ovsdissect.analysis.window import Window

OPEN: Final = 65_536  # upcalls that are not final: more than sockets hold
LAST_PUTS: Final = 4096
STRAYS: Final = 4096
SHOWN: Final = frozenset(("deleted", "early", "late", "cut"))  # what explains an answer and may become a verdict

Sink = Callable[[Open, Sort], None]


class Upcalls:
    """The upcalls of all datapaths.

    executes, puts: how many there were of each sort.  unpaired: EXECUTEs with a HASH and no upcall: number, time, datapath.
    cut: whether any of these messages is cut.
    """

    def __init__(self, sides: Sides, transactions: Transactions, sink: Sink | None, timeline: Timeline | None) -> None:
        self.executes: Counter[str] = Counter()
        self.puts: Counter[str] = Counter()
        self.unpaired: list[tuple[int, int, int]] = []
        self.window = Window()
        self.cut = False
        self._sides, self._transactions, self._sink, self._timeline = sides, transactions, sink, timeline
        self._lists = Lists()
        self._queue: deque[Open] = deque()
        self._last_puts: dict[int, Put] = {}

    @property
    def oldest(self) -> int | None:
        """The number of the first upcall that is not final; None if all are."""
        return self._queue[0].number if self._queue else None

    def upcall(self, fact: Fact) -> None:
        """A MISS or ACTION."""
        number, _, _, _, time_ns, event, _, _, _, _, _, _, dp, order, body = fact
        assert isinstance(body, PacketFact)
        side = self._sides[dp]
        counters = side.counters
        port = counters.ports.get(body.in_port) or counters.port(body.in_port)
        upcall = Open(number, time_ns, dp, event == MISS, body, port, order)
        if event == MISS:
            counters.miss += 1
            port.miss += 1
            if counters.first_poll is None:
                counters.before_poll(time_ns)
        else:
            counters.action += 1
            port.action += 1
        if self._timeline is not None:
            (self._timeline.miss if event == MISS else self._timeline.action).add(time_ns, 1)
        self.window.count(counters, port, number, time_ns, body.head)
        if body.cut:
            self.cut = True
        else:
            side.pairing.upcall(upcall)
        self._queue.append(upcall)

    def put(self, fact: Fact) -> None:
        """FLOW NEW."""
        number, _, place, size, time_ns, _, _, _, kind, _, seq, pid, dp, order, body = fact
        assert isinstance(body, FlowFact)
        side = self._sides[dp]
        if body.cut:
            self.cut = True
        if body.probe:
            self.puts["probes"] += 1
            self._transactions.request(fact, side.table.put(fact, body, None), probe=True)
            return
        actions = self._lists.of(body.actions, order)
        put = Put(number, time_ns, dp, place, size, seq, body.key_digest, body.ufid, actions, body.actions)
        entry = put.flow = side.table.put(fact, body, side.pairing.put(put))
        side.comings.puts += 1
        if entry is not None:
            entry.upcall = None if put.upcall is None else put.upcall.number
            side.comings.put(entry)
        else:
            put.met = side.table.there(body, order)
        if len(self._last_puts) >= LAST_PUTS:
            self._last_puts.clear()
        self._last_puts[pid] = put
        self._transactions.note(pid, seq, kind, put)

    def execute(self, fact: Fact) -> None:
        """EXECUTE."""
        number, _, place, size, time_ns, _, _, _, kind, _, seq, pid, dp, order, body = fact
        assert isinstance(body, PacketFact)
        if body.probe:
            self.executes["probes"] += 1
            self._transactions.request(fact, None, probe=True)
            return
        side = self._sides[dp]
        actions = self._lists.of(body.actions, order)
        execute = Execute(number, time_ns, dp, place, size, body.upcall_pid or None, actions.drop)
        if body.cut:
            self.cut = True
            self.executes["cut"] += 1
        else:
            put = self._last_puts.get(pid)
            if put is not None and (put.dp != dp or (put.seq + 1) & 0xFFFFFFFF != seq):
                put = None
            found = side.pairing.execute(execute, body, put)
            self.executes[found] += 1
            if found == UNPAIRED and len(self.unpaired) < STRAYS:
                self.unpaired.append((number, time_ns, dp))
            if actions.recircs:
                side.pairing.recirculates(execute, body, actions.recircs)
        if execute.handler is not None:
            side.handler(execute.handler).executes += 1
        self._transactions.note(pid, seq, kind, execute)

    def advance(self, now_ns: int) -> None:
        """Let go of what is final."""
        queue, end = self._queue, End(now_ns, False)
        while queue:
            upcall = queue[0]
            last_ns = upcall.last_ns
            if last_ns is not None:
                if now_ns - last_ns < FINAL_NS and len(queue) <= OPEN:
                    break
            elif now_ns - upcall.time_ns < UNANSWERED_NS and len(queue) <= OPEN:
                break
            self._final(queue.popleft(), end)

    def finish(self, last_ns: int) -> None:
        """Nothing more comes: everything is final."""
        end = End(last_ns, True)
        while self._queue:
            self._final(self._queue.popleft(), end)

    def _final(self, upcall: Open, end: End) -> None:
        """Nothing can change any more of an upcall."""
        side, put, execute = self._sides[upcall.dp], upcall.put, upcall.execute
        found = sort(upcall, None if upcall.fact.cut else side.pairing, end)
        side.sorts[found] += 1
        number, time_ns = upcall.number, upcall.time_ns
        if put is not None:
            self.puts["answers"] += 1
            put.upcall = None  # no circle of references: both go as soon as nothing more is asked of them
            if put.flow is not None:
                put.flow.upcall = number
            side.to_flow.add(put.time_ns - time_ns)
            if put.error and put.error != EEXIST:
                side.show("flows-refused", put.number, put.time_ns, put.key, put.error)
            if upcall.deleted_ns is not None and upcall.deleted_ns <= CYCLE_NS and put.key is not None:
                side.comings.again(put.key, put.ufid, number, upcall.order)
        if execute is not None:
            took_ns = execute.time_ns - time_ns
            side.took(took_ns, number)
            upcall.port.latencies.add(took_ns)
            if self._timeline is not None:
                self._timeline.took(time_ns, took_ns)
            if execute.handler is not None:
                queue = side.handler(execute.handler).answered(number, time_ns, execute.number)
                if self._timeline is not None:
                    self._timeline.queued(execute.handler, time_ns, queue)
            if execute.error:
                side.show("packets-refused", execute.number, execute.time_ns, None, execute.error)
        if found.why in SHOWN:
            side.show(str(found.why), number, time_ns, upcall.fact.key_digest)
        if found.reason is not None:
            side.show(found.reason, number, time_ns)
        elif upcall.miss and upcall.last_ns is not None:
            side.limit.miss(number, time_ns, found.why == "not-put")
        if not upcall.fact.cut:
            side.pairing.forget(upcall)
        if self._sink is not None:
            self._sink(upcall, found)


def unanswered(side: Side) -> int:
    """How many upcalls of a datapath nothing explains."""
    return sum(count for found, count in side.sorts.items() if found.why == "unexplained")
