"""How flows come and go: lifetimes, idle ages, flows that were never hit, keys whose flows are recreated again and again, fields that
differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ovsdissect.analysis.entry import REFUSED, REQUESTED, Entry
from ovsdissect.analysis.generations import Generations
from ovsdissect.analysis.latency import Histogram, Latency
from ovsdissect.analysis.spread import FieldSpread, Spread
from ovsdissect.analysis.table import Clock
from ovsdissect.byteorder import ByteOrder

IDLE: Final = "idle"
SOONER: Final = "sooner"
BIN_NS: Final = 500_000_000  # revalidators dump once in this period
LEAST_AGE_NS: Final = 2_000_000_000
LEAST_IN_BIN: Final = 5
MOST_BINS: Final = 100_000
CYCLE_NS: Final = 1_000_000_000
CYCLES: Final = 65_536
LEAST_CYCLES: Final = 3
SHOWN: Final = 4096


@dataclass(frozen=True, slots=True)
class Cycle:
    """A flow key whose MISSes got a put soon after their flow had been deleted. numbers: the first ten of these MISSes."""

    ufid: bytes | None
    count: int
    numbers: tuple[int, ...]
    order: ByteOrder = "little"


@dataclass(frozen=True, slots=True)
class Churn:
    """puts: FLOW NEW requests without PROBE. deleted: flows that ended, without refused ones. never_hit: flows that were put and whose last
    statistics say 0 packets.

    lifetime_ns: of flows that were put and deleted. max_idle_ns: estimated from the idle ages at deletion, None if they show nothing.
    """

    puts: int
    deleted: int
    flushes: int
    never_hit: int
    lifetime_ns: Latency
    max_idle_ns: int | None
    cycles: tuple[Cycle, ...]
    fields: tuple[FieldSpread, ...]


class Comings:
    """Counts what comes and goes in one datapath's table."""

    def __init__(self, clock: Clock, *, spread: bool) -> None:
        self.puts = self.deleted = self.flushes = self.never_hit = 0
        self.first_put: int | None = None
        self.last_put: int | None = None
        self.lifetimes = Histogram()
        self.spread = Spread() if spread else None
        self._clock = clock
        self._ages: dict[int, int] = {}
        self._cycles: Generations[bytes, tuple[bytes | None, list[int]]] = Generations(CYCLES)
        self._repeated: dict[bytes, Cycle] = {}

    def put(self, entry: Entry) -> None:
        """Take a flow that was put (not a probe)."""
        if self.first_put is None:
            self.first_put = entry.number
        self.last_put = entry.number
        if self.spread is not None and entry.key is not None:
            self.spread.add(entry.key, entry.mask, entry.order)

    def ended(self, entry: Entry) -> None:
        """Take a flow that is gone and about which no more messages can come."""
        if entry.probe or entry.why == REFUSED or entry.deleted_ns is None:
            return
        self.deleted += 1
        if entry.put:
            self.never_hit += entry.counted and not entry.packets
            self.lifetimes.add(entry.deleted_ns - entry.time_ns)
        age = idle_age(entry, self._clock)
        if entry.why == REQUESTED and age is not None and age > LEAST_AGE_NS:
            at = age // BIN_NS
            if at in self._ages or len(self._ages) < MOST_BINS:
                self._ages[at] = self._ages.get(at, 0) + 1

    def again(self, key: bytes, ufid: bytes | None, number: int, order: ByteOrder) -> None:
        """Take a MISS that got a put soon after its key's flow was deleted."""
        known = self._cycles.get(key)
        if known is None:
            self._cycles[key] = (ufid, [number])
            return
        _, numbers = known
        numbers.append(number)
        if len(numbers) >= LEAST_CYCLES and (key in self._repeated or len(self._repeated) < SHOWN):
            count = self._repeated[key].count + 1 if key in self._repeated else len(numbers)
            self._repeated[key] = Cycle(ufid, count, tuple(numbers[:10]), order)
        del numbers[10:]

    @property
    def cycles(self) -> tuple[Cycle, ...]:
        """Return the keys to which this happened at least three times, most frequent first."""
        return tuple(sorted(self._repeated.values(), key=lambda cycle: (-cycle.count, cycle.numbers)))

    @property
    def max_idle_ns(self) -> int | None:
        """The lower bound of the age bin that holds most deleted flows."""
        if not self._ages:
            return None
        at, count = max(self._ages.items(), key=lambda item: (item[1], -item[0]))
        return at * BIN_NS if count >= LEAST_IN_BIN else None


def idle_age(entry: Entry, clock: Clock) -> int | None:
    """Return how long a flow had been idle when it was deleted; None if no message told when it was used."""
    if entry.deleted_ns is None or not entry.counted:
        return None
    used, offset_ns = entry.used, clock.offset_ns
    last: int | None = entry.time_ns if entry.put else None
    if used and offset_ns is not None:
        used_ns = used * 1_000_000 + offset_ns
        last = used_ns if last is None else max(last, used_ns)
    return None if last is None else max(entry.deleted_ns - last, 0)


def why(entry: Entry, clock: Clock, max_idle_ns: int | None) -> str | None:
    """Return why a flow was deleted, as far as the capture shows it: only a hint."""
    if entry.why != REQUESTED:
        return entry.why
    age = idle_age(entry, clock)
    if max_idle_ns is None or age is None:
        return None
    return IDLE if age >= max_idle_ns - BIN_NS else SOONER
