"""The number of datapaths, ports, flows and waiting upcalls is limited, and what exceeds the limits is reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest

import ovsdissect
from ovsdissect.analysis import sides
from ovsdissect.analysis.run import Analysis
from ovsdissect.report.unknown import not_known
from tests import heavy


def analysed(make: Callable[[int], Iterator[bytes]], count: int) -> Analysis:
    """The analysis of a capture."""
    with ovsdissect.open(BytesIO(b"".join(heavy.pcap(make(count))))) as capture:
        return Analysis().run(capture.facts())


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        ("PORTS", heavy.ports, "ports beyond the first 16,384: their upcalls count for their datapath only"),
        ("FLOWS", heavy.ufids, "flows that were put while 200,000 were there"),
    ],
)
def test_ports_and_flows(monkeypatch: pytest.MonkeyPatch, name: str, make: Any, said: str) -> None:
    monkeypatch.setattr(sides, name, 5)
    found = analysed(make, 8)
    (side,) = found.sides.values()
    assert (len(side.counters.ports), len(side.table.flows)) == ((5, 0) if name == "PORTS" else (0, 5))
    assert side.counters.miss == (8 if name == "PORTS" else 0)
    assert said in not_known("report", found)


def test_datapaths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sides, "DATAPATHS", 5)
    found = analysed(heavy.datapaths, 8)
    assert sorted(found.sides.items())[-1][0] == 5
    assert "what 6 messages say of datapaths beyond the first 4,096" in not_known("ports", found)  # of each of three a datapath and a port


def test_there_was_room() -> None:
    assert not [text for text in not_known("report", analysed(heavy.ports, 8)) if "beyond" in text]
