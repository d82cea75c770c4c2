"""Compiled conditions, and how they are joined and negated."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from ovsdissect.filter.checks import Clue, Predicate, conjunction, disjunction
from ovsdissect.filter.fields import TREE, Field
from ovsdissect.filter.reading import Reading


class Compiled(NamedTuple):
    """A condition and the cost of reading what it needs.

    join: "all", "any" or "not" of its parts, cheapest first; "" if it has no parts.
    clue: the condition as a test on one field's values, if it is nothing else. needs: if it is more, the fields without which it is false.
    named: the test on the names of a field's numbers.
    span: column and length, in the filter's text, of a condition without parts.
    """

    test: Predicate
    cost: int
    join: str = ""
    parts: tuple[Compiled, ...] = ()
    clue: Clue | None = None
    needs: tuple[Field, ...] = ()
    named: Clue | None = None
    span: tuple[int, int] = (0, 0)


def junction(word: Literal["all", "any"], parts: Iterable[Compiled]) -> Compiled:
    """Return all or any of some conditions. The cheap ones are tested first, which does not change the answer."""
    parts = tuple(sorted(parts, key=lambda part: part.cost))
    if len(parts) == 1:
        return parts[0]
    joined = (conjunction if word == "all" else disjunction)([part.test for part in parts])
    return Compiled(joined, max(part.cost for part in parts), word, parts)


def negation(inner: Compiled) -> Compiled:
    """Return the negation of a condition."""
    test = inner.test
    return Compiled(lambda reading: not test(reading), inner.cost, "not", (inner,))


def placed(made: Compiled, span: tuple[int, int]) -> Compiled:
    """Return a condition with its place in the filter's text."""
    return made._replace(span=span, parts=tuple(placed(part, span) for part in made.parts))


def of_request_type(kind: int) -> Compiled:
    """Return a condition on the message type of the request that is answered."""

    def passes(reading: Reading) -> bool:
        request = reading.message.request
        return request is not None and request.type == kind

    return Compiled(passes, TREE)
