"""Several captures in one command, what -n and -c select, and the progress bar."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import pty
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from ovsdissect.build import build, pcap
from ovsdissect.cli.progress import PATIENCE
from tests import recorded
from tests.cli.processes import Started, environment
from tests.views.run import run

FIRST, SECOND = recorded.path("upcall-pid"), recorded.path("mid-stream")


def objects(text: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("options", [(), ("-Y", "ovs_packet"), pytest.param(("--inner",), marks=pytest.mark.slow), ("--odp",)])
def test_json_names_the_capture(monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]) -> None:
    both = run(monkeypatch, "json", "-q", FIRST, SECOND, *options)
    alone = [run(monkeypatch, "json", "-q", path, *options).out for path in (FIRST, SECOND)]
    labelled = [{"capture": str(path), **one} for path, text in zip((FIRST, SECOND), alone, strict=True) for one in objects(text)]
    assert objects(both.out) == labelled
    assert labelled
    assert both.code == 0
    assert json.loads(run(monkeypatch, "json", "-q", "--array", FIRST, SECOND, *options).out) == labelled


def test_the_worst_exit_code_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """With --strict a malformed capture is not forgiven for the clean one behind it."""
    malformed, clean = recorded.path("rawnl"), recorded.path("mid-stream")
    for captures in ((malformed, clean), (clean, malformed)):
        assert run(monkeypatch, "stats", "-q", "--strict", *captures).code == 1
    assert run(monkeypatch, "stats", "-q", "--strict", clean).code == 0


def test_a_capture_that_is_named_twice_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    once, twice = (run(monkeypatch, "list", "-q", *(SECOND,) * times, "-c", "20") for times in (1, 2))
    assert once == twice
    assert once.out.count(b"\n") >= 20


def test_list_has_a_column_of_captures(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = list(csv.DictReader(io.StringIO(run(monkeypatch, "list", "-q", "--csv", FIRST, SECOND, "-c", "12", "-n", "1-8").out.decode())))
    assert [(row["capture"], row["number"]) for row in rows] == [
        *((str(FIRST), str(number)) for number in range(1, 9)),
        *((str(SECOND), str(number)) for number in range(1, 5)),
    ]
    alone = run(monkeypatch, "list", "-q", FIRST, "-c", "3").out.splitlines()
    both = run(monkeypatch, "list", "-q", FIRST, SECOND, "-c", "3").out.splitlines()
    assert [line.split(b" ", 1)[1].lstrip() for line in both] == [line.lstrip() for line in alone]


@pytest.mark.parametrize("command", ["upcalls", "flows", "ports", "errors", "report"])
def test_findings_of_several(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    told = Counter(one["capture"] for one in objects(run(monkeypatch, command, "--json", FIRST, SECOND).out))
    assert told == {str(path): len(objects(run(monkeypatch, command, "--json", path).out)) for path in (FIRST, SECOND)}
    text = run(monkeypatch, command, FIRST, SECOND).out.decode()
    assert [line for line in text.splitlines() if line.startswith("==>")] == [f"==> {path} <==" for path in (FIRST, SECOND)]


@pytest.mark.parametrize("command", ["upcalls", "flows", "ports", "errors"])
def test_titles_of_csv_stand_once(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    lines = run(monkeypatch, command, "-q", "--csv", FIRST, SECOND).out.decode().splitlines()
    assert [place for place, line in enumerate(lines) if line.startswith("capture,")] == [0]
    assert {line.split(",")[0] for line in lines[1:]} <= {str(FIRST), str(SECOND)}


def test_count_of_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    def kinds(*arguments: object) -> Counter[object]:
        return Counter(one["kind"] for one in objects(run(monkeypatch, *arguments, "--json").out))

    assert kinds("upcalls", FIRST, "-c", "2")["upcall"] == 2
    assert kinds("upcalls", FIRST, "-c", "2", "--sort", "to-flow")["upcall"] == 2
    assert kinds("upcalls", FIRST, "--by", "port", "-c", "1")["group"] == 1
    assert kinds("flows", FIRST, "--deleted", "-c", "1")["flow"] == 1
    assert kinds("ports", FIRST, SECOND, "-c", "3")["port"] == 3
    assert kinds("errors", FIRST, "-c", "1")["error_group"] == 1
    assert kinds("report", FIRST, "-c", "1")["verdict"] == 1


@pytest.mark.parametrize("command", ["list", "show", "stats"])
def test_a_capture_named_in_two_ways_is_refused(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    done = run(monkeypatch, command, FIRST, "-r", SECOND)
    assert (done.code, done.out) == (2, b"")
    assert f"two captures, {FIRST} and {SECOND}: use either -r or the argument" in done.err


def test_no_capture_is_read_behind_the_last_message_that_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for command in ("json", "list", "upcalls"):
        done = run(monkeypatch, command, "-q", FIRST, tmp_path / "absent", "-c", "1")
        assert (done.code, done.err) == (0, ""), command


def test_stats_of_some_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = objects(run(monkeypatch, "json", "-q", "--all", FIRST, "-n", "10-29").out)
    found = json.loads(run(monkeypatch, "stats", "-q", "--json", FIRST, "-n", "10-29").out)
    assert (found["messages"], found["records"]) == (20, len({one["record"] for one in listed}))
    assert sum(one["count"] for one in found["counts"]) == sum(one["kind"] == "message" for one in listed)
    assert json.loads(run(monkeypatch, "stats", "-q", "--json", FIRST, "-c", "7").out)["messages"] == 7


def test_one_of_several_cannot_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = run(monkeypatch, "json", "-q", tmp_path, FIRST, tmp_path / "none", "-c", "2")
    assert (len(said.out.splitlines()), said.code) == (2, 1)
    assert "a directory, not a capture" in said.err
    said = run(monkeypatch, "stats", tmp_path, tmp_path / "none")
    assert (said.out, said.code) == (b"", 2)
    assert "no such file" in said.err
    assert "none of the captures could be read" in said.err


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (("carve", "-o", "x.pcap"), "carve takes one capture: a family may have another id in each capture"),
        (("fixture", "-o", "x"), "fixture takes one capture"),
        (("list", "--follow", "-c", "1"), "--follow takes one capture"),  # which would end where it is not refused
        (("report", "--html", "x.html"), "--html writes the page of one capture"),
        (("json", "-o", FIRST), "an output is never an input"),
    ],
)
def test_where_several_have_no_meaning(monkeypatch: pytest.MonkeyPatch, typed: tuple[object, ...], why: str) -> None:
    said = run(monkeypatch, typed[0], FIRST, SECOND, *typed[1:])
    assert (said.out, said.code) == (b"", 2)
    assert why in said.err


def repeated(path: Path, times: int) -> bytes:
    """A capture whose records stand in it so many times."""
    data = gzip.decompress(path.read_bytes())
    return data[:24] + data[24:] * times


@pytest.mark.parametrize(
    ("typed", "to", "shown"),
    [
        (("json", "--symbols"), "file", True),
        (("json", "--symbols"), "terminal", False),
        pytest.param(("json", "--symbols"), "pipe", False, marks=pytest.mark.slow),
        pytest.param(("carve", "--inner", "-o", "made.pcap"), "terminal", True, marks=pytest.mark.slow),
        pytest.param(("fixture", "-Y", "ovs_packet", "-c", "1", "-o", "made"), "terminal", True, marks=pytest.mark.slow),
    ],
    ids=["a file", "the terminal", "a pipe", "carve", "fixture"],
)
def test_progress_bar(tmp_path: Path, typed: tuple[str, ...], to: str, shown: bool) -> None:
    """A bar is drawn where nothing else can be on the terminal at the time, and nothing is left of it.

    The command is stopped for a second while it reads: it is told that it took long, however fast the machine is.
    """
    big = tmp_path / "big.pcap"
    big.write_bytes(repeated(FIRST, 4))
    ours, theirs = pty.openpty()
    out = {"file": (tmp_path / "out").open("wb"), "terminal": theirs, "pipe": subprocess.DEVNULL}[to]
    with Started(*typed, big, cwd=tmp_path, stdout=out, stderr=theirs, env=environment(TERM="xterm")) as child:
        os.close(theirs)
        deadline = time.monotonic() + 30
        while not any(one.resolve() == big for one in Path(f"/proc/{child.pid}/fd").iterdir()) and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(0.1)
        child.send_signal(signal.SIGSTOP)
        time.sleep(PATIENCE)
        child.send_signal(signal.SIGCONT)
        said = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # what the end is here
                break
            if not piece:
                break
            said += piece
    os.close(ours)
    assert child.returncode == 0
    assert (b"%" in said and b"[####" in said) if shown else b"[####" not in said
    assert not shown or b"\x1b[A\x1b[2K\rovsdissect: " in said  # a diagnostic takes the place of the bar
    assert PATIENCE == 1.0


def test_the_name_of_a_capture_is_a_cell_like_any_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A spreadsheet would run it, a terminal obey it."""
    monkeypatch.chdir(tmp_path)
    made = build("ovs_packet", "miss", dp_ifindex=7, key={"in_port": 2}, packet=bytes(14))
    for name in ("=a\x1b", "b"):
        (tmp_path / name).write_bytes(pcap([made]))
    for options, cell in (((), "=a\\x1b"), (("--safe-csv",), "'=a\\x1b")):
        lines = run(monkeypatch, "upcalls", "-q", "--csv", *options, "=a\x1b", "b").out.decode().splitlines()
        assert [line.split(",")[0] for line in lines] == ["capture", cell, "b"]
