"""Every command that writes a file: the output is never an input, replaces an existing file whole or not at all, and reports failures."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from ovsdissect.cli import COMMANDS
from tests import recorded
from tests.cli.processes import Started, ovsdissect, redirected

QUERY = "select * from messages"
OLD = 8_000_000  # bytes of the file that is replaced: more than any writer writes


class Writer(NamedTuple):
    """A way to write a file.

    line: the words; {capture}, {out}.  directory: what is written is one.  option: that which names it.  extra: the package it needs.
    """

    command: str
    line: str
    option: str
    directory: bool = False
    extra: str = ""


WRITERS = (
    Writer("json", "json {capture} -o {out}", "output"),
    Writer("json", "json -j 2 {capture} -o {out}", "output"),
    Writer("json", "json --array {capture} -o {out}", "output"),
    Writer("carve", "carve {capture} -o {out}", "output"),
    Writer("carve", "carve {capture} --messages -o {out}", "output"),
    Writer("carve", "carve {capture} --inner -o {out}", "output"),
    Writer("fixture", "fixture {capture} -Y number<60 -o {out}", "output", directory=True),
    Writer("report", "report {capture} --html {out}", "html", extra="jinja2"),
    Writer("report", "report {capture} --html {out} --anonymise", "html", extra="jinja2"),
    Writer("columns", "columns {capture} -o {out}", "output", directory=True, extra="pyarrow"),
    Writer("columns", "columns {capture} -o {out} --format csv", "output", directory=True, extra="pyarrow"),
    Writer("sql", "sql '" + QUERY + "' {capture} -o {out}", "output", extra="duckdb"),
    Writer("sql", "sql '" + QUERY + "' {capture} --format parquet -o {out}", "output", extra="duckdb"),
    Writer("sql", "sql '" + QUERY + "' {capture} --format csv -o {out}", "output", extra="duckdb"),
    Writer("sql", "sql '" + QUERY + "' {capture} --save {out}", "save", extra="duckdb"),
)
FILES = [writer for writer in WRITERS if not writer.directory]
DIRECTORIES = [writer for writer in WRITERS if writer.directory]
# options that take a path and write nothing there
READING = {"capture", "captures", "read_file", "folder"}


def _once() -> list[pytest.param]:  # type: ignore[valid-type]  # what pytest.param gives has no name
    """The writers; a command's second and third way are slow tests, as each is some processes."""
    seen: set[str] = set()
    found = []
    for writer in WRITERS:
        marks = [pytest.mark.slow] if writer.command + writer.option in seen else []
        seen.add(writer.command + writer.option)
        found.append(pytest.param(writer, marks=marks, id=writer.line.replace("{capture} ", "").replace("{out}", "").strip()))
    return found


each = pytest.mark.parametrize("writer", _once())


@pytest.fixture(name="capture", scope="module")
def fixture_capture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("written") / "some.pcap"
    path.write_bytes(gzip.decompress(recorded.path("startup").read_bytes())[:40_000])
    before = path.read_bytes()
    yield path
    assert path.read_bytes() == before


def _needed(writer: Writer) -> None:
    if writer.extra:
        pytest.importorskip(writer.extra)


def _run(writer: Writer, capture: object, out: object, *more: str, before: str = "", after: str = "") -> subprocess.CompletedProcess[bytes]:
    line = " ".join((writer.line.format(capture=capture, out=out), *more))
    line = line.replace("number<60", "'number < 60'")
    return redirected(f"{before} $OVSDISSECT {line} {after}")


