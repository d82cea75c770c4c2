"""Reads the top attributes of a message and checks them against what its command allows and requires."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.codes import (
        COMMAND,
        FAULT,
        MISSING,
        ROW,
        UNEXPECTED,
        WIRE,
    )
    from ovsdissect.engine.defects import goes_on, undeclared

if TYPE_CHECKING:
    from ovsdissect.engine.reader import Reader


def read_message(
    reader: Reader, command: cython.int, start: cython.int, end: cython.int, missing: cython.int, request: cython.bint
) -> cython.int:
    """Read the top attributes of a message and check them against what its command allows and requires.

    missing: bytes of the message after the end, which the capture lacks.
    """
    c: cython.int = command * COMMAND
    attrs: cython.int = reader.commands[c + 2] * WIRE
    first: cython.int = reader.wires[attrs + 3]
    last: cython.int = reader.wires[attrs + 4]
    allowed: cython.ulonglong = cython.cast(cython.ulonglong, reader.commands[c + 5]) << 31 | cython.cast(
        cython.ulonglong, reader.commands[c + 4]
    )
    required: cython.ulonglong = cython.cast(cython.ulonglong, reader.commands[c + 7]) << 31 | cython.cast(
        cython.ulonglong, reader.commands[c + 6]
    )
    one: cython.ulonglong = 1
    found: cython.ulonglong = 0
    bad: cython.ulonglong = 0
    begin: cython.int = start
    faults: cython.int
    head: cython.uint
    length: cython.int
    kind: cython.int
    r: cython.int
    reader.begin()
    reader.whole = reader.shallow
    if missing:
        reader.limit = end
        end += missing
    if reader.commands[c + 8] >= 0 and (reader.commands[c + 8] != 0) == request:
        return 1
    while start < end:
        if start + 4 > end or start + 4 > reader.limit:
            if missing and not goes_on(reader, -1, start, end):
                break
            return 1
        head = reader.host32(start)
        length, kind = cython.cast(cython.int, head & 0xFFFF), cython.cast(cython.int, head >> 16)
        if reader.big:
            length, kind = kind, length
        reader.lossy |= kind >> 15
        kind &= 0x7FFF
        if length < 4 or start + length > end:
            return 1
        r = reader.index[first + kind] if kind <= last else -1
        if r < 0:
            if undeclared(reader, attrs, kind, start, length):
                return 1
            start += (length + 3) & ~3
            continue
        if found >> kind & 1:
            return 1
        found |= one << kind
        reader.starts[kind], reader.ends[kind], reader.firsts[kind] = start + 4, start + length, reader.count
        faults = reader.faults.count
        if reader.value(reader.rows[r * ROW], r, start + 4, start + length):
            return 1
        if start + length > reader.limit:
            reader.ends[kind] = reader.limit
            if reader.whole_length and reader.cut == reader.firsts[kind]:
                bad |= one << kind  # nobody reads what is not there
        elif reader.faults.count > faults and reader.faults.rows[faults * FAULT + 1] == reader.firsts[kind]:
            bad |= one << kind
        start += (length + 3) & ~3
    reader.there = found & ~bad
    if missing:
        return 1 if reader.lost < 0 or reader.faults.count or found & ~allowed else 0
    if found & ~allowed and unused(reader, begin, end, found & ~allowed, first):
        return 1
    if required & ~found:
        return absent(reader, begin, required & ~found, first)
    return 0


def unused(reader: Reader, start: cython.int, end: cython.int, numbers: cython.ulonglong, first: cython.int) -> cython.int:
    """Note top attributes that the command does not use, given their numbers as bits."""
    length: cython.int
    kind: cython.int
    while start < end:
        length = reader.host16(start)
        kind = reader.host16(start + 2) & 0x7FFF
        if kind < 64 and numbers >> kind & 1:
            if reader.faults.add(UNEXPECTED, reader.firsts[kind], start, length, 0, reader.index[first + kind]):
                return 1
        start += (length + 3) & ~3
    return 0


def absent(reader: Reader, start: cython.int, numbers: cython.ulonglong, first: cython.int) -> cython.int:
    """Note the top attribute that the command requires, given its number as a bit; more are left to the tree."""
    kind: cython.int = 0
    if numbers & (numbers - 1) or reader.faults.count:
        return 1
    while not numbers >> kind & 1:
        kind += 1
    return reader.faults.add(MISSING, 0, start, 0, 0, reader.index[first + kind])
