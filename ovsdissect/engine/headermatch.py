"""The conditions of a filter on headers: numbers, kinds and names of a message, and of the request that it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.codes import (
        ANSWER,
        BARE,
        COMMAND,
        UNKNOWN,
    )
    from ovsdissect.engine.matchcodes import (
        ACKNOWLEDGED,
        CAPTURED,
        COMMAND_OF,
        COMMAND_TOLD,
        DATAPATH_OF,
        DIRECTION,
        ECHOED_FLAGS,
        ECHOED_LENGTH,
        ECHOED_SEQUENCE,
        ECHOED_TYPE,
        ENDED,
        ERRNO,
        ERROR_OF,
        FAILED_OF,
        FAILURE,
        FLAGS_OF,
        INTERFACE_OF,
        KIND,
        LENGTH_OF,
        MESSAGE,
        NAMED,
        NO,
        NUMBER_OF,
        NUMBERED,
        PLACE_OF,
        PORTID_OF,
        PRESENT,
        PROBLEMS,
        PROTOCOL_OF,
        RECORD_OF,
        REQUEST_NUMBER,
        REQUESTED,
        REQUESTED_NAME,
        RESERVED_OF,
        RULE,
        SEQUENCE_OF,
        SINCE,
        SOME,
        THERE,
        TIME_OF,
        TOLD_DATAPATH,
        TYPE_OF,
        UNSURE,
        VERSION_OF,
        YES,
    )
    from ovsdissect.engine.rules import Rules
    from ovsdissect.engine.subject import Subject
    from ovsdissect.engine.walk import Walk

if TYPE_CHECKING:
    from ovsdissect.engine.conditions import Conditions
    from ovsdissect.engine.tables import Tables

_HEADERS = cython.declare(cython.int, 20)  # struct nlmsghdr, struct genlmsghdr
_HEADER = cython.declare(cython.int, 16)  # struct nlmsghdr
_GENERIC = cython.declare(cython.int, 16)
_ERROR = cython.declare(cython.int, 2)
_REQUEST = cython.declare(cython.int, 0x1)
_LONGEST_NAME = cython.declare(cython.int, 1024)
_ABSENT = cython.declare(cython.int, -1)
_OPEN = cython.declare(cython.int, -2)


@cython.final
@cython.cclass
class HeaderMatch:
    """Evaluates conditions on the current message, each given by its index in `conditions`: NO, YES or UNSURE.

    clean: the message is known to have no problem. answered: what Answer.read() returned, negative before it was called. family: the
    message's own.
    """

    def __init__(self, walk: Walk, answer: Answer, tables: Tables, conditions: Conditions) -> None:
        self.walk, self.reader, self.answer = walk, walk.reader, answer
        self.conditions, self.roots = conditions.conditions, conditions.roots
        self.rules = Rules(walk, conditions)
        self.subject = Subject(walk, answer, tables)
        self.numbers = conditions.numbers
        self.answers = conditions.answers
        self.verbs = conditions.verbs
        self.acknowledged, self.plain = conditions.acknowledged, conditions.plain
        self.clean = False
        self.answered = 0
        self.family = UNKNOWN
        self.quantifier = SOME

    def read(self) -> cython.int:
        """Read what the message answers. Returns 1 if the tree must read it. The tokens of an error replace others."""
        if self.answered < 0:
            self.answered = self.answer.read()
        return self.answered

    def sort(self) -> cython.int:
        """Return the kind of the message."""
        at: cython.int = self.walk.start + _HEADER
        if self.walk.kind != ANSWER:
            return MESSAGE
        if self.walk.type != _ERROR:
            return ENDED
        if self.walk.stop - at >= 4 and not self.reader.host32(at):
            return ACKNOWLEDGED
        return FAILURE

    def error(self) -> cython.int:
        """Return the error number of an error, an acknowledgement or the end of a dump, positive; or _ABSENT, _OPEN."""
        if self.walk.kind != ANSWER:
            return _ABSENT
        if self.read():
            return _OPEN
        if not self.answer.numbered or not self.answer.error:
            return _ABSENT
        return cython.cast(cython.int, -self.answer.error) if -600 < self.answer.error < 0 else _OPEN

    def choice(self, c: cython.int) -> cython.int:
        """Evaluate a condition on a value from a small set."""
        domain: cython.int = self.conditions[c + 1]
        value: cython.int = 0
        if domain == COMMAND_OF or (domain == COMMAND_TOLD and self.walk.kind != ANSWER):
            value = self.walk.kind if self.walk.kind >= 0 else _ABSENT
        elif domain == KIND:
            value = self.sort()
        elif domain == DIRECTION:
            value = 1 if self.walk.flags & _REQUEST else 0
        elif domain == ERRNO:
            value = self.error()
        elif domain == PRESENT:
            value = 0
        elif domain == PROBLEMS:
            value = _ABSENT if self.clean and not self.read() else _OPEN
        elif self.read():
            value = _OPEN
        elif domain == REQUESTED or domain == COMMAND_TOLD:
            value = self.answer.command if self.answer.command >= 0 else _ABSENT
        elif domain == NUMBERED:
            value = 0 if self.walk.kind == ANSWER and self.answer.numbered else _ABSENT
        else:
            value = 0 if self.answer.asked else _ABSENT
        if value == _OPEN:
            return UNSURE
        return NO if value < 0 else self.answers[self.conditions[c + 3] + value]

    def number(self, c: cython.int) -> cython.int:
        """Evaluate a condition on a number in the headers."""
        which: cython.int = self.conditions[c + 1]
        rule: cython.int = self.conditions[c + 3]
        family: cython.int = self.conditions[c + 4]
        at: cython.int = self.walk.start
        value: cython.ulonglong = 0
        if which == NUMBER_OF:
            value = cython.cast(cython.ulonglong, self.walk.number + 1)
        elif which == RECORD_OF:
            value = cython.cast(cython.ulonglong, self.walk.records.count)
        elif which == PLACE_OF:
            value = cython.cast(cython.ulonglong, self.walk.place)
        elif which == TIME_OF:
            value = cython.cast(cython.ulonglong, self.walk.records.time)
        elif which == SINCE:
            value = cython.cast(cython.ulonglong, self.walk.records.time - self.walk.first_time)
        elif which == PROTOCOL_OF:
            value = cython.cast(cython.ulonglong, self.walk.records.protocol)
        elif which == LENGTH_OF:
            value = cython.cast(cython.ulonglong, self.walk.stop - self.walk.start)
        elif which == TYPE_OF:
            value = cython.cast(cython.ulonglong, self.walk.type)
        elif which == SEQUENCE_OF:
            value = self.walk.seq
        elif which == PORTID_OF:
            value = self.walk.pid
        elif which == INTERFACE_OF:
            value = cython.cast(cython.ulonglong, self.walk.records.device)
        elif which == CAPTURED:
            value = cython.cast(cython.ulonglong, self.walk.records.end - self.walk.records.begin)
        elif which == FLAGS_OF and self.walk.kind == BARE and self.walk.records.protocol == 0 and self.walk.flags & _REQUEST:
            return UNSURE  # the meaning of the bits depends on the type
        elif which == FLAGS_OF:
            value = cython.cast(cython.ulonglong, self.walk.flags)
            if self.walk.kind == ANSWER:
                rule = self.roots[rule + self.acknowledged]
            elif self.walk.kind >= 0 and self.walk.flags & _REQUEST:
                rule = self.roots[rule + self.verbs[self.walk.kind]]
            else:
                rule = self.roots[rule + self.plain]
        elif which == VERSION_OF:
            if self.walk.kind < 0:
                return NO
            value = self.reader.data[at + 17]
        elif which == RESERVED_OF:
            if self.walk.kind < 0:
                return NO
            value = cython.cast(cython.ulonglong, self.reader.host16(at + 18))
        elif which == DATAPATH_OF:
            if self.walk.kind < 0 or not self.reader.commands[self.walk.kind * COMMAND + 12] or (family >= 0 and family != self.family):
                return NO
            value = self.reader.extended_sign(at + _HEADERS, 4, False)
        elif which == REQUEST_NUMBER:
            if self.read():
                return UNSURE
            if not self.answer.asked or not self.answer.request:
                return NO
            value = cython.cast(cython.ulonglong, self.answer.request)
        else:
            if self.walk.kind != ANSWER or (which != ERROR_OF and self.walk.type != _ERROR):
                return NO
            if self.read():
                return UNSURE
            at += _HEADER + 4
            if which == ERROR_OF or which == FAILED_OF:
                if not self.answer.numbered:
                    return NO
                value = cython.cast(cython.ulonglong, self.answer.error)
            elif which == ECHOED_LENGTH:
                value = self.reader.host32(at)
            elif which == ECHOED_TYPE:
                value = cython.cast(cython.ulonglong, self.reader.host16(at + 4))
            elif which == ECHOED_FLAGS and self.walk.records.protocol == 0:
                return UNSURE
            elif which == ECHOED_FLAGS:
                value = cython.cast(cython.ulonglong, self.reader.host16(at + 6))
                rule = self.roots[rule + (self.verbs[self.answer.command] if self.answer.command >= 0 else self.plain)]
            elif which == ECHOED_SEQUENCE:
                value = self.reader.host32(at + 8)
            else:
                value = self.reader.host32(at + 12)
        return NO if rule < 0 else self.rules.number(rule, value)

    def about(self, c: cython.int) -> cython.int:
        """Evaluate a condition on the port or datapath that the message is about: its number, with its name; or a vport's own name."""
        rule: cython.int = self.conditions[c + 3]
        text: cython.int = self.conditions[c + 4]
        if self.walk.kind == ANSWER and self.read():
            return UNSURE
        if self.subject.look():
            return UNSURE
        if self.conditions[c] == TOLD_DATAPATH:
            if not self.subject.located or not self.subject.datapath:
                return NO
            if self.quantifier == THERE:
                return YES
            return self.rules.number(rule, cython.cast(cython.ulonglong, cython.cast(cython.int, self.subject.datapath)))
        if not self.subject.numbered and not self.subject.named:
            return NO
        if self.quantifier == THERE:
            return YES
        if self.subject.named and (not self.subject.numbered or self.rules.rules[rule * RULE] == NAMED):
            return self.own_name(text if not self.subject.numbered else rule)
        self.rules.datapath = self.subject.datapath
        return self.rules.number(rule, self.subject.number)

    def own_name(self, rule: cython.int) -> cython.int:
        """Return whether the name in a vport's message passes a rule."""
        size: cython.int = self.subject.end - self.subject.start
        i: cython.int
        at: cython.int
        if size > _LONGEST_NAME:
            return UNSURE
        for i in range(size):
            at = self.subject.start + i
            self.rules.scratch[i] = self.subject.body[at] if self.subject.past else self.reader.data[at]
        return self.rules.octets(rule, True, 0, size)

    def listed(self, c: cython.int) -> cython.int:
        """Return whether the message's number is among those that pass."""
        low: cython.int = self.conditions[c + 3]
        last: cython.int = low + self.conditions[c + 1]
        high: cython.int = last
        middle: cython.int
        number: cython.longlong = self.walk.number + 1
        while low < high:
            middle = (low + high) // 2
            if self.numbers[middle] < number:
                low = middle + 1
            else:
                high = middle
        return YES if low < last and self.numbers[low] == number else NO

    def name(self, c: cython.int) -> cython.int:
        """Evaluate a condition on the name of the family, or of the request's family."""
        family: cython.int = self.family
        kind: cython.int = self.walk.type
        slot: cython.int
        i: cython.int
        start: cython.int
        if self.walk.kind == ANSWER or self.conditions[c] == REQUESTED_NAME:
            if self.read():
                return UNSURE
            if not self.answer.asked:
                return NO
            family = self.answer.family
            if self.walk.kind == ANSWER:
                kind = self.answer.type
        if family >= 0:
            return self.answers[self.conditions[c + 3] + family]
        if self.walk.records.protocol != _GENERIC:
            return NO
        slot = self.walk.family_names.find(kind)
        if slot < 0:
            return NO
        start = self.walk.family_names.start(slot)
        for i in range(self.walk.family_names.length(slot)):
            self.rules.scratch[i] = self.walk.family_names.texts[start + i]
        return self.rules.octets(self.conditions[c + 1], True, 0, self.walk.family_names.length(slot))
