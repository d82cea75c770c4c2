# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""Values and names of attributes as summaries show them."""

from __future__ import annotations

import cython

if not cython.compiled:
    from ovsdissect.engine.codes import ENUM, INT, ROW, WIRE
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.reader import Reader


@cython.final
@cython.cclass
class TokenText:
    """Writes what tokens of a reader hold; t: a token's index in `tokens`."""

    def __init__(self, reader: Reader, output: Output) -> None:
        self.reader, self.output = reader, output

    def value(self, t: cython.int) -> cython.ulonglong:
        """Return the unsigned number of a token."""
        start: cython.int = self.reader.tokens[t + 2]
        return self.reader.number(start, self.reader.tokens[t + 3] - start, self.reader.wires[self.reader.tokens[t] * WIRE + 2])

    def number(self, t: cython.int) -> cython.int:
        """Write a number."""
        if self.reader.wires[self.reader.tokens[t] * WIRE] == INT:
            return self.signed(t)
        return self.output.decimal(self.value(t))

    def signed(self, t: cython.int) -> cython.int:
        """Write a signed number."""
        start: cython.int = self.reader.tokens[t + 2]
        network: cython.bint = self.reader.wires[self.reader.tokens[t] * WIRE + 2]
        return self.output.integer(
            cython.cast(cython.longlong, self.reader.extended_sign(start, self.reader.tokens[t + 3] - start, network))
        )

    def text(self, t: cython.int) -> cython.int:
        """Write a text in quotes."""
        self.output.char(34)
        self.output.raw(self.reader.data, self.reader.tokens[t + 2], self.reader.tokens[t + 3] - 1)
        return self.output.char(34)

    def name(self, t: cython.int) -> cython.int:
        """Write the name of an enumeration's value, or its number."""
        w: cython.int = self.reader.tokens[t] * WIRE
        start: cython.int = self.reader.tokens[t + 2]
        size: cython.int = self.reader.tokens[t + 3] - start
        place: cython.int
        if self.reader.wires[w] != ENUM:
            return self.number(t)
        place = self.reader.name(w, start, size)
        if place >= 0:
            return self.output.text(self.reader.index[place] + 1, self.reader.index[place + 1] - 2)
        if self.reader.wires[w + 7]:
            return self.signed(t)
        return self.output.decimal(self.value(t))

    def key(self, t: cython.int) -> cython.int:
        """Write the name of an attribute, or its number if numbers are keys."""
        row: cython.int = self.reader.tokens[t + 1]
        if row < 0:
            return self.output.decimal(-2 - row)
        return self.output.text(self.reader.rows[row * ROW + 1] + 1, self.reader.rows[row * ROW + 2] - 3)

    def flags(self, t: cython.int) -> cython.int:
        """Write the names of the set flags."""
        names: cython.int = self.reader.wires[self.reader.tokens[t] * WIRE + 3]
        value: cython.ulonglong = self.value(t)
        said: cython.bint = False
        if not value:
            return self.output.literal(b"none")
        while value:
            if value & 1:
                if said:
                    self.output.char(124)
                self.output.text(self.reader.index[names] + 1, self.reader.index[names + 1] - 2)
                said = True
            value >>= 1
            names += 2
        return 0
