# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""Flow keys and their masks as Open vSwitch prints them: the compiled form of ovsdissect.odp.key.

Methods return a status of odp_codes.py; after REFUSED and NO_ROOM of the methods for whole texts the output is unchanged.
A mask's payload is given by its offset, or by EXACT or WILDCARD.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.fieldtext import FieldText
    from ovsdissect.engine.keyvalues import KeyValues
    from ovsdissect.engine.nshtext import NshText
    from ovsdissect.engine.odp_codes import (
        ALL_BITS,
        DEEPEST_KEY,
        EXACT,
        KEY_BYTES,
        KEY_ENCAP,
        KEY_FIELDS,
        KEY_FLAGS,
        KEY_MPLS,
        KEY_NSH,
        KEY_NUMBER,
        KEY_PACKET_TYPE,
        KEY_PORT,
        KEY_TUNNEL,
        KEY_VLAN,
        LONGEST_BYTE,
        LONGEST_TEXT,
        NO_BITS,
        NO_ROOM,
        NO_SIZE,
        NO_TEXT,
        REFUSED,
        SLOTS,
        WILDCARD,
        WORD,
        WRITTEN,
    )
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.places import Places
    from ovsdissect.engine.reader import Reader
    from ovsdissect.engine.tunneltext import TunnelText

if TYPE_CHECKING:
    from ovsdissect.engine.odp_tables import OdpTables

_COMMA = cython.declare(cython.int, 44)
_SLASH = cython.declare(cython.int, 47)
_CLOSE = cython.declare(cython.int, 41)
_OPEN = cython.declare(cython.int, 40)
_GREATEST = cython.declare(cython.int, 0x3FFF)  # NLA_TYPE_MASK
_ALL_COUNT = cython.declare(cython.int, -1)
_NEVER = cython.declare(cython.int, -2)


