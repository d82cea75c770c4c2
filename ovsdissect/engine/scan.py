"""Where records and messages stand in bytes of a pcap file: fixed headers only, without the grammar, which takes longer to load."""

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
_SECOND = cython.declare(cython.longlong, 1000000000)

Columns = tuple[memoryview, ...]


@cython.final
@cython.cclass
class Scan:
    """Columns of some thousand records and messages at a time, as engine.table has them.

    records, messages: how many there are now.  position: of the first record's header that was not taken.  number: records taken before.
    """

    def __init__(self) -> None:
        self.times, self.begins = array("q", bytes(8 * _RECORDS)), array("Q", bytes(8 * _RECORDS))
        self.captured, self.wire = array("I", bytes(4 * _RECORDS)), array("I", bytes(4 * _RECORDS))
        self.record, self.offset = array("I", bytes(4 * _MESSAGES)), array("I", bytes(4 * _MESSAGES))
        self.type, self.command = array("H", bytes(2 * _MESSAGES)), array("H", bytes(2 * _MESSAGES))
        self.records = self.messages = self.position = 0
        self.number = 0
        self.begin = self.end = 0
        self.at = -1
        self.generic = False

    def columns(self) -> tuple[Columns, Columns]:
        """What there is: times, places in the file, captured and wire lengths of records; record, offset, type, command of messages."""
        records, messages = self.records, self.messages
        times, begins, captured, wire = memoryview(self.times), memoryview(self.begins), memoryview(self.captured), memoryview(self.wire)
        record, offset, kind, command = memoryview(self.record), memoryview(self.offset), memoryview(self.type), memoryview(self.command)
        return (
            (times[:records], begins[:records], captured[:records], wire[:records]),
            (record[:messages], offset[:messages], kind[:messages], command[:messages]),
        )

    def go_to(self, position: int, number: int) -> None:
        """Go on at the header of a record; number: how many were before it."""
        self.position, self.number, self.at = position, number, -1

    def take(
        self, data: cython.const[cython.uchar][::1], start: cython.longlong, big: cython.bint, tick: int, header: int, link_type: int
    ) -> bool:
        """Take records in place of those that were there; True where no whole one is left, False where there is no room for more.

        start: the place of the bytes in the file.  big: whether file and host are big-endian.  tick: nanoseconds.  header: bytes of a
        record's header.
        """
        ticks: cython.longlong = tick
        length: cython.int = header
        cooked: cython.int = link_type
        size: cython.int = cython.cast(cython.int, len(data))
        done: cython.bint
        self.records = self.messages = 0
        with cython.nogil:
            done = self.fill(data, size, start, big, ticks, length, cooked)
        return done

    def fill(
        self,
        data: cython.const[cython.uchar][::1],
        size: cython.int,
        start: cython.longlong,
        big: cython.bint,
        tick: cython.longlong,
        header: cython.int,
        link_type: cython.int,
    ) -> cython.bint:
        """Record after record, message after message."""
        captured: cython.uint
        length: cython.uint
        kind: cython.int
        n: cython.int
        while True:
            if self.at < 0:
                if self.position + header > size:
                    return True
                captured = self.number32(data, self.position + 8, big)
                if captured > cython.cast(cython.uint, size - self.position - header):
                    return True
                n = self.records
                if n >= _RECORDS:
                    return False
                self.begin = self.position + header
                self.end = self.begin + cython.cast(cython.int, captured)
                self.times[n] = cython.cast(cython.longlong, self.number32(data, self.position, big)) * _SECOND
                self.times[n] += cython.cast(cython.longlong, self.number32(data, self.position + 4, big)) * tick
                self.begins[n] = cython.cast(cython.ulonglong, start + self.begin)
                self.captured[n] = captured
                self.wire[n] = self.number32(data, self.position + 12, big)
                self.records += 1
                self.number += 1
                self.at = self.cooked(data, link_type)
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
        """Where the first message of the record stands; its end where it is no netlink.  As ovsdissect.netlink.framing.cooked()."""
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

    def number32(self, data: cython.const[cython.uchar][::1], at: cython.int, big: cython.bint) -> cython.uint:
        """A 32-bit number."""
        if big:
            return cython.cast(cython.uint, data[at]) << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3]
        return cython.cast(cython.uint, data[at + 3]) << 24 | data[at + 2] << 16 | data[at + 1] << 8 | data[at]

    def number16(self, data: cython.const[cython.uchar][::1], at: cython.int, big: cython.bint) -> cython.int:
        """A 16-bit number."""
        return data[at] << 8 | data[at + 1] if big else data[at] | data[at + 1] << 8
