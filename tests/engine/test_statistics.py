"""The engine counts what the tree counts: recorded, random and spoiled messages, in both byte orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovsdissect.api import Message
from ovsdissect.capture import Record, Records
from ovsdissect.dissect.context import Context
from ovsdissect.engine.available import engine
from ovsdissect.engine.counts import Counts
from ovsdissect.families.registry import Registry
from tests import recorded, traffic
from tests.engine.lists import surveyed


def counted(records: Iterable[Record], registry: Registry, monkeypatch: pytest.MonkeyPatch, *, pure: bool) -> Counts:
    """The counts of a pass."""
    counts = Counts()
    with monkeypatch.context() as patch:
        patch.setenv("OVSDISSECT_PURE", str(int(pure)))
        counts.run(Context(registry, Message), Records.of(records))
    assert (counts.asked is None) is (pure or not engine().compiled)
    return counts


def check(records: Iterable[Record], registry: Callable[[], Registry]) -> Counts:
    """Both ways count the same; what the engine counted."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        ours, theirs = (counted(records, registry(), monkeypatch, pure=pure) for pure in (False, True))
    assert ours.failed() == theirs.failed()
    assert (ours.messages, ours.control, ours.problems) == (theirs.messages, theirs.control, theirs.problems)
    assert (ours.malformed, ours.seen, ours.first_ns, ours.last_ns) == (theirs.malformed, theirs.seen, theirs.first_ns, theirs.last_ns)
    return ours


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.ALL)
def test_recorded_messages(name: str) -> None:
    """Of a clean recording the tree reads next to nothing."""
    records = recorded.few(name)
    counts = check(records, surveyed(records))
    if counts.asked is not None and name not in ("rawnl", "truncated"):
        assert sum(counts.asked.values()) <= 6


@pytest.mark.slow
@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.NAMES)
def test_spoiled_messages(name: str) -> None:
    random = Random(name)
    records = [one._replace(data=one.data[:16] + traffic.spoiled(one.data[16:], random)) for one in recorded.records(name)[:800]]
    check(records, surveyed(records))


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**64), st.sampled_from(["little", "big"]))
def test_random_messages(seed: int, order: str) -> None:
    check(traffic.records(seed, "big" if order == "big" else "little"), traffic.registry)


def test_families_that_get_other_names() -> None:
    """Messages of families that are not decoded count under the name that they had."""
    records = recorded.few("nlextras")
    counts = check(records, Registry)
    names = {name for protocol, name, cmd, kind, _ in counts.messages if protocol == "generic" and cmd is None and kind is not None}
    assert names > {None}


def test_a_table_that_is_full_must_be_taken() -> None:
    """Half of it is filled, and no count is lost."""
    records = []
    for number in range(1, 6000):
        data = (16).to_bytes(4, "little") + (16 + number % 5000).to_bytes(2, "little") + bytes(10)
        records.append(traffic.record(number, data, "little", protocol=number % 3))
    counts = check(records, Registry)
    assert sum(counts.messages.values()) == 5999
    assert len(counts.messages) > 4096


def test_a_clock_that_runs_back() -> None:
    """A capture spans from its earliest message to its latest, wherever they stand."""
    records = [one._replace(time_ns=1_795_000_000_000_000_000 + at) for one, at in zip(recorded.few("startup"), (5, 3, 9, 4), strict=False)]
    counts = check(records, surveyed(records))
    assert (counts.first_ns, counts.last_ns) == (1_795_000_000_000_000_003, 1_795_000_000_000_000_009)
