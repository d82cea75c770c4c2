"""Signals end every command quietly with 128 + their number; a command that follows a capture completes its output first."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ovsdissect.cli.signals import Ended, Ending, Following
from tests import recorded
from tests.cli.processes import PROGRAM, Started, environment
from tests.views.run import run

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
WAITING = ("json", "json --array", "list", "show", "stats", "upcalls", "flows", "ports", "errors", "report", "report --json")


@pytest.fixture(name="capture")
def fixture_capture(tmp_path: Path) -> Path:
    path = tmp_path / "some.pcap"
    path.write_bytes(gzip.decompress(recorded.path("startup").read_bytes()))
    return path


def _grown(path: Path, least: int) -> None:
    """Wait until a file has so many bytes."""
    deadline = time.monotonic() + 30
    while path.stat().st_size < least and time.monotonic() < deadline:
        time.sleep(0.02)


def _settled(child: Started, number: signal.Signals) -> None:
    """Wait until a process handles a signal and waits for its input: it sleeps, and has used no processor time for a while."""
    deadline, still, before = time.monotonic() + 60, 0, ""
    while still < 5 and time.monotonic() < deadline:
        time.sleep(0.05)
        fields = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
        caught = next(line for line in Path(f"/proc/{child.pid}/status").read_text().splitlines() if line.startswith("SigCgt"))
        handled = int(caught.split()[1], 16) >> (number - 1) & 1
        used = " ".join(fields[11:13])  # utime, stime
        still = still + 1 if handled and fields[0] == "S" and used == before else 0
        before = used


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("source", ["file", "pipe"])
def test_an_array_is_closed(number: signal.Signals, source: str, capture: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    name = str(capture) if source == "file" else "-"
    with out.open("wb") as sink:
        child = subprocess.Popen(
            [*PROGRAM, "json", "-q", "--array", "--follow", name],
            stdin=subprocess.PIPE,
            stdout=sink,
            stderr=subprocess.PIPE,
            env=environment(),
        )
    assert child.stdin is not None
    if source == "pipe":
        child.stdin.write(capture.read_bytes())
        child.stdin.flush()
    _grown(out, 879587)
    child.send_signal(number)
    assert child.wait(10) == 128 + number
    assert child.stderr is not None
    assert child.stderr.read() == b""
    assert len(json.loads(out.read_bytes())) == 1741


@pytest.mark.parametrize("command", WAITING)
@pytest.mark.slow
def test_a_followed_capture(command: str, capture: Path) -> None:
    first, *rest = command.split()
    child = Started(first, "-q", *rest, "--follow", capture, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _settled(child, signal.SIGTERM)
    child.send_signal(signal.SIGTERM)
    out, err = child.communicate(timeout=20)
    assert (child.returncode, err) == (143, b"")
    assert out


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("command", [*WAITING, "carve -o out.pcap", "json -o out.json"])
@pytest.mark.slow
def test_a_pipe_that_says_nothing(command: str, number: signal.Signals, tmp_path: Path) -> None:
    first, *rest = command.split()
    child = Started(first, *rest, "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path)
    _settled(child, number)
    child.send_signal(number)
    _out, err = child.communicate(timeout=20)
    assert (child.returncode, err) == (128 + number, b"")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_that_is_ignored_stays_so(number: signal.Signals, capture: Path) -> None:
    """As under nohup, or in the background of a shell without job control."""
    program = f"import os, signal, sys; signal.signal({int(number)}, signal.SIG_IGN); os.execvp(sys.argv[1], sys.argv[1:])"
    child = subprocess.Popen(
        [PROGRAM[0], "-c", program, *PROGRAM, "json", "-q", "--follow", str(capture)], stdout=subprocess.PIPE, env=environment()
    )
    assert child.stdout is not None
    child.stdout.readline()
    child.send_signal(number)
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(0.5)
    child.kill()
    child.wait()
    child.stdout.close()


@pytest.mark.parametrize("command", ["json", "show"])
def test_a_reader_that_has_stopped(command: str, capture: Path) -> None:
    """What it has not taken is not waited for: the command ends."""
    child = Started(command, "-q", "--all", capture, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    _settled(child, signal.SIGTERM)
    child.send_signal(signal.SIGTERM)
    assert child.wait(20) == 128 + signal.SIGTERM


@pytest.fixture
def plain() -> Iterator[None]:
    """The handlers that a process starts with; afterwards those of the test run."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("plain")
