"""The life of one flow: the misses before it, its put, changes, what dumps reported, its end and why, the misses after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ovsdissect.analysis import conclude
from ovsdissect.analysis.answers import Sort
from ovsdissect.analysis.churn import why
from ovsdissect.analysis.entry import Entry
from ovsdissect.analysis.exchange import Open
from ovsdissect.analysis.facts import (
    CONVERSATION_SHIFT,
    FLOW_DEL,
    FLOW_REPLY,
    FLOW_SET,
    PUT,
    ErrorFact,
    Fact,
    FlowFact,
    dp_ifindex,
    interface,
)
from ovsdissect.analysis.generations import Generations
from ovsdissect.analysis.run import Analysis
from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture.record import conversation
from ovsdissect.families import OVS_FLOW
from ovsdissect.grammar.wire import UFID
from ovsdissect.netlink import errno

MISSES: Final = 65_536  # remembered until their flow is put
EVENTS: Final = 100_000
NAMES: Final = {PUT: "put", FLOW_SET: "set", FLOW_DEL: "delete", FLOW_REPLY: "told"}
REQUESTS: Final = 4096  # that an error may answer


@dataclass(frozen=True, slots=True)
class FlowEvent:
    """Something that happened to a flow.

    event: "miss", "put", "set", "told" (a reply that reports something new), "delete", "error", "gone". ufid: None for a miss.
    packets, bytes, used_ago_ns: as reported. why: for a miss as in upcalls, for a deletion as in flows, for an error its name.
    interface: the index of the interface on which it was captured.
    answer, flow: of a miss. key, mask, actions: payloads; for a reply, those of a full dump.
    """

    number: int
    time_ns: int
    event: str
    dp_ifindex: int
    ufid: bytes | None
    order: ByteOrder
    packets: int | None = None
    bytes: int | None = None
    used_ago_ns: int | None = None
    answer: str | None = None
    why: str | None = None
    flow: int | None = None
    key: Payload | None = None
    mask: Payload | None = None
    actions: Payload | None = None
    interface: int = 0


Payload = bytes  # an alias, because an event has a member called bytes


class FlowLife:
    """Collects the events of flows whose UFID begins with some digits. see() needs every fact; the other methods, what a pass finds."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix.lower().removeprefix("ufid:").replace("-", "")
        self._matches: dict[tuple[bytes, ByteOrder], bool] = {}
        self._keys: set[bytes] = set()
        self._events: list[FlowEvent] = []
        self._misses: Generations[bytes, list[FlowEvent]] = Generations(MISSES)
        self._ends: dict[int, Entry] = {}
        self._told: dict[bytes, tuple[object, ...]] = {}
        self._asked: Generations[tuple[int, int], bytes] = Generations(REQUESTS)

    def see(self, fact: Fact) -> None:
        """Take the next fact."""
        body = fact.body
        if isinstance(body, ErrorFact):
            ufid = self._asked.get((fact.pid, fact.seq)) if fact.family == OVS_FLOW.name else None
            if ufid is not None:
                place = (fact.number, fact.time_ns, "error", dp_ifindex(fact.dp), ufid, fact.order)
                self._events.append(FlowEvent(*place, why=errno.name(-body.number), interface=interface(fact.dp)))
            return
        name = NAMES.get(fact.event)
        if name is None or not isinstance(fact, FlowFact) or not fact.ufid or not self._match(fact.ufid, fact.order):
            return
        if fact.key_digest is not None:
            self._keys.add(fact.key_digest)
        if fact.event != FLOW_REPLY:
            self._asked[fact.pid, fact.seq] = fact.ufid
        packets = octets = None
        if fact.event == FLOW_REPLY:
            if fact.counted:
                packets, octets = fact.packets, fact.bytes
            told = (packets, octets, fact.used, fact.mask is not None)
            if self._told.get(fact.ufid) == told:
                return
            self._told[fact.ufid] = told
        if len(self._events) < EVENTS:
            self._events.append(
                FlowEvent(
                    *(fact.number, fact.time_ns, name, dp_ifindex(fact.dp), fact.ufid, fact.order, packets, octets),
                    used_ago_ns=fact.used,
                    key=fact.key,
                    mask=fact.mask,
                    actions=fact.actions,
                    interface=interface(fact.dp),
                )
            )

    def _match(self, ufid: bytes, order: ByteOrder) -> bool:
        found = self._matches.get((ufid, order))
        if found is None:
            text = str(UFID.value(UFID.reader(order)(ufid, 0))).replace("-", "") if len(ufid) == UFID.size else ufid.hex()
            found = text.startswith(self._prefix)
            if len(self._matches) >= MISSES:
                self._matches.clear()
            self._matches[ufid, order] = found
        return found

    def upcall(self, upcall: Open, sort: Sort) -> None:
        """Take a final upcall."""
        key = upcall.fact.key_digest
        if not upcall.miss or key is None:
            return
        flow = None if upcall.put is None else upcall.put.number
        event = FlowEvent(
            *(upcall.number, upcall.time_ns, "miss", dp_ifindex(upcall.dp), None, upcall.order),
            answer=sort.answer,
            why=sort.why,
            flow=flow,
            interface=interface(upcall.dp),
        )
        known = self._misses.get(key)
        if known is None:
            self._misses[key] = [event]
        else:
            known.append(event)

    def ended(self, entry: Entry) -> None:
        """Take a flow that is gone."""
        if entry.ufid and entry.deleted is not None and self._match(entry.ufid, entry.order):
            self._ends[entry.deleted] = entry

    def events(self, analysis: Analysis) -> list[FlowEvent]:
        """Return all events in order; the pass must be finished."""
        return sorted(self._all(analysis), key=lambda event: event.number)

    def _all(self, analysis: Analysis) -> Iterator[FlowEvent]:
        max_idle_ns = conclude.max_idle_ns(analysis)
        for key in self._keys:
            yield from self._misses.get(key) or ()
        deletions = set[int]()
        for event in self._events:
            entry = self._ends.get(event.number)
            if event.event == "delete":
                deletions.add(event.number)
            used_ago = None
            talk = conversation(event.interface, event.order)
            offset = next((one.table.clock.offset_ns for dp, one in analysis.sides.items() if dp >> CONVERSATION_SHIFT == talk), None)
            if event.used_ago_ns and offset is not None:
                used_ago = max(event.time_ns - (event.used_ago_ns * 1_000_000 + offset), 0)
            reason = event.why
            if entry is not None and event.event != "error":
                reason = why(entry, analysis.sides[entry.dp].table.clock, max_idle_ns)
            yield _with(event, used_ago, reason)
        for number, entry in self._ends.items():
            if number not in deletions and entry.why != "refused":
                reason = why(entry, analysis.sides[entry.dp].table.clock, max_idle_ns)
                place = (number, entry.deleted_ns or 0, "gone", dp_ifindex(entry.dp), entry.ufid, entry.order)
                yield FlowEvent(*place, why=reason, interface=interface(entry.dp))


def _with(event: FlowEvent, used_ago_ns: int | None, reason: str | None) -> FlowEvent:
    """Return an event with what only the end of the pass tells."""
    return FlowEvent(
        *(event.number, event.time_ns, event.event, event.dp_ifindex, event.ufid, event.order, event.packets, event.bytes),
        used_ago_ns=used_ago_ns,
        why=reason,
        key=event.key,
        mask=event.mask,
        actions=event.actions,
        interface=event.interface,
    )
