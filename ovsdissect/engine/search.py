"""Finds the values of a message that a display filter's condition refers to, and evaluates the condition on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.codes import OPEN_LIST, OPEN_OBJECT, TOKEN, WIRE
    from ovsdissect.engine.matchcodes import (
        BY_LENGTH,
        EVERY,
        FAILS,
        NO,
        NOWHERE,
        PAIR,
        PASSES,
        SAME,
        SLICE,
        STATE,
        THERE,
        UNSURE,
        UNWANTED,
        YES,
    )
    from ovsdissect.engine.reader import Reader
    from ovsdissect.engine.rules import Rules

if TYPE_CHECKING:
    from ovsdissect.engine.conditions import Conditions

_OPEN = cython.declare(cython.int, -2)


@cython.final
@cython.cclass
class Search:
    """Searches a reader's tokens for the values of one condition at a time."""

    def __init__(self, reader: Reader, rules: Rules, conditions: Conditions) -> None:
        self.reader, self.rules = reader, rules
        self.states, self.pairs, self.slices = conditions.states, conditions.pairs, conditions.slices
        self.quantifier = 0
        self.met = self.unsure = False

    def begin(self, quantifier: cython.int) -> cython.int:
        """Begin with another condition."""
        self.quantifier = quantifier
        self.met = self.unsure = False
        return 0

    def outcome(self) -> cython.int:
        """Return NO, YES or UNSURE for the condition, given the values that were visited."""
        if self.quantifier == EVERY and not self.met:
            # a value that does not pass ends the visit; without any value the condition is false
            return UNSURE if self.unsure else NO
        if self.quantifier == EVERY:
            return UNSURE if self.unsure else YES
        if self.met:
            return YES
        return UNSURE if self.unsure else NO

    def said(self, truth: cython.int) -> cython.int:
        """Note whether a value passes. Returns 1 if that decides the condition."""
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
        """Visit the tokens of a compound value. Returns 1 if they decide the condition."""
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
        """Visit a value at a place. Returns 1 if it, or a value in it, decides the condition."""
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
                # the tree decides on a value that is not of the place's types: a union's bytes without a case
                truth = UNSURE
                for i in range(self.states[s + 4], self.states[s + 4] + self.states[s + 5]):
                    if self.pairs[i * PAIR] == what:
                        rule = self.pairs[i * PAIR + 1]
                        if rule < 0:
                            truth = _OPEN
                        elif how == BY_LENGTH:
                            truth = self.rules.number(rule, cython.cast(cython.ulonglong, end - start))
                        else:
                            truth = self.rules.leaf(rule, what, start, end)
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
                if self.said(self.rules.number(rule, value >> self.slices[i * SLICE] & ((one << self.slices[i * SLICE + 1]) - 1))):
                    return 1
        return 0
