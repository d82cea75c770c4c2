"""Columns of records and messages that grow with a capture: position, time and type of each.

Only fixed headers are decoded. A message takes about 40 bytes; records can be reread by number.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from struct import Struct
from typing import TYPE_CHECKING, Final

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import Notes, Record, Stretch
from ovsdissect.capture.pcap import Layout
from ovsdissect.capture.record import LINKTYPE_NETLINK
from ovsdissect.capture.spool import Spool
from ovsdissect.netlink.numbers import FIRST, GENLMSGHDR_LEN, NETLINK_GENERIC, NLMSG_MIN_TYPE, NLMSGHDR_LEN

if TYPE_CHECKING:
    # without a compiler there may be no Cython either, and then no engine.scan
    from ovsdissect.engine.scan import Columns, Scan

NO_TIME: Final = -(2**63)
NO_COMMAND: Final = 0xFFFF

ARPHRD_NETLINK: Final = b"\x03\x38"
HEADERS: Final = NLMSGHDR_LEN + GENLMSGHDR_LEN

# of a message: length, type, command; the same without a genlmsghdr
_WHOLE: Final = {order: Struct(mark + "IH10xB3x").unpack_from for order, mark in (("little", "<"), ("big", ">"))}
_BARE: Final = {order: Struct(mark + "IH").unpack_from for order, mark in (("little", "<"), ("big", ">"))}


# what many records have in common: link type, interface, byte order
Sort = tuple[int, int, ByteOrder]


class Table:
    """The records and messages of a capture so far, both counted from 0. One thread adds; others may read what was added.

    Columns of records: `times`, in nanoseconds (NO_TIME if a record has none).
    Columns of messages: `record`, `offset` in it, `type` (the family's id for generic netlink), `command` (NO_COMMAND without a
    genlmsghdr).
    """

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.times = array("q")
        self.record, self.offset = array("I"), array("I")
        self.type, self.command = array("H"), array("H")
        self._at, self._captured, self._wire = array("Q"), array("I"), array("I")
        self._notes: dict[int, Notes] = {}
        # records of one sort follow each other: the number of the first record of each run
        self._sort: Sort | None = None
        self._sorts: list[Sort] = []
        self._sorts_from = array("I")
        self._known_sorts: dict[Sort, Sort] = {}

    def __len__(self) -> int:
        """The number of messages."""
        return len(self.record)

    def add(self, record: Record, at: int | None = None) -> None:
        """Add the next record. at: the offset at which its bytes can be reread; None if the spool must keep them."""
        _number, time_ns, link_type, data, wire, _offset, interface, order, notes = record
        place = len(self._at)
        if self._sort != (link_type, interface, order):
            self._turn(place, (link_type, interface, order))
        self._at.append(self.spool.keep(record) if at is None else at)
        if notes is not None:
            self._notes[place] = notes
        self._captured.append(len(data))
        self._wire.append(wire)
        self.times.append(NO_TIME if time_ns is None else time_ns)
        if link_type == LINKTYPE_NETLINK and data[2:4] == ARPHRD_NETLINK:
            self._walk(place, data, FIRST, int.from_bytes(data[FIRST - 2 : FIRST], "big"), order)
            return
        from ovsdissect.netlink.framing import cooked

        start = cooked(data, link_type)
        if start is not None:
            self._walk(place, data, *start, order)

    def extend(self, sort: Sort, records: Columns, messages: Columns) -> None:
        """Add records of one sort and their messages from engine.scan; the spool keeps their bytes."""
        if self._sort != sort and len(records[0]):
            self._turn(len(self._at), sort)
        for column, more in zip((self.times, self._at, self._captured, self._wire), records, strict=True):
            column.frombytes(more.cast("B"))
        for column, more in zip((self.record, self.offset, self.type, self.command), messages, strict=True):
            column.frombytes(more.cast("B"))

    def stretch(self, piece: Stretch, scan: Scan) -> tuple[int, int]:
        """Take the complete records from some bytes, which the spool keeps. Returns the offset of the first incomplete one, and the number
        of records so far.
        """
        at = piece.position
        with memoryview(piece.data) as data:
            start = self.spool.keep_bytes(data[at:], piece.start + at)
            return at + self.scan(scan, data[at:], start, piece.layout), len(self.times)

    def scan(self, scan: Scan, data: memoryview, start: int, layout: Layout) -> int:
        """Take the complete records from bytes that hold records in sequence. Returns their length in bytes. start: where to reread the
        bytes.
        """
        link_type, file_order, tick, header, _unpack, told = layout
        file_big, host_big, whole = file_order == "big", (told or file_order) == "big", False
        scan.go_to(0, len(self.times))
        while not whole:
            whole = scan.take(data, start, file_big, host_big, told is not None, tick, header, link_type)
            self.extend((link_type, 0, "big" if scan.big else "little"), *scan.columns())
            if scan.odd:
                at = scan.position
                found = bytes(data[at : at + header + scan.odd_length])
                self.add(Stretch(found, start + at, 0, 0, layout).record(0, 0), start + at + header)
                scan.go_to(at + len(found), len(self.times))
        return scan.position

    def _turn(self, place: int, sort: Sort) -> None:
        """Set the sort of the records from an index on."""
        self._sort = self._known_sorts.setdefault(sort, sort)
        self._sorts.append(self._sort)
        self._sorts_from.append(place)

    def _walk(self, place: int, data: bytes, offset: int, protocol: int, order: ByteOrder) -> None:
        """Add the messages of a record, the first of which is at an offset."""
        # A dump's record holds hundreds of messages, so this loop uses local variables only.
        unpack, limit, generic = _WHOLE[order], len(data), protocol == NETLINK_GENERIC
        add_record, add_offset, add_type, add_command = self.record.append, self.offset.append, self.type.append, self.command.append
        while offset + NLMSGHDR_LEN <= limit:
            if offset + HEADERS <= limit:
                length, kind, command = unpack(data, offset)
            else:
                (length, kind), command = _BARE[order](data, offset), NO_COMMAND
            if length < NLMSGHDR_LEN:
                break
            add_record(place)
            add_offset(offset)
            add_type(kind)
            add_command(command if generic and kind >= NLMSG_MIN_TYPE and length >= HEADERS else NO_COMMAND)
            offset += length + 3 & ~3

    def time(self, place: int) -> int | None:
        """Return a record's time in nanoseconds, None if it has none."""
        time = self.times[place]
        return time if time != NO_TIME else None

    def first(self, place: int) -> int:
        """Return the first message of a record, or the first after it if it has none."""
        return bisect_left(self.record, place)

    def fetch(self, place: int) -> Record:
        """Reread a record. Its number is its index plus one; its offset is relative to the spool."""
        link_type, interface, order = self._sorts[bisect_right(self._sorts_from, place) - 1]
        at = self._at[place]
        data = self.spool.read(at, self._captured[place])
        return Record(place + 1, self.time(place), link_type, data, self._wire[place], at, interface, order, self._notes.get(place))
