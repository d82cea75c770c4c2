"""Reads values that are made of others by rules of their own.

Functions return 0, or 1 if the message is left to the tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.codes import (
        CLOSE_LIST,
        CLOSE_OBJECT,
        MASKED,
        MAX_DEPTH,
        OPEN_LIST,
        OPEN_OBJECT,
        PLAIN_BYTES,
        ROW,
        WIRE,
    )

if TYPE_CHECKING:
    from ovsdissect.engine.reading import Reading


def masked_set(reading: Reading, w: cython.int, row: cython.int, start: cython.int, end: cython.int) -> cython.int:
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
    opened: cython.int = reading.count
    inner: cython.int
    if reading.depth >= MAX_DEPTH or reading.token(OPEN_OBJECT, row, start, end):
        return 1
    reading.depth += 1
    reading.strict = True
    for half in range(2):
        inner = reading.count
        if reading.token(OPEN_OBJECT, reading.mask_row if half else reading.value_row, start, end):
            return 1
        at, seen = start, 0
        while at < end:
            if at + 4 > end:
                return 1
            length = reading.host16(at)
            kind = reading.host16(at + 2) & 0x7FFF
            if length < 4 or at + length > end or kind > reading.wires[w + 4]:
                return 1
            r = reading.index[reading.wires[w + 3] + kind]
            if r < 0 or seen >> kind & 1:
                return 1
            seen |= one << kind
            m = reading.rows[r * ROW] * WIRE
            size = (length - 4) // 2
            if reading.wires[m] != MASKED or (length & 1) or (reading.wires[m + 1] >= 0 and reading.wires[m + 1] != length - 4):
                return 1
            if reading.value(reading.wires[m + 3 + half], r, at + 4 + half * size, at + 4 + (half + 1) * size):
                return 1
            at += (length + 3) & ~3
        if reading.close(CLOSE_OBJECT, inner):
            return 1
    reading.depth -= 1
    reading.strict = False
    return reading.close(CLOSE_OBJECT, opened)


def options(reading: Reading, w: cython.int, row: cython.int, start: cython.int, end: cython.int) -> cython.int:
    """Read options of variable length, each a head and as many words of data as its last member says."""
    at: cython.int
    after: cython.int
    r: cython.int = reading.wires[w + 4]
    opened: cython.int = reading.count
    inner: cython.int
    if reading.token(OPEN_LIST, row, start, end):
        return 1
    while start < end:
        at = start + reading.wires[w + 5]
        if at > end:
            return 1
        after = at + 4 * (reading.data[at - 1] >> reading.wires[w + 6] & reading.wires[w + 7])
        inner = reading.count
        if after > end or reading.token(OPEN_OBJECT, -1, start, after) or reading.members(reading.wires[w + 3] * WIRE, start):
            return 1
        if reading.value(reading.rows[r * ROW], r, at, after) or reading.close(CLOSE_OBJECT, inner):
            return 1
        start = after
    return reading.close(CLOSE_LIST, opened)


def variant(reading: Reading, w: cython.int, row: cython.int, start: cython.int, end: cython.int) -> cython.int:
    """Read a union with a tag; bytes that fit no case stay bytes."""
    head: cython.int = reading.wires[w + 3] * WIRE
    size: cython.int = reading.wires[head + 1]
    tag: cython.int = reading.rows[reading.wires[head + 3] * ROW] * WIRE  # the head's first member
    i: cython.int
    r: cython.int
    after: cython.int
    value: cython.ulonglong
    opened: cython.int = reading.count
    if end - start >= size and (reading.wires[w + 6] < 0 or reading.wires[w + 6] == end - start):
        value = reading.number(start, reading.wires[tag + 1], reading.wires[tag + 2])
        for i in range(reading.wires[w + 5]):
            if cython.cast(cython.ulonglong, reading.index[reading.wires[w + 4] + 2 * i]) == value:
                r = reading.index[reading.wires[w + 4] + 2 * i + 1]
                after = start + size + reading.wires[reading.rows[r * ROW] * WIRE + 1]
                if after > end:
                    break
                if reading.token(OPEN_OBJECT, row, start, end) or reading.members(head, start):
                    return 1
                if reading.value(reading.rows[r * ROW], r, start + size, after):
                    return 1
                return reading.close(CLOSE_OBJECT, opened)
    return reading.token(PLAIN_BYTES, row, start, end)
