# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""The layers of one packet, noted while it is walked over: the compiled form of ovsdissect.frame.walk, as far as a summary needs it."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.listcodes import LAYER, MOST_LAYERS
    from ovsdissect.engine.reader import Reader

if TYPE_CHECKING:
    from ovsdissect.engine.packet_tables import PacketTables


@cython.final
@cython.cclass
class Layers:
    """What was met in one packet so far, and what stands next: the layer `next` at start .. end.

    layers: LAYER integers each: what it is (LAYER_...), where it starts, where what it may hold ends, a number of its own; count: how many.
    malformed: the last one is followed by bytes that are no layer.  frames, packets: how many begin in one another.
    unsaid: there is a layer that the tree alone reads.
    whole: the innermost IP packet is here with all its bytes.  quoted: inside the packet that an ICMP error quotes.
    """

    def __init__(self, tables: PacketTables, reader: Reader) -> None:
        self.reader = reader
        self.following = bytes(tables.following)
        self.depth = tables.depth
        self.layers = array("i", bytes(4 * LAYER * (MOST_LAYERS + 1)))
        self.count = self.next = self.start = self.end = self.frames = self.packets = 0
        self.malformed = self.whole = self.quoted = self.unsaid = False
        self.begin()

    def begin(self) -> cython.int:
        """Forget the packet before."""
        self.count = self.frames = self.packets = self.next = 0
        self.malformed = self.quoted = self.unsaid = False
        self.whole = True
        return 0

    def deep(self) -> cython.int:
        """Whether nothing more is read: too many layers, or packets in packets."""
        return self.count >= MOST_LAYERS or self.frames > self.depth or self.packets > self.depth

    def big16(self, at: cython.int) -> cython.int:
        """A number of two bytes."""
        return self.reader.data[at] << 8 | self.reader.data[at + 1]

    def follow(self, table: cython.int, number: cython.int, start: cython.int, end: cython.int) -> cython.int:
        """What follows: a table, a number in it, and where it starts and ends."""
        self.next = self.following[table + number]
        self.start, self.end = start, end
        return 0

    def layer(self, kind: cython.int, number: cython.int) -> cython.int:
        """Note the layer that starts here."""
        at: cython.int = self.count * LAYER
        self.layers[at], self.layers[at + 1], self.layers[at + 2], self.layers[at + 3] = kind, self.start, self.end, number
        self.count += 1
        return 0

    def lacks(self, size: cython.int) -> cython.int:
        """Whether a header of this size is not there in full: what there is of it is no layer."""
        if self.end - self.start >= size:
            return 0
        if self.end > self.start and not self.quoted:
            self.malformed = True
        return 1

    def until(self, declared: cython.int) -> cython.int:
        """Where the content ends that declares its own end."""
        if declared < self.end:
            return declared
        if declared > self.end:
            self.whole = False
        return self.end