def _parameters(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Each parameter of a command, and of those below it, that names a file which may be written."""
    for parameter in command.params:
        if isinstance(parameter.type, (click.Path, click.File)) and parameter.name not in READING:
            yield path[0], str(parameter.name)
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _parameters(inner, (*path, name))


def test_every_command_that_writes_is_here() -> None:
    """An option that names a file to write needs a row above."""
    found = set()
    for name in COMMANDS:
        found.update(_parameters(import_module(f"ovsdissect.cli.{name}").command, (name,)))
    assert found == {(writer.command, writer.option) for writer in WRITERS}


@each
def test_its_capture_is_no_output(writer: Writer, capture: Path, tmp_path: Path) -> None:
    _needed(writer)
    own = tmp_path / "own.pcap"
    shutil.copy(capture, own)
    before = own.read_bytes()
    if writer.directory:  # a file that would be written is the capture
        place = tmp_path / "out"
        assert _run(writer, own, place).returncode == 0
        made = [path for path in place.rglob("*") if path.is_file()]
        inside = max(made, key=lambda path: path.name.endswith((".pcap", ".parquet", ".csv")))
        inside.unlink()
        os.link(own, inside)
        done = _run(writer, own if writer.command == "fixture" else inside, place, "--force")
        assert inside.read_bytes() == before
        if writer.command == "fixture":
            assert (done.returncode, done.stderr.count(b"an output is never an input")) == (2, 1)
        return
    (tmp_path / "symbolic").symlink_to(own)
    os.link(own, tmp_path / "hard")
    (tmp_path / "sub").mkdir()
    for out in (own, tmp_path / "symbolic", tmp_path / "hard", tmp_path / "sub" / ".." / "own.pcap"):
        done = _run(writer, own, out)
        assert (done.returncode, own.read_bytes()) == (2, before), out
        assert done.stderr.decode().splitlines()[-1].endswith("an output is never an input"), done.stderr
    for line in (f"3<> {own}", f"3< {own}"):
        done = _run(writer, own, "/dev/fd/3", after=line)
        assert (done.returncode, own.read_bytes()) == (2, before), line
    done = _run(writer, "-", own, after=f"< {own}")
    assert (done.returncode, own.read_bytes()) == (2, before)
    assert sorted(os.listdir(tmp_path)) == ["hard", "own.pcap", "sub", "symbolic"]


@each
def test_what_was_there_is_replaced_whole(writer: Writer, capture: Path, tmp_path: Path) -> None:
    _needed(writer)
    out, fresh = tmp_path / "old", tmp_path / "fresh"
    if writer.directory:
        out.mkdir()
        (out / "other").write_bytes(b"as it was")
        done = _run(writer, capture, out)
        assert (done.returncode, os.listdir(out)) == (2, ["other"])
        assert b"is not empty: --force replaces files in it" in done.stderr
        assert _run(writer, capture, out, "--force").returncode == 0
        assert (out / "other").read_bytes() == b"as it was"
        assert len(list(out.rglob("*"))) > 3
        return
    out.write_bytes(b"x" * OLD)
    out.chmod(0o640)
    assert _run(writer, capture, out).returncode == 0
    assert _run(writer, capture, fresh).returncode == 0
    assert out.stat().st_mode & 0o777 == 0o640
    if "anonymise" not in writer.line and writer.option != "save":  # another key and another file of DuckDB each time
        assert out.read_bytes() == fresh.read_bytes()
    assert 0 < out.stat().st_size < OLD
    assert b"x" * 1024 not in out.read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["fresh", "old"]


@each
def test_a_full_disk(writer: Writer, capture: Path, tmp_path: Path) -> None:
    """What cannot be completed leaves the old file, or nothing; exit code 1 and one sentence."""
    _needed(writer)
    out = tmp_path / "out"
    if not writer.directory:
        out.write_bytes(b"as it was")
    done = _run(writer, capture, out, "-q" if writer.command != "report" else "", before="ulimit -f 0; trap '' XFSZ;")
    assert (done.returncode, done.stdout) == (1, b""), done.stderr
    assert done.stderr.decode() == "ovsdissect: the output could not be completed: File too large\n"
    assert os.listdir(tmp_path) == ([] if writer.directory else ["out"])
    if not writer.directory:
        assert out.read_bytes() == b"as it was"


@each
def test_a_signal(writer: Writer, capture: Path, tmp_path: Path) -> None:
    """While it reads."""
    _needed(writer)
    out = tmp_path / "out"
    line = writer.line.replace("number<60", "number").format(capture="-", out=out)
    environment = {**os.environ, "PYTHONPATH": str(recorded.ROOT), "TMPDIR": str(tmp_path)}
    words = [word.strip("'") for word in line.replace(QUERY, "QUERY").split()]
    words = [QUERY if word == "QUERY" else word for word in words]
    with Started(*words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment) as child:
        assert child.stdin is not None
        assert child.stderr is not None
        child.stdin.write(capture.read_bytes()[:30_000])
        child.stdin.flush()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and _unread(child.stdin.fileno()):
            time.sleep(0.02)
        time.sleep(0.2)
        child.send_signal(signal.SIGTERM)
        assert child.wait(60) == 128 + signal.SIGTERM
        assert b"Traceback" not in child.stderr.read()
    assert os.listdir(tmp_path) == []


def _unread(pipe: int) -> int:
    """How many bytes nobody has taken out of a pipe."""
    import fcntl
    import struct
    import termios

    return int(struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0])


@each
def test_places_where_nothing_can_be_written(writer: Writer, capture: Path, tmp_path: Path) -> None:
    _needed(writer)
    (tmp_path / "file").write_bytes(b"as it was")
    (tmp_path / "folder").mkdir()
    places = ["file/out"] if writer.directory else ["file/out", "missing/out", "folder"]
    for place in places:
        done = _run(writer, capture, tmp_path / place)
        assert done.returncode in (1, 2), place
        assert b"Traceback" not in done.stderr
        assert done.stderr.count(b"ovsdissect: ") + done.stderr.count(b"Error: ") == 1, done.stderr
    assert (tmp_path / "file").read_bytes() == b"as it was"
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]
    assert os.listdir(tmp_path / "folder") == []


def test_a_database_replaces_no_device(capture: Path, tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = ovsdissect("sql", QUERY, capture, "--save", pipe)
    assert done.returncode == 2
    assert done.stderr.decode().endswith(f"{pipe} is not a regular file: a database cannot replace it\n")
    assert pipe.is_fifo()


def test_standard_input_is_no_output(tmp_path: Path, capture: Path) -> None:
    """What is copied before it is read is still an input."""
    pytest.importorskip("duckdb")
    own = tmp_path / "own.pcap"
    shutil.copy(capture, own)
    for line in ("sql '{query}' - -o {own} < {own}", "sql '{query}' - --save {own} < {own}", "sql '{query}' {own} >> {own}"):
        done = redirected("$OVSDISSECT " + line.format(query=QUERY, own=own))
        assert (done.returncode, own.read_bytes()) == (2, capture.read_bytes()), line


@pytest.mark.parametrize("writer", [one for one in FILES if one.option != "save"], ids=lambda one: one.line)
@pytest.mark.slow
def test_devices_and_pipes(writer: Writer, capture: Path, tmp_path: Path) -> None:
    _needed(writer)
    done = _run(writer, capture, "/dev/full")
    assert done.returncode == 1
    assert done.stderr.decode().splitlines()[-1] == "ovsdissect: the output could not be completed: No space left on device"
    pipe, plain = tmp_path / "pipe", tmp_path / "plain"
    os.mkfifo(pipe)
    with (tmp_path / "got").open("wb") as file, subprocess.Popen(["cat", str(pipe)], stdout=file) as reader:
        assert _run(writer, capture, pipe).returncode == 0
        assert reader.wait(timeout=60) == 0
    got = (tmp_path / "got").read_bytes()
    assert _run(writer, capture, plain).returncode == 0
    assert got
    if "anonymise" not in writer.line:
        assert got == plain.read_bytes()
    assert _run(writer, capture, "/dev/null").returncode == 0
