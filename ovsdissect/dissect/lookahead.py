"""What the whole capture tells about each message: computed when it is first needed, then kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Told = Mapping[int, Mapping[str, Any]]


class LookAhead:
    """What the capture tells about the message with a number.

    tell: reads the whole capture and returns the values by number; called once. A copy in another process knows nothing.
    """

    __slots__ = ("_tell", "_told")

    def __init__(self, tell: Callable[[], Told]) -> None:
        self._tell = tell
        self._told: Told | None = None

    def __call__(self, number: int) -> Mapping[str, Any]:
        return self.all().get(number, {})

    def all(self) -> Told:
        """Return the values by number."""
        if self._told is None:
            self._told = self._tell()
        return self._told

    def __reduce__(self) -> tuple[Any, ...]:
        return _nobody, ()


def _nobody() -> None:
    """Used for a message that was sent to another process, where nobody can look ahead."""
