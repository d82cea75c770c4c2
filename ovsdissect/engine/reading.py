"""What the functions that read parts of a message need of the reader that calls them."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.codes import MAX_TOKENS, NO_LIMIT, ROW, TOKEN
    from ovsdissect.engine.faults import Faults

if TYPE_CHECKING:
    from ovsdissect.engine.tables import Tables


@cython.cclass
class Reading:
    """The state of a Reader, which describes it, and those of its methods that such functions call.

    The methods here stand for the Reader's: values contain values, so that functions and Reader call each other.
    """

    def __init__(self, tables: Tables) -> None:
        self.wires, self.rows, self.index = tables.wires, tables.rows, tables.index
        self.value_row, self.mask_row = tables.value_row, tables.mask_row
        self.unknown = tables.rows[tables.value_row * ROW]
        self.faults, self.strict = Faults(), False
        self.data, self.big = b"", False
        self.tokens = array("i", bytes(4 * TOKEN * MAX_TOKENS))
        self.count = self.depth = 0
        self.limit, self.cut, self.lost, self.whole_length = NO_LIMIT, -1, -1, 0

    if not cython.compiled:  # reading.pxd has these for the compiler, which inlines them in other modules

        def host16(self, at: int) -> int:
            """Return a 16-bit number in host byte order."""
            return self.data[at] << 8 | self.data[at + 1] if self.big else self.data[at] | self.data[at + 1] << 8

        def host32(self, at: int) -> int:
            """Return a 32-bit number in host byte order."""
            return self.big32(at) if self.big else self.little32(at)

        def big32(self, at: int) -> int:
            """Return a 32-bit number in network byte order."""
            return self.data[at] << 24 | self.data[at + 1] << 16 | self.data[at + 2] << 8 | self.data[at + 3]

        def little32(self, at: int) -> int:
            """Return a 32-bit number in the other byte order."""
            return self.data[at + 3] << 24 | self.data[at + 2] << 16 | self.data[at + 1] << 8 | self.data[at]

        def token(self, what: int, row: int, start: int, end: int) -> int:
            """Add a token. Returns 1 if there are too many."""
            if self.count >= MAX_TOKENS:
                return 1
            at = self.count * TOKEN
            self.tokens[at], self.tokens[at + 1], self.tokens[at + 2], self.tokens[at + 3] = what, row, start, end
            self.count += 1
            return 0

        def close(self, what: int, opened: int) -> int:
            """Add the token that closes the one at an index."""
            self.tokens[opened * TOKEN + 4] = self.count
            return self.token(what, -1, 0, 0)

    def number(self, at: cython.int, size: cython.int, network: cython.bint) -> cython.ulonglong:
        """Return a number of up to eight bytes, in network or host byte order."""
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
