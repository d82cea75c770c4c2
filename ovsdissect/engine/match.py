"""The display filter on the message that was met: it passes, it does not, or the tree must tell.

It reads of a message only the attributes that the filter names, before anything else reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.codes import (
        ANSWER,
        BARE,
        COMMAND,
        LABEL,
        OPEN_LIST,
        OPEN_OBJECT,
        ROW,
        TEXT,
        TOKEN,
        UNKNOWN,
        WIRE,
        WORDS,
    )
    from ovsdissect.engine.matchcodes import (
        ACKNOWLEDGED,
        AHEAD,
        ALL,
        ALWAYS,
        ANY,
        ATTRIBUTES,
        BY_LENGTH,
        CAPTURED,
        CHOICE,
        COMMAND_OF,
        COMMAND_TOLD,
        CONDITION,
        CONTAINS,
        DATAPATH_OF,
        DIRECTION,
        ECHOED,
        ECHOED_FLAGS,
        ECHOED_LENGTH,
        ECHOED_SEQUENCE,
        ECHOED_TYPE,
        ENDED,
        EQUAL,
        ERRNO,
        ERROR_OF,
        EVERY,
        FAILED_OF,
        FAILS,
        FAILURE,
        FILLED,
        FLAGS_OF,
        HAS,
        KIND,
        LEAF,
        LEFT_OPEN,
        LENGTH_OF,
        LESS,
        MESSAGE,
        MORE,
        NAME,
        NEVER,
        NO,
        NODE,
        NONZERO,
        NOT,
        NOT_LESS,
        NOT_MORE,
        NOWHERE,
        NUMBER,
        NUMBER_OF,
        NUMBERED,
        NUMBERS,
        OPEN_TEST,
        PAIR,
        PASSES,
        PLACE_OF,
        PORTID_OF,
        PRESENT,
        PROBLEMS,
        PROTOCOL_OF,
        RANGE,
        RECORD_OF,
        REQUEST_NUMBER,
        REQUESTED,
        REQUESTED_NAME,
        RULE,
        SAME,
        SCRATCH,
        SEQUENCE_OF,
        SINCE,
        SLICE,
        SOME,
        STATE,
        TEST,
        THERE,
        TIME_OF,
        TYPE_OF,
        UNDECLARED,
        UNEQUAL,
        UNSURE,
        UNWANTED,
        VERSION_OF,
        YES,
    )
    from ovsdissect.engine.walk import Walk

if TYPE_CHECKING:
    from ovsdissect.engine.conditions import Conditions
    from ovsdissect.engine.tables import Tables

_HEADERS = cython.declare(cython.int, 20)  # struct nlmsghdr, struct genlmsghdr
_LINK = cython.declare(cython.int, 4)  # RTM_NEWLINK / 4
_HEADER = cython.declare(cython.int, 16)  # struct nlmsghdr
_GENERIC = cython.declare(cython.int, 16)
_ERROR = cython.declare(cython.int, 2)
_REQUEST = cython.declare(cython.int, 0x1)
_LONGEST = cython.declare(cython.int, 4 * 65536)  # NLA_HEADER * MAX_VALUES of ovsdissect.tree.tree: of longer ones the tree may read a part
_SIGN = cython.declare(cython.ulonglong, 1 << 63)
_ABSENT = cython.declare(cython.int, -1)
_OPEN = cython.declare(cython.int, -2)


@cython.final
@cython.cclass
class Match:
    """One filter on the messages of one pass.

    everything: messages pass that are neither of a decoded family nor an answer to one.  asks_problems: whether what it is not sure of may
    be decided where a message has no problem.
    """

    def __init__(self, walk: Walk, answer: Answer, tables: Tables, conditions: Conditions, everything: bool) -> None:
        self.walk, self.reader, self.answer = walk, walk.reader, answer
        self.root = conditions.root
        self.nodes, self.children, self.conditions = conditions.nodes, conditions.children, conditions.conditions
        self.roots, self.states, self.pairs, self.slices = conditions.roots, conditions.states, conditions.pairs, conditions.slices
        self.rules, self.ranges, self.tests, self.cuts = conditions.rules, conditions.ranges, conditions.tests, conditions.cuts
        self.numbers = conditions.numbers
        self.constants, self.answers = conditions.constants, conditions.answers
        self.alive, self.verbs = conditions.alive, conditions.verbs
        self.families = tables.family_of_command
        self.acknowledged, self.plain = conditions.acknowledged, conditions.plain
        self.everything = everything
        self.asks_problems = conditions.asks_problems
        self.clean = False
        self.taken = self.answered = 0
        self.family = UNKNOWN
        self.quantifier = SOME
        self.met = self.unsure = False
        self.scratch = bytearray(SCRATCH)

    def test(self) -> cython.int:
        """NO, YES or UNSURE for the message that was met.  The reader's tokens are not kept."""
        if self.walk.kind == UNKNOWN:
            return UNSURE
        self.taken = self.answered = _ABSENT
        self.clean = False
        self.family = self.families[self.walk.kind] if self.walk.kind >= 0 else UNKNOWN
        return self.passes()

    def test_clean(self) -> cython.int:
        """The same for a message that has no problem, and whose attributes the reader has all read."""
        if self.walk.kind >= 0:
            self.taken = 0
        self.clean = True
        return self.passes()

    def passes(self) -> cython.int:
        """Whether the message is wanted at all, and passes the filter."""
        truth: cython.int
        if self.everything and self.walk.kind == BARE and self.walk.protocol == 0 and self.walk.type >> 2 == _LINK:
            return UNSURE  # it may tell the name of an interface
        if self.walk.kind >= 0 or self.everything:
            return self.node(self.root)
        if self.walk.kind == BARE:
            return NO
        truth = self.node(self.root)
        if truth != NO and self.read():
            return UNSURE
        return truth if self.answer.family >= 0 else NO

    def node(self, number: cython.int) -> cython.int:
        """What joins conditions, or one of them."""
        at: cython.int = number * NODE
        what: cython.int = self.nodes[at]
        first: cython.int = self.nodes[at + 1]
        i: cython.int
        truth: cython.int
        so_far: cython.int
        if what == LEAF:
            return self.condition(first)
        if what == LEFT_OPEN:
            return UNSURE
        if what == NOT:
            truth = self.node(self.children[first])
            return UNSURE if truth == UNSURE else 1 - truth
        so_far = YES if what == ALL else NO
        for i in range(first, first + self.nodes[at + 2]):
            truth = self.node(self.children[i])
            if truth == UNSURE:
                so_far = UNSURE
            elif truth == NO and what == ALL:
                return NO
            elif truth == YES and what == ANY:
                return YES
        return so_far

    def condition(self, number: cython.int) -> cython.int:
        """One condition."""
        c: cython.int = number * CONDITION
        what: cython.int = self.conditions[c]
        self.quantifier = self.conditions[c + 2]
        if what == ATTRIBUTES:
            return self.attributes(c)
        if what == CHOICE:
            return self.choice(c)
        if what == NUMBER:
            return self.number(c)
        if what == NAME or what == REQUESTED_NAME:
            return self.name(c)
        if what == AHEAD:
            return self.listed(c)
        return self.echoed(c) if what == ECHOED else self.extended(c)

    # What is read of the message, once

    def take(self) -> cython.int:
        """The attributes that the filter asks for become tokens; 1 where the tree must read them."""
        c: cython.int = self.walk.kind * COMMAND
        attrs: cython.int = self.reader.commands[c + 2] * WIRE
        first: cython.int = self.reader.wires[attrs + 3]
        last: cython.int = self.reader.wires[attrs + 4]
        alive: cython.ulonglong = self.alive[self.family]
        start: cython.int = self.walk.start + _HEADERS + self.reader.commands[c + 12]
        end: cython.int = self.walk.stop
        one: cython.ulonglong = 1
        length: cython.int
        kind: cython.int
        r: cython.int
        if self.taken >= 0:
            return self.taken
        self.taken = 1
        if end - start > _LONGEST:
            return 1
        self.reader.begin()
        while start < end:
            if start + 4 > end:
                return 1
            length = self.reader.host16(start)
            kind = self.reader.host16(start + 2) & 0x3FFF
            if length < 4 or start + length > end:
                return 1
            if kind <= last and alive >> kind & 1:
                r = self.reader.index[first + kind]
                if r < 0 or self.reader.there >> kind & 1:
                    return 1
                self.reader.there |= one << kind
                self.reader.firsts[kind] = self.reader.count
                if self.reader.value(self.reader.rows[r * ROW], r, start + 4, start + length):
                    return 1
            elif alive >> UNDECLARED and (kind > last or self.reader.index[first + kind] < 0):
                return 1
            start += (length + 3) & ~3
        self.taken = 0
        return 0

    def read(self) -> cython.int:
        """What the message answers; 1 where the tree must read it.  The tokens of an error take the place of others."""
        if self.answered < 0:
            self.answered = self.answer.read()
        return self.answered

    def sort(self) -> cython.int:
        """The kind of the message."""
        at: cython.int = self.walk.start + _HEADER
        if self.walk.kind != ANSWER:
            return MESSAGE
        if self.walk.type != _ERROR:
            return ENDED
        if self.walk.stop - at >= 4 and not self.reader.host32(at):
            return ACKNOWLEDGED
        return FAILURE

    def error(self) -> cython.int:
        """The error number of an error, an acknowledgement or the end of a dump, positive; _ABSENT, _OPEN."""
        if self.walk.kind != ANSWER:
            return _ABSENT
        if self.read():
            return _OPEN
        if not self.answer.numbered or not self.answer.error:
            return _ABSENT
        return cython.cast(cython.int, -self.answer.error) if -600 < self.answer.error < 0 else _OPEN

    # Conditions on headers

    def choice(self, c: cython.int) -> cython.int:
        """One of a few values."""
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
        """A number of the headers."""
        which: cython.int = self.conditions[c + 1]
        rule: cython.int = self.conditions[c + 3]
        family: cython.int = self.conditions[c + 4]
        at: cython.int = self.walk.start
        value: cython.ulonglong = 0
        if which == NUMBER_OF:
            value = cython.cast(cython.ulonglong, self.walk.number + 1)
        elif which == RECORD_OF:
            value = cython.cast(cython.ulonglong, self.walk.record)
        elif which == PLACE_OF:
            value = cython.cast(cython.ulonglong, self.walk.place)
        elif which == TIME_OF:
            value = cython.cast(cython.ulonglong, self.walk.time)
        elif which == SINCE:
            value = cython.cast(cython.ulonglong, self.walk.time - self.walk.first_time)
        elif which == PROTOCOL_OF:
            value = cython.cast(cython.ulonglong, self.walk.protocol)
        elif which == LENGTH_OF:
            value = cython.cast(cython.ulonglong, self.walk.stop - self.walk.start)
        elif which == TYPE_OF:
            value = cython.cast(cython.ulonglong, self.walk.type)
        elif which == SEQUENCE_OF:
            value = self.walk.seq
        elif which == PORTID_OF:
            value = self.walk.pid
        elif which == CAPTURED:
            value = cython.cast(cython.ulonglong, self.walk.end - self.walk.begin)
        elif which == FLAGS_OF and self.walk.kind == BARE and self.walk.protocol == 0 and self.walk.flags & _REQUEST:
            return UNSURE  # what the bits mean depends on the type
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
            elif which == ECHOED_FLAGS and self.walk.protocol == 0:
                return UNSURE
            elif which == ECHOED_FLAGS:
                value = cython.cast(cython.ulonglong, self.reader.host16(at + 6))
                rule = self.roots[rule + (self.verbs[self.answer.command] if self.answer.command >= 0 else self.plain)]
            elif which == ECHOED_SEQUENCE:
                value = self.reader.host32(at + 8)
            else:
                value = self.reader.host32(at + 12)
        return NO if rule < 0 else self.number_passes(rule, value)

    def listed(self, c: cython.int) -> cython.int:
        """Whether the message's number is one of those that pass."""
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
        """The name of the family, or of the request's."""
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
        if self.walk.protocol != _GENERIC:
            return NO
        slot = self.walk.family_names.find(kind)
        if slot < 0:
            return NO
        start = self.walk.family_names.start(slot)
        for i in range(self.walk.family_names.length(slot)):
            self.scratch[i] = self.walk.family_names.texts[start + i]
        return self.octets_pass(self.conditions[c + 1], True, 0, self.walk.family_names.length(slot))

    # Conditions on attributes

    def attributes(self, c: cython.int) -> cython.int:
        """The message's own attributes."""
        root: cython.int
        p: cython.int
        number: cython.int
        if self.family < 0:
            return NO
        root = self.roots[self.conditions[c + 3] + self.family] * STATE
        if root < 0:
            return NO
        if self.take():
            return UNSURE
        self.met = self.unsure = False
        for p in range(self.states[root], self.states[root] + self.states[root + 1]):
            number = self.reader.rows[self.pairs[p * PAIR] * ROW + 4]
            if self.reader.there >> number & 1 and self.visit(self.pairs[p * PAIR + 1], self.reader.firsts[number]):
                break
        return self.outcome()

    def echoed(self, c: cython.int) -> cython.int:
        """The attributes of an echoed request."""
        root: cython.int
        if self.walk.kind != ANSWER or self.walk.type != _ERROR:
            return NO
        if self.read():
            return UNSURE
        if not self.answer.echoed or self.answer.family < 0:
            return NO
        root = self.roots[self.conditions[c + 3] + self.answer.family]
        if root < 0:
            return NO
        self.met = self.unsure = False
        self.below(root, self.answer.echo_tokens + 1, self.reader.tokens[self.answer.echo_tokens * TOKEN + 4])
        return self.outcome()

    def extended(self, c: cython.int) -> cython.int:
        """The extended ACK."""
        if self.walk.kind != ANSWER:
            return NO
        if self.read():
            return UNSURE
        if not self.reader.count or (self.answer.echoed and not self.answer.echo_tokens):
            return NO
        self.met = self.unsure = False
        self.below(self.conditions[c + 3], 1, self.reader.tokens[4])
        return self.outcome()

    def outcome(self) -> cython.int:
        """What the values that were visited make of the condition."""
        if self.quantifier == EVERY and not self.met:
            # the values that did not pass ended the visit; without any value it does not hold
            return UNSURE if self.unsure else NO
        if self.quantifier == EVERY:
            return UNSURE if self.unsure else YES
        if self.met:
            return YES
        return UNSURE if self.unsure else NO

    def said(self, truth: cython.int) -> cython.int:
        """A value passes or not; 1 where that decides the condition."""
        if truth == UNSURE:
            self.unsure = True
            return 0
        if self.quantifier == EVERY:
            if truth == NO:
                self.met = self.unsure = False
                return 1
            self.met = True
            return 0
        if truth == YES:
            self.met = True
            return 1
        return 0

    def below(self, state: cython.int, first: cython.int, last: cython.int) -> cython.int:
        """The tokens of a value that is made of others; 1 where they decide the condition."""
        s: cython.int = state * STATE
        n: cython.int = first
        t: cython.int
        p: cython.int
        row: cython.int
        following: cython.int
        while n < last:
            t = n * TOKEN
            row = self.reader.tokens[t + 1]
            following = NOWHERE
            if row < 0:
                following = self.states[s + 2]
            else:
                for p in range(self.states[s], self.states[s] + self.states[s + 1]):
                    if self.pairs[p * PAIR] == row:
                        following = self.pairs[p * PAIR + 1]
                        break
            if following == SAME:
                if self.below(state, n + 1, self.reader.tokens[t + 4]):
                    return 1
            elif following >= 0 and self.visit(following, n):
                return 1
            n = self.reader.tokens[t + 4] + 1 if self.reader.tokens[t] == OPEN_OBJECT or self.reader.tokens[t] == OPEN_LIST else n + 1
        return 0

    def visit(self, state: cython.int, token: cython.int) -> cython.int:
        """A value at a place; 1 where it, or what it is made of, decides the condition."""
        s: cython.int = state * STATE
        t: cython.int = token * TOKEN
        what: cython.int = self.reader.tokens[t]
        how: cython.int = self.states[s + 3]
        start: cython.int = self.reader.tokens[t + 2]
        end: cython.int = self.reader.tokens[t + 3]
        truth: cython.int
        i: cython.int
        rule: cython.int
        value: cython.ulonglong
        one: cython.ulonglong = 1
        compound: cython.bint = what == OPEN_OBJECT or what == OPEN_LIST
        if how != UNWANTED:
            if self.quantifier == THERE:
                return self.said(YES)
            if how == PASSES or how == FAILS:
                if self.said(YES if how == PASSES else NO):
                    return 1
            elif not compound:
                # the tree tells what is no value of the place's types: a union's bytes without a case
                truth = UNSURE
                for i in range(self.states[s + 4], self.states[s + 4] + self.states[s + 5]):
                    if self.pairs[i * PAIR] == what:
                        rule = self.pairs[i * PAIR + 1]
                        if rule < 0:
                            truth = _OPEN
                        elif how == BY_LENGTH:
                            truth = self.number_passes(rule, cython.cast(cython.ulonglong, end - start))
                        else:
                            truth = self.leaf_passes(rule, what, start, end)
                        break
                if truth != _OPEN and self.said(truth):
                    return 1
        if compound:
            return self.below(state, token + 1, self.reader.tokens[t + 4])
        if self.states[s + 7] and what >= 0:
            value = self.reader.number(start, end - start, self.reader.wires[what * WIRE + 2])
            for i in range(self.states[s + 6], self.states[s + 6] + self.states[s + 7]):
                rule = self.slices[i * SLICE + 2]
                if rule < 0:
                    continue
                if self.quantifier == THERE:
                    return self.said(YES)
                if self.said(self.number_passes(rule, value >> self.slices[i * SLICE] & ((one << self.slices[i * SLICE + 1]) - 1))):
                    return 1
        return 0

    # Rules

    def number_passes(self, rule: cython.int, value: cython.ulonglong) -> cython.int:
        """Whether a number, in two's complement of 64 bits where it is signed, passes a rule."""
        r: cython.int = rule * RULE
        i: cython.int
        kept: cython.ulonglong
        bias: cython.ulonglong = _SIGN if self.rules[r + 3] else 0
        for i in range(self.rules[r + 1], self.rules[r + 1] + self.rules[r + 2]):
            kept = (value & self.ranges[i * RANGE]) ^ bias
            if self.ranges[i * RANGE + 1] <= kept <= self.ranges[i * RANGE + 2]:
                return YES
        return NO

    def leaf_passes(self, rule: cython.int, wire: cython.int, start: cython.int, end: cython.int) -> cython.int:
        """Whether the value of a token passes a rule."""
        w: cython.int = wire * WIRE
        op: cython.int = self.reader.wires[w]
        i: cython.int
        size: cython.int = end - start
        if self.rules[rule * RULE] == NUMBERS:
            if not size:
                return self.number_passes(rule, 1)  # a flag: it is there
            if self.rules[rule * RULE + 3]:
                return self.number_passes(rule, self.reader.extended_sign(start, size, self.reader.wires[w + 2]))
            return self.number_passes(rule, self.reader.number(start, size, self.reader.wires[w + 2]))
        if op == TEXT:
            return self.octets_pass(rule, False, start, size - 1)
        if op == WORDS and not self.reader.big:
            for i in range(16):
                self.scratch[i] = self.reader.data[start + (i & 12) + 3 - (i & 3)]
            return self.octets_pass(rule, True, 0, 16)
        if op == LABEL and not self.reader.big:
            for i in range(size):
                self.scratch[i] = self.reader.data[end - 1 - i]
            return self.octets_pass(rule, True, 0, size)
        return self.octets_pass(rule, False, start, size)

    def octet(self, copied: cython.bint, at: cython.int) -> cython.int:
        """A byte of the message, or of what was copied of it."""
        return self.scratch[at] if copied else self.reader.data[at]

    def octets_pass(self, rule: cython.int, copied: cython.bint, start: cython.int, size: cython.int) -> cython.int:
        """Whether bytes pass a rule."""
        r: cython.int = rule * RULE
        i: cython.int
        truth: cython.int
        unsure: cython.bint = False
        if self.rules[r + 5] >= 0:
            size = self.cut(rule, copied, start, size)
            if size < 0:
                return UNSURE if size == _OPEN else NO
            copied, start = True, 0
        for i in range(self.rules[r + 1], self.rules[r + 1] + self.rules[r + 2]):
            truth = self.one(i, copied, start, size)
            if truth == YES:
                return YES
            if truth == UNSURE:
                unsure = True
        return UNSURE if unsure else NO

    def cut(self, rule: cython.int, copied: cython.bint, start: cython.int, size: cython.int) -> cython.int:
        """Copy the slices of bytes that a rule is about; how many bytes they are, _ABSENT where they are not all there, _OPEN: too many."""
        r: cython.int = rule * RULE
        i: cython.int
        n: cython.int
        first: cython.int
        last: cython.int
        # what was copied before stands in the lower half, so that it is not written over
        to: cython.int = SCRATCH // 2
        for i in range(self.rules[r + 4], self.rules[r + 4] + self.rules[r + 5]):
            first, last = self.cuts[3 * i], size
            if first < 0:
                first += size
            if self.cuts[3 * i + 2]:
                last = self.cuts[3 * i + 1] + 1
                if last <= 0:
                    last += size
            if not 0 <= first < last <= size:
                return _ABSENT
            if last - first > SCRATCH - to:
                return _OPEN
            for n in range(first, last):
                self.scratch[to] = cython.cast(cython.uchar, self.octet(copied, start + n))
                to += 1
        to -= SCRATCH // 2
        if self.rules[r + 6] >= 0 and self.rules[r + 7] != to:
            return _ABSENT
        for n in range(to):
            self.scratch[n] = self.scratch[SCRATCH // 2 + n]
            if self.rules[r + 6] >= 0:
                self.scratch[n] &= self.constants[self.rules[r + 6] + n]
        return to

    def one(self, test: cython.int, copied: cython.bint, start: cython.int, size: cython.int) -> cython.int:
        """Whether bytes pass one test."""
        t: cython.int = test * TEST
        sign: cython.int = self.tests[t]
        low: cython.int = self.tests[t + 1]
        mask: cython.int = self.tests[t + 5]
        i: cython.int
        order: cython.int
        byte: cython.int
        if sign == ALWAYS:
            return YES
        if sign == NEVER:
            return NO
        if sign == OPEN_TEST:
            return UNSURE
        if sign == FILLED:
            return YES if size else NO
        if sign == CONTAINS:
            return YES if self.contains(copied, start, size, low, self.tests[t + 2]) else NO
        if sign == NONZERO or sign == HAS:
            for i in range(size):
                byte = self.octet(copied, start + i)
                if mask >= 0:
                    byte &= self.constants[mask + i]
                if sign == NONZERO and byte:
                    return YES
                if sign == HAS and byte & self.constants[low + i] != self.constants[low + i]:
                    return NO
            return YES if sign == HAS else NO
        order = self.compare(copied, start, size, mask, low, self.tests[t + 2])
        if sign == EQUAL:
            return YES if order == 0 else NO
        if sign == UNEQUAL:
            return YES if order != 0 else NO
        if sign == LESS:
            return YES if order < 0 else NO
        if sign == NOT_MORE:
            return YES if order <= 0 else NO
        if sign == MORE:
            return YES if order > 0 else NO
        if order < 0:
            return NO
        if sign == NOT_LESS:
            return YES
        return YES if self.compare(copied, start, size, mask, self.tests[t + 3], self.tests[t + 4]) <= 0 else NO

    def compare(
        self, copied: cython.bint, start: cython.int, size: cython.int, mask: cython.int, constant: cython.int, length: cython.int
    ) -> cython.int:
        """-1, 0 or 1: how bytes stand to a constant."""
        i: cython.int
        byte: cython.int
        for i in range(size if size < length else length):
            byte = self.scratch[start + i] if copied else self.reader.data[start + i]
            if mask >= 0:
                byte &= self.constants[mask + i]
            if byte != self.constants[constant + i]:
                return -1 if byte < self.constants[constant + i] else 1
        return 0 if size == length else -1 if size < length else 1

    def contains(self, copied: cython.bint, start: cython.int, size: cython.int, constant: cython.int, length: cython.int) -> cython.bint:
        """Whether bytes contain a constant."""
        i: cython.int
        n: cython.int
        first: cython.int
        if not length:
            return True
        first = self.constants[constant]
        for i in range(start, start + size - length + 1):
            if (self.scratch[i] if copied else self.reader.data[i]) == first:
                n = 1
                while n < length and (self.scratch[i + n] if copied else self.reader.data[i + n]) == self.constants[constant + n]:
                    n += 1
                if n == length:
                    return True
        return False
