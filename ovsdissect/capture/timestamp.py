"""The time of a record as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment(time_ns: int | None) -> datetime | None:
    """Return a time in UTC, in microseconds; None if there is none, or its year is not in 1 to 9999."""
    if time_ns is None:
        return None
    try:
        return EPOCH + timedelta(microseconds=time_ns // 1000)
    except OverflowError:
        return None


def time_text(time_ns: int | None) -> str | None:
    """Return ISO 8601 in UTC with nine decimals; None if there is no time."""
    if time_ns is None:
        return None
    seconds, fraction = divmod(time_ns, 1_000_000_000)
    text = second_text(seconds)
    return None if text is None else f"{text}.{fraction:09}Z"


@lru_cache(4096)
def second_text(seconds: int) -> str | None:
    """Return a second in ISO 8601; None if its year is not in 1 to 9999."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"
    except (OverflowError, OSError, ValueError):
        return None
