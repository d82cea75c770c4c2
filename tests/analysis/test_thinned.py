"""Captures that lack records are recognised, and nearly all remaining pairs are right; a capture that only begins late raises no alarm."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from functools import cache

import pytest

from ovsdissect.analysis.facts import Batch, Fact
from ovsdissect.analysis.run import Analysis
from ovsdissect.analysis.verdicts import verdicts
from tests.analysis.reading import EXPECTED, analysed, facts

NAMES = sorted(set(EXPECTED) - {"rawnl", "truncated", "storm"})
Place = tuple[int, int]  # a message's record, by its number in the whole capture, and place in it
Answers = dict[Place, tuple[Place | None, Place | None]]


def answers(facts: Iterable[Fact]) -> tuple[Analysis, Answers, set[Place]]:
    """A pass over some facts: the put and the EXECUTE of each upcall, and what there is."""
    given = list(facts)
    places = {fact.number: (fact.record, fact.place) for fact in given}
    read = analysed([Batch(given, given[-1].number, given[-1].time_ns, given[0].time_ns)])
    found = {
        places[number]: (
            places[upcall.put.number] if upcall.put else None,
            places[upcall.execute.number] if upcall.execute else None,
        )
        for number, (upcall, _) in read.upcalls.items()
    }
    return read.analysis, found, set(places.values())


@cache
def whole(name: str) -> tuple[list[Fact], set[str], Answers]:
    """A capture's facts, the verdicts on it and its answers."""
    given = [fact for batch in facts(name) for fact in batch.facts]
    analysis, found, _ = answers(given)
    return given, {verdict.name for verdict in verdicts(analysis)}, found


def compared(whole: Answers, part: Answers, there: set[Place]) -> tuple[int, int]:
    """How many answers there are in a part of a capture, and how many are others than in the whole."""
    count = wrong = 0
    for upcall, found in part.items():
        for got, want in zip(found, whole[upcall], strict=True):
            want = want if want in there else None
            count += got is not None or want is not None
            wrong += got != want
    return count, wrong


@pytest.mark.parametrize("seed", [1, 2, 3, 11, 12])
@pytest.mark.slow
def test_one_percent_missing(seed: int) -> None:
    total = mistaken = 0
    unrecognised = list[str]()
    for name in NAMES:
        chance = random.Random(f"{seed} {name}")
        given, _, want = whole(name)
        lost = {record for record in range(given[-1].record + 1) if chance.random() < 0.01}
        analysis, got, there = answers(fact for fact in given if fact.record not in lost)
        count, wrong = compared(want, got, there)
        total, mistaken = total + count, mistaken + wrong
        assert wrong <= 0.01 * max(count, 200), name
        if not any(verdict.name == "capture-incomplete" for verdict in verdicts(analysis)):
            unrecognised.append(name)
    assert total > 4000
    assert mistaken <= 0.003 * total
    assert not unrecognised


@pytest.mark.parametrize(("names", "least"), [(("startup", "tunnels"), 100), pytest.param(NAMES, 1900, marks=pytest.mark.slow)])
def test_second_half(names: Sequence[str], least: int) -> None:
    total = 0
    for name in names:
        given, before, want = whole(name)
        middle = given[len(given) // 2].record
        analysis, got, there = answers(fact for fact in given if fact.record >= middle)
        count, wrong = compared(want, got, there)
        total += count
        assert not wrong, name
        assert not {verdict.name for verdict in verdicts(analysis) if verdict.severity == "bad"} - before, name
    assert total > least
