"""Compares the engine's JSON lines, made by its sources as plain Python, with the tree's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from ovsdissect import api
from ovsdissect.api import Message
from ovsdissect.build import build, error, pcap
from ovsdissect.json.jsonline import to_dict
from tests import recorded
from tests.engine.uncompiled import uncompiled
from tests.views.run import run


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


def test_flags_of_a_request_are_named_by_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """linux/netlink.h: of a GET 0x100 is NLM_F_ROOT, 0x200 NLM_F_MATCH, both are NLM_F_DUMP; of a NEW they are NLM_F_REPLACE and _EXCL."""
    wanted = {
        ("get", 0x101): ["request", "root"],
        ("get", 0x201): ["request", "match"],
        ("get", 0x301): ["request", "dump"],
        ("get", 0x305): ["request", "ack", "dump"],
        ("new", 0x301): ["request", "replace", "excl"],
        ("new", 0x401): ["request", "create"],
        ("del", 0x101): ["request", "nonrec"],
    }
    path = tmp_path / "flags.pcap"
    path.write_bytes(pcap([build("ovs_flow", cmd, dp_ifindex=7, flags=flags, key={"in_port": 2}) for cmd, flags in wanted]))
    for pure in ("", "1"):
        monkeypatch.setenv("OVSDISSECT_PURE", pure)
        lines = [orjson.loads(line) for line in run(monkeypatch, "json", path, "-Y", "ovs_flow", "-q").out.splitlines()]
        assert [line["nlmsg"]["flags"] for line in lines] == list(wanted.values())


def test_the_port_of_an_answer_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ODPP_NONE of Open vSwitch, 0xffffffff, as the list shows it of a request and of its error."""
    path = tmp_path / "none.pcap"
    request = build("ovs_flow", "get", dp_ifindex=7, flags=1, seq=1, pid=2, key={"in_port": 0xFFFFFFFF})
    path.write_bytes(pcap([request, error(request, -19), error(request, 0)]))
    for pure in ("", "1"):
        monkeypatch.setenv("OVSDISSECT_PURE", pure)
        lines = run(monkeypatch, "list", path, "-Y", "!nlctrl && family == ovs_flow", "--columns", "kind,port", "--csv", "-q").out.split()
        assert lines == [b"kind,port", b"message,none", b"error,none", b"ack,none"]


def test_the_datapath_of_an_answer_has_a_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """int dp_ifindex of struct ovs_header: what a filter asks about an error is its request's."""
    path = tmp_path / "answer.pcap"
    request = build("ovs_flow", "get", dp_ifindex=-3, flags=1, seq=1, pid=2, key={"in_port": 2})
    path.write_bytes(pcap([request, error(request, -19)]))
    for pure in ("", "1"):
        monkeypatch.setenv("OVSDISSECT_PURE", pure)
        found = run(monkeypatch, "json", path, "-Y", "datapath == -3 && ovs_flow || kind == error && datapath == -3", "-q").out.splitlines()
        assert [orjson.loads(line)["kind"] for line in found] == ["message", "error"]
