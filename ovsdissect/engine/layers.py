# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""The layers of one packet, noted while the packet is walked: the compiled form of ovsdissect.frame.walk, as far as a summary needs it."""

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
    """The layers of one packet so far, and the next one: of kind `next`, at start .. end.

    layers: LAYER integers each: kind (LAYER_...), start, end of its content, and a number specific to the kind; count: how many.
    malformed: the last layer is followed by bytes that are not a layer. frames, packets: how many are nested.
    unsaid: there is a layer that only the tree reads.
    whole: the innermost IP packet has all its bytes. quoted: inside the packet that an ICMP error quotes.
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
        """Forget the previous packet."""
        self.count = self.frames = self.packets = self.next = 0
        self.malformed = self.quoted = self.unsaid = False
        self.whole = True
        return 0

    def deep(self) -> cython.int:
        """Whether reading stops here: too many layers, or too many nested packets."""
        return self.count >= MOST_LAYERS or self.frames > self.depth or self.packets > self.depth

    def big16(self, at: cython.int) -> cython.int:
        """Return a big-endian 16-bit number."""
        return self.reader.data[at] << 8 | self.reader.data[at + 1]

    def follow(self, table: cython.int, number: cython.int, start: cython.int, end: cython.int) -> cython.int:
        """Set the next layer: by a table, a number in it, and its start and end."""
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
        """Return 1 if fewer than `size` bytes are left: an incomplete header is not a layer."""
        if self.end - self.start >= size:
            return 0
        if self.end > self.start and not self.quoted:
            self.malformed = True
        return 1

    def until(self, declared: cython.int) -> cython.int:
        """Return the end of the content whose header declares that it ends at `declared`."""
        if declared < self.end:
            return declared
        if declared > self.end:
            self.whole = False
        return self.end
