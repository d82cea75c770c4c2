"""The requests of one conversation that may still be answered, by netlink protocol, portid, sequence number and type.

The last REMEMBERED entries are kept: requests, and a dump's answers whose type differs from that of its latest request.
The first BODY bytes of each request are kept, and the last BODIES bytes of all requests together.
"""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

from ovsdissect.grammar import Command, Family

REMEMBERED: Final = 4096  # a batch of requests is at most 50 (OPERATE_MAX_OPS), and answers follow at once
BODY: Final = 16384
BODIES: Final = 1024 * 1024


class Pending(NamedTuple):
    """A request that was seen.

    family, command: None if they are not decoded. number: the message's. body: its bytes from the nlmsghdr on, as far as they were kept.
    """

    type: int
    family: Family | None
    command: Command | None
    number: int
    body: bytes


class Requests(Protocol):
    """What a context remembers of requests."""

    def note(self, protocol: int, pid: int, seq: int, request: Pending) -> None:
        """Take a request."""

    def speaks(self, protocol: int, pid: int, seq: int, kind: int) -> None:
        """Note that a dump answers with this type."""

    def find(self, protocol: int, pid: int, seq: int, kind: int) -> Pending | None:
        """Return the latest request with this portid, sequence number and type."""

    def latest(self, protocol: int, pid: int, seq: int) -> int | None:
        """Return the type of the latest request or of a dump's latest answer: NLMSG_DONE ends that one."""


class RequestLog:
    """The requests that a context remembers by itself."""

    __slots__ = ("_bodies", "_entries", "_latest", "_requests")

    def __init__(self) -> None:
        self._entries = 0
        self._bodies = 0  # bytes ever kept
        self._requests: dict[tuple[int, int, int, int], tuple[int, int, Pending]] = {}
        self._latest: dict[tuple[int, int, int], tuple[int, int]] = {}

    def note(self, protocol: int, pid: int, seq: int, request: Pending) -> None:
        """Take a request."""
        self._requests[protocol, pid, seq, request.type] = (self._entries, self._bodies, request._replace(body=request.body[:BODY]))
        self._bodies += min(len(request.body), BODY)
        self._enter(protocol, pid, seq, request.type)

    def speaks(self, protocol: int, pid: int, seq: int, kind: int) -> None:
        """Note that a dump answers with this type."""
        if self.latest(protocol, pid, seq) != kind:
            self._enter(protocol, pid, seq, kind)

    def find(self, protocol: int, pid: int, seq: int, kind: int) -> Pending | None:
        """Return the latest request with this portid, sequence number and type."""
        entry, place, request = self._requests.get((protocol, pid, seq, kind), (-1, 0, None))
        if request is None or entry + REMEMBERED < self._entries:
            return None
        return request if self._bodies - place <= BODIES else request._replace(body=b"")

    def latest(self, protocol: int, pid: int, seq: int) -> int | None:
        """Return the type of the latest request or of a dump's latest answer: NLMSG_DONE ends that one."""
        entry, kind = self._latest.get((protocol, pid, seq), (-1, None))
        return None if kind is None or entry + REMEMBERED < self._entries else kind

    def _enter(self, protocol: int, pid: int, seq: int, kind: int) -> None:
        self._latest[protocol, pid, seq] = (self._entries, kind)
        self._entries += 1
        oldest = self._entries - REMEMBERED
        if len(self._requests) > 2 * REMEMBERED:
            self._requests = {key: one for key, one in self._requests.items() if one[0] >= oldest}
        if len(self._latest) > 2 * REMEMBERED:
            self._latest = {key: one for key, one in self._latest.items() if one[0] >= oldest}
