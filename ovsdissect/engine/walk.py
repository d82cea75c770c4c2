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
        COMMAND,
        MET,
        ODD,
        TELLS_DATAPATH,
        TELLS_DELETED,
        TELLS_FAMILY,
        TELLS_KEY,
        UNKNOWN,
    )
    from ovsdissect.engine.names import Names
    from ovsdissect.engine.reader import Reader
    from ovsdissect.engine.recordwalk import RecordWalk
    from ovsdissect.engine.requests import Requests

if TYPE_CHECKING:
    from ovsdissect.engine.conversation import Books
    from ovsdissect.engine.tables import Tables

# ovsdissect.netlink.headers
_GENERIC = cython.declare(cython.int, 16)
_MIN_TYPE = cython.declare(cython.int, 16)
_ERROR = cython.declare(cython.int, 2)
_DONE = cython.declare(cython.int, 3)
_REQUEST = cython.declare(cython.int, 1)
_MULTI = cython.declare(cython.int, 2)
_LONGEST = cython.declare(cython.longlong, 1 << 28)  # bytes of a message that the capture cut
_REQUESTS = cython.declare(cython.int, 2)  # REQUESTS


REQUESTS = 2


@cython.final
@cython.cclass
class Walk:
    """The position of one pass: the message that was met.

    records: the record that it is in. start, stop: where its bytes are; place: its index in the record.
    irregular: whether its family does not declare its command, or it ends inside its family's header; short: the latter.
    missing: bytes that the message lacks after `stop`. number: how many messages were processed.
    first_time: the time of the first message that has one, if timed is set. little, bigs: records with messages of either byte order.
    """

    def __init__(self, tables: Tables, reader: Reader) -> None:
        self.reader = reader
        self.records = RecordWalk(reader)
        self.data = b""
        self.start = self.stop = self.place = 0
        self.by_command, self.declared = tables.by_command, len(tables.declared)
        self.irregular = self.short = False
        self.keys = False
        self.timed = False
        self.first_time = 0
        self.missing = 0
        self.number = 0
        self.little = self.bigs = 0
        self.type = self.flags = 0
        self.seq = self.pid = 0
        self.kind = UNKNOWN
        self.key = 0
        self.sort = 0
        self.families = array("h", [BARE]) * (1 << 16)
        self.requests = Requests()
        self.ports, self.datapaths, self.family_names = Names(), Names(), Names()

    # Called by the owner of the pass

    def enter(self, books: Books, conversation: int) -> None:
        """Continue in a conversation: the following records, up to the next INTERFACE, belong to it."""
        self.records.entered = conversation
        self.families, self.requests = books.families, books.requests
        self.ports, self.datapaths, self.family_names = books.port_names, books.datapath_names, books.family_names

    def tell_keys(self) -> None:
        """Return TOLD from now on for messages that have a flow's key."""
        self.keys = True

    def telling_command(self, command: cython.int) -> cython.int:
        """Return whether messages with a command must be read for what they tell, even if nobody else wants them."""
        what: cython.int = self.reader.commands[command * COMMAND + 13]
        return self.keys if what == TELLS_KEY else what != 0

    def take_orders(self) -> tuple[int, int]:
        """Return how many records had little-endian messages, and how many big-endian ones, since the last call."""
        found = self.little, self.bigs
        self.little = self.bigs = 0
        return found

    def go_on(self, data: bytes | memoryview, position: int, size: int, record: int) -> None:
        """Continue with a buffer that has the header of a record at a position; record: how many records precede it."""
        self.data = data
        self.reader.data = data
        self.records.go_on(data, position, size, record)

    def skip_message(self, number: int) -> None:
        """Skip the message, which was processed elsewhere; number: how many messages have been processed."""
        self.done()
        self.number = number

    def skip_record(self, number: int) -> None:
        """Skip the rest of the record likewise."""
        self.number = number
        self.records.pass_by()

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
        return self.records.position, self.records.begin, self.records.end, self.start, self.place, self.records.count, self.number

    @property
    def met(self) -> tuple[int, int, int, int | None]:
        """(protocol, type, end of the message, time of its record)."""
        return self.records.protocol, self.type, self.stop, self.records.time

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
                if self.records.protocol == _GENERIC and self.type >= _MIN_TYPE:
                    wanted = enough[self.type]
                    if not wanted or (wanted == _REQUESTS and self.flags & _REQUEST):
                        break
                self.done()
        return status

    # The pass

    def meet(self) -> cython.int:
        """Go to the next complete message. Returns MET, or why there is none."""
        length: cython.longlong
        family: cython.int
        status: cython.int
        while True:
            if self.records.end < 0:
                status = self.records.begin_record()
                self.start = self.stop = self.records.messages
                self.place = 0
                if status != MET:
                    return status
            if self.start >= self.records.end:
                if self.start < self.records.end + self.records.lacking:
                    return ODD  # the capture cut later messages off
                if self.place:
                    if self.reader.big:
                        self.bigs += 1
                    else:
                        self.little += 1
                self.records.pass_by()
                continue
            if self.start + 16 > self.records.end:
                return ODD
            length = self.reader.host32(self.start)
            self.missing = 0
            if length > self.records.end - self.start:
                if length > self.records.end - self.start + self.records.lacking or length > _LONGEST:
                    return ODD
                self.missing = cython.cast(cython.int, length) - (self.records.end - self.start)
            if length < 16:
                return ODD
            self.stop = self.start + cython.cast(cython.int, length) - self.missing
            if not self.timed:
                self.timed, self.first_time = True, self.records.time
            self.type = self.reader.host16(self.start + 4)
            self.flags = self.reader.host16(self.start + 6)
            self.seq = self.reader.host32(self.start + 8)
            self.pid = self.reader.host32(self.start + 12)
            self.key = cython.cast(cython.ulonglong, self.pid) << 32 | self.seq
            self.sort = cython.cast(cython.uint, self.records.protocol) << 16 | cython.cast(cython.uint, self.type)
            self.kind = UNKNOWN
            self.irregular = self.short = False
            if self.type < _MIN_TYPE:
                if self.type == _ERROR or self.type == _DONE:
                    self.kind = ANSWER
            elif self.records.protocol != _GENERIC:
                self.kind = BARE
            else:
                family = self.families[self.type]
                if family == BARE:
                    self.kind = BARE
                elif family >= 0 and self.stop - self.start >= 20:
                    self.kind = self.by_command[family * 256 + self.data[self.start + 16]]
                    self.short = self.stop - self.start < 20 + self.reader.commands[self.kind * COMMAND + 12]
                    self.irregular = self.short or self.kind >= self.declared
                    if self.short and self.missing:
                        self.kind = UNKNOWN
            return MET

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
            elif self.flags & _MULTI and self.records.protocol == _GENERIC:
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
