# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""The list back end: writes the line of ovsdissect.text.rows and .forms, byte for byte, for every message that the engine reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.answersummary import AnswerSummary
    from ovsdissect.engine.backend import BackEnd
    from ovsdissect.engine.cells import Cells
    from ovsdissect.engine.codes import ANSWER, ASK, BARE, COMMAND, FULL, MET, PACKET, ROW, SIZED, STRUCT, TOKEN, WIRE, WORDS
    from ovsdissect.engine.headercells import HeaderCells
    from ovsdissect.engine.listcodes import (
        COLUMN_CMD,
        COLUMN_DATAPATH,
        COLUMN_DIRECTION,
        COLUMN_FAMILY,
        COLUMN_INTERFACE,
        COLUMN_PORT,
        COLUMN_RECORD_LENGTH,
        COLUMN_SUMMARY,
        COLUMN_TIME,
        SAYS,
        SAYS_CONFIGURATION,
        TONE_CONTROL,
        TONE_ERROR,
        TONE_OTHER,
        TONE_PROBLEM,
    )
    from ovsdissect.engine.odp_codes import NO_ROOM, REFUSED, WRITTEN
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.problems import LONGEST_PROBLEM, Problems
    from ovsdissect.engine.subject import Subject
    from ovsdissect.engine.summary import Summary
    from ovsdissect.engine.timecells import TimeCells
    from ovsdissect.engine.walk import Walk

if TYPE_CHECKING:
    from ovsdissect.engine.list_shape import Shape
    from ovsdissect.engine.list_tables import ListTables

_ROUTE = cython.declare(cython.int, 0)
_GENERIC = cython.declare(cython.int, 16)
_ERROR = cython.declare(cython.int, 2)
_REQUEST = cython.declare(cython.int, 0x1)
_NO_PORT = cython.declare(cython.uint, 0xFFFFFFFF)
_LINE = cython.declare(cython.int, 16384)  # bytes of a line, without what grows with its message
_GROWTH = cython.declare(cython.int, 8)  # bytes for each byte of a port's, datapath's, meter's, limit's or family's message


