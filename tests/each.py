"""Assertions about many things that do not hold of none: a test that looks at nothing must fail."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeVar

T = TypeVar("T")


def all_of(found: Iterable[object]) -> bool:
    """Whether all are true, and there are some."""
    values = list(found)
    assert values, "nothing was looked at"
    return all(values)


def none_of(found: Iterable[object]) -> bool:
    """Whether all are false, and there are some."""
    values = list(found)
    assert values, "nothing was looked at"
    return not any(values)


def exactly(found: Collection[T], wanted: Collection[T], among: Collection[T]) -> None:
    """Fail unless what was found is what was wanted, that is something, and it leaves something."""
    assert found == wanted
    assert wanted, "nothing is wanted"
    assert len(wanted) < len(among), "everything is wanted"
