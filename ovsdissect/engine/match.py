"""The display filter on the current message: it passes, it does not, or the tree must decide.

Of a message it reads only the attributes that the filter names, before anything else reads it.
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
        ROW,
        TOKEN,
        UNKNOWN,
        WIRE,
    )
    from ovsdissect.engine.headermatch import HeaderMatch
    from ovsdissect.engine.matchcodes import (
        AHEAD,
        ALL,
        ANY,
        ATTRIBUTES,
        CHOICE,
        CONDITION,
        ECHOED,
        LEAF,
        LEFT_OPEN,
        NAME,
        NO,
        NODE,
        NOT,
        NUMBER,
        PAIR,
        REQUESTED_NAME,
        STATE,
        TOLD_DATAPATH,
        TOLD_PORT,
        UNDECLARED,
        UNSURE,
        YES,
    )
    from ovsdissect.engine.search import Search
    from ovsdissect.engine.walk import Walk

if TYPE_CHECKING:
    from ovsdissect.engine.conditions import Conditions
    from ovsdissect.engine.tables import Tables

_HEADERS = cython.declare(cython.int, 20)  # struct nlmsghdr, struct genlmsghdr
_LINK = cython.declare(cython.int, 4)  # RTM_NEWLINK / 4
_ERROR = cython.declare(cython.int, 2)
_LONGEST = cython.declare(cython.int, 4 * 65536)  # NLA_HEADER * MAX_VALUES of ovsdissect.tree.tree: of longer ones the tree may read a part
_ABSENT = cython.declare(cython.int, -1)


@cython.final
@cython.cclass
class Match:
    """One filter on the messages of one pass.

    everything: whether messages pass that neither belong to a decoded family nor answer one. asks_problems: whether an undecided message
    may be decided once it is known to have no problem.
    """

    def __init__(self, walk: Walk, answer: Answer, tables: Tables, conditions: Conditions, everything: bool) -> None:
        self.walk, self.reader, self.answer = walk, walk.reader, answer
        self.headers = HeaderMatch(walk, answer, tables, conditions)
        self.conditions, self.roots = conditions.conditions, conditions.roots
        self.root = conditions.root
        self.nodes, self.children = conditions.nodes, conditions.children
        self.states, self.pairs = conditions.states, conditions.pairs
        self.search = Search(walk.reader, self.headers.rules, conditions)
        self.alive = conditions.alive
        self.families = tables.family_of_command
        self.everything = everything
        self.asks_problems = conditions.asks_problems
        self.taken = 0

    def test(self) -> cython.int:
        """Return NO, YES or UNSURE for the current message. Changes the reader's tokens."""
        if self.walk.kind == UNKNOWN:
            return UNSURE
        self.taken = self.headers.answered = _ABSENT
        self.headers.clean = False
        self.headers.family = self.families[self.walk.kind] if self.walk.kind >= 0 else UNKNOWN
        return self.passes()

    def test_clean(self) -> cython.int:
        """Return the same for a message without problems, all of whose attributes the reader has read."""
        if self.walk.kind >= 0:
            self.taken = 0
        self.headers.clean = True
        return self.passes()

    def passes(self) -> cython.int:
        """Return whether the message is wanted at all, and passes the filter."""
        truth: cython.int
        if self.everything and self.walk.kind == BARE and self.walk.records.protocol == 0 and self.walk.type >> 2 == _LINK:
            return UNSURE  # it may tell the name of an interface
        if self.walk.kind >= 0 or self.everything:
            return self.node(self.root)
        if self.walk.kind == BARE:
            return NO
        truth = self.node(self.root)
        if truth != NO and self.headers.read():
            return UNSURE
        return truth if self.answer.family >= 0 else NO

    def node(self, number: cython.int) -> cython.int:
        """Evaluate a node: a junction of conditions, or a condition."""
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
        """Evaluate a condition."""
        c: cython.int = number * CONDITION
        what: cython.int = self.conditions[c]
        self.headers.quantifier = self.conditions[c + 2]
        if what == ATTRIBUTES:
            return self.attributes(c)
        if what == CHOICE:
            return self.headers.choice(c)
        if what == NUMBER:
            return self.headers.number(c)
        if what == NAME or what == REQUESTED_NAME:
            return self.headers.name(c)
        if what == AHEAD:
            return self.headers.listed(c)
        if what == TOLD_PORT or what == TOLD_DATAPATH:
            return self.headers.about(c)
        return self.echoed(c) if what == ECHOED else self.extended(c)

    # Reading of the message, done once

    def take(self) -> cython.int:
        """Read the attributes that the filter asks for as tokens. Returns 1 if the tree must read them."""
        c: cython.int = self.walk.kind * COMMAND
        attrs: cython.int = self.reader.commands[c + 2] * WIRE
        first: cython.int = self.reader.wires[attrs + 3]
        last: cython.int = self.reader.wires[attrs + 4]
        alive: cython.ulonglong = self.alive[self.headers.family]
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

    # Conditions on attributes

    def attributes(self, c: cython.int) -> cython.int:
        """Evaluate a condition on the message's own attributes."""
        root: cython.int
        p: cython.int
        number: cython.int
        if self.headers.family < 0:
            return NO
        root = self.roots[self.conditions[c + 3] + self.headers.family] * STATE
        if root < 0:
            return NO
        if self.take():
            return UNSURE
        self.headers.rules.datapath = 0
        if self.reader.commands[self.walk.kind * COMMAND + 12]:
            self.headers.rules.datapath = self.reader.host32(self.walk.start + _HEADERS)
        self.search.begin(self.headers.quantifier)
        for p in range(self.states[root], self.states[root] + self.states[root + 1]):
            number = self.reader.rows[self.pairs[p * PAIR] * ROW + 4]
            if self.reader.there >> number & 1 and self.search.visit(self.pairs[p * PAIR + 1], self.reader.firsts[number]):
                break
        return self.search.outcome()

    def echoed(self, c: cython.int) -> cython.int:
        """Evaluate a condition on the attributes of an echoed request."""
        root: cython.int
        if self.walk.kind != ANSWER or self.walk.type != _ERROR:
            return NO
        if self.headers.read():
            return UNSURE
        if not self.answer.echoed or self.answer.family < 0:
            return NO
        root = self.roots[self.conditions[c + 3] + self.answer.family]
        if root < 0:
            return NO
        self.search.begin(self.headers.quantifier)
        self.search.below(root, self.answer.echo_tokens + 1, self.reader.tokens[self.answer.echo_tokens * TOKEN + 4])
        return self.search.outcome()

    def extended(self, c: cython.int) -> cython.int:
        """Evaluate a condition on the extended ACK."""
        if self.walk.kind != ANSWER:
            return NO
        if self.headers.read():
            return UNSURE
        if not self.reader.count or (self.answer.echoed and not self.answer.echo_tokens):
            return NO
        self.search.begin(self.headers.quantifier)
        self.search.below(self.conditions[c + 3], 1, self.reader.tokens[4])
        return self.search.outcome()
