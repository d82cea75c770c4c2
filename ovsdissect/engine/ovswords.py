# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""Open vSwitch's texts and port names within a summary.

Statuses are those of odp_codes.py. After REFUSED and NO_ROOM the output keeps what was written: the writer of the line removes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.actiontext import ActionText
    from ovsdissect.engine.flowtext import FlowText
    from ovsdissect.engine.names import Names
    from ovsdissect.engine.odp_codes import EXACT, NO_ROOM, REFUSED, WRITTEN
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.reader import Reader

if TYPE_CHECKING:
    from ovsdissect.engine.odp_tables import OdpTables

_ROOM = cython.declare(cython.int, 4096)  # bytes that callers may write after a text without asking for room


@cython.final
@cython.cclass
class OvsWords:
    """Writes the values of a reader's tokens. named: show ports by name if the name is known."""

    def __init__(self, words: OdpTables, reader: Reader, output: Output, named: bool) -> None:
        self.reader, self.output = reader, output
        self.flows = FlowText(words, reader, output)
        self.lists = ActionText(words, self.flows)
        self.ports = self.flows.fields.ports
        self.datapath = 0
        self.named = named

    def call(self, ports: Names, datapath: cython.uint) -> cython.int:
        """Set the datapath that ports belong to, and their names."""
        if ports is not self.ports:
            if cython.compiled:
                with cython.gil:
                    self.ports = self.flows.fields.ports = ports
            else:
                self.ports = self.flows.fields.ports = ports
        self.datapath = self.flows.fields.datapath = datapath
        return 0

    def room(self) -> cython.int:
        """Return WRITTEN if there is room for the small texts that are written without asking, else NO_ROOM."""
        return WRITTEN if self.output.room(_ROOM) else NO_ROOM

    def name(self, names: Names, slot: cython.int) -> cython.int:
        """Write a name if it is plain ASCII, which a screen shows unchanged; else return REFUSED."""
        i: cython.int
        for i in range(names.start(slot), names.end(slot)):
            if names.texts[i] < 32 or names.texts[i] > 126:
                return REFUSED
        return self.output.raw(names.texts, names.start(slot), names.end(slot))

    def port(self, number: cython.uint) -> cython.int:
        """Write a port's name, or its number."""
        slot: cython.int = -1
        if self.named:
            slot = self.ports.find(cython.cast(cython.ulonglong, self.datapath) << 32 | number)
        if slot >= 0:
            return self.name(self.ports, slot)
        return self.output.decimal(number)

    def flow(self, key: cython.int, mask: cython.int) -> cython.int:
        """Write a key and its mask, given the indexes of their tokens; mask: -1 if there is none."""
        start: cython.int = self.reader.tokens[key + 2]
        end: cython.int = self.reader.tokens[key + 3]
        said: cython.int
        if mask < 0:
            said = self.flows.flow(start, end, EXACT, EXACT, False, self.named)
        else:
            said = self.flows.flow(start, end, self.reader.tokens[mask + 2], self.reader.tokens[mask + 3], False, self.named)
        return said if said else self.room()

    def actions(self, t: cython.int) -> cython.int:
        """Write actions as dump-flows prints them."""
        said: cython.int
        self.output.literal(b"actions:")
        said = self.lists.actions(self.reader.tokens[t + 2], self.reader.tokens[t + 3], self.named)
        return said if said else self.room()

    def cookie(self, t: cython.int) -> cython.int:
        """Write a cookie that is not one of ovs-vswitchd's as its bytes."""
        if not self.output.room(2 * (self.reader.tokens[t + 3] - self.reader.tokens[t + 2]) + _ROOM):
            return NO_ROOM
        self.output.literal(b"userdata(")
        self.output.hex_digits(self.reader.data, self.reader.tokens[t + 2], self.reader.tokens[t + 3])
        return self.output.char(41)
