"""Finds the put and the EXECUTE that answer each upcall of a datapath.

It compares packets, keys and hashes; if several upcalls are alike, adjacency of requests and the youngest cluster decide.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from ovsdissect.analysis.exchange import EARLY, FIRST, LATE, NEVER, WAITING, Execute, Open, Put
from ovsdissect.analysis.facts import PacketFact, plain_hash
from ovsdissect.analysis.history import DELETED_NS, MISSED, PUT, STATE, THERE, Histories

FINAL_NS: Final = 2_000_000_000  # after the answer
UNANSWERED_NS: Final = 60_000_000_000
OPEN: Final = 32_768  # upcalls that are not final: twice as many as in the largest recorded storm
CLUSTER_NS: Final = 5_000_000
# no MISS waits this long for its put, and four times as long as others do, while a later MISS of its key waits too
LOST_NS: Final = 500_000_000
RECENT: Final = 256
RECENT_NS: Final = 2_000_000_000
PARENT_NS: Final = 1_000_000_000
PASSED_NS: Final = 100_000_000
HISTORIES: Final = 65_536
RECIRCULATIONS: Final = 4096
EXECUTES_OF_ONE: Final = 256

# what an EXECUTE turned out to be
ANSWER: Final = "answers"
AGAIN: Final = "again"
SUB_EXECUTE: Final = "sub_executes"
SENT: Final = "sent"
UNPAIRED: Final = "unpaired"

Key = tuple[bytes | None, int | None, int | None]  # packet, HASH; without HASH the packet and in_port


class Pairing:
    """The upcalls of one datapath and their answers. histories: those of its flow keys."""

    def __init__(self) -> None:
        self._open: dict[Key, Open | list[Open]] = {}  # unanswered
        self._answered: dict[Key, Open] = {}  # the newest
        self._waiting: dict[bytes, Open | list[Open]] = {}
        self._by_hash: dict[tuple[int | None, int], Open | list[Open]] = {}
        self._recent: deque[Open] = deque(maxlen=RECENT)
        self.histories = Histories(HISTORIES)
        self._recirculated: dict[int, deque[tuple[int, int, bytes | None, int | None]]] = {}
        self._mean_ns = CLUSTER_NS
        self._seen = False
        self._hashed = False  # whether any upcall had a HASH

    def upcall(self, upcall: Open) -> None:
        """Take a MISS or ACTION; a cut one is not compared."""
        fact, value = upcall.fact, upcall.hash
        self._seen = True
        if value is not None:
            self._hashed = True
            if fact.recirc_id:
                self._find_parent(upcall)
            _insert(self._by_hash, (fact.in_port, value), upcall)
            key: Key = (fact.packet_digest, value, None)
        else:
            if fact.recirc_id:
                self._find_parent(upcall)
            key = (fact.packet_digest, None, fact.in_port)
        _insert(self._open, key, upcall)
        if upcall.miss:
            self._recent.append(upcall)
            if fact.key_digest is not None:
                self._await(upcall, fact.key_digest)
        elif fact.slow_path:
            self._recent.append(upcall)

    def _await(self, miss: Open, key: bytes) -> None:
        histories = self.histories
        row = histories.find(key)
        if row < 0:
            histories.add(key)
        elif histories.values[row, STATE] != THERE:
            miss.deleted_ns = max(miss.time_ns - histories.values[row, DELETED_NS], 0)
            miss.sort = WAITING if histories.values[row, STATE] == MISSED else FIRST
            histories.values[row, STATE] = MISSED
        elif histories.values[row, PUT]:
            miss.sort = LATE
        else:
            miss.sort = WAITING
        _insert(self._waiting, key, miss)

    def put(self, put: Put) -> None:
        """Take a put and find the MISS that it answers."""
        key = put.key
        if key is None:
            return
        row = self.histories.find(key)
        if row < 0:
            row = self.histories.add(key)
        values = self.histories.values
        waiting = _all(self._waiting, key)
        if waiting:
            eligible = [miss for miss in waiting if miss.put is None and miss.execute is None]
            chosen = self._next(eligible, put, values[row, PUT]) if eligible else None
            if chosen is not None:
                chosen.put, put.upcall = put, chosen
                chosen.last_ns = put.time_ns
                put.ambiguous = len(eligible) > 1
            for miss in waiting:
                waits = miss.execute is None or put.time_ns - miss.execute.time_ns < PASSED_NS
                if waits and miss is not chosen and miss.put is None:
                    miss.sort = EARLY
        values[row, PUT], values[row, STATE] = put.number, THERE

    def _next(self, eligible: list[Open], put: Put, before: int) -> Open:
        """Return which MISS of a key (oldest first) a put answers: one that came after the last put (`before`), if it was not lost."""
        recent_ns = put.time_ns - max(LOST_NS, 4 * self._mean_ns)
        found, all_recent = None, eligible[0].time_ns >= recent_ns
        for miss in eligible:
            if all_recent or miss.time_ns >= recent_ns:
                if miss.number > before:
                    return miss
                found = found or miss
        return found or eligible[0]

    def refused(self, put: Put) -> None:
        """Note that the kernel refused a put: its key has no flow."""
        row = -1 if put.key is None else self.histories.find(put.key)
        if row >= 0 and self.histories.values[row, PUT] == put.number:
            self.histories.values[row, PUT] = 0

    def execute(self, execute: Execute, fact: PacketFact, put: Put | None) -> str:
        """Take an EXECUTE; put: the one just before it, by portid and sequence number. Returns what the EXECUTE is."""
        value = plain_hash(fact.hash)
        if value is not None:
            return self._by_packet(execute, (fact.packet_digest, value, None), put) or self._changed(execute, fact.in_port, value)
        if self._seen and not self._hashed:
            return self._by_packet(execute, (fact.packet_digest, None, fact.in_port), put) or SENT
        if fact.in_port is not None and self._carried_out(execute, fact):
            return SUB_EXECUTE
        return SENT

    def _by_packet(self, execute: Execute, key: Key, put: Put | None) -> str | None:
        """Rule 1: find an upcall with the same packet and hash."""
        time_ns = execute.time_ns
        unanswered = _all(self._open, key)
        if unanswered:
            oldest = unanswered[0]
            if time_ns - oldest.time_ns >= UNANSWERED_NS:
                unanswered = [upcall for upcall in unanswered if time_ns - upcall.time_ns < UNANSWERED_NS]
        if not unanswered:
            last = self._answered.get(key)
            if last is None or last.last_ns == NEVER or time_ns - last.last_ns > FINAL_NS:
                return None  # there is none, or it is final
            _further(last, execute)
            return AGAIN
        chosen = put.upcall if put is not None else None
        if chosen is None or chosen.execute is not None or _key(chosen) != key:
            if put is not None and len(unanswered) > 1:
                unanswered = [upcall for upcall in unanswered if upcall.fact.key_digest == put.key] or unanswered
            chosen = unanswered[0]
            if len(unanswered) > 1:
                chosen = self._oldest_of_youngest(unanswered)
                chosen.ambiguous = True
            if put is not None and _may_have(chosen, put):
                _move(put, chosen)
        elif put is not None and put.ambiguous and len(unanswered) > 1:
            chosen.ambiguous = _another(unanswered, chosen)
        if put is not None and put.upcall is chosen:
            put.ambiguous = False
        chosen.execute = execute
        chosen.last_ns = time_ns
        _drop(self._open, key, chosen)
        before = self._answered.get(key)
        if before is None or before.number < chosen.number:
            self._answered[key] = chosen
        self._mean_ns += (max(time_ns - chosen.time_ns, 0) - self._mean_ns) // 16
        return ANSWER

    def _oldest_of_youngest(self, unanswered: list[Open]) -> Open:
        """Return the oldest upcall of the youngest cluster among equal ones: with first in, first out, one lost answer would shift all
        later ones.
        """
        most = max(CLUSTER_NS, 4 * self._mean_ns)
        chosen, first = unanswered[-1], unanswered[0]
        if chosen.time_ns - first.time_ns <= most:
            return first  # no gap can be wider: avoids scanning a flood of one packet for each answer
        for upcall in reversed(unanswered):
            if chosen.time_ns - upcall.time_ns > most:
                break
            chosen = upcall
        return chosen

    def _changed(self, execute: Execute, in_port: int | None, value: int) -> str:
        """Rule 2: find an upcall with the same hash, whose packet earlier actions have changed."""
        alike = _all(self._by_hash, (in_port, value))
        if not alike:
            return UNPAIRED
        time_ns = execute.time_ns
        unanswered = [upcall for upcall in alike if upcall.execute is None and upcall.subs is None]
        chosen = unanswered[0] if unanswered else alike[-1]
        if len(unanswered) > 1:
            chosen.ambiguous = True
        elif not unanswered and chosen.last_ns != NEVER and time_ns - chosen.last_ns > FINAL_NS:
            return UNPAIRED
        _further(chosen, execute)
        return SUB_EXECUTE

    def _carried_out(self, execute: Execute, fact: PacketFact) -> bool:
        """Rule 3: there is no hash: releases before 3.6 send none when they carry out a list of actions one by one."""
        head, tail, time_ns = fact.head, fact.tail, execute.time_ns
        for upcall in reversed(self._recent):
            if time_ns - upcall.time_ns > RECENT_NS:
                return False
            other = upcall.fact
            if upcall.execute is not None or other.in_port != fact.in_port or other.head[6:12] != head[6:12]:
                continue
            if other.packet_digest == fact.packet_digest or other.tail == tail or other.head[:12] == head[:12]:
                upcall.ambiguous = True
                _further(upcall, execute)
                return True
        return False

    def recirculates(self, execute: Execute, fact: PacketFact, recircs: tuple[int, ...]) -> None:
        """Note that an EXECUTE sends its packet to recirculation ids."""
        value = plain_hash(fact.hash)
        for recirc in recircs:
            sent = self._recirculated.get(recirc)
            if sent is None:
                if len(self._recirculated) >= RECIRCULATIONS:
                    oldest = execute.time_ns - PARENT_NS
                    self._recirculated = {one: last for one, last in self._recirculated.items() if last[-1][0] >= oldest}
                sent = self._recirculated[recirc] = deque(maxlen=EXECUTES_OF_ONE)
            sent.append((execute.time_ns, execute.number, fact.packet_digest, value))

    def _find_parent(self, upcall: Open) -> None:
        sent = self._recirculated.get(upcall.fact.recirc_id)
        if sent is None or not upcall.miss:
            return
        by_hash = None
        for time_ns, number, packet, value in reversed(sent):
            if upcall.time_ns - time_ns > PARENT_NS:
                break
            if packet == upcall.fact.packet_digest:
                upcall.parent = (number, "packet")
                return
            if by_hash is None and value is not None and value == upcall.hash:
                by_hash = number
        if by_hash is not None:
            upcall.parent = (by_hash, "hash")

    def forget(self, upcall: Open) -> None:
        """Forget a final upcall."""
        fact, value, key = upcall.fact, upcall.hash, _key(upcall)
        if upcall.execute is None:
            _drop(self._open, key, upcall)
        elif self._answered.get(key) is upcall:
            del self._answered[key]
        if value is not None:
            _drop(self._by_hash, (fact.in_port, value), upcall)
        if upcall.miss and fact.key_digest is not None:
            _drop(self._waiting, fact.key_digest, upcall)

    def followed(self, miss: Open) -> bool:
        """Whether a put with the key of a MISS came after it."""
        key = miss.fact.key_digest
        row = -1 if key is None else self.histories.find(key)
        return row >= 0 and self.histories.values[row, PUT] > miss.number


def _key(upcall: Open) -> Key:
    """Return what an upcall has in common with the EXECUTE that answers it."""
    fact, value = upcall.fact, upcall.hash
    return (fact.packet_digest, value, None) if value is not None else (fact.packet_digest, None, fact.in_port)


def _another(unanswered: list[Open], chosen: Open) -> bool:
    """Whether another unanswered upcall has the same key."""
    for upcall in unanswered:
        if upcall is not chosen and upcall.fact.key_digest == chosen.fact.key_digest:
            return True
    return False


def _may_have(upcall: Open, put: Put) -> bool:
    """Whether a put may be an upcall's: one that was sent before the upcall came answers another."""
    return upcall.miss and upcall.put is None and upcall.fact.key_digest == put.key and upcall.number < put.number


