# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""The summary of a message of a decoded family, or of the request that is answered: the compiled form of ovsdissect.text.summary."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import cython

from ovsdissect.engine.summary_tables import number_of
from ovsdissect.families import OVS_FLOW, OVS_PACKET
from ovsdissect.families.flow_key import KEY
from ovsdissect.families.ovs_vport import OVS_VPORT
from ovsdissect.text.configuration import REQUESTS

if not cython.compiled:
    from ovsdissect.engine.attributes import Attributes
    from ovsdissect.engine.codes import ALIEN, FAULT, MISSING, ROW, SHORT, TOKEN, UNEXPECTED
    from ovsdissect.engine.configurationsummary import ConfigurationSummary
    from ovsdissect.engine.flowsummary import FlowSummary
    from ovsdissect.engine.listcodes import SAYS, SAYS_CONFIGURATION, SAYS_FLOW
    from ovsdissect.engine.odp_codes import REFUSED, WRITTEN
    from ovsdissect.engine.ovswords import OvsWords
    from ovsdissect.engine.tokentext import TokenText
    from ovsdissect.engine.upcallsummary import UpcallSummary

if TYPE_CHECKING:
    from ovsdissect.engine.list_tables import ListTables
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.reader import Reader

_REQUEST = cython.declare(cython.int, 0x1)
_DUMP = cython.declare(cython.int, 0x300)
_NO_PORT = cython.declare(cython.uint, 0xFFFFFFFF)


@cython.final
@cython.cclass
class Summary:
    """Writes summaries from a reader's tokens. Methods return a status of odp_codes.py.

    attrs: the top attributes, which the caller takes before open(). key: the attributes of a packet's or flow's key.
    """

    def __init__(self, tables: ListTables, reader: Reader, output: Output, named: bool) -> None:
        self.reader, self.output = reader, output
        self.words = OvsWords(tables.words, reader, output, named)
        self.attrs, self.key = Attributes(reader), Attributes(reader)
        values = TokenText(reader, output)
        self.configuration = ConfigurationSummary(tables.summaries, values)
        self.upcalls = UpcallSummary(tables.summaries, tables.packets, self.words, values, self.key)
        self.flows = FlowSummary(self.words, values)
        self.rare = array("i", [(family.name, one.name) in REQUESTS for family, one in tables.tables.known])
        self.says = tables.summaries.says
        self.packet_key, self.flow_key = number_of(OVS_PACKET.attrs, "key"), number_of(OVS_FLOW.attrs, "key")
        self.packet_actions = number_of(OVS_PACKET.attrs, "actions")
        self.key_in_port = number_of(KEY, "in_port")
        self.port_no, self.port_name = number_of(OVS_VPORT.attrs, "port_no"), number_of(OVS_VPORT.attrs, "name")
        self.vport = tables.tables.families[OVS_VPORT.name]

    def open(self, command: cython.int) -> cython.int:
        """Look at the attributes of a message with a command."""
        what: cython.int = self.says[command * SAYS]
        t: cython.int = -1
        self.key.there = self.key.bad = 0
        if what != SAYS_CONFIGURATION:
            t = self.attrs.token(self.flow_key if what == SAYS_FLOW else self.packet_key)
        return self.key.inside(t) if t >= 0 else 0

    def said(self, command: cython.int, flags: cython.int) -> cython.int:
        """Write the summary of a message with a command; flags: its nlmsg_flags."""
        c: cython.int = command * SAYS
        what: cython.int = self.says[c]
        request: cython.bint = flags & _REQUEST != 0
        dump: cython.bint = request and flags & _DUMP == _DUMP and self.says[c + 1] != 0
        said: cython.int
        if dump:
            self.output.literal(b"dump ")
        if what == SAYS_CONFIGURATION and request and self.rare[command]:
            return REFUSED
        if what == SAYS_CONFIGURATION:
            said = self.configuration.write(self.says[c + 3], self.attrs)
        elif what == SAYS_FLOW:
            said = self.flows.write(self.says[c + 2], request, dump, self.attrs)
        else:
            said = self.upcalls.write(what, self.attrs)
        if said:
            return said
        if dump:
            while self.output.out[self.output.used - 1] == 32:
                self.output.used -= 1
        return WRITTEN

    def prints(self, command: cython.int, number: cython.int) -> cython.bint:
        """Return whether Open vSwitch's text alone shows what is inside a top attribute of a message with a command, decoded or not."""
        if self.says[command * SAYS] == SAYS_CONFIGURATION:
            return False
        if self.says[command * SAYS] != SAYS_FLOW:
            return number == self.packet_actions
        return number == self.flow_key or number == self.flows.mask or number == self.flows.actions

    def shows(self, command: cython.int, first: cython.int) -> cython.bint:
        """Return whether a message with a command can be summed up in spite of its faults; first: the token of its first attribute."""
        fault: cython.int
        at: cython.int
        kind: cython.int
        token: cython.int
        top: cython.int
        number: cython.int
        if not self.reader.faults.count or self.reader.faults.rows[0] == SHORT:
            return True
        if self.says[command * SAYS] == SAYS_CONFIGURATION:
            return False
        for fault in range(self.reader.faults.count):
            at = fault * FAULT
            kind, token = self.reader.faults.rows[at], self.reader.faults.rows[at + 1]
            if kind == UNEXPECTED or kind == MISSING:
                continue
            top = self.top(first, token)
            if top == token:
                if kind != ALIEN:
                    return False
                continue
            number = self.reader.rows[self.reader.tokens[top * TOKEN + 1] * ROW + 4]
            if not self.prints(command, number) and (self.says[command * SAYS] == SAYS_FLOW or number != self.packet_key):
                return False
        return True

    def top(self, first: cython.int, token: cython.int) -> cython.int:
        """Return the token of the top attribute that holds a token; first: that of the first one."""
        after: cython.int = first
        while after <= token:
            first = after
            after = self.attrs.after(first * TOKEN) // TOKEN
        return first

    def port(self, command: cython.int) -> cython.int:
        """Write the port that a message with a command is about: a vport, or the input port of a packet or flow."""
        what: cython.int = self.says[command * SAYS]
        t: cython.int
        number: cython.uint
        if what == SAYS_CONFIGURATION:
            if self.says[command * SAYS + 3] != self.vport:
                return WRITTEN
            t = self.attrs.token(self.port_name)
            if t >= 0 and self.words.named:
                return self.output.raw(self.reader.data, self.reader.tokens[t + 2], self.reader.tokens[t + 3] - 1)
            t = self.attrs.token(self.port_no)
        else:
            t = self.key.token(self.key_in_port)
            if t < 0 and self.key.bad >> self.key_in_port & 1:
                return self.output.char(63)
        if t < 0:
            return WRITTEN
        number = self.reader.host32(self.reader.tokens[t + 2])
        if number == _NO_PORT:
            return self.output.literal(b"none")
        return self.words.port(number)
