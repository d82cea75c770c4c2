"""The strict reader: a message's attributes become tokens, or the message is refused. All checks are here.

A token is five integers: what it is (a wire type of the tables, or OPEN_OBJECT ... of codes.py), its row (-1: no key; -2 - n: the number n
is its key), the start and the end of its bytes and, for an opening token, the index of its closing one.
A back end that reads tokens can no longer fail on captured bytes.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.codes import (
        ARRAY,
        CLOSE_LIST,
        CLOSE_OBJECT,
        DEEP,
        ENUM,
        KEYED,
        LIST,
        MASKED,
        MASKED_SET,
        MAX_DEPTH,
        NO_LIMIT,
        OPEN_LIST,
        OPEN_OBJECT,
        OPTIONS,
        PAD,
        REFUSE,
        ROW,
        SET,
        SIZED,
        STRUCT,
        TEXT,
        VARIANT,
        WIRE,
    )
    from ovsdissect.engine.compounds import masked_set, options, variant
    from ovsdissect.engine.defects import alien, bad_length, cut_off, goes_on, part_of_struct, repeated
    from ovsdissect.engine.reading import Reading

if TYPE_CHECKING:
    from ovsdissect.engine.tables import Tables


@cython.final
@cython.cclass
class Reader(Reading):
    """The tokens of one message at a time.

    data, big: the buffer and its host's byte order; last: where the record's bytes end. The code that walks over them sets all three.
    there: one bit per top attribute present; starts, ends: where their payloads begin and end; firsts: their first tokens. lossy: flags or
    padding attributes, which have no tokens, are present.
    shallow: the depth in a message from which structs and arrays become one token each, unless their members are wanted; whole: the same
    for what is being read.
    limit: where the captured bytes end, if the message continues after them. cut: for such a message, the token at which they end: a value
    that lacks bytes, or an opening token whose set continues; -1 for the message's own set. lost: how many bytes it lacks, -1 if none;
    whole_length: of how many, 0 for a set.
    faults: what is wrong with it. strict: what is being read is left to the tree if anything is.
    """

    def __init__(self, tables: Tables) -> None:
        Reading.__init__(self, tables)
        self.parts, self.commands = tables.parts, tables.commands
        self.last = 0
        self.starts, self.ends, self.firsts = (array("i", bytes(4 * 64)) for _ in range(3))
        self.shallow = self.whole = DEEP
        self.there = 0
        self.lossy = False

    def begin(self) -> cython.int:
        """Forget what was read before; from now on everything is read down to the last member."""
        self.count = self.depth = self.faults.count = 0
        self.there = 0
        self.lossy = self.strict = False
        self.whole = DEEP
        self.limit, self.cut, self.lost, self.whole_length = NO_LIMIT, -1, -1, 0
        return 0

    # Numbers in captured bytes

    def number(self, at: cython.int, size: cython.int, network: cython.bint) -> cython.ulonglong:
        """Return a number of up to eight bytes, in network or host byte order."""
        value: cython.ulonglong = 0
        i: cython.int
        if size == 4:
            return self.big32(at) if network or self.big else self.little32(at)
        if network or self.big:
            for i in range(size):
                value = value << 8 | self.data[at + i]
        else:
            for i in range(size - 1, -1, -1):
                value = value << 8 | self.data[at + i]
        return value

    def extended_sign(self, at: cython.int, size: cython.int, network: cython.bint) -> cython.ulonglong:
        """Return a two's complement number, sign-extended to 64 bits."""
        value: cython.ulonglong = self.number(at, size, network)
        if size < 8 and value >> (8 * size - 1) & 1:
            value |= cython.cast(cython.ulonglong, -1) << 8 * size
        if not cython.compiled and size == 8 and value >> 63:
            value -= 1 << 64  # as the caller's cast does in C
        return value

    def name(self, w: cython.int, at: cython.int, size: cython.int) -> cython.int:
        """Return the index, in `index`, of the name of an enumeration's value; -1 if it has none."""
        value: cython.longlong
        place: cython.int
        if self.wires[w + 7]:
            value = cython.cast(cython.longlong, self.extended_sign(at, size, self.wires[w + 2]))
        else:
            value = cython.cast(cython.longlong, self.number(at, size, self.wires[w + 2]))
        value -= self.wires[w + 6]
        if value < 0 or value > self.wires[w + 4]:
            return -1
        place = self.wires[w + 3] + 2 * cython.cast(cython.int, value)
        return place if self.index[place + 1] >= 0 else -1

    # Reading: methods return 0, or 1 if the message is refused

    def value(self, wire: cython.int, row: cython.int, start: cython.int, end: cython.int) -> cython.int:
        """Read one value of a wire type."""
        w: cython.int = wire * WIRE
        op: cython.int = self.wires[w]
        size: cython.int = self.wires[w + 1]
        at: cython.int
        if end > self.limit:
            return cut_off(self, wire, row, start, end)
        if op >= SET:
            return self.compound(w, op, row, start, end)
        if size >= 0 and size != end - start:
            return 1 if op == REFUSE else bad_length(self, row, start, end, size)
        if op == ENUM:
            if self.wires[w + 5] and self.name(w, start, size) < 0:
                return 1
        elif op == TEXT:
            if end <= start or self.data[end - 1] != 0:
                return 1
            for at in range(start, end - 1):
                if self.data[at] < 32 or self.data[at] > 126 or self.data[at] == 34 or self.data[at] == 92:
                    return 1
        elif op == REFUSE:
            return 1
        elif op == PAD:
            self.lossy = True
            return 0
        return self.token(wire, row, start, end)

    def compound(self, w: cython.int, op: cython.int, row: cython.int, start: cython.int, end: cython.int) -> cython.int:
        """Read a value that is made of others."""
        i: cython.int
        size: cython.int
        opened: cython.int = self.count
        if op == STRUCT:
            if self.wires[w + 1] != end - start:
                return part_of_struct(self, w, row, start, end)
            if self.depth >= self.whole and self.wires[w + 6] >= 0:
                return 1 if self.unnamed(w, start) else self.token(w // WIRE, row, start, end)
            if self.token(OPEN_OBJECT, row, start, end) or self.members(w, start):
                return 1
            return self.close(CLOSE_OBJECT, opened)
        if op == SET or op == LIST or op == KEYED:
            return self.attributes(w, op, row, start, end)
        if op == MASKED:
            size = (end - start) // 2
            if (end - start) & 1 or (self.wires[w + 1] >= 0 and self.wires[w + 1] != end - start):
                return 1
            if self.wires[self.wires[w + 3] * WIRE] == PAD or self.token(OPEN_OBJECT, row, start, end):
                return 1
            if self.value(self.wires[w + 3], self.value_row, start, start + size):
                return 1
            if self.value(self.wires[w + 4], self.mask_row, start + size, end):
                return 1
            return self.close(CLOSE_OBJECT, opened)
        if op == MASKED_SET:
            return masked_set(self, w, row, start, end)
        if op == SIZED:
            for i in range(self.wires[w + 4]):
                if self.index[self.wires[w + 3] + 2 * i] == end - start:
                    return self.value(self.index[self.wires[w + 3] + 2 * i + 1], row, start, end)
            return 1 if self.wires[w + 5] < 0 else self.value(self.wires[w + 5], row, start, end)
        if op == ARRAY:
            size = self.wires[w + 4]
            if (end - start) % size or (self.wires[w + 1] >= 0 and self.wires[w + 1] != end - start):
                return 1
            if self.depth >= self.whole and self.wires[w + 5]:
                return self.token(w // WIRE, row, start, end)
            if self.token(OPEN_LIST, row, start, end):
                return 1
            for i in range((end - start) // size):
                if self.value(self.wires[w + 3], -1, start + i * size, start + (i + 1) * size):
                    return 1
            return self.close(CLOSE_LIST, opened)
        if op == VARIANT:
            return variant(self, w, row, start, end)
        if op == OPTIONS:
            return options(self, w, row, start, end)
        return 1

    def members(self, w: cython.int, start: cython.int) -> cython.int:
        """Read the members of a struct."""
        r: cython.int
        at: cython.int
        for r in range(self.wires[w + 3], self.wires[w + 3] + self.wires[w + 4]):
            at = start + self.rows[r * ROW + 3]
            if self.value(self.rows[r * ROW], r, at, at + self.wires[self.rows[r * ROW] * WIRE + 1]):
                return 1
        return 0

    def unnamed(self, w: cython.int, start: cython.int) -> cython.int:
        """Return whether a member of a struct has a value without a name, though it must have one."""
        r: cython.int
        wire: cython.int
        for r in range(self.wires[w + 5], self.wires[w + 5] + self.wires[w + 6]):
            wire = self.rows[r * ROW] * WIRE
            if self.name(wire, start + self.rows[r * ROW + 3], self.wires[wire + 1]) < 0:
                return 1
        return 0

    def attributes(self, w: cython.int, op: cython.int, row: cython.int, start: cython.int, end: cython.int) -> cython.int:
        """Read a set.

        Its tokens are an object; a list of one-key objects if order has a meaning; a list if all have one type; an object if numbers are
        keys.
        """
        head: cython.uint
        length: cython.int
        kind: cython.int
        r: cython.int
        inner: cython.int
        opened: cython.int = self.count
        seen: cython.ulonglong = 0
        twice: cython.ulonglong = 0
        again: cython.int
        one: cython.ulonglong = 1
        ordered: cython.bint = op == SET and self.wires[w + 5] != 0
        listed: cython.bint = ordered or op == LIST
        if self.depth >= MAX_DEPTH or self.token(OPEN_LIST if listed else OPEN_OBJECT, row, start, end if end < self.limit else self.limit):
            return 1
        self.depth += 1
        while start < end:
            if start + 4 > end or start + 4 > self.limit:
                if self.limit < end and not goes_on(self, opened, start, end):
                    break
                return 1
            head = self.host32(start)
            length, kind = cython.cast(cython.int, head & 0xFFFF), cython.cast(cython.int, head >> 16 & 0x7FFF)
            if self.big:
                length, kind = cython.cast(cython.int, head >> 16), cython.cast(cython.int, head & 0x7FFF)
            self.lossy |= (head >> 15 if self.big else head >> 31) & 1
            if length < 4 or start + length > end or kind & 0x4000:
                return 1
            if op == LIST:
                if self.value(self.wires[w + 3], -1, start + 4, start + length):
                    return 1
            elif op == KEYED:
                if kind > 63 or seen >> kind & 1:
                    return 1
                seen |= one << kind
                if self.value(self.wires[w + 3], -2 - kind, start + 4, start + length):
                    return 1
            else:
                r = self.index[self.wires[w + 3] + kind] if kind <= self.wires[w + 4] else -1
                if r < 0:
                    if alien(self, w, kind, start, length, ordered):
                        return 1
                elif not ordered:
                    again = seen >> kind & 1
                    seen |= one << kind
                    if again:
                        if twice >> kind & 1 or repeated(self, r, start, length):
                            return 1
                        twice |= one << kind
                    elif self.value(self.rows[r * ROW], r, start + 4, start + length):
                        return 1
                elif self.wires[self.rows[r * ROW] * WIRE] != PAD:
                    inner = self.count
                    if self.token(OPEN_OBJECT, -1, start + 4, start + length if start + length < self.limit else self.limit):
                        return 1
                    if self.value(self.rows[r * ROW], r, start + 4, start + length) or self.close(CLOSE_OBJECT, inner):
                        return 1
                elif self.limit == NO_LIMIT:
                    self.lossy = True
                else:
                    return 1
            start += (length + 3) & ~3
        self.depth -= 1
        return self.close(CLOSE_LIST if listed else CLOSE_OBJECT, opened)
