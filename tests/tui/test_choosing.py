"""Which lines pass: the engine selects what the tree selects, for filters and searches, also for lines where a filter stops early."""

from __future__ import annotations

import pytest

from ovsdissect import filter as display_filter
from ovsdissect.tui.choosing import Texts, chosen_lines, lines_with
from ovsdissect.tui.columns import Look
from ovsdissect.tui.search import Needle
from ovsdissect.tui.source import Source
from tests.recorded import path

FILTERS = (
    "ovs_packet.cmd == miss",
    "key.in_port == v1 && !ovs_flow",
    "ip.src == 10.1.0.1",
    "kind == error && request.ovs_vport.cmd == get",
    'summary contains "who-has"',
    "problem.kind",
    "nlctrl || frame.len > 500",
    'odp.actions contains "set(tunnel"',
)
TEXTS = ("who-has", "/ICMP echo re(quest|ply)/", "EOPNOTSUPP", "v1", "flow-that-is-nowhere")


@pytest.fixture(name="source", scope="module")
def fixture_source() -> Source:
    """A capture, read to its end."""
    source = Source(str(path("startup")))
    source.start(10)
    with source.more:
        assert source.more.wait_for(lambda: source.done, 60)
    return source


@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize("text", FILTERS)
def test_filters(source: Source, text: str, *, everything: bool) -> None:
    store, wanted = source.store, display_filter.compile(text)
    *_, (found, share) = chosen_lines(source, store, wanted, everything=everything)
    expected = [line for line in range(store.count) if (everything or store.ovs(line)) and wanted.matches(store.message(line))]
    assert share == 1.0
    assert list(found) == expected
    assert expected or text == "problem.kind"


@pytest.mark.parametrize("text", TEXTS)
def test_searches(source: Source, text: str) -> None:
    store, needle, look = source.store, Needle(text), Look()
    *_, (found, share) = lines_with(source, store, needle, look)
    shown = Texts(look)
    expected = [line for line in range(store.count) if needle.in_text(shown(store.message(line)))]
    assert share == 1.0
    assert list(found) == expected
    assert bool(expected) != (text == "flow-that-is-nowhere")
