# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""How often each of some things came, counted while the pass runs: a table of open addressing, at most half full."""

from __future__ import annotations

import cython

_SIZE = cython.declare(cython.int, 4096)  # a power of two


@cython.final
@cython.cclass
class Tally:
    """Things are two numbers each."""

    def __init__(self) -> None:
        self.slots = memoryview(bytearray(32 * _SIZE)).cast("B").cast("Q", (_SIZE, 4))
        self.filled = 0

    def taken(self) -> dict[tuple[int, int], tuple[int, int]]:
        """What was counted so far, and the message that was the first; it is given away."""
        found = {}
        for slot in range(_SIZE if self.filled else 0):
            if self.slots[slot, 2]:
                found[self.slots[slot, 0], self.slots[slot, 1]] = self.slots[slot, 2], self.slots[slot, 3]
                self.slots[slot, 2] = 0
        self.filled = 0
        return found

    def add(self, first: cython.ulonglong, second: cython.ulonglong, message: cython.ulonglong) -> cython.int:
        """One more of these, by the number of its message; 1 where the table must be taken first."""
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
