# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""The list cells that depend only on a message's headers: the compiled form of ovsdissect.filter.headers, in the form of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.codes import ANSWER, COMMAND, WIRE
    from ovsdissect.engine.listcodes import (
        COLUMN_DP_IFINDEX,
        COLUMN_FLAGS,
        COLUMN_INDEX,
        COLUMN_KIND,
        COLUMN_LEN,
        COLUMN_NUMBER,
        COLUMN_PID,
        COLUMN_PROTOCOL,
        COLUMN_RECORD,
        COLUMN_RECORD_LENGTH,
        COLUMN_SEQ,
        COLUMN_TIME_RELATIVE,
        COLUMN_TYPE,
        COLUMN_VERSION,
    )
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.timecells import TimeCells
    from ovsdissect.engine.walk import Walk

if TYPE_CHECKING:
    from ovsdissect.engine.list_tables import ListTables

_ERROR = cython.declare(cython.int, 2)
_REQUEST = cython.declare(cython.int, 0x1)
_ROOT = cython.declare(cython.int, 0x100)
_MATCH = cython.declare(cython.int, 0x200)
_WRAP = cython.declare(cython.longlong, 4294967296)


@cython.final
@cython.cclass
class HeaderCells:
    """Writes cells from the headers of the current message."""

    def __init__(self, walk: Walk, answer: Answer, output: Output, tables: ListTables, times: TimeCells) -> None:
        self.walk, self.answer, self.output, self.times = walk, answer, output, times
        self.reader = walk.reader
        self.protocols, self.protocol_end = tables.summaries.protocols, len(tables.summaries.protocols)
        wires = tables.tables.flag_wires
        self.plain_flags, self.get_flags, self.ack_flags = wires[""], wires["get"], wires["ack"]
        self.dump_flags = tables.tables.dump_wire

    def write(self, what: cython.int) -> cython.int:
        """Write the cell of a column. Returns a status of odp_codes.py."""
        if what == COLUMN_NUMBER:
            return self.output.decimal(cython.cast(cython.ulonglong, self.walk.number + 1))
        if what == COLUMN_RECORD:
            return self.output.decimal(cython.cast(cython.ulonglong, self.walk.records.count))
        if what == COLUMN_INDEX:
            return self.output.decimal(self.walk.place)
        if what == COLUMN_KIND:
            return self.kind()
        if what == COLUMN_PROTOCOL:
            return self.protocol(b"")
        if what == COLUMN_LEN:
            return self.output.decimal(self.walk.stop - self.walk.start + self.walk.missing)
        if what == COLUMN_TYPE:
            return self.output.decimal(self.walk.type)
        if what == COLUMN_FLAGS:
            return self.flags()
        if what == COLUMN_SEQ:
            return self.output.decimal(self.walk.seq)
        if what == COLUMN_PID:
            return self.output.decimal(self.walk.pid)
        if what == COLUMN_RECORD_LENGTH:
            return self.output.decimal(self.walk.records.end - self.walk.records.begin)
        if what == COLUMN_TIME_RELATIVE:
            return self.times.relative()
        if self.walk.kind < 0:
            return 0
        if what == COLUMN_VERSION:
            return self.output.decimal(self.reader.data[self.walk.start + 17])
        if what == COLUMN_DP_IFINDEX and self.reader.commands[self.walk.kind * COMMAND + 12]:
            return self.signed32(self.reader.host32(self.walk.start + 20))
        return 0

    def signed32(self, value: cython.uint) -> cython.int:
        """Write a signed 32-bit number."""
        number: cython.longlong = value
        return self.output.integer(number - _WRAP if value >> 31 else number)

    def kind(self) -> cython.int:
        """Write the kind of netlink message."""
        if self.walk.kind != ANSWER:
            return self.output.literal(b"message")
        if self.walk.type != _ERROR:
            return self.output.literal(b"done")
        return self.output.literal(b"error" if self.answer.error else b"ack")

    def protocol(self, before: cython.p_char) -> cython.int:
        """Write the netlink protocol's name, or `before` and its number."""
        at: cython.int = 2 * self.walk.records.protocol
        if at < self.protocol_end and self.protocols[at + 1]:
            return self.output.text(self.protocols[at], self.protocols[at + 1])
        self.output.literal(before)
        return self.output.decimal(self.walk.records.protocol)

    def flags(self) -> cython.int:
        """Write the names of nlmsg_flags."""
        c: cython.int = self.walk.kind * COMMAND
        flags: cython.int = self.walk.flags
        if self.walk.kind == ANSWER:
            return self.names(self.ack_flags, flags)
        if self.walk.kind < 0 or not flags & _REQUEST:
            return self.names(self.plain_flags, flags)
        if flags & _ROOT and flags & _MATCH and self.reader.commands[c + 3] == self.get_flags:
            return self.names(self.dump_flags, flags & ~_MATCH)
        return self.names(self.reader.commands[c + 3], flags)

    def names(self, wire: cython.int, flags: cython.int) -> cython.int:
        """Write the names of the set bits."""
        place: cython.int = self.reader.wires[wire * WIRE + 3]
        begun: cython.int = self.output.used
        while flags:
            if flags & 1:
                if self.output.used > begun:
                    self.output.char(124)
                self.output.text(self.reader.index[place] + 1, self.reader.index[place + 1] - 2)
            flags >>= 1
            place += 2
        return 0
