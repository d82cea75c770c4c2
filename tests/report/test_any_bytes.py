"""Spoiled captures: bytes flipped, records cut, records in another order; every pass ends with findings that can be shown."""

from __future__ import annotations

import random
from collections.abc import Iterator

import orjson
import pytest

import ovsdissect
from ovsdissect.analysis import conclude
from ovsdissect.analysis.answers import Sort
from ovsdissect.analysis.entry import Entry
from ovsdissect.analysis.exchange import Open
from ovsdissect.analysis.read import batches
from ovsdissect.analysis.run import Analysis
from ovsdissect.analysis.summaries import report_summary
from ovsdissect.analysis.timeline import Timeline
from ovsdissect.analysis.verdicts import verdicts
from ovsdissect.capture import Record
from ovsdissect.report import objects
from ovsdissect.report.flowtext import Style
from tests import recorded
from tests.each import all_of

STYLE = Style("4.0")


def spoiled(name: str, chance: random.Random) -> Iterator[Record]:
    """The records of a capture, a tenth of them spoiled."""
    records = list(recorded.records(name))
    for at in range(0, len(records) - 1, 97):
        records[at], records[at + 1] = records[at + 1], records[at]
    for record in records:
        data, wire = bytearray(record.data), record.wire_length
        if len(data) > 20 and chance.random() < 0.1:
            for _ in range(chance.randrange(1, 4)):
                data[chance.randrange(16, len(data))] = chance.choice((0, 1, 0xFF, chance.randrange(256)))
            if chance.random() < 0.3:
                del data[chance.randrange(16, len(data)) :]
            if chance.random() < 0.5:
                wire = len(data)
        yield record._replace(data=bytes(data), wire_length=max(wire, len(data)))


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", ["tunnels", "actions", "rawnl", "frag"])
def test_spoiled_captures(name: str, seed: int) -> None:
    upcalls: list[tuple[Open, Sort]] = []
    gone: list[Entry] = []
    analysis = Analysis(upcalls=lambda upcall, sort: upcalls.append((upcall, sort)), ended=gone.append, spread=True, timeline=Timeline())
    with ovsdissect.open(recorded.path(name)) as capture:
        context, _ = capture.begin()
        analysis.run(batches(context, spoiled(name, random.Random(f"{name} {seed}"))))
    lines = [
        *(objects.upcall_object(conclude.upcall(upcall, sort, analysis.sides[upcall.dp]), STYLE) for upcall, sort in upcalls),
        *(objects.flow_object(conclude.flow(entry, analysis.sides[entry.dp], analysis.last_ns), STYLE) for entry in gone[::3]),
        *(objects.flow_object(flow, STYLE) for flow in conclude.flows(analysis, probes=True)),
        *map(objects.port_object, conclude.ports(analysis)),
        *map(objects.datapath_object, conclude.datapaths(analysis)),
        *map(objects.handler_object, conclude.handlers(analysis)),
        *map(objects.error_object, conclude.errors(analysis)),
        objects.churn_object(conclude.churn(analysis)),
        *map(objects.verdict_object, verdicts(analysis)),
        objects.report_summary_object(report_summary(analysis)),
    ]
    assert all_of(orjson.dumps(line) for line in lines)
    assert upcalls
    numbers = [upcall.number for upcall, _ in upcalls]
    assert numbers == sorted(numbers)
    assert sum(side.counters.miss + side.counters.action for side in analysis.sides.values()) == len(upcalls)
