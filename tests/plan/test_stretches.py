"""Whoever goes over the bytes of a file, wherever in them a record begins, says what they would of its records one by one."""

from __future__ import annotations

import io
from collections.abc import Sequence
from random import Random

import pytest

from ovsdissect.capture import Record, Records, Stretch, open_capture
from ovsdissect.carve.pcap import PcapWriter
from ovsdissect.dissect import shapes
from ovsdissect.filter import compile as compile_filter
from ovsdissect.grammar.wire import ByteOrder
from tests import recorded
from tests.filter.test_sieve import FILTERS, by_sieve
from tests.plan import traffic
from tests.plan.test_list import Listing
from tests.plan.test_same import by_template, surveyed


@pytest.fixture(autouse=True)
def _compile_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shape is compiled when it is first seen."""
    monkeypatch.setattr(shapes, "SIGHTINGS", 1)


class Dribble(io.BytesIO):
    """A stream that gives few bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 4000))


def renumbered(records: Sequence[Record]) -> list[Record]:
    """The records as a file of them alone has them."""
    return [one._replace(number=number) for number, one in enumerate(records, 1)]


def stretched(records: Sequence[Record]) -> Records:
    """The records as stretches of a file."""
    out = io.BytesIO()
    writer = PcapWriter(out)
    for record in records:
        writer.write(record)
    return Records(open_capture(Dribble(out.getvalue())).pieces())


def spoiled(name: str) -> list[Record]:
    """Records of which some are damaged, cut short, or longer than their messages."""
    chance = Random(name)
    records = []
    for one in recorded.records(name)[:500]:
        data, wire = one.data, one.wire_length
        if chance.random() < 0.3:
            data = data[:16] + traffic.spoiled(data[16:], chance)
            wire = len(data)
        if chance.random() < 0.05:
            data = data[: chance.randrange(len(data) + 1)]
            wire = len(data) if chance.random() < 0.5 else wire
        records.append(one._replace(data=data, wire_length=max(wire, len(data))))
    return renumbered(records)


@pytest.mark.parametrize("name", recorded.NAMES)
def test_stretches_hold_every_record(name: str) -> None:
    """A record is in one of them alone, and begins at any byte."""
    records = recorded.records(name)
    assert [one._replace(offset=0) for one in stretched(records)] == [one._replace(offset=0) for one in records]
    begins = set()
    for piece in stretched(records).pieces():
        assert isinstance(piece, Stretch)
        assert piece.first() is None or piece.first() == piece.record(piece.position, piece.number + 1)
        begins |= {(record.offset - piece.start) % 4 for record in piece.records()}
    assert begins == {0, 1, 2, 3} or name != "tunnels"


@pytest.mark.parametrize("name", recorded.NAMES)
def test_a_look_at_the_first_record_takes_nothing(name: str) -> None:
    records = recorded.records(name)[:300]
    for stream in (stretched(records), Records.of(records)):
        first = stream.first()
        assert first is not None
        assert first.data == records[0].data
        assert stream.first() == first
        assert [one.data for one in stream] == [one.data for one in records]
    assert Records.of([]).first() is None
    assert list(stretched(records[:0] or records[:1]))[1:] == []


@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize("name", recorded.NAMES)
def test_json(name: str, everything: bool) -> None:
    for records in (renumbered(recorded.records(name)), spoiled(name)):
        wanted = by_template(records, surveyed(name), everything)
        assert by_template(stretched(records), surveyed(name), everything) == wanted


@pytest.mark.parametrize("order", ["little", "big"])
def test_json_of_random_messages(order: ByteOrder) -> None:
    for seed in range(60):
        records = renumbered(traffic.records(seed, order))
        assert by_template(stretched(records), traffic.registry(), True) == by_template(records, traffic.registry(), True)


@pytest.mark.parametrize("name", recorded.NAMES)
def test_lists(name: str) -> None:
    for listing in (Listing(), Listing(csv=True, everything=True)):
        for records in (renumbered(recorded.records(name)), spoiled(name)):
            wanted = listing.lines(records, surveyed(name), fast=True)[:2]
            assert listing.lines(stretched(records), surveyed(name), fast=True)[:2] == wanted


@pytest.mark.parametrize("name", recorded.NAMES)
def test_filters(name: str) -> None:
    for records in (renumbered(recorded.records(name)[:600]), spoiled(name)):
        for text in FILTERS[::3]:
            wanted = by_sieve(compile_filter(text), records, surveyed(name), True)
            assert by_sieve(compile_filter(text), stretched(records), surveyed(name), True) == wanted, text
