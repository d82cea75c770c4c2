"""What a verdict rests on: how often something was seen, and the first messages that show it."""

from __future__ import annotations

from typing import Final

SHOWN: Final = 10


class Evidence:
    """count: how often it was seen. numbers: of the first messages. first_ns, last_ns: the first and the last time."""

    __slots__ = ("count", "first_ns", "last_ns", "numbers")

    def __init__(self) -> None:
        self.count = 0
        self.numbers: list[int] = []
        self.first_ns = self.last_ns = 0

    def add(self, number: int, time_ns: int) -> None:
        """Count a message that shows it."""
        if not self.count:
            self.first_ns = time_ns
        self.last_ns = max(self.last_ns, time_ns)
        self.count += 1
        if len(self.numbers) < SHOWN:
            self.numbers.append(number)
