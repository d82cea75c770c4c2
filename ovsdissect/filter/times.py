"""Times and durations as columns show them; computed in integers of nanoseconds, so that no digit is lost."""

from __future__ import annotations

from datetime import UTC, datetime


def time_text(nanoseconds: int) -> str:
    """Return a time since 1970 in UTC with nine decimals; the number itself if it is outside the calendar."""
    seconds, fraction = divmod(nanoseconds, 1_000_000_000)
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction:09}Z"
    except (OverflowError, OSError, ValueError):
        return f"{seconds}.{fraction:09}"


def duration_text(nanoseconds: int) -> str:
    """Return a duration in seconds with nine decimals."""
    sign = "-" if nanoseconds < 0 else ""
    seconds, fraction = divmod(abs(nanoseconds), 1_000_000_000)
    return f"{sign}{seconds}.{fraction:09}"
