# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""Tunnel metadata as text: the compiled form of ovsdissect.odp.tunnel. Every part is followed by a comma."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.fieldtext import FieldText
    from ovsdissect.engine.odp_codes import (
        ALL_BITS,
        AT_TUNNEL,
        AT_VXLAN,
        EXACT,
        LONGEST_BYTE,
        LONGEST_TEXT,
        NO_BITS,
        NO_ROOM,
        NO_TEXT,
        PART_ERSPAN,
        PART_GENEVE,
        PART_GTPU,
        PART_NUMBER,
        PART_SILENT,
        PART_VXLAN,
        REFUSED,
        SLOTS,
        WILDCARD,
        WORD,
        WRITTEN,
    )
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.places import Places
    from ovsdissect.engine.reader import Reader

if TYPE_CHECKING:
    from ovsdissect.engine.odp_tables import OdpTables

_COMMA = cython.declare(cython.int, 44)
_SLASH = cython.declare(cython.int, 47)
_CLOSE = cython.declare(cython.int, 41)
_TYPE_II = cython.declare(cython.uint, 1)
_TYPE_III = cython.declare(cython.uint, 2)


@cython.final
@cython.cclass
class TunnelText:
    """Writes `tunnel(...)` of a key, of a mask by itself, and of set()."""

    def __init__(self, tables: OdpTables, reader: Reader, output: Output, places: Places, fields: FieldText) -> None:
        self.reader, self.output, self.places, self.fields = reader, output, places, fields
        self.words, self.masks = tables.tunnel, tables.tunnel_masks
        self.kinds = len(tables.tunnel) // WORD
        self.flags, self.flag_count, self.id_flag = tables.tunnel_flags, tables.tunnel_flag_count, tables.tunnel_id_flag
        self.all_flags = (1 << tables.tunnel_flag_count) - 1
        self.vxlan_set, self.gbp_number, self.gbp_parts = tables.vxlan, tables.gbp_number, tables.gbp
        self.gtpu_fields = tables.gtpu_fields
        self.option_fields, self.option_size, self.option_words = tables.option_fields, tables.option_size, tables.option_words
        self.erspan_index, self.erspan_bits, self.erspan_parts = tables.erspan_index, tables.erspan_bits, tables.erspan_parts

    def tunnel(self, start: cython.int, end: cython.int, mask: cython.int, verbose: cython.bint, is_mask: cython.bint) -> cython.int:
        """Write the nested attributes in the order received, then the flags that some of them stand for. Returns a status of odp_codes.py.

        mask: where the mask's payload begins, EXACT or WILDCARD. is_mask: the attributes are those of a mask by itself.
        """
        length: cython.int
        kind: cython.int
        word: cython.int
        bits: cython.int = mask
        said: cython.int
        value: cython.int = 0
        value_mask: cython.int = 0
        seen: cython.uint = 0
        one: cython.uint = 1
        if mask >= 0:
            if self.places.gather(self.masks, AT_TUNNEL, mask, mask + self.places.length(mask)):
                return REFUSED
            for kind in range(self.kinds):
                if self.places.there[AT_TUNNEL] >> kind & 1 and self.words[kind * WORD + 6] != self.id_flag:
                    value_mask |= self.words[kind * WORD + 6]
        self.output.literal(b"tunnel(")
        while start < end:
            length = self.places.attribute(start, end)
            kind = self.places.kind
            if length < 0 or kind >= self.kinds or seen >> kind & 1:
                return REFUSED
            seen |= one << kind
            word = kind * WORD
            if self.words[word] == NO_TEXT or (self.words[word + 3] >= 0 and self.words[word + 3] != length):
                return REFUSED
            if not self.output.room(LONGEST_TEXT + LONGEST_BYTE * length):
                return NO_ROOM
            if mask >= 0:
                bits = WILDCARD
                if self.places.there[AT_TUNNEL] >> kind & 1:
                    bits = self.places.starts[AT_TUNNEL * SLOTS + kind]
                    if self.words[word + 3] >= 0 and self.places.lengths[AT_TUNNEL * SLOTS + kind] != length:
                        return REFUSED
            value |= self.words[word + 6]
            if self.words[word + 6] == self.id_flag:
                value_mask |= self.id_flag
            said = self.part(word, start + 4, start + 4 + length, bits, verbose, is_mask)
            if said:
                return said
            start += (length + 7) & ~3
        if mask == EXACT or value_mask or verbose:
            self.output.literal(b"flags(")
            if mask == EXACT or value_mask == self.all_flags:
                self.fields.flags(value, self.flags, self.flag_count, 124)
            else:
                self.fields.signed_flags(value, value_mask, self.flags, self.flag_count)
            self.output.char(_CLOSE)
        else:
            self.fields.comma()
        self.output.char(_CLOSE)
        return WRITTEN

    def part(
        self, word: cython.int, at: cython.int, end: cython.int, mask: cython.int, verbose: cython.bint, is_mask: cython.bint
    ) -> cython.int:
        """Write one nested attribute, by its row of words. Returns a status of odp_codes.py."""
        form: cython.int = self.words[word]
        said: cython.int = REFUSED
        if form == PART_SILENT:
            return WRITTEN
        if form == PART_NUMBER:
            return self.fields.field(self.words[word + 4], at, mask, verbose)
        self.output.text(self.words[word + 1], self.words[word + 2])
        if form == PART_VXLAN:
            said = self.vxlan(at, end, mask, verbose)
        elif form == PART_GENEVE:
            # the lengths of options are unknown in a mask by itself
            said = self.fields.spaced(at, end) if is_mask else self.geneve(at, end, mask, verbose)
        elif form == PART_ERSPAN:
            said = self.erspan(at, end, mask, verbose)
        elif form == PART_GTPU:
            said = self.gtpu(at, mask, verbose)
        self.output.char(_CLOSE)
        self.output.char(_COMMA)
        return said

    def vxlan(self, at: cython.int, end: cython.int, mask: cython.int, verbose: cython.bint) -> cython.int:
        """Write VXLAN extensions: group based policy, or none. Returns a status of odp_codes.py."""
        value: cython.ulonglong
        bits: cython.ulonglong = 0
        if mask >= 0:
            if self.places.gather(self.vxlan_set, AT_VXLAN, mask, mask + self.places.length(mask)):
                return REFUSED
            if self.places.has(AT_VXLAN, self.gbp_number):
                bits = self.fields.number(self.places.start(AT_VXLAN, self.gbp_number), 4, False)
        if self.places.gather(self.vxlan_set, AT_VXLAN, at, end):
            return REFUSED
        if self.places.has(AT_VXLAN, self.gbp_number):
            value = self.fields.number(self.places.start(AT_VXLAN, self.gbp_number), 4, False)
            self.output.literal(b"gbp(")
            self.fields.part(self.gbp_parts, value, bits, mask == EXACT, verbose)
            self.fields.part(self.gbp_parts + 1, value, bits, mask == EXACT, verbose)
            self.fields.comma()
            self.output.char(_CLOSE)
        return WRITTEN

    def geneve(self, at: cython.int, end: cython.int, mask: cython.int, verbose: cython.bint) -> cython.int:
        """Write Geneve options; the lengths in the key also apply to the mask. Returns a status of odp_codes.py."""
        after: cython.int
        if mask >= 0 and self.places.length(mask) != end - at:
            return REFUSED
        while at < end:
            if at + self.option_size > end:
                return REFUSED
            after = at + self.option_size + 4 * (self.reader.data[at + self.option_size - 1] & self.option_words)
            if after > end:
                return REFUSED
            self.output.char(123)
            if self.option(at, after, mask, verbose):
                return REFUSED
            self.output.char(125)
            if mask >= 0:
                mask += after - at
            at = after
        return WRITTEN

    def option(self, at: cython.int, end: cython.int, mask: cython.int, verbose: cython.bint) -> cython.int:
        """Write one Geneve option. Returns a status of odp_codes.py."""
        words: cython.int = self.option_words
        extent: cython.int = ALL_BITS
        if mask == WILDCARD:
            words, extent = 0, NO_BITS
        elif mask >= 0:
            words = self.reader.data[mask + self.option_size - 1] & self.option_words
            extent = self.fields.extent(mask + self.option_size, end - at - self.option_size)
        self.fields.field(self.option_fields, at, mask, verbose)
        self.fields.field(self.option_fields + 1, at, mask, verbose)
        at += self.option_size
        if words or verbose:
            self.output.literal(b"len=")
            self.output.decimal(end - at)
            if words != self.option_words:
                self.output.char(_SLASH)
                self.fields.hash_hex(words)
            self.output.char(_COMMA)
        if at < end and (verbose or extent != NO_BITS):
            self.fields.bytes_number(at, end)
            if extent != ALL_BITS:
                self.output.char(_SLASH)
                if mask == WILDCARD:
                    self.output.char(48)
                else:
                    self.fields.bytes_number(mask + self.option_size, mask + self.option_size + end - at)
            return WRITTEN
        self.fields.comma()
        return WRITTEN

    def erspan(self, at: cython.int, end: cython.int, mask: cython.int, verbose: cython.bint) -> cython.int:
        """Write ERSPAN metadata. Refused if OVS, which checks no length here, would read beyond the attribute or its mask."""
        version: cython.uint
        size: cython.int
        value: cython.ulonglong
        bits: cython.ulonglong = 0
        if end - at < self.erspan_index:
            return REFUSED
        version = self.reader.host32(at)
        size = self.erspan_index
        if version == _TYPE_II:
            size = self.erspan_index + 4
        elif version == _TYPE_III:
            size = self.erspan_bits + 2
        if end - at < size or (mask >= 0 and self.places.length(mask) < size):
            return REFUSED
        if mask >= 0:
            bits = self.reader.host32(mask) & 255
        if mask == EXACT or bits or verbose:
            self.output.literal(b"ver=")
            self.output.decimal(version & 255)
            if mask != EXACT and bits != 255:
                self.output.char(_SLASH)
                self.fields.hash_hex(bits)
            self.output.char(_COMMA)
        if version == _TYPE_II:
            self.output.literal(b"idx=")
            self.fields.hash_hex(self.fields.number(at + self.erspan_index, 4, True))
            if mask != EXACT:
                self.output.char(_SLASH)
                self.fields.hash_hex(self.fields.number(mask + self.erspan_index, 4, True) if mask >= 0 else 0)
            return WRITTEN
        if version == _TYPE_III:
            if mask >= 0:
                bits = self.fields.number(mask + self.erspan_bits, 2, True)
            value = self.fields.number(at + self.erspan_bits, 2, True)
            self.fields.part(self.erspan_parts, value, bits, mask == EXACT, verbose)
            self.fields.part(self.erspan_parts + 1, value, bits, mask == EXACT, verbose)
        self.fields.comma()
        return WRITTEN

    def gtpu(self, at: cython.int, mask: cython.int, verbose: cython.bint) -> cython.int:
        """Write what OVS takes for GTP-U: two bytes, even if they follow the attribute. Returns a status of odp_codes.py."""
        if at + 2 > self.reader.last or mask + 2 > self.reader.last:
            return REFUSED
        return self.fields.members(self.gtpu_fields, 2, at, mask, verbose)
