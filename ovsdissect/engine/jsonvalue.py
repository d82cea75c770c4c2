"""Tokens as JSON: attributes and members under their rows' keys, values spelled as the tree's JSON spells them."""

from __future__ import annotations

import cython

if not cython.compiled:
    from ovsdissect.engine.codes import (
        BAD_BYTES,
        BITS,
        CLOSE_LIST,
        CLOSE_OBJECT,
        ENUM,
        FLAG,
        FLAGS,
        HEX,
        INT,
        IPV4,
        IPV6,
        LABEL,
        MAC,
        OPEN_LIST,
        OPEN_OBJECT,
        PACKET,
        PART,
        PLAIN_BYTES,
        RESERVE,
        ROW,
        TEXT,
        TOKEN,
        UINT,
        UUID,
        WIRE,
        WORDS,
    )
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.reader import Reader

from ovsdissect.engine.faultkeys import FaultKeys


@cython.final
@cython.cclass
class Json:
    """Writes tokens as JSON."""

    def __init__(self, reader: Reader, output: Output) -> None:
        self.reader, self.output, self.keys = reader, output, FaultKeys(reader, output)

    def write(self, first: cython.int, last: cython.int) -> cython.int:
        """Write the tokens from number `first` up to, but not including, `last`. Returns 1 if there is no room."""
        t: cython.int
        what: cython.int
        row: cython.int
        start: cython.int
        end: cython.int
        needed: cython.int
        n: cython.int
        for n in range(first, last):
            t = n * TOKEN
            end = self.reader.tokens[t + 3]
            if cython.compiled:
                # the last token was accessed first
                token: cython.p_int = cython.address(self.reader.tokens[t])
                what, row, start = token[0], token[1], token[2]
            else:
                what, row, start = self.reader.tokens[t : t + 3]
            if what == CLOSE_OBJECT:
                self.output.char(125)
                continue
            if what == CLOSE_LIST:
                self.output.char(93)
                continue
            # tables.py asserts that a leaf takes less than RESERVE, apart from two digits for each of its bytes
            needed = RESERVE if what == OPEN_OBJECT or what == OPEN_LIST else 2 * (end - start) + RESERVE
            if self.output.used + needed > self.output.capacity:
                return 1
            if what >= 0 and self.reader.wires[what * WIRE] == BITS and self.reader.wires[what * WIRE + 5]:
                self.bits(what * WIRE, self.reader.number(start, end - start, self.reader.wires[what * WIRE + 2]))
                continue
            if row >= 0:
                self.output.key(self.reader.rows[row * ROW + 1], self.reader.rows[row * ROW + 2])
            else:
                self.output.key(0, 0)
                if row < -1:
                    self.output.char(34)
                    self.keys.key(row)
                    self.output.char(34)
                    self.output.char(58)
            if what == OPEN_OBJECT:
                self.output.char(123)
            elif what == OPEN_LIST:
                self.output.char(91)
            elif what == PLAIN_BYTES or what == BAD_BYTES:
                self.output.literal(b'{"undecoded":"')
                self.output.hex_digits(self.reader.data, start, end)
                self.output.literal(b'"}')
            elif self.reader.wires[what * WIRE] == BITS:
                self.output.char(123)
                self.leaf(what, start, end)
                self.output.char(125)
            else:
                self.leaf(what, start, end)
        return 0

    def leaf(self, wire: cython.int, start: cython.int, end: cython.int) -> cython.int:
        """Write a leaf's value."""
        w: cython.int = wire * WIRE
        op: cython.int = self.reader.wires[w]
        size: cython.int = end - start
        network: cython.bint = self.reader.wires[w + 2]
        place: cython.int
        if op == UINT:
            return self.output.decimal(self.reader.number(start, size, network))
        if op == INT:
            return self.output.integer(cython.cast(cython.longlong, self.reader.extended_sign(start, size, network)))
        if op == FLAGS:
            return self.flags(wire, self.reader.number(start, size, network))
        if op == ENUM:
            place = self.reader.name(w, start, size)
            if place >= 0:
                return self.output.text(self.reader.index[place], self.reader.index[place + 1])
            self.output.char(34)
            if self.reader.wires[w + 7]:
                self.output.integer(cython.cast(cython.longlong, self.reader.extended_sign(start, size, network)))
            else:
                self.output.decimal(self.reader.number(start, size, network))
            return self.output.char(34)
        if op == BITS:
            return self.bits(w, self.reader.number(start, size, network))
        if op == PACKET:
            self.output.literal(b'{"length":')
            self.output.decimal(self.reader.whole_length if end == self.reader.limit and self.reader.whole_length else size)
            self.output.literal(b',"hex":"')
            self.output.hex_digits(self.reader.data, start, end)
            self.output.char(34)
            return self.output.char(125)
        if op == FLAG:
            return self.output.literal(b"true")
        self.output.char(34)
        self.quoted(w, start, end)
        return self.output.char(34)

    def quoted(self, w: cython.int, start: cython.int, end: cython.int) -> cython.int:
        """Write the text inside a value's quotes; w: index of its wire type in `wires`."""
        op: cython.int = self.reader.wires[w]
        if op == HEX:
            self.output.literal(b"0x")
            self.output.hex_number(self.reader.number(start, end - start, self.reader.wires[w + 2]))
        elif op == LABEL:
            self.output.literal(b"0x")
            self.output.label(self.reader.data, start, self.reader.big)
        elif op == IPV4:
            self.output.ipv4(self.reader.data, start)
        elif op == IPV6:
            self.output.ipv6(self.reader.data, start)
        elif op == MAC:
            self.output.mac(self.reader.data, start)
        elif op == UUID:
            self.output.uuid(self.reader.data, start, True)
        elif op == WORDS:
            self.output.uuid(self.reader.data, start, self.reader.big)
        elif op == TEXT:
            self.output.raw(self.reader.data, start, end - 1)
        else:
            self.output.hex_digits(self.reader.data, start, end)
        return 0

    def flags(self, wire: cython.int, value: cython.ulonglong) -> cython.int:
        """Write the names of the set bits."""
        place: cython.int = self.reader.wires[wire * WIRE + 3]
        first: cython.bint = True
        self.output.char(91)
        while value:
            if value & 1:
                if not first:
                    self.output.char(44)
                first = False
                self.output.text(self.reader.index[place], self.reader.index[place + 1])
            value >>= 1
            place += 2
        return self.output.char(93)

    def bits(self, w: cython.int, value: cython.ulonglong) -> cython.int:
        """Write the slices of an integer as members of an object."""
        p: cython.int
        part: cython.ulonglong
        one: cython.ulonglong = 1
        rest: cython.ulonglong = value
        n: cython.int
        for n in range(self.reader.wires[w + 4]):
            p = (self.reader.wires[w + 3] + n) * PART
            self.output.key(self.reader.parts[p], self.reader.parts[p + 1])
            part = value >> self.reader.parts[p + 2] & ((one << self.reader.parts[p + 3]) - 1)
            rest &= ~(((one << self.reader.parts[p + 3]) - 1) << self.reader.parts[p + 2])
            if self.reader.parts[p + 4] == 0:
                self.output.decimal(part)
            elif self.reader.parts[p + 4] == 1:
                if part:
                    self.output.literal(b"true")
                else:
                    self.output.literal(b"false")
            else:
                self.output.literal(b'"0x')
                self.output.hex_number(part)
                self.output.char(34)
        if rest:
            self.output.key(0, 0)
            self.output.literal(b'"reserved":"0x')
            self.output.hex_number(rest)
            self.output.char(34)
        return 0
