"""The problems of a message that the engine reads: where the capture cut it, or the faults that the reader noted.

The compiled form of the tree's texts, and of ovsdissect.dissect.specification.
"""

from __future__ import annotations

import cython

if not cython.compiled:
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.codes import (
        ALIEN,
        ANSWER,
        BAD_LENGTH,
        COMMAND,
        DUPLICATE,
        FAULT,
        MISSING,
        OPEN_LIST,
        OPEN_OBJECT,
        SHORT,
        TOKEN,
        UNEXPECTED,
        WIRE,
    )
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.walk import Walk

from ovsdissect.engine.faultkeys import FaultKeys

LONGEST_PROBLEM = 8192  # bytes of output: the names and indexes of a path of MAX_DEPTH attributes, and the text


@cython.final
@cython.cclass
class Problems:
    """Writes the problems of the current message, which was read. Callers make sure that there is room for LONGEST_PROBLEM bytes each."""

    def __init__(self, walk: Walk, answer: Answer, output: Output) -> None:
        self.walk, self.answer, self.reader, self.output = walk, answer, walk.reader, output
        self.keys = FaultKeys(walk.reader, output)

    def count(self) -> cython.int:
        """Return how many there are."""
        return 1 if self.walk.missing else self.reader.faults.count if self.walk.kind >= 0 or self.walk.kind == ANSWER else 0

    def decoded(self) -> cython.bint:
        """Return whether the reader read the message, or the request that it echoes."""
        return self.walk.kind >= 0 or (self.walk.kind == ANSWER and self.answer.echoed)

    def first(self) -> cython.int:
        """Return the first token of the attributes."""
        return 0 if self.walk.kind >= 0 else self.answer.echo_tokens + 1

    def objects(self) -> cython.int:
        """Write the problems as JSON objects."""
        fault: cython.int
        at: cython.int
        start: cython.int = self.walk.stop
        if self.walk.missing:
            self.output.literal(b'{"kind":"truncated","path":"')
            self.place()
            if self.within():
                start = self.reader.tokens[self.reader.cut * TOKEN + 2]
            self.extent(start, self.walk.stop - start)
            self.text()
            return self.output.literal(b'"}')
        for fault in range(self.count()):
            at = fault * FAULT
            self.output.literal(b',{"kind":"' if fault else b'{"kind":"')
            self.kind(at)
            self.output.literal(b'","path":"')
            self.where(at)
            self.extent(self.reader.faults.rows[at + 2], self.reader.faults.rows[at + 3])
            self.fault_text(at)
            self.output.literal(b'"}')
        return 0

    def extent(self, start: cython.int, length: cython.int) -> cython.int:
        """Write the members that say where a problem is, and what precedes its text."""
        self.output.literal(b'","offset":')
        self.output.decimal(start - self.walk.records.begin)
        self.output.literal(b',"length":')
        self.output.decimal(length)
        return self.output.literal(b',"text":"')

    def phrase(self) -> cython.int:
        """Write the end of a list's line, after its opening bracket."""
        count: cython.int = self.count()
        if self.walk.missing:
            self.output.literal(b"truncated: ")
            if self.decoded():
                self.place()
                self.output.literal(b": ")
            self.text()
            return self.output.char(93)
        self.kind(0)
        self.output.literal(b": ")
        if self.reader.faults.rows[0] != SHORT or self.walk.kind < 0:
            self.where(0)
            self.output.literal(b": ")
        self.fault_text(0)
        if count > 1:
            self.output.literal(b" and ")
            self.output.decimal(count - 1)
            self.output.literal(b" more")
        return self.output.char(93)

    # Where the capture cut the message

    def within(self) -> cython.bint:
        """Return whether the bytes end in a value, and not between two."""
        return self.decoded() and self.reader.whole_length > 0

    def place(self) -> cython.int:
        """Write the path of the value, or of the set that continues; nothing for a message that is not decoded."""
        if not self.decoded():
            return 0
        if self.walk.kind < 0:
            self.output.literal(b"request.")
        return self.path(self.reader.cut)

    def text(self) -> cython.int:
        """Write how many bytes are missing, and of how many."""
        lost: cython.int = self.reader.lost if self.decoded() else self.walk.missing
        self.output.decimal(lost)
        if self.within():
            self.output.literal(b" of ")
            self.output.decimal(self.reader.whole_length)
            self.output.literal(b" byte" if self.reader.whole_length == 1 else b" bytes")
            return self.output.literal(b" is missing" if lost == 1 else b" are missing")
        return self.output.literal(b" byte is missing" if lost == 1 else b" bytes are missing")

    # Faults, by the index of their row

    def kind(self, at: cython.int) -> cython.int:
        """Write the kind of a fault."""
        kind: cython.int = self.reader.faults.rows[at]
        if kind == BAD_LENGTH or kind == SHORT:
            return self.output.literal(b"bad-length")
        if kind == ALIEN:
            return self.output.literal(b"unknown")
        if kind == DUPLICATE:
            return self.output.literal(b"duplicate")
        return self.output.literal(b"missing" if kind == MISSING else b"unexpected")

    def where(self, at: cython.int) -> cython.int:
        """Write the path of a fault."""
        kind: cython.int = self.reader.faults.rows[at]
        if kind == SHORT:
            return 0 if self.walk.kind >= 0 else self.output.literal(b"request")
        if kind == MISSING or kind == UNEXPECTED:
            self.output.literal(b"attrs.")
            return self.keys.name(self.reader.faults.rows[at + 5])
        if self.walk.kind < 0:
            self.output.literal(b"request.")
        return self.path(self.reader.faults.rows[at + 1])

    def fault_text(self, at: cython.int) -> cython.int:
        """Write the text of a fault."""
        kind: cython.int = self.reader.faults.rows[at]
        number: cython.int = self.reader.faults.rows[at + 4]
        row: cython.int = self.reader.faults.rows[at + 5]
        if kind == SHORT:
            return self.output.literal(b"the message ends inside its headers")
        if kind == ALIEN:
            self.output.text(self.reader.wires[row * WIRE + 6], self.reader.wires[row * WIRE + 7])
            self.output.literal(b" has no attribute ")
            return self.output.decimal(number)
        if kind == MISSING or kind == UNEXPECTED:
            self.output.text(self.reader.commands[self.walk.kind * COMMAND + 16], self.reader.commands[self.walk.kind * COMMAND + 17])
            self.output.literal(b" without " if kind == MISSING else b" does not use ")
            self.keys.name(row)
            return self.output.literal(b": the kernel answers EINVAL") if kind == MISSING else 0
        self.keys.name(row)
        if kind == DUPLICATE:
            self.output.literal(b" occurs ")
            self.output.decimal(number)
            return self.output.literal(b" times")
        self.output.literal(b" has ")
        self.output.decimal(self.reader.faults.rows[at + 3])
        self.output.literal(b" byte instead of " if self.reader.faults.rows[at + 3] == 1 else b" bytes instead of ")
        return self.output.decimal(number)

    # Paths

    def path(self, token: cython.int) -> cython.int:
        """Write the path of a value in its message or request, given its token."""
        n: cython.int = self.first()
        place: cython.int
        row: cython.int
        listed: cython.bint = False
        self.output.literal(b"attrs")
        while n <= token:
            place = 0
            while n < token and self.after(n) <= token:
                n = self.after(n)
                place += 1
            row = self.reader.tokens[n * TOKEN + 1]
            if listed:
                self.output.char(91)
                self.output.decimal(place)
                self.output.char(93)
            else:
                self.output.char(46)
                if row >= 0:
                    self.keys.name(row)
                else:
                    self.keys.key(row)
            listed = self.reader.tokens[n * TOKEN] == OPEN_LIST
            n += 1
        return 0

    def after(self, token: cython.int) -> cython.int:
        """Return the token that follows a value."""
        what: cython.int = self.reader.tokens[token * TOKEN]
        return self.reader.tokens[token * TOKEN + 4] + 1 if what == OPEN_OBJECT or what == OPEN_LIST else token + 1
