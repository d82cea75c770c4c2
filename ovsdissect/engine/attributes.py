# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""Finds the attributes of one attribute set among a reader's tokens, by number."""

from __future__ import annotations

from array import array

import cython

if not cython.compiled:
    from ovsdissect.engine.codes import BAD_BYTES, CLOSE_OBJECT, ROW, TOKEN
    from ovsdissect.engine.reader import Reader


@cython.final
@cython.cclass
class Attributes:
    """The attributes of one set. there: one bit per attribute whose value is of its type; bad: the same for others; places: by number, the
    index of its token in the reader's array.
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.there = self.bad = 0
        self.places = array("i", bytes(4 * 64))

    def take(self, first: cython.int, last: cython.int) -> cython.int:
        """Take the set whose tokens are those from number `first` up to, but not including, `last`."""
        at: cython.int = first * TOKEN
        end: cython.int = last * TOKEN
        row: cython.int
        number: cython.int
        what: cython.int
        one: cython.ulonglong = 1
        there: cython.ulonglong = 0
        bad: cython.ulonglong = 0
        while at < end:
            what, row = self.reader.tokens[at], self.reader.tokens[at + 1]
            if row >= 0:
                number = self.reader.rows[row * ROW + 4]
                if what != BAD_BYTES:
                    there |= one << number
                    self.places[number] = at
                else:
                    bad |= one << number
            if what < 0 and what > CLOSE_OBJECT:
                at = self.reader.tokens[at + 4] * TOKEN
            at += TOKEN
        self.there, self.bad = there, bad
        return 0

    def inside(self, token: cython.int) -> cython.int:
        """Take the set whose opening token is at an index of the reader's array."""
        return self.take(token // TOKEN + 1, self.reader.tokens[token + 4])

    def token(self, number: cython.int) -> cython.int:
        """Return the index of an attribute's token in the reader's array, -1 if the set lacks the attribute."""
        return self.places[number] if self.there >> number & 1 else -1

    def after(self, place: cython.int) -> cython.int:
        """Return the index, in the reader's array, of the token that follows a value."""
        what: cython.int = self.reader.tokens[place]
        if what < 0 and what > CLOSE_OBJECT:
            return (self.reader.tokens[place + 4] + 1) * TOKEN
        return place + TOKEN
