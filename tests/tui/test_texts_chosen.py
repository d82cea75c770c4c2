"""Which lines a filter on printed text leaves: the engine's result equals that of each message's own text."""

from __future__ import annotations

import time

import pytest

from ovsdissect.filter import compile as compile_filter
from ovsdissect.tui.choosing import chosen_lines
from ovsdissect.tui.source import Source
from tests import recorded


@pytest.fixture(scope="module")
def source() -> Source:
    """A capture that was read to its end."""
    found = Source(str(recorded.path("startup")))
    found.start()
    until = time.monotonic() + 60
    while not found.done and time.monotonic() < until:
        time.sleep(0.01)
    assert found.done
    return found


@pytest.mark.parametrize(
    "text",
    ['summary contains "v1"', 'odp.key contains "in_port(2)"', 'port == v1 && summary matches "netdev"', 'odp.line || summary == "x"'],
)
def test_lines_with_a_text(source: Source, text: str) -> None:
    store, wanted = source.store, compile_filter(text)
    *_, (lines, share) = chosen_lines(source, store, wanted, everything=False)
    want = [line for line in range(store.count) if store.ovs(line) and wanted.matches(store.message(line))]
    assert (list(lines), share) == (want, 1.0)
    assert want
