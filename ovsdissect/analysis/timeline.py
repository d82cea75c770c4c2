"""Series over time of bounded length: the time step doubles when a capture outgrows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Generic, TypeVar

from ovsdissect.analysis.latency import Histogram

STEP_NS: Final = 100_000_000
POINTS: Final = 4096
SERIES: Final = 64  # handlers that are drawn

V = TypeVar("V")


class Series(Generic[V]):
    """Values by time. combine: merges two values in a step."""

    def __init__(self, combine: Callable[[V, V], V]) -> None:
        self.step_ns = STEP_NS
        self._start_ns: int | None = None
        self._combine = combine
        self._values: dict[int, V] = {}

    def add(self, time_ns: int, value: V) -> None:
        """Add a value at a time; the clock may run backwards a little."""
        if self._start_ns is None:
            self._start_ns = time_ns
        at = max(time_ns - self._start_ns, 0) // self.step_ns
        while at >= POINTS:
            self._halve()
            at //= 2
        values = self._values
        values[at] = self._combine(values[at], value) if at in values else value

    def _halve(self) -> None:
        self.step_ns *= 2
        values: dict[int, V] = {}
        for at, value in self._values.items():
            values[at // 2] = self._combine(values[at // 2], value) if at // 2 in values else value
        self._values = values

    def points(self, most: int) -> Iterator[tuple[int, V]]:
        """Yield times of steps and their values, at most `most`."""
        if self._start_ns is None:
            return
        width = 1 + max(self._values) // most
        merged: dict[int, V] = {}
        for at, value in sorted(self._values.items()):
            place = at // width
            merged[place] = self._combine(merged[place], value) if place in merged else value
        for place, value in merged.items():
            yield self._start_ns + place * width * self.step_ns, value

    def width_ns(self, most: int) -> int:
        """Return the width of a step of points()."""
        return (1 + max(self._values, default=0) // most) * self.step_ns


class Timeline:
    """Series of a capture. miss, action: upcalls; lost: between polls; flows: n_flows; latency: to the EXECUTE, at the upcall's time.

    queues: how many upcalls waited for a handler, by portid.
    """

    def __init__(self) -> None:
        self.miss: Series[int] = Series(_sum)
        self.action: Series[int] = Series(_sum)
        self.lost: Series[int] = Series(_sum)
        self.flows: Series[int] = Series(max)
        self.latency: Series[Histogram] = Series(_merged)
        self.queues: dict[int, Series[int]] = {}

    def took(self, time_ns: int, duration: int) -> None:
        """Note that an upcall was answered."""
        histogram = Histogram()
        histogram.add(duration)
        self.latency.add(time_ns, histogram)

    def queued(self, pid: int, time_ns: int, queue: int) -> None:
        """Note how many upcalls waited for a handler."""
        series = self.queues.get(pid)
        if series is None:
            if len(self.queues) >= SERIES:
                return
            series = self.queues[pid] = Series(max)
        series.add(time_ns, queue)


def _sum(one: int, other: int) -> int:
    return one + other


def _merged(one: Histogram, other: Histogram) -> Histogram:
    one.merge(other)
    return one
