"""`ovsdissect stats` counts what is in the capture, as text and as JSON; made-up names in a capture do not harm a terminal."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from ovsdissect.cli import ovsdissect
from ovsdissect.engine.available import engine
from ovsdissect.netlink.headers import NETLINK_GENERIC
from tests import recorded
from tests.dissect.made import failed, genl, newfamily, nlmsg, pcap, record
from tests.each import all_of, none_of


def run(*arguments: str) -> Result:
    """The command."""
    return CliRunner().invoke(ovsdissect, ["stats", *arguments])


def counted(*arguments: str) -> dict[str, Any]:
    """What --json prints."""
    result = run("--json", *arguments)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = orjson.loads(result.output)
    return found


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.NAMES)
def test_counts_are_those_of_the_messages(name: str) -> None:
    found = counted(str(recorded.path(name)))
    messages = [message for message in recorded.messages(name) if message.kind != "record"]
    assert (found["messages"], found["records"]) == (len(messages), len(recorded.records(name)))
    assert found["control"] == dict(Counter(message.kind for message in messages if message.kind != "message"))
    assert sum(one["count"] for one in found["counts"]) == sum(message.kind == "message" for message in messages)
    ovs = Counter(
        (message.family, message.direction) for message in messages if message.protocol == NETLINK_GENERIC and message.declaration
    )
    shown: Counter[tuple[str | None, str]] = Counter()
    for one in found["counts"]:
        if one["protocol"] == "generic" and one["cmd"] is not None:
            shown[one["family"], one["direction"]] += one["count"]
    assert shown == ovs
    assert found["malformed"] == sum(bool(message.problems) for message in recorded.messages(name))
    assert sum(found["problems"].values()) == sum(len(message.problems) for message in recorded.messages(name))


def test_a_recorded_capture() -> None:
    found = counted(str(recorded.path("rawnl")))
    assert (found["format"], found["compression"], found["byteorder"], found["cut"]) == ("pcap", "gzip", "little", None)
    assert found["first"] == "2026-11-23T06:32:00.841135000Z"
    assert found["span_ns"] == 4_527_408_000
    assert {"id": 41, "name": "ovs_packet", "how": "nlctrl"} in found["families"]
    assert {"id": 37, "name": "psample", "how": "nlctrl"} in found["families"]
    assert found["errors"][0] == {
        "number": -22,
        "name": "EINVAL",
        "protocol": "generic",
        "family": "ovs_flow",
        "cmd": "new",
        "type": None,
        "count": 13,
    }
    assert found["interfaces"] == [
        {"index": 0, "name": "", "link_type": 253, "snaplen": 262144, "lost": 0, "lost_at": []}
        | dict.fromkeys(("received", "dropped", "accepted", "os_dropped", "delivered"))
    ]
    inferred = counted(str(recorded.path("mid-stream")))
    assert {one["name"]: one["how"] for one in inferred["families"]} == {
        "nlctrl": "fixed",
        "ovs_datapath": "inferred",
        "ovs_vport": "inferred",
        "ovs_flow": "inferred",
        "ovs_packet": "inferred",
        "ovs_meter": "presumed",
        "ovs_ct_limit": "presumed",
    }


def test_text_is_aligned_and_says_the_same() -> None:
    lines = run(str(recorded.path("mid-stream"))).output.splitlines()
    assert lines[0].endswith("mid-stream.pcap.gz: pcap gzip, little-endian")
    assert lines[2] == "954 records, 2,207 netlink messages"
    table = lines[lines.index("messages:") + 1 : lines.index("control messages:") - 1]
    assert ["ovs_flow", "get", "to-user", "1,189"] in [line.split() for line in table]
    assert len({len(line) for line in table}) == 1
    assert "  ovs_meter     42  presumed" in lines
    assert lines[-1] == "complete"


def test_what_the_capture_says_it_lost() -> None:
    interface = run(str(recorded.ROOT / "captures" / "nlextras.pcapng.gz")).output.split("interfaces:\n")[1].splitlines()[0]
    assert interface.split("  ")[1:] == ["0", "nlmon0", "link type 253", "snaplen 262,144", "received 8,709, dropped 0"]


def test_a_capture_that_was_cut_short(tmp_path: Path) -> None:
    file = tmp_path / "cut.pcap"
    file.write_bytes(pcap([record(genl("ovs_flow", "get", flags=1))])[:-3])
    result = run(str(file))
    assert result.exit_code == 0
    assert "cut short: the capture ends at byte" in result.stdout
    assert "the capture ends at byte" in result.stderr
    assert CliRunner().invoke(ovsdissect, ["stats", "--strict", "-q", str(file)], standalone_mode=False).return_value == 1
    assert run("-q", str(file)).stderr == ""
    assert counted("-q", str(file))["cut"]["kind"] == "truncated"


def test_names_are_shown_not_obeyed(tmp_path: Path) -> None:
    file = tmp_path / "evil\x1b[2J.pcap"
    file.write_bytes(pcap([record(newfamily("\x1b]0;x\x07fam", 30)), record(nlmsg(30, bytes(4)), number=2)]))
    output = run(str(file)).output
    assert output.isascii()
    assert all_of(line.isprintable() for line in output.splitlines())
    assert r"\x1b]0;x\x07fam" in output


def test_unknown_types_and_commands(tmp_path: Path) -> None:
    """Counted by number: a type that no family has, a command that a family lacks, a protocol without a name."""
    odd = bytearray(genl("ovs_flow", "get", flags=1, seq=1, pid=1))
    odd[16] = 77
    asked = nlmsg(90, bytes(4), flags=1, seq=2, pid=1)
    file = tmp_path / "odd.pcap"
    records = [record(bytes(odd)), record(asked, number=2), record(failed(asked, -2), number=3), record(nlmsg(20), protocol=77, number=4)]
    file.write_bytes(pcap(records))
    found = counted("--family", "ovs_flow=40", str(file))
    assert [(one["protocol"], one["family"], one["cmd"], one["type"]) for one in found["counts"]] == [
        ("generic", "ovs_flow", 77, None),
        ("generic", None, None, 90),
        ("77", None, None, 20),
    ]
    assert [(one["family"], one["type"], one["name"]) for one in found["errors"]] == [(None, 90, "ENOENT")]
    text = run("--family", "ovs_flow=40", str(file)).output
    assert "  ovs_flow  77       to-kernel  1" in text
    assert "  1  ENOENT  generic  type 90" in text


def test_an_empty_capture(tmp_path: Path) -> None:
    file = tmp_path / "empty.pcap"
    file.write_bytes(pcap([]))
    found = counted(str(file))
    assert (found["records"], found["messages"], found["first"], found["span_ns"]) == (0, 0, None, None)
    assert run(str(file)).output.splitlines()[-1] == "complete"


def test_usage(tmp_path: Path) -> None:
    assert run(str(tmp_path / "none.pcap")).exit_code != 0
    assert run("--family", "ovs_flow", str(recorded.path("rawnl"))).exit_code == 2


def test_help_loads_no_decoder() -> None:
    code = (
        "import sys, click\n"
        "from ovsdissect.cli import ovsdissect\n"
        "try:\n    ovsdissect.main(['stats', '--help'], standalone_mode=False)\n"
        "finally:\n    assert not {'construct', 'dpkt', 'orjson'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=recorded.ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert "Summarise a capture" in done.stdout


def test_it_says_what_the_tree_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages by their first problem, as many as the engine leaves; without the engine nothing is said, for it is all of them."""
    path = str(recorded.path("rawnl"))
    first = Counter(str(message.problems[0].kind) for message in recorded.messages("rawnl") if message.problems)
    found = counted(path)
    if engine().compiled:
        by_tree = found["read_by_tree"]
        assert by_tree["bad-length"] > 0
        assert all_of(count <= first[kind] for kind, count in by_tree.items() if kind in first)
        said = next(line for line in run(path).output.splitlines() if "needed the slower reader" in line)
        assert said.startswith(f"{sum(by_tree.values())} messages needed the slower reader: ")
        assert f"{by_tree['bad-length']} bad-length" in said
        assert said.endswith(" without a problem")
    monkeypatch.setenv("OVSDISSECT_PURE", "1")
    assert counted(path) == found | {"read_by_tree": None}
    assert "needed the slower reader" not in run(path).output


