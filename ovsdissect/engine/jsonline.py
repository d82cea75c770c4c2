"""The JSON back end: writes the line of ovsdissect.json.jsonline, byte for byte, for every message that the reader reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.backend import BackEnd
    from ovsdissect.engine.clock import Clock
    from ovsdissect.engine.codes import (
        ANSWER,
        ASK,
        BARE,
        COMMAND,
        FULL,
        MET,
    )
    from ovsdissect.engine.jsonvalue import Json
    from ovsdissect.engine.names import Names
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.problems import LONGEST_PROBLEM, Problems
    from ovsdissect.engine.subject import Subject
    from ovsdissect.engine.walk import Walk

if TYPE_CHECKING:
    from ovsdissect.engine.tables import Tables

_ROUTE = cython.declare(cython.int, 0)
_GENERIC = cython.declare(cython.int, 16)
_ERROR = cython.declare(cython.int, 2)
_REQUEST = cython.declare(cython.int, 0x1)
_ROOT = cython.declare(cython.int, 0x100)
_MATCH = cython.declare(cython.int, 0x200)
_NANOSECONDS = cython.declare(cython.longlong, 1000000000)
_LINE = cython.declare(cython.int, 1024)  # bytes of a line apart from its attributes, with some to spare


@cython.final
@cython.cclass
class JsonLines(BackEnd):
    """Writes the JSON lines of a pass. everything: also messages of other protocols and families. array: the lines are elements of an
    array, each preceded by a comma.
    """

    def __init__(self, walk: Walk, answer: Answer, output: Output, tables: Tables, everything: bool, array: bool) -> None:
        BackEnd.__init__(self, walk, answer, output)
        self.clock = Clock()
        self.subject = Subject(walk, answer, tables)
        self.problems = Problems(walk, answer, output)
        self.json = Json(walk.reader, output)
        self.cuts = self.irregular = True
        self.family_texts, self.protocols, self.errors = tables.family_texts, tables.protocols, memoryview(tables.errors)
        self.families = tables.family_of_command
        self.plain_flags, self.get_flags = tables.flag_wires[""], tables.flag_wires["get"]
        self.ack_flags, self.dump_flags = tables.flag_wires["ack"], tables.dump_wire
        self.route_flags = memoryview(tables.route_flags)
        self.everything, self.array = everything, array
        self.hidden = self.hidden_errors = 0

    def message(self) -> cython.int:
        """Write the message's line. Returns MET, FULL or ASK."""
        used: cython.int = self.output.used
        status: cython.int
        if self.walk.kind == BARE and not self.everything:
            self.hidden += 1
            return MET
        if self.answer.read():
            return ASK
        if self.walk.kind == ANSWER and not self.everything and self.answer.family < 0:
            self.hidden += 1
            self.hidden_errors += self.walk.type == _ERROR and self.answer.error != 0
            return MET
        if self.clock.set(self.walk.records.time // _NANOSECONDS):
            return ASK
        status = self.line()
        if status == MET:
            self.malformed += self.problems.count() != 0
        else:
            self.output.used = used
            if used == 0 and status == FULL:
                return ASK  # longer than the whole buffer
        return status

    def line(self) -> cython.int:
        """Write the line. Returns MET, FULL or ASK."""
        status: cython.int
        count: cython.int
        if not self.output.room(2 * _LINE):
            return FULL
        if self.array:
            self.output.literal(b",\n")
        self.head()
        if self.walk.kind == ANSWER:
            status = self.answers()
        elif self.walk.kind == BARE:
            status = self.bare()
        else:
            status = self.decoded()
        if status != MET:
            return status
        count = self.problems.count()
        if not self.output.room(_LINE + LONGEST_PROBLEM * count):
            return FULL
        self.output.literal(b',"problems":[')
        if count:
            self.problems.objects()
        self.output.literal(b"]}")
        if not self.array:
            self.output.char(10)
        return MET

    def head(self) -> cython.int:
        """Write the members that begin every line."""
        flags: cython.int = self.walk.flags
        words: cython.int = self.plain_flags
        if self.walk.kind != ANSWER:
            self.output.literal(b'{"kind":"message","number":')
        elif self.walk.type != _ERROR:
            self.output.literal(b'{"kind":"done","number":')
        elif self.answer.error:
            self.output.literal(b'{"kind":"error","number":')
        else:
            self.output.literal(b'{"kind":"ack","number":')
        self.output.decimal(self.walk.number + 1)
        self.output.literal(b',"record":')
        self.output.decimal(self.walk.records.count)
        self.output.literal(b',"index":')
        self.output.decimal(self.walk.place)
        if self.walk.records.several:
            self.output.literal(b',"interface":')
            self.output.decimal(self.walk.records.device)
        self.output.literal(b',"time":"')
        self.clock.write(self.output, self.walk.records.time)
        self.output.literal(b'","time_ns":')
        self.clock.nanoseconds(self.output)
        if flags & _REQUEST:
            self.output.literal(b',"direction":"to-kernel","nlmsg":{"len":')
        else:
            self.output.literal(b',"direction":"to-user","nlmsg":{"len":')
        self.output.decimal(self.walk.stop - self.walk.start + self.walk.missing)
        self.output.literal(b',"type":')
        self.output.decimal(self.walk.type)
        self.output.literal(b',"flags":')
        if self.walk.kind == ANSWER:
            words = self.ack_flags
        elif flags & _REQUEST and self.walk.kind >= 0:
            words = self.reader.commands[self.walk.kind * COMMAND + 3]
        elif flags & _REQUEST and self.walk.records.protocol == _ROUTE and self.walk.type < self.route_flags.shape[0]:
            words = self.route_flags[self.walk.type]
        if words == self.get_flags and flags & _ROOT and flags & _MATCH:
            self.json.flags(self.dump_flags, flags & ~_MATCH)
        else:
            self.json.flags(words, flags)
        self.output.literal(b',"seq":')
        self.output.decimal(self.walk.seq)
        self.output.literal(b',"pid":')
        self.output.decimal(self.walk.pid)
        return self.output.literal(b"},")

    def decoded(self) -> cython.int:
        """Write a message of a decoded family. Returns MET, FULL or ASK."""
        c: cython.int = self.walk.kind * COMMAND
        self.output.text(self.reader.commands[c], self.reader.commands[c + 1])
        if self.walk.kind >= self.walk.declared:
            self.output.decimal(self.reader.data[self.walk.start + 16])
            self.output.literal(b'","version":')
        self.output.decimal(self.reader.data[self.walk.start + 17])
        if self.walk.short:
            self.output.literal(b',"dp_ifindex":null,"datapath":null,"port":null,"attrs":null')
            return self.request() if self.answer.asked else MET
        self.output.literal(b',"dp_ifindex":')
        if self.reader.commands[c + 12]:
            self.output.integer(cython.cast(cython.longlong, self.reader.extended_sign(self.walk.start + 20, 4, False)))
        else:
            self.output.literal(b"null")
        if self.subject.look_read() or self.names():
            return ASK
        self.output.literal(b',"attrs":{')
        if self.json.write(0, self.reader.count):
            return FULL
        self.output.char(125)
        return self.request() if self.answer.asked else MET

    def bare(self) -> cython.int:
        """Write a message of which only the headers are decoded: another protocol or family. Returns MET, FULL or ASK."""
        self.family(self.walk.type)
        self.output.literal(b',"cmd":null,"version":null,"dp_ifindex":null,"datapath":null,"port":null,"attrs":null')
        self.protocol()
        return self.request() if self.answer.asked else MET

    def family(self, kind: cython.int) -> cython.int:
        """Write the name of a family that is not decoded, by its id."""
        slot: cython.int = self.walk.family_names.find(kind) if self.walk.records.protocol == _GENERIC else -1
        self.output.literal(b'"family":')
        if slot < 0:
            return self.output.literal(b"null")
        self.output.char(34)
        self.output.raw(self.walk.family_names.texts, self.walk.family_names.start(slot), self.walk.family_names.end(slot))
        return self.output.char(34)

    def protocol(self) -> cython.int:
        """Write the netlink protocol, unless it is generic netlink."""
        if self.walk.records.protocol == _GENERIC:
            return 0
        self.output.literal(b',"protocol":')
        if self.walk.records.protocol < 64 and self.protocols[2 * self.walk.records.protocol + 1]:
            return self.output.text(self.protocols[2 * self.walk.records.protocol], self.protocols[2 * self.walk.records.protocol + 1])
        self.output.char(34)
        self.output.decimal(self.walk.records.protocol)
        return self.output.char(34)

    def names(self) -> cython.int:
        """Write the names of the datapath and the port. Returns 1 if one needs escaping in JSON."""
        slot: cython.int
        self.output.literal(b',"datapath":')
        slot = self.walk.datapaths.find(self.subject.datapath) if self.subject.located else -1
        if self.name(self.walk.datapaths, slot):
            return 1
        self.output.literal(b',"port":')
        if self.subject.named:
            self.output.char(34)
            if self.subject.past:
                self.output.raw(self.subject.body, self.subject.start, self.subject.end)
            else:
                self.output.raw(self.reader.data, self.subject.start, self.subject.end)
            return self.output.char(34)
        slot = self.walk.ports.find(self.subject.key()) if self.subject.numbered else -1
        return self.name(self.walk.ports, slot)

    def name(self, names: Names, slot: cython.int) -> cython.int:
        """Write a known name. Returns 1 if it needs escaping in JSON."""
        if slot < 0:
            return self.output.literal(b"null")
        if not names.plain(slot):
            return 1
        self.output.char(34)
        self.output.raw(names.texts, names.start(slot), names.end(slot))
        return self.output.char(34)

    def asked(self) -> cython.int:
        """Write the family and the command of the request that is answered."""
        c: cython.int = self.answer.command * COMMAND
        if self.answer.command >= 0:
            self.output.text(self.reader.commands[c + 10], self.reader.commands[c + 11])
            if self.answer.command < self.walk.declared:
                return 0
            self.output.decimal(self.answer.cmd)
            return self.output.char(34)
        if self.answer.family >= 0:
            self.output.literal(b'"family":')
            self.output.text(self.family_texts[2 * self.answer.family], self.family_texts[2 * self.answer.family + 1])
        else:
            self.family(self.answer.type if self.walk.kind == ANSWER else self.walk.type)
        return self.output.literal(b',"cmd":null')

    def answers(self) -> cython.int:
        """Write an error, an acknowledgement or the end of a dump. Returns MET, FULL or ASK."""
        number: cython.longlong = -self.answer.error
        if self.answer.asked:
            self.asked()
        else:
            self.output.literal(b'"family":null,"cmd":null')
        self.output.literal(b',"version":null,"dp_ifindex":null')
        if self.subject.look() or self.names():
            return ASK
        self.output.literal(b',"attrs":null')
        self.protocol()
        self.output.literal(b',"error":{"number":')
        if not self.answer.numbered:
            self.output.literal(b"null")
        else:
            self.output.integer(self.answer.error)
            if number:
                if number < 0 or 2 * number >= self.errors.shape[0] or not self.errors[2 * number + 1]:
                    return ASK
                self.output.text(self.errors[2 * number], self.errors[2 * number + 1])
        return self.answered()

    def answered(self) -> cython.int:
        """Write the rest of an answer: its extended ACK, and the request. Returns MET, FULL or ASK."""
        last: cython.int = self.answer.echo_tokens if self.walk.type == _ERROR else self.reader.count
        if last > 2:
            # the attributes of the extended ACK become members of the error, so the tokens around them are skipped
            if self.json.write(1, last - 1):
                return FULL
        if self.answer.offender >= 0:
            if not self.output.room(LONGEST_PROBLEM):
                return FULL
            self.output.literal(b',"path":"')
            self.problems.path(self.answer.offender)
            self.output.char(34)
        self.output.char(125)
        if not self.answer.asked:
            return MET
        return self.request()

    def request(self) -> cython.int:
        """Write the request that the message answers. Returns MET, FULL or ASK."""
        self.output.literal(b',"request":{"number":')
        if self.answer.request:
            self.output.decimal(cython.cast(cython.ulonglong, self.answer.request))
        else:
            self.output.literal(b"null")
        self.output.char(44)
        self.asked()
        if self.answer.echoed:
            self.output.literal(b',"attrs":{')
            if self.json.write(self.answer.echo_tokens + 1, self.reader.count - 1):
                return FULL
            self.output.char(125)
        self.output.char(125)
        return MET
