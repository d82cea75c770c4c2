"""What is wrong with a message although its attributes can be told apart: unknown ones, wrong lengths, repeated ones, unused ones."""

from __future__ import annotations

from array import array

import cython

if not cython.compiled:
    from ovsdissect.engine.codes import FAULT, MAX_FAULTS


@cython.final
@cython.cclass
class Faults:
    """The faults of one message, in the order in which the tree finds them.

    A fault is six integers: its kind (codes.py), the token at fault, the start and the length of its bytes, a number (of an undeclared
    attribute; the size that a type has; how often an attribute has occurred), and the attribute's row or, of an undeclared one, its set's
    wire type.
    accepted: whether there may be any.
    """

    def __init__(self) -> None:
        self.rows = array("i", bytes(4 * FAULT * MAX_FAULTS))
        self.count = 0
        self.accepted = False

    def add(
        self, kind: cython.int, token: cython.int, start: cython.int, length: cython.int, number: cython.int, row: cython.int
    ) -> cython.int:
        """Note a fault. Returns 1 if there are too many."""
        at: cython.int = self.count * FAULT
        if not self.accepted or self.count >= MAX_FAULTS:
            return 1
        self.rows[at], self.rows[at + 1], self.rows[at + 2] = kind, token, start
        self.rows[at + 3], self.rows[at + 4], self.rows[at + 5] = length, number, row
        self.count += 1
        return 0
