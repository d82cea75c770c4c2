# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""Open vSwitch's texts within a summary, and the names of ports there.

Statuses are those of odp_codes.py.  The output is not taken back after REFUSED and NO_ROOM: that is for who writes the line.
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

_ROOM = cython.declare(cython.int, 4096)  # what may be written after a text before somebody asks for room again


@cython.final
@cython.cclass
class OvsWords:
    """Texts of the values of a reader's tokens.  named: ports by their names, where they are known."""

    def __init__(self, words: OdpTables, reader: Reader, output: Output, named: bool) -> None:
        self.reader, self.output = reader, output
        self.flows = FlowText(words, reader, output)
        self.lists = ActionText(words, self.flows)
        self.ports = self.flows.fields.ports
        self.datapath = 0
        self.named = named

    def call(self, ports: Names, datapath: cython.uint) -> cython.int:
        """The ports are those of a datapath, and have these names."""
        if ports is not self.ports:
            if cython.compiled:
                with cython.gil:
                    self.ports = self.flows.fields.ports = ports
            else:
                self.ports = self.flows.fields.ports = ports
        self.datapath = self.flows.fields.datapath = datapath
        return 0

    def room(self) -> cython.int:
        """WRITTEN while there is room for what is not asked for."""
        return WRITTEN if self.output.room(_ROOM) else NO_ROOM

    def name(self, names: Names, slot: cython.int) -> cython.int:
        """A name, where it is plain ASCII: then a screen shows it as it is."""
        i: cython.int
        for i in range(names.start(slot), names.end(slot)):
            if names.texts[i] < 32 or names.texts[i] > 126:
                return REFUSED
        return self.output.raw(names.texts, names.start(slot), names.end(slot))

    def port(self, number: cython.uint) -> cython.int:
        """A port by its name, or its number."""
        slot: cython.int = -1
        if self.named:
            slot = self.ports.find(cython.cast(cython.ulonglong, self.datapath) << 32 | number)
        if slot >= 0:
            return self.name(self.ports, slot)
        return self.output.decimal(number)

    def flow(self, key: cython.int, mask: cython.int) -> cython.int:
        """A key and its mask, by the places of their tokens; mask: -1 where there is none."""
        start: cython.int = self.reader.tokens[key + 2]
        end: cython.int = self.reader.tokens[key + 3]
        said: cython.int
        if mask < 0:
            said = self.flows.flow(start, end, EXACT, EXACT, False, self.named)
        else:
            said = self.flows.flow(start, end, self.reader.tokens[mask + 2], self.reader.tokens[mask + 3], False, self.named)
        return said if said else self.room()

    def actions(self, t: cython.int) -> cython.int:
        """Actions as dump-flows prints them."""
        said: cython.int
        self.output.literal(b"actions:")
        said = self.lists.actions(self.reader.tokens[t + 2], self.reader.tokens[t + 3], self.named)
        return said if said else self.room()

    def cookie(self, t: cython.int) -> cython.int:
        """A cookie that is none of ovs-vswitchd's, as its bytes."""
        if not self.output.room(2 * (self.reader.tokens[t + 3] - self.reader.tokens[t + 2]) + _ROOM):
            return NO_ROOM
        self.output.literal(b"userdata(")
        self.output.hex_digits(self.reader.data, self.reader.tokens[t + 2], self.reader.tokens[t + 3])
        return self.output.char(41)
