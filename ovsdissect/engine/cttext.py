# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""ct() and nat() as text: the compiled form of ovsdissect.odp.ct. Combinations for which OVS prints a sentence are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.fieldtext import FieldText
    from ovsdissect.engine.odp_codes import (
        ALL_BITS,
        AT_ACTION,
        AT_NAT,
        CT_COMMIT,
        CT_FORCE_COMMIT,
        CT_HELPER,
        CT_LABELS,
        CT_MARK,
        CT_NAT,
        CT_TIMEOUT,
        CT_ZONE,
        NAT_DST,
        NAT_HASH,
        NAT_IP_MAX,
        NAT_IP_MIN,
        NAT_PERSISTENT,
        NAT_PROTO_MAX,
        NAT_PROTO_MIN,
        NAT_RANDOM,
        NAT_SRC,
        NO_BITS,
        REFUSED,
        WRITTEN,
    )
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.places import Places
    from ovsdissect.engine.reader import Reader

if TYPE_CHECKING:
    from ovsdissect.engine.odp_tables import OdpTables

_COMMA = cython.declare(cython.int, 44)
_MINUS = cython.declare(cython.int, 45)
_SLASH = cython.declare(cython.int, 47)
_COLON = cython.declare(cython.int, 58)
_CLOSE = cython.declare(cython.int, 41)


