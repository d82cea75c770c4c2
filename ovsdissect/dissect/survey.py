"""How family ids become known before messages are shown: a first pass over a file, or a bounded look-ahead into a stream.

Decodes nothing but nlctrl and what has no name yet.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

from ovsdissect.capture import ByteOrder, CaptureFile, Record
from ovsdissect.capture.record import LINKTYPE_NETLINK, Dull
from ovsdissect.families import GENL_ID_CTRL
from ovsdissect.families.registry import Announcement, Registry, announcement
from ovsdissect.grammar.wire import PREFIX
from ovsdissect.netlink.framing import framing
from ovsdissect.netlink.numbers import FIRST, NETLINK_GENERIC, NLMSG_MIN_TYPE, NLMSGHDR_LEN

_GENERIC: Final = NETLINK_GENERIC.to_bytes(2, "big")
_HEADS: Final = {order: struct.Struct(f"{prefix}{FIRST - 2}x2sIH").unpack_from for order, prefix in PREFIX.items()}

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


def survey(registry: Registry, records: Iterable[Record]) -> None:
    """A first pass over a whole file: what it announces anywhere holds from its start, what it never announces is inferred."""
    announcements: list[Announcement] = []
    enough: set[int] = set()
    if isinstance(records, CaptureFile) and records.format == "pcap" and records.interfaces[0].link_type == LINKTYPE_NETLINK:
        records = records.but(_dull(records.byteorder or "little", enough))
    for record in records:
        data, order = record.data, record.byteorder
        for kind, start, end in generic_messages(record):
            if kind in enough:
                continue
            body = data[start:end]
            if kind == GENL_ID_CTRL:
                said = announcement(body, order)
                if said is not None:
                    announcements.append(said)
            elif not registry.note(kind, body, order, cut=end > len(data)):
                enough.add(kind)
    registry.start_with(announcements)
    registry.review()


def _dull(order: ByteOrder, enough: set[int]) -> Dull:
    """Nearly every record is one message of a type that enough is known of."""
    unpack = _HEADS[order]

    def dull(data: bytes, begin: int, end: int) -> bool:
        if begin + FIRST + NLMSGHDR_LEN > end:
            return False
        protocol, length, kind = unpack(data, begin)
        return protocol != _GENERIC or (kind in enough and begin + FIRST + length == end)

    return dull


def generic_messages(record: Record) -> list[tuple[int, int, int]]:
    """Type, and start and end of what follows the header, of each generic netlink message of a record."""
    cut = framing(record.data, record.link_type, record.wire_length, record.byteorder)
    if cut.protocol != NETLINK_GENERIC:
        return []
    return [(frame.type, frame.offset + NLMSGHDR_LEN, frame.end) for frame in cut.frames if frame.type >= NLMSG_MIN_TYPE]


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
