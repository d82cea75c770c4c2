"""Durations, counts and shares as a screen shows them."""

from __future__ import annotations

from typing import Final

SECOND_NS: Final = 1_000_000_000
# from this many nanoseconds on: unit, its nanoseconds, digits
UNITS: Final = ((SECOND_NS, "s", 3), (1_000_000, "ms", 3), (1_000, "us", 1), (1, "ns", 0))


def duration(nanoseconds: int) -> str:
    """ "64.817ms", "6.152s", "12.3us"."""
    for least, unit, digits in UNITS:
        if nanoseconds >= least:
            return f"{nanoseconds / least:.{digits}f}{unit}"
    return "0s"


def unit_of(nanoseconds: int) -> tuple[int, str]:
    """Return the unit for durations of about this length, and its nanoseconds."""
    return next(((least, unit) for least, unit, _ in UNITS if nanoseconds >= least), (1, "ns"))


def seconds(nanoseconds: int, digits: int = 3) -> str:
    """Seconds with decimals."""
    return f"{nanoseconds / SECOND_NS:.{digits}f}"


def count(number: int, one: str, many: str = "") -> str:
    """ "1 flow", "1,203 flows"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
