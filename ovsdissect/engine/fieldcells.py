"""The cells of a table's columns, each column's one after the other: numbers, and texts by their place in the output."""

from __future__ import annotations

from array import array

import cython

if cython.compiled:
    from cython.cimports.libc.string import memcpy, memset
else:
    from ovsdissect.engine.output import Output

_BEFORE = cython.declare(cython.int, 32)  # bits for a text's length, below its offset
_LONGEST = cython.declare(cython.longlong, 0xFFFFFFFF)


@cython.final
@cython.cclass
class FieldCells:
    """Keeps the values of many rows.

    width: the number of columns; step: how many rows fit in a column. values: 64 bits for each cell: a number in two's complement, or the
    offset and the length of a text in the output; valid: 1 if there is a value; filled: how many rows of a column have one.
    """

    def __init__(self, width: int, capacity: int, output: Output) -> None:
        self.output, self.width = output, width
        self.step = capacity + 8  # columns whose addresses differ by a power of two would evict each other from the cache
        self.values = memoryview(bytearray(8 * self.step * width)).cast("q")
        self.valid = bytearray(self.step * width)
        self.filled = array("i", bytes(4 * width))

    # Called from Python

    def clear(self, rows: cython.int) -> None:
        """Remove the values of all rows; rows: how many there are."""
        column: cython.int
        at: cython.int
        for column in range(self.width):
            if self.filled[column]:
                at = column * self.step
                if cython.compiled:
                    # accessing the last one first proves that the others are within bounds
                    self.valid[at + rows - 1] = 0
                    memset(cython.address(self.valid[at]), 0, rows)
                else:
                    self.valid[at : at + rows] = bytes(rows)
                self.filled[column] = 0

    def texts(self, column: cython.int, rows: cython.int, unit: cython.int = 1) -> tuple[bytearray, bytearray]:
        """Return the texts of a column: their offsets in 32 bits each, including the end of the last one, and the texts.

        rows: how many there are. unit: bytes of an element, for columns of lists.
        """
        first: cython.int = column * self.step
        row: cython.int
        used: cython.int = 0
        start: cython.int
        size: cython.int
        for row in range(rows):
            if self.valid[first + row]:
                used += cython.cast(cython.int, self.values[first + row] & _LONGEST)
        offsets, made = bytearray(4 * (rows + 1)), bytearray(used)
        places: cython.int[::1] = memoryview(offsets).cast("i")
        into: cython.uchar[::1] = made
        used = 0
        for row in range(rows):
            places[row] = used // unit
            if self.valid[first + row]:
                start = cython.cast(cython.int, self.values[first + row] >> _BEFORE)
                size = cython.cast(cython.int, self.values[first + row] & _LONGEST)
                if size:
                    if cython.compiled:
                        # accessing the last ones first proves that the others are within bounds
                        into[used + size - 1] = self.output.out[start + size - 1]
                        memcpy(cython.address(into[used]), cython.address(self.output.out[start]), size)
                    else:
                        into[used : used + size] = self.output.out[start : start + size]
                used += size
        places[rows] = used // unit
        return offsets, made

    # Called by the pass

    def set(self, column: cython.int, row: cython.int, value: cython.longlong) -> cython.int:
        """Set a value of a row."""
        at: cython.int = column * self.step + row
        if not cython.compiled:
            value = (value + (1 << 63)) % (1 << 64) - (1 << 63)  # as a cast in C does
        self.values[at] = value
        self.valid[at] = 1
        self.filled[column] += 1
        return 0

    def text(self, column: cython.int, row: cython.int, start: cython.longlong, size: cython.int) -> cython.int:
        """Set a text of a row, by its place in the output."""
        return self.set(column, row, start << _BEFORE | size)

    def forget(self, row: cython.int) -> cython.int:
        """Remove the values of a row."""
        column: cython.int
        for column in range(self.width):
            if self.valid[column * self.step + row]:
                self.valid[column * self.step + row] = 0
                self.filled[column] -= 1
        return 0
