"""Values of many messages side by side, in buffers of the caller's shape: for analyses, tables and SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

from ovsdissect.engine.backend import BackEnd

if cython.compiled:
    from cython.cimports.libc.string import memcpy
else:
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.codes import ANSWER, ASK, BARE, COMMAND, FULL, MET, OPEN_LIST, OPEN_OBJECT, TOKEN, WIRE
    from ovsdissect.engine.columncodes import (
        DIGEST,
        ENDING,
        ENTRY,
        OF_CONVERSATION,
        OF_DATAPATH,
        OF_ERROR,
        OF_FLAGS,
        OF_INTERFACE,
        OF_KIND,
        OF_LENGTH,
        OF_NUMBER,
        OF_ORDER,
        OF_PLACE,
        OF_PORTID,
        OF_PROTOCOL,
        OF_RECORD,
        OF_REQUEST,
        OF_REQUESTED,
        OF_REQUESTED_FAMILY,
        OF_SEQUENCE,
        OF_SIZE,
        OF_START,
        OF_TIME,
        OF_TYPE,
        OF_VERSION,
        PRESENCE,
        SIZE,
        VALUE,
    )
    from ovsdissect.engine.digests import Digester
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.walk import Walk

if TYPE_CHECKING:
    from ovsdissect.engine.column_tables import ColumnTables

_HEADERS = cython.declare(cython.int, 20)  # struct nlmsghdr, struct genlmsghdr
_HEADER = cython.declare(cython.int, 16)
_GENERIC = cython.declare(cython.int, 16)
_ERROR = cython.declare(cython.int, 2)
_SIGNED = cython.declare(cython.int, 1)


@cython.final
@cython.cclass
class Columns(BackEnd):
    """Keeps a row for each message.

    capacity: rows that fit; rows: rows filled. values: 64 bits for each cell, in two's complement; valid: 1 if the cell has a value.
    by_row: values are ordered by row, else by column. bytes: the bytes of all columns that keep bytes; `used` of them are filled.
    answers: whether errors, acknowledgements and ends of dumps have rows; if not, the tree must handle them, except acknowledgements, which
    have rows without values of their own. everything: whether messages that are not Open vSwitch's have rows too. complete: whether
    messages that answer a request missing from the capture are left to the tree.
    """

    def __init__(
        self,
        walk: Walk,
        answer: Answer,
        output: Output,
        tables: ColumnTables,
        *,
        capacity: int,
        room: int,
        by_row: bool,
        answers: bool,
        everything: bool,
        complete: bool = False,
    ) -> None:
        BackEnd.__init__(self, walk, answer, output)
        self.entries, self.plans, self.chains, self.width = tables.entries, tables.plans, tables.chains, tables.width
        self.answers, self.everything, self.asks_requests, self.complete = answers, everything, tables.asks_requests, complete
        self.digester = Digester()
        self.capacity, self.rows, self.used = capacity, 0, 0
        self.values = memoryview(bytearray(8 * capacity * tables.width)).cast("q")
        self.valid = bytearray(capacity * tables.width)
        self.bytes = bytearray(room)
        self.row_step, self.column_step = (tables.width, 1) if by_row else (1, capacity)
        self.sized = self.size = 0

    def clear(self) -> None:
        """Empty the buffers, after their rows were taken."""
        self.rows = self.used = 0

    def blank(self) -> bool:
        """Add a row without values. Returns False if there is no room."""
        column: cython.int
        if self.rows >= self.capacity:
            return False
        for column in range(self.width):
            self.valid[self.rows * self.row_step + column * self.column_step] = 0
        self.rows += 1
        return True

    def message(self) -> cython.int:
        """Fill the message's row. Returns MET, FULL or ASK."""
        used: cython.int = self.used
        plan: cython.int = self.walk.kind
        e: cython.int
        column: cython.int
        if plan == BARE:
            if not self.everything:
                return MET
            plan = self.plans.shape[0] // 2 - 2 if cython.compiled else len(self.plans) // 2 - 2
        elif plan == ANSWER:
            plan = self.plans.shape[0] // 2 - 1 if cython.compiled else len(self.plans) // 2 - 1
            if self.answers:
                if self.answer.read():
                    return ASK
                if not self.everything and self.answer.family < 0:
                    return MET
            elif self.walk.type != _ERROR or self.walk.stop - self.walk.start < _HEADERS or self.reader.host32(self.walk.start + _HEADER):
                return ASK
        if self.asks_requests and self.walk.kind != ANSWER and self.answer.read():
            return ASK
        if self.complete and self.answer.asked and not self.answer.request:
            return ASK
        if self.rows >= self.capacity:
            return FULL
        for column in range(self.width):
            self.valid[self.rows * self.row_step + column * self.column_step] = 0
        for e in range(self.plans[2 * plan], self.plans[2 * plan] + self.plans[2 * plan + 1]):
            if self.entry(e * ENTRY):
                self.used = used
                # what does not fit an empty buffer is left to the tree
                return FULL if self.rows else ASK
        self.rows += 1
        return MET

    def set(self, column: cython.int, value: cython.longlong) -> cython.int:
        """Set a value of the current row."""
        at: cython.int = self.rows * self.row_step + column * self.column_step
        if not cython.compiled:
            value = (value + (1 << 63)) % (1 << 64) - (1 << 63)  # as a cast in C does
        self.values[at] = value
        self.valid[at] = 1
        return 0

    def entry(self, e: cython.int) -> cython.int:
        """Fill the one or two columns of an entry. Returns 1 if there is no room."""
        what: cython.int = self.entries[e]
        column: cython.int = self.entries[e + 1]
        limit: cython.int = self.entries[e + 5]
        t: cython.int
        wire: cython.int
        start: cython.int
        end: cython.int
        value: cython.ulonglong
        one: cython.ulonglong = 1
        if what < VALUE:
            return self.header(e, what, column)
        t = self.find(e)
        if t < 0:
            return 0
        if what == PRESENCE:
            return self.set(column, 1)
        t *= TOKEN
        start, end = self.reader.tokens[t + 2], self.reader.tokens[t + 3]
        if what == SIZE:
            return self.set(column, end - start)
        if what == VALUE:
            wire = self.reader.tokens[t] * WIRE
            if wire < 0:
                return 0
            if self.entries[e + 7] == _SIGNED:
                value = self.reader.extended_sign(start, end - start, self.reader.wires[wire + 2])
            else:
                value = self.reader.number(start, end - start, self.reader.wires[wire + 2])
            if limit:
                value = value >> self.entries[e + 6] & ((one << limit) - 1)
            return self.set(column, cython.cast(cython.longlong, value))
        if what == DIGEST:
            self.digester.digest(self.reader.data, start, end)
            self.set(column, cython.cast(cython.longlong, self.digester.low))
            return self.set(column + 1, cython.cast(cython.longlong, self.digester.high))
        if limit and end - start > limit:
            if what == ENDING:
                start = end - limit
            else:
                end = start + limit
        return self.copy(column, start, end)

    def copy(self, column: cython.int, start: cython.int, end: cython.int) -> cython.int:
        """Copy the bytes of a column. Returns 1 if there is no room."""
        size: cython.int = end - start
        if self.used + size > self.bytes.shape[0] if cython.compiled else self.used + size > len(self.bytes):
            return 1
        if size:
            if cython.compiled:
                # accessing the last ones first proves that all others are within bounds
                self.bytes[self.used + size - 1] = self.reader.data[end - 1]
                memcpy(cython.address(self.bytes[self.used]), cython.address(self.reader.data[start]), size)
            else:
                self.bytes[self.used : self.used + size] = self.reader.data[start:end]
        self.set(column, self.used)
        self.set(column + 1, size)
        self.used += size
        return 0

    def find(self, e: cython.int) -> cython.int:
        """Return the token of an attribute or of a value in it, -1 if it is absent."""
        top: cython.int = self.entries[e + 2]
        chain: cython.int = self.entries[e + 3]
        link: cython.int
        n: cython.int
        last: cython.int
        t: cython.int
        if not self.reader.there >> top & 1:
            return -1
        n = self.reader.firsts[top]
        for link in range(chain, chain + self.entries[e + 4]):
            t = n * TOKEN
            if self.reader.tokens[t] != OPEN_OBJECT:
                return -1
            last = self.reader.tokens[t + 4]
            n += 1
            while n < last and self.reader.tokens[n * TOKEN + 1] != self.chains[link]:
                t = n * TOKEN
                n = self.reader.tokens[t + 4] + 1 if self.reader.tokens[t] == OPEN_OBJECT or self.reader.tokens[t] == OPEN_LIST else n + 1
            if n >= last:
                return -1
        return n

    def header(self, e: cython.int, what: cython.int, column: cython.int) -> cython.int:
        """Set the value of a header's column."""
        if what == OF_KIND:
            return self.set(column, self.walk.kind)
        if what == OF_NUMBER:
            return self.set(column, self.walk.number + 1)
        if what == OF_RECORD:
            return self.set(column, self.walk.records.count)
        if what == OF_PLACE:
            return self.set(column, self.walk.place)
        if what == OF_SIZE:
            return self.set(column, self.messages_of_record())
        if what == OF_TIME:
            return self.set(column, self.walk.records.time)
        if what == OF_LENGTH:
            return self.set(column, self.walk.stop - self.walk.start)
        if what == OF_TYPE:
            return self.set(column, self.walk.type)
        if what == OF_FLAGS:
            return self.set(column, self.walk.flags)
        if what == OF_SEQUENCE:
            return self.set(column, self.walk.seq)
        if what == OF_PORTID:
            return self.set(column, self.walk.pid)
        if what == OF_PROTOCOL:
            return self.set(column, self.walk.records.protocol)
        if what == OF_INTERFACE:
            return self.set(column, self.walk.records.device)
        if what == OF_CONVERSATION:
            return self.set(column, self.walk.records.entered)
        if what == OF_ORDER:
            return self.set(column, self.reader.big)
        if what == OF_START:
            return self.set(column, self.walk.start - self.walk.records.begin)
        if what == OF_DATAPATH:
            if self.families_header() >= 4:
                self.set(column, cython.cast(cython.longlong, self.reader.extended_sign(self.walk.start + _HEADERS, 4, False)))
            return 0
        if what == OF_VERSION:
            return self.set(column, self.reader.data[self.walk.start + _HEADER + 1]) if self.walk.kind >= 0 else 0
        if what == OF_ERROR:
            return self.set(column, self.answer.error) if self.walk.kind == ANSWER and self.answers and self.answer.numbered else 0
        # the answer was read before the row was begun
        if not self.answer.asked or (self.walk.kind == ANSWER and not self.answers):
            return 0
        if what == OF_REQUEST and self.answer.request:
            return self.set(column, self.answer.request)
        if what == OF_REQUESTED and self.answer.command >= 0:
            return self.set(column, self.answer.command)
        if what == OF_REQUESTED_FAMILY and self.answer.family >= 0:
            return self.set(column, self.answer.family)
        return 0

    def families_header(self) -> cython.int:
        """Return the size of the family's own header in bytes."""
        return self.reader.commands[self.walk.kind * COMMAND + 12] if self.walk.kind >= 0 else 0

    def messages_of_record(self) -> cython.int:
        """Return how many messages the record holds; counted once per record."""
        at: cython.int = self.walk.records.begin + self.walk.records.first
        length: cython.uint
        if self.sized == self.walk.records.count:
            return self.size
        self.sized, self.size = self.walk.records.count, 0
        while self.walk.records.end - at >= _HEADER:
            length = self.reader.host32(at)
            if length < cython.cast(cython.uint, _HEADER):
                break
            self.size += 1
            if length >= cython.cast(cython.uint, self.walk.records.end - at):
                break
            at += cython.cast(cython.int, (length + 3) & ~cython.cast(cython.uint, 3))
        return self.size