@cython.final
@cython.cclass
class ListLines(BackEnd):
    """Writes the lines of a list. everything: also messages of other protocols and families. named: show ports and datapaths by name.

    hidden, hidden_errors: messages of no decoded family that were not shown, and the errors among them.
    times: the reference of the time column, which lines of the tree must update.
    """

    def __init__(self, walk: Walk, answer: Answer, output: Output, tables: ListTables, shape: Shape, everything: bool, named: bool) -> None:
        BackEnd.__init__(self, walk, answer, output)
        self.times = TimeCells(walk, output, shape.time, shape.digits)
        self.cells = Cells(output, shape)
        self.summary = Summary(tables, walk.reader, output, named)
        self.headers = HeaderCells(walk, answer, output, tables, self.times)
        self.subject = Subject(walk, answer, tables.tables)
        self.problems = Problems(walk, answer, output)
        self.answers = AnswerSummary(walk, answer, output, tables, self.summary, self.problems, named)
        self.what, self.down, self.up = shape.what, shape.down, shape.up
        self.columns, self.down_length, self.up_length = len(shape.what), len(shape.down), len(shape.up)
        self.down_more, self.up_more = shape.down_more, shape.up_more
        self.says, self.families = tables.summaries.says, tables.summaries.families
        self.interfaces, self.names, self.interface_count = shape.interfaces, shape.names, len(shape.interfaces) // 2
        self.everything = everything
        self.hidden = self.hidden_errors = 0
        self.cuts = self.irregular = COLUMN_RECORD_LENGTH not in shape.what
        self.reader.shallow = 1

    def message(self) -> cython.int:
        """Write the message's line. Returns MET, FULL or ASK."""
        used: cython.int = self.output.used
        status: cython.int
        if self.walk.kind == BARE:
            if not self.everything:
                self.hidden += 1
                return MET
            if self.walk.records.protocol == _ROUTE:
                return ASK
        elif self.walk.kind == ANSWER:
            if self.answer.read():
                return ASK
            if not self.everything and self.answer.family < 0:
                self.hidden += 1
                self.hidden_errors += self.walk.type == _ERROR and self.answer.error != 0
                return MET
            if self.walk.records.protocol == _ROUTE:
                return ASK
        status = self.line()
        if status == WRITTEN:
            self.times.shown()
            self.malformed += self.problems.count() != 0
            return MET
        self.output.used = used
        # a line longer than the whole buffer is left to the tree
        return FULL if status == NO_ROOM and used else ASK

    def line(self) -> cython.int:
        """Write the line. Returns a status of odp_codes.py."""
        place: cython.int
        start: cython.int
        said: cython.int
        if not self.output.room(_LINE + self.growth() * (self.walk.stop - self.walk.start)):
            return NO_ROOM
        if self.walk.kind >= 0:
            self.summary.words.call(self.walk.ports, self.datapath_number())
            self.summary.attrs.take(0, self.reader.count)
            self.summary.open(self.walk.kind)
        elif self.walk.kind == ANSWER and self.answers.open():
            return REFUSED
        self.cells.begin(self.tone())
        for place in range(self.columns):
            self.cells.open(place)
            start = self.output.used
            said = self.cell(place)
            if said:
                return said
            # the summary may be quoted, and the quotes in it doubled
            if self.what[place] == COLUMN_SUMMARY and not self.output.room(self.output.used - start + _LINE):
                return NO_ROOM
            self.cells.close(place, self.arrow() if self.what[place] == COLUMN_DIRECTION else 0)
        self.cells.end()
        return WRITTEN

    def growth(self) -> cython.int:
        """Return the bytes of a line at most per byte of its message; Open vSwitch's texts and packets ask for room themselves."""
        command: cython.int = self.walk.kind if self.walk.kind >= 0 else self.answer.command if self.walk.kind == ANSWER else -1
        return _GROWTH if command >= 0 and self.says[command * SAYS] == SAYS_CONFIGURATION else 1

    def arrow(self) -> cython.int:
        """Return by how many its bytes exceed the cells of a direction's mark."""
        return self.down_more if self.walk.flags & _REQUEST else self.up_more

    def tone(self) -> cython.int:
        """Return the tone of the line."""
        if self.problems.count():
            return TONE_PROBLEM
        if self.walk.kind >= 0:
            return self.says[self.walk.kind * SAYS + 6]
        if self.walk.kind == BARE:
            return TONE_OTHER
        return TONE_ERROR if self.answer.error and not self.answers.expected() else TONE_CONTROL

    def cell(self, place: cython.int) -> cython.int:
        """Write the text of a column. Returns a status of odp_codes.py."""
        what: cython.int = self.what[place]
        if what == COLUMN_SUMMARY:
            return self.faulty() if self.problems.count() else self.said()
        if what == COLUMN_TIME:
            return self.times.time()
        if what == COLUMN_DIRECTION:
            if self.walk.flags & _REQUEST:
                return self.output.raw(self.down, 0, self.down_length)
            return self.output.raw(self.up, 0, self.up_length)
        if what == COLUMN_INTERFACE:
            if not 0 <= self.walk.records.device < self.interface_count:
                return REFUSED  # it was unknown when the list began
            start: cython.int = self.interfaces[2 * self.walk.records.device]
            return self.output.raw(self.names, start, start + self.interfaces[2 * self.walk.records.device + 1])
        if what == COLUMN_FAMILY:
            return self.family()
        if what == COLUMN_CMD:
            return self.cmd()
        if what == COLUMN_DATAPATH:
            return self.datapath()
        if what == COLUMN_PORT:
            return self.summary.port(self.walk.kind) if self.walk.kind >= 0 else self.port() if self.walk.kind == ANSWER else WRITTEN
        return self.headers.write(what)

    def family(self) -> cython.int:
        """Write the family (for an answer, its request's), another protocol, or a type that has no name."""
        number: cython.int = -1
        slot: cython.int
        if self.walk.kind >= 0:
            number = self.says[self.walk.kind * SAYS + 3]
        elif self.walk.kind == ANSWER:
            number = self.answer.family
        if number >= 0:
            return self.output.text(self.families[2 * number], self.families[2 * number + 1])
        if self.walk.records.protocol != _GENERIC:
            return self.headers.protocol(b"protocol ")
        if self.walk.kind == ANSWER and not self.answer.asked:
            return self.output.literal(b"generic")
        slot = self.walk.family_names.find(self.answer.type if self.walk.kind == ANSWER else self.walk.type)
        if slot >= 0:
            return self.summary.words.name(self.walk.family_names, slot)
        if self.walk.kind == ANSWER:
            return self.output.literal(b"generic")
        self.output.literal(b"type ")
        return self.output.decimal(self.walk.type)

    def cmd(self) -> cython.int:
        """Write the command (for an answer, its request's), or the kind of an answer to a request that is not decoded."""
        command: cython.int = self.answer.command if self.walk.kind == ANSWER else self.walk.kind
        if command >= self.walk.declared:
            return self.output.decimal(self.answer.cmd if self.walk.kind == ANSWER else self.reader.data[self.walk.start + 16])
        if command >= 0:
            return self.output.text(self.says[command * SAYS + 4], self.says[command * SAYS + 5])
        if self.walk.kind == BARE:
            self.output.literal(b"type ")
            return self.output.decimal(self.walk.type)
        return self.headers.kind()

    def datapath_number(self) -> cython.uint:
        """Return the datapath of the message; 0 if it has none."""
        if self.walk.short:
            return 0
        if self.walk.kind >= 0:
            return self.reader.host32(self.walk.start + 20) if self.reader.commands[self.walk.kind * COMMAND + 12] else 0
        return self.answers.datapath if self.walk.kind == ANSWER else 0

    def datapath(self) -> cython.int:
        """Write the datapath's name, or its number."""
        number: cython.uint = self.datapath_number()
        slot: cython.int = -1
        if not number:
            return WRITTEN
        if self.summary.words.named:
            slot = self.walk.datapaths.find(number)
        if slot >= 0:
            return self.summary.words.name(self.walk.datapaths, slot)
        return self.headers.signed32(number)

    def port(self) -> cython.int:
        """Write the port of the request that is answered."""
        if self.subject.look():
            return REFUSED
        if self.subject.named and self.summary.words.named:
            if self.subject.past:
                return self.output.raw(self.subject.body, self.subject.start, self.subject.end)
            return self.output.raw(self.reader.data, self.subject.start, self.subject.end)
        if not self.subject.numbered:
            return WRITTEN
        if self.subject.number == _NO_PORT:
            return self.output.literal(b"none")
        self.summary.words.call(self.walk.ports, self.subject.datapath)
        return self.summary.words.port(self.subject.number)

    def faulty(self) -> cython.int:
        """Write the summary of a message that has problems."""
        begun: cython.int = self.output.used
        status: cython.int
        if not self.walk.missing:
            if not self.summary.shows(self.command(), self.problems.first()):
                return REFUSED
        elif self.problems.within() and not self.passed_over():
            return REFUSED
        status = self.said()
        if status:
            return status
        if not self.output.room(LONGEST_PROBLEM):
            return NO_ROOM
        self.output.literal(b" [" if self.output.used > begun else b"[")
        return self.problems.phrase()

    def command(self) -> cython.int:
        """Return the command of the message, or of the request that it answers."""
        return self.walk.kind if self.walk.kind >= 0 else self.answer.command

    def passed_over(self) -> cython.int:
        """Return whether the summary does not depend on the value that the capture cut or shows what is present; others are the tree's."""
        top: cython.int = self.summary.top(self.problems.first(), self.reader.cut)
        row: cython.int = self.reader.tokens[top * TOKEN + 1] * ROW
        op: cython.int
        if top < self.reader.cut:
            return self.summary.prints(self.command(), self.reader.rows[row + 4])
        op = self.reader.wires[self.reader.rows[row] * WIRE]
        return op == STRUCT or op == WORDS or op == SIZED or op == PACKET

    def said(self) -> cython.int:
        """Write the summary."""
        if self.walk.kind >= 0:
            return self.summary.said(self.walk.kind, self.walk.flags)
        if self.walk.kind == ANSWER:
            return self.answers.said()
        self.output.decimal(self.walk.stop - self.walk.start + self.walk.missing)
        return self.output.literal(b" bytes")
