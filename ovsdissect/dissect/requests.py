"""The requests of one netlink protocol that may still be answered: the last thousand or two, by portid, sequence number and type.

Most requests are never answered, so they are only noted; the first look-up after them files them.  What is remembered follows from the
number of requests alone: a part of a capture, given what its look-ups find, forgets when the whole would.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ovsdissect.grammar import Command, Family

REQUESTS: Final = 1024  # a batch is at most 50 (OPERATE_MAX_OPS), and answers follow at once


class Asked(NamedTuple):
    """What requests of a kind ask for.  family, command: None where they are not decoded."""

    type: int
    family: Family | None
    command: Command | None


# portid, sequence number, what it asks for, the message's number, its bytes
Pending = tuple[int, int, Asked, int, bytes]


class Used(NamedTuple):
    """What the look-ups of a part of a capture found: all that another Requests needs which goes over that part alone.

    first: the number of the part's first request.  found: requests before it, by number.  latest: what was asked for last, by portid and
    sequence number, when the part first wanted to know; what the part itself asks for may be among it, it does so again before that.
    """

    first: int
    found: dict[int, Pending]
    latest: dict[tuple[int, int], tuple[int, int]]


class Requests:
    """Requests in order; the first is number 0.  Those of the last thousand and of the thousand before are remembered."""

    __slots__ = ("_filed", "_first", "_latest", "_used", "noted")

    def __init__(self) -> None:
        self.noted: list[Pending] = []
        self._first = 0  # the number of noted[0]
        self._filed: dict[tuple[int, int, int], tuple[int, Pending]] = {}
        self._latest: dict[tuple[int, int], tuple[int, int]] = {}
        self._used: Used | None = None  # what look-ups found, where somebody wants to know

    def note(self, pending: Pending) -> None:
        """A request was seen."""
        self.noted.append(pending)
        if len(self.noted) >= 3 * REQUESTS:
            self.trim()

    def trim(self) -> None:
        """Forget noted requests that are too old to be answered."""
        del self.noted[:REQUESTS]
        self._first += REQUESTS

    def find(self, pid: int, seq: int, kind: int) -> Pending | None:
        """The latest request with this portid, sequence number and type."""
        if self.noted:
            self._file()
        number, pending = self._filed.get((pid, seq, kind), (-1, None))
        if pending is None or number < self._oldest():
            return None
        if self._used is not None and number < self._used.first:
            self._used.found[number] = pending
        return pending

    def speaks(self, pid: int, seq: int, kind: int) -> None:
        """A dump answers with this type."""
        if self.noted:
            self._file()
        self._latest[pid, seq] = (self._first, kind)
        if len(self._latest) > 8 * REQUESTS:  # without requests: nobody dumps so much at a time
            self._latest = dict(list(self._latest.items())[-4 * REQUESTS :])

    def latest(self, pid: int, seq: int) -> int | None:
        """The type that was last asked for, or that a dump last answered with: NLMSG_DONE ends that one."""
        self._file()
        one = self._latest.get((pid, seq))
        if one is None or one[0] < self._oldest():
            return None
        if self._used is not None:
            self._used.latest.setdefault((pid, seq), one)
        return one[1]

    def use(self) -> Used:
        """From now on, note what look-ups find."""
        self._used = Used(self._first + len(self.noted), {}, {})
        return self._used

    def go_on(self, used: Used) -> None:
        """Start where another one stood, with what will be asked for."""
        self._first, self._latest = used.first, used.latest
        self._filed = {(one[0], one[1], one[2].type): (number, one) for number, one in sorted(used.found.items())}

    def _oldest(self) -> int:
        """The number of the oldest request that is remembered, when all are filed."""
        return ((self._first - 1) // REQUESTS - 1) * REQUESTS

    def _file(self) -> None:
        for number, pending in enumerate(self.noted, self._first):
            pid, seq, asked, _, _ = pending
            self._filed[pid, seq, asked.type] = (number, pending)
            self._latest[pid, seq] = (number, asked.type)
        self._first += len(self.noted)
        self.noted.clear()
        oldest = self._oldest()
        if len(self._filed) > 4 * REQUESTS:
            self._filed = {key: one for key, one in self._filed.items() if one[0] >= oldest}
        if len(self._latest) > 4 * REQUESTS:
            self._latest = {key: one for key, one in self._latest.items() if one[0] >= oldest}
