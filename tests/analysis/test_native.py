"""Facts from the engine equal those from the tree: recorded, spoiled and random messages, in both byte orders, up to any moment."""

from __future__ import annotations

import random
import re
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from ovsdissect.analysis import factcolumns, facts, native, read
from ovsdissect.analysis.facts import Batch, Fact
from ovsdissect.analysis.moment import Moment
from ovsdissect.api import Message
from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import Record, Records
from ovsdissect.dissect.context import Context
from ovsdissect.engine.digests import Digester
from ovsdissect.families.registry import Registry
from tests import recorded, traffic


@pytest.fixture(autouse=True)
def _one_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both make the engine's digests, compiled or not."""
    monkeypatch.setattr(facts, "_digester", lambda: Digester().of)


def said(fact: Fact) -> tuple[object, ...]:
    """All that a fact says."""
    kind = type(fact)
    names = Fact.__slots__ if kind is Fact else (*Fact.__slots__, *kind.__slots__)
    return (kind, *(getattr(fact, name) for name in names))


def joined(batches: Iterable[Batch]) -> tuple[list[tuple[object, ...]], int, int, int | None]:
    """All that facts say, the number of messages, the times of the last one and of the first."""
    found: list[tuple[object, ...]] = []
    messages = time_ns = 0
    start_ns = None
    for batch in batches:
        found += map(said, batch.facts)
        messages, time_ns, start_ns = batch.messages, batch.time_ns, batch.start_ns
    return found, messages, time_ns, start_ns


def same(records: Sequence[Record], registry: Registry, until: Moment | None = None) -> int:
    """Hold one against the other; how many facts there are."""
    want = joined(read.batches(Context(registry.copy(), Message), records, until=until))
    got = joined(native.batches(Context(registry.copy(), Message), Records.of(records), until=until))
    assert got == want
    return len(want[0])


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.ALL)
def test_recorded_messages(name: str) -> None:
    assert same(recorded.few(name), recorded.known(name)) > 100


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.NAMES)
def test_spoiled_messages(name: str) -> None:
    chance = random.Random(name)
    records = [
        one._replace(data=one.data[:16] + traffic.spoiled(one.data[16:], chance)) if chance.random() < 0.5 else one
        for one in recorded.records(name)[:600]
    ]
    assert same(records, recorded.known(name))


@pytest.mark.slow
@pytest.mark.parametrize("order", ["little", "big"])
def test_random_messages(order: ByteOrder) -> None:
    records = [record for seed in range(60) for record in traffic.records(seed, order)]
    records = [record._replace(number=i + 1, interface=i % 3) for i, record in enumerate(records)]
    assert same(records, traffic.registry())


@pytest.mark.parametrize("order", ["little", "big"])
def test_offloaded_flows(order: ByteOrder) -> None:
    """RTM_NEWTFILTER, type 44 of include/uapi/linux/rtnetlink.h, of NETLINK_ROUTE: two in a record and one alone."""
    prefix = "<" if order == "little" else ">"
    one, other = (struct.pack(f"{prefix}IHHII", 36, 44, 2, seq, 7) + bytes(20) for seq in (5, 6))
    records = [traffic.record(1, one + other, order, 0), traffic.record(2, other, order, 0)]
    assert same(records, traffic.registry()) == 3


@pytest.mark.parametrize("text", ["@1", "@57", "@300", "0", "0.01", "2.5", "1000000"])
def test_up_to_a_moment(text: str) -> None:
    assert same(recorded.records("startup")[:400], recorded.known("startup"), Moment.of(text)) >= 0


def test_records_without_a_time() -> None:
    records = [one._replace(time_ns=None) if one.number % 3 == 0 else one for one in recorded.records("startup")[:300]]
    assert same(records, recorded.known("startup"))


def test_the_columns_are_those_of_c() -> None:
    text = Path(factcolumns.__file__).with_suffix(".pxd").read_text(encoding="utf-8")
    numbers = {name: int(value) for name, value in re.findall(r"^    ([A-Z_]+) = (\d+)$", text, re.MULTILINE)}
    assert numbers == {name: value for name, value in vars(factcolumns).items() if isinstance(value, int)}
