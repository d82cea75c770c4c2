"""Walks from record to record and message to message over a buffer of a capture: headers only, one conversation at a time.

Anything unusual interrupts the walk, and the caller says when it was dealt with: a cut record, an odd block, another conversation.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.codes import (
        ANSWER,
        BARE,
        BLOCK,
        COMMAND,
        END,
        INTERFACE,
        MET,
        ODD,
        PCAP,
        PCAPNG,
        TELLS_DATAPATH,
        TELLS_DELETED,
        TELLS_FAMILY,
        TELLS_KEY,
        UNKNOWN,
    )
    from ovsdissect.engine.names import Names
    from ovsdissect.engine.reader import Reader
    from ovsdissect.engine.requests import Requests

if TYPE_CHECKING:
    from ovsdissect.engine.conversation import Books
    from ovsdissect.engine.tables import Tables

# ovsdissect.netlink.headers, ovsdissect.capture.record and the pcapng format
_GENERIC = cython.declare(cython.int, 16)
_MIN_TYPE = cython.declare(cython.int, 16)
_ERROR = cython.declare(cython.int, 2)
_DONE = cython.declare(cython.int, 3)
_REQUEST = cython.declare(cython.int, 1)
_MULTI = cython.declare(cython.int, 2)
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
_LONGEST = cython.declare(cython.longlong, 1 << 28)  # bytes of a message that the capture cut
_REQUESTS = cython.declare(cython.int, 2)  # REQUESTS
_LONGEST_TICKS = cython.declare(cython.ulonglong, 1 << 62)


REQUESTS = 2


@cython.final
@cython.cclass
class Walk:
    """The position of one pass.

    position: offset of the record's header; start, stop: of the message; place: its index in the record.
    cuts: whether records that the capture cut are walked too. lacking: bytes that the record lacks; missing: bytes that the message lacks
    after `stop`.
    number, record: how many messages were processed, and records begun. first_time: the time of the first message that has one, if timed is
    set.
    foreign: records of other devices in a cooked capture. little, bigs: records with messages of either byte order.
    conversation: that of the record at the position, after INTERFACE. entered: the conversation to which the current records belong.
    """

    def __init__(self, tables: Tables, reader: Reader) -> None:
        self.reader = reader
        self.data = b""
        self.by_command = tables.by_command
        self.interfaces = memoryview(bytearray(32 * _INTERFACES)).cast("B").cast("q", (_INTERFACES, 4))
        self.interface_count = 0
        self.layout = self.header = self.first = self.link_type = 0
        self.container_big = False
        self.tick = 0
        self.keys = False
        self.timed = False
        self.first_time = 0
        self.position = self.size = self.begin = self.start = self.stop = self.place = 0
        self.cuts = False
        self.lacking, self.missing = 0, 0
        self.end = -1
        self.record = self.number = self.time = self.foreign = 0
        self.device = 0
        self.several = False
        self.conversation = self.entered = -1
        self.expected_big = self.told = False
        self.little = self.bigs = 0
        self.protocol = self.type = self.flags = 0
        self.seq = self.pid = 0
        self.kind = UNKNOWN
        self.key = 0
        self.sort = 0
        self.families = array("h", [BARE]) * (1 << 16)
        self.requests = Requests()
        self.ports, self.datapaths, self.family_names = Names(), Names(), Names()

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

    def _link(self, link_type: cython.int) -> cython.int:
        self.link_type = link_type
        self.first = 20 if link_type == _SLL2 else 16
        return 0

    def enter(self, books: Books, conversation: int) -> None:
        """Continue in a conversation: the following records, up to the next INTERFACE, belong to it."""
        self.entered = conversation
        self.families, self.requests = books.families, books.requests
        self.ports, self.datapaths, self.family_names = books.port_names, books.datapath_names, books.family_names

    def leave(self) -> None:
        """Stop at the next record with INTERFACE, whatever its conversation."""
        self.entered = -1

    def pass_over(self) -> None:
        """Continue in the conversation of the next record, for which no records are kept."""
        self.entered = self.conversation

    def include_cuts(self) -> None:
        """Walk over records that the capture cut, too, from now on."""
        self.cuts = True

    def tell_keys(self) -> None:
        """Return TOLD from now on for messages that have a flow's key."""
        self.keys = True

    def telling_command(self, command: cython.int) -> cython.int:
        """Return whether messages with a command must be read for what they tell, even if nobody else wants them."""
        what: cython.int = self.reader.commands[command * COMMAND + 13]
        return self.keys if what == TELLS_KEY else what != 0

    def take_foreign(self) -> int:
        """Return how many records of other devices there were since the last call."""
        foreign = self.foreign
        self.foreign = 0
        return foreign

    def take_orders(self) -> tuple[int, int]:
        """Return how many records had little-endian messages, and how many big-endian ones, since the last call."""
        found = self.little, self.bigs
        self.little = self.bigs = 0
        return found

    def go_on(self, data: bytes | memoryview, position: int, size: int, record: int) -> None:
        """Continue with a buffer that has the header of a record at a position; record: how many records precede it."""
        self.data = data
        self.reader.data = data
        self.size, self.position, self.record = size, position, record
        self.end = -1

    def skip_message(self, number: int) -> None:
        """Skip the message, which was processed elsewhere; number: how many messages have been processed."""
        self.done()
        self.number = number

    def skip_record(self, number: int) -> None:
        """Skip the rest of the record likewise."""
        self.number = number
        self.position = self.after()
        self.end = -1

    def pass_record(self, messages: int) -> None:
        """Count a record that was never in a buffer; messages: how many messages have been processed."""
        self.number = messages

    def bytes_of(self, start: int, stop: int) -> bytes:
        """Return bytes of the buffer."""
        return bytes(self.data[start:stop])

    @property
    def started(self) -> int | None:
        """The time of the first message that has one."""
        return self.first_time if self.timed else None

    def begin_at(self, time: int) -> None:
        """Note the time of the first message, which was processed elsewhere."""
        if not self.timed:
            self.timed, self.first_time = True, time

    @property
    def state(self) -> tuple[int, int, int, int, int, int, int]:
        """(position, start of the record, its end, start of the message, place, record number, messages before)."""
        return self.position, self.begin, self.end, self.start, self.place, self.record, self.number

    @property
    def met(self) -> tuple[int, int, int, int | None]:
        """(protocol, type, end of the message, time of its record)."""
        return self.protocol, self.type, self.stop, self.time

    @property
    def big(self) -> bool:
        """Whether the messages are from a big-endian host."""
        return self.reader.big

    def telling(self, enough: cython.const[cython.uchar][::1]) -> int:
        """Go to the next generic netlink message of a type that needs more evidence.

        enough: by type, 0 if all messages are wanted, REQUESTS if only those to the kernel are, else another number.
        """
        status: cython.int
        wanted: cython.int
        with cython.nogil:
            while True:
                status = self.meet()
                if status != MET:
                    break
                if self.protocol == _GENERIC and self.type >= _MIN_TYPE:
                    wanted = enough[self.type]
                    if not wanted or (wanted == _REQUESTS and self.flags & _REQUEST):
                        break
                self.done()
        return status

    # The pass

    def outer32(self, at: cython.int) -> cython.uint:
        """Return a 32-bit number in the file's byte order."""
        if self.container_big:
            return cython.cast(cython.uint, self.data[at]) << 24 | self.data[at + 1] << 16 | self.data[at + 2] << 8 | self.data[at + 3]
        return cython.cast(cython.uint, self.data[at + 3]) << 24 | self.data[at + 2] << 16 | self.data[at + 1] << 8 | self.data[at]

    def record_at(self) -> cython.int:
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
        self.start = self.stop = self.begin + self.first
        self.place = 0
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
            self.start = self.end
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
        self.record += 1
        return status

    def order(self) -> cython.int:
        """Return whether the record's messages are from a big-endian host; -1 if lengths do not tell: ovsdissect.capture.order looks
        further.
        """
        length: cython.longlong
        room: cython.longlong = self.end - self.start + self.lacking
        whole: cython.int
        if self.told:
            return self.expected_big
        length = self.reader.big32(self.start) if self.expected_big else self.reader.little32(self.start)
        if length >= 16 and length <= room and room < _SHORT:
            return self.expected_big
        whole = self.messages(self.expected_big)
        if whole == self.messages(not self.expected_big):
            return -1
        return self.expected_big if whole else not self.expected_big

    def messages(self, big: cython.bint) -> cython.int:
        """Return whether messages of this byte order fill the record, as far as it was captured."""
        at: cython.longlong = self.start
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
            if code == _DROPCOUNT and length == 8 and (
                self.outer32(cython.cast(cython.int, at + 4)) | self.outer32(cython.cast(cython.int, at + 8))
            ):
                return BLOCK
            if code == _FLAGS and length == 4 and self.outer32(cython.cast(cython.int, at + 4)) >> _FAULTS:
                return BLOCK
            at += 4 + ((length + 3) & ~3)
        self.time = cython.cast(cython.longlong, ticks) * self.interfaces[which, 1] + self.interfaces[which, 2]
        self.device = cython.cast(cython.int, self.interfaces[which, 3])
        self._link(cython.cast(cython.int, self.interfaces[which, 0]))
        return MET

    def meet(self) -> cython.int:
        """Go to the next complete message. Returns MET, or why there is none."""
        length: cython.longlong
        family: cython.int
        status: cython.int
        while True:
            if self.end < 0:
                status = self.record_at()
                if status != MET:
                    return status
            if self.start >= self.end:
                if self.start < self.end + self.lacking:
                    return ODD  # the capture cut later messages off
                if self.place:
                    if self.reader.big:
                        self.bigs += 1
                    else:
                        self.little += 1
                self.position = self.after()
                self.end = -1
                continue
            if self.start + 16 > self.end:
                return ODD
            length = self.reader.host32(self.start)
            self.missing = 0
            if length > self.end - self.start:
                if length > self.end - self.start + self.lacking or length > _LONGEST:
                    return ODD
                self.missing = cython.cast(cython.int, length) - (self.end - self.start)
            if length < 16:
                return ODD
            self.stop = self.start + cython.cast(cython.int, length) - self.missing
            if not self.timed:
                self.timed, self.first_time = True, self.time
            self.type = self.reader.host16(self.start + 4)
            self.flags = self.reader.host16(self.start + 6)
            self.seq = self.reader.host32(self.start + 8)
            self.pid = self.reader.host32(self.start + 12)
            self.key = cython.cast(cython.ulonglong, self.pid) << 32 | self.seq
            self.sort = cython.cast(cython.uint, self.protocol) << 16 | cython.cast(cython.uint, self.type)
            self.kind = UNKNOWN
            if self.type < _MIN_TYPE:
                if self.type == _ERROR or self.type == _DONE:
                    self.kind = ANSWER
            elif self.protocol != _GENERIC:
                self.kind = BARE
            else:
                family = self.families[self.type]
                if family == BARE:
                    self.kind = BARE
                elif family >= 0 and self.stop - self.start >= 20:
                    self.kind = self.by_command[family * 256 + self.data[self.start + 16]]
                    if self.kind >= 0 and self.stop - self.start < 20 + self.reader.commands[self.kind * COMMAND + 12]:
                        self.kind = UNKNOWN
            return MET

    def after(self) -> cython.int:
        """Return the offset of the record after this one."""
        if self.layout == PCAPNG:
            return self.position + cython.cast(cython.int, self.outer32(self.position + 4))
        return self.end

    def done(self) -> cython.int:
        """Count the message as processed."""
        end: cython.int = self.stop + self.missing
        self.start = end + (-(end - self.start) & 3)
        self.place += 1
        self.number += 1
        return 0

    def note(self) -> cython.int:
        """Remember a request; for a generic netlink dump, remember the answering family: other protocols answer with other types."""
        if self.type >= _MIN_TYPE:
            if self.flags & _REQUEST:
                self.requests.note(self.key, self.sort, self.kind, self.number + 1, self.data, self.start, self.stop)
            elif self.flags & _MULTI and self.protocol == _GENERIC:
                self.requests.speak(self.key, self.sort)
        return 0

    def tells(self) -> cython.int:
        """Return whether the message, which was read, tells a name that is not known yet."""
        c: cython.int = self.kind * COMMAND
        what: cython.int
        name: cython.int
        port: cython.int
        key: cython.ulonglong
        one: cython.ulonglong = 1
        if self.kind < 0 or not self.reader.commands[c + 13]:
            return 0
        what = self.reader.commands[c + 13]
        if what == TELLS_KEY:
            return self.keys and self.reader.there >> self.reader.commands[c + 14] & one
        if self.flags & _REQUEST:
            return 0
        if what == TELLS_FAMILY:
            return 1
        name, port = self.reader.commands[c + 14], self.reader.commands[c + 15]
        if not self.reader.there >> name & one:
            return 0
        if what >= TELLS_DELETED:
            return 1
        key = self.reader.host32(self.start + 20)
        if what == TELLS_DATAPATH:
            return not self.datapaths.said(key, self.data, self.reader.starts[name], self.reader.ends[name] - 1)
        if not self.reader.there >> port & one:
            return 0
        key = key << 32 | self.reader.host32(self.reader.starts[port])
        return not self.ports.said(key, self.data, self.reader.starts[name], self.reader.ends[name] - 1)
