"""Compares the engine's JSON lines, made by its sources as plain Python, with the tree's."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from ovsdissect import api
from ovsdissect.api import Message
from ovsdissect.json.jsonline import to_dict
from tests import recorded
from tests.engine.uncompiled import uncompiled


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("recording", ["upcall-pid", pytest.param("rawnl", id="rawnl, whose policies have negative numbers of 64 bits")])
def test_uncompiled(recording: str) -> None:
    passes, jsonline, tables = uncompiled("passes", "jsonline", "tables")
    written: list[bytes] = []

    def back_end(walk: Any, answer: Any, output: Any, grammar: Any) -> Any:
        return jsonline.JsonLines(walk, answer, output, grammar, True, False)

    def take(message: Message) -> None:
        written.append(over.output.taken())
        written.append(orjson.dumps(to_dict(message)) + b"\n")

    with api.open(recorded.path(recording)) as capture:
        context, records = capture.begin()
        over = passes.Pass(tables.tables(), context, back_end, take, 1 << 18)
        written.extend(over.output.taken() for _status in over.run(records))
        count = sum(over.asked.values())
        context, records = capture.begin()
        told = [to_dict(message) for record in records for message in context.messages(record)]
    lines = [orjson.loads(line) for line in b"".join(written).splitlines()]
    assert lines == told
    assert count < len(lines) > 100
