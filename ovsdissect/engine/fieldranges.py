"""JSON lines with each message's bytes and the byte range of each value: `json --raw`.

Another back end writes the line itself. Messages with nlattr flags, padding attributes or unions without a matching case are left to the
tree.
"""

from __future__ import annotations

from array import array

import cython

from ovsdissect.families.headers import OVS_HEADER
from ovsdissect.netlink.headers import GENLMSGHDR, nlmsghdr
from ovsdissect.tree.node import join

if not cython.compiled:
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.backend import BackEnd
    from ovsdissect.engine.codes import (
        ARRAY,
        ASK,
        BITS,
        COMMAND,
        FULL,
        LIST,
        MASKED_SET,
        MET,
        OPEN_LIST,
        OPEN_OBJECT,
        OPTIONS,
        PART,
        PLAIN_BYTES,
        ROW,
        SET,
        SIZED,
        TOKEN,
        VARIANT,
        WIRE,
    )
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.walk import Walk

RANGE = cython.declare(cython.int, 4)
_HEADERS = cython.declare(cython.int, 20)  # struct nlmsghdr, struct genlmsghdr
_ENTRY = cython.declare(cython.int, 256)  # bytes of an entry at most: a name, an index, three numbers and their punctuation
_HEAD = cython.declare(cython.int, 1024)


def headers() -> tuple[bytes, array[int], int]:
    """Return the ranges of the headers, which precede the attributes.

    (the paths as one text; RANGE integers each: where its path begins and ends in that text, and its bytes in a message; how many of them
    come before the family's own header)
    """
    names, ranges, start, generic = b"", array("i"), 0, 0
    for path, struct in (("nlmsg", nlmsghdr("")), ("", GENLMSGHDR), ("", OVS_HEADER)):
        generic = len(ranges) // RANGE
        size = struct.size or 0
        told = [(path, 0, size)] if path else []
        told += [
            (join(path, member.name), offset, offset + (member.wire.size or 0))
            for member, offset in zip(struct.members, struct.offsets, strict=True)
        ]
        for name, first, last in told:
            ranges.extend((len(names), len(names) + len(name), start + first, start + last))
            names += name.encode()
        start += size
    return names, ranges, generic


