"""`list` on a terminal and off it."""

import os
import subprocess
import sys

import pytest

from ovsdissect.text.screen import cells
from tests.recorded import path
from tests.views.run import run

UPCALLS = "ovs_packet && !ovs_packet.probe"


def test_a_terminal_gets_lines_that_fit_and_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    said = run(monkeypatch, "list", path("startup"), "-Y", UPCALLS, terminal=True)
    assert b"\x1b[33mmiss" in said.out
    monkeypatch.setenv("NO_COLOR", "1")
    plain = run(monkeypatch, "list", path("startup"), "-Y", UPCALLS, terminal=True).out.decode()
    assert "\x1b" not in plain
    assert plain.startswith("number        time   family       cmd       port           summary\n")
    assert max(cells(line) for line in plain.splitlines()) == 100


def test_a_pipe_gets_everything_and_no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    said = run(monkeypatch, "list", path("startup"), "-Y", UPCALLS)
    assert b"\x1b" not in said.out
    assert said.out.decode().count("\n") == 18
    assert max(cells(line) for line in said.out.decode().splitlines()) > 200


def test_a_filter_points_at_its_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    said = run(monkeypatch, "list", path("startup"), "-Y", "key.ipv4.dst == 10.0.0.0/8 && key.nonsense == 3")
    line, mark = said.err.splitlines()[-2:]
    assert line[mark.index("^") : mark.rindex("^") + 1] == "key.nonsense"
    assert (said.code, said.out) == (2, b"")


def test_relative_times_in_filters_count_from_the_captures_first_message(monkeypatch: pytest.MonkeyPatch) -> None:
    said = run(monkeypatch, "list", path("startup"), "-Y", "time_relative >= 10.309 && ovs_packet.cmd == miss", "--columns", "time")
    assert said.out.decode().split()[0] == "10.309641"


def test_show_tells_numbers_that_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for numbers in ("7-3", "0", "x", "1-2-3"):
        said = run(monkeypatch, "show", path("startup"), "-n", numbers)
        assert said.code == 2
        assert "for example 17 or 17-20" in said.err


def test_show_gives_a_message_of_another_protocol_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    said = run(monkeypatch, "show", path("startup"), "-n", "1", "-q")
    assert said.out.startswith(b"1  record 1  ")


@pytest.mark.skipif(os.name == "nt", reason="no SIGPIPE")
def test_a_closed_pipe_ends_it_silently() -> None:
    command = [sys.executable, "-m", "ovsdissect", "list", str(path("startup"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141
