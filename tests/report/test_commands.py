"""The options of the commands of the analyses: filters, sorting, columns, growing captures; and the same in Python."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

import ovsdissect as package
from ovsdissect.cli import ovsdissect
from tests import recorded
from tests.analysis.reading import Recording, ethernet, flow_key
from tests.cli import processes
from tests.each import all_of
from tests.views.run import run as said

NAME = str(recorded.path("frag"))


def run(*arguments: str) -> Result:
    """A command in this process."""
    return CliRunner().invoke(ovsdissect, arguments)


def objects(*arguments: str) -> list[dict[str, Any]]:
    """What a command prints as JSON."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return [orjson.loads(line) for line in result.stdout.splitlines()]


def test_a_filter_shows_lines_and_leaves_the_figures() -> None:
    """A line is shown where its upcall's, put's or error's message passes; the summary is of the whole capture."""
    for command, text, count in (
        ("upcalls", "key.in_port == 4", 32),
        ("flows", "key.in_port == 4", None),
        ("errors", "error.name == ENODEV", 1),
        ("ports", "ovs_packet.cmd == action", 2),
        ("report", "number < 5800", None),
    ):
        arguments = [command, NAME] + (["--deleted"] if command == "flows" else [])
        everything, shown = objects(*arguments), objects(*arguments, "-Y", text)
        assert everything[-1] == shown[-1]
        kinds = ("upcall", "flow", "error_group", "port", "verdict")
        lines = [line for line in shown if line["kind"] in kinds]
        assert 0 < len(lines) < len([line for line in everything if line["kind"] in kinds]), command
        assert count is None or len(lines) == count, command
        assert all_of(line in everything for line in lines)


def test_a_wrong_filter_is_refused() -> None:
    result = run("upcalls", NAME, "-Y", "key.in_prt == 4")
    assert result.exit_code != 0
    assert "in_prt" in str(result.exception)


def test_sorting_and_columns() -> None:
    result = run("upcalls", NAME, "--csv", "-q", "--columns", "number,to-execute,answer", "--sort", "to-execute")
    rows = list(csv.reader(result.stdout.splitlines()))
    assert rows[0] == ["number", "to-execute", "answer"]
    times = [float(row[1].removesuffix("ms")) for row in rows[1:] if row[1]]
    assert times == sorted(times, reverse=True)
    assert [row[1] for row in rows[-18:]] == [""] * 18  # what has none comes last
    assert {"execute", "flow+execute", "none"} <= {row[2] for row in rows[1:]}  # words as in JSON


def test_unanswered_and_slower() -> None:
    assert [line["kind"] for line in objects("upcalls", NAME, "--unanswered")] == ["summary"]
    slow = [line for line in objects("upcalls", NAME, "--slower", "20") if line["kind"] == "upcall"]
    assert slow
    assert all_of(line["to_execute_ns"] > 20_000_000 for line in slow)


def test_the_chain_of_a_packet() -> None:
    """What comes up again after ct() and recirc()."""
    name = str(recorded.path("conntrack"))
    lines = [line for line in objects("upcalls", name) if line["kind"] == "upcall"]
    of = {number: line["number"] for line in lines for number in (line["execute"], *line["sub_executes"])}
    child = next(line for line in lines if line["parent"] is not None and line["parent"] in of)
    chains = [
        [line["number"] for line in objects("upcalls", name, "--chain", str(number)) if line["kind"] == "upcall"]
        for number in (child["number"], of[child["parent"]])
    ]
    assert {child["number"], of[child["parent"]]} <= set(chains[0])
    assert chains[0] == chains[1]
    alone = next(line["number"] for line in lines if line["parent"] is None and line["execute"] not in {one["parent"] for one in lines})
    assert [line["number"] for line in objects("upcalls", name, "--chain", str(alone)) if line["kind"] == "upcall"] == [alone]


def test_groups() -> None:
    for by in ("port", "datapath", "cmd", "answer", "second"):
        *groups, summary = objects("upcalls", NAME, "--by", by)
        assert sum(group["upcalls"] for group in groups) == summary["upcalls"] == 94
        assert all_of(by in group for group in groups)


def test_numbers_instead_of_names() -> None:
    assert "v1" in run("upcalls", NAME).stdout
    assert "v1" not in run("upcalls", NAME, "--no-names").stdout
    assert "in_port(v1)" in run("upcalls", NAME, "--odp").stdout
    numbers = run("upcalls", NAME, "--odp", "--no-names").stdout
    assert "in_port(" in numbers
    assert "v1" not in numbers
    line = next(line for line in objects("flows", NAME, "--at", "@2409", "--no-names") if line["kind"] == "flow")
    assert "in_port(3)" in line["odp"]["line"] or "in_port(4)" in line["odp"]["line"]


