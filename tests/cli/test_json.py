"""`ovsdissect json`: lines as they come, the effect of --all and --array, input from a pipe, output to a file or a vanishing reader."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import orjson
import pytest

from tests import recorded
from tests.cli.processes import Started, ovsdissect
from tests.dissect.made import genl, nlmsg, pcap, record
from tests.views.run import run as run_here


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    return ovsdissect("json", *arguments, input=stdin, cwd=recorded.ROOT)


def test_lines_are_the_messages_of_open_vswitch() -> None:
    done = run(str(recorded.path("rawnl")))
    hidden = b"ovsdissect: 35 messages of other families and protocols, 1 error among them: --all shows them\n"
    assert (done.returncode, done.stderr) == (0, hidden)
    lines = [orjson.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == 697  # 539 messages of the families, 101 ACKs, 43 errors and 14 DONEs that belong to them
    everything = [orjson.loads(line) for line in run("--all", str(recorded.path("rawnl"))).stdout.splitlines()]
    assert len(everything) == 732
    assert [line["number"] for line in everything] == list(range(1, 733))  # numbers are those of the capture, shown or not
    shown = {line["number"] for line in lines}
    assert [line for line in everything if line["number"] in shown] == lines
    assert {(line["kind"], line.get("protocol")) for line in everything if line["number"] not in shown} == {
        ("message", "route"),
        ("message", None),
        ("ack", "route"),
        ("error", None),
        ("done", "route"),
    }


def test_array_holds_the_lines(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    assert run("--array", "-o", str(file), str(recorded.path("rawnl"))).returncode == 0
    lines = [orjson.loads(line) for line in run(str(recorded.path("rawnl"))).stdout.splitlines()]
    assert orjson.loads(file.read_bytes()) == lines
    empty = tmp_path / "empty.pcap"
    empty.write_bytes(pcap([]))
    assert orjson.loads(run("--array", str(empty)).stdout) == []


def test_standard_input() -> None:
    piped = run("-", stdin=recorded.path("mid-stream").read_bytes())
    assert piped.returncode == 0
    assert piped.stdout == run(str(recorded.path("mid-stream"))).stdout


def test_the_end_of_a_cut_capture_is_a_line(tmp_path: Path) -> None:
    file = tmp_path / "cut.pcap"
    file.write_bytes(pcap([record(genl("ovs_flow", "get", flags=1)), record(genl("ovs_flow", "get", flags=1), number=2)])[:-3])
    done = run("--family", "ovs_flow=40", str(file))
    first, last = (orjson.loads(line) for line in done.stdout.splitlines())
    assert (first["kind"], last["kind"], last["number"], last["problems"][0]["kind"]) == ("message", "record", None, "truncated")
    assert done.returncode == 0
    assert b"the capture ends" in done.stderr
    assert run("-q", "--strict", "--family", "ovs_flow=40", str(file)).returncode == 1


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["no-such-file.pcap"], b"no-such-file.pcap"),
        (["."], b"directory"),
        (["README.md"], b"not a capture"),
        (["--family", "ovs_flow", "captures/rawnl.pcap.gz"], b"NAME=ID"),
        (["--family", "ovs_flwo=3", "captures/rawnl.pcap.gz"], b"no family ovs_flwo"),
        (["--family", "ovs_flow=65536", "captures/rawnl.pcap.gz"], b"from 16 to 65535"),
        (["--no-such-option", "captures/rawnl.pcap.gz"], b"--no-such-option"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(arguments: list[str], text: bytes) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == b""
    assert text in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("link_type", "header"),
    [
        (113, struct.pack(">HHHQH", 0, 1, 6, 0, 0x0800)),
        (276, struct.pack(">HHIHBBQ", 0x0800, 0, 2, 1, 0, 6, 0)),
    ],
)
def test_a_cooked_capture_of_other_devices_has_no_netlink(link_type: int, header: bytes, tmp_path: Path) -> None:
    file = tmp_path / "any.pcap"
    packet = header + bytes(40)
    start = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link_type)
    file.write_bytes(start + struct.pack("<IIII", 1, 0, *[len(packet)] * 2) + packet)
    done = run(str(file))
    assert (done.returncode, done.stdout) == (2, b"")
    sentence = f"{file}: no netlink in this capture: its packets come from devices other than nlmon"
    assert done.stderr.decode() == f"ovsdissect: {sentence}\n"
    foreign = record(genl("ovs_flow", "get", flags=1))
    netlink = struct.pack(">HHIHBBQ", 16, 0, 3, 824, 4, 0, 0) + foreign.data[16:] if link_type == 276 else foreign.data
    with file.open("ab") as more:
        more.write(struct.pack("<IIII", 2, 0, *[len(netlink)] * 2) + netlink)
    done = run("--family", "ovs_flow=40", str(file))
    said = f"ovsdissect: {file}: 1 of 2 records is of another kind: 1 of other devices than nlmon\n"
    assert (done.returncode, done.stderr.decode(), done.stdout.count(b"\n")) == (0, said, 1)


def test_a_reader_that_goes_away_ends_it_silently() -> None:
    with Started("json", "--all", recorded.path("tunnels"), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait() == 141
        assert process.stderr.read() == b""


def test_output_that_cannot_be_completed(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full on this platform")
    done = run("-o", str(full), str(recorded.path("rawnl")))
    assert done.returncode == 1
    assert b"could not be completed" in done.stderr


@pytest.mark.parametrize("pure", ["", "1"])
def test_errors_that_are_not_shown_are_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pure: str) -> None:
    """rtnetlink's answers: NLMSG_ERROR with -EINVAL and -ENODEV, and an ACK, with 0; by the engine, and by the tree."""
    answers = [nlmsg(2, number.to_bytes(4, "little", signed=True) + nlmsg(16, b"")) for number in (-22, -19, 0)]
    path = tmp_path / "route.pcap"
    path.write_bytes(pcap([record(one, number=at, protocol=0) for at, one in enumerate(answers, 1)]))
    monkeypatch.setenv("OVSDISSECT_PURE", pure)
    assert "3 messages of other families and protocols, 2 errors among them" in run_here(monkeypatch, "json", path).err
