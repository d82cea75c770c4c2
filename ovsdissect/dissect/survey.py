"""How family ids become known before messages are shown: a first pass over a file, or a bounded look-ahead into a stream.

Decodes nothing but nlctrl and what has no name yet.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from ovsdissect.capture import CaptureFile, Record
from ovsdissect.capture.pcap import HEADER_LENGTHS, Stretch
from ovsdissect.capture.record import LINKTYPE_NETLINK
from ovsdissect.capture.records import Piece
from ovsdissect.families import GENL_ID_CTRL
from ovsdissect.families.registry import Announcement, Registry, announcement
from ovsdissect.grammar.wire import PREFIX
from ovsdissect.netlink.framing import framing
from ovsdissect.netlink.numbers import FIRST, NETLINK_GENERIC, NLMSG_MIN_TYPE, NLMSGHDR_LEN

_GENERIC: Final = NETLINK_GENERIC.to_bytes(2, "big")
# captured bytes, protocol, and length and type of the first message, from a record's header of some length on
_HEADS: Final = {
    (order, header): struct.Struct(f"{prefix}8xI{header - 12 + FIRST - 2}xHIH").unpack_from
    for order, prefix in PREFIX.items()
    for header in HEADER_LENGTHS
}

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
    named: set[str] = set()
    enough: set[int] = set()
    for record in _telling(records, enough):
        data, order = record.data, record.byteorder
        for kind, start, end in generic_messages(record):
            if kind in enough:
                continue
            body = data[start:end]
            if kind == GENL_ID_CTRL:
                said = announcement(body, order)
                if said is not None:
                    announcements.append(said)
                    if said.id is not None and said.name not in named:
                        enough.add(said.id)  # no need to infer it: start_with() believes this
                    named.add(said.name)
            elif not registry.note(kind, body, order, cut=end > len(data)):
                enough.add(kind)
    registry.start_with(announcements)
    registry.review()


def _telling(records: Iterable[Record], enough: set[int]) -> Iterator[Record]:
    """The records without those that tell nothing: nearly every one is a single message of a type of which enough is known."""
    if not isinstance(records, CaptureFile):
        return iter(records)
    return chain.from_iterable(_piece(piece, enough) for piece in records.pieces())


def _piece(piece: Piece, enough: set[int]) -> Iterable[Record]:
    if isinstance(piece, Stretch):
        return _stepping(piece, enough) if piece.layout.link_type == LINKTYPE_NETLINK else piece.records()
    return piece


def _stepping(stretch: Stretch, enough: set[int]) -> Iterator[Record]:
    # This loop decides how long it takes until the first line of a large capture is shown: what tells nothing becomes no Record.
    data, position, number, layout = stretch.data, stretch.position, stretch.number, stretch.layout
    header, length = layout.header_length, len(data)
    unpack, generic = _HEADS[layout.byteorder, header], int.from_bytes(_GENERIC, layout.byteorder)
    last = length - header - FIRST - NLMSGHDR_LEN
    while position + header <= length:
        telling = True
        if position <= last:
            captured, protocol, message, kind = unpack(data, position)
            if protocol != generic:
                telling = captured < FIRST
            elif kind in enough:
                telling = captured - message != FIRST
        else:
            captured = layout.unpack(data, position)[2]
        after = position + header + captured
        if after > length:
            break
        number += 1
        if telling:
            yield stretch.record(position, number)
        position = after
    stretch.position, stretch.number = position, number


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
