"""Finds records and messages in the bytes of a pcap file: fixed headers only, without the grammar, which takes longer to load."""

from __future__ import annotations

from array import array

import cython

_RECORDS = cython.declare(cython.int, 8192)
_MESSAGES = cython.declare(cython.int, 16384)

# ovsdissect.netlink.numbers, ovsdissect.capture.record, ovsdissect.engine.table
_NETLINK = cython.declare(cython.int, 253)
_SLL = cython.declare(cython.int, 113)
_SLL2 = cython.declare(cython.int, 276)
_ARPHRD_NETLINK = cython.declare(cython.int, 824)
_GENERIC = cython.declare(cython.int, 16)
_MIN_TYPE = cython.declare(cython.int, 16)
_HEADER = cython.declare(cython.int, 16)
_HEADERS = cython.declare(cython.int, 20)
_NO_COMMAND = cython.declare(cython.int, 0xFFFF)
_SHORT = cython.declare(cython.longlong, 65536)  # ovsdissect.capture.order
_SECOND = cython.declare(cython.longlong, 1000000000)

Columns = tuple[memoryview, ...]


@cython.final
@cython.cclass
class Scan:
    """Columns of some thousand records and messages at a time, as engine.table holds them.

    records, messages: how many there are, all in one byte order: big. position: offset of the first record header that was not taken.
    number: records taken before. odd: only ovsdissect.capture.order can tell the byte order of the next record; odd_length: its bytes.
    """

    def __init__(self) -> None:
        self.times, self.begins = array("q", bytes(8 * _RECORDS)), array("Q", bytes(8 * _RECORDS))
        self.captured, self.wire = array("I", bytes(4 * _RECORDS)), array("I", bytes(4 * _RECORDS))
        self.record, self.offset = array("I", bytes(4 * _MESSAGES)), array("I", bytes(4 * _MESSAGES))
        self.type, self.command = array("H", bytes(2 * _MESSAGES)), array("H", bytes(2 * _MESSAGES))
        self.records = self.messages = self.position = 0
        self.number = 0
        self.begin = self.end = self.odd_length = 0
        self.at = -1
        self.generic = self.big = self.odd = False

    def columns(self) -> tuple[Columns, Columns]:
        """Return the columns.

        (times, offsets in the file, captured and wire lengths of records), (record, offset, type and command of messages)
        """
        records, messages = self.records, self.messages
        times, begins, captured, wire = memoryview(self.times), memoryview(self.begins), memoryview(self.captured), memoryview(self.wire)
        record, offset, kind, command = memoryview(self.record), memoryview(self.offset), memoryview(self.type), memoryview(self.command)
        return (
            (times[:records], begins[:records], captured[:records], wire[:records]),
            (record[:messages], offset[:messages], kind[:messages], command[:messages]),
        )

    def go_to(self, position: int, number: int) -> None:
        """Continue at the header of a record; number: how many records precede it."""
        self.position, self.number, self.at = position, number, -1

    def take(
        self,
        data: cython.const[cython.uchar][::1],
        start: cython.longlong,
        file_big: cython.bint,
        host_big: cython.bint,
        told: cython.bint,
        tick: int,
        header: int,
        link_type: int,
    ) -> bool:
        """Replace the columns by those of further records.

        Returns True if no complete record is left; False if there is no room for more, or if the next record has another byte order or is
        odd.
        start: offset of the bytes in the file. file_big: whether the file is big-endian. host_big: whether messages are big-endian if their
        lengths do not tell, or always if told. tick: nanoseconds. header: bytes of a record's header.
        """
        ticks: cython.longlong = tick
        length: cython.int = header
        cooked: cython.int = link_type
        size: cython.int = cython.cast(cython.int, len(data))
        done: cython.bint
        self.records = self.messages = 0
        self.odd = False
        with cython.nogil:
            done = self.fill(data, size, start, file_big, host_big, told, ticks, length, cooked)
        return done

    def fill(
        self,
        data: cython.const[cython.uchar][::1],
        size: cython.int,
        start: cython.longlong,
        file_big: cython.bint,
        host_big: cython.bint,
        told: cython.bint,
        tick: cython.longlong,
        header: cython.int,
        link_type: cython.int,
    ) -> cython.bint:
        """Take record after record, message after message; returns as take() does."""
        captured: cython.uint
        length: cython.uint
        kind: cython.int
        order: cython.int
        n: cython.int
        big: cython.bint = self.big
        while True:
            if self.at < 0:
                if self.position + header > size:
                    return True
                captured = self.number32(data, self.position + 8, file_big)
                if captured > cython.cast(cython.uint, size - self.position - header):
                    return True
                n = self.records
                if n >= _RECORDS:
                    return False
                self.begin = self.position + header
                self.end = self.begin + cython.cast(cython.int, captured)
                self.wire[n] = self.number32(data, self.position + 12, file_big)
                self.at = self.cooked(data, link_type)
                order = self.order(data, link_type, self.wire[n], host_big, told)
                if order < 0 or (order != big and n):
                    self.odd = order < 0
                    self.odd_length = self.end - self.begin
                    self.at = -1
                    return False
                self.big = big = order != 0
                self.times[n] = cython.cast(cython.longlong, self.number32(data, self.position, file_big)) * _SECOND
                self.times[n] += cython.cast(cython.longlong, self.number32(data, self.position + 4, file_big)) * tick
                self.begins[n] = cython.cast(cython.ulonglong, start + self.begin)
                self.captured[n] = captured
                self.records += 1
                self.number += 1
            while self.end - self.at >= _HEADER:
                n = self.messages
                if n >= _MESSAGES:
                    return False
                length = self.number32(data, self.at, big)
                if length < cython.cast(cython.uint, _HEADER):
                    break
                kind = self.number16(data, self.at + 4, big)
                self.record[n] = cython.cast(cython.uint, self.number - 1)
                self.offset[n] = cython.cast(cython.uint, self.at - self.begin)
                self.type[n] = cython.cast(cython.ushort, kind)
                self.command[n] = cython.cast(cython.ushort, _NO_COMMAND)
                if self.generic and kind >= _MIN_TYPE and length >= cython.cast(cython.uint, _HEADERS) and self.end - self.at >= _HEADERS:
                    self.command[n] = data[self.at + 16]
                self.messages += 1
                if length > cython.cast(cython.uint, self.end - self.at):
                    break
                self.at += cython.cast(cython.int, (length + 3) & ~cython.cast(cython.uint, 3))
            self.at = -1
            self.position = self.end

    def cooked(self, data: cython.const[cython.uchar][::1], link_type: cython.int) -> cython.int:
        """Return where the record's first message starts; the record's end if it is not netlink. As ovsdissect.netlink.framing.cooked()."""
        at: cython.int = self.begin
        first: cython.int = 20 if link_type == _SLL2 else 16
        device: cython.int
        protocol: cython.int
        if self.end - at < first:
            return self.end
        if link_type == _SLL2:
            protocol, device = self.number16(data, at, True), self.number16(data, at + 8, True)
        else:
            device, protocol = self.number16(data, at + 2, True), self.number16(data, at + 14, True)
        if device != _ARPHRD_NETLINK and link_type != _NETLINK:
            return self.end
        self.generic = protocol == _GENERIC
        return at + first

    def order(
        self,
        data: cython.const[cython.uchar][::1],
        link_type: cython.int,
        wire: cython.longlong,
        host_big: cython.bint,
        told: cython.bint,
    ) -> cython.int:
        """Return whether the record's messages are big-endian; -1 if their lengths do not tell, or if no cooked header precedes them."""
        length: cython.longlong
        whole: cython.int
        room: cython.longlong = self.end - self.begin
        first: cython.int = 20 if link_type == _SLL2 else 16
        if link_type == _NETLINK and room >= 4 and self.number16(data, self.begin + 2, True) != _ARPHRD_NETLINK:
            return -1
        if told or room < first + 4 or (link_type != _NETLINK and self.at == self.end):
            return host_big
        length = self.number32(data, self.begin + first, host_big)
        if length >= _HEADER and length <= (wire if wire > room else room) - first < _SHORT:
            return host_big
        if wire != room or room < first + _HEADER:
            return -1
        whole = self.whole(data, first, host_big)
        if whole == self.whole(data, first, not host_big):
            return -1
        return host_big if whole else not host_big

    def whole(self, data: cython.const[cython.uchar][::1], first: cython.int, big: cython.bint) -> cython.int:
        """Return whether messages of a byte order fill the record exactly."""
        at: cython.longlong = self.begin + first
        length: cython.longlong
        while at + _HEADER <= self.end:
            length = self.number32(data, cython.cast(cython.int, at), big)
            if length < _HEADER or length > self.end - at:
                return 0
            at += (length + 3) & ~cython.cast(cython.longlong, 3)
        return at >= self.end

    def number32(self, data: cython.const[cython.uchar][::1], at: cython.int, big: cython.bint) -> cython.uint:
        """Return a 32-bit number."""
        if big:
            return cython.cast(cython.uint, data[at]) << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3]
        return cython.cast(cython.uint, data[at + 3]) << 24 | data[at + 2] << 16 | data[at + 1] << 8 | data[at]

    def number16(self, data: cython.const[cython.uchar][::1], at: cython.int, big: cython.bint) -> cython.int:
        """Return a 16-bit number."""
        return data[at] << 8 | data[at + 1] if big else data[at] | data[at + 1] << 8
