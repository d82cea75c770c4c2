# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""userspace() and its cookie as text: the compiled form of ovsdissect.odp.userspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.fieldtext import FieldText
    from ovsdissect.engine.odp_codes import (
        AT_ACTION,
        COOKIE,
        COOKIE_FLOW_SAMPLE,
        COOKIE_SFLOW,
        COOKIE_SLOW_PATH,
        FIELD,
        NO_TEXT,
        PORT_NAME,
        REFUSED,
        USERSPACE_ACTIONS,
        USERSPACE_PID,
        USERSPACE_PORT,
        USERSPACE_USERDATA,
        WRITTEN,
    )
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.places import Places
    from ovsdissect.engine.reader import Reader

if TYPE_CHECKING:
    from ovsdissect.engine.odp_tables import OdpTables

_COMMA = cython.declare(cython.int, 44)
_CLOSE = cython.declare(cython.int, 41)
_INGRESS = cython.declare(cython.uint, 1)
_EGRESS = cython.declare(cython.uint, 2)


@cython.final
@cython.cclass
class UserspaceText:
    """Writes `userspace(...)`, with the content of its cookie. Methods return a status of odp_codes.py."""

    def __init__(self, tables: OdpTables, reader: Reader, output: Output, places: Places, fields: FieldText) -> None:
        self.reader, self.output, self.places, self.fields = reader, output, places, fields
        self.rows, self.cookies, self.set, self.size = tables.fields, tables.cookies, tables.userspace, tables.cookie_size
        self.cases = len(tables.cookies) // COOKIE
        self.reasons, self.reason_count = tables.reasons, tables.reason_count

    def userspace(self, start: cython.int, end: cython.int, named: cython.bint) -> cython.int:
        """Write the action; named: show ports by name."""
        at: cython.int
        if self.places.gather(self.set, AT_ACTION, start, end) or not self.places.has(AT_ACTION, USERSPACE_PID):
            return REFUSED
        self.output.literal(b"userspace(pid=")
        self.output.decimal(self.reader.host32(self.places.start(AT_ACTION, USERSPACE_PID)))
        at = self.places.start(AT_ACTION, USERSPACE_USERDATA)
        if at >= 0:
            self.output.char(_COMMA)
            if self.cookie(at, at + self.places.length(at), named):
                return REFUSED
        if self.places.has(AT_ACTION, USERSPACE_ACTIONS):
            self.output.literal(b",actions")
        at = self.places.start(AT_ACTION, USERSPACE_PORT)
        if at >= 0:
            self.output.literal(b",tunnel_out_port=")
            if self.fields.port(self.reader.host32(at), named):
                return REFUSED
        self.output.char(_CLOSE)
        return WRITTEN

    def cookie(self, start: cython.int, end: cython.int, named: cython.bint) -> cython.int:
        """Write a cookie of ovs-vswitchd's own, or the bytes of another one."""
        row: cython.int = 0
        form: cython.int = NO_TEXT
        value: cython.uint
        if end - start == self.size and cython.cast(cython.uint, self.reader.host16(start)) < self.cases:
            row = self.reader.host16(start) * COOKIE
            form = self.cookies[row]
        if form == NO_TEXT:
            self.output.literal(b"userdata(")
            self.output.hex_digits(self.reader.data, start, end)
            self.output.char(_CLOSE)
            return WRITTEN
        self.output.text(self.cookies[row + 1], self.cookies[row + 2])
        if form == COOKIE_SFLOW:
            value = cython.cast(cython.uint, self.fields.number(start + self.cookies[row + 5], 2, True))
            self.output.literal(b"vid=")
            self.output.decimal(value & 0xFFF)
            self.output.literal(b",pcp=")
            self.output.decimal(value >> 13)
            self.output.char(_COMMA)
        elif form == COOKIE_SLOW_PATH:
            self.fields.flags(self.reader.host32(start + self.cookies[row + 5]), self.reasons, self.reason_count, _COMMA)
        if self.members(self.cookies[row + 3], self.cookies[row + 4], start, named):
            return REFUSED
        if form == COOKIE_FLOW_SAMPLE:
            value = self.reader.host32(start + self.cookies[row + 5])
            if value == _INGRESS:
                self.output.literal(b",ingress")
            elif value == _EGRESS:
                self.output.literal(b",egress")
        self.output.char(_CLOSE)
        return WRITTEN

    def members(self, first: cython.int, count: cython.int, start: cython.int, named: cython.bint) -> cython.int:
        """Write members of a cookie, separated by commas."""
        i: cython.int
        f: cython.int
        at: cython.int
        for i in range(count):
            f = (first + i) * FIELD
            if i:
                self.output.char(_COMMA)
            self.output.text(self.rows[f], self.rows[f + 1])
            at = start + self.rows[f + 3]
            if self.rows[f + 2] == PORT_NAME:
                if self.fields.port(self.reader.host32(at), named):
                    return REFUSED
            else:
                self.fields.value(self.rows[f + 2], at, self.rows[f + 4], self.rows[f + 5] != 0)
        return WRITTEN
