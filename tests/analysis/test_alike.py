"""Keys are given back as they were, however alike they are."""

from __future__ import annotations

import pickle
import random

import pytest

from ovsdissect.analysis.alike import Alike
from tests.analysis.reading import Recording, ethernet
from tests.each import all_of

LONGEST = 4096  # that is compared


@pytest.mark.parametrize("changed", [0, 1, 7, 120])
def test_what_is_packed_is_unpacked(changed: int) -> None:
    chance, alike = random.Random(changed), Alike(7, "little")
    keys = []
    for size in (0, 1, 8, 120, 120, 600, 3000, LONGEST + 1):
        model = chance.randbytes(size)
        for _ in range(40):
            key = bytearray(model)
            for _ in range(min(changed, size)):
                key[chance.randrange(size)] = chance.randrange(256)
            keys.append(bytes(key))
    packed = [alike.pack(key) for key in keys]
    assert [alike.unpack(one) for one in packed] == keys
    assert all_of(one is not None and len(one) <= 1 + len(key) for one, key in zip(packed, keys, strict=True))
    assert alike.unpack(alike.pack(None)) is None


def test_flows_that_differ_in_an_address_are_small() -> None:
    made = Recording()
    packets = [ethernet(at) for at in range(50)]
    for at, packet in enumerate(packets):
        made.add(at, made.put(at, packet, ufid=at))
    flows = made.read().analysis.sides[7].table.flows.values()
    assert all_of(flow.kept is not None and len(flow.kept) <= 5 for flow in flows)
    assert [bytes(flow.key or b"").find(packet[6:12]) > 0 for flow, packet in zip(flows, packets, strict=True)] == [True] * 50
    again = pickle.loads(pickle.dumps(flows[7]))
    assert (again.key, again.dp, again.order, again.number) == (flows[7].key, 7, "little", flows[7].number)
