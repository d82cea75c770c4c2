"""Fields of many messages side by side, for tables that other programs read: a row for each message, numbers and texts as columns.

`heads` has the values of messages' headers; this module has those of their attributes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

from ovsdissect.engine.backend import BackEnd
from ovsdissect.engine.columns import Columns
from ovsdissect.engine.fieldcells import FieldCells
from ovsdissect.engine.jsonvalue import Json
from ovsdissect.engine.subject import Subject

if not cython.compiled:
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.codes import ANSWER, ASK, BARE, ENUM, FULL, INT, MET, OPEN_LIST, OPEN_OBJECT, RESERVE, ROW, TOKEN, WIRE
    from ovsdissect.engine.fieldcodes import (
        ABOUT_COMMAND,
        ABOUT_FAMILY,
        BELOW,
        DATAPATH_NAME,
        DIGITS,
        ELEMENTS,
        FAMILY_NAME,
        IDENTIFIER,
        KIND_AND_FLAGS,
        LENGTH,
        NUMBER,
        OBJECT,
        OCTETS,
        PORT_NAME,
        REQUEST_ATTRS,
        REQUEST_FAMILY_NAME,
        SLICE,
        SORT,
        STATE,
        STEP,
        TARGET,
        THERE,
    )
    from ovsdissect.engine.names import Names
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.walk import Walk

if TYPE_CHECKING:
    from ovsdissect.engine.field_tables import FieldTables

_ROUTE = cython.declare(cython.int, 0)
_GENERIC = cython.declare(cython.int, 16)
_ERROR = cython.declare(cython.int, 2)


@cython.final
@cython.cclass
class FieldColumns(BackEnd):
    """Keeps a row for each message.

    heads: the columns of headers, and the number of rows. cells: the columns of attributes.
    """

    def __init__(self, walk: Walk, answer: Answer, output: Output, tables: FieldTables, *, capacity: int, everything: bool) -> None:
        BackEnd.__init__(self, walk, answer, output)
        self.heads = Columns(
            walk, answer, output, tables.heads, capacity=capacity, room=1, by_row=False, answers=True, everything=everything
        )
        self.json, self.subject = Json(walk.reader, output), Subject(walk, answer, tables.tables)
        self.states, self.targets, self.steps = tables.states, tables.targets, tables.steps
        self.roots, self.extack, self.others, self.families = tables.roots, tables.extack, tables.others, tables.families
        self.cells = FieldCells(tables.width, capacity, output)

    # Called from Python

    def leave(self) -> bool:
        """Add a row without values, for a message that is left to the tree. Returns False if there is no room."""
        return self.heads.blank()

    def clear(self) -> None:
        """Empty the columns, after their rows were taken."""
        self.cells.clear(self.heads.rows)
        self.output.used = 0
        self.heads.clear()

    # Called by the pass

    def message(self) -> cython.int:
        """Fill the row of a message. Returns MET, FULL or ASK."""
        used: cython.int = self.output.used
        row: cython.int = self.heads.rows
        status: cython.int = self.heads.message()
        if status != MET or self.heads.rows == row:
            return status
        self.headers(row)
        # the names of rtnetlink's flags, and the attributes of its errors, are left to the tree
        status = 2 if self.walk.records.protocol == _ROUTE else self.names(row)
        if not status:
            if self.walk.kind == ANSWER:
                status = self.answered(row)
            elif self.walk.kind != BARE:
                status = self.members(self.roots[self.walk.kind], 0, self.reader.count, row)
        if not status:
            return MET
        self.output.used = used
        self.cells.forget(row)
        self.heads.rows -= 1
        # a row that does not fit an empty buffer is left to the tree
        return FULL if self.heads.rows and status == 1 else ASK

    def text(self, column: cython.int, row: cython.int, start: cython.int) -> cython.int:
        """Set a text: what was written from an offset on."""
        return self.cells.text(column, row, start, self.output.used - start)

    def headers(self, row: cython.int) -> cython.int:
        """Set the columns of what a message is, what it is about, and its flags, as one number each."""
        kind: cython.longlong = self.walk.kind
        asked: cython.bint = self.walk.kind == ANSWER
        if self.others[SORT] >= 0:
            if not asked:
                self.cells.set(self.others[SORT], row, 0)
            elif self.walk.type != _ERROR:
                self.cells.set(self.others[SORT], row, 3)
            else:
                self.cells.set(self.others[SORT], row, 1 if self.answer.error else 2)
        if self.others[ABOUT_COMMAND] >= 0:
            kind = self.answer.command if asked else kind
            if kind >= 0:
                self.cells.set(self.others[ABOUT_COMMAND], row, kind)
        if self.others[ABOUT_FAMILY] >= 0:
            kind = self.walk.kind
            if asked:
                kind = self.answer.family
            elif kind >= 0:
                kind = self.families[kind]
            if kind >= 0:
                self.cells.set(self.others[ABOUT_FAMILY], row, kind)
        if self.others[KIND_AND_FLAGS] >= 0:
            kind = self.walk.kind
            self.cells.set(self.others[KIND_AND_FLAGS], row, kind * 65536 + self.walk.flags)
        return 0

    def names(self, row: cython.int) -> cython.int:
        """Set names of undecoded families, the datapath and the port. Returns 1 if there is no room, 2 if only the tree knows."""
        used: cython.int
        size: cython.int
        asked: cython.bint = self.answer.asked and (self.walk.kind == ANSWER or self.heads.asks_requests)
        kind: cython.int = self.answer.type if self.walk.kind == ANSWER else self.walk.type
        if self.walk.kind == BARE or (self.walk.kind == ANSWER and asked and self.answer.family < 0):
            if self.family_name(FAMILY_NAME, kind, row):
                return 1
        if asked and self.answer.family < 0 and self.family_name(REQUEST_FAMILY_NAME, kind, row):
            return 1
        if (self.others[DATAPATH_NAME] < 0 and self.others[PORT_NAME] < 0) or self.walk.kind == BARE:
            return 0
        if self.subject.look_read():
            return 2
        if self.others[DATAPATH_NAME] >= 0 and self.subject.located:
            used = self.known(self.walk.datapaths, self.walk.datapaths.find(self.subject.datapath), DATAPATH_NAME, row)
            if used:
                return used
        if self.others[PORT_NAME] < 0:
            return 0
        if not self.subject.named:
            return self.known(self.walk.ports, self.walk.ports.find(self.subject.key()), PORT_NAME, row) if self.subject.numbered else 0
        size = self.subject.end - self.subject.start
        used = self.output.used
        if not self.output.room(size):
            return 1
        if self.subject.past:
            self.output.raw(self.subject.body, self.subject.start, self.subject.end)
        else:
            self.output.raw(self.reader.data, self.subject.start, self.subject.end)
        return self.text(self.others[PORT_NAME], row, used)

    def known(self, names: Names, slot: cython.int, other: cython.int, row: cython.int) -> cython.int:
        """Set a known name. Returns 1 if there is no room, 2 if it needs escaping."""
        used: cython.int = self.output.used
        if slot < 0:
            return 0
        if not names.plain(slot):
            return 2
        if not self.output.room(names.length(slot)):
            return 1
        self.output.raw(names.texts, names.start(slot), names.end(slot))
        return self.text(self.others[other], row, used)

    def family_name(self, other: cython.int, kind: cython.int, row: cython.int) -> cython.int:
        """Set the name of an undecoded family, by its id. Returns 1 if there is no room."""
        used: cython.int = self.output.used
        slot: cython.int
        if self.others[other] < 0 or self.walk.records.protocol != _GENERIC:
            return 0
        slot = self.walk.family_names.find(kind)
        if slot < 0:
            return 0
        if not self.output.room(self.walk.family_names.length(slot)):
            return 1
        self.output.raw(self.walk.family_names.texts, self.walk.family_names.start(slot), self.walk.family_names.end(slot))
        return self.text(self.others[other], row, used)

    def answered(self, row: cython.int) -> cython.int:
        """Fill in an error, an acknowledgement or the end of a dump: its extended ACK, and what it echoes."""
        last: cython.int = self.answer.echo_tokens if self.walk.type == _ERROR else self.reader.count
        used: cython.int
        if last > 2 and self.members(self.extack, 1, last - 1, row):
            return 1
        if self.others[REQUEST_ATTRS] < 0 or not self.answer.echoed:
            return 0
        if not self.output.room(RESERVE):
            return 1
        used = self.output.used
        self.output.char(123)
        if self.json.write(self.answer.echo_tokens + 1, self.reader.count - 1) or not self.output.room(1):
            return 1
        self.output.char(125)
        return self.text(self.others[REQUEST_ATTRS], row, used)

    def members(self, state: cython.int, first: cython.int, last: cython.int, row: cython.int) -> cython.int:
        """Visit the tokens from first to last, of an object in a state. Returns 1 if there is no room."""
        s: cython.int = state * STATE
        base: cython.int = self.states[s]
        count: cython.int = self.states[s + 1]
        targets: cython.int = self.states[s + 2]
        n: cython.int = first
        t: cython.int
        at: cython.int
        step: cython.int
        opened: cython.bint
        if not count:
            return 0
        while n < last:
            t = n * TOKEN
            opened = self.reader.tokens[t] == OPEN_OBJECT or self.reader.tokens[t] == OPEN_LIST
            at = self.reader.tokens[t + 1] - base
            if at >= 0 and at < count:
                at = (targets + at) * TARGET
                for step in range(self.targets[at], self.targets[at] + self.targets[at + 1]):
                    if self.take(step * STEP, n, row):
                        return 1
            n = self.reader.tokens[t + 4] + 1 if opened else n + 1
        return 0

    def take(self, s: cython.int, n: cython.int, row: cython.int) -> cython.int:
        """Apply a step to a token. Returns 1 if there is no room."""
        t: cython.int = n * TOKEN
        op: cython.int = self.steps[s]
        column: cython.int = self.steps[s + 1]
        what: cython.int = self.reader.tokens[t]
        start: cython.int = self.reader.tokens[t + 2]
        end: cython.int = self.reader.tokens[t + 3]
        used: cython.int = self.output.used
        w: cython.int = what * WIRE
        value: cython.ulonglong
        one: cython.ulonglong = 1
        if op == BELOW:
            return self.members(self.steps[s + 2], n + 1, self.reader.tokens[t + 4], row) if what == OPEN_OBJECT else 0
        if op == OBJECT:
            return self.object(n, column, row)
        if op == ELEMENTS:
            return self.elements(n, column, row) if what == OPEN_LIST else 0
        if what < 0:
            return 0
        if op == NUMBER:
            if self.reader.wires[w] == INT or (self.reader.wires[w] == ENUM and self.reader.wires[w + 7]):
                value = cython.cast(cython.ulonglong, self.reader.extended_sign(start, end - start, self.reader.wires[w + 2]))
            else:
                value = self.reader.number(start, end - start, self.reader.wires[w + 2])
            return self.cells.set(column, row, cython.cast(cython.longlong, value))
        if op == SLICE or op == IDENTIFIER:
            value = self.reader.number(start, end - start, self.reader.wires[w + 2])
            value = value >> self.steps[s + 2] & ((one << self.steps[s + 3]) - 1)
            if op == SLICE:
                return self.cells.set(column, row, cython.cast(cython.longlong, value))
            if not self.output.room(RESERVE):
                return 1
            self.output.literal(b"0x")
            self.output.hex_number(value)
            return self.text(column, row, used)
        if op == LENGTH:
            return self.cells.set(column, row, end - start)
        if op == THERE:
            return self.cells.set(column, row, 1)
        if not self.output.room(RESERVE + 2 * (end - start)):
            return 1
        if op == DIGITS:
            self.output.hex_digits(self.reader.data, start, end)
            return self.text(column, row, used)
        if op == OCTETS:
            self.output.raw(self.reader.data, start, end)
            return self.text(column, row, used)
        self.json.leaf(what, start, end)
        # a text without its quotes
        self.output.used -= 1
        return self.text(column, row, used + 1)

    def elements(self, n: cython.int, column: cython.int, row: cython.int) -> cython.int:
        """Set the elements of a list, each little-endian. Returns 1 if there is no room."""
        t: cython.int
        e: cython.int
        i: cython.int
        used: cython.int = self.output.used
        value: cython.ulonglong
        first: cython.int = n + 1
        last: cython.int = self.reader.tokens[n * TOKEN + 4]
        if not self.output.room(RESERVE + 4 * (last - first)):
            return 1
        for e in range(first, last):
            t = e * TOKEN
            value = self.reader.number(
                self.reader.tokens[t + 2],
                self.reader.tokens[t + 3] - self.reader.tokens[t + 2],
                self.reader.wires[self.reader.tokens[t] * WIRE + 2],
            )
            for i in range(4):
                self.output.char(cython.cast(cython.int, value >> 8 * i & 255))
        return self.text(column, row, used)

    def object(self, n: cython.int, column: cython.int, row: cython.int) -> cython.int:
        """Set the JSON text of a value. Returns 1 if there is no room."""
        t: cython.int = n * TOKEN
        used: cython.int = self.output.used
        key: cython.int = self.reader.tokens[t + 1]
        what: cython.int = self.reader.tokens[t]
        last: cython.int = self.reader.tokens[t + 4] if what == OPEN_OBJECT or what == OPEN_LIST else n
        if not self.output.room(RESERVE):
            return 1
        self.output.char(123)  # so that the key after it gets no comma
        if self.json.write(n, last + 1):
            return 1
        return self.text(column, row, used + 1 + (self.reader.rows[key * ROW + 2] if key >= 0 else 0))
