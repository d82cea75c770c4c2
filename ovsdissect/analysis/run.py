"""One pass over the facts of a capture: each goes to the rules that need it, and what they find is kept in bounded memory."""

from __future__ import annotations

import gc
from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import Final

from ovsdissect.analysis.actions import Lists
from ovsdissect.analysis.answers import EEXIST, End, Sort, sort
from ovsdissect.analysis.entry import DATAPATH_DELETED, FLUSH, GONE, Entry
from ovsdissect.analysis.errors import Errors, Group, wanted
from ovsdissect.analysis.exchange import Execute, Open, Put
from ovsdissect.analysis.facts import (
    ACTION,
    DATAPATH_REPLY,
    DATAPATH_REQUEST,
    DEL_CMD,
    DONE,
    ERROR,
    EVENTS,
    EXECUTE,
    FLOW_DEL,
    FLOW_GET,
    FLOW_REPLY,
    FLOW_SET,
    INTERFACE_SHIFT,
    MISS,
    OFFLOAD,
    PUT,
    REPLY,
    REQUEST,
    VPORT_REPLY,
    VPORT_REQUEST,
    Batch,
    DatapathFact,
    ErrorFact,
    Fact,
    FlowFact,
    PacketFact,
    VportFact,
)
from ovsdissect.analysis.findings import InTheWay
from ovsdissect.analysis.keys import covers, flat
from ovsdissect.analysis.latency import Histogram
from ovsdissect.analysis.pairing import FINAL_NS, UNANSWERED_NS, UNPAIRED
from ovsdissect.analysis.ports import Port
from ovsdissect.analysis.side import Side
from ovsdissect.analysis.table import Clock
from ovsdissect.analysis.transactions import Asked, Request, Transactions
from ovsdissect.families import NLCTRL, OVS_FLOW
from ovsdissect.netlink.headers import NLM_F_DUMP

OPEN: Final = 65_536  # upcalls that are not final: more than sockets hold
ADVANCE_NS: Final = 50_000_000
SECOND_NS: Final = 1_000_000_000
STRAYS: Final = 4096
ENOENT: Final = 2
CYCLE_NS: Final = 1_000_000_000
NLM_F_DUMP_INTR: Final = 0x10
REVALIDATOR_FLAGS: Final = 7  # UFID_FLAGS of a dump that wants statistics only
LAST_PUTS: Final = 4096
ARP: Final = b"\x08\x06"
IPV6: Final = b"\x86\xdd"
ND_TYPES: Final = frozenset(range(133, 138))

Sink = Callable[[Open, Sort], None]