def test_releases() -> None:
    """An IPv6 key has an attribute that Open vSwitch 2.15 does not know."""
    lines = {ovs: run("flows", NAME, "--at", "@2409", "--ovs", ovs, "-q").stdout for ovs in ("2.15", "4.0")}
    assert lines["2.15"] != lines["4.0"]


def test_history() -> None:
    name = str(recorded.path("tunnels"))
    events = [line for line in objects("flows", name, "--ufid", "42673198", "--history") if line["kind"] == "event"]
    assert [event["number"] for event in events] == sorted(event["number"] for event in events)
    puts = [event for event in events if event["event"] == "put"]
    deletions = [event for event in events if event["event"] == "delete"]
    assert len(puts) == 4
    assert len(deletions) == 3
    assert [event["why"] for event in events if event["event"] == "error"] == ["EEXIST"]
    dumped = [event for event in events if event["event"] == "told" and event["odp"]["flow"]]
    assert {event["odp"]["flow"] for event in dumped} == {puts[0]["odp"]["flow"]}
    assert run("flows", name, "--history").exit_code == 2
    assert ", key and mask as put\n" in run("flows", name, "--ufid", "42673198", "--history").stdout


def test_history_shows_what_the_kernel_made_of_a_mask(tmp_path: Path) -> None:
    made, packet = Recording(), ethernet()
    exact = {"in_port": 0xFFFFFFFF, "ethernet": {"src": "ff:ff:ff:ff:ff:ff", "dst": "ff:ff:ff:ff:ff:ff"}, "ethertype": 0xFFFF}
    wide = exact | {"ethernet": {"src": "00:00:00:00:00:00", "dst": "ff:ff:ff:ff:ff:ff"}}
    made.add(1000, made.put(1, packet, ufid=1, mask=exact))
    made.add(1100, made.flow("get", 2, flags=["request", "dump"]))
    made.add(1101, made.flow("new", 2, ufid=1, flags=2, key=flow_key(packet), mask=wide))
    file = tmp_path / "mask.pcap"
    file.write_bytes(made.pcap().read())
    lines = run("flows", str(file), "--ufid", "00", "--history", "-q").stdout.splitlines()
    place = next(number for number, line in enumerate(lines) if "  told  " in line)
    assert [line.split() for line in lines[place + 1 : place + 3]] == [
        ["put", "eth(src=02:00:00:00:00:01,dst=02:00:00:00:00:02)"],
        ["kernel", "eth(dst=02:00:00:00:00:02)"],
    ]


def test_never_hit_and_one_ufid() -> None:
    flows = [line for line in objects("flows", NAME, "--deleted", "--never-hit") if line["kind"] == "flow"]
    assert flows
    assert all_of(flow["packets"] == 0 for flow in flows)
    ufid = flows[0]["ufid"]
    assert ufid != ufid.upper()
    for text in (ufid, ufid[:11], ufid.replace("-", "")[:12], f"ufid:{ufid}", ufid.upper(), f"ufid:{ufid[:20].upper()}"):
        found = [line for line in objects("flows", NAME, "--deleted", "--ufid", text) if line["kind"] == "flow"]
        assert {flow["ufid"] for flow in found} == {ufid}


def test_a_history_ends_at_its_moment() -> None:
    """`--at` and `-c` cut it: the events are the first of all."""
    ufid = next(line["ufid"] for line in objects("flows", NAME, "--deleted") if line["kind"] == "flow" and line["deleted"])
    every = [line for line in objects("flows", NAME, "--ufid", ufid, "--history") if line["kind"] == "event"]
    assert len(every) > 3
    moment = every[2]["number"]
    for options, wanted in ((("--at", f"@{moment}"), [line for line in every if line["number"] <= moment]), (("-c", "2"), every[:2])):
        found = [line for line in objects("flows", NAME, "--ufid", ufid, "--history", *options) if line["kind"] == "event"]
        assert [(line["number"], line["event"]) for line in found] == [(line["number"], line["event"]) for line in wanted]
        assert wanted != every


