"""Flows by identity: a hash table of the flows themselves, a quarter as large as a dict with its keys."""

from __future__ import annotations

from collections.abc import Iterator
from secrets import randbits
from typing import Final

from ovsdissect.analysis.entry import Entry

LEAST: Final = 6  # log2 of the slots of an empty one
BITS: Final = 64
ALL: Final = 0xFFFFFFFFFFFFFFFF


def half(identity: bytes, start: int) -> int:
    """Return eight of the 16 bytes of an identity as a number."""
    value = 0
    for at in range(start, start + 8):
        value = value << 8 | identity[at]
    return value


class Index:
    """Open addressing with at most half of the slots taken. The hash has random factors: no capture can be made to collide."""

    __slots__ = ("_count", "_one", "_power", "_slots", "_two")

    def __init__(self) -> None:
        self._one, self._two = randbits(BITS) | 1, randbits(BITS) | 1
        self._clear(LEAST)

    def _clear(self, power: int) -> None:
        self._power, self._count = power, 0
        self._slots: list[Entry | None] = [None] * (1 << power)

    def _home(self, first: int, second: int) -> int:
        """Return the slot in which an identity belongs."""
        return ((first * self._one + second * self._two) & ALL) >> (BITS - self._power)

    def __len__(self) -> int:
        return self._count

    def get(self, identity: bytes) -> Entry | None:
        """Return the flow with an identity; None if there is none."""
        first, second = half(identity, 0), half(identity, 8)
        slots, mask = self._slots, (1 << self._power) - 1
        at = self._home(first, second)
        entry = slots[at]
        while entry is not None and (entry.first != first or entry.second != second):
            at = (at + 1) & mask
            entry = slots[at]
        return entry

    def add(self, entry: Entry) -> None:
        """Add a flow whose identity is not there."""
        if 2 * self._count >= 1 << self._power:
            self._resize(self._power + 1)
        self._place(entry)

    def _place(self, entry: Entry) -> None:
        slots, mask = self._slots, (1 << self._power) - 1
        at = self._home(entry.first, entry.second)
        while slots[at] is not None:
            at = (at + 1) & mask
        slots[at] = entry
        self._count += 1

    def remove(self, entry: Entry) -> None:
        """Remove a flow that is there."""
        slots, mask = self._slots, (1 << self._power) - 1
        hole = self._home(entry.first, entry.second)
        while slots[hole] is not entry:
            hole = (hole + 1) & mask
        at = (hole + 1) & mask
        other = slots[at]
        while other is not None:  # what would no longer be found beyond the hole moves into it
            if ((at - self._home(other.first, other.second)) & mask) >= ((at - hole) & mask):
                slots[hole] = other
                hole = at
            at = (at + 1) & mask
            other = slots[at]
        slots[hole] = None
        self._count -= 1
        if self._power > LEAST and 8 * self._count < 1 << self._power:
            self._resize(self._power - 1)

    def _resize(self, power: int) -> None:
        before = self._slots
        self._clear(power)
        for entry in before:
            if entry is not None:
                self._place(entry)

    def __iter__(self) -> Iterator[Entry]:
        """Yield the flows in any order."""
        return (entry for entry in self._slots if entry is not None)

    def values(self) -> list[Entry]:
        """Return the flows in the order in which they were met."""
        return sorted(self)  # by number, without a list of numbers
