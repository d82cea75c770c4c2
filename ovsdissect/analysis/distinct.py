"""Counts distinct hashes: exactly up to EXACT, then by sampling those below a threshold, to within some percent."""

from __future__ import annotations

from typing import Final

EXACT: Final = 4096
BITS: Final = 64


class Distinct:
    """A counter of distinct 64-bit hashes. halvings: how often the sampled share was halved. seen: the hashes in the sample."""

    __slots__ = ("halvings", "seen")

    def __init__(self) -> None:
        self.halvings = 0
        self.seen: set[int] = set()

    def add(self, value: int) -> None:
        """Count a hash."""
        if self.halvings and value >> (BITS - self.halvings):
            return
        self.seen.add(value)
        if len(self.seen) > EXACT:
            self._halve()

    def _halve(self) -> None:
        self.halvings += 1
        above = BITS - self.halvings
        self.seen = {one for one in self.seen if not one >> above}

    @property
    def count(self) -> int:
        """The number of distinct hashes."""
        return len(self.seen) << self.halvings
