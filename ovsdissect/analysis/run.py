"""One pass over the facts of a capture: gives each fact to the rules that need it, and keeps what they find in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from ovsdissect.analysis.collecting import uncollected
from ovsdissect.analysis.entry import DATAPATH_DELETED, Entry
from ovsdissect.analysis.exchange import Request
from ovsdissect.analysis.facts import (
    ACTION,
    CONVERSATION_SHIFT,
    DATAPATH_REPLY,
    DATAPATH_REQUEST,
    DEL_CMD,
    DONE,
    ERROR,
    EXECUTE,
    FLOW_DEL,
    FLOW_GET,
    FLOW_REPLY,
    FLOW_SET,
    MISS,
    OFFLOAD,
    PUT,
    REPLY,
    REQUEST,
    VPORT_REPLY,
    VPORT_REQUEST,
    Batch,
    DatapathFact,
    Fact,
    FlowFact,
    VportFact,
)
from ovsdissect.analysis.failures import Failures
from ovsdissect.analysis.sides import Sides
from ovsdissect.analysis.timeline import Timeline
from ovsdissect.analysis.transactions import Transactions, is_dump
from ovsdissect.analysis.upcalls import Sink, Upcalls
from ovsdissect.families import NLCTRL, OVS_FLOW

LAST_OF_DATAPATHS: Final = VPORT_REPLY  # events up to this one are about a datapath
ADVANCE_NS: Final = 50_000_000
SHOWN: Final = 10
NLM_F_DUMP_INTR: Final = 0x10
REVALIDATOR_FLAGS: Final = 7  # UFID_FLAGS of a dump that wants statistics only


class Analysis:
    """The state of one pass. feed() it every batch in order, then finish() it.

    upcalls: called with every final upcall, in the order of numbers. ended: called with every flow that is gone, in the order of their
    ends.
    spread: find out which fields make flows differ. timeline: a timeline to fill.
    messages: how many there were. first_ns, last_ns: the times of the first and the last one. cut_short: the caller says so if the
    capture ends inside a record.
    """

    def __init__(
        self,
        *,
        upcalls: Sink | None = None,
        ended: Callable[[Entry], None] | None = None,
        spread: bool = False,
        timeline: Timeline | None = None,
    ) -> None:
        self.sides = Sides(ended, spread=spread)
        self.transactions = Transactions()
        self.timeline = timeline
        self.upcalls = Upcalls(self.sides, self.transactions, upcalls, timeline)
        self.failures = Failures(self.sides, self.transactions)
        self.messages = 0
        self.cut_short = False
        self.first_ns: int | None = None
        self.last_ns = 0
        self.flow_dumps = self.modifies = self.flushes = 0
        self.offloads: list[int] = []
        self.offload_count = 0
        self._names: dict[tuple[int, str], int] = {}  # the `dp` of datapaths, by conversation and name
        self._due_ns = 0

    def run(self, batches: Iterable[Batch]) -> Analysis:
        """Feed all batches and finish."""
        with uncollected():
            for batch in batches:
                self.feed(batch)
            self.finish()
        return self

    def feed(self, batch: Batch) -> None:
        """Take the next facts."""
        due = self._due_ns
        self.failures.groups.passing = batch.passed
        self.sides.interfaces = batch.interfaces
        if self.first_ns is None and batch.start_ns is not None:
            self.first_ns = batch.start_ns
            self.transactions.start(self.first_ns)
        for fact in batch.facts:
            if fact.time_ns >= due:
                due = self._advance(fact.time_ns)
            if fact.event > LAST_OF_DATAPATHS or self.sides.takes(fact.dp):
                self._see(fact)
        self.messages, self.last_ns = batch.messages, batch.time_ns

    def finish(self) -> None:
        """End the pass: everything is final."""
        self.upcalls.finish(self.last_ns)
        self.transactions.finish(self.last_ns)
        for side in self.sides.values():
            side.table.finish()

    def _advance(self, now_ns: int) -> int:
        """Release what is final. Returns the time at which to do so again."""
        self.upcalls.advance(now_ns)
        self.transactions.advance(now_ns)
        oldest = self.transactions.oldest()
        for side in self.sides.values():
            side.table.forget(self.messages if oldest is None else oldest)
        self._due_ns = now_ns + ADVANCE_NS
        return self._due_ns

    def _see(self, fact: Fact) -> None:
        """Give a fact to the rules that need it; the most frequent events are tested first."""
        event = fact.event
        if event == FLOW_REPLY:
            self._flow_reply(fact)
        elif event in (MISS, ACTION):
            self.upcalls.upcall(fact)
        elif event == PUT:
            self.upcalls.put(fact)
        elif event == EXECUTE:
            self.upcalls.execute(fact)
        elif event == FLOW_DEL:
            self._delete(fact)
        elif event == FLOW_SET:
            self._set(fact)
        elif event == FLOW_GET:
            self._get(fact)
        elif event == DONE:
            self._done(fact)
        elif event == ERROR:
            self.failures.error(fact)
        elif event == REPLY:
            self._reply(fact)
        elif event == REQUEST:
            self.transactions.request(fact, None)
        elif event == DATAPATH_REQUEST:
            self._datapath_request(fact)
        elif event == DATAPATH_REPLY:
            self._datapath_reply(fact)
        elif event == VPORT_REQUEST:
            self._vport_request(fact)
        elif event == VPORT_REPLY:
            self._vport_reply(fact)
        elif event == OFFLOAD:
            self._offload(fact)

    def _set(self, fact: Fact) -> None:
        assert isinstance(fact, FlowFact)
        if not fact.probe:
            self.modifies += 1
        self.transactions.request(fact, self.sides.side(fact.dp).table.set(fact), fact.probe)

    def _delete(self, fact: Fact) -> None:
        assert isinstance(fact, FlowFact)
        side = self.sides.side(fact.dp)
        if not fact.ufid and fact.key is None:
            if fact.cut:
                self.transactions.request(fact, [], fact.probe)
                return
            self.flushes += 1
            side.comings.flushes += 1
        self.transactions.request(fact, side.table.delete(fact), fact.probe)

    def _get(self, fact: Fact) -> None:
        assert isinstance(fact, FlowFact)
        what = fact.ufid_flags if is_dump(fact) else self.sides.side(fact.dp).table.identity(fact)
        self.transactions.request(fact, what, fact.probe)

    def _flow_reply(self, fact: Fact) -> None:
        assert isinstance(fact, FlowFact)
        asked = self.transactions.answer(fact)
        table = self.sides.side(fact.dp).table
        if fact.cmd != DEL_CMD:
            table.reply(fact, asked)
            return
        entries = asked.what if isinstance(asked, Request) and asked.event == FLOW_DEL else []
        table.last_told(fact, asked, entries)

    def _datapath_request(self, fact: Fact) -> None:
        body, entries = fact.body, list[Entry]()
        assert isinstance(body, DatapathFact)
        if body.per_cpu_pids is not None:
            self.sides.side(fact.dp).counters.per_cpu(body.per_cpu_pids, fact.number)
        if fact.cmd == DEL_CMD:
            dp = fact.dp if fact.dp & 0xFFFFFFFF else self._names.get((fact.dp >> CONVERSATION_SHIFT, body.name or ""), fact.dp)
            if dp in self.sides:
                entries = self.sides.side(dp).table.flush(fact, DATAPATH_DELETED)
        self.transactions.request(fact, entries)

    def _datapath_reply(self, fact: Fact) -> None:
        body, asked = fact.body, self.transactions.answer(fact)
        assert isinstance(body, DatapathFact)
        side = self.sides.side(fact.dp)
        counters = side.counters
        if body.name is not None:
            counters.name = body.name
            self._names[fact.dp >> CONVERSATION_SHIFT, body.name] = fact.dp
        if body.per_cpu_pids is not None:
            counters.per_cpu(body.per_cpu_pids, fact.number)
        flows = len(side.table.flows)
        if fact.cmd == DEL_CMD:  # its values are those before the deletion
            deleted = asked.what if isinstance(asked, Request) else side.table.flush(fact, DATAPATH_DELETED)
            flows = len(deleted) if isinstance(deleted, list) else flows
        if body.stats is not None:
            lost = counters.poll(fact.number, fact.time_ns, body.stats, flows)
            if self.timeline is not None:
                self.timeline.lost.add(fact.time_ns, lost)
                self.timeline.flows.add(fact.time_ns, body.stats[3])
            side.limit.poll(fact.number, body.stats[3], self.upcalls.oldest)

    def _vport_request(self, fact: Fact) -> None:
        body = fact.body
        assert isinstance(body, VportFact)
        if body.upcall_pids is not None and any(body.upcall_pids):
            self.sides.side(fact.dp).counters.vport_pids = True
        self.transactions.request(fact, None)

    def _vport_reply(self, fact: Fact) -> None:
        body = fact.body
        assert isinstance(body, VportFact)
        self.transactions.answer(fact)
        counters = self.sides.side(fact.dp).counters
        if body.upcall_pids is not None and any(body.upcall_pids):
            counters.vport_pids = True
        if body.port_no is not None:
            port = counters.port(body.port_no)
            if port is not counters.rest:
                port.see(body)

    def _reply(self, fact: Fact) -> None:
        if fact.family != NLCTRL.name:
            self.transactions.answer(fact)

    def _done(self, fact: Fact) -> None:
        asked = self.transactions.done(fact.pid, fact.seq)
        if asked is None:
            self.flow_dumps += fact.family == OVS_FLOW.name
        elif asked.event == FLOW_GET:
            self.flow_dumps += 1
            side = self.sides.side(asked.dp)
            side.table.dumped(asked, not fact.flags & NLM_F_DUMP_INTR)
            if asked.what == REVALIDATOR_FLAGS:
                side.dumped(asked.number, fact.number, fact.time_ns - asked.time_ns, fact.time_ns)

    def _offload(self, fact: Fact) -> None:
        self.offload_count += 1
        if len(self.offloads) < SHOWN:
            self.offloads.append(fact.number)
