"""Splits a record into netlink messages: where each begins and ends, and what is left over. Reads no message's content."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, overload

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture.order import bare_order
from ovsdissect.capture.record import LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2, LINKTYPE_NETLINK, Record
from ovsdissect.grammar.wire import PREFIX
from ovsdissect.netlink.headers import ARPHRD_NETLINK, COOKED, COOKED_V2, NETLINK_GENERIC, NLMSGHDR_LEN
from ovsdissect.problem import Problem, ProblemKind, counted, counted_verb

_COOKED: Final = struct.Struct(">2xH10xH").unpack_from  # ARPHRD type, protocol
_COOKED_V2: Final = struct.Struct(">H6xH").unpack_from  # protocol, ARPHRD type
_NLMSGHDR: Final[dict[ByteOrder, struct.Struct]] = {order: struct.Struct(prefix + "IHHII") for order, prefix in PREFIX.items()}


class Frame(NamedTuple):
    """One netlink message of a record: its position, and its header's members.

    place: its index in the record. offset: from the start of the record. length: nlmsg_len as declared. end: where its bytes end according
    to nlmsg_len and the record's length on the wire.
    """

    place: int
    offset: int
    end: int
    length: int
    type: int
    flags: int
    seq: int
    pid: int


class Frames(Sequence[Frame]):
    """The messages of a record: only their offsets are kept, and the rest is read on demand, because a record may hold a million.

    data: the record's bytes. wire: its original length. first: the index of the first message.
    """

    __slots__ = ("_data", "_first", "_offsets", "_unpack", "_wire")

    def __init__(
        self, data: bytes, wire: int, unpack: Callable[[bytes, int], tuple[int, ...]], offsets: array[int], first: int = 0
    ) -> None:
        self._data, self._wire, self._unpack, self._offsets, self._first = data, wire, unpack, offsets, first

    def __len__(self) -> int:
        return len(self._offsets)

    @overload
    def __getitem__(self, place: int) -> Frame: ...
    @overload
    def __getitem__(self, place: slice) -> Frames: ...
    def __getitem__(self, place: int | slice) -> Frame | Frames:
        """Return one message, or those of a slice with step 1."""
        if isinstance(place, slice):
            start, stop, _ = place.indices(len(self._offsets))
            return Frames(self._data, self._wire, self._unpack, self._offsets[start:stop], self._first + start)
        offset = self._offsets[place]
        length, kind, flags, seq, pid = self._unpack(self._data, offset)
        at = place if place >= 0 else place + len(self._offsets)
        return Frame(self._first + at, offset, min(offset + length, self._wire), length, kind, flags, seq, pid)


class Framing(NamedTuple):
    """The messages of a record and what else it holds.

    protocol: the netlink protocol, None if the record is not netlink. rest: (offset, length) of bytes outside messages; problems describe
    them.
    """

    protocol: int | None
    start: int
    frames: Sequence[Frame]
    rest: tuple[int, int]
    problems: list[Problem]


def cooked(data: bytes, link_type: int) -> tuple[int, int] | None:
    """Return (offset of the first message, netlink protocol) of a record; None if its header is cut or names another device type.

    Generic netlink messages may lack a cooked header if the link type is netlink's: some tools write them so.
    """
    if link_type == LINKTYPE_LINUX_SLL2:
        if len(data) < (COOKED_V2.size or 0):
            return None
        protocol, arphrd = _COOKED_V2(data)
        return (COOKED_V2.size or 0, protocol) if arphrd == ARPHRD_NETLINK else None
    if link_type not in (LINKTYPE_NETLINK, LINKTYPE_LINUX_SLL) or len(data) < (COOKED.size or 0):
        return None
    arphrd, protocol = _COOKED(data)
    if arphrd == ARPHRD_NETLINK:
        return COOKED.size or 0, protocol
    if link_type != LINKTYPE_NETLINK:
        return None
    return (0, NETLINK_GENERIC) if bare_order(data, "little") is not None else (COOKED.size or 0, protocol)


def is_netlink(data: bytes, link_type: int) -> bool:
    """Whether the complete cooked header of a record has the address type of netlink."""
    at = 8 if link_type == LINKTYPE_LINUX_SLL2 else 2
    return int.from_bytes(data[at : at + 2], "big") == ARPHRD_NETLINK


def is_foreign(data: bytes, link_type: int) -> bool:
    """Whether a record's cooked header is complete and names another kind of device than nlmon's."""
    return link_type != LINKTYPE_NETLINK and len(data) >= _header(link_type) and cooked(data, link_type) is None


def framing(data: bytes, link_type: int, wire_length: int, order: ByteOrder) -> Framing:
    """Split a record into its messages. A message longer than the record, and bytes outside messages, become problems."""
    place = cooked(data, link_type)
    if place is None:
        short = link_type in (LINKTYPE_NETLINK, LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2) and len(data) < _header(link_type)
        text = f"{len(data)} byte{'s' * (len(data) != 1)} instead of a header of {_header(link_type)}"
        if not data and wire_length:
            # the snap length left nothing, or the record was skipped
            text = f"none of {counted(wire_length, 'byte', grouped=True)} is here"
        kind = ProblemKind.TRUNCATED if wire_length > len(data) else ProblemKind.BAD_LENGTH
        problems = [Problem(kind, "", 0, len(data), text)] if short else []
        return Framing(None, 0, [], (0, len(data)), problems)
    start, protocol = place
    offsets = array("I")
    problems = []
    limit, wire = len(data), max(wire_length, len(data))
    offset = start
    unpack = _NLMSGHDR[order].unpack_from
    while offset + NLMSGHDR_LEN <= limit:
        length = unpack(data, offset)[0]
        if length < NLMSGHDR_LEN:
            break
        offsets.append(offset)
        offset += length + 3 & ~3
    rest = (min(offset, limit), max(limit - offset, 0))
    if rest[1] >= NLMSGHDR_LEN or (rest[1] and wire == limit):
        problems.append(Problem(ProblemKind.TRAILING, "", rest[0], rest[1], f"{counted(rest[1], 'byte')} after the last message"))
    elif wire > limit and offset < wire:
        # the cut is between messages, or in a header: nothing is known of what follows
        missing = counted_verb(wire - limit, "byte", "is", "are")
        problems.append(Problem(ProblemKind.TRUNCATED, "", rest[0], rest[1], f"{missing} missing, later messages among them"))
    return Framing(protocol, start, Frames(data, wire, unpack, offsets), rest, problems)


def frame_at(record: Record, place: int, offset: int) -> Frame:
    """Return the message of a record that framing() found at an offset, without reading earlier ones."""
    length, kind, flags, seq, pid = _NLMSGHDR[record.byteorder].unpack_from(record.data, offset)
    return Frame(place, offset, min(offset + length, max(record.wire_length, len(record.data))), length, kind, flags, seq, pid)


def _header(link_type: int) -> int:
    return (COOKED_V2 if link_type == LINKTYPE_LINUX_SLL2 else COOKED).size or 0