@cython.final
@cython.cclass
class FieldRanges(BackEnd):
    """Writes the lines of a pass. lines: the back end that writes the line itself. array: as for JsonLines."""

    def __init__(self, walk: Walk, answer: Answer, output: Output, lines: BackEnd, array: bool) -> None:
        BackEnd.__init__(self, walk, answer, output)
        self.lines = lines
        self.names, self.ranges, self.generic = headers()
        self.end = 1 if array else 2  # a closing brace, and a newline unless in an array

    def message(self) -> cython.int:
        """Write the message's line. Returns MET, FULL or ASK."""
        used: cython.int = self.output.used
        status: cython.int = self.lines.message()
        if status != MET or self.output.used == used:
            return status
        if self.walk.kind < 0 or self.reader.lossy:
            self.output.used = used
            return ASK
        self.output.used -= self.end
        status = self.fields()
        if status == MET and self.output.room(_ENTRY):
            self.output.char(125)
            self.output.char(125)
            if self.end == 2:
                self.output.char(10)
            return MET
        self.output.used = used
        return ASK if status == ASK or not used else FULL

    def fields(self) -> cython.int:
        """Write the message's bytes, and the ranges of its headers and attributes."""
        at: cython.int = self.walk.start
        attrs: cython.int = at + _HEADERS + self.reader.commands[self.walk.kind * COMMAND + 12]
        place: cython.int
        i: cython.int
        if not self.output.room(2 * (self.walk.stop - at) + _HEAD):
            return FULL
        self.output.literal(b',"raw":"')
        self.output.hex_digits(self.reader.data, at, self.walk.stop)
        self.output.literal(b'","fields":{')
        for i in range(self.ranges.shape[0] // RANGE if attrs > at + _HEADERS else self.generic):
            if i:
                self.output.char(44)
            self.output.char(34)
            self.output.raw(self.names, self.ranges[RANGE * i], self.ranges[RANGE * i + 1])
            self.span(at + self.ranges[RANGE * i + 2], at + self.ranges[RANGE * i + 3])
        self.output.literal(b',"attrs')
        place = self.output.used - 5
        self.span(attrs, self.walk.stop)
        return self.members(0, self.reader.count, place, 5)

    def span(self, start: cython.int, end: cython.int) -> cython.int:
        """End a path and write the byte range of its value."""
        self.output.literal(b'":[')
        self.output.decimal(start - self.walk.records.begin)
        self.output.char(44)
        self.output.decimal(end - start)
        return self.output.literal(b",0]")

    def path(self, place: cython.int, length: cython.int) -> cython.int:
        """Begin a path with that of the object around it, which was written at offset `place` of the output."""
        i: cython.int
        self.output.char(44)
        self.output.char(34)
        for i in range(place, place + length):
            self.output.out[self.output.used] = self.output.out[i]
            self.output.used += 1
        return 0

    def name(self, at: cython.int, length: cython.int) -> cython.int:
        """Write a path component: a name, taken from its key `"name":` in the tables' texts."""
        self.output.char(46)
        return self.output.text(at + 1, length - 3)

    def step(self, number: cython.int) -> cython.int:
        """Write a path component: an index of a list."""
        self.output.char(91)
        self.output.decimal(number)
        return self.output.char(93)

    def members(self, first: cython.int, last: cython.int, place: cython.int, length: cython.int) -> cython.int:
        """Write the ranges of a set's or struct's values, below the path that was written at `place`."""
        n: cython.int = first
        status: cython.int
        while n < last:
            status = self.member(n, place, length, -1)
            if status != MET:
                return status
            n = self.after(n)
        return MET

    def after(self, n: cython.int) -> cython.int:
        """Return the index of the token that follows a value."""
        what: cython.int = self.reader.tokens[n * TOKEN]
        return self.reader.tokens[n * TOKEN + 4] + 1 if what == OPEN_OBJECT or what == OPEN_LIST else n + 1

    def member(self, n: cython.int, place: cython.int, length: cython.int, number: cython.int) -> cython.int:
        """Write the range of a value with a name. number: its index in a list of attributes, -1 if it is not in one."""
        t: cython.int = n * TOKEN
        what: cython.int = self.reader.tokens[t]
        row: cython.int = self.reader.tokens[t + 1]
        here: cython.int
        status: cython.int
        if row < 0 or what == PLAIN_BYTES:
            return ASK
        if not self.output.room(length + _ENTRY):
            return FULL
        if what >= 0 and self.reader.wires[what * WIRE] == BITS and self.reader.wires[what * WIRE + 5]:
            return self.bits(n, place, length)  # bit-fields are members of the struct themselves
        self.path(place, length)
        here = self.output.used - length
        if number >= 0:
            self.step(number)
        self.name(self.reader.rows[row * ROW + 1], self.reader.rows[row * ROW + 2])
        length = self.output.used - here
        self.span(self.reader.tokens[t + 2], self.reader.tokens[t + 3])
        if what == OPEN_OBJECT:
            if self.reader.wires[self.reader.rows[row * ROW] * WIRE] == MASKED_SET:
                return ASK
            status = self.members(n + 1, self.reader.tokens[t + 4], here, length)
            return self.rest(n, here, length) if status == MET else status
        if what == OPEN_LIST:
            return self.elements(n, here, length)
        if self.reader.wires[what * WIRE] == BITS:
            return self.bits(n, here, length)
        return MET

    def rest(self, n: cython.int, place: cython.int, length: cython.int) -> cython.int:
        """Write the range of a union's bytes that follow its case."""
        t: cython.int = n * TOKEN
        row: cython.int = self.reader.tokens[t + 1] * ROW
        last: cython.int = n
        one: cython.int = n + 1
        if self.reader.wires[self.reader.rows[row] * WIRE] != VARIANT:
            return MET
        while one < self.reader.tokens[t + 4]:
            last, one = one, self.after(one)
        if last == n or self.reader.tokens[last * TOKEN + 3] >= self.reader.tokens[t + 3]:
            return MET
        if not self.output.room(length + _ENTRY):
            return FULL
        self.path(place, length)
        self.output.literal(b".rest")
        return self.span(self.reader.tokens[last * TOKEN + 3], self.reader.tokens[t + 3])

    def elements(self, n: cython.int, place: cython.int, length: cython.int) -> cython.int:
        """Write the ranges of a list's elements, below the path that was written at `place`."""
        t: cython.int = n * TOKEN
        row: cython.int = self.reader.tokens[t + 1] * ROW
        op: cython.int = self.list_of(self.reader.rows[row], self.reader.tokens[t + 3] - self.reader.tokens[t + 2])
        last: cython.int = self.reader.tokens[t + 4]
        number: cython.int = 0
        here: cython.int
        end: cython.int
        status: cython.int = MET
        if op != SET and op != LIST and op != ARRAY and op != OPTIONS:
            return ASK
        n += 1
        while n < last and status == MET:
            t = n * TOKEN
            if not self.output.room(length + _ENTRY):
                return FULL
            if op == SET:
                status = self.member(n + 1, place, length, number)
            elif self.reader.tokens[t] == OPEN_LIST or self.reader.tokens[t] == PLAIN_BYTES:
                return ASK
            else:
                self.path(place, length)
                here = self.output.used - length
                self.step(number)
                end = self.output.used
                self.span(self.reader.tokens[t + 2], self.reader.tokens[t + 3])
                if self.reader.tokens[t] == OPEN_OBJECT:
                    status = self.members(n + 1, self.reader.tokens[t + 4], here, end - here)
                elif self.reader.wires[self.reader.tokens[t] * WIRE] == BITS:
                    return ASK
            number += 1
            n = self.after(n)
        return status

    def list_of(self, wire: cython.int, size: cython.int) -> cython.int:
        """Return the operation of a list's wire type; size: the list's length in bytes."""
        w: cython.int = wire * WIRE
        i: cython.int
        if self.reader.wires[w] != SIZED:
            return self.reader.wires[w]
        for i in range(self.reader.wires[w + 4]):
            if self.reader.index[self.reader.wires[w + 3] + 2 * i] == size:
                return self.reader.wires[self.reader.index[self.reader.wires[w + 3] + 2 * i + 1] * WIRE]
        return -1 if self.reader.wires[w + 5] < 0 else self.reader.wires[self.reader.wires[w + 5] * WIRE]

    def bits(self, n: cython.int, place: cython.int, length: cython.int) -> cython.int:
        """Write the ranges of an integer's parts: each has the integer's bytes."""
        t: cython.int = n * TOKEN
        w: cython.int = self.reader.tokens[t] * WIRE
        p: cython.int
        i: cython.int
        for i in range(self.reader.wires[w + 4]):
            if not self.output.room(length + _ENTRY):
                return FULL
            p = (self.reader.wires[w + 3] + i) * PART
            self.path(place, length)
            self.name(self.reader.parts[p], self.reader.parts[p + 1])
            self.span(self.reader.tokens[t + 2], self.reader.tokens[t + 3])
        return MET
