"""Walks from record to record over a buffer of a capture: what precedes the first message of each.

A cut record, an odd block or another conversation interrupts the walk.
"""

from __future__ import annotations

import cython

if not cython.compiled:
    from ovsdissect.engine.codes import BLOCK, END, INTERFACE, MET, ODD, PCAP, PCAPNG
    from ovsdissect.engine.reader import Reader

# ovsdissect.netlink.headers, ovsdissect.capture.record and the pcapng format
_ARPHRD_NETLINK = cython.declare(cython.int, 824)
_SLL = cython.declare(cython.int, 113)
_NETLINK = cython.declare(cython.int, 253)
_SLL2 = cython.declare(cython.int, 276)
_ENHANCED = cython.declare(cython.uint, 6)
_COMMENT = cython.declare(cython.int, 1)
_FLAGS = cython.declare(cython.int, 2)
_DROPCOUNT = cython.declare(cython.int, 4)
_FAULTS = cython.declare(cython.int, 16)  # epb_flags from this bit on report errors
_SECOND = cython.declare(cython.longlong, 1000000000)
_SHORT = cython.declare(cython.longlong, 65536)  # ovsdissect.capture.order
_INTERFACES = cython.declare(cython.int, 8)
_LONGEST_TICKS = cython.declare(cython.ulonglong, 1 << 62)


