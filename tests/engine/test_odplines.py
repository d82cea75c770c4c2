"""JSON lines with Open vSwitch's texts: the engine's equal the tree's, for releases whose log leaves out what the mask lacks."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import orjson
import pytest

import ovsdissect
from ovsdissect.api import is_ovs
from ovsdissect.build import build, pcap
from ovsdissect.byteorder import ByteOrder
from ovsdissect.engine.backend import BackEnd
from ovsdissect.engine.lines import Lines
from ovsdissect.engine.list_tables import list_tables
from ovsdissect.engine.odplines import OdpLines
from ovsdissect.odp.releases import release
from ovsdissect.odp.texts import Texts
from tests import recorded


def both(path: Path, ovs: str) -> tuple[list[bytes], int]:
    """The lines of a capture, the engine's after they were held against the tree's; how many of them the engine left to the tree."""
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
    return lines, few


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("ovs", ["4.0", "3.5"])
@pytest.mark.parametrize("name", recorded.ALL)
def test_lines(name: str, ovs: str, tmp_path: Path) -> None:
    lines, few = both(recorded.fewer(name, tmp_path), ovs)
    assert lines
    if ovs == "4.0" and name in recorded.CLEAN:
        assert few <= 40  # specifications of families, errors with a request that has texts, what has a problem


UFID = "00010203-0405-0607-0809-0a0b0c0d0e0f"
TOLD = {"stats": {"n_packets": 7, "n_bytes": 8}, "used": 9}
COUNTERS = "packets:7, bytes:8, used:9ms"
# attributes of a request that kernel answers; what the log says when it has the answer
ASKED = {
    "del": [
        ({"ufid": UFID}, f"flow_del ufid:{UFID} , {COUNTERS}"),
        ({"key": {"in_port": 3}, "ufid": UFID}, f"flow_del ufid:{UFID} , {COUNTERS}"),
        ({"key": {"in_port": 3}}, f"flow_del , {COUNTERS}"),
    ],
    "get": [({"ufid": UFID}, f"flow_get ufid:{UFID} <empty>, {COUNTERS}, actions:4")],
}


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("command", ASKED)
def test_answers(command: str, order: ByteOrder, tmp_path: Path) -> None:
    messages = []
    for seq, (attrs, _) in enumerate(ASKED[command], 1):
        at: Any = {"dp_ifindex": 5, "seq": seq, "pid": 77, "byteorder": order}
        messages.append(build("ovs_flow", command, flags=["request", "echo"], **at, **attrs))
        answer = "new" if command == "get" else "del"
        messages.append(
            build("ovs_flow", answer, flags=0, **at, **attrs, **TOLD, **({"actions": [{"output": 4}]} if command == "get" else {}))
        )
    path = tmp_path / "asked.pcap"
    path.write_bytes(pcap(messages, byteorder=order))
    lines, asked = both(path, "4.0")
    wanted = [line for _, said in ASKED[command] for line in (None, said)]
    assert [orjson.loads(line)["odp"].get("line") for line in lines[-len(wanted) :]] == wanted
    assert asked <= len(lines) - len(wanted)  # the specifications of families