@cython.final
@cython.cclass
class CtText:
    """Writes `ct(...)`."""

    def __init__(self, tables: OdpTables, reader: Reader, output: Output, places: Places, fields: FieldText) -> None:
        self.reader, self.output, self.places, self.fields = reader, output, places, fields
        self.set, self.nat_set, self.timeout_comma = tables.ct, tables.nat, tables.release.ct_timeout_comma

    def ct(self, start: cython.int, end: cython.int) -> cython.int:
        """Write a ct action: its parts in OVS's order, each followed by a comma. Returns a status of odp_codes.py."""
        at: cython.int
        if self.places.gather(self.set, AT_ACTION, start, end):
            return REFUSED
        self.output.literal(b"ct(")
        if self.places.has(AT_ACTION, CT_COMMIT):
            self.output.literal(b"commit,")
        if self.places.has(AT_ACTION, CT_FORCE_COMMIT):
            self.output.literal(b"force_commit,")
        at = self.places.start(AT_ACTION, CT_ZONE)
        if at >= 0 and self.reader.host16(at):
            self.output.literal(b"zone=")
            self.output.decimal(self.reader.host16(at))
            self.output.char(_COMMA)
        at = self.places.start(AT_ACTION, CT_MARK)
        if at >= 0:
            self.output.literal(b"mark=")
            self.fields.hash_hex(self.reader.host32(at))
            self.output.char(_SLASH)
            self.fields.hash_hex(self.reader.host32(at + 4))
            self.output.char(_COMMA)
        at = self.places.start(AT_ACTION, CT_LABELS)
        if at >= 0:
            self.output.literal(b"label=")
            self.fields.wide(at)
            if self.fields.extent(at + 16, 16) != ALL_BITS:
                self.output.char(_SLASH)
                self.fields.wide(at + 16)
            self.output.char(_COMMA)
        at = self.places.start(AT_ACTION, CT_HELPER)
        if at >= 0:
            self.output.literal(b"helper=")
            if self.string(at):
                return REFUSED
        at = self.places.start(AT_ACTION, CT_TIMEOUT)
        if at >= 0:
            self.output.literal(b"timeout=")
            if self.string(at):
                return REFUSED
            if not self.timeout_comma and self.places.has(AT_ACTION, CT_NAT):
                self.fields.comma()
        at = self.places.start(AT_ACTION, CT_NAT)
        if at >= 0 and self.nat(at, at + self.places.length(at)):
            return REFUSED
        # the last comma becomes the closing parenthesis; without parts the parenthesis is removed
        self.output.used -= 1
        if self.output.out[self.output.used] == _COMMA:
            self.output.char(_CLOSE)
        return WRITTEN

    def string(self, at: cython.int) -> cython.int:
        """Write a NUL-terminated string and a comma. Returns a status of odp_codes.py."""
        end: cython.int = at + self.places.length(at) - 1
        if self.reader.data[end] or self.fields.string(at, end):
            return REFUSED
        self.output.char(_COMMA)
        return WRITTEN

    def nat(self, start: cython.int, end: cython.int) -> cython.int:
        """Write nat() and a comma. Returns a status of odp_codes.py."""
        low: cython.int
        high: cython.int
        source: cython.bint
        port: cython.uint
        last_port: cython.uint
        if self.places.gather(self.nat_set, AT_NAT, start, end):
            return REFUSED
        if start == end:
            self.output.literal(b"nat,")
            return WRITTEN
        source = self.places.has(AT_NAT, NAT_SRC)
        if source == self.places.has(AT_NAT, NAT_DST):
            return REFUSED
        low, high = self.places.start(AT_NAT, NAT_IP_MIN), self.places.start(AT_NAT, NAT_IP_MAX)
        if self.places.has(AT_NAT, NAT_PROTO_MAX) and not self.places.has(AT_NAT, NAT_PROTO_MIN):
            return REFUSED
        if low < 0 and (high >= 0 or self.places.has(AT_NAT, NAT_PROTO_MIN)):
            return REFUSED
        self.output.literal(b"nat(src" if source else b"nat(dst")
        port, last_port = self.port(NAT_PROTO_MIN), self.port(NAT_PROTO_MAX)
        if last_port and port > last_port:
            return REFUSED
        if low >= 0 and self.range(low, high, port, last_port):
            return REFUSED
        if self.places.has(AT_NAT, NAT_PERSISTENT):
            self.output.literal(b",persistent")
        if self.places.has(AT_NAT, NAT_HASH):
            self.output.literal(b",hash")
        if self.places.has(AT_NAT, NAT_RANDOM):
            self.output.literal(b",random")
        self.output.char(_CLOSE)
        self.output.char(_COMMA)
        return WRITTEN

    def range(self, low: cython.int, high: cython.int, port: cython.uint, last_port: cython.uint) -> cython.int:
        """Write `=` and a range of addresses and ports. Returns a status of odp_codes.py.

        An upper end that is zero or equals the lower end is left out.
        """
        size: cython.int = self.places.length(low)
        order: cython.int
        if (size != 4 and size != 16) or (high >= 0 and self.places.length(high) != size):
            return REFUSED
        self.output.char(61)
        self.address(low, port != 0)
        if high >= 0 and self.fields.extent(high, size) != NO_BITS:
            order = self.order(low, high, size)
            if order > 0:
                return REFUSED
            if order < 0:
                self.output.char(_MINUS)
                self.address(high, port != 0)
        if port:
            self.output.char(_COLON)
            self.output.decimal(port)
            if last_port and last_port != port:
                self.output.char(_MINUS)
                self.output.decimal(last_port)
        return WRITTEN

    def address(self, at: cython.int, bracketed: cython.bint) -> cython.int:
        """Write an address; an IPv6 one in brackets if a port follows."""
        if self.places.length(at) == 4:
            return self.output.ipv4(self.reader.data, at)
        if bracketed:
            self.output.char(91)
        self.output.ipv6(self.reader.data, at)
        if bracketed:
            self.output.char(93)
        return 0

    def order(self, low: cython.int, high: cython.int, size: cython.int) -> cython.int:
        """Compare two addresses: negative if the first is lower, positive if it is higher, 0 if they are equal."""
        i: cython.int
        for i in range(size):
            if self.reader.data[low + i] != self.reader.data[high + i]:
                return -1 if self.reader.data[low + i] < self.reader.data[high + i] else 1
        return 0

    def port(self, slot: cython.int) -> cython.uint:
        """Return a port, 0 if there is none."""
        at: cython.int = self.places.start(AT_NAT, slot)
        return self.reader.host16(at) if at >= 0 else 0
