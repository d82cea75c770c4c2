# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""Network service headers as text: the compiled form of ovsdissect.odp.nsh."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.fieldtext import FieldText
    from ovsdissect.engine.odp_codes import AT_NSH, AT_NSH_MASK, EXACT, NSH_BASE, NSH_MD1, NSH_MD2, REFUSED, WILDCARD, WRITTEN
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.places import Places
    from ovsdissect.engine.reader import Reader

if TYPE_CHECKING:
    from ovsdissect.engine.odp_tables import OdpTables

_COMMA = cython.declare(cython.int, 44)
_CLOSE = cython.declare(cython.int, 41)
# offsets in struct ovs_nsh_key_base (flags, ttl, mdtype, np, path_hdr with spi and si), and the bits of flags and ttl that a header holds
_MDTYPE = cython.declare(cython.int, 2)
_SPI = cython.declare(cython.int, 4)
_SI = cython.declare(cython.int, 7)
_FLAGS_BITS = cython.declare(cython.uint, 0x3)
_TTL_BITS = cython.declare(cython.uint, 0x3F)
_LONGEST_MD2 = cython.declare(cython.int, 248)
_EVERY_BIT = cython.declare(cython.uint, 0xFFFFFFFF)


@cython.final
@cython.cclass
class NshText:
    """Writes `nsh(...)` of a key and of set(), and `push_nsh(...)`."""

    def __init__(self, tables: OdpTables, reader: Reader, output: Output, places: Places, fields: FieldText) -> None:
        self.reader, self.output, self.places, self.fields = reader, output, places, fields
        self.set, self.doubled, self.left_out = tables.nsh, tables.nsh_doubled, tables.release.nsh_parts_left_out

    def key(self, start: cython.int, end: cython.int, mask: cython.int) -> cython.int:
        """Write the inside of `nsh(...)` of a key. Returns a status of odp_codes.py.

        mask: where the mask's payload begins, EXACT or WILDCARD. A part that the mask lacks counts as exact.
        """
        base: cython.int
        md1: cython.int
        base_mask: cython.int = WILDCARD
        md1_mask: cython.int = WILDCARD
        if mask >= 0:
            if self.places.gather(self.set, AT_NSH_MASK, mask, mask + self.places.length(mask)):
                return REFUSED
            base_mask, md1_mask = self.places.start(AT_NSH_MASK, NSH_BASE), self.places.start(AT_NSH_MASK, NSH_MD1)
        if self.places.gather(self.set, AT_NSH, start, end):
            return REFUSED
        base, md1 = self.places.start(AT_NSH, NSH_BASE), self.places.start(AT_NSH, NSH_MD1)
        # a part's mask counts only if the key has that part
        if base < 0:
            base_mask = WILDCARD
        if md1 < 0:
            md1_mask = WILDCARD
        if mask != EXACT:
            self.masked(base, base_mask, md1, md1_mask, _EVERY_BIT)
        else:
            self.header(base, self.of(base, 0, 1, 0), self.of(base, 1, 1, 0))
            if self.of(base, _MDTYPE, 1, 0) == 1:
                self.contexts(md1)
        return WRITTEN

    def set_masked(self, start: cython.int, end: cython.int) -> cython.int:
        """Write the inside of `set(nsh(...))`, whose attributes hold value and mask. Returns a status of odp_codes.py.

        Absent parts are left out, or shown as exact zeros, depending on the release.
        """
        base: cython.int
        md1: cython.int
        if self.places.gather(self.doubled, AT_NSH, start, end):
            return REFUSED
        base, md1 = self.places.start(AT_NSH, NSH_BASE), self.places.start(AT_NSH, NSH_MD1)
        self.masked(
            base,
            base + self.places.length(base) // 2 if base >= 0 else WILDCARD,
            md1,
            md1 + self.places.length(md1) // 2 if md1 >= 0 else WILDCARD,
            0 if self.left_out else _EVERY_BIT,
        )
        return WRITTEN

    def push(self, start: cython.int, end: cython.int) -> cython.int:
        """Write `push_nsh(...)`: the header that the attributes build (odp_nsh_hdr_from_attr). Returns a status of odp_codes.py."""
        base: cython.int
        md2: cython.int
        mdtype: cython.uint
        if self.places.gather(self.set, AT_NSH, start, end) or not self.places.has(AT_NSH, NSH_BASE):
            return REFUSED
        base, md2 = self.places.start(AT_NSH, NSH_BASE), self.places.start(AT_NSH, NSH_MD2)
        mdtype = self.of(base, _MDTYPE, 1, 0)
        if mdtype < 1 or mdtype > 2 or self.places.has(AT_NSH, NSH_MD2 if mdtype == 1 else NSH_MD1):
            return REFUSED
        if md2 >= 0 and self.places.length(md2) > _LONGEST_MD2:
            return REFUSED
        self.output.literal(b"push_nsh(")
        self.header(base, self.of(base, 0, 1, 0) & _FLAGS_BITS, self.of(base, 1, 1, 0) & _TTL_BITS)
        if mdtype == 1:
            self.contexts(self.places.start(AT_NSH, NSH_MD1))
        else:
            self.output.literal(b",md2=")
            # the header counts its length in 32-bit words
            self.fields.bytes_number(md2, md2 + (self.places.length(md2) & ~3) if md2 >= 0 else md2)
        self.output.char(_CLOSE)
        return WRITTEN

    def of(self, at: cython.int, offset: cython.int, size: cython.int, missing: cython.uint) -> cython.uint:
        """Return a number from a part's payload; `missing` if the part is absent."""
        if at < 0:
            return missing
        return cython.cast(cython.uint, self.fields.number(at + offset, size, True))

    def header(self, base: cython.int, flags: cython.uint, ttl: cython.uint) -> cython.int:
        """Write a header without its context words (format_nsh_key)."""
        self.output.literal(b"flags=")
        self.output.decimal(flags)
        self.output.literal(b",ttl=")
        self.output.decimal(ttl)
        self.output.literal(b",mdtype=")
        self.output.decimal(self.of(base, _MDTYPE, 1, 0))
        self.output.literal(b",np=")
        self.output.decimal(self.of(base, 3, 1, 0))
        self.output.literal(b",spi=")
        self.fields.prefixed(self.of(base, _SPI, 3, 0))
        self.output.literal(b",si=")
        return self.output.decimal(self.of(base, _SI, 1, 0))

    def contexts(self, md1: cython.int) -> cython.int:
        """Write the four context words."""
        i: cython.int
        for i in range(4):
            self.output.literal(b",c")
            self.output.char(49 + i)
            self.output.char(61)
            self.fields.prefixed(self.of(md1, 4 * i, 4, 0))
        return 0

    def masked(self, base: cython.int, base_mask: cython.int, md1: cython.int, md1_mask: cython.int, missing: cython.uint) -> cython.int:
        """Write the fields of which the mask has a bit (format_nsh_key_mask); missing: the mask of an absent part."""
        i: cython.int
        bits: cython.uint
        self.octet(b"flags=", self.of(base, 0, 1, 0), self.of(base_mask, 0, 1, missing & 0xFF))
        self.octet(b"ttl=", self.of(base, 1, 1, 0), self.of(base_mask, 1, 1, missing & 0xFF))
        self.octet(b"mdtype=", self.of(base, _MDTYPE, 1, 0), self.of(base_mask, _MDTYPE, 1, missing & 0xFF))
        self.octet(b"np=", self.of(base, 3, 1, 0), self.of(base_mask, 3, 1, missing & 0xFF))
        bits = self.of(base_mask, _SPI, 3, missing & 0xFFFFFF)
        if bits:
            self.output.literal(b"spi=")
            self.word(self.of(base, _SPI, 3, 0), bits, 0xFFFFFF)
        self.octet(b"si=", self.of(base, _SI, 1, 0), self.of(base_mask, _SI, 1, missing & 0xFF))
        for i in range(4):
            bits = self.of(md1_mask, 4 * i, 4, missing)
            if bits:
                self.output.char(99)
                self.output.char(49 + i)
                self.output.char(61)
                self.word(self.of(md1, 4 * i, 4, 0), bits, _EVERY_BIT)
        return self.fields.comma()

    def octet(self, label: cython.p_char, value: cython.uint, mask: cython.uint) -> cython.int:
        """Write a byte like format_uint8_masked; nothing if no bit counts."""
        if not mask:
            return 0
        self.output.literal(label)
        if mask == 0xFF:
            self.output.decimal(value)
        else:
            self.output.literal(b"0x")
            self.output.hex_byte(value)
            self.output.literal(b"/0x")
            self.output.hex_byte(mask)
        return self.output.char(_COMMA)

    def word(self, value: cython.uint, mask: cython.uint, full: cython.uint) -> cython.int:
        """Write a number like format_be32_masked."""
        shift: cython.int
        self.fields.prefixed(value)
        if mask != full:
            self.output.literal(b"/0x")
            for shift in range(24, -8, -8):
                self.output.hex_byte(mask >> shift & 0xFF)
        return self.output.char(_COMMA)
