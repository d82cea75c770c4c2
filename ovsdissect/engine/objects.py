"""Tokens as Python dictionaries: the values of the JSON without its text, equal to those of ovsdissect.json.jsonline.render()."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cython
import orjson

if cython.compiled:
    from cython.cimports.cpython.unicode import PyUnicode_DecodeLatin1
else:
    from ovsdissect.engine.codes import (
        BITS,
        ENUM,
        FLAG,
        FLAGS,
        INT,
        OPEN_LIST,
        OPEN_OBJECT,
        PACKET,
        PART,
        PLAIN_BYTES,
        ROW,
        TOKEN,
        UINT,
        WIRE,
    )
    from ovsdissect.engine.jsonvalue import Json
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.reader import Reader
    from ovsdissect.engine.topattributes import read_message

if TYPE_CHECKING:
    from ovsdissect.engine.tables import Tables

_LONGEST = cython.declare(cython.int, 1 << 18)  # bytes of a value's text at most: two digits for each byte of an attribute, and more


@cython.final
@cython.cclass
class Objects:
    """Makes the attributes of one message at a time."""

    def __init__(self, tables: Tables) -> None:
        self.reader, self.output = Reader(tables), Output(tables, _LONGEST)
        self.json = Json(self.reader, self.output)
        self.texts = bytes(tables.texts)
        rows, parts = tables.rows, tables.parts
        self.keys = [self._key(rows[at + 1], rows[at + 2]) for at in range(0, len(rows), ROW)]
        self.parts = [self._key(parts[at], parts[at + 1]) for at in range(0, len(parts), PART)]
        self.names = [None] * len(tables.index)  # filled in as names are used

    def _key(self, start: int, length: int) -> str | None:
        """Return the key whose JSON text, with its colon, is at an offset; None if there is none."""
        key: str | None = orjson.loads(self.texts[start : start + length - 1]) if length else None
        return key

    def attributes(self, data: bytes, command: int, start: int, end: int, big: bool, request: bool) -> dict[str, Any] | None:
        """Return a message's attributes, which are the bytes of `data` from start to end; None if the tree must read them.

        command: its number in the tables. big: sent by a big-endian host. request: sent to the kernel.
        """
        refused: cython.int
        self.reader.data = data
        self.reader.big = big
        refused = start > end or read_message(self.reader, command, start, end, 0, request)
        return None if refused else self.members(0, self.reader.count)

    def members(self, first: cython.int, last: cython.int) -> dict[str, Any]:
        """Return the tokens from number `first` up to, but not including, `last` as an object."""
        made: dict[str, Any] = {}
        n: cython.int = first
        t: cython.int
        what: cython.int
        row: cython.int
        w: cython.int
        while n < last:
            t = n * TOKEN
            what, row = self.reader.tokens[t], self.reader.tokens[t + 1]
            if what == OPEN_OBJECT or what == OPEN_LIST:
                made[str(-2 - row) if row < 0 else self.keys[row]] = self.value(n)
                n = self.reader.tokens[t + 4] + 1
                continue
            w = what * WIRE
            if what >= 0 and self.reader.wires[w] == BITS and self.reader.wires[w + 5]:
                # bit-fields are members of the struct themselves
                self.bits(made, w, self.reader.number(self.reader.tokens[t + 2], self.reader.wires[w + 1], self.reader.wires[w + 2]))
            else:
                made[str(-2 - row) if row < 0 else self.keys[row]] = self.value(n)
            n += 1
        return made

    def elements(self, first: cython.int, last: cython.int) -> list[Any]:
        """Return the tokens from number `first` up to, but not including, `last` as a list."""
        made: list[Any] = []
        n: cython.int = first
        what: cython.int
        while n < last:
            what = self.reader.tokens[n * TOKEN]
            made.append(self.value(n))
            n = self.reader.tokens[n * TOKEN + 4] + 1 if what == OPEN_OBJECT or what == OPEN_LIST else n + 1
        return made

    def value(self, token: cython.int) -> Any:
        """Return the value of a token."""
        t: cython.int = token * TOKEN
        what: cython.int = self.reader.tokens[t]
        if what == OPEN_OBJECT:
            return self.members(token + 1, self.reader.tokens[t + 4])
        if what == OPEN_LIST:
            return self.elements(token + 1, self.reader.tokens[t + 4])
        if what == PLAIN_BYTES:
            self.output.hex_digits(self.reader.data, self.reader.tokens[t + 2], self.reader.tokens[t + 3])
            return {"undecoded": self.spelled()}
        return self.leaf(what, self.reader.tokens[t + 2], self.reader.tokens[t + 3])

    def leaf(self, wire: cython.int, start: cython.int, end: cython.int) -> Any:
        """Return the value of a leaf."""
        w: cython.int = wire * WIRE
        op: cython.int = self.reader.wires[w]
        size: cython.int = end - start
        network: cython.bint = self.reader.wires[w + 2]
        place: cython.int
        made: dict[str, Any]
        if op == UINT:
            return self.reader.number(start, size, network)
        if op == INT:
            return cython.cast(cython.longlong, self.reader.extended_sign(start, size, network))
        if op == FLAGS:
            return self.flags(self.reader.wires[w + 3], self.reader.number(start, size, network))
        if op == ENUM:
            place = self.reader.name(w, start, size)
            if place >= 0:
                return self.name(place)
            if self.reader.wires[w + 7]:
                self.output.integer(cython.cast(cython.longlong, self.reader.extended_sign(start, size, network)))
            else:
                self.output.decimal(self.reader.number(start, size, network))
            return self.spelled()
        if op == BITS:
            made = {}
            self.bits(made, w, self.reader.number(start, size, network))
            return made
        if op == FLAG:
            return True
        self.json.quoted(w, start, end)
        if op == PACKET:
            return {"length": size, "hex": self.spelled()}
        return self.spelled()

    def bits(self, into: dict[str, Any], w: cython.int, value: cython.ulonglong) -> cython.int:
        """Add the slices of an integer to an object, as members."""
        p: cython.int
        n: cython.int
        part: cython.ulonglong
        mask: cython.ulonglong
        one: cython.ulonglong = 1
        rest: cython.ulonglong = value
        for n in range(self.reader.wires[w + 3], self.reader.wires[w + 3] + self.reader.wires[w + 4]):
            p = n * PART
            mask = (one << self.reader.parts[p + 3]) - 1
            part = value >> self.reader.parts[p + 2] & mask
            rest &= ~(mask << self.reader.parts[p + 2])
            if self.reader.parts[p + 4] == 1:
                into[self.parts[n]] = part != 0
            elif self.reader.parts[p + 4] == 2:
                self.output.literal(b"0x")
                self.output.hex_number(part)
                into[self.parts[n]] = self.spelled()
            else:
                into[self.parts[n]] = part
        if rest:
            self.output.literal(b"0x")
            self.output.hex_number(rest)
            into["reserved"] = self.spelled()
        return 0

    def flags(self, place: cython.int, value: cython.ulonglong) -> list[str]:
        """Return the names of the set bits."""
        made: list[str] = []
        while value:
            if value & 1:
                made.append(self.name(place))
            value >>= 1
            place += 2
        return made

    def name(self, place: cython.int) -> str:
        """Return the text that an index of the tables refers to."""
        if self.names[place] is None:
            start: cython.int = self.reader.index[place]
            self.names[place] = orjson.loads(self.texts[start : start + self.reader.index[place + 1]])
        return self.names[place]

    def spelled(self) -> str:
        """Return the text in the output, and empty it."""
        used: cython.int = self.output.used
        self.output.used = 0
        if not used:
            return ""
        if cython.compiled:
            return PyUnicode_DecodeLatin1(cython.cast(cython.p_char, cython.address(self.output.out[0])), used, cython.NULL)
        return bytes(self.output.out[:used]).decode("latin-1")
