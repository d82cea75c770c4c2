"""The flow table of one datapath, as requests make it: flows missing from a dump prove nothing, flows in a dump existed.

Source: net/openvswitch/datapath.c, ovs_flow_cmd_new() and its neighbours.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from ovsdissect.analysis.alike import Alike
from ovsdissect.analysis.entry import FLUSH, GONE, REFUSED, REQUESTED, STALE_AFTER, Ended, Entry
from ovsdissect.analysis.exchange import Asked, Request
from ovsdissect.analysis.facts import DIGEST, FLOW_GET, Fact, FlowFact, digest
from ovsdissect.analysis.history import PUTS, Histories
from ovsdissect.analysis.index import Index, half
from ovsdissect.analysis.keys import canonical
from ovsdissect.analysis.room import Room
from ovsdissect.analysis.transactions import KEPT_NS
from ovsdissect.netlink.headers import NLM_F_CREATE

DELETED: Final = 4096  # flows that are gone and may still be mentioned
SHARED: Final = 1024
MOST_DELETED: Final = 200_000  # while a dump is in progress that began before they were deleted
LONGEST_MS: Final = 1 << 42  # over a century


class Clock:
    """The monotonic clock of a host, in which USED counts. seen: whether any reply had USED; least_ns: the offset found."""

    __slots__ = ("least_ns", "seen")

    def __init__(self) -> None:
        self.seen = False
        self.least_ns = 0

    def see(self, used: int, time_ns: int) -> None:
        """Take a reply's USED: the smallest difference is the one with the least delay."""
        if used > LONGEST_MS:
            return
        then = used * 1_000_000
        offset = time_ns - then
        # no host has been up since before 1970: the message is damaged
        if offset >= 0 and (not self.seen or offset < self.least_ns):
            self.seen, self.least_ns = True, offset

    @property
    def offset_ns(self) -> int | None:
        """What to add to get nanoseconds since 1970; None if unknown."""
        return self.least_ns if self.seen else None


