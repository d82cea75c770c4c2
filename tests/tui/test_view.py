"""The lines that pass a filter are those that `ovsdissect list` prints, each once, however much of a file may be tested at a time."""

from __future__ import annotations

import pytest

from ovsdissect import filter as display_filter
from ovsdissect.tui.source import Source
from ovsdissect.tui.view import EARLY, View
from tests.recorded import path
from tests.views.run import run

FILTER = "ovs_packet || ovs_flow.cmd == new && direction == to-kernel && !ovs_flow.probe"


def test_the_first_lines_and_the_rest_are_judged_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(str(path("tunnels")))
    source.start()
    with source.more:
        assert source.more.wait_for(lambda: source.done, 60)
    view = View(source, display_filter.compile(FILTER), False, lambda view: None)
    for limit in (EARLY, source.store.count):
        for _ in view._look(source.store, limit):
            pass
        assert view.seen == limit
    listed = run(monkeypatch, "list", "-q", path("tunnels"), "-Y", FILTER).out.decode().splitlines()
    assert [source.store.number(line) for line in view.lines] == [int(line.split()[0]) for line in listed]
    assert len(listed) == 588


def test_all_messages_or_those_of_open_vswitch(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(str(path("mid-stream")))
    source.start()
    with source.more:
        assert source.more.wait_for(lambda: source.done, 60)
    for more in ((), ("--all",)):
        view = View(source, None, bool(more), lambda view: None)
        for _ in view._look(source.store, source.store.count):
            pass
        listed = run(monkeypatch, "list", "-q", path("mid-stream"), *more).out.decode().splitlines()
        assert [source.store.number(line) for line in view.lines] == [int(line.split()[0]) for line in listed]
