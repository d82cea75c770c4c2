"""How family ids become known before messages are shown: by a first pass over a file, or a bounded look-ahead into a stream.

It decodes only nlctrl and families that have no name yet. Each conversation is surveyed separately.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import Record
from ovsdissect.dissect.conversation import Registries
from ovsdissect.families import GENL_ID_CTRL
from ovsdissect.families.registry import Announcement, Registry, announcement
from ovsdissect.netlink.framing import framing
from ovsdissect.netlink.numbers import NETLINK_GENERIC, NLMSG_MIN_TYPE, NLMSGHDR_LEN

LOOK_AHEAD: Final = 256  # records of a stream held back at most while a type is undecided
_TYPES: Final = 1 << 16


def weigh(registries: Registries, record: Record) -> set[tuple[int, int]]:
    """Show a record to its registry. Returns (conversation, nlmsg_type) of those types in it that may still become known."""
    undecided: set[tuple[int, int]] = set()
    cut = framing(record.data, record.link_type, record.wire_length, record.byteorder)
    if cut.protocol != NETLINK_GENERIC:
        return undecided
    key = record.conversation
    registry = registries[key]
    for frame in cut.frames:
        if frame.type >= NLMSG_MIN_TYPE and frame.type != GENL_ID_CTRL:
            body = record.data[frame.offset + NLMSGHDR_LEN : frame.end]
            registry.weigh(frame.type, body, record.byteorder, cut=frame.end > len(record.data))
            if registry.undecided(frame.type):
                undecided.add((key, frame.type))
    return undecided


class Survey:
    """What the messages of one conversation in a whole file say about ids: ids announced anywhere apply from the start; the rest is
    inferred.

    enough: by nlmsg_type, 1 if no more messages of that type are needed.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._announcements: list[Announcement] = []
        self._said: dict[str, list[int | None]] = {}  # the ids that a family had, the last one last
        self.enough = bytearray(_TYPES)

    def see(self, kind: int, body: bytes, order: ByteOrder, *, cut: bool) -> None:
        """Take a message (genlmsghdr and what follows) of a type that needs more evidence."""
        if kind != GENL_ID_CTRL:
            if not self._registry.note(kind, body, order, cut=cut):
                self.enough[kind] = 1
            return
        said = announcement(body, order)
        if said is None:
            return
        earlier = self._said.setdefault(said.name, [])
        if earlier and earlier[-1] == said.id:
            return
        if not earlier and said.id is not None:
            self.enough[said.id] = 1  # no need to infer it: start_with() accepts this
        if said.id is None:
            earlier.clear()
        self._announcements.append(said)
        if said.id not in earlier:
            earlier.append(said.id)

    def finish(self) -> None:
        """Decide, and pass the result to the registry."""
        self._registry.start_with(self._announcements)
        self._registry.review()


class Surveys:
    """The surveys of a capture's conversations, for as many as have their ids kept."""

    def __init__(self, registries: Registries) -> None:
        self._registries = registries
        self._surveys: dict[int, Survey] = {}

    def of(self, key: int) -> Survey | None:
        """Return the survey of a conversation; None if its ids are not kept."""
        found = self._surveys.get(key)
        if found is None:
            registry = self._registries[key]
            if key in self._registries:
                found = self._surveys[key] = Survey(registry)
        return found

    def show(self, record: Record, place: int = 0) -> None:
        """Take the messages of a record from an index on."""
        survey: Survey | None = None
        for kind, start, end in generic_messages(record, place):
            survey = survey or self.of(record.conversation)
            if survey is None:
                return
            if not survey.enough[kind]:
                survey.see(kind, record.data[start:end], record.byteorder, cut=end > len(record.data))

    def finish(self) -> None:
        """Decide, for all conversations."""
        for survey in self._surveys.values():
            survey.finish()


def survey(registries: Registries, records: Iterable[Record]) -> None:
    """Survey a whole file in a first pass."""
    surveys = Surveys(registries)
    for record in records:
        surveys.show(record)
    surveys.finish()


def generic_messages(record: Record, place: int = 0) -> Iterator[tuple[int, int, int]]:
    """Yield the type, and start and end of what follows the header, of each generic netlink message of a record from an index on."""
    cut = framing(record.data, record.link_type, record.wire_length, record.byteorder)
    if cut.protocol != NETLINK_GENERIC:
        return
    for frame in cut.frames[place:]:
        if frame.type >= NLMSG_MIN_TYPE:
            yield frame.type, frame.offset + NLMSGHDR_LEN, frame.end


def look_ahead(registries: Registries, records: Iterable[Record]) -> Iterator[Record]:
    """Yield the records of a stream, each held back while a type in it or an earlier record is undecided, at most LOOK_AHEAD records."""
    held: deque[Record] = deque()
    waiting: set[tuple[int, int]] = set()
    for record in records:
        held.append(record)
        waiting = {(key, number) for key, number in waiting | weigh(registries, record) if registries[key].undecided(number)}
        if not waiting:
            yield from held
            held.clear()
        elif len(held) > LOOK_AHEAD:
            yield held.popleft()
    yield from held
