"""Times and spans as columns show them; integers of nanoseconds throughout, no digit is lost."""

from __future__ import annotations

from datetime import UTC, datetime


def time_text(nanoseconds: int) -> str:
    """A time since 1970 in UTC with nine digits; the number itself where a calendar ends."""
    seconds, fraction = divmod(nanoseconds, 1_000_000_000)
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction:09}Z"
    except (OverflowError, OSError, ValueError):
        return f"{seconds}.{fraction:09}"


def duration_text(nanoseconds: int) -> str:
    """A span in seconds with nine digits."""
    sign = "-" if nanoseconds < 0 else ""
    seconds, fraction = divmod(abs(nanoseconds), 1_000_000_000)
    return f"{sign}{seconds}.{fraction:09}"