@cython.final
@cython.cclass
class FlowText:
    """Writes keys, masks and flows from the reader's data.

    fields: holds the names of ports; the caller sets `fields.ports` and `fields.datapath`.
    """

    def __init__(self, tables: OdpTables, reader: Reader, output: Output) -> None:
        self.reader, self.output = reader, output
        self.places = Places(tables, reader)
        self.fields = FieldText(tables, reader, output)
        self.tunnels = TunnelText(tables, reader, output, self.places, self.fields)
        self.nsh = NshText(tables, reader, output, self.places, self.fields)
        self.values = KeyValues(tables, output, self.fields)
        self.words, self.counting, self.masks, self.types = tables.keys, tables.counting, tables.masks, tables.type_parts
        self.kinds = len(tables.keys) // WORD
        self.ethernet, self.ethertype, self.packet_type = tables.ethernet, tables.ethertype, tables.packet_type
        self.log_skips, self.eth_beside_type = tables.release.log_skips_unmasked, tables.release.eth_beside_packet_type
        self.verbose = self.logged = self.is_mask = False
        self.unknown_size, self.odd_length, self.odd_begun = tables.unknown_size, 0, False

    # Whole texts

    def key(self, start: cython.int, end: cython.int, verbose: cython.bint, named: cython.bint) -> cython.int:
        """Write a key by itself; named: show the port by name."""
        begin: cython.int = self.output.used
        self.verbose, self.logged, self.is_mask = verbose, False, False
        return self.done(self.attributes(start, end, EXACT, EXACT, named, 0), begin)

    def mask(self, start: cython.int, end: cython.int) -> cython.int:
        """Write a mask as if it were a key."""
        begin: cython.int = self.output.used
        self.verbose, self.logged, self.is_mask = True, False, True
        return self.done(self.attributes(start, end, EXACT, EXACT, False, 0), begin)

    def flow(
        self, start: cython.int, end: cython.int, mask: cython.int, mask_end: cython.int, verbose: cython.bint, named: cython.bint
    ) -> cython.int:
        """Write a key and its mask as dump-flows prints them; mask: EXACT if there is none."""
        begin: cython.int = self.output.used
        self.verbose, self.logged, self.is_mask = verbose, False, False
        return self.done(self.attributes(start, end, mask, mask_end, named, 0), begin)

    def logged_flow(self, start: cython.int, end: cython.int, mask: cython.int, mask_end: cython.int) -> cython.int:
        """Write a key and its mask as the log prints them; most releases leave out attributes that the mask lacks."""
        begin: cython.int = self.output.used
        self.verbose, self.logged, self.is_mask = True, self.log_skips, False
        return self.done(self.attributes(start, end, mask, mask_end, False, 0), begin)

    def done(self, said: cython.int, begin: cython.int) -> cython.int:
        """Return a status; removes what was written since `begin` unless it is WRITTEN."""
        if said:
            self.output.used = begin
        return said

    # Attributes

    def attributes(
        self, start: cython.int, end: cython.int, mask: cython.int, mask_end: cython.int, named: cython.bint, depth: cython.int
    ) -> cython.int:
        """Write the attributes of a key, in the order received, each with its mask (odp_flow_format)."""
        length: cython.int
        kind: cython.int
        word: cython.int
        form: cython.int
        said: cython.int
        bits: cython.int = EXACT
        seen: cython.ulonglong = 0
        one: cython.ulonglong = 1
        masked: cython.bint = mask >= 0 and mask < mask_end
        begun: cython.bint = False
        typed: cython.bint = False
        if start >= end:
            return self.output.literal(b"<empty>")
        if depth >= DEEPEST_KEY or (masked and self.places.gather(self.masks, depth, mask, mask_end)):
            return REFUSED
        while start < end:
            length = self.places.attribute(start, end)
            kind = self.places.kind
            word = kind * WORD
            if length < 0 or kind >= self.kinds or self.words[word] == NO_TEXT or not self.fits(word, length):
                if masked or self.logged:
                    return REFUSED
                said = self.odd(start, end, begun, depth)
                if said:
                    return said
                begun = begun or self.odd_begun
                start += (self.odd_length + 7) & ~3
                continue
            if masked and seen >> kind & 1:
                return REFUSED
            seen |= one << kind
            form = self.words[word]
            start += 4
            if masked:
                bits = WILDCARD
                if self.places.there[depth] >> kind & 1:
                    bits = self.places.starts[depth * SLOTS + kind]
                    if form < KEY_ENCAP and self.places.lengths[depth * SLOTS + kind] != length:
                        return REFUSED
            typed = typed or kind == self.packet_type
            if self.logged and bits < 0:
                pass
            elif not masked or self.verbose or form >= KEY_ENCAP or not (bits == WILDCARD or self.empty(word, bits, length)):
                if begun:
                    self.output.char(_COMMA)
                begun = True
                said = self.attribute(kind, start, start + length, bits, named, depth)
                if said:
                    return said
            elif kind == self.ethernet and not typed:
                # OVS does not note that it wrote something: at the start no comma follows
                if begun:
                    self.output.char(_COMMA)
                self.output.literal(b"eth()")
            elif kind == self.packet_type and self.eth_beside_type:
                typed = False
            start += (length + 3) & ~3
        if masked and not seen >> self.ethertype & 1 and self.places.there[depth] >> self.ethertype & 1:
            if self.places.lengths[depth * SLOTS + self.ethertype] != 2:
                return REFUSED
            self.output.literal(b",eth_type(0/")
            self.fields.four_digits(self.fields.number(self.places.starts[depth * SLOTS + self.ethertype], 2, True))
            self.output.char(_CLOSE)
        return WRITTEN

    def fits(self, word: cython.int, length: cython.int) -> cython.bint:
        """Return whether an attribute's length is the one that OVS insists on, if it does."""
        return self.words[word + 3] < 0 or self.words[word + 3] == length

    def odd(self, start: cython.int, end: cython.int, begun: cython.bint, depth: cython.int) -> cython.int:
        """Write an attribute that OVS does not know, has another length than OVS insists on, or was cut by the capture; no mask is there.

        Sets odd_length, the bytes of its payload, and odd_begun, whether a comma belongs before the next attribute because of it.
        """
        length: cython.int = self.places.attribute(start, end)
        cut: cython.bint = length < 0
        kind: cython.int
        word: cython.int
        size: cython.int
        said: cython.int
        if cut:
            length = self.places.cut(start, end)
        if length < 0:
            return REFUSED
        kind = self.places.kind
        word = kind * WORD
        start += 4
        self.odd_length, self.odd_begun = length, False
        if not self.output.room(LONGEST_TEXT + LONGEST_BYTE * length):
            return NO_ROOM
        if kind < self.kinds and self.words[word + 2]:
            size = self.words[word + 3]
            if size >= 0:
                # a longer value that was cut to this size by chance is no value of the type
                return REFUSED if size == length else self.bad_length(start, start + length, EXACT, size)
            if not cut or self.words[word] != KEY_ENCAP:
                return REFUSED
        elif cut or kind > _GREATEST:
            return REFUSED
        else:
            size = self.unknown_size if kind else 0
            if size != NO_SIZE and size != length:
                return self.bad_length(start, start + length, EXACT, size)
        self.odd_begun = True
        if begun:
            self.output.char(_COMMA)
        if cut:
            said = self.attribute(kind, start, start + length, EXACT, False, depth)
            self.odd_length, self.odd_begun = length, True
            return said
        if kind:
            self.output.literal(b"key")
            self.output.decimal(kind)
        else:
            self.output.literal(b"unspec")
        self.output.char(_OPEN)
        self.fields.spaced(start, start + length)
        return self.output.char(_CLOSE)

    def bad_length(self, start: cython.int, end: cython.int, mask: cython.int, size: cython.int) -> cython.int:
        """Write an attribute, and its mask of the same length, which is not the one that OVS insists on (check_attr_len)."""
        self.output.literal(b"(bad key length ")
        self.output.decimal(end - start)
        self.expected(size)
        self.fields.spaced(start, end)
        if mask != EXACT:
            self.output.literal(b"/(bad mask length ")
            self.output.decimal(end - start)
            self.expected(size)
            self.fields.spaced(mask, mask + end - start)
        return self.output.char(_CLOSE)

    def expected(self, size: cython.int) -> cython.int:
        """Write the length that OVS insists on."""
        self.output.literal(b", expected ")
        self.output.integer(size)
        return self.output.literal(b")(")

    def empty(self, word: cython.int, mask: cython.int, length: cython.int) -> cython.int:
        """Return whether no bit of a mask counts (odp_mask_is_constant__)."""
        counting: cython.int = self.words[word + 7]
        i: cython.int
        if counting == _ALL_COUNT:
            return 1 if self.fields.extent(mask, length) == NO_BITS else 0
        if counting == _NEVER:
            return 0
        for i in range(length):
            if self.reader.data[mask + i] & self.counting[counting + i]:
                return 0
        return 1

    def alone(self, kind: cython.int, start: cython.int, end: cython.int, mask: cython.int, verbose: cython.bint) -> cython.int:
        """Write the only attribute in set() and set_masked(); mask: where a mask of the same length begins, or EXACT."""
        word: cython.int = kind * WORD
        self.verbose, self.logged, self.is_mask = verbose, False, False
        if kind >= self.kinds or self.words[word] == NO_TEXT:
            return REFUSED
        if not self.fits(word, end - start):
            if not self.output.room(LONGEST_TEXT + 2 * LONGEST_BYTE * (end - start)):
                return NO_ROOM
            return self.bad_length(start, end, mask, self.words[word + 3])
        if self.words[word] >= KEY_ENCAP and mask != EXACT:
            return REFUSED
        return self.attribute(kind, start, end, mask, False, 0)

    def attribute(
        self, kind: cython.int, at: cython.int, end: cython.int, mask: cython.int, named: cython.bint, depth: cython.int
    ) -> cython.int:
        """Write `word(...)` for an attribute that has the right length (format_odp_key_attr__)."""
        word: cython.int = kind * WORD
        form: cython.int = self.words[word]
        said: cython.int = WRITTEN
        bits: cython.uint
        if not self.output.room(LONGEST_TEXT + (LONGEST_BYTE * (end - at) if form < KEY_ENCAP else 0)):
            return NO_ROOM
        if form == KEY_TUNNEL:
            return self.tunnels.tunnel(at, end, mask, self.verbose, self.is_mask)
        self.output.text(self.words[word + 1], self.words[word + 2])
        if form == KEY_FIELDS:
            said = self.fields.members(self.words[word + 4], self.words[word + 5], at, mask, self.verbose)
        elif form == KEY_NUMBER:
            said = self.values.number(word, at, mask, self.verbose)
        elif form == KEY_PORT:
            if mask == EXACT or (mask >= 0 and self.fields.extent(mask, 4) == ALL_BITS):
                said = self.fields.port(self.reader.host32(at), named)
            else:
                self.output.decimal(self.reader.host32(at))
                self.output.char(_SLASH)
                self.fields.hash_hex(self.reader.host32(mask) if mask >= 0 else 0)
        elif form == KEY_FLAGS:
            said = self.values.flags(word, at, mask, self.verbose)
        elif form == KEY_VLAN:
            bits = 0xFFFF
            if mask != EXACT:
                bits = cython.cast(cython.uint, self.fields.number(mask, 2, True)) if mask >= 0 else 0
            said = self.fields.control(cython.cast(cython.int, self.fields.number(at, 2, True)), bits, self.verbose)
        elif form == KEY_ENCAP:
            if at < end:
                said = self.attributes(at, end, mask, mask + self.places.length(mask) if mask >= 0 else EXACT, False, depth + 1)
        elif form == KEY_NSH:
            said = self.nsh.key(at, end, mask)
        elif form == KEY_MPLS:
            said = self.values.labels(at, end, mask)
        elif form == KEY_PACKET_TYPE:
            bits = self.reader.number(mask, 4, True) if mask >= 0 else 0
            self.fields.part(self.types, self.fields.number(at, 4, True), bits, mask == EXACT, self.verbose)
            self.fields.part(self.types + 1, self.fields.number(at, 4, True), bits, mask == EXACT, self.verbose)
            self.fields.comma()
        elif form == KEY_BYTES:
            said = self.values.generic(at, end, mask)
        else:
            said = REFUSED
        self.output.char(_CLOSE)
        return said