def test_a_signal_that_is_ignored_stays_ignored() -> None:
    """As nohup has it."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with Ending():
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) not in (signal.SIG_IGN, signal.SIG_DFL)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == [
        signal.default_int_handler,
        signal.SIG_DFL,
        signal.SIG_IGN,
    ]


@pytest.mark.usefixtures("plain")
def test_a_signal_that_is_ignored_ends_no_following() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    ended: list[bool] = []
    following = Following(lambda: ended.append(True))
    try:
        signal.raise_signal(signal.SIGHUP)
        assert (ended, following.code) == ([], 0)
        signal.raise_signal(signal.SIGTERM)
        assert (ended, following.code) == ([True], 143)
    finally:
        assert following.end() == following.code
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("number", SIGNALS)
def test_an_impatient_signal_does_not_disturb_the_end(number: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing happens within a second of the first one; after that a command that has not ended is interrupted again."""
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with Ending() as ending:
        with pytest.raises(KeyboardInterrupt if number == signal.SIGINT else Ended):
            signal.raise_signal(number)
        now = 100.9
        for other in SIGNALS:
            signal.raise_signal(other)
        assert ending.code == 128 + number
        now = 101.1
        with pytest.raises(Ended):
            signal.raise_signal(signal.SIGTERM)
        assert ending.code == 128 + signal.SIGTERM


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize(
    "error", [RuntimeError("Query interrupted"), OSError(4, "Interrupted system call")], ids=lambda one: type(one).__name__
)
def test_a_library_that_answers_a_signal_with_its_own_error(
    number: signal.Signals, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB raises RuntimeError where a signal handler raised."""

    def query() -> int:
        try:
            signal.raise_signal(number)
        except (KeyboardInterrupt, Ended):
            raise error from None
        return 0

    monkeypatch.setattr("ovsdissect.cli._invoke", query)
    said = run(monkeypatch, "list")
    assert (said.code, said.out, said.err) == (128 + number, b"", "")


def _program(before: str) -> subprocess.CompletedProcess[bytes]:
    """`ovsdissect --help`, after some statements."""
    program = f"""if True:
        import gc, signal, sys
        from ovsdissect import __main__
        {before}
        sys.argv = ["ovsdissect", "--help"]
        __main__.main()"""
    return subprocess.run([PROGRAM[0], "-c", program], capture_output=True, env=environment(), timeout=30)


def test_ctrl_c_while_the_program_loads() -> None:
    """It ends without a traceback."""
    ended = _program(
        'sys.meta_path.insert(0, type("Found", (), {"find_spec": lambda name, path=None, target=None: signal.raise_signal(signal.SIGINT)}))'
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, b"", b"")


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_after_the_command(number: signal.Signals) -> None:
    """What was done is done: the exit code says so."""
    ended = _program(f"gc.freeze = lambda: signal.raise_signal({int(number)})")
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"Usage" in ended.stdout


@pytest.mark.parametrize("number", SIGNALS)
def test_a_second_signal_ends_a_command_that_follows(number: signal.Signals) -> None:
    """The first one only ends the following, once: what is there is still written."""
    before, ended = signal.getsignal(number), []
    following = Following(lambda: ended.append(number))
    try:
        assert following.code == 0
        signal.raise_signal(number)
        assert (following.code, ended) == (128 + number, [number])
        with pytest.raises(Ended) as told:
            signal.raise_signal(number)
        assert (told.value.code, ended) == (128 + number, [number])
    finally:
        assert following.end() == 128 + number
    assert signal.getsignal(number) is before