def _further(upcall: Open, execute: Execute) -> None:
    """Note a further EXECUTE of an upcall, which does not end it."""
    if upcall.subs is None:
        upcall.subs = []
    upcall.subs.append(execute.number)
    upcall.last_ns = execute.time_ns


def _move(put: Put, miss: Open) -> None:
    """Assign a put to another MISS of its key, because the EXECUTE after it shows which one it answers."""
    if put.upcall is not None:
        put.upcall.put = None
        put.upcall.sort = EARLY
        if put.upcall.execute is None and put.upcall.subs is None:
            put.upcall.last_ns = NEVER
    miss.put, put.upcall = put, miss


def _insert(index: dict[Any, Open | list[Open]], key: object, upcall: Open) -> None:
    """Add an upcall to an index, which holds it as it is where it is the only one with its key, as most are."""
    equal = index.setdefault(key, upcall)
    if isinstance(equal, list):
        equal.append(upcall)
    elif equal is not upcall:
        index[key] = [equal, upcall]


def _all(index: dict[Any, Open | list[Open]], key: object) -> list[Open]:
    """Return the upcalls with a key, the oldest first."""
    equal = index.get(key)
    return equal if isinstance(equal, list) else [] if equal is None else [equal]


def _drop(index: dict[Any, Open | list[Open]], key: object, upcall: Open) -> None:
    equal = index[key]
    if isinstance(equal, list) and len(equal) > 1:
        equal.remove(upcall)
    else:
        del index[key]
