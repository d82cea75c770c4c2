"""Compiled conditions, and how they are joined and negated."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from ovsdissect.filter.checks import Clue, Predicate, conjunction, disjunction
from ovsdissect.filter.fields import TREE, Field
from ovsdissect.filter.reading import Reading


class Compiled(NamedTuple):
    """A condition and what reading it costs.

    join: "all", "any" or "not" of its parts, the cheapest first; "" of a condition without parts.
    clue: what the values of one field must be, where it asks for nothing else.  needs: fields without which it does not hold, where it asks
    for more.  named: what is asked of the names of a field's numbers.
    span: column and length of a condition without parts in the filter's text.
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
    """All or any of some conditions; the cheap ones are asked first, which changes no answer."""
    parts = tuple(sorted(parts, key=lambda part: part.cost))
    if len(parts) == 1:
        return parts[0]
    joined = (conjunction if word == "all" else disjunction)([part.test for part in parts])
    return Compiled(joined, max(part.cost for part in parts), word, parts)


def negation(inner: Compiled) -> Compiled:
    """A condition that must not hold."""
    test = inner.test
    return Compiled(lambda reading: not test(reading), inner.cost, "not", (inner,))


def placed(made: Compiled, span: tuple[int, int]) -> Compiled:
    """A condition that stands for a part of the filter's text."""
    return made._replace(span=span, parts=tuple(placed(part, span) for part in made.parts))


def of_request_type(kind: int) -> Compiled:
    """A condition on the message type of the request that is answered."""

    def passes(reading: Reading) -> bool:
        request = reading.message.request
        return request is not None and request.type == kind

    return Compiled(passes, TREE)
