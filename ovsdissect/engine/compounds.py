"""Reads what is not a plain attribute: what the capture cut, what is wrong, and values made of others that have rules of their own.

Methods return 0, or 1 if the message is left to the tree.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.codes import (
        ALIEN,
        BAD_BYTES,
        BAD_LENGTH,
        BYTES,
        CLOSE_LIST,
        CLOSE_OBJECT,
        DUPLICATE,
        FAULT,
        KEY_OF_FAULT,
        KEYED,
        LIST,
        MASKED,
        MAX_DEPTH,
        MAX_TOKENS,
        MISSING,
        NO_LIMIT,
        OPEN_LIST,
        OPEN_OBJECT,
        PACKET,
        PAD,
        PLAIN_BYTES,
        ROW,
        SET,
        SIZED,
        TOKEN,
        UNEXPECTED,
        VARIANT,
        WIRE,
    )
    from ovsdissect.engine.faults import Faults

if TYPE_CHECKING:
    from ovsdissect.engine.tables import Tables

_GREATEST = cython.declare(cython.int, 0x3FFF)  # NLA_TYPE_MASK


@cython.cclass
class Compounds:
    """The part of Reader that common messages do not need; its attributes are described there.

    What both need is Reader's, so that its own calls are direct: the methods here that return 1 without reading stand for those.
    """

    def __init__(self, tables: Tables) -> None:
        self.wires, self.rows, self.index = tables.wires, tables.rows, tables.index
        self.value_row, self.mask_row = tables.value_row, tables.mask_row
        self.unknown = tables.rows[tables.value_row * ROW]
        self.faults, self.strict = Faults(), False
        self.data = b""
        self.tokens = array("i", bytes(4 * TOKEN * MAX_TOKENS))
        self.firsts = array("i", bytes(4 * 64))
        self.count = self.depth = 0
        self.limit, self.cut, self.lost, self.whole_length = NO_LIMIT, -1, -1, 0

    # Reader's

    def host16(self, at: cython.int) -> cython.int:
        """Return a 16-bit number in host byte order."""
        return 1

    def number(self, at: cython.int, size: cython.int, network: cython.bint) -> cython.ulonglong:
        """Return a number of up to eight bytes, in network or host byte order."""
        return 1

    def token(self, what: cython.int, row: cython.int, start: cython.int, end: cython.int) -> cython.int:
        """Add a token."""
        return 1

    def close(self, what: cython.int, opened: cython.int) -> cython.int:
        """Add the token that closes the one at an index."""
        return 1

    def value(self, wire: cython.int, row: cython.int, start: cython.int, end: cython.int) -> cython.int:
        """Read one value of a wire type."""
        return 1

    def members(self, w: cython.int, start: cython.int) -> cython.int:
        """Read the members of a struct."""
        return 1

    def attributes(self, w: cython.int, op: cython.int, row: cython.int, start: cython.int, end: cython.int) -> cython.int:
        """Read a set."""
        return 1

    # What is wrong

    def undeclared(self, w: cython.int, kind: cython.int, start: cython.int, length: cython.int) -> cython.int:
        """Read an attribute that its set does not declare, given the set's index in `wires`."""
        fault: cython.int = self.faults.count
        before: cython.int
        if kind > _GREATEST or start + length > self.limit or self.strict:
            return 1
        if self.faults.add(ALIEN, self.count, start, length, kind, w // WIRE):
            return 1
        for before in range(fault):
            if self.faults.rows[before * FAULT] == ALIEN and self.faults.rows[before * FAULT + 4] == kind:
                return 1  # it may be a duplicate
        return self.token(self.unknown, KEY_OF_FAULT - fault, start + 4, start + length)

    def unused(self, start: cython.int, end: cython.int, numbers: cython.ulonglong, first: cython.int) -> cython.int:
        """Note top attributes that the command does not use, given their numbers as bits."""
        length: cython.int
        kind: cython.int
        while start < end:
            length = self.host16(start)
            kind = self.host16(start + 2) & 0x7FFF
            if kind < 64 and numbers >> kind & 1:
                if self.faults.add(UNEXPECTED, self.firsts[kind], start, length, 0, self.index[first + kind]):
                    return 1
            start += (length + 3) & ~3
        return 0

    def absent(self, start: cython.int, numbers: cython.ulonglong, first: cython.int) -> cython.int:
        """Note the top attribute that the command requires, given its number as a bit; more are left to the tree."""
        kind: cython.int = 0
        if numbers & (numbers - 1) or self.faults.count:
            return 1
        while not numbers >> kind & 1:
            kind += 1
        return self.faults.add(MISSING, 0, start, 0, 0, self.index[first + kind])

    def bad_length(self, row: cython.int, start: cython.int, end: cython.int, size: cython.int) -> cython.int:
        """Read an attribute that has another length than its type."""
        if row < 0 or row == self.value_row or row == self.mask_row or self.strict:
            return 1
        if self.faults.add(BAD_LENGTH, self.count, start, end - start, size, row):
            return 1
        return self.token(BAD_BYTES, row, start, end)

    def part_of_struct(self, w: cython.int, row: cython.int, start: cython.int, end: cython.int) -> cython.int:
        """Read a struct of another length than its type's: the complete members, and the bytes after them."""
        opened: cython.int = self.count
        fault: cython.int = self.faults.count
        after: cython.int = start
        at: cython.int
        r: cython.int
        if self.bad_length(row, start, end, self.wires[w + 1]):
            return 1
        self.tokens[opened * TOKEN] = OPEN_OBJECT
        for r in range(self.wires[w + 3], self.wires[w + 3] + self.wires[w + 4]):
            at = start + self.rows[r * ROW + 3]
            if at + self.wires[self.rows[r * ROW] * WIRE + 1] <= end:
                after = at + self.wires[self.rows[r * ROW] * WIRE + 1]
                if self.value(self.rows[r * ROW], r, at, after):
                    return 1
        if after < end and self.token(self.unknown, KEY_OF_FAULT - fault, after, end):
            return 1
        return self.close(CLOSE_OBJECT, opened)

    def alien(self, w: cython.int, kind: cython.int, start: cython.int, length: cython.int, ordered: cython.bint) -> cython.int:
        """Read an attribute that a nested set does not declare."""
        opened: cython.int = self.count
        if not ordered:
            return self.undeclared(w, kind, start, length)
        if self.token(OPEN_OBJECT, -1, start + 4, start + length) or self.undeclared(w, kind, start, length):
            return 1
        return self.close(CLOSE_OBJECT, opened)

    def repeated(self, row: cython.int, start: cython.int, length: cython.int) -> cython.int:
        """Read an attribute that occurs in its set for the second time."""
        fault: cython.int = self.faults.count
        if start + length > self.limit or self.strict or self.wires[self.rows[row * ROW] * WIRE] == PAD:
            return 1
        if self.faults.add(DUPLICATE, self.count, start, length, 2, row):
            return 1
        return self.value(self.rows[row * ROW], KEY_OF_FAULT - fault, start + 4, start + length)

    # What the capture cut

    def goes_on(self, token: cython.int, at: cython.int, end: cython.int) -> cython.int:
        """Note that an opening token's set, read up to `at`, goes on after the captured bytes. Returns 1 if it is left to the tree."""
        if at < self.limit or end <= self.limit:
            return 1
        if self.lost < 0:
            self.cut, self.lost, self.whole_length = token, end - self.limit, 0
        return 0

    def cut_off(self, wire: cython.int, row: cython.int, start: cython.int, end: cython.int) -> cython.int:
        """Note a value that continues after the captured bytes. Returns 1 if the tree must read it."""
        w: cython.int = wire * WIRE
        op: cython.int = self.wires[w]
        i: cython.int
        if op == SET or op == LIST or op == KEYED:
            return self.attributes(w, op, row, start, end)
        if op == SIZED:
            for i in range(self.wires[w + 4]):
                if self.index[self.wires[w + 3] + 2 * i] == end - start:
                    return self.cut_off(self.index[self.wires[w + 3] + 2 * i + 1], row, start, end)
            return 1
        if self.wires[w + 1] < 0 and op != BYTES and op != PACKET and op != VARIANT:
            return 1
        self.cut, self.lost, self.whole_length = self.count, end - self.limit, end - start
        return self.token(wire if op == BYTES or op == PACKET else BAD_BYTES, row, start, self.limit)

    # Values made of others

    def masked_set(self, w: cython.int, row: cython.int, start: cython.int, end: cython.int) -> cython.int:
        """Read a set whose attributes hold value and mask: the first halves as one object, the second halves as another."""
        half: cython.int
        at: cython.int
        length: cython.int
        kind: cython.int
        r: cython.int
        size: cython.int
        m: cython.int
        seen: cython.ulonglong
        one: cython.ulonglong = 1
        opened: cython.int = self.count
        inner: cython.int
        if self.depth >= MAX_DEPTH or self.token(OPEN_OBJECT, row, start, end):
            return 1
        self.depth += 1
        self.strict = True
        for half in range(2):
            inner = self.count
            if self.token(OPEN_OBJECT, self.mask_row if half else self.value_row, start, end):
                return 1
            at, seen = start, 0
            while at < end:
                if at + 4 > end:
                    return 1
                length = self.host16(at)
                kind = self.host16(at + 2) & 0x7FFF
                if length < 4 or at + length > end or kind > self.wires[w + 4]:
                    return 1
                r = self.index[self.wires[w + 3] + kind]
                if r < 0 or seen >> kind & 1:
                    return 1
                seen |= one << kind
                m = self.rows[r * ROW] * WIRE
                size = (length - 4) // 2
                if self.wires[m] != MASKED or (length & 1) or (self.wires[m + 1] >= 0 and self.wires[m + 1] != length - 4):
                    return 1
                if self.value(self.wires[m + 3 + half], r, at + 4 + half * size, at + 4 + (half + 1) * size):
                    return 1
                at += (length + 3) & ~3
            if self.close(CLOSE_OBJECT, inner):
                return 1
        self.depth -= 1
        self.strict = False
        return self.close(CLOSE_OBJECT, opened)

    def options(self, w: cython.int, row: cython.int, start: cython.int, end: cython.int) -> cython.int:
        """Read options of variable length, each a head and as many words of data as its last member says."""
        at: cython.int
        after: cython.int
        r: cython.int = self.wires[w + 4]
        opened: cython.int = self.count
        inner: cython.int
        if self.token(OPEN_LIST, row, start, end):
            return 1
        while start < end:
            at = start + self.wires[w + 5]
            if at > end:
                return 1
            after = at + 4 * (self.data[at - 1] >> self.wires[w + 6] & self.wires[w + 7])
            inner = self.count
            if after > end or self.token(OPEN_OBJECT, -1, start, after) or self.members(self.wires[w + 3] * WIRE, start):
                return 1
            if self.value(self.rows[r * ROW], r, at, after) or self.close(CLOSE_OBJECT, inner):
                return 1
            start = after
        return self.close(CLOSE_LIST, opened)

    def variant(self, w: cython.int, row: cython.int, start: cython.int, end: cython.int) -> cython.int:
        """Read a union with a tag; bytes that fit no case stay bytes."""
        head: cython.int = self.wires[w + 3] * WIRE
        size: cython.int = self.wires[head + 1]
        tag: cython.int = self.rows[self.wires[head + 3] * ROW] * WIRE  # the head's first member
        i: cython.int
        r: cython.int
        after: cython.int
        value: cython.ulonglong
        opened: cython.int = self.count
        if end - start >= size and (self.wires[w + 6] < 0 or self.wires[w + 6] == end - start):
            value = self.number(start, self.wires[tag + 1], self.wires[tag + 2])
            for i in range(self.wires[w + 5]):
                if cython.cast(cython.ulonglong, self.index[self.wires[w + 4] + 2 * i]) == value:
                    r = self.index[self.wires[w + 4] + 2 * i + 1]
                    after = start + size + self.wires[self.rows[r * ROW] * WIRE + 1]
                    if after > end:
                        break
                    if self.token(OPEN_OBJECT, row, start, end) or self.members(head, start):
                        return 1
                    if self.value(self.rows[r * ROW], r, start + size, after):
                        return 1
                    return self.close(CLOSE_OBJECT, opened)
        return self.token(PLAIN_BYTES, row, start, end)
