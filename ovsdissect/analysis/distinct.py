"""How many different hashes there were: exactly up to EXACT, then by a sample of those below a threshold, within some percent."""

from __future__ import annotations

from typing import Final

EXACT: Final = 4096
BITS: Final = 64


class Distinct:
    """A counter of different 64-bit hashes.  seen: those below `below`; add to it only such."""

    __slots__ = ("below", "seen")

    def __init__(self) -> None:
        self.below = 1 << BITS
        self.seen: set[int] = set()

    def add(self, value: int) -> None:
        """Count a hash."""
        if value < self.below:
            self.seen.add(value)
            if len(self.seen) > EXACT:
                self.below >>= 1
                self.seen = {one for one in self.seen if one < self.below}

    @property
    def count(self) -> int:
        """How many there were."""
        return round(len(self.seen) * ((1 << BITS) / self.below))
