# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""What the current message is about: a datapath and a port. The compiled form of ovsdissect.dissect.subject.

It reads the bytes of attributes itself, because a filter asks before anything else has read the message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

from ovsdissect.families import OVS_FLOW, OVS_PACKET
from ovsdissect.families.flow_key import KEY
from ovsdissect.families.ovs_vport import OVS_VPORT

if not cython.compiled:
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.codes import ANSWER, BODY, COMMAND
    from ovsdissect.engine.reader import Reader
    from ovsdissect.engine.walk import Walk

if TYPE_CHECKING:
    from ovsdissect.engine.tables import Tables

_ERROR = cython.declare(cython.int, 2)
_HEADERS = cython.declare(cython.int, 20)  # struct nlmsghdr, struct genlmsghdr
_ECHO = cython.declare(cython.int, 20)  # offset of an error's echo of the request
_ABSENT = cython.declare(cython.int, -1)
_ODD = cython.declare(cython.int, -2)


@cython.final
@cython.cclass
class Subject:
    """located, datapath: whether there is a datapath, and its dp_ifindex.

    numbered, number: whether the port's number is known, and which. named: whether the message itself tells the port's name, which is at
    start .. end of the message or, if `past` is set, of the remembered request.
    """

    def __init__(self, walk: Walk, answer: Answer, tables: Tables) -> None:
        self.walk, self.answer, self.reader = walk, answer, walk.reader
        self.body = memoryview(bytearray(BODY))
        self.past_reader = Reader(tables)
        self.past_reader.data = self.body
        self.families = tables.family_of_command
        self.flow, self.packet, self.vport = (tables.families[family.name] for family in (OVS_FLOW, OVS_PACKET, OVS_VPORT))
        self.flow_key, self.packet_key = OVS_FLOW.attrs.by_name["key"].number, OVS_PACKET.attrs.by_name["key"].number
        self.in_port = KEY.by_name["in_port"].number
        self.port_name, self.port_number = (OVS_VPORT.attrs.by_name[name].number for name in ("name", "port_no"))
        self.located = self.numbered = self.named = self.past = False
        self.datapath = self.number = 0
        self.start = self.end = 0

    def look(self) -> cython.int:
        """Look at the message. Returns 1 if only the tree knows. For an error, ACK or end of a dump, read its answer first."""
        c: cython.int = self.walk.kind * COMMAND
        self.located = self.numbered = self.named = self.past = False
        self.datapath = self.number = 0
        if self.walk.kind == ANSWER:
            return self.requested()
        if self.walk.kind < 0:
            return 0
        if self.reader.commands[c + 12]:
            self.located = True
            self.datapath = self.reader.host32(self.walk.start + _HEADERS)
        c = self.walk.start + _HEADERS + self.reader.commands[c + 12]
        return self.port(self.reader, self.families[self.walk.kind], c, self.walk.stop)

    def look_read(self) -> cython.int:
        """Look at a message that the reader has read. Returns 1 if only the tree knows."""
        family: cython.int
        key: cython.int
        at: cython.int
        if self.walk.kind < 0:
            return self.look()
        family = self.families[self.walk.kind]
        if family != self.flow and family != self.packet:
            return self.look()
        self.located, self.numbered, self.named, self.past = True, False, False, False
        self.datapath = self.reader.host32(self.walk.start + _HEADERS)
        key = self.flow_key if family == self.flow else self.packet_key
        if not self.reader.there >> key & 1:
            return 0
        at = self.find(self.reader, self.in_port, self.reader.starts[key], self.reader.ends[key])
        return 1 if at == _ODD else self.take(self.reader, at) if at >= 0 else 0

    def requested(self) -> cython.int:
        """Find the subject of the request that is answered. Returns 1 if only the tree knows."""
        at: cython.int = self.walk.start + _ECHO
        length: cython.int = 0
        header: cython.int
        if self.answer.command < 0:
            return 0
        header = self.reader.commands[self.answer.command * COMMAND + 12]
        if self.answer.slot >= 0:
            length = self.walk.requests.recall(self.answer.slot, self.body)
            if length < 0:
                return 1
            self.past_reader.big = self.reader.big
            if header and length >= _HEADERS + header:
                self.located = True
                self.datapath = self.past_reader.host32(_HEADERS)
        elif self.walk.type == _ERROR and header and self.walk.stop - at >= _HEADERS + header:
            self.located = True
            self.datapath = self.reader.host32(at + _HEADERS)
        if self.answer.echoed and self.answer.echo < self.answer.echo_end:
            return self.port(self.reader, self.answer.family, self.answer.echo, self.answer.echo_end)
        if self.answer.slot < 0:
            # the tree reads what follows the echoed header as the request's attributes
            return 0 if self.answer.echoed and self.answer.echo_end == self.walk.stop else 1
        self.past = True
        return self.port(self.past_reader, self.answer.family, _HEADERS + header, length)

    def port(self, reader: Reader, family: cython.int, start: cython.int, end: cython.int) -> cython.int:
        """Find the port in the attributes of a family's message. Returns 1 if only the tree knows."""
        at: cython.int
        key: cython.int
        if family == self.vport:
            at = self.find(reader, self.port_number, start, end)
            if at == _ODD or (at >= 0 and self.take(reader, at)):
                return 1
            at = self.find(reader, self.port_name, start, end)
            return 1 if at == _ODD else self.name(reader, at) if at >= 0 else 0
        if family != self.flow and family != self.packet:
            return 0
        key = self.find(reader, self.flow_key if family == self.flow else self.packet_key, start, end)
        if key < 0:
            return 1 if key == _ODD else 0
        at = self.find(reader, self.in_port, key + 4, key + reader.host16(key))
        return 1 if at == _ODD else self.take(reader, at) if at >= 0 else 0

    def find(self, reader: Reader, number: cython.int, start: cython.int, end: cython.int) -> cython.int:
        """Return where the first attribute with a number starts; _ABSENT, or _ODD if something before it is not an attribute."""
        length: cython.int
        while start < end:
            if start + 4 > end:
                return _ODD
            length = reader.host16(start)
            if length < 4 or start + length > end:
                return _ODD
            if reader.host16(start + 2) & 0x3FFF == number:
                return start
            start += (length + 3) & ~3
        return _ABSENT

    def take(self, reader: Reader, at: cython.int) -> cython.int:
        """Take the number that an attribute holds. Returns 1 if it has the wrong length."""
        if reader.host16(at) != 8:
            return 1
        self.numbered = True
        self.number = reader.host32(at + 4)
        return 0

    def name(self, reader: Reader, at: cython.int) -> cython.int:
        """Take the name that an attribute holds. Returns 1 if it is not plain."""
        i: cython.int
        self.start, self.end = at + 4, at + reader.host16(at) - 1
        if self.end < self.start or reader.data[self.end]:
            return 1
        for i in range(self.start, self.end):
            if reader.data[i] < 32 or reader.data[i] > 126 or reader.data[i] == 34 or reader.data[i] == 92:
                return 1
        self.named = True
        return 0

    def key(self) -> cython.ulonglong:
        """Return the port's key in the table of port names."""
        return cython.cast(cython.ulonglong, self.datapath) << 32 | self.number
