"""Durations and counts as text, where a unit begins and where the plural does."""

from __future__ import annotations

from ovsdissect.report.ports import seconds_of
from ovsdissect.report.units import count, duration, seconds, unit_of


def test_durations() -> None:
    told = {
        6_152_000_000: "6.152s",
        1_000_000_000: "1.000s",
        64_817_000: "64.817ms",
        1_000_000: "1.000ms",
        12_300: "12.3us",
        1_000: "1.0us",
        999: "999ns",
        1: "1ns",
        0: "0s",
    }
    assert {nanoseconds: duration(nanoseconds) for nanoseconds in told} == told
    assert [unit_of(nanoseconds) for nanoseconds in (1_000_000_000, 999_999_999, 1_000, 1, 0)] == [
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "us"),
        (1, "ns"),
        (1, "ns"),
    ]
    assert (seconds(1_234_567_890), seconds(1_234_567_890, 1)) == ("1.235", "1.2")


def test_counts() -> None:
    assert [count(number, "flow") for number in (0, 1, 2, 1203)] == ["0 flows", "1 flow", "2 flows", "1,203 flows"]
    assert [count(number, "match", "matches") for number in (0, 1, 2)] == ["0 matches", "1 match", "2 matches"]


def test_a_rate_is_of_a_second_at_least() -> None:
    assert [seconds_of(first_ns, 3_000_000_000) for first_ns in (0, 2_999_000_000, None)] == [3.0, 1.0, 1.0]
