"""The pass: it finds each message, reads it and gives it to a back end, without Python code in between.

run() stops when the caller must do something, and continues when called again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

from ovsdissect.engine.agreement_tables import agreement_tables

if not cython.compiled:
    from ovsdissect.engine.agreement import Agreement
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.backend import BackEnd
    from ovsdissect.engine.codes import ASK, COMMAND, MET, SHORT, TOLD, UNKNOWN
    from ovsdissect.engine.match import Match
    from ovsdissect.engine.matchcodes import NO, UNSURE, YES
    from ovsdissect.engine.topattributes import read_message
    from ovsdissect.engine.walk import Walk

if TYPE_CHECKING:
    from ovsdissect.engine.tables import Tables

_HEADERS = cython.declare(cython.int, 20)  # struct nlmsghdr, struct genlmsghdr
_REQUEST = cython.declare(cython.int, 0x1)


@cython.final
@cython.cclass
class Engine:
    """One pass over the buffers that its walk is given.

    match: selects the messages for the back end; all others only update the records. verdict: its result for the last message; of messages
    left to the tree, UNSURE if the tree must decide whether they pass.
    idle: give no message to the back end.
    told_start, told_stop: the bytes of the message for which run() returned TOLD.
    """

    def __init__(
        self, walk: Walk, answer: Answer, back_end: BackEnd, tables: Tables, match: Match | None = None, idle: bool = False
    ) -> None:
        self.walk, self.reader, self.answer, self.back_end, self.match = walk, walk.reader, answer, back_end, match
        self.agreement = Agreement(agreement_tables())
        self.packet, self.key, self.action = tables.packet, tables.key, tables.action
        self.verdict = YES
        self.idle = idle
        walk.records.cuts = back_end.cuts and match is None and not idle
        walk.reader.faults.accepted = walk.records.cuts
        self.irregular = answer.irregular = walk.records.cuts and back_end.irregular
        self.told_start = self.told_stop = 0

    def run(self) -> int:
        """Continue until the caller must act. Returns a status of codes.py, never MET."""
        status: cython.int
        with cython.nogil:
            status = self.go()
        return status

    def go(self) -> cython.int:
        """Process messages until one has a status other than MET, which is returned."""
        status: cython.int = MET
        while status == MET:
            self.verdict = UNSURE
            status = self.walk.meet()
            if status == MET:
                status = self.one()
        return status

    def one(self) -> cython.int:
        """Process the current message. Returns a status of codes.py."""
        c: cython.int = self.walk.kind * COMMAND
        status: cython.int
        told: cython.int
        if self.walk.kind == UNKNOWN or (self.walk.irregular and not self.irregular):
            return ASK
        if self.idle:
            self.verdict = NO
        else:
            self.verdict = YES if self.match is None else self.match.test()
        if self.match is not None and self.verdict == UNSURE and not self.match.asks_problems:
            return ASK
        if self.verdict == NO and (self.walk.kind < 0 or not self.walk.telling_command(self.walk.kind)):
            self.walk.note()
            self.walk.done()
            return MET
        if self.walk.short:
            self.reader.begin()
            self.reader.faults.add(SHORT, 0, self.walk.start + _HEADERS, self.walk.stop - self.walk.start - _HEADERS, 0, 0)
        elif self.walk.kind >= 0:
            if read_message(
                self.reader,
                self.walk.kind,
                self.walk.start + _HEADERS + self.reader.commands[c + 12],
                self.walk.stop,
                self.walk.missing,
                self.walk.flags & _REQUEST,
            ):
                return ASK
            if self.walk.missing or self.reader.faults.count:
                if self.walk.tells():
                    return ASK
            elif self.reader.commands[c + 9] and self.disagrees():
                return ASK
        if self.match is not None and self.verdict == UNSURE:
            self.verdict = self.match.test_clean()
            if self.verdict == UNSURE:
                return ASK
        if self.verdict == YES:
            status = self.back_end.message()
            if status != MET:
                return status
        told = self.walk.tells()
        self.told_start, self.told_stop = self.walk.start, self.walk.stop
        self.walk.note()
        self.walk.done()
        return TOLD if told else MET

    def disagrees(self) -> cython.int:
        """Return 1 if an upcall's packet may differ from what its key describes, else 0."""
        if not (self.reader.there >> self.packet & self.reader.there >> self.key & 1):
            return 0
        if self.reader.starts[self.key] == self.reader.ends[self.key]:
            return 0
        return self.agreement.differs(
            self.reader,
            self.reader.starts[self.key],
            self.reader.ends[self.key],
            self.reader.starts[self.packet],
            self.reader.ends[self.packet],
            self.walk.kind == self.action,
        )
