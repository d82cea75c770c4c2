"""Exit codes, as README.md and docs/cli.md promise them, of every command: 0 done, 1 not completed, 2 usage or input, 141 a closed pipe.

Those of signals are in test_signals.py, 1 of --strict in test_strict.py, of full disks and closed descriptors in test_outputs.py, of a
capture that changes in tests/capture/test_changes.py.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import click
import pytest

from ovsdissect.build import build, pcap
from ovsdissect.cli import COMMANDS, sink
from ovsdissect.cli.signals import Ended
from ovsdissect.errors import OutputError, OvsDissectError
from tests.cli.processes import Started, environment
from tests.views.run import run

MISS = build("ovs_packet", "miss", dp_ifindex=7, key={"in_port": 2}, packet=bytes(14))
# how each command that reads a capture is called; {} is an output of its own
READING = {
    "list": ("list", "-q"),
    "show": ("show", "-q"),
    "json": ("json", "-q"),
    "stats": ("stats", "-q"),
    "carve": ("carve", "-q", "-o", "{}"),
    "fixture": ("fixture", "-q", "--name", "f", "-o", "{}"),
    "upcalls": ("upcalls", "-q"),
    "flows": ("flows", "-q"),
    "ports": ("ports", "-q"),
    "errors": ("errors", "-q"),
    "report": ("report", "-q"),
    "columns": ("columns", "-q", "-o", "{}"),
    "sql": ("sql", "-q", "select count(*) from messages"),
}
OTHERS = {
    "odp": ("odp", "actions", "0800010003000000"),
    "bytes": ("bytes", "180000002200050000000000000000000101000005000000", "--family", "ovs_datapath=34"),
    "fields": ("fields", "key.in_port"),
    "schema": ("schema",),
    "completion": ("completion", "show", "bash"),
    "help": ("help", "list"),
}
# DuckDB and Arrow take a second each time
READERS = [pytest.param(name, marks=pytest.mark.slow) if name in ("columns", "sql") else name for name in READING]
FILTERING = [name for name in READING if name not in ("stats", "sql", "fixture")]


def words(name: str, tmp_path: Path) -> list[str]:
    """The command line, without the capture."""
    return [word.replace("{}", str(tmp_path / "out")) for word in (READING | OTHERS)[name]]


@pytest.fixture(name="capture")
def fixture_capture(tmp_path: Path) -> Path:
    path = tmp_path / "one.pcap"
    path.write_bytes(pcap([MISS]))
    return path


def test_every_command_is_tried() -> None:
    """The interface needs a terminal: tests/tui/test_terminal.py."""
    assert {*READING, *OTHERS, "tui"} == set(COMMANDS)


@pytest.mark.parametrize("name", READERS)
def test_0_where_it_is_done(monkeypatch: pytest.MonkeyPatch, name: str, capture: Path, tmp_path: Path) -> None:
    assert run(monkeypatch, *words(name, tmp_path), capture).code == 0


@pytest.mark.parametrize("name", OTHERS)
def test_0_without_a_capture(monkeypatch: pytest.MonkeyPatch, name: str, tmp_path: Path) -> None:
    said = run(monkeypatch, *words(name, tmp_path))
    assert (said.code, said.err) == (0, "")
    assert said.out


@pytest.mark.parametrize("name", FILTERING)
def test_0_where_nothing_matches(monkeypatch: pytest.MonkeyPatch, name: str, capture: Path, tmp_path: Path) -> None:
    assert run(monkeypatch, *words(name, tmp_path), "-Y", "number > 9000", capture).code == 0


def test_1_where_nothing_is_left_of_a_fixture(monkeypatch: pytest.MonkeyPatch, capture: Path, tmp_path: Path) -> None:
    said = run(monkeypatch, *words("fixture", tmp_path), "-Y", "number > 9000", capture)
    assert (said.code, said.err) == (1, "ovsdissect: no message of Open vSwitch was selected\n")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["columns", "sql"])
def test_1_where_one_of_several_captures_is_none(monkeypatch: pytest.MonkeyPatch, name: str, capture: Path, tmp_path: Path) -> None:
    (tmp_path / "none").write_text("nothing of the kind")
    said = run(monkeypatch, *words(name, tmp_path), capture, tmp_path / "none")
    assert (said.code, said.err.startswith(f"ovsdissect: {tmp_path / 'none'}: ")) == (1, True)


@pytest.mark.parametrize("name", [*READING, *OTHERS])
def test_2_where_an_option_is_wrong(monkeypatch: pytest.MonkeyPatch, name: str, capture: Path, tmp_path: Path) -> None:
    more = [capture] if name in READING else []
    said = run(monkeypatch, *words(name, tmp_path), *more, "--no-such-option")
    assert (said.code, said.out) == (2, b"")
    assert "No such option" in said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", FILTERING)
def test_2_where_a_filter_is_wrong(monkeypatch: pytest.MonkeyPatch, name: str, capture: Path, tmp_path: Path) -> None:
    said = run(monkeypatch, *words(name, tmp_path), capture, "-Y", "key.in_prt == 3")
    assert (said.code, said.out) == (2, b"")
    assert "key.in_port" in said.err  # it is asked whether that was meant
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", ["absent", "no capture", "a directory", "empty"])
@pytest.mark.parametrize("name", READERS)
def test_2_where_the_input_cannot_be_read(monkeypatch: pytest.MonkeyPatch, name: str, kind: str, tmp_path: Path) -> None:
    file = tmp_path / "c.pcap"
    if kind == "a directory":
        file.mkdir()
    elif kind != "absent":
        file.write_bytes(b"" if kind == "empty" else b"nothing of the kind")
    said = run(monkeypatch, *words(name, tmp_path), file)
    assert (said.code, said.out) == (2, b"")
    assert str(file) in said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", [one for one in READING if one not in ("fixture", "columns")])
def test_2_where_standard_input_is_no_capture(monkeypatch: pytest.MonkeyPatch, name: str, tmp_path: Path) -> None:
    said = run(monkeypatch, *words(name, tmp_path), "-", stdin=b"nothing of the kind")
    assert (said.code, said.out) == (2, b"")
    assert "not a capture" in said.err


@pytest.mark.parametrize("name", [one for one in READING if one not in ("carve", "fixture", "columns")] + ["schema", "fields"])
def test_141_where_the_reader_goes_away(name: str, capture: Path, tmp_path: Path) -> None:
    """Quietly, before anything is written; a pipe without a reader takes nothing."""
    arguments = [*words(name, tmp_path), *([capture] if name in READING else [])]
    reading, writing = os.pipe()
    os.close(reading)
    with Started(*arguments, stdout=writing, stderr=subprocess.PIPE, env=environment()) as child:
        os.close(writing)
        assert child.stderr is not None
        assert (child.wait(60), child.stderr.read()) == (141, b"")


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),  # Ctrl-C at a question
        (Ended(15), 143),
        (Ended(1), 129),
        (BrokenPipeError(), 141),
        (OSError(28, "No space left on device"), 1),
        (OvsDissectError("a mistake"), 2),
        (click.UsageError("a mistake"), 2),
    ],
    ids=lambda value: type(value).__name__,
)
def test_how_a_command_ends(monkeypatch: pytest.MonkeyPatch, end: BaseException, code: int) -> None:
    def ends() -> int:
        raise end

    monkeypatch.setattr("ovsdissect.cli._invoke", ends)
    said = run(monkeypatch, "list")
    assert (said.code, said.out) == (code, b"")
    assert bool(said.err) is (code in (1, 2))


@pytest.mark.parametrize("agreed", [True, False])
def test_a_question_before_files_are_replaced(monkeypatch: pytest.MonkeyPatch, agreed: bool, tmp_path: Path) -> None:
    """On a terminal; --force asks nothing, and an empty directory needs no question."""
    asked: list[str] = []
    monkeypatch.setattr(sink, "_terminal", lambda stream: True)
    monkeypatch.setattr(click, "confirm", lambda text, **options: asked.append(text) or agreed)
    assert not sink.check_directory(str(tmp_path), force=False)
    (tmp_path / "mine").write_text("mine")
    assert sink.check_directory(str(tmp_path), force=True)
    assert asked == []
    if agreed:
        assert sink.check_directory(str(tmp_path), force=False)
    else:
        with pytest.raises(OutputError, match="was not changed"):
            sink.check_directory(str(tmp_path), force=False)
    assert asked == [f"{tmp_path} is not empty. Replace files in it?"]
