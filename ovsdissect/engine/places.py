# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""Finds the attributes of a set or mask that is not written in the order received. Writes nothing.

It accepts a set only if every attribute fits, is declared, has an allowed length and occurs once.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.odp_codes import PLACE, PLACES, REFUSED, SLOTS, WILDCARD, WRITTEN
    from ovsdissect.engine.reader import Reader

if TYPE_CHECKING:
    from ovsdissect.engine.odp_tables import OdpTables


@cython.final
@cython.cclass
class Places:
    """The offsets of attributes in as many sets as are used at a time (AT_... of odp_codes.py), by slot.

    A slot is the attribute's number in masks of keys, elsewhere its index in the set's list of odp_tables.py.
    """

    def __init__(self, tables: OdpTables, reader: Reader) -> None:
        self.reader, self.sets = reader, tables.sets
        self.starts, self.lengths = (array("i", bytes(4 * PLACES * SLOTS)) for _ in range(2))
        self.there = array("Q", bytes(8 * PLACES))
        self.kind = 0

    def host16(self, at: cython.int) -> cython.int:
        """Return a 16-bit number in host byte order."""
        if self.reader.big:
            return self.reader.data[at] << 8 | self.reader.data[at + 1]
        return self.reader.data[at] | self.reader.data[at + 1] << 8

    def attribute(self, at: cython.int, end: cython.int) -> cython.int:
        """Return the payload length of the attribute whose header is at an offset; -1 if it does not fit.

        Sets `kind` to the attribute's number, including NLA_F_NET_BYTEORDER if that is set: no set declares such a number.
        """
        length: cython.int
        kind: cython.int
        if at + 4 > end:
            return -1
        if cython.compiled:
            # accessing both ends first proves that what is between them is within bounds
            kind = self.reader.data[at + 3]
            head: cython.pointer[cython.const[cython.uchar]] = cython.address(self.reader.data[at])
            if self.reader.big:
                length, kind = head[0] << 8 | head[1], head[2] << 8 | head[3]
            else:
                length, kind = head[0] | head[1] << 8, head[2] | head[3] << 8
        else:
            length, kind = self.host16(at), self.host16(at + 2)
        # a last attribute may lack its padding, but not part of it
        if length < 4 or at + length > end or (at + ((length + 3) & ~3) > end and at + length != end):
            return -1
        self.kind = kind & 0x7FFF
        return length - 4

    def cut(self, at: cython.int, end: cython.int) -> cython.int:
        """Return how many bytes there are of the payload of an attribute that the capture cut; -1 if it did not. Sets `kind`."""
        length: cython.int
        if end != self.reader.limit or at + 4 > end:
            return -1
        length = self.host16(at)
        if length < 4 or at + length <= end:
            return -1
        self.kind = self.host16(at + 2) & 0x7FFF
        return end - at - 4

    def gather(
        self, first: cython.int, place: cython.int, start: cython.int, end: cython.int, cuts: cython.bint = False
    ) -> cython.int:
        """Note where the attributes of a set are. first: where the set's row begins in `sets`. cuts: the capture may have cut the last one.
        Returns WRITTEN, or REFUSED if the set is not accepted.
        """
        length: cython.int
        row: cython.int
        slot: cython.int
        there: cython.ulonglong = 0
        one: cython.ulonglong = 1
        last: cython.int = self.sets[first]
        while start < end:
            length = self.attribute(start, end)
            if length < 0 and cuts:
                length = self.cut(start, end)
            if length < 0 or self.kind > last:
                return REFUSED
            row = first + 1 + self.kind * PLACE
            slot = self.sets[row + 2]
            if slot < 0 or length < self.sets[row] or (self.sets[row + 1] >= 0 and length > self.sets[row + 1]) or there >> slot & 1:
                return REFUSED
            there |= one << slot
            self.starts[place * SLOTS + slot] = start + 4
            self.lengths[place * SLOTS + slot] = length
            start += (length + 7) & ~3
        self.there[place] = there
        return WRITTEN

    def has(self, place: cython.int, slot: cython.int) -> cython.int:
        """Return 1 if an attribute is present, else 0."""
        return 1 if self.there[place] >> slot & 1 else 0

    def start(self, place: cython.int, slot: cython.int) -> cython.int:
        """Return where an attribute's payload begins; WILDCARD if it is absent."""
        if self.there[place] >> slot & 1:
            return self.starts[place * SLOTS + slot]
        return WILDCARD

    def length(self, at: cython.int) -> cython.int:
        """Return the length of the payload that begins at an offset."""
        return self.host16(at - 4) - 4
