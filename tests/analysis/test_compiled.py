"""The rules find the same whether they are compiled or run as Python."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from ovsdissect import analysis
from ovsdissect.analysis import conclude, run, summaries, verdicts
from ovsdissect.api import Message
from ovsdissect.dissect.context import Context
from ovsdissect.engine.available import engine
from tests import recorded
from tests.engine.uncompiled import is_compiled, uncompiled

PYTHON = uncompiled("run", "read", "conclude", "summaries", "verdicts", package=analysis.__name__)


def found(name: str, rules: Any, read: Any, told: Any, figures: Any, words: Any) -> list[Any]:
    """What a pass over a recording finds."""
    records = recorded.records(name)[:1500]
    upcalls: list[Any] = []
    pass_ = rules.Analysis(upcalls=lambda upcall, sort: upcalls.append((upcall, sort)), spread=True)
    pass_.run(read.batches(Context(recorded.known(name), Message), records))
    lines = [told.upcall(upcall, sort, pass_.sides[upcall.dp]) for upcall, sort in upcalls]
    parts = [*lines, *told.flows(pass_, probes=True), *told.ports(pass_), *told.handlers(pass_), *told.errors(pass_)]
    return [asdict(one) for one in (*parts, *words.verdicts(pass_), figures.report_summary(pass_))]


@pytest.mark.larger_are_slow
@pytest.mark.skipif(not engine().compiled, reason="nothing is compiled")
@pytest.mark.parametrize("name", ["startup", "sampling"])
def test_recorded_messages(name: str) -> None:
    from ovsdissect.analysis import read

    assert is_compiled(run)
    assert found(name, run, read, conclude, summaries, verdicts) == found(name, *PYTHON)
