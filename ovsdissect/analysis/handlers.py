"""Handlers of a datapath: which EXECUTEs name them, and how many upcalls waited for each."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Final, NamedTuple

DRAINED: Final = 4096  # kept for one handler
OVERFLOW: Final = 1000


class Gap(NamedTuple):
    """Two consecutive upcalls of a handler, the second of which came when none was waiting.

    queue: how many waited after the first. first, second: their numbers.
    """

    queue: int
    first: int
    second: int
    from_ns: int
    to_ns: int


class Handler:
    """An upcall socket. It gets upcalls when they are final, in the order of their numbers: only answers tell which socket they used."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.executes = 0
        self.answers = 0
        self.max_queue = 0
        self.max_number: int | None = None
        self.gaps: list[Gap] = []
        self._arrived = 0
        self._answered = 0
        self._answers: list[int] = []
        self._last: tuple[int, int, int] | None = None  # queue, number and time after the last upcall

    def answered(self, number: int, time_ns: int, execute: int) -> int:
        """Take the next upcall and the number of its EXECUTE. Returns how many upcalls waited at that time, including this one."""
        answers = self._answers
        while answers and answers[0] < number:
            heappop(answers)
            self._answered += 1
        waiting = self._arrived - self._answered
        if self._last is not None and waiting == 0 and self._last[0] >= OVERFLOW and len(self.gaps) < DRAINED:
            self.gaps.append(Gap(self._last[0], self._last[1], number, self._last[2], time_ns))
        heappush(answers, execute)
        self._arrived += 1
        self.answers += 1
        queue = waiting + 1
        if queue > self.max_queue:
            self.max_queue, self.max_number = queue, number
        self._last = (queue, number, time_ns)
        return queue
