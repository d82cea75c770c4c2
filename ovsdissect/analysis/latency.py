"""Durations of answers: a histogram of powers of two divided into 128 steps (an error of at most 0.4 %), with the exact maximum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

STEPS: Final = 7  # bits below the highest one


@dataclass(frozen=True, slots=True)
class Latency:
    """Durations in nanoseconds. p50 of n sorted values is the one at min(n - 1, int(n * 0.5)); all are None if n is 0."""

    n: int
    p50: int | None
    p90: int | None
    p99: int | None
    max: int | None


class Histogram:
    """Counts durations by step(). counts: by step."""

    __slots__ = ("counts", "max", "n")

    def __init__(self) -> None:
        self.counts: dict[int, int] = {}
        self.n = 0
        self.max = 0

    def add(self, duration: int) -> None:
        """Count one duration; a negative one (the clock ran backwards) counts as 0."""
        if duration < 0:
            duration = 0
        at = step(duration)
        self.counts[at] = self.counts.get(at, 0) + 1
        self.n += 1
        if duration > self.max:
            self.max = duration

    def merge(self, other: Histogram) -> None:
        """Add the counts of another histogram."""
        for at, count in other.counts.items():
            self.counts[at] = self.counts.get(at, 0) + count
        self.n += other.n
        self.max = max(self.max, other.max)

    def percentile(self, share: float) -> int | None:
        """Return the duration below which that share of them lies; None if there are none."""
        rank = min(self.n - 1, int(self.n * share))
        for at, count in sorted(self.counts.items()):
            if rank < count:
                return min(middle(at), self.max)
            rank -= count
        return None

    def latency(self) -> Latency:
        """Return the figures that are shown."""
        percentile = self.percentile
        return Latency(self.n, percentile(0.5), percentile(0.9), percentile(0.99), self.max if self.n else None)

    def middles(self) -> Iterator[tuple[int, int]]:
        """Yield the middle of each step that has durations, ascending, and their number."""
        for at, count in sorted(self.counts.items()):
            yield min(middle(at), self.max), count


def step(duration: int) -> int:
    """Return the step of a duration: its highest 8 bits and how many bits follow."""
    low = duration.bit_length() - STEPS - 1
    return duration if low <= 0 else (low << STEPS) + (duration >> low)


def middle(at: int) -> int:
    """Return the middle of a step."""
    low = (at >> STEPS) - 1
    if low <= 0:
        return at
    start = (at - (low << STEPS)) << low
    return start + (1 << low >> 1)
