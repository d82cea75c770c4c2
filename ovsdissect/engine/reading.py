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
        self.data = b""
        self.tokens = array("i", bytes(4 * TOKEN * MAX_TOKENS))
        self.count = self.depth = 0
        self.limit, self.cut, self.lost, self.whole_length = NO_LIMIT, -1, -1, 0

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
