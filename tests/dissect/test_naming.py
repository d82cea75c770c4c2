"""Names as they were at a moment, against dictionaries that are copied."""

from __future__ import annotations

import pickle
from random import Random

from ovsdissect.dissect.naming import Naming
from tests.engine.uncompiled import uncompiled


def test_against_copies() -> None:
    rng = Random(3)
    kept: list[tuple[Naming[tuple[int, int]], dict[tuple[int, int], str]]] = [(Naming(), {})]
    for step in range(3000):
        # mostly from the newest, at times from one before it
        names, copy = kept[-1] if rng.random() < 0.95 else rng.choice(kept)
        key = rng.randrange(4), rng.randrange(12)
        match rng.randrange(5):
            case 0:
                kept.append((names.without(key), {one: name for one, name in copy.items() if one != key}))
            case 1 if rng.random() < 0.2:
                kept.append((names.without_group(key[0]), {one: name for one, name in copy.items() if one[0] != key[0]}))
            case _:
                kept.append((names.named(key, f"n{step}"), {**copy, key: f"n{step}"}))
    for names, copy in kept:
        assert dict(names) == copy
        assert len(names) == len(copy)
        for key in ((a, b) for a in range(5) for b in range(13)):
            assert (names.get(key), key in names) == (copy.get(key), key in copy)
    assert pickle.loads(pickle.dumps(kept[-1][0])) == kept[-1][1]


def test_what_was_said_since() -> None:
    one: Naming[int] = Naming({1: "a"})
    two = one.named(2, "b")
    three = two.without(1).named(2, "c")
    said = three.since(one)
    assert said is not None
    assert list(said) == [(2, "b"), (1, None), (2, "c")]
    assert one.since(two) is None
    assert Naming({1: "a"}).since(one) is None
    other = one.named(3, "d")  # another one went on from there
    assert (dict(other), dict(two)) == ({1: "a", 3: "d"}, {1: "a", 2: "b"})
    assert other.since(one) is None


def test_the_names_of_the_engine() -> None:
    """The compiled table, with removals and with texts that are mostly of names that are no more."""
    rng = Random(5)
    (module,) = uncompiled("names")
    names, expected = module.Names(), dict[int, bytes]()
    for _ in range(30_000):
        key = rng.randrange(400) << rng.choice((0, 8, 32))
        name = None if rng.random() < 0.4 else b"x" * rng.randrange(30) + b"%d" % key
        names.change([(key, name)])
        if name is None:
            expected.pop(key, None)
        else:
            expected[key] = name
    for shift in (0, 8, 32):
        for key in (one << shift for one in range(400)):
            name = expected.get(key)
            found = b"some " + (name or b"") + b" other"
            assert names.said(key, found, 5, len(found) - 6) == (name is not None)
            assert not names.said(key, found + b"x", 5, len(found) - 5)
