"""Tests a value against a rule of a display filter: numbers by ranges, bytes by tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.codes import LABEL, TEXT, WIRE, WORDS
    from ovsdissect.engine.matchcodes import (
        ALWAYS,
        CONTAINS,
        EQUAL,
        FILLED,
        HAS,
        LESS,
        MORE,
        NAMED,
        NEVER,
        NO,
        NONZERO,
        NOT_LESS,
        NOT_MORE,
        OCTETS,
        OPEN_TEST,
        RANGE,
        RULE,
        SCRATCH,
        TEST,
        UNEQUAL,
        UNSURE,
        YES,
    )
    from ovsdissect.engine.walk import Walk

if TYPE_CHECKING:
    from ovsdissect.engine.conditions import Conditions

_SIGN = cython.declare(cython.ulonglong, 1 << 63)
_ABSENT = cython.declare(cython.int, -1)
_OPEN = cython.declare(cython.int, -2)
_LONGEST = cython.declare(cython.int, 1024)  # bytes of a name at most
_NO_PORT = cython.declare(cython.ulonglong, 0xFFFFFFFF)


@cython.final
@cython.cclass
class Rules:
    """The rules of one filter, applied to a reader's bytes or to a copy of some of them in `scratch`. Methods return NO, YES or UNSURE.

    datapath: the message's, to which the names of ports belong.
    """

    def __init__(self, walk: Walk, conditions: Conditions) -> None:
        self.walk, self.reader = walk, walk.reader
        self.datapath = 0
        self.rules, self.ranges, self.tests, self.cuts = conditions.rules, conditions.ranges, conditions.tests, conditions.cuts
        self.constants = conditions.constants
        self.scratch = bytearray(SCRATCH)

    def number(self, rule: cython.int, value: cython.ulonglong) -> cython.int:
        """Test a number, given in 64 bits and two's complement if it is signed."""
        r: cython.int = rule * RULE
        i: cython.int
        kept: cython.ulonglong
        bias: cython.ulonglong = _SIGN if self.rules[r + 3] else 0
        if self.rules[r] == NAMED:
            return self.named(rule, value)
        for i in range(self.rules[r + 1], self.rules[r + 1] + self.rules[r + 2]):
            kept = (value & self.ranges[i * RANGE]) ^ bias
            if self.ranges[i * RANGE + 1] <= kept <= self.ranges[i * RANGE + 2]:
                return YES
        return NO

    def named(self, rule: cython.int, value: cython.ulonglong) -> cython.int:
        """Test the name of a datapath, or of a port of the message's datapath."""
        r: cython.int = rule * RULE
        key: cython.ulonglong = value & _NO_PORT
        slot: cython.int
        i: cython.int
        if self.rules[r + 4]:
            slot = self.walk.datapaths.find(key)
            if slot < 0:
                return YES if self.rules[r + 3] else NO
            if not self.walk.datapaths.plain(slot) or self.walk.datapaths.length(slot) > _LONGEST:
                return UNSURE
            for i in range(self.walk.datapaths.length(slot)):
                self.scratch[i] = self.walk.datapaths.texts[self.walk.datapaths.start(slot) + i]
            return self.octets(rule, True, 0, self.walk.datapaths.length(slot))
        if key == _NO_PORT:
            self.scratch[0], self.scratch[1], self.scratch[2], self.scratch[3] = 110, 111, 110, 101  # none
            return self.octets(rule, True, 0, 4)
        slot = self.walk.ports.find(cython.cast(cython.ulonglong, self.datapath) << 32 | key)
        if slot < 0:
            return YES if self.rules[r + 3] else NO
        if not self.walk.ports.plain(slot) or self.walk.ports.length(slot) > _LONGEST:
            return UNSURE
        for i in range(self.walk.ports.length(slot)):
            self.scratch[i] = self.walk.ports.texts[self.walk.ports.start(slot) + i]
        return self.octets(rule, True, 0, self.walk.ports.length(slot))

    def leaf(self, rule: cython.int, wire: cython.int, start: cython.int, end: cython.int) -> cython.int:
        """Test the value of a token."""
        w: cython.int = wire * WIRE
        op: cython.int = self.reader.wires[w]
        i: cython.int
        size: cython.int = end - start
        if self.rules[rule * RULE] != OCTETS:
            if not size:
                return self.number(rule, 1)  # a flag that is present
            if self.rules[rule * RULE + 3]:
                return self.number(rule, self.reader.extended_sign(start, size, self.reader.wires[w + 2]))
            return self.number(rule, self.reader.number(start, size, self.reader.wires[w + 2]))
        if op == TEXT:
            return self.octets(rule, False, start, size - 1)
        if op == WORDS and not self.reader.big:
            for i in range(16):
                self.scratch[i] = self.reader.data[start + (i & 12) + 3 - (i & 3)]
            return self.octets(rule, True, 0, 16)
        if op == LABEL and not self.reader.big:
            for i in range(size):
                self.scratch[i] = self.reader.data[end - 1 - i]
            return self.octets(rule, True, 0, size)
        return self.octets(rule, False, start, size)

    def octet(self, copied: cython.bint, at: cython.int) -> cython.int:
        """Return a byte of the message, or of its copy."""
        return self.scratch[at] if copied else self.reader.data[at]

    def octets(self, rule: cython.int, copied: cython.bint, start: cython.int, size: cython.int) -> cython.int:
        """Test bytes against a rule."""
        r: cython.int = rule * RULE
        i: cython.int
        truth: cython.int
        unsure: cython.bint = False
        if self.rules[r + 5] >= 0:
            size = self.cut(rule, copied, start, size)
            if size < 0:
                return UNSURE if size == _OPEN else NO
            copied, start = True, 0
        for i in range(self.rules[r + 1], self.rules[r + 1] + self.rules[r + 2]):
            truth = self.one(i, copied, start, size)
            if truth == YES:
                return YES
            if truth == UNSURE:
                unsure = True
        return UNSURE if unsure else NO

    def cut(self, rule: cython.int, copied: cython.bint, start: cython.int, size: cython.int) -> cython.int:
        """Copy the slices of bytes that a rule refers to. Returns their length, _ABSENT if part of them is missing, _OPEN if they are too
        long.
        """
        r: cython.int = rule * RULE
        i: cython.int
        n: cython.int
        first: cython.int
        last: cython.int
        # the previous copy is in the lower half, so the upper half can be overwritten
        to: cython.int = SCRATCH // 2
        for i in range(self.rules[r + 4], self.rules[r + 4] + self.rules[r + 5]):
            first, last = self.cuts[3 * i], size
            if first < 0:
                first += size
            if self.cuts[3 * i + 2]:
                last = self.cuts[3 * i + 1] + 1
                if last <= 0:
                    last += size
            if not 0 <= first < last <= size:
                return _ABSENT
            if last - first > SCRATCH - to:
                return _OPEN
            for n in range(first, last):
                self.scratch[to] = cython.cast(cython.uchar, self.octet(copied, start + n))
                to += 1
        to -= SCRATCH // 2
        if self.rules[r + 6] >= 0 and self.rules[r + 7] != to:
            return _ABSENT
        for n in range(to):
            self.scratch[n] = self.scratch[SCRATCH // 2 + n]
            if self.rules[r + 6] >= 0:
                self.scratch[n] &= self.constants[self.rules[r + 6] + n]
        return to

    def one(self, test: cython.int, copied: cython.bint, start: cython.int, size: cython.int) -> cython.int:
        """Apply one test to bytes."""
        t: cython.int = test * TEST
        sign: cython.int = self.tests[t]
        low: cython.int = self.tests[t + 1]
        mask: cython.int = self.tests[t + 5]
        i: cython.int
        order: cython.int
        byte: cython.int
        if sign == ALWAYS:
            return YES
        if sign == NEVER:
            return NO
        if sign == OPEN_TEST:
            return UNSURE
        if sign == FILLED:
            return YES if size else NO
        if sign == CONTAINS:
            return YES if self.contains(copied, start, size, low, self.tests[t + 2]) else NO
        if sign == NONZERO or sign == HAS:
            for i in range(size):
                byte = self.octet(copied, start + i)
                if mask >= 0:
                    byte &= self.constants[mask + i]
                if sign == NONZERO and byte:
                    return YES
                if sign == HAS and byte & self.constants[low + i] != self.constants[low + i]:
                    return NO
            return YES if sign == HAS else NO
        order = self.compare(copied, start, size, mask, low, self.tests[t + 2])
        if sign == EQUAL:
            return YES if order == 0 else NO
        if sign == UNEQUAL:
            return YES if order != 0 else NO
        if sign == LESS:
            return YES if order < 0 else NO
        if sign == NOT_MORE:
            return YES if order <= 0 else NO
        if sign == MORE:
            return YES if order > 0 else NO
        if order < 0:
            return NO
        if sign == NOT_LESS:
            return YES
        return YES if self.compare(copied, start, size, mask, self.tests[t + 3], self.tests[t + 4]) <= 0 else NO

    def compare(
        self, copied: cython.bint, start: cython.int, size: cython.int, mask: cython.int, constant: cython.int, length: cython.int
    ) -> cython.int:
        """Compare bytes with a constant. Returns -1, 0 or 1."""
        i: cython.int
        byte: cython.int
        for i in range(size if size < length else length):
            byte = self.scratch[start + i] if copied else self.reader.data[start + i]
            if mask >= 0:
                byte &= self.constants[mask + i]
            if byte != self.constants[constant + i]:
                return -1 if byte < self.constants[constant + i] else 1
        return 0 if size == length else -1 if size < length else 1

    def contains(self, copied: cython.bint, start: cython.int, size: cython.int, constant: cython.int, length: cython.int) -> cython.bint:
        """Return whether bytes contain a constant."""
        i: cython.int
        n: cython.int
        first: cython.int
        if not length:
            return True
        first = self.constants[constant]
        for i in range(start, start + size - length + 1):
            if (self.scratch[i] if copied else self.reader.data[i]) == first:
                n = 1
                while n < length and (self.scratch[i + n] if copied else self.reader.data[i + n]) == self.constants[constant + n]:
                    n += 1
                if n == length:
                    return True
        return False