def test_harmless_errors_are_in_every_form_but_the_screens() -> None:
    """docs/tutorial.md: of the 830 errors in tunnels, 824 are harmless."""
    path = str(recorded.path("tunnels"))
    rows = list(csv.DictReader(run("errors", path, "--csv", "-q").stdout.splitlines()))
    counts = [(int(row["count"]), row["harmless"]) for row in rows]
    assert sum(count for count, _ in counts) == 830
    assert sum(count for count, harmless in counts if harmless == "yes") == 824
    assert sum(line["count"] for line in objects("errors", path)[:-1]) == 830
    assert run("errors", path, "-q").stdout.splitlines()[1].split()[0] == "6"


def test_strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """A malformed message is one of any family, not of those alone that a command looks at."""
    assert said(monkeypatch, "upcalls", recorded.path("rawnl"), "--summary", "--strict", "-q").code == 1
    assert said(monkeypatch, "upcalls", NAME, "--summary", "--strict").code == 0


@pytest.mark.parametrize("command", ["upcalls", "report"])
def test_a_growing_capture(command: str, tmp_path: Path) -> None:
    """`upcalls` prints a line when it is final, `report` everything again and again; Ctrl-C ends the capture."""
    made = Recording()
    for at in range(5):
        made.miss(1000 * at, ethernet(at), hash=at)
        made.add(1000 * at + 1, made.put(10 + 2 * at, ethernet(at), ufid=at), made.execute(11 + 2 * at, ethernet(at), hash=at))
    file = tmp_path / "growing.pcap"
    file.write_bytes(made.pcap().getvalue())
    arguments = [sys.executable, "-m", "ovsdissect", command, "--follow", "--json", str(file)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, cwd=recorded.ROOT) as process:
        assert process.stdout is not None
        lines = [orjson.loads(process.stdout.readline()) for _ in range(2 if command == "upcalls" else 1)]
        process.send_signal(signal.SIGINT)
        lines += [orjson.loads(line) for line in process.stdout.read().splitlines()]
        assert process.wait() == 130
    assert lines[-1]["kind"] == "summary"
    if command == "upcalls":
        assert [line["kind"] for line in lines[:-1]] == ["upcall"] * 5
        assert lines[-1]["upcalls"] == 5
    else:
        assert lines[-1]["upcalls"]["upcalls"] == 5


def test_from_a_pipe() -> None:
    with recorded.path("startup").open("rb") as file:
        done = processes.ovsdissect("report", "--json", "-", stdin=file)
    assert done.returncode == 0
    assert orjson.loads(done.stdout.splitlines()[-1])["upcalls"]["miss"] == 9


def test_python() -> None:
    """The commands' findings as frozen dataclasses."""
    with package.open(recorded.path("frag")) as capture:
        upcalls = list(capture.upcalls())
        assert len(upcalls) == 94
        first = upcalls[0]
        assert (first.number, first.flow, first.execute, first.answer) == (1841, 1844, 1845, "flow+execute")
        with pytest.raises(AttributeError):
            first.number = 1  # type: ignore[misc]
        assert len(capture.flows(at="@2409")) == 19
        assert len(capture.flows(at=21.8)) == 19
        assert capture.flows() == []
        assert {port.port: port.upcalls for port in capture.ports() if port.upcalls} == {"v1": 62, "v2": 32}
        assert capture.errors()[0].error == "ENODEV"
        assert [verdict.name for verdict in capture.verdicts()] == ["deleted-behind", "duplicates", "gone-flows"]
        with pytest.raises(package.OvsDissectError, match="is not a time"):
            capture.flows(at="soon")


def test_show_names_the_flow_in_the_way() -> None:
    """Twice ovs-vswitchd put a flow that was there, with the same UFID: the kernel refused the second (net/openvswitch/datapath.c)."""
    for error, put, ufid in ((5591, 5586, "42673198-02e9-474a-9880-e8cd3d64efdb"), (5779, 5765, "8a3ed316-9d0a-4be9-96ca-da187802fdc7")):
        result = run("show", str(recorded.path("tunnels")), "-n", str(error), "-q")
        assert f"  in the way: {ufid} (#{put})\n" in result.stdout
        assert f"ufid: {ufid}" in run("show", str(recorded.path("tunnels")), "-n", str(put), "-q").stdout
    assert "in the way" not in run("show", str(recorded.path("tunnels")), "-Y", "error.name != EEXIST", "-q").stdout
    (group,) = (one for one in objects("errors", str(recorded.path("tunnels")), "--all") if one.get("error") == "EEXIST")
    assert [way["number"] for way in group["in_the_way"]] == [5586, 5765]
