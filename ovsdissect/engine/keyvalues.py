# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""Values of a key's attributes, each with that of its mask, as Open vSwitch prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.fieldtext import FieldText
    from ovsdissect.engine.odp_codes import ALL_BITS, EXACT, FIELD, NO_BITS, REFUSED, WILDCARD, WRITTEN
    from ovsdissect.engine.output import Output

if TYPE_CHECKING:
    from ovsdissect.engine.odp_tables import OdpTables

_COMMA = cython.declare(cython.int, 44)
_SLASH = cython.declare(cython.int, 47)
_BAR = cython.declare(cython.int, 124)


@cython.final
@cython.cclass
class KeyValues:
    """Writes values from the reader's data.

    word: index of the attribute's word in the tables. mask: offset of the mask's payload, or EXACT or WILDCARD. Methods return a status of
    odp_codes.py.
    """

    def __init__(self, tables: OdpTables, output: Output, fields: FieldText) -> None:
        self.output, self.fields = output, fields
        self.words, self.field_rows = tables.keys, tables.fields

    def number(self, word: cython.int, at: cython.int, mask: cython.int, verbose: cython.bint) -> cython.int:
        """Write a plain number; some are hidden in text that is not verbose, unless their mask has a bit."""
        f: cython.int = self.words[word + 4] * FIELD
        size: cython.int = self.words[word + 3]
        network: cython.bint = self.field_rows[f + 5] != 0
        extent: cython.int = ALL_BITS
        if mask == WILDCARD:
            extent = NO_BITS
        elif mask != EXACT:
            extent = self.fields.extent(mask, size)
        if self.words[word + 6] and not verbose and (mask == EXACT or extent == NO_BITS):
            return WRITTEN
        self.fields.value(self.field_rows[f + 2], at, size, network)
        if extent != ALL_BITS:
            self.output.char(_SLASH)
            if mask == WILDCARD:
                self.fields.no_bits(self.field_rows[f + 2])
            else:
                self.fields.bits(self.field_rows[f + 2], mask, size, network)
        return WRITTEN

    def flags(self, word: cython.int, at: cython.int, mask: cython.int, verbose: cython.bint) -> cython.int:
        """Write a set of flags: by name, or as a number if verbose text shows it so."""
        size: cython.int = self.words[word + 3]
        network: cython.bint = self.words[word + 8] != 0
        value: cython.ulonglong = self.fields.number(at, size, network)
        one: cython.ulonglong = 1
        full: cython.ulonglong = (one << self.words[word + 9]) - 1
        bits: cython.ulonglong = full
        if mask != EXACT:
            bits = self.fields.number(mask, size, network) & full if mask >= 0 else 0
        if verbose and self.words[word + 6]:
            self.fields.hash_hex(value)
            if bits != full:
                self.output.char(_SLASH)
                self.fields.hash_hex(bits)
        elif bits == full:
            self.fields.flags(value, self.words[word + 4], self.words[word + 5], _BAR)
        else:
            self.fields.signed_flags(value, bits, self.words[word + 4], self.words[word + 5])
        return WRITTEN

    def labels(self, at: cython.int, end: cython.int, mask: cython.int) -> cython.int:
        """Write a label stack; its mask has the same length."""
        start: cython.int = at
        exact: cython.bint = mask == EXACT or (mask >= 0 and self.fields.extent(mask, end - at) == ALL_BITS)
        if at == end or end - at & 3:
            return REFUSED
        while at < end:
            if at > start:
                self.output.char(_COMMA)
            self.fields.entry(self.net32(at), self.net32(mask + at - start) if mask >= 0 else 0, not exact)
            at += 4
        return WRITTEN

    def net32(self, at: cython.int) -> cython.uint:
        """Return a 32-bit number in network byte order."""
        return cython.cast(cython.uint, self.fields.number(at, 4, True))

    def generic(self, at: cython.int, end: cython.int, mask: cython.int) -> cython.int:
        """Write bytes, and always those of the mask (format_generic_odp_key)."""
        i: cython.int
        self.fields.spaced(at, end)
        if mask == WILDCARD:
            for i in range(end - at):
                self.output.char(32 if i else _SLASH)
                self.output.literal(b"00")
        elif mask != EXACT:
            self.output.char(_SLASH)
            self.fields.spaced(mask, mask + end - at)
        return WRITTEN
