# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""The summary of errors, acknowledgements and ends of dumps: the outcome, and the request that they answer.

The compiled form of that part of ovsdissect.text.summary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

from ovsdissect.engine.summary_tables import number_of
from ovsdissect.families.ovs_vport import OVS_VPORT
from ovsdissect.netlink.headers import EXTACK

if not cython.compiled:
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.attributes import Attributes
    from ovsdissect.engine.codes import BODY, COMMAND
    from ovsdissect.engine.listcodes import SAYS, SAYS_GET
    from ovsdissect.engine.odp_codes import NO_ROOM, REFUSED
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.problems import Problems
    from ovsdissect.engine.summary import Summary
    from ovsdissect.engine.walk import Walk

from ovsdissect.engine.reader import Reader

if TYPE_CHECKING:
    from ovsdissect.engine.list_tables import ListTables

_GENERIC = cython.declare(cython.int, 16)
_DUMP_INTR = cython.declare(cython.int, 0x10)
_ERROR = cython.declare(cython.int, 2)
_ENODEV = cython.declare(cython.longlong, 19)
_HEADERS = cython.declare(cython.int, 20)  # struct nlmsghdr, struct genlmsghdr
_ECHO = cython.declare(cython.int, 20)  # offset of an error's echo of the request
_LINE = cython.declare(cython.int, 16384)  # bytes of a line, without what grows with its request
_GROWTH = cython.declare(cython.int, 8)  # bytes written at most for each byte of the request


