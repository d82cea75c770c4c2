"""What `--at` and `flows(at=)` accept as a position in a capture."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

import ovsdissect
from ovsdissect.analysis.moment import Moment
from ovsdissect.errors import OvsDissectError

# `date -u -d 2026-11-23T06:39:00Z +%s` prints 1795415940


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("23.5", "23.5"),
        ("1795415940", "1795415940"),
        ("2026-11-23T06:39:00Z", "1795415940"),
        ("2026-11-23 06:39", "1795415940"),
        ("2026-11-23T06:39:00.000000001Z", "1795415940.000000001"),
        ("2026-11-23T08:39:00.5+02:00", "1795415940.5"),
        ("2026-11-23T01:09:00-0530", "1795415940"),
        (str(datetime(2026, 11, 23, 6, 39, tzinfo=UTC)), "1795415940"),
        (str(datetime(2026, 11, 23, 7, 39, 0, 250_000, timezone(timedelta(hours=1)))), "1795415940.25"),
    ],
)
def test_times(text: str, seconds: str) -> None:
    assert Moment.of(text) == Moment(seconds=Decimal(seconds))


def test_message() -> None:
    assert Moment.of("@1203") == Moment(number=1203)


@pytest.mark.parametrize("text", ["", "@", "@x", "nan", "inf", "tomorrow", "2026-11-33", "2026-11-23T25:00:00Z", "12:30"])
def test_neither(text: str) -> None:
    with pytest.raises(OvsDissectError, match="is not a time: give seconds"):
        Moment.of(text)


def test_api_takes_what_a_message_tells() -> None:
    """The table at a message's time is that after the last message before the first record that is later."""
    with ovsdissect.open("captures/tunnels.pcap.gz") as capture:
        at = capture[7992].time
        assert at is not None
        by_time = capture.flows(at=at)
        assert len(by_time) == 31  # that message is the kernel's own count: flows 31
        assert by_time == capture.flows(at="@7992") == capture.flows(at=at.isoformat())
