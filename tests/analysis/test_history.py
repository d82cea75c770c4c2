"""The tables of histories and of distinct hashes hold what a dict and a set hold."""

from __future__ import annotations

import random

from ovsdissect.analysis.distinct import Distinct
from ovsdissect.analysis.generations import Generations
from ovsdissect.analysis.history import Histories

EXACT = 4096  # counted exactly up to here


def test_histories_forget_as_generations_do() -> None:
    draw = random.Random(7077)
    histories, known = Histories(64), Generations[bytes, list[int]](64)
    for number in range(1, 3000):
        key = draw.randrange(100).to_bytes(16, "big")
        row, expected = histories.find(key), known.get(key)
        assert ([histories.values[row, 0]] if row >= 0 else None) == expected
        if expected is None:
            row = histories.add(key)
            expected = known[key] = [0]
        expected[0] = histories.values[row, 0] = number


def test_a_deletion_is_noted_only_of_a_known_key() -> None:
    histories = Histories(64)
    row = histories.add(b"k" * 16)
    histories.delete(b"k" * 16, 5)
    histories.delete(b"n" * 16, 6)
    assert [histories.values[row, column] for column in range(4)] == [0, 0, 5, 1]
    assert histories.find(b"n" * 16) == -1


def test_hashes_are_counted_once_each() -> None:
    draw = random.Random(7077)
    seen, counted = set[int](), Distinct()
    while len(seen) < EXACT:
        value = draw.getrandbits(64) if seen else 0
        for _ in range(2):
            counted.add(value)
        seen.add(value)
        assert counted.count == len(seen)
    for _ in range(10 * EXACT):
        value = draw.getrandbits(64)
        counted.add(value)
        seen.add(value)
    assert counted.halvings
    assert 0.9 < counted.count / len(seen) < 1.1