def test_route_messages_stand_under_their_names() -> None:
    """linux/rtnetlink.h: RTM_NEWLINK 16, RTM_GETLINK 18, RTM_DELQDISC 37; the counts are those of the types in the JSON."""
    path = str(recorded.path("nlextras"))
    counts = counted(path)["counts"]
    # Open vSwitch's families first, other generic ones, then each protocol with its most frequent types first
    ranks = [(one["protocol"] != "generic", not (one["family"] or "").startswith("ovs_")) for one in counts]
    assert ranks == sorted(ranks)
    assert {(False, False), (False, True), (True, True)} <= set(ranks)
    many = [one["count"] for one in counts if one["protocol"] == "route"]
    assert many == sorted(many, reverse=True)
    assert many[0] > many[-1]
    types = {(one["type"], one["direction"]): one["count"] for one in counts if one["protocol"] == "route"}
    shown = [line.split() for line in run(path).output.splitlines()]
    for name, kind, direction in (("RTM_NEWLINK", 16, "to-user"), ("RTM_GETLINK", 18, "to-kernel"), ("RTM_DELQDISC", 37, "to-kernel")):
        assert ["route", name, direction, f"{types[kind, direction]:,}"] in shown
    assert ["10", "ENOENT", "route", "RTM_DELQDISC"] in shown
    assert none_of(line[:2] == ["route", "type"] for line in shown)
