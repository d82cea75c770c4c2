"""What is done with each message of a pass: the base of everything that writes, counts or keeps something of it."""

from __future__ import annotations

import cython

if not cython.compiled:
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.codes import ASK
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.walk import Walk


@cython.cclass
class BackEnd:
    """What a back end looks at: where the pass stands, the message's tokens, and of an error, ACK or end of a dump what it says.

    cuts: whether it deals with messages that the capture cut, all others being the tree's.  malformed: how many it dealt with.
    """

    def __init__(self, walk: Walk, answer: Answer, output: Output) -> None:
        self.walk, self.answer, self.output = walk, answer, output
        self.reader = walk.reader
        self.cuts = False
        self.malformed = 0

    @staticmethod
    def asking(walk: Walk, answer: Answer, output: Output, tables: object) -> BackEnd:
        """The back end of a pass in which every message that passes is the tree's."""
        return BackEnd(walk, answer, output)

    def message(self) -> cython.int:
        """Deal with the message that was met and read: MET; FULL where there is no room, and ASK where it is the tree's.

        After FULL and ASK the output is what it was before.
        """
        return ASK
