"""How family ids become known before messages are shown: a first pass over a file, or a bounded look-ahead into a stream.

Decodes nothing but nlctrl and what has no name yet.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

from ovsdissect.capture import Record
from ovsdissect.families import GENL_ID_CTRL
from ovsdissect.families.registry import Announcement, Registry, announcement
from ovsdissect.grammar import ByteOrder
from ovsdissect.netlink.framing import framing
from ovsdissect.netlink.numbers import NETLINK_GENERIC, NLMSG_MIN_TYPE, NLMSGHDR_LEN

LOOK_AHEAD: Final = 256  # records of a stream held back at most while a type is undecided


def weigh(registry: Registry, record: Record) -> set[int]:
    """Show a record to the registry; returns the nlmsg_types in it that may yet become known."""
    undecided: set[int] = set()
    cut = framing(record.data, record.link_type, record.wire_length, record.byteorder)
    if cut.protocol != NETLINK_GENERIC:
        return undecided
    for frame in cut.frames:
        if frame.type >= NLMSG_MIN_TYPE and frame.type != GENL_ID_CTRL:
            body = record.data[frame.offset + NLMSGHDR_LEN : frame.end]
            registry.weigh(frame.type, body, record.byteorder, cut=frame.end > len(record.data))
            if registry.undecided(frame.type):
                undecided.add(frame.type)
    return undecided


class Survey:
    """What the messages of a whole file say of ids: what it announces anywhere holds from its start, what it never announces is
    inferred."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._announcements: list[Announcement] = []
        self._named: set[str] = set()

    def see(self, kind: int, body: bytes, order: ByteOrder, *, cut: bool) -> int | None:
        """Take a message (genlmsghdr and what follows); returns an nlmsg_type of which no more need be seen."""
        if kind != GENL_ID_CTRL:
            return None if self._registry.note(kind, body, order, cut=cut) else kind
        said = announcement(body, order)
        if said is None:
            return None
        self._announcements.append(said)
        known = said.name in self._named
        self._named.add(said.name)
        return None if known else said.id  # no need to infer it: start_with() believes this

    def finish(self) -> None:
        """Decide."""
        self._registry.start_with(self._announcements)
        self._registry.review()


def survey(registry: Registry, records: Iterable[Record]) -> None:
    """A first pass over a whole file."""
    seen, enough = Survey(registry), set[int]()
    for record in records:
        for kind, start, end in generic_messages(record):
            if kind not in enough:
                known = seen.see(kind, record.data[start:end], record.byteorder, cut=end > len(record.data))
                if known is not None:
                    enough.add(known)
    seen.finish()


def generic_messages(record: Record, place: int = 0) -> list[tuple[int, int, int]]:
    """Type, and start and end of what follows the header, of each generic netlink message of a record from a place on."""
    cut = framing(record.data, record.link_type, record.wire_length, record.byteorder)
    if cut.protocol != NETLINK_GENERIC:
        return []
    return [(frame.type, frame.offset + NLMSGHDR_LEN, frame.end) for frame in cut.frames[place:] if frame.type >= NLMSG_MIN_TYPE]


def look_ahead(registry: Registry, records: Iterable[Record]) -> Iterator[Record]:
    """The records of a stream, each held back while a type in it, or in one before it, is undecided, at most LOOK_AHEAD records."""
    held: deque[Record] = deque()
    waiting: set[int] = set()
    for record in records:
        held.append(record)
        waiting = {number for number in waiting | weigh(registry, record) if registry.undecided(number)}
        if not waiting:
            yield from held
            held.clear()
        elif len(held) > LOOK_AHEAD:
            yield held.popleft()
    yield from held
