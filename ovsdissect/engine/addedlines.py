"""JSON lines with what Python adds to them: the layers of the packet inside, and the outcome of upcalls and flows.

Another back end writes the line itself. The packet is read by ovsdissect.frame alone, without the message's tree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import cython

from ovsdissect.families import OVS_PACKET
from ovsdissect.families.flow_key import KEY
from ovsdissect.json.encoding import encode
from ovsdissect.json.jsonline import inner_object, told_objects

if not cython.compiled:
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.backend import BackEnd
    from ovsdissect.engine.codes import ASK, FULL, MET, ROW, TOKEN
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.walk import Walk

if TYPE_CHECKING:
    from ovsdissect.engine.tables import Tables

# where JsonLines' text is extended; captured text never matches these, because its quotes are escaped
_BEFORE_LENGTH = b'"packet":{"length":'
_BEHIND_ALL = b',"problems":[]'


def _members(found: dict[str, Any]) -> bytes:
    """Return the members of an object as JSON text that continues another object: a comma, then the members, without the opening brace."""
    text = encode(found)
    return b"," + text[1 : len(text) - 1]


@cython.final
@cython.cclass
class AddedLines(BackEnd):
    """Writes the lines of a pass and extends them.

    lines: the back end that writes the line itself. inner: whether to add the layers of packets. told: by message number, what later
    messages reveal about that message, as fields of the display filter.
    """

    def __init__(
        self,
        walk: Walk,
        answer: Answer,
        output: Output,
        tables: Tables,
        lines: BackEnd,
        inner: bool,
        told: Mapping[int, Mapping[str, Any]],
    ) -> None:
        BackEnd.__init__(self, walk, answer, output)
        self.lines, self.inner, self.told = lines, inner, told
        self.telling = bool(told)
        self.families = tables.family_of_command
        self.packets = tables.families[OVS_PACKET.name]
        self.packet, self.key = tables.packet, tables.key
        self.cut_length = OVS_PACKET.attrs.by_name["len"].number
        self.ethernet = KEY.by_name["ethernet"].number

    def message(self) -> cython.int:
        """Write the message's line. Returns MET, FULL or ASK."""
        used: cython.int = self.output.used
        status: cython.int = self.lines.message()
        one: cython.ulonglong = 1
        packet: cython.bint
        if status != MET or self.output.used == used:
            return status
        packet = self.inner and self.walk.kind >= 0 and self.families[self.walk.kind] == self.packets
        packet = packet and self.reader.there >> self.packet & one
        if packet and self.reader.there >> self.key & one and not self.has_ethernet(self.reader.firsts[self.key]):
            self.output.used = used
            return ASK  # the key says which layer such a packet begins with
        if not packet and not self.telling:
            return MET
        if cython.compiled:
            with cython.gil:
                return self.add(used, packet)
        return self.add(used, packet)

    def has_ethernet(self, key: cython.int) -> cython.int:
        """Return 1 if the key whose token is at index `key` has an Ethernet header, else 0."""
        n: cython.int = key + 1
        last: cython.int = self.reader.tokens[key * TOKEN + 4]
        while n < last:
            if self.reader.rows[self.reader.tokens[n * TOKEN + 1] * ROW + 4] == self.ethernet:
                return 1
            n = self.reader.tokens[n * TOKEN + 4] + 1 if self.reader.tokens[n * TOKEN] < 0 else n + 1
        return 0

    def add(self, used: cython.int, packet: cython.bint) -> cython.int:
        """Extend the line that begins at offset `used` of the output. Returns MET; FULL or ASK if it does not fit."""
        line: bytes = bytes(self.output.out[used : self.output.used])
        told = told_objects(self.told.get(self.walk.number + 1, {})) if self.telling else {}
        if told:
            line = line.replace(_BEHIND_ALL, _members(told) + _BEHIND_ALL, 1)
        if packet:
            end = line.index(b'"}', line.index(_BEFORE_LENGTH)) + 1
            line = line[:end] + _members(self.held()) + line[end:]
        self.output.used = used
        if self.output.put(line):
            return MET
        return FULL if used else ASK

    def held(self) -> dict[str, Any]:
        """Return the layers of the message's packet as a JSON object; offsets of problems count from the start of the record."""
        from ovsdissect.frame import frame  # loading its layers takes as long as loading everything else

        one: cython.ulonglong = 1
        start: cython.int = self.reader.starts[self.packet]
        at: cython.int
        data = self.walk.bytes_of(start, self.reader.ends[self.packet])
        length = len(data)
        if self.reader.there >> self.cut_length & one:
            at = self.reader.starts[self.cut_length]
            length = self.reader.number(at, self.reader.ends[self.cut_length] - at, False)
        found = inner_object(frame(data, 0, len(data), wire_length=length))
        for problem in found["problems"]:
            problem["offset"] += start - self.walk.records.begin
        return found
