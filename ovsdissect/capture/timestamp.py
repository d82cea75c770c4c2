"""The time of a record as text."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


def time_text(time_ns: int | None) -> str | None:
    """ISO 8601 in UTC with nine digits; None if there is no time."""
    if time_ns is None:
        return None
    seconds, fraction = divmod(time_ns, 1_000_000_000)
    text = second_text(seconds)
    return None if text is None else f"{text}.{fraction:09}Z"


@lru_cache(4096)
def second_text(seconds: int) -> str | None:
    """A second in ISO 8601; None if it is out of the years 1 to 9999."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"
    except (OverflowError, OSError, ValueError):
        return None
