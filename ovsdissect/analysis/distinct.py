"""Counts distinct hashes: exactly up to EXACT, then by sampling those below a threshold, to within some percent."""

from __future__ import annotations

from typing import Final

EXACT: Final = 4096
BITS: Final = 64
LEAST: Final = 4  # log2 of the slots of an empty counter


class Distinct:
    """A counter of distinct 64-bit hashes. halvings: how often the sampled share was halved.

    The hashes in the sample stand in a table with at most half of its slots taken; 0, which marks a free slot, is counted beside it.
    """

    __slots__ = ("_filled", "_power", "_slots", "_zero", "halvings")

    def __init__(self) -> None:
        self.halvings = 0
        self._zero = False
        self._make(LEAST)

    def _make(self, power: int) -> None:
        self._power, self._filled = power, 0
        self._slots = memoryview(bytearray(8 << power)).cast("Q")

    def add(self, value: int) -> None:
        """Count a hash."""
        if self.halvings and value >> (BITS - self.halvings):
            return
        if not value:
            self._zero = True
            return
        self._place(value)
        if 2 * self._filled > 1 << self._power:
            if self._filled > EXACT:
                self.halvings += 1
                self._again(self._power)
            else:
                self._again(self._power + 1)

    def _place(self, value: int) -> None:
        slots, mask = self._slots, (1 << self._power) - 1
        at = value & mask
        while slots[at]:
            if slots[at] == value:
                return
            at = (at + 1) & mask
        slots[at] = value
        self._filled += 1

    def _again(self, power: int) -> None:
        """Make the table anew, of the hashes that are still sampled."""
        before, size = self._slots, 1 << self._power
        self._make(power)
        for at in range(size):
            value = before[at]
            if value and not (self.halvings and value >> (BITS - self.halvings)):
                self._place(value)

    @property
    def count(self) -> int:
        """The number of distinct hashes."""
        return (self._filled + self._zero) << self.halvings
