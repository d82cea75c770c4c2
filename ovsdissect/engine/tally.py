# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""Counts occurrences of pairs of integers during a pass, in an open-addressing hash table that is at most half full."""

from __future__ import annotations

import cython

_SIZE = cython.declare(cython.int, 4096)  # slots, a power of two


@cython.final
@cython.cclass
class Tally:
    """How often each pair occurred, and the message in which it occurred first."""

    def __init__(self) -> None:
        self.slots = memoryview(bytearray(32 * _SIZE)).cast("B").cast("Q", (_SIZE, 4))
        self.filled = 0

    def taken(self) -> dict[tuple[int, int], tuple[int, int]]:
        """Return {pair: (count, number of the first message)} and empty the table."""
        found = {}
        for slot in range(_SIZE if self.filled else 0):
            if self.slots[slot, 2]:
                found[self.slots[slot, 0], self.slots[slot, 1]] = self.slots[slot, 2], self.slots[slot, 3]
                self.slots[slot, 2] = 0
        self.filled = 0
        return found

    def add(self, first: cython.ulonglong, second: cython.ulonglong, message: cython.ulonglong) -> cython.int:
        """Count one occurrence of (first, second) in a message with this number. Returns 1 if the table is full and must be taken first,
        else 0.
        """
        key: cython.ulonglong = first ^ second * 0x1E3779B1
        slot: cython.int
        key ^= key >> 32
        key *= 0x1E3779B1
        slot = cython.cast(cython.int, key >> 16 & (_SIZE - 1))
        while self.slots[slot, 2]:
            if self.slots[slot, 0] == first and self.slots[slot, 1] == second:
                self.slots[slot, 2] += 1
                return 0
            slot = slot + 1 & _SIZE - 1
        if 2 * self.filled >= _SIZE:
            return 1
        self.slots[slot, 0], self.slots[slot, 1], self.slots[slot, 2], self.slots[slot, 3] = first, second, 1, message
        self.filled += 1
        return 0
