# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""The back end that counts messages by command, family, protocol, control message and error, and notes the first and last time."""

from __future__ import annotations

from typing import NamedTuple

import cython

if not cython.compiled:
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.backend import BackEnd
    from ovsdissect.engine.codes import ANSWER, ASK, BARE, FAULT, FULL, MET, TRUNCATED
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.walk import Walk

from ovsdissect.engine.tally import Tally
from ovsdissect.problem import ProblemKind

_GENERIC = cython.declare(cython.int, 16)
_WORD = cython.declare(cython.ulonglong, 0xFFFFFFFF)
_ERROR = cython.declare(cython.int, 2)
_DUMP_INTR = cython.declare(cython.int, 0x10)
_REQUEST = cython.declare(cython.int, 0x1)
# kinds of control messages that are counted
_DONES = cython.declare(cython.int, 0)
_ACKS = cython.declare(cython.int, 1)
_ERRORS = cython.declare(cython.int, 2)


class Headers(NamedTuple):
    """Messages of which only the headers are read. named: their family has a name in their conversation."""

    protocol: int
    type: int
    request: bool
    named: bool
    conversation: int


class Failure(NamedTuple):
    """An error, or the end of a dump that failed. asked: its request is known; family, command: numbers in the tables, -1 for none."""

    number: int
    protocol: int
    type: int
    asked: bool
    family: int
    command: int


class Counted(NamedTuple):
    """commands: (to user space, to the kernel) by number in the tables. malformed: messages with problems; problems: by kind.
    failures: count, and number of the first message. first, last: times, None if there was no message.
    """

    commands: list[tuple[int, int]]
    malformed: int
    problems: dict[ProblemKind, int]
    dones: int
    acks: int
    errors: int
    headers: dict[Headers, int]
    failures: dict[Failure, tuple[int, int]]
    first: int | None
    last: int | None


@cython.final
@cython.cclass
class Statistics(BackEnd):
    """Counts the messages that the reader reads.

    Call taken() when it returns FULL, and before families get other names.
    """

    def __init__(self, walk: Walk, answer: Answer, output: Output, commands: int) -> None:
        BackEnd.__init__(self, walk, answer, output)
        self.headers, self.failures = Tally(), Tally()
        self.cuts = True
        self.reader.shallow = 0
        self.commands = memoryview(bytearray(16 * commands)).cast("q")
        self.problems = memoryview(bytearray(8 * len(ProblemKind))).cast("q")
        self.controls = memoryview(bytearray(24)).cast("q")
        self.begun = False
        self.first = self.last = 0

    def taken(self) -> Counted:
        """Return the counts since the last call, and reset them."""
        commands = [(self.commands[i], self.commands[i + 1]) for i in range(0, len(self.commands), 2)]
        headers = {
            Headers(first & 0xFFFF, first >> 16, bool(second & 1), bool(second & 2), second >> 2): count
            for (first, second), (count, _) in self.headers.taken().items()
        }
        failures = {
            Failure(
                (first >> 32 ^ 0x80000000) - 0x80000000,
                first & 0xFFFF,
                first >> 16 & 0xFFFF,
                bool(second >> 32),
                (second & 0xFFFF) - 1,
                (second >> 16 & 0xFFFF) - 1,
            ): (count, message)
            for (first, second), (count, message) in self.failures.taken().items()
        }
        times = (self.first, self.last) if self.begun else (None, None)
        controls = self.controls[_DONES], self.controls[_ACKS], self.controls[_ERRORS]
        problems = {kind: self.problems[i] for i, kind in enumerate(ProblemKind) if self.problems[i]}
        made = Counted(commands, self.malformed, problems, *controls, headers, failures, *times)
        for i in range(len(self.commands)):
            self.commands[i] = 0
        for i in range(len(self.controls)):
            self.controls[i] = 0
        for i in range(len(self.problems)):
            self.problems[i] = 0
        self.begun = False
        self.malformed = 0
        return made

    def message(self) -> cython.int:
        """Count the message. Returns MET, FULL or ASK."""
        status: cython.int = MET
        if self.walk.kind >= 0:
            self.commands[2 * self.walk.kind + (self.walk.flags & _REQUEST)] += 1
        else:
            status = self.bare() if self.walk.kind == BARE else self.answered()
            if status != MET:
                return status
        self.fault()
        # the clock may run backwards between records
        if not self.begun:
            self.begun = True
            self.first = self.last = self.walk.records.time
        elif self.walk.records.time < self.first:
            self.first = self.walk.records.time
        elif self.walk.records.time > self.last:
            self.last = self.walk.records.time
        return MET

    def fault(self) -> cython.int:
        """Count the problems of the message."""
        i: cython.int
        if self.walk.missing:
            self.problems[TRUNCATED] += 1
        elif self.reader.faults.count and (self.walk.kind >= 0 or (self.walk.kind == ANSWER and self.answer.echoed)):
            for i in range(self.reader.faults.count):
                self.problems[self.reader.faults.rows[i * FAULT]] += 1
        else:
            return 0
        self.malformed += 1
        return 0

    def bare(self) -> cython.int:
        """Count a message of another protocol, or of a family that is not decoded."""
        first: cython.ulonglong = cython.cast(cython.ulonglong, self.walk.type) << 16 | cython.cast(
            cython.ulonglong, self.walk.records.protocol
        )
        second: cython.ulonglong = self.walk.flags & _REQUEST
        if self.walk.records.protocol == _GENERIC and self.walk.family_names.find(self.walk.type) >= 0:
            second |= 2 | cython.cast(cython.ulonglong, self.walk.records.entered) << 2
        return FULL if self.headers.add(first, second, 0) else MET

    def answered(self) -> cython.int:
        """Count an error, an acknowledgement or the end of a dump."""
        first: cython.ulonglong
        second: cython.ulonglong
        if self.answer.read() or (self.walk.type != _ERROR and self.walk.flags & _DUMP_INTR):
            return ASK
        if self.answer.error and self.answer.asked and self.answer.family < 0 and self.walk.records.protocol == _GENERIC:
            return ASK  # it is counted under the name that its family has at this point
        if self.answer.error:
            first = cython.cast(cython.ulonglong, self.answer.error) & _WORD
            first = (
                first << 32
                | cython.cast(cython.ulonglong, self.answer.type) << 16
                | cython.cast(cython.ulonglong, self.walk.records.protocol)
            )
            second = cython.cast(cython.ulonglong, self.answer.asked) << 32
            if self.answer.family >= 0:
                second |= cython.cast(cython.ulonglong, self.answer.family + 1)
            if self.answer.command >= 0:
                second |= cython.cast(cython.ulonglong, self.answer.command + 1) << 16
            if self.failures.add(first, second, cython.cast(cython.ulonglong, self.walk.number + 1)):
                return FULL
        if self.walk.type != _ERROR:
            self.controls[_DONES] += 1
        elif self.answer.error:
            self.controls[_ERRORS] += 1
        else:
            self.controls[_ACKS] += 1
        return MET
