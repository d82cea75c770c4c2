"""The problem of a message that the capture cut: the value at which its bytes end, and how many are missing.

The compiled form of the tree's text, from ovsdissect.problem.missing().
"""

from __future__ import annotations

import cython

if not cython.compiled:
    from ovsdissect.engine.codes import OPEN_LIST, OPEN_OBJECT, ROW, TOKEN
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.walk import Walk

LONGEST_TRUNCATION = 8192  # bytes of output: the names and indexes of a path of MAX_DEPTH attributes, and the text


@cython.final
@cython.cclass
class Truncation:
    """Writes the problem of the current message, which was read. Callers make sure that there is room for LONGEST_TRUNCATION bytes."""

    def __init__(self, walk: Walk, output: Output) -> None:
        self.walk, self.reader, self.output = walk, walk.reader, output

    def object(self) -> cython.int:
        """Write the problem as a JSON object."""
        start: cython.int = self.walk.stop
        self.output.literal(b'{"kind":"truncated","path":"')
        self.path()
        if self.within():
            start = self.reader.tokens[self.reader.cut * TOKEN + 2]
        self.output.literal(b'","offset":')
        self.output.decimal(start - self.walk.begin)
        self.output.literal(b',"length":')
        self.output.decimal(self.walk.stop - start)
        self.output.literal(b',"text":"')
        self.text()
        return self.output.literal(b'"}')

    def phrase(self) -> cython.int:
        """Write the end of a list's line, after its opening bracket."""
        self.output.literal(b"truncated: ")
        if self.walk.kind >= 0:
            self.path()
            self.output.literal(b": ")
        self.text()
        return self.output.char(93)

    def within(self) -> cython.bint:
        """Return whether the bytes end in a value, and not between two."""
        return self.walk.kind >= 0 and self.reader.whole_length > 0

    def path(self) -> cython.int:
        """Write the path of the value, or of the set that continues; nothing for a message that is not decoded."""
        n: cython.int = 0
        cut: cython.int = self.reader.cut
        place: cython.int
        row: cython.int
        listed: cython.bint = False
        if self.walk.kind < 0:
            return 0
        self.output.literal(b"attrs")
        while n <= cut:
            place = 0
            while n < cut and self.after(n) <= cut:
                n = self.after(n)
                place += 1
            row = self.reader.tokens[n * TOKEN + 1]
            if listed:
                self.output.char(91)
                self.output.decimal(place)
                self.output.char(93)
            else:
                self.output.char(46)
                if row < 0:
                    self.output.decimal(-2 - row)
                else:
                    # without the quotes and the colon
                    self.output.text(self.reader.rows[row * ROW + 1] + 1, self.reader.rows[row * ROW + 2] - 3)
            listed = self.reader.tokens[n * TOKEN] == OPEN_LIST
            n += 1
        return 0

    def after(self, token: cython.int) -> cython.int:
        """Return the token that follows a value."""
        what: cython.int = self.reader.tokens[token * TOKEN]
        return self.reader.tokens[token * TOKEN + 4] + 1 if what == OPEN_OBJECT or what == OPEN_LIST else token + 1

    def text(self) -> cython.int:
        """Write how many bytes are missing, and of how many."""
        lost: cython.int = self.reader.lost if self.walk.kind >= 0 else self.walk.missing
        self.output.decimal(lost)
        if self.within():
            self.output.literal(b" of ")
            self.output.decimal(self.reader.whole_length)
            self.output.literal(b" byte" if self.reader.whole_length == 1 else b" bytes")
            return self.output.literal(b" is missing" if lost == 1 else b" are missing")
        return self.output.literal(b" byte is missing" if lost == 1 else b" bytes are missing")
