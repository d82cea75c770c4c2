"""JSON lines with Open vSwitch's texts: the engine's are the tree's, of the releases whose log skips what a mask lacks."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import orjson
import pytest

import ovsdissect
from ovsdissect.api import is_ovs
from ovsdissect.engine.backend import BackEnd
from ovsdissect.engine.lines import Lines
from ovsdissect.engine.list_tables import list_tables
from ovsdissect.engine.odplines import OdpLines
from ovsdissect.odp.releases import release
from ovsdissect.odp.texts import Texts
from tests import recorded


@pytest.mark.parametrize("ovs", ["4.0", "3.5"])
@pytest.mark.parametrize("name", recorded.ALL)
def test_lines(name: str, ovs: str, tmp_path: Path) -> None:
    path = recorded.fewer(name, tmp_path)
    tables = list_tables(release(ovs))
    made: list[OdpLines] = []
    asked = 0

    def line(message: ovsdissect.Message) -> bytes | None:
        nonlocal asked
        if not is_ovs(message):
            return None
        asked += 1
        told = message.to_dict() | {"odp": Texts(message, ovs=ovs).to_dict()}
        if told["problems"] and message.family == "ovs_flow":
            for one in made:
                one.doubt()
        return orjson.dumps(told) + b"\n"

    def make(*parts: object) -> BackEnd:
        walk, answer, output, _ = parts
        made.append(OdpLines(walk, answer, output, tables, False, False, None))
        return made[-1]

    found = []
    for back_end in (make, None):
        made.clear()
        out, before = BytesIO(), asked
        with ovsdissect.open(path) as capture:
            Lines(*capture.begin(), line, back_end, (lambda: tables.tables) if back_end else None).write(out, live=False)
        found.append((out.getvalue().splitlines(), asked - before))
    (lines, few), (trees, every) = found
    assert lines == trees
    assert every == len(trees)
    if ovs == "4.0" and name in recorded.CLEAN:
        assert few < every / 3  # errors, and what has a problem
