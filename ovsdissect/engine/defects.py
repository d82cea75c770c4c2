"""Reads what is wrong in a message, as faults, and what the capture cut.

Functions return 0, or 1 if the message is left to the tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.codes import (
        ALIEN,
        BAD_BYTES,
        BAD_LENGTH,
        BYTES,
        CLOSE_OBJECT,
        DUPLICATE,
        FAULT,
        KEY_OF_FAULT,
        KEYED,
        LIST,
        OPEN_OBJECT,
        PACKET,
        PAD,
        ROW,
        SET,
        SIZED,
        TOKEN,
        VARIANT,
        WIRE,
    )

if TYPE_CHECKING:
    from ovsdissect.engine.reading import Reading

_GREATEST = cython.declare(cython.int, 0x3FFF)  # NLA_TYPE_MASK


def undeclared(reading: Reading, w: cython.int, kind: cython.int, start: cython.int, length: cython.int) -> cython.int:
    """Read an attribute that its set does not declare, given the set's index in `wires`."""
    fault: cython.int = reading.faults.count
    before: cython.int
    if kind > _GREATEST or start + length > reading.limit or reading.strict:
        return 1
    if reading.faults.add(ALIEN, reading.count, start, length, kind, w // WIRE):
        return 1
    for before in range(fault):
        if reading.faults.rows[before * FAULT] == ALIEN and reading.faults.rows[before * FAULT + 4] == kind:
            return 1  # it may be a duplicate
    return reading.token(reading.unknown, KEY_OF_FAULT - fault, start + 4, start + length)


def bad_length(reading: Reading, row: cython.int, start: cython.int, end: cython.int, size: cython.int) -> cython.int:
    """Read an attribute that has another length than its type."""
    if row < 0 or row == reading.value_row or row == reading.mask_row or reading.strict:
        return 1
    if reading.faults.add(BAD_LENGTH, reading.count, start, end - start, size, row):
        return 1
    return reading.token(BAD_BYTES, row, start, end)


def part_of_struct(reading: Reading, w: cython.int, row: cython.int, start: cython.int, end: cython.int) -> cython.int:
    """Read a struct of another length than its type's: the complete members, and the bytes after them."""
    opened: cython.int = reading.count
    fault: cython.int = reading.faults.count
    after: cython.int = start
    at: cython.int
    r: cython.int
    if bad_length(reading, row, start, end, reading.wires[w + 1]):
        return 1
    reading.tokens[opened * TOKEN] = OPEN_OBJECT
    for r in range(reading.wires[w + 3], reading.wires[w + 3] + reading.wires[w + 4]):
        at = start + reading.rows[r * ROW + 3]
        if at + reading.wires[reading.rows[r * ROW] * WIRE + 1] <= end:
            after = at + reading.wires[reading.rows[r * ROW] * WIRE + 1]
            if reading.value(reading.rows[r * ROW], r, at, after):
                return 1
    if after < end and reading.token(reading.unknown, KEY_OF_FAULT - fault, after, end):
        return 1
    return reading.close(CLOSE_OBJECT, opened)


def alien(reading: Reading, w: cython.int, kind: cython.int, start: cython.int, length: cython.int, ordered: cython.bint) -> cython.int:
    """Read an attribute that a nested set does not declare."""
    opened: cython.int = reading.count
    if not ordered:
        return undeclared(reading, w, kind, start, length)
    if reading.token(OPEN_OBJECT, -1, start + 4, start + length) or undeclared(reading, w, kind, start, length):
        return 1
    return reading.close(CLOSE_OBJECT, opened)


def repeated(reading: Reading, row: cython.int, start: cython.int, length: cython.int) -> cython.int:
    """Read an attribute that occurs in its set for the second time."""
    fault: cython.int = reading.faults.count
    if start + length > reading.limit or reading.strict or reading.wires[reading.rows[row * ROW] * WIRE] == PAD:
        return 1
    if reading.faults.add(DUPLICATE, reading.count, start, length, 2, row):
        return 1
    return reading.value(reading.rows[row * ROW], KEY_OF_FAULT - fault, start + 4, start + length)


def goes_on(reading: Reading, token: cython.int, at: cython.int, end: cython.int) -> cython.int:
    """Note that an opening token's set, read up to `at`, goes on after the captured bytes. Returns 1 if it is left to the tree."""
    if at < reading.limit or end <= reading.limit:
        return 1
    if reading.lost < 0:
        reading.cut, reading.lost, reading.whole_length = token, end - reading.limit, 0
    return 0


def cut_off(reading: Reading, wire: cython.int, row: cython.int, start: cython.int, end: cython.int) -> cython.int:
    """Note a value that continues after the captured bytes. Returns 1 if the tree must read it."""
    w: cython.int = wire * WIRE
    op: cython.int = reading.wires[w]
    i: cython.int
    if op == SET or op == LIST or op == KEYED:
        return reading.attributes(w, op, row, start, end)
    if op == SIZED:
        for i in range(reading.wires[w + 4]):
            if reading.index[reading.wires[w + 3] + 2 * i] == end - start:
                return cut_off(reading, reading.index[reading.wires[w + 3] + 2 * i + 1], row, start, end)
        return 1
    if reading.wires[w + 1] < 0 and op != BYTES and op != PACKET and op != VARIANT:
        return 1
    reading.cut, reading.lost, reading.whole_length = reading.count, end - reading.limit, end - start
    return reading.token(wire if op == BYTES or op == PACKET else BAD_BYTES, row, start, reading.limit)