@cython.final
@cython.cclass
class RecordWalk:
    """The record at which a pass is.

    position: offset of its header; begin, end: where its bytes are, end is -1 before it is begun; messages: where its messages begin.
    cuts: whether records that the capture cut are walked too. lacking: bytes that the record lacks. count: how many were begun.
    foreign: records of other devices in a cooked capture.
    conversation: that of the record at the position, after INTERFACE. entered: the conversation to which the current records belong.
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.data = b""
        self.interfaces = memoryview(bytearray(32 * _INTERFACES)).cast("B").cast("q", (_INTERFACES, 4))
        self.interface_count = 0
        self.layout = self.header = self.first = self.link_type = 0
        self.container_big = False
        self.tick = 0
        self.position = self.size = self.begin = self.messages = 0
        self.cuts = False
        self.lacking = 0
        self.end = -1
        self.count = self.time = self.foreign = 0
        self.device = 0
        self.several = False
        self.conversation = self.entered = -1
        self.expected_big = self.told = False
        self.protocol = 0

    # Called by the owner of the pass

    def pcap(self, *, big: bool, tick: int, header: int, link_type: int, host_big: bool, told: bool = False, device: int = 0) -> None:
        """Set the layout of records to that of a pcap file.

        big: its byte order. tick: nanoseconds. header: bytes of a record's header. host_big: the order of the messages if they do not tell
        it or, with told, of all messages. device: the interface's number in the capture.
        """
        self.device = device
        self.layout, self.container_big, self.tick, self.header = PCAP, big, tick, header
        self.expected_big, self.told = host_big, told
        self._link(link_type)

    def pcapng(self, *, big: bool, host_big: bool, told: bool = False) -> None:
        """Set the layout of records to blocks of a pcapng section."""
        self.layout, self.container_big, self.header = PCAPNG, big, 28
        self.expected_big, self.told = host_big, told

    def section(self) -> None:
        """Begin a section, whose interfaces are unknown."""
        self.interface_count = 0

    def describe(self, link_type: int, tick: int, base: int, device: int) -> None:
        """Add the next interface of the section: nanoseconds per tick, 0 if that is not a whole number; nanoseconds of its clock's zero;
        its number in the capture.
        """
        n: cython.int = self.interface_count
        if n >= self.interfaces.shape[0]:
            larger = memoryview(bytearray(2 * 32 * n)).cast("B").cast("q", (2 * n, 4))
            for i in range(n):
                for column in range(4):
                    larger[i, column] = self.interfaces[i, column]
            self.interfaces = larger
        self.interfaces[n, 0], self.interfaces[n, 1], self.interfaces[n, 2], self.interfaces[n, 3] = link_type, tick, base, device
        self.interface_count = n + 1

    def tell_interfaces(self, count: int) -> None:
        """Set how many interfaces of the capture are known."""
        self.several = count > 1

    def leave(self) -> None:
        """Stop at the next record with INTERFACE, whatever its conversation."""
        self.entered = -1

    def pass_over(self) -> None:
        """Continue in the conversation of the next record, for which no records are kept."""
        self.entered = self.conversation

    def include_cuts(self) -> None:
        """Walk over records that the capture cut, too, from now on."""
        self.cuts = True

    def take_foreign(self) -> int:
        """Return how many records of other devices there were since the last call."""
        foreign = self.foreign
        self.foreign = 0
        return foreign

    def go_on(self, data: bytes | memoryview, position: int, size: int, count: int) -> None:
        """Continue with a buffer that has the header of a record at a position; count: how many records precede it."""
        self.data = data
        self.position, self.size, self.count = position, size, count
        self.end = -1

    def _link(self, link_type: cython.int) -> cython.int:
        self.link_type = link_type
        self.first = 20 if link_type == _SLL2 else 16
        return 0

    # The pass

    def outer32(self, at: cython.int) -> cython.uint:
        """Return a 32-bit number in the file's byte order."""
        last: cython.uint = self.data[at + 3]
        if cython.compiled:
            # accessing both ends first lets the compiler combine the four accesses
            first: cython.pointer[cython.const[cython.uchar]] = cython.address(self.data[at])
            if self.container_big:
                return cython.cast(cython.uint, first[0]) << 24 | cython.cast(cython.uint, first[1]) << 16 | first[2] << 8 | first[3]
            return cython.cast(cython.uint, first[3]) << 24 | cython.cast(cython.uint, first[2]) << 16 | first[1] << 8 | first[0]
        if self.container_big:
            return self.data[at] << 24 | self.data[at + 1] << 16 | self.data[at + 2] << 8 | last
        return last << 24 | self.data[at + 2] << 16 | self.data[at + 1] << 8 | self.data[at]

    def begin_record(self) -> cython.int:
        """Begin the record at the position. Returns MET; END, BLOCK or INTERFACE if it is not begun; ODD if it is left to the tree."""
        captured: cython.longlong
        wire: cython.longlong
        status: cython.int
        device: cython.int
        if self.layout == PCAPNG:
            status = self.block()
            if status != MET:
                return status
            captured = self.outer32(self.position + 20)
            wire = self.outer32(self.position + 24)
        else:
            if self.position + self.header > self.size:
                return END
            captured = self.outer32(self.position + 8)
            wire = self.outer32(self.position + 12)
            if captured > self.size - self.position - self.header:
                return END
            self.time = cython.cast(cython.longlong, self.outer32(self.position)) * _SECOND
            self.time += cython.cast(cython.longlong, self.outer32(self.position + 4)) * self.tick
        self.begin = self.position + self.header
        self.end = self.reader.last = self.begin + cython.cast(cython.int, captured)
        self.messages = self.begin + self.first
        if captured < self.first or (self.link_type != _NETLINK and self.link_type != _SLL and self.link_type != _SLL2):
            return self.begun(ODD)
        device = (
            self.data[self.begin + (8 if self.link_type == _SLL2 else 2)] << 8
            | self.data[self.begin + (9 if self.link_type == _SLL2 else 3)]
        )
        if device != _ARPHRD_NETLINK:
            if self.link_type == _NETLINK:
                return self.begun(ODD)
            self.foreign += 1
            self.messages, self.lacking = self.end, 0
            return self.begun(MET)
        self.lacking = wire - captured
        if captured < self.first + 16 or captured > wire or (self.lacking and not self.cuts):
            return self.begun(ODD)
        status = self.order()
        if status < 0:
            return self.begun(ODD)
        self.reader.big = status != 0
        self.conversation = self.device << 1 | status
        if self.conversation != self.entered:
            self.end = -1
            return INTERFACE
        if self.link_type == _SLL2:
            self.protocol = self.data[self.begin] << 8 | self.data[self.begin + 1]
        else:
            self.protocol = self.data[self.begin + 14] << 8 | self.data[self.begin + 15]
        return self.begun(MET)

    def begun(self, status: cython.int) -> cython.int:
        """Count the record."""
        self.count += 1
        return status

    def order(self) -> cython.int:
        """Return whether the record's messages are from a big-endian host; -1 if lengths do not tell: ovsdissect.capture.order looks
        further.
        """
        length: cython.longlong
        room: cython.longlong = self.end - self.messages + self.lacking
        whole: cython.int
        if self.told:
            return self.expected_big
        length = self.reader.big32(self.messages) if self.expected_big else self.reader.little32(self.messages)
        if length >= 16 and length <= room and room < _SHORT:
            return self.expected_big
        whole = self.filled(self.expected_big)
        if whole == self.filled(not self.expected_big):
            return -1
        return self.expected_big if whole else not self.expected_big

    def filled(self, big: cython.bint) -> cython.int:
        """Return whether messages of this byte order fill the record, as far as it was captured."""
        at: cython.longlong = self.messages
        length: cython.longlong
        here: cython.int
        while at + 16 <= self.end:
            here = cython.cast(cython.int, at)
            length = self.reader.big32(here) if big else self.reader.little32(here)
            if length < 16 or length > self.end - at + self.lacking:
                return 0
            at += (length + 3) & ~cython.cast(cython.longlong, 3)
        return at >= self.end

    def block(self) -> cython.int:
        """Examine the block at the position. Returns MET if it is a plain packet, whose interface becomes that of the record."""
        total: cython.longlong
        captured: cython.longlong
        ticks: cython.ulonglong
        which: cython.uint
        at: cython.longlong
        after: cython.longlong
        code: cython.int
        length: cython.int
        if self.position + 12 > self.size:
            return END
        if self.outer32(self.position) != _ENHANCED:
            return BLOCK
        total = self.outer32(self.position + 4)
        if total < 32 or total & 3:
            return BLOCK
        if total > self.size - self.position:
            return END
        after = self.position + total - 4
        captured = self.outer32(self.position + 20)
        which = self.outer32(self.position + 8)
        if (
            self.outer32(cython.cast(cython.int, after)) != total
            or captured > total - 32
            or which >= cython.cast(cython.uint, self.interface_count)
        ):
            return BLOCK
        if not self.interfaces[which, 1]:
            return BLOCK
        ticks = cython.cast(cython.ulonglong, self.outer32(self.position + 12)) << 32 | self.outer32(self.position + 16)
        if ticks > _LONGEST_TICKS // cython.cast(cython.ulonglong, self.interfaces[which, 1]):
            return BLOCK
        at = self.position + 28 + ((captured + 3) & ~3)
        while at + 4 <= after:
            if self.container_big:
                code = self.data[at] << 8 | self.data[at + 1]
                length = self.data[at + 2] << 8 | self.data[at + 3]
            else:
                code = self.data[at] | self.data[at + 1] << 8
                length = self.data[at + 2] | self.data[at + 3] << 8
            if code == 0:
                break
            if code == _COMMENT or at + 4 + length > after:
                return BLOCK
            if (
                code == _DROPCOUNT
                and length == 8
                and (self.outer32(cython.cast(cython.int, at + 4)) | self.outer32(cython.cast(cython.int, at + 8)))
            ):
                return BLOCK
            if code == _FLAGS and length == 4 and self.outer32(cython.cast(cython.int, at + 4)) >> _FAULTS:
                return BLOCK
            at += 4 + ((length + 3) & ~3)
        self.time = cython.cast(cython.longlong, ticks) * self.interfaces[which, 1] + self.interfaces[which, 2]
        self.device = cython.cast(cython.int, self.interfaces[which, 3])
        self._link(cython.cast(cython.int, self.interfaces[which, 0]))
        return MET

    def pass_by(self) -> cython.int:
        """Go to the offset of the record after this one."""
        self.position = self.position + cython.cast(cython.int, self.outer32(self.position + 4)) if self.layout == PCAPNG else self.end
        self.end = -1
        return 0