@cython.final
@cython.cclass
class AnswerSummary:
    """Writes the summary of the current answer. datapath: the request's, 0 if it has none.

    echoed: writes the summary of a request that the message itself echoes. A request that is only remembered has a reader of its own.
    """

    def __init__(
        self, walk: Walk, answer: Answer, output: Output, tables: ListTables, echoed: Summary, problems: Problems, named: bool
    ) -> None:
        self.walk, self.answer, self.output, self.reader, self.echoed = walk, answer, output, walk.reader, echoed
        self.problems = problems
        self.body = memoryview(bytearray(BODY))
        self.past_reader = Reader(tables.tables)
        self.past_reader.data = self.body
        self.past_reader.faults.accepted = True
        self.past = Summary(tables, self.past_reader, output, named)
        self.extack = Attributes(walk.reader)
        self.failures, self.protocols, self.says = tables.summaries.failures, tables.summaries.protocols, tables.summaries.says
        self.failure_count, self.protocol_end = len(tables.summaries.failures) // 2, len(tables.summaries.protocols)
        self.message = number_of(EXTACK, "message")
        self.families = tables.summaries.families
        self.vport = tables.tables.families[OVS_VPORT.name]
        self.seen = False
        self.length = 0
        self.datapath = 0

    def open(self) -> cython.int:
        """Look for the request. Returns 1 if the tree must handle it."""
        at: cython.int = self.walk.start + _ECHO
        self.seen = False
        self.datapath = 0
        if self.answer.family < 0:
            return 0
        if self.answer.slot >= 0:
            return self.recall(self.answer.slot)
        if self.walk.type == _ERROR and self.answer.command >= 0:
            if self.reader.commands[self.answer.command * COMMAND + 12] and self.walk.stop - at >= 24:
                self.datapath = self.reader.host32(at + 20)
        return 0

    def recall(self, slot: cython.int) -> cython.int:
        """Copy a remembered request. Returns 1 if not all its bytes were kept."""
        length: cython.int = self.walk.requests.recall(slot, self.body)
        if length < 0:
            return 1
        self.past_reader.big, self.past_reader.last = self.reader.big, length
        self.seen, self.length = True, length
        if length >= 24 and self.reader.commands[self.answer.command * COMMAND + 12]:
            self.datapath = self.past_reader.host32(20)
        return 0

    def expected(self) -> cython.bint:
        """Whether the error is one that ovs-vswitchd provokes all the time: it asks for every network device whether it is a port."""
        c: cython.int = self.answer.command * SAYS
        return (
            self.answer.command >= 0 and self.answer.error == -_ENODEV and self.says[c + 3] == self.vport and self.says[c + 2] == SAYS_GET
        )

    def said(self) -> cython.int:
        """Write the summary. Returns a status of odp_codes.py."""
        said: cython.int
        if self.answer.error:
            self.failure(-self.answer.error)
        else:
            self.output.literal(b"success" if self.walk.type == _ERROR else b"end of dump")
        if self.walk.type != _ERROR and self.walk.flags & _DUMP_INTR:
            self.output.literal(b", dump interrupted: incomplete")
        if not self.answer.asked:
            return self.output.literal(b" (request not in the capture)")
        self.output.literal(b" (request")
        if self.answer.request:
            self.output.char(32)
            self.output.decimal(cython.cast(cython.ulonglong, self.answer.request))
        self.output.literal(b": ")
        said = self.request()
        if said:
            return said
        return self.output.char(41)

    def failure(self, number: cython.longlong) -> cython.int:
        """Write why a request failed, with the kernel's message if there is one."""
        last: cython.int = self.answer.echo_tokens if self.walk.type == _ERROR else self.reader.count
        t: cython.int = -1
        if 0 < number < self.failure_count and self.failures[2 * cython.cast(cython.int, number) + 1]:
            self.output.text(self.failures[2 * cython.cast(cython.int, number)], self.failures[2 * cython.cast(cython.int, number) + 1])
        else:
            self.output.integer(number)
            self.output.literal(b": Unknown error ")
            self.output.integer(number)
        if last > 2:
            self.extack.take(1, last - 1)
            t = self.extack.token(self.message)
        if t >= 0 and self.reader.tokens[t + 3] - self.reader.tokens[t + 2] > 1:
            self.output.literal(b": ")
            self.output.raw(self.reader.data, self.reader.tokens[t + 2], self.reader.tokens[t + 3] - 1)
        if self.answer.offender >= 0:
            self.output.literal(b" at ")
            self.problems.path(self.answer.offender)
        return 0

    def request(self) -> cython.int:
        """Write the request, from the echo or from the remembered request: its command and what it asked for. Returns a status of
        odp_codes.py.
        """
        at: cython.int = self.walk.start + _ECHO
        start: cython.int
        protocol: cython.int = 2 * self.walk.records.protocol
        slot: cython.int
        if self.answer.command < 0:
            slot = self.walk.family_names.find(self.answer.type) if self.walk.records.protocol == _GENERIC else -1
            if self.answer.family >= 0:
                self.output.text(self.families[2 * self.answer.family], self.families[2 * self.answer.family + 1])
            elif slot >= 0:
                if self.echoed.words.name(self.walk.family_names, slot):
                    return REFUSED
            elif protocol < self.protocol_end and self.protocols[protocol + 1]:
                self.output.text(self.protocols[protocol], self.protocols[protocol + 1])
            else:
                self.output.decimal(self.walk.records.protocol)
            self.output.literal(b" type ")
            return self.output.decimal(self.answer.type)
        if self.answer.echoed and self.answer.echo < self.answer.echo_end:
            self.echoed.words.call(self.walk.ports, self.datapath)
            self.echoed.attrs.take(self.answer.echo_tokens + 1, self.reader.count - 1)
            return self.asked(self.echoed, self.past_reader.host16(6) if self.seen else self.reader.host16(at + 6))
        self.past.words.call(self.walk.ports, self.datapath)
        self.past.attrs.take(0, 0)
        if not self.seen:
            # the tree reads what follows the echoed header as the request's attributes
            if not self.answer.echoed or self.answer.echo_end < self.walk.stop:
                return REFUSED
            return self.asked(self.past, self.reader.host16(at + 6))
        start = _HEADERS + self.reader.commands[self.answer.command * COMMAND + 12]
        if self.length > start:
            if not self.output.room(_LINE + _GROWTH * self.length):
                return NO_ROOM
            self.past_reader.begin()
            if self.past_reader.value(self.reader.commands[self.answer.command * COMMAND + 2], -1, start, self.length):
                return REFUSED
            self.past.attrs.take(1, self.past_reader.count - 1)
            if not self.past.shows(self.answer.command, 1):
                return REFUSED
        return self.asked(self.past, self.past_reader.host16(6))

    def asked(self, summary: Summary, flags: cython.int) -> cython.int:
        """Write a request's command and the summary of its attributes; flags: its nlmsg_flags. Returns a status of odp_codes.py."""
        c: cython.int = self.answer.command * SAYS
        said: cython.int
        if self.answer.command < self.walk.declared:
            self.output.text(self.says[c + 4], self.says[c + 5])
        else:
            self.output.decimal(self.answer.cmd)
        self.output.char(32)
        summary.open(self.answer.command)
        said = summary.said(self.answer.command, flags)
        while self.output.out[self.output.used - 1] == 32:
            self.output.used -= 1
        return said
