"""The base class of back ends: whatever writes, counts or keeps something for each message of a pass."""

from __future__ import annotations

import cython

if not cython.compiled:
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.codes import ASK
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.walk import Walk


@cython.cclass
class BackEnd:
    """What a back end reads: the pass's position, the message's tokens and, for an error, ACK or end of a dump, its answer.

    cuts: whether it also takes messages that the capture cut, and those with faults. malformed: how many of those it took.
    irregular: whether it also takes irregular messages, answers to them, and errors whose extended ACK points at an attribute.
    """

    def __init__(self, walk: Walk, answer: Answer, output: Output) -> None:
        self.walk, self.answer, self.output = walk, answer, output
        self.reader = walk.reader
        self.cuts = self.irregular = False
        self.malformed = 0

    @staticmethod
    def asking(walk: Walk, answer: Answer, output: Output, tables: object) -> BackEnd:
        """Return a back end that leaves every message to the tree."""
        return BackEnd(walk, answer, output)

    def message(self) -> cython.int:
        """Process the current message, which was read.

        Returns MET; FULL if the output has no room; ASK if the tree must handle the message. After FULL and ASK the output is unchanged.
        """
        return ASK
