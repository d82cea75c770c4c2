"""The table of flows by identity, against a dict."""

from __future__ import annotations

import random

from ovsdissect.analysis.entry import Entry
from ovsdissect.analysis.index import Index, half
from tests.analysis.reading import Recording, ethernet


def test_as_a_dict() -> None:
    """Flows come, go and come again in any order, also with identities that differ in few bits."""
    made = Recording()
    made.add(0, made.put(1, ethernet()))
    (there,) = made.read().analysis.sides[7].table.flows.values()
    chance, index, known = random.Random(7), Index(), dict[bytes, Entry]()
    for number in range(3000):
        identity = (chance.randrange(400) << chance.choice((0, 56, 112))).to_bytes(16, "big")
        entry = known.pop(identity, None)
        assert index.get(identity) is entry
        if entry is not None:
            index.remove(entry)
        elif number < 1500 or chance.random() < 0.2:
            entry = Entry.__new__(Entry)
            entry.first, entry.second, entry.number = half(identity, 0), half(identity, 8), number
            assert entry.id == identity
            index.add(entry)
            known[identity] = entry
        assert len(index) == len(known)
    assert index.values() == list(known.values())
    assert there.id == there.ufid
