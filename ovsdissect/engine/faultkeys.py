"""The names of attributes that have none of their own in a row: undeclared and repeated ones, and the bytes after a struct's members."""

from __future__ import annotations

import cython

if not cython.compiled:
    from ovsdissect.engine.codes import ALIEN, BAD_LENGTH, FAULT, KEY_OF_FAULT, ROW
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.reader import Reader


@cython.final
@cython.cclass
class FaultKeys:
    """Writes names as the tree spells them."""

    def __init__(self, reader: Reader, output: Output) -> None:
        self.reader, self.output = reader, output

    def name(self, row: cython.int) -> cython.int:
        """Write the name of a row: its key without the quotes and the colon."""
        return self.output.text(self.reader.rows[row * ROW + 1] + 1, self.reader.rows[row * ROW + 2] - 3)

    def key(self, row: cython.int) -> cython.int:
        """Write the name of a value whose token has a row that stands for a key without a row."""
        at: cython.int = (KEY_OF_FAULT - row) * FAULT
        if row > KEY_OF_FAULT:
            return self.output.decimal(-2 - row)
        if self.reader.faults.rows[at] == ALIEN:
            self.output.literal(b"attr_")
            return self.output.decimal(self.reader.faults.rows[at + 4])
        if self.reader.faults.rows[at] == BAD_LENGTH:
            return self.output.literal(b"rest")
        self.name(self.reader.faults.rows[at + 5])
        self.output.char(35)
        return self.output.decimal(self.reader.faults.rows[at + 4])