class Analysis:
    """The state of one pass.  feed() it every batch in order, then finish() it.

    upcalls: called with every upcall when it is final, in the order of numbers.  ended: called with every flow that is gone, in the order
    of their ends.  spread: find out which fields make flows differ.
    messages: how many there were.  first_ns, last_ns: the times of the first and the last fact.
    """

    def __init__(
        self,
        *,
        upcalls: Sink | None = None,
        ended: Callable[[Entry], None] | None = None,
        spread: bool = False,
    ) -> None:
        self._sink, self._ended, self._spread = upcalls, ended, spread
        self.sides: dict[int, Side] = {}
        self.transactions = Transactions()
        self.errors = Errors()
        self.messages = 0
        self.first_ns: int | None = None
        self.last_ns = 0
        self.to_flow, self.to_execute = Histogram(), Histogram()
        self.executes: Counter[str] = Counter()
        self.puts: Counter[str] = Counter()
        self.refused: Counter[int] = Counter()
        self.replies = self.unmatched = self.flow_dumps = 0
        self.strays: list[int] = []  # replies without a request
        self._under_way: set[tuple[int, int]] = set()
        self.unpaired: list[tuple[int, int, int]] = []  # EXECUTEs with a HASH and no upcall: number, time, datapath
        self.offloads: list[int] = []
        self.offload_count = 0
        self.cut = False  # whether any message is cut
        self.peak = 0
        self._clocks: dict[int, Clock] = {}
        self._lists = Lists()
        self._queue: deque[Open] = deque()
        self._window: deque[tuple[int, Port, Side, bool]] = deque()
        self._last_puts: dict[int, Put] = {}
        self._due_ns = 0
        self._asked: tuple[int, int, int] = (0, 0, 0)
        self._answered: Asked | None = None
        self._names: dict[str, int] = {}
        handlers: list[Callable[[Fact], None]] = [self._nothing] * EVENTS
        handlers[MISS] = handlers[ACTION] = self._upcall
        handlers[EXECUTE] = self._execute
        handlers[PUT] = self._put
        handlers[FLOW_SET], handlers[FLOW_DEL], handlers[FLOW_GET] = self._set, self._delete, self._get
        handlers[FLOW_REPLY] = self._flow_reply
        handlers[DATAPATH_REQUEST], handlers[DATAPATH_REPLY] = self._datapath_request, self._datapath_reply
        handlers[VPORT_REQUEST], handlers[VPORT_REPLY] = self._vport_request, self._vport_reply
        handlers[REQUEST], handlers[REPLY] = self._request, self._reply
        handlers[ERROR], handlers[DONE], handlers[OFFLOAD] = self._error, self._done, self._offload
        self._handlers = handlers

    def run(self, batches: Iterable[Batch]) -> Analysis:
        """Feed everything and finish."""
        for batch in batches:
            self.feed(batch)
        self.finish()
        return self

    def feed(self, batch: Batch) -> None:
        """Take the next facts."""
        collects = gc.isenabled()
        gc.disable()  # nothing here is in circles, and the collector would look at all flows again and again
        try:
            self._feed(batch)
        finally:
            if collects:
                gc.enable()

    def _feed(self, batch: Batch) -> None:
        handlers, due = self._handlers, self._due_ns
        if self.first_ns is None and batch.messages:
            self.first_ns = batch.facts[0].time_ns if batch.facts else batch.time_ns
        for fact in batch.facts:
            if fact[4] >= due:
                due = self._advance(fact[4])
            handlers[fact[5]](fact)
        self.messages, self.last_ns = batch.messages, batch.time_ns

    def finish(self) -> None:
        """Nothing more comes: everything is final."""
        end = End(self.last_ns, True)
        while self._queue:
            self._final(self._queue.popleft(), end)
        for side in self.sides.values():
            side.table.finish()

    def side(self, dp: int) -> Side:
        """A datapath; a new one where it was not met before."""
        found = self.sides.get(dp)
        if found is None:
            clock = self._clocks.setdefault(dp >> INTERFACE_SHIFT, Clock())
            found = self.sides[dp] = Side(dp, clock, self._ended, spread=self._spread)
        return found

    def _nothing(self, fact: Fact) -> None:
        """A fact that no rule needs."""

    def _advance(self, now_ns: int) -> int:
        """Let go of what is final; returns when to do so again."""
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
        oldest = self.transactions.oldest()
        for side in self.sides.values():
            side.table.forget(self.messages if oldest is None else oldest)
        self._due_ns = now_ns + ADVANCE_NS
        return self._due_ns

    # upcalls and what answers them

    def _upcall(self, fact: Fact) -> None:
        number, _, _, _, time_ns, event, _, _, _, _, _, _, dp, _, body = fact
        assert isinstance(body, PacketFact)
        side = self.sides.get(dp) or self.side(dp)
        counters = side.counters
        port = counters.ports.get(body.in_port) or counters.port(body.in_port)
        upcall = Open(number, time_ns, dp, event == MISS, body, port)
        if upcall.miss:
            counters.missed_one(time_ns)
            port.miss += 1
        else:
            counters.action += 1
            port.action += 1
        self._count(side, port, number, time_ns, body)
        if body.cut:
            self.cut = True
        else:
            side.pairing.upcall(upcall)
        self._queue.append(upcall)

    def _count(self, side: Side, port: Port, number: int, time_ns: int, body: PacketFact) -> None:
        """The upcalls of the last second, of the datapath and of the port."""
        window, counters, neighbour = self._window, side.counters, is_neighbour(body.head)
        before = time_ns - SECOND_NS
        while window and window[0][0] <= before:
            _, other, of, was = window.popleft()
            other.in_window -= 1
            of.counters.in_window -= 1
            of.counters.neighbours_in_window -= was
        window.append((time_ns, port, side, neighbour))
        port.in_window += 1
        counters.in_window += 1
        counters.neighbours_in_window += neighbour
        if port.in_window > port.peak:
            port.peak = port.in_window
        if len(window) > self.peak:
            self.peak = len(window)
        if counters.in_window > counters.peak:
            top = counters.peak_port
            if top is None or port.in_window >= top.in_window:
                counters.peak_port = top = port
            counters.peak, counters.peak_number, counters.peak_ns = counters.in_window, number, time_ns
            counters.peak_share = top.in_window / counters.in_window
            counters.peak_neighbours = counters.neighbours_in_window / counters.in_window

    def _put(self, fact: Fact) -> None:
        body = fact.body
        assert isinstance(body, FlowFact)
        side = self.sides.get(fact.dp) or self.side(fact.dp)
        if body.cut:
            self.cut = True
        if body.probe:
            self.puts["probes"] += 1
            self._note(fact, side.table.put(fact, body), probe=True)
            return
        number, _, place, size, time_ns, _, _, _, kind, _, seq, pid, dp, order, _ = fact
        put = Put(number, time_ns, dp, place, size, seq, body.key_digest, body.ufid, self._lists.of(body.actions, order))
        history = side.pairing.put(put)
        entry = put.flow = side.table.put(fact, body)
        if entry is not None:
            entry.history = history
            side.comings.put(entry)
        side.comings.puts += 1
        if len(self._last_puts) >= LAST_PUTS:
            self._last_puts.clear()
        self._last_puts[pid] = put
        self.transactions.note(pid, seq, kind, put)

    def _execute(self, fact: Fact) -> None:
        number, _, place, size, time_ns, _, _, _, kind, _, seq, pid, dp, order, body = fact
        assert isinstance(body, PacketFact)
        if body.probe:
            self.executes["probes"] += 1
            self._note(fact, None, probe=True)
            return
        side = self.sides.get(dp) or self.side(dp)
        actions = self._lists.of(body.actions, order)
        execute = Execute(number, time_ns, dp, place, size, body.upcall_pid or None, actions.drop)
        if body.cut:
            self.cut = True
            self.executes["cut"] += 1
        else:
            put = self._last_puts.get(pid)
            if put is not None and (put.dp != dp or (put.seq + 1) & 0xFFFFFFFF != seq):
                put = None
            sorted_as = side.pairing.execute(execute, body, put)
            self.executes[sorted_as] += 1
            if sorted_as == UNPAIRED and len(self.unpaired) < STRAYS:
                self.unpaired.append((number, time_ns, dp))
            if actions.recircs:
                side.pairing.recirculates(execute, body, actions.recircs)
        if execute.handler is not None:
            side.handler(execute.handler).executes += 1
        self.transactions.note(pid, seq, kind, execute)

    def _final(self, upcall: Open, end: End) -> None:
        """Nothing can change any more of an upcall."""
        side = self.sides[upcall.dp]
        put, execute = upcall.put, upcall.execute
        found = sort(upcall, None if upcall.fact.cut else side.pairing, end)
        side.sorts[found] += 1
        if put is not None:
            self.puts["answers"] += 1
            put.upcall = None  # no circle of references: they are gone at once when nothing more is asked of them
            if put.flow is not None:
                put.flow.upcall = upcall.number
            side.to_flow.add(put.time_ns - upcall.time_ns)
            if upcall.deleted_ns is not None and upcall.deleted_ns <= CYCLE_NS and put.key is not None:
                side.comings.again(put.key, put.ufid, upcall.number)
            if put.error not in (0, EEXIST):
                side.show("flows-refused", put.number, put.time_ns, put.key, put.error)
        if execute is not None:
            side.took(execute.time_ns - upcall.time_ns, upcall.number)
            upcall.port.latencies.add(execute.time_ns - upcall.time_ns)
            if execute.handler is not None:
                side.handler(execute.handler).answered(upcall, execute)
            if execute.error:
                side.show("packets-refused", execute.number, execute.time_ns, None, execute.error)
        if found.why is not None:
            self._explain(side, upcall, found)
        if upcall.miss and (execute is not None or put is not None or upcall.subs is not None):
            side.limit.miss(upcall.number, upcall.time_ns, found.why == "not-put")
        elif found.reason is not None:
            side.show(found.reason, upcall.number, upcall.time_ns)
        if not upcall.fact.cut:
            side.pairing.forget(upcall)
        if self._sink is not None:
            self._sink(upcall, found)

    def _explain(self, side: Side, upcall: Open, found: Sort) -> None:
        why, key = found.why, upcall.fact.key_digest
        if why in ("deleted", "early", "late", "cut"):
            side.show(why, upcall.number, upcall.time_ns, key if why == "deleted" else None)

    # the flow table

    def _set(self, fact: Fact) -> None:
        body = fact.body
        assert isinstance(body, FlowFact)
        side = self.side(fact.dp)
        if not body.probe:
            self.puts["modify"] += 1
        self._note(fact, side.table.set(fact, body), probe=body.probe)

    def _delete(self, fact: Fact) -> None:
        body = fact.body
        assert isinstance(body, FlowFact)
        side = self.sides.get(fact.dp) or self.side(fact.dp)
        entries = side.table.delete(fact, body)
        if not body.ufid and body.key is None and not body.cut:
            self.puts["flushes"] += 1
            side.comings.flushes += 1
        self._note(fact, entries, probe=body.probe)

    def _get(self, fact: Fact) -> None:
        body = fact.body
        assert isinstance(body, FlowFact)
        what = body.ufid_flags if is_dump(fact) else self.side(fact.dp).table.identity(body, fact.order)
        self._note(fact, what, probe=body.probe)

    def _flow_reply(self, fact: Fact) -> None:
        body, asked = fact.body, self._find(fact)
        side = self.sides.get(fact.dp) or self.side(fact.dp)
        if fact.cmd == DEL_CMD:
            entries = asked.what if isinstance(asked, Request) and asked.event == FLOW_DEL else []
            side.table.last_told(fact, body, asked, entries)  # type: ignore[arg-type]  # a reply of ovs_flow has this body
        else:
            side.table.reply(fact, body, asked)  # type: ignore[arg-type]

    def _find(self, fact: Fact) -> Asked | None:
        """The request that a reply answers; the replies of a dump follow each other."""
        pid, seq, kind = fact.pid, fact.seq, fact.type
        if seq == self._asked[1] and pid == self._asked[0] and kind == self._asked[2]:
            asked = self._answered
        else:
            asked = self._answered = self.transactions.find(pid, seq, kind)
            self._asked = (pid, seq, kind)
        if asked is not None:
            self.replies += pid & 0xFFFFFFFF != 0
        elif pid & 0xFFFFFFFF:
            self.unmatched += 1
            self._stray(fact)
        return asked

    def _stray(self, fact: Fact) -> None:
        """A reply without a request: after the first second it shows that the capture lacks messages; a dump may be under way till then."""
        key = (fact.pid, fact.seq)
        if fact.time_ns - (self.first_ns or 0) <= SECOND_NS:
            if len(self._under_way) < STRAYS:
                self._under_way.add(key)
        elif key not in self._under_way and len(self.strays) < STRAYS:
            self.strays.append(fact.number)

    def _note(self, fact: Fact, what: object, *, probe: bool = False) -> None:
        """A request may be answered."""
        request = Request(fact.number, fact.time_ns, fact.dp, fact.type, fact.event, what, probe=probe)
        self._asked = (0, 0, 0)
        if is_dump(fact):
            self.transactions.dump(fact.pid, fact.seq, request)
        else:
            self.transactions.note(fact.pid, fact.seq, fact.type, request)

    # ports, datapaths, everything else

    def _datapath_request(self, fact: Fact) -> None:
        body, entries = fact.body, list[Entry]()
        assert isinstance(body, DatapathFact)
        if body.per_cpu_pids is not None:
            self.side(fact.dp).counters.per_cpu(body.per_cpu_pids, fact.number)
        if fact.cmd == DEL_CMD:
            dp = fact.dp if fact.dp & 0xFFFFFFFF else self._names.get(body.name or "", fact.dp)
            if dp in self.sides:
                entries = self.sides[dp].table.flush(fact, DATAPATH_DELETED)
        self._note(fact, entries)

    def _datapath_reply(self, fact: Fact) -> None:
        body, asked = fact.body, self._find(fact)
        assert isinstance(body, DatapathFact)
        side = self.side(fact.dp)
        counters = side.counters
        if body.name is not None:
            counters.name = body.name
            self._names[body.name] = fact.dp
        if body.per_cpu_pids is not None:
            counters.per_cpu(body.per_cpu_pids, fact.number)
        flows = len(side.table.flows)
        if fact.cmd == DEL_CMD:  # what it says is of the moment before
            deleted = asked.what if isinstance(asked, Request) else side.table.flush(fact, DATAPATH_DELETED)
            flows = len(deleted) if isinstance(deleted, list) else flows
        if body.stats is not None:
            counters.poll(fact.number, fact.time_ns, body.stats, flows)
            side.limit.poll(body.stats[3])

    def _vport_request(self, fact: Fact) -> None:
        body = fact.body
        assert isinstance(body, VportFact)
        if body.upcall_pids is not None and any(body.upcall_pids):
            self.side(fact.dp).counters.vport_pids = True
        self._note(fact, None)

    def _vport_reply(self, fact: Fact) -> None:
        body = fact.body
        assert isinstance(body, VportFact)
        self._find(fact)
        counters = self.side(fact.dp).counters
        if body.upcall_pids is not None and any(body.upcall_pids):
            counters.vport_pids = True
        if body.port_no is not None:
            counters.port(body.port_no).see(body)

    def _request(self, fact: Fact) -> None:
        self._note(fact, None)

    def _reply(self, fact: Fact) -> None:
        if fact.family != NLCTRL.name:
            self._find(fact)

    def _done(self, fact: Fact) -> None:
        asked = self.transactions.done(fact.pid, fact.seq)
        if asked is None:
            self.flow_dumps += fact.family == OVS_FLOW.name
        elif asked.event == FLOW_GET:
            self.flow_dumps += 1
            side = self.side(asked.dp)
            side.table.dumped(asked, not fact.flags & NLM_F_DUMP_INTR)
            if asked.what == REVALIDATOR_FLAGS:
                side.dumped(asked.number, fact.number, fact.time_ns - asked.time_ns, fact.time_ns)

    def _offload(self, fact: Fact) -> None:
        self.offload_count += 1
        if len(self.offloads) < STRAYS:
            self.offloads.append(fact.number)

    def _error(self, fact: Fact) -> None:
        body = fact.body
        assert isinstance(body, ErrorFact)
        asked = self.transactions.find(body.pid, body.seq, body.type) or self.transactions.find(fact.pid, fact.seq, body.type)
        number = None if asked is None else asked.number
        if isinstance(asked, Put):
            self._put_failed(asked, fact, -body.number, self.errors.add(fact, body, number, False, asked.key))
            return
        probe = asked.probe if isinstance(asked, Request) else body.probe
        self.errors.add(fact, body, number, probe, None)
        if isinstance(asked, Execute):
            asked.error = -body.number
        elif asked is not None:
            self._not_done(asked, fact, -body.number)
            self.transactions.done(fact.pid, fact.seq)

    def _put_failed(self, put: Put, fact: Fact, error: int, group: Group) -> None:
        side = self.side(put.dp)
        self.refused[error] += 1
        put.error = error
        if error != EEXIST:
            side.pairing.refused(put)
        entry = put.flow
        if entry is None:
            return
        side.table.refuse(entry, fact)
        if error == EEXIST and wanted(group):
            group.searches += 1
            for other in in_the_way(side, entry):
                group.in_the_way[other.number] = InTheWay(other.ufid, other.number)
                if not wanted(group):
                    break

    def _not_done(self, asked: Request, fact: Fact, error: int) -> None:
        """A request about flows that are there failed: they are not, or nothing happened to them."""
        side, what, event = self.side(asked.dp), asked.what, asked.event
        if event == PUT:
            self.puts["probes_refused"] += 1
            if isinstance(what, Entry):
                side.table.refuse(what, fact)
        elif event == FLOW_GET:
            if error == ENOENT and isinstance(what, bytes):
                side.table.gone(what, fact)
        elif error == ENOENT and event in (FLOW_SET, FLOW_DEL):
            if not asked.probe:
                side.show("gone", asked.number, asked.time_ns)
            if isinstance(what, Entry):
                side.table.gone(what.id, fact)
            elif isinstance(what, list):
                for entry in what:
                    entry.why = GONE if entry.why != FLUSH else FLUSH
        elif isinstance(what, list):
            for entry in what:
                side.table.restore(entry)


