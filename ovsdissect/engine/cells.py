# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""Puts the cells of a line together: aligned, as comma-separated values, or painted in the width and colours of a terminal.

The compiled form of ovsdissect.text.forms and ovsdissect.cli.painted for texts of plain ASCII and arrows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if cython.compiled:
    from cython.cimports.libc.string import memmove, memset
else:
    from ovsdissect.engine.listcodes import FORM_ALIGNED, FORM_SEPARATED
    from ovsdissect.engine.output import Output

if TYPE_CHECKING:
    from ovsdissect.engine.list_shape import Shape

_SPACE = cython.declare(cython.int, 32)
_COMMA = cython.declare(cython.int, 44)
_QUOTE = cython.declare(cython.int, 34)


@cython.final
@cython.cclass
class Cells:
    """The cells of one line: begin(), then for each cell open(), the writing of its text and close(), then end().

    columns: for each column its width, 0 for unlimited, and its alignment (1: right). Only for FORM_PAINTED, width: cells of the terminal;
    styles: for each tone and column, offset and length in `begins` of the escape sequence that starts its style, length 0 if it has none.
    """

    def __init__(self, output: Output, shape: Shape) -> None:
        self.output, self.form, self.columns = output, shape.form, shape.columns
        self.ellipsis_length = len(shape.ellipsis)
        self.last = len(shape.columns) // 2 - 1
        self.width, self.styles, self.begins, self.ellipsis = shape.width, shape.styles, shape.begins, shape.ellipsis
        self.begun = self.start = self.left = self.tone = 0

    def begin(self, tone: cython.int) -> cython.int:
        """Begin a line."""
        self.begun = self.output.used
        self.left, self.tone = self.width, tone
        return 0

    def open(self, place: cython.int) -> cython.int:
        """Begin the cell of column number `place`."""
        if place:
            self.output.char(_COMMA if self.form == FORM_SEPARATED else _SPACE)
        self.start = self.output.used
        return 0

    def close(self, place: cython.int, more: cython.int) -> cython.int:
        """End a cell. more: by how many its bytes exceed the terminal cells that they take."""
        if self.form == FORM_ALIGNED:
            return self.pad(place, more)
        return self.quote() if self.form == FORM_SEPARATED else self.paint(place, more)

    def end(self) -> cython.int:
        """End the line."""
        if self.form != FORM_SEPARATED:
            while self.output.used > self.begun and self.output.out[self.output.used - 1] == _SPACE:
                self.output.used -= 1
        return self.output.char(10)

    def insert(self, at: cython.int, count: cython.int) -> cython.int:
        """Make room for `count` bytes (at least one) at an offset within the cell."""
        length: cython.int = self.output.used - at
        self.output.out[self.output.used + count - 1] = 0
        if cython.compiled:
            memmove(cython.address(self.output.out[at + count]), cython.address(self.output.out[at]), length)
        else:
            self.output.out[at + count : at + count + length] = bytes(self.output.out[at : at + length])
        self.output.used += count
        return 0

    def spaces(self, at: cython.int, count: cython.int) -> cython.int:
        """Write `count` spaces (at least one) at an offset of the output."""
        self.output.out[at + count - 1] = _SPACE
        if cython.compiled:
            memset(cython.address(self.output.out[at]), _SPACE, count)
        else:
            self.output.out[at : at + count] = b" " * count
        return 0

    def pad(self, place: cython.int, more: cython.int) -> cython.int:
        """Fill the cell up to its column's width."""
        missing: cython.int = self.columns[2 * place] - (self.output.used - self.start - more)
        if missing <= 0:
            return 0
        if self.columns[2 * place + 1]:
            self.insert(self.start, missing)
            return self.spaces(self.start, missing)
        self.spaces(self.output.used, missing)
        self.output.used += missing
        return 0

    # Comma-separated values

    def quote(self) -> cython.int:
        """Quote the cell where the csv module does: if it holds a comma or a quote, or is empty and the only column."""
        i: cython.int
        quotes: cython.int = 0
        needed: cython.bint = False
        if self.output.used == self.start:
            return 0 if self.last else self.output.literal(b'""')
        for i in range(self.start, self.output.used):
            if self.output.out[i] == _QUOTE:
                quotes += 1
            elif self.output.out[i] == _COMMA:
                needed = True
        if not needed and not quotes:
            return 0
        i = self.output.used - 1
        self.output.used += quotes + 2
        self.output.out[self.output.used - 1] = _QUOTE
        quotes += 1
        while i >= self.start:
            self.output.out[i + quotes] = self.output.out[i]
            if self.output.out[i] == _QUOTE:
                quotes -= 1
                self.output.out[i + quotes] = _QUOTE
            i -= 1
        self.output.out[self.start] = _QUOTE
        return 0

    # A terminal

    def paint(self, place: cython.int, more: cython.int) -> cython.int:
        """Cut the cell to the width that is left of the terminal, and add its style."""
        shown: cython.int
        style: cython.int = 2 * (self.tone * (self.last + 1) + place)
        length: cython.int
        if place < self.last or self.columns[2 * place + 1]:
            self.pad(place, more)
        shown = self.output.used - self.start - more
        if shown > self.left:
            shown = self.left
            self.output.used = self.start
            if shown > 0:
                self.output.used += shown - 1
                self.output.raw(self.ellipsis, 0, self.ellipsis_length)
        self.left -= (shown if shown > self.columns[2 * place] else self.columns[2 * place]) + 1
        if self.left < 0:
            self.left = 0
        length = self.styles[style + 1]
        if length and self.output.used > self.start:
            self.insert(self.start, length)
            for shown in range(length):
                self.output.out[self.start + shown] = self.begins[self.styles[style] + shown]
            self.output.literal(b"\x1b[0m")
        return 0