class Table:
    """The existing flows, by identity: UFID, else canonical key.

    ended: called with a flow that is gone, when no more messages about it can come. room: for flows. histories: those of flow keys.
    """

    def __init__(self, clock: Clock, ended: Callable[[Entry], None], room: Room, histories: Histories) -> None:
        self.flows = Index()
        self.clock = clock
        self._ended, self._room, self._histories = ended, room, histories
        self._others: dict[bytes, bytes] = {}  # the digests of the keys of last puts that are not those of their flows, by identity
        self._shared: dict[bytes, bytes] = {}  # masks and actions of flows, of which many are equal
        self._deleted: dict[bytes, Entry] = {}  # the last one with each identity
        self._gone: deque[tuple[int, Entry]] = deque()  # (number of the message that ended it, flow), in this order
        self._dumped: dict[bytes, Entry] = {}  # those known only from dumps
        self._kin: Alike | None = None
        self._keyed = False  # whether any flow had no UFID

    def identity(self, fact: FlowFact) -> bytes | None:
        """Return 16 bytes that identify a flow; None for a message that names none."""
        if fact.ufid:
            return fact.ufid if len(fact.ufid) == DIGEST else digest(fact.ufid)
        return None if fact.key is None else digest(canonical(fact.key, fact.order))

    def there(self, fact: FlowFact) -> Entry | None:
        """Return the flow that a message names; None if it does not exist."""
        identity = self.identity(fact)
        return None if identity is None else self.flows.get(identity)

    def put(self, fact: FlowFact) -> Entry | None:
        """Take FLOW NEW. Returns the flow that it created; None if it changed one, or will be refused."""
        identity = self.identity(fact)
        if identity is None:
            return None
        there = self.flows.get(identity)
        if there is not None:
            if not fact.flags & NLM_F_CREATE:
                there.actions = self._once(fact.actions)
                self._count(there, fact)
            return None
        if not self._room.take():
            return None
        if not fact.ufid:
            self._keyed = True
        entry = self._new(fact, identity, True)
        self._count(entry, fact)
        return entry

    def _count(self, entry: Entry, fact: FlowFact) -> None:
        """Take an accepted put."""
        key = None if fact.probe else fact.key_digest
        entry.remembered = key is not None
        self._others.pop(entry.id, None)
        if key is None:
            entry.puts += 1
            return
        entry.puts = self._puts(key, 1)
        if fact.key != entry.key:
            self._others[entry.id] = key

    def _puts(self, key: bytes, more: int) -> int:
        """Change the number of a key's puts, and return it."""
        row = self._histories.find(key)
        if row < 0:
            row = self._histories.add(key)
        self._histories.values[row, PUTS] += more
        return self._histories.values[row, PUTS]

    def _remembered(self, entry: Entry) -> bytes | None:
        """Return the digest of the key whose history a flow belongs to; None for a probe's and for an unknown key."""
        return self._others.get(entry.id) or digest(entry.key or b"") if entry.remembered else None

    def _new(self, fact: FlowFact, identity: bytes, put: bool) -> Entry:
        """Add a flow."""
        kin = self._kin
        if kin is None or kin.dp != fact.dp or kin.order != fact.order:
            kin = self._kin = Alike(fact.dp, fact.order)
        entry = Entry(fact, half(identity, 0), half(identity, 8), put, kin)
        self.flows.add(entry)
        entry.mask, entry.actions = self._once(fact.mask), self._once(fact.actions)
        return entry

    def _once(self, data: bytes | None) -> bytes | None:
        """Return equal bytes as the same object, to save memory."""
        if data is None:
            return None
        if len(self._shared) >= SHARED:
            self._shared.clear()
        return self._shared.setdefault(data, data)

    def refuse(self, entry: Entry, fact: Fact) -> None:
        """Take the error that answers the put of a flow."""
        if self.flows.get(entry.id) is entry:
            entry.puts -= 1
            key = self._remembered(entry)
            if key is not None:
                self._puts(key, -1)
            self._end(entry, fact.number, fact.time_ns, REFUSED)

    def set(self, fact: FlowFact) -> Entry | None:
        """Take FLOW SET. Returns the flow that it changes."""
        identity = self.identity(fact)
        entry = None if identity is None else self.flows.get(identity)
        if entry is not None:
            if fact.actions is not None:
                entry.actions = self._once(fact.actions)
            if fact.clear:
                entry.counted = True
                entry.packets = entry.bytes = entry.used = entry.tcp_flags = 0
                entry.stats_ns = fact.time_ns
        return entry

    def delete(self, fact: FlowFact) -> list[Entry]:
        """Take FLOW DEL. Returns the flows that it deletes, which are all if it names none."""
        identity = self.identity(fact)
        if identity is None:
            return self.flush(fact, FLUSH)
        entry = self.flows.get(identity)
        if entry is None:
            return []
        self._end(entry, fact.number, fact.time_ns, REQUESTED)
        return [entry]

    def flush(self, fact: Fact, why: str) -> list[Entry]:
        """Delete all flows. Returns them."""
        entries = self.flows.values()
        for entry in entries:
            self._end(entry, fact.number, fact.time_ns, why)
        return entries

    def gone(self, identity: bytes, fact: Fact) -> Entry | None:
        """Take an error that says the kernel has no such flow. Returns the flow that is gone; None if the table lacks it."""
        entry = self.flows.get(identity)
        if entry is not None:
            self._end(entry, fact.number, fact.time_ns, GONE)
        return entry

    def restore(self, entry: Entry) -> None:
        """Undo a deletion that was refused."""
        if self._deleted.pop(entry.id, None) is entry and self.flows.get(entry.id) is None:
            entry.end = None
            self.flows.add(entry)
            self._room.left -= 1
            if not entry.put:
                self._dumped[entry.id] = entry

    def reply(self, fact: FlowFact, asked: Asked | None) -> Entry | None:
        """Take a reply about a flow and return the flow: it exists, unless it was deleted since the request."""
        # most messages of a busy host take this path
        entry = self.flows.get(fact.ufid) if fact.ufid and len(fact.ufid) == DIGEST else None
        if entry is None:
            entry = self._met(fact, asked)
            if entry is None:
                return None
        tell(entry, fact)
        if fact.used:
            self.clock.see(fact.used, fact.time_ns)
        if not entry.put:
            if asked is not None:
                entry.linked, entry.absent = asked.number, 0
            if fact.key is not None and entry.kept is None:
                entry.kept, entry.mask, entry.actions = entry.kin.pack(fact.key), self._once(fact.mask), self._once(fact.actions)
        elif fact.key is not None:
            mask = self._once(fact.mask)
            if mask is not None:
                entry.reported = (entry.kin.pack(fact.key) or b"", mask)
        return entry

    def _met(self, fact: FlowFact, asked: Asked | None) -> Entry | None:
        """Return the flow for a reply with a UFID that the table lacks."""
        identity = self.identity(fact)
        if not fact.ufid and isinstance(asked, Request) and isinstance(asked.what, bytes):
            identity = asked.what  # a single GET: of the requested flow
        if identity is None:
            return None
        entry = self.flows.get(identity)
        if entry is None and fact.ufid and fact.key is not None and self._keyed:
            entry = self.flows.get(digest(canonical(fact.key, fact.order)))
        if entry is not None:
            return entry
        before = self._deleted.get(identity)
        if before is not None:
            # where the request is not in the capture, only time tells whether it came before the deletion
            late = asked.number < (before.deleted or 0) if asked is not None else fact.time_ns - (before.deleted_ns or 0) < KEPT_NS
            if late:
                return None
        if not self._room.take():
            return None
        entry = self._dumped[identity] = self._new(fact, identity, False)
        return entry

    def last_told(self, fact: FlowFact, asked: Asked | None, entries: list[Entry]) -> None:
        """Take the reply to a deletion, which has the last statistics; entries: what the request deleted."""
        if fact.used:
            self.clock.see(fact.used, fact.time_ns)
        if asked is None:  # a notification about a deletion by someone else
            identity = self.identity(fact)
            if identity is None:
                return
            entry = self.flows.get(identity)
            if entry is not None:
                self._end(entry, fact.number, fact.time_ns, REQUESTED)
            else:
                entry = self._deleted.get(identity)
            entries = [] if entry is None else [entry]
        if len(entries) == 1:
            tell(entries[0], fact)

    def dumped(self, asked: Request, whole: bool) -> None:
        """Take the end of a dump: check which flows known only from dumps it lacked."""
        if not self._dumped or asked.event != FLOW_GET or not whole:
            return
        for entry in self._dumped.values():
            if entry.number < asked.number and entry.linked < asked.number and entry.absent < STALE_AFTER:
                entry.absent += 1

    def forget(self, oldest: int) -> None:
        """Release flows that are gone and that no dump in progress (the oldest with this number) can mention."""
        while len(self._gone) > DELETED:
            if self._gone[0][0] > oldest and len(self._gone) <= MOST_DELETED:
                return
            at, entry = self._gone.popleft()
            self._let_go(at, entry)

    def finish(self) -> None:
        """End the table: no more messages follow."""
        while self._gone:
            at, entry = self._gone.popleft()
            self._let_go(at, entry)

    def _let_go(self, number: int, entry: Entry) -> None:
        if entry.deleted != number:
            return  # it was restored
        identity = entry.id
        if self._deleted.get(identity) is entry:
            del self._deleted[identity]
            if self.flows.get(identity) is None:
                self._others.pop(identity, None)
        self._ended(entry)

    def gone_since(self, number: int) -> Iterator[Entry]:
        """Yield flows that a message with this number or a later one ended, the last first."""
        for at, entry in reversed(self._gone):
            if at < number:
                return
            if entry.deleted == at:
                yield entry

    def _end(self, entry: Entry, number: int, time_ns: int, why: str) -> None:
        identity = entry.id
        self.flows.remove(entry)
        self._room.left += 1
        self._dumped.pop(identity, None)
        entry.end = Ended(number, time_ns, why)
        if why != REFUSED:
            key = self._remembered(entry)
            if key is not None:
                self._histories.delete(key, time_ns)
        self._deleted[identity] = entry
        self._gone.append((number, entry))

    def used_ago(self, entry: Entry, now_ns: int) -> int | None:
        """Return how long before a moment a packet last matched; None for never or unknown."""
        used, offset_ns = entry.used, self.clock.offset_ns
        if not used or offset_ns is None:
            return None
        return max(now_ns - (used * 1_000_000 + offset_ns), 0)  # 0 for a time in the future


def tell(entry: Entry, fact: FlowFact) -> None:
    """Give a flow the statistics in a reply, if its counters are all there."""
    if not fact.counted:
        return
    entry.counted = True
    entry.packets, entry.bytes, entry.used = fact.packets, fact.bytes, fact.used
    entry.tcp_flags, entry.stats_ns = fact.tcp_flags, fact.time_ns