def is_dump(fact: Fact) -> bool:
    """Whether a request asks for everything; the same bits say "replace" and "exclusively" where something is made."""
    return fact.flags & NLM_F_DUMP == NLM_F_DUMP and fact.event != PUT and fact.event != FLOW_SET


def is_neighbour(head: bytes) -> bool:
    """Whether a packet asks who a neighbour is: ARP, or IPv6 neighbour discovery without extension headers; behind VLAN tags too."""
    at = 12
    kind = head[at : at + 2]
    while kind in (b"\x81\x00", b"\x88\xa8") and at < 20:
        at += 4
        kind = head[at : at + 2]
    if kind == ARP:
        return True
    return kind == IPV6 and head[at + 8 : at + 9] == b"\x3a" and len(head) > at + 42 and head[at + 42] in ND_TYPES


def in_the_way(side: Side, refused: Entry) -> Iterable[Entry]:
    """The flows of the table whose mask covers a key that was refused."""
    if refused.key is None:
        return
    key = flat(refused.key, refused.order)
    mask = None if refused.mask is None else flat(refused.mask, refused.order)
    for entry in side.table.flows.values():
        if entry.key is not None and entry is not refused:
            other = None if entry.mask is None else flat(entry.mask, entry.order)
            if covers(flat(entry.key, entry.order), other, key, mask):
                yield entry
