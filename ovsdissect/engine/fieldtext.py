# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""One value and its mask as Open vSwitch prints them: the compiled form of ovsdissect.odp.styles. It knows no attributes.

Callers make sure that there is room. Methods that can meet something unusual return a status of odp_codes.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if cython.compiled:
    from cython.cimports.libc.string import memcpy
else:
    from ovsdissect.engine.names import Names
    from ovsdissect.engine.odp_codes import (
        ALL_BITS,
        BARE_HEX,
        COLONS,
        DECIMAL,
        DOTTED,
        EXACT,
        FIELD,
        FLOW_LABEL,
        FRAGMENT,
        HASH_HEX,
        HASH_HEX_WIDE,
        HEX_FOUR,
        HEX_ID,
        HEX_NUMBER,
        IPV6_TEXT,
        NO_BITS,
        REFUSED,
        SLICE,
        SOME_BITS,
        TRUTH,
        WILDCARD,
        WRITTEN,
    )
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.reader import Reader

if TYPE_CHECKING:
    from ovsdissect.engine.odp_tables import OdpTables

_COMMA = cython.declare(cython.int, 44)
_SLASH = cython.declare(cython.int, 47)


@cython.final
@cython.cclass
class FieldText:
    """Writes values as text. ports: the names of ports; datapath: the one that the ports belong to. The caller sets both."""

    def __init__(self, tables: OdpTables, reader: Reader, output: Output) -> None:
        self.reader, self.output, self.ports = reader, output, Names()
        self.fields, self.slices, self.texts = tables.fields, tables.slices, tables.pairs
        self.fragments, self.tci, self.lse = tables.fragments, tables.tci, tables.lse
        self.datapath = 0

    # Bytes

    def number(self, at: cython.int, size: cython.int, network: cython.bint) -> cython.ulonglong:
        """Return a number of up to eight bytes, in network or host byte order."""
        value: cython.ulonglong = 0
        i: cython.int
        if network or self.reader.big:
            for i in range(at, at + size):
                value = value << 8 | self.reader.data[i]
        else:
            for i in range(at + size - 1, at - 1, -1):
                value = value << 8 | self.reader.data[i]
        return value

    def extent(self, at: cython.int, size: cython.int) -> cython.int:
        """Return which bits of some bytes are set: all, none or some, as in odp_codes.py."""
        some: cython.ulonglong = 0
        every: cython.ulonglong = ~some
        part: cython.ulonglong = 0
        i: cython.int
        if size <= 0:
            return ALL_BITS
        if cython.compiled:
            # accessing both ends first lets the compiler drop checks in the loop; eight bytes at a time, the last eight may overlap
            some = self.reader.data[at + size - 1]
            source: cython.pointer[cython.const[cython.uchar]] = cython.address(self.reader.data[at])
            if size >= 8:
                for i in range(size // 8):
                    memcpy(cython.address(part), source + 8 * i, 8)
                    some |= part
                    every &= part
                memcpy(cython.address(part), source + size - 8, 8)
                some |= part
                every &= part
                return ALL_BITS if not ~every else SOME_BITS if some else NO_BITS
            for i in range(size):
                some |= source[i]
                every &= source[i]
        else:
            for i in range(at, at + size):
                some |= self.reader.data[i]
                every &= self.reader.data[i]
        return ALL_BITS if every == 255 else SOME_BITS if some else NO_BITS

    # Single values

    def comma(self) -> cython.int:
        """Remove the comma that the last field wrote after itself."""
        if self.output.out[self.output.used - 1] == _COMMA:
            self.output.used -= 1
        return 0

    def hash_hex(self, value: cython.ulonglong) -> cython.int:
        """Write a number as C's "%#x": zero has no prefix."""
        if not value:
            return self.output.char(48)
        return self.prefixed(value)

    def prefixed(self, value: cython.ulonglong) -> cython.int:
        """Write a number as C's "0x%x"."""
        self.output.char(48)
        self.output.char(120)
        return self.output.hex_number(value)

    def four_digits(self, value: cython.ulonglong) -> cython.int:
        """Write 16 bits as C's "0x%04x"."""
        self.output.char(48)
        self.output.char(120)
        self.output.hex_byte(cython.cast(cython.int, value >> 8 & 255))
        return self.output.hex_byte(cython.cast(cython.int, value & 255))

    def wide(self, at: cython.int) -> cython.int:
        """Write 128 bits in host byte order."""
        if self.extent(at, 16) == NO_BITS:
            return self.output.char(48)
        self.output.char(48)
        self.output.char(120)
        return self.output.label(self.reader.data, at, self.reader.big)

    def bytes_number(self, start: cython.int, end: cython.int) -> cython.int:
        """Write bytes as one number in network byte order (ds_put_hex)."""
        while start < end and not self.reader.data[start]:
            start += 1
        if start == end:
            return self.output.char(48)
        self.prefixed(self.reader.data[start])
        return self.output.hex_digits(self.reader.data, start + 1, end)

    def spaced(self, start: cython.int, end: cython.int) -> cython.int:
        """Write bytes in hex, separated by spaces (format_generic_odp_key)."""
        i: cython.int
        for i in range(start, end):
            if i > start:
                self.output.char(32)
            self.output.hex_byte(self.reader.data[i])
        return 0

    def port(self, number: cython.uint, named: cython.bint) -> cython.int:
        """Write a port, by name if names are wanted and it has one (odp_portno_name_format). Returns a status of odp_codes.py.

        An empty name is refused, and one that a screen or JSON would escape.
        """
        slot: cython.int = -1
        start: cython.int
        end: cython.int
        i: cython.int
        if named:
            slot = self.ports.find(cython.cast(cython.ulonglong, self.datapath) << 32 | number)
        if slot < 0:
            return self.output.decimal(number)
        start = self.ports.start(slot)
        end = start + self.ports.length(slot)
        if start == end:
            return REFUSED
        for i in range(start, end):
            if self.escaped(self.ports.texts[i]):
                return REFUSED
        return self.output.raw(self.ports.texts, start, end)

    def string(self, start: cython.int, end: cython.int) -> cython.int:
        """Write a captured text if it is plain enough to be the name of a port. Returns a status of odp_codes.py."""
        i: cython.int
        if start == end:
            return REFUSED
        for i in range(start, end):
            if self.escaped(self.reader.data[i]):
                return REFUSED
        return self.output.raw(self.reader.data, start, end)

    def escaped(self, code: cython.int) -> cython.int:
        """Return 1 if a screen or JSON escapes this byte, else 0."""
        return 1 if code < 32 or code > 126 or code == 34 or code == 92 else 0

    def value(self, style: cython.int, at: cython.int, size: cython.int, network: cython.bint) -> cython.int:
        """Write a value in a style."""
        number: cython.ulonglong
        place: cython.int
        if style == DOTTED:
            return self.output.ipv4(self.reader.data, at)
        if style == COLONS:
            return self.output.mac(self.reader.data, at)
        if style == IPV6_TEXT:
            return self.output.ipv6(self.reader.data, at)
        if style == HASH_HEX_WIDE:
            return self.wide(at)
        number = self.number(at, size, network)
        if style == DECIMAL:
            return self.output.decimal(number)
        if style in (HASH_HEX, FLOW_LABEL):
            return self.hash_hex(number)
        if style == HEX_FOUR:
            return self.four_digits(number)
        if style == FRAGMENT:
            place = self.fragments + 2 * cython.cast(cython.int, number if number < 3 else 3)
            return self.output.text(self.texts[place], self.texts[place + 1])
        if style == TRUTH:
            return self.output.char(49 if number else 48)
        return self.prefixed(number)

    def bits(self, style: cython.int, at: cython.int, size: cython.int, network: cython.bint) -> cython.int:
        """Write a mask in a style."""
        if style in (DECIMAL, HEX_NUMBER, HEX_ID):
            return self.hash_hex(self.number(at, size, network))
        return self.value(style, at, size, network)

    def no_bits(self, style: cython.int) -> cython.int:
        """Write the mask without any bit."""
        if style == DOTTED:
            return self.output.literal(b"0.0.0.0")
        if style == COLONS:
            return self.output.literal(b"00:00:00:00:00:00")
        if style == IPV6_TEXT:
            return self.output.literal(b"::")
        if style == HEX_FOUR:
            return self.output.literal(b"0x0000")
        return self.output.char(48)

    # Values with a label and a mask

    def field(self, number: cython.int, at: cython.int, mask: cython.int, verbose: cython.bint) -> cython.int:
        """Write `label=value/mask,` for a field of the struct at `at`; mask: where the mask's struct begins, EXACT or WILDCARD."""
        f: cython.int = number * FIELD
        style: cython.int = self.fields[f + 2]
        size: cython.int = self.fields[f + 4]
        network: cython.bint = self.fields[f + 5] != 0
        extent: cython.int = ALL_BITS
        if mask == WILDCARD:
            extent = NO_BITS
        elif mask != EXACT:
            mask += self.fields[f + 3]
            extent = self.extent(mask, size)
        at += self.fields[f + 3]
        if extent != ALL_BITS:
            if style == BARE_HEX or (style == FLOW_LABEL and mask >= 0 and self.number(mask, size, network) & 0xFFFFF == 0xFFFFF):
                extent = ALL_BITS
            elif style == FRAGMENT:
                return WRITTEN if extent == NO_BITS else REFUSED
            elif extent == NO_BITS and not verbose:
                return WRITTEN
        elif style == HEX_ID and mask == EXACT and not verbose:
            return WRITTEN
        self.output.text(self.fields[f], self.fields[f + 1])
        self.value(style, at, size, network)
        if extent != ALL_BITS:
            self.output.char(_SLASH)
            if mask == WILDCARD:
                self.no_bits(style)
            else:
                self.bits(style, mask, size, network)
        return self.output.char(_COMMA)

    def members(self, first: cython.int, count: cython.int, at: cython.int, mask: cython.int, verbose: cython.bint) -> cython.int:
        """Write fields of one struct without the comma after the last one."""
        i: cython.int
        for i in range(first, first + count):
            if self.field(i, at, mask, verbose):
                return REFUSED
        self.comma()
        return WRITTEN

    def part(
        self, number: cython.int, value: cython.ulonglong, mask: cython.ulonglong, exact: cython.bint, verbose: cython.bint
    ) -> cython.int:
        """Write `label=value/mask,` for a slice of an integer's bits; exact: there is no mask."""
        s: cython.int = number * SLICE
        slice_mask: cython.ulonglong = self.slices[s + 3]
        value = value >> self.slices[s + 2] & slice_mask
        mask = mask >> self.slices[s + 2] & slice_mask
        if not exact and not mask and not verbose:
            return WRITTEN
        self.output.text(self.slices[s], self.slices[s + 1])
        if self.slices[s + 4] == DECIMAL:
            self.output.decimal(value)
        else:
            self.hash_hex(value)
        if not exact and mask != cython.cast(cython.ulonglong, self.slices[s + 5]):
            self.output.char(_SLASH)
            self.hash_hex(mask)
        return self.output.char(_COMMA)

    # Bit sets

    def flags(self, value: cython.ulonglong, first: cython.int, count: cython.int, separator: cython.int) -> cython.int:
        """Write the names of the set bits, lowest first; those without a name follow together as a number (format_flags)."""
        unknown: cython.ulonglong = 0
        one: cython.ulonglong = 1
        bit: cython.int = 0
        begun: cython.bint = False
        if not value:
            return self.output.char(48)
        while value >> bit:
            if value >> bit & 1:
                if bit < count and self.texts[first + 2 * bit + 1] >= 0:
                    if begun:
                        self.output.char(separator)
                    begun = True
                    self.output.text(self.texts[first + 2 * bit], self.texts[first + 2 * bit + 1])
                else:
                    unknown |= one << bit
            bit += 1
        if unknown:
            if begun:
                self.output.char(separator)
            self.prefixed(unknown)
        return 0

    def signed_flags(self, value: cython.ulonglong, mask: cython.ulonglong, first: cython.int, count: cython.int) -> cython.int:
        """Write a sign and a name for every bit of a mask that is not full (format_flags_masked)."""
        bit: cython.int = 0
        if not mask:
            return self.output.literal(b"0/0")
        while mask >> bit:
            if mask >> bit & 1:
                self.output.char(43 if value >> bit & 1 else 45)
                if bit < count and self.texts[first + 2 * bit + 1] >= 0:
                    self.output.text(self.texts[first + 2 * bit], self.texts[first + 2 * bit + 1])
                else:
                    self.output.literal(b"[Unknown]")
            bit += 1
        return 0

    # Headers that keys and actions share

    def control(self, value: cython.int, mask: cython.int, verbose: cython.bint) -> cython.int:
        """Write a VLAN tag's control information: a part is written if it or its mask is not zero (format_vlan_tci)."""
        i: cython.int
        s: cython.int
        part: cython.int
        bits: cython.int
        for i in range(2):
            s = (self.tci + i) * SLICE
            part = value >> self.slices[s + 2] & self.slices[s + 3]
            bits = mask >> self.slices[s + 2] & self.slices[s + 3]
            if verbose or part or bits:
                self.output.text(self.slices[s], self.slices[s + 1])
                self.output.decimal(part)
                if bits != self.slices[s + 3]:
                    self.output.char(_SLASH)
                    self.prefixed(bits)
                self.output.char(_COMMA)
        s = (self.tci + 2) * SLICE
        if not value >> self.slices[s + 2] & self.slices[s + 3]:
            self.output.text(self.slices[s], self.slices[s + 1])
            self.output.char(48)
            return 0
        return self.comma()

    def entry(self, value: cython.uint, mask: cython.uint, masked: cython.bint) -> cython.int:
        """Write a label stack entry (format_mpls_lse), or one with its mask (format_mpls)."""
        i: cython.int
        s: cython.int
        for i in range(4):
            s = (self.lse + i) * SLICE
            if i:
                self.output.char(_COMMA)
            self.output.text(self.slices[s], self.slices[s + 1])
            self.output.decimal(value >> self.slices[s + 2] & self.slices[s + 3])
            if masked:
                self.output.char(_SLASH)
                # label and TTL have the prefix 0x, traffic class and bottom of stack do not
                if self.slices[s + 4] == BARE_HEX:
                    self.prefixed(mask >> self.slices[s + 2] & self.slices[s + 3])
                else:
                    self.output.hex_number(mask >> self.slices[s + 2] & self.slices[s + 3])
        return 0
