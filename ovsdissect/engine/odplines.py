# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""JSON lines with Open vSwitch's texts at their end: the compiled form of ovsdissect.odp.texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cython

from ovsdissect.engine.reader import Reader
from ovsdissect.families import OVS_FLOW, OVS_PACKET

if not cython.compiled:
    from ovsdissect.engine.actiontext import ActionText
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.backend import BackEnd
    from ovsdissect.engine.codes import ANSWER, ASK, BODY, COMMAND, FULL, MET
    from ovsdissect.engine.flowtext import FlowText
    from ovsdissect.engine.jsonline import JsonLines
    from ovsdissect.engine.messagetext import MessageText
    from ovsdissect.engine.odp_codes import NO_ROOM, WRITTEN
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.topattributes import read_message
    from ovsdissect.engine.walk import Walk

if TYPE_CHECKING:
    from ovsdissect.engine.list_tables import ListTables

_ERROR = cython.declare(cython.int, 2)
_REQUEST_OR_MULTI = cython.declare(cython.int, 0x3)
_DUMP = cython.declare(cython.int, 0x300)
_ATTRIBUTES = cython.declare(cython.int, 24)  # offset of a flow's attributes: after struct nlmsghdr, struct genlmsghdr, struct ovs_header
_MARGIN = cython.declare(cython.int, 64)


@cython.final
@cython.cclass
class OdpLines(BackEnd):
    """Writes the lines of a pass. named: as for MessageText.name_ports(). everything, array: as for JsonLines.

    alone: if given, names of texts: write only lines with a message's number and the object of these texts, for messages that have any.
    Only for releases whose log leaves out what the mask lacks: lines of older ones need the keys of earlier puts, which only the tree
    remembers.
    """

    def __init__(
        self,
        walk: Walk,
        answer: Answer,
        output: Output,
        tables: ListTables,
        everything: bool,
        array: bool,
        named: bool | None,
        alone: Sequence[str] = (),
    ) -> None:
        BackEnd.__init__(self, walk, answer, output)
        self.lines = JsonLines(walk, answer, output, tables.tables, everything, array)
        self.flows = FlowText(tables.words, walk.reader, output)
        self.texts = MessageText(tables.words, self.flows, ActionText(tables.words, self.flows))
        self.texts.name_ports(named)
        self.body = memoryview(bytearray(BODY))
        self.past_reader = Reader(tables.tables)
        self.past_reader.data = self.body
        flows = FlowText(tables.words, self.past_reader, output)
        self.past = MessageText(tables.words, flows, ActionText(tables.words, flows))
        self.texts.answer(self.past)
        self.ports = self.flows.fields.ports
        self.alone = bool(alone)
        if alone:
            self.texts.only(alone)
        self.end = 1 if array else 2  # a closing brace, and a newline unless in an array
        self.flow, self.packet = tables.tables.families[OVS_FLOW.name], tables.tables.families[OVS_PACKET.name]
        self.families = tables.tables.family_of_command
        # the commands whose answer is about one flow
        self.answered = bytes(family is OVS_FLOW and command.name in ("del", "get") for family, command in tables.tables.declared)

    def doubt(self) -> None:
        """Call MessageText.doubt()."""
        self.texts.doubt()

    def message(self) -> cython.int:
        """Write the message's line. Returns MET, FULL or ASK."""
        used: cython.int = self.output.used
        status: cython.int
        said: cython.int = WRITTEN
        if self.alone:
            return self.object()
        status = self.lines.message()
        if status != MET or self.output.used == used:
            return status
        if self.echoes():
            self.output.used = used
            return ASK
        self.output.used -= self.end
        self.output.literal(b',"odp":')
        if self.walk.kind < 0:
            self.output.literal(b"{}")
        else:
            said = self.said()
        if said == WRITTEN and self.output.room(_MARGIN):
            self.output.char(125)
            if self.end == 2:
                self.output.char(10)
            return MET
        self.output.used = used
        # a line longer than the whole buffer is left to the tree
        return FULL if used and (said == WRITTEN or said == NO_ROOM) else ASK

    def object(self) -> cython.int:
        """Write the message's number and its texts. Returns MET, FULL or ASK."""
        used: cython.int = self.output.used
        start: cython.int
        said: cython.int
        if self.answer.read():
            return ASK
        if self.walk.kind < 0:
            return ASK if self.echoes() else MET
        if not self.output.room(_MARGIN):
            return FULL if used else ASK
        self.output.decimal(cython.cast(cython.ulonglong, self.walk.number + 1))
        self.output.char(32)
        start = self.output.used
        said = self.said()
        if said == WRITTEN and self.output.used == start + 2:
            self.output.used = used
            return MET
        if said == WRITTEN and self.output.room(_MARGIN):
            self.output.char(10)
            return MET
        self.output.used = used
        return FULL if used and (said == WRITTEN or said == NO_ROOM) else ASK

    def said(self) -> cython.int:
        """Write the texts. Returns a status of odp_codes.py."""
        if self.walk.ports is not self.ports:
            if cython.compiled:
                with cython.gil:
                    self.ports = self.flows.fields.ports = self.walk.ports
            else:
                self.ports = self.flows.fields.ports = self.walk.ports
        self.flows.fields.datapath = 0
        if self.reader.commands[self.walk.kind * COMMAND + 12]:
            self.flows.fields.datapath = self.reader.host32(self.walk.start + 20)
        return self.texts.texts(self.walk.kind, self.walk.flags, self.answers())

    def echoes(self) -> cython.bint:
        """Whether the message is an error whose request has texts, which are left to the tree."""
        if self.walk.kind != ANSWER or self.walk.type != _ERROR or not self.answer.error:
            return False
        return self.answer.family == self.flow or self.answer.family == self.packet

    def answers(self) -> cython.bint:
        """Whether the message answers a DEL or a GET of one flow; reads the request then, if all its bytes were kept."""
        length: cython.int
        if self.families[self.walk.kind] != self.flow or self.walk.flags & _REQUEST_OR_MULTI or not self.answer.asked:
            return False
        if self.answer.command < 0 or not self.answered[self.answer.command]:
            return False
        self.past.asked = -1
        length = self.walk.requests.recall(self.answer.slot, self.body)
        if length < _ATTRIBUTES:
            return True
        self.past_reader.big, self.past_reader.last = self.reader.big, length
        if self.past_reader.host16(6) & _DUMP == _DUMP:
            return False
        if self.past_reader.host32(0) == cython.cast(cython.uint, length):
            if not read_message(self.past_reader, self.answer.command, _ATTRIBUTES, length, 0, True):
                self.past.asked = self.answer.command
        return True
