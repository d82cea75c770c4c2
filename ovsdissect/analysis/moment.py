"""A position in a capture, as `--at` names it."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from typing import Final, NamedTuple

from ovsdissect.errors import OvsDissectError
from ovsdissect.filter.literals import date_time

SECOND_NS: Final = 1_000_000_000
EPOCH_SECONDS: Final = 1_000_000_000  # larger numbers are seconds since 1970


class Moment(NamedTuple):
    """A position in a capture: after a message, or after the last message before the first record that is later than some seconds.

    seconds: since the start; since 1970 if they exceed 10**9.
    """

    number: int | None = None
    seconds: Decimal | None = None

    @classmethod
    def of(cls, text: str) -> Moment:
        """Return the moment that a text names: "@1203" is a message's number, anything else seconds or a date ("2026-11-23T06:39:00Z").

        Raises OvsDissectError if it is neither.
        """
        if text.startswith("@") and text[1:].isdecimal():
            return cls(number=int(text[1:]))
        try:
            time_ns = date_time(text)
            seconds = Decimal(text) if time_ns is None else Decimal(time_ns) / SECOND_NS
        except (InvalidOperation, ValueError):
            seconds = Decimal("NaN")
        if not seconds.is_finite():
            raise OvsDissectError(
                f"{text!r} is not a time: give seconds since the start (23.5) or since 1970, a date (2026-11-23T06:39:00Z), "
                "or a message as @1203"
            )
        return cls(seconds=seconds)

    @property
    def last(self) -> tuple[int, bool]:
        """Return the last time that is included, in nanoseconds, and whether it counts from the first record's time."""
        assert self.seconds is not None
        return int((self.seconds * SECOND_NS).to_integral_value(ROUND_FLOOR)), self.seconds <= EPOCH_SECONDS

    def before(self, time_ns: int, start_ns: int) -> bool:
        """Whether a record is later; start_ns: the time of the first record."""
        if self.seconds is None:
            return False
        since = 0 if self.seconds > EPOCH_SECONDS else start_ns
        return time_ns - since > self.seconds * SECOND_NS
