"""An output is never an input, and whole or absent; what could not be written is reported, whatever the descriptors are."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import stat
from pathlib import Path

import pytest

from ovsdissect import files
from ovsdissect.errors import OutputError
from tests import recorded
from tests.cli.processes import ovsdissect, redirected

FULL = "/dev/full"
PRINTING = (
    "stats",
    "stats --json",
    "list",
    "list --csv",
    "json",
    "json -j 2",
    "json --array",
    "show",
    "carve -o -",
    "upcalls",
    "flows",
    "ports",
    "errors",
    "report",
    "report --json",
)
WITHOUT_CAPTURE = ("schema", "fields", "--help", "json --help", "--version", "odp key 00")


@pytest.fixture(name="capture")
def fixture_capture(tmp_path: Path) -> Path:
    path = tmp_path / "some.pcap"
    path.write_bytes(gzip.decompress(recorded.path("startup").read_bytes()))
    return path


@pytest.mark.parametrize("link", ["itself", "symbolic", "hard", "relative"])
@pytest.mark.parametrize("command", ["json", "json -j 2", "json --array", "carve", "carve --messages", "carve --inner", "report --html"])
@pytest.mark.slow
def test_no_output_is_the_capture(command: str, link: str, capture: Path, tmp_path: Path) -> None:
    before, other = capture.read_bytes(), tmp_path / "other"
    if link == "symbolic":
        other.symlink_to(capture.name)
    elif link == "hard":
        os.link(capture, other)
    else:
        other = capture if link == "itself" else tmp_path / "sub" / ".." / capture.name
        (tmp_path / "sub").mkdir()
    option = () if command.endswith("--html") else ("-o",)
    done = ovsdissect(*command.split()[:1], capture, *command.split()[1:], *option, other)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == f"ovsdissect: {other} is the capture itself: an output is never an input\n"
    assert capture.read_bytes() == before


@pytest.mark.parametrize(
    "line",
    [
        "$OVSDISSECT json - -o {capture} < {capture}",
        "$OVSDISSECT carve - -o {capture} < {capture}",
        "$OVSDISSECT json - -o {capture} < {capture} > /dev/null",
        "$OVSDISSECT list {capture} >> {capture}",
        "$OVSDISSECT stats - < {capture} 1<> {capture}",
        "$OVSDISSECT upcalls {capture} 1<> {capture}",
    ],
)
def test_redirections_are_no_way_round(line: str, capture: Path) -> None:
    before = capture.read_bytes()
    assert redirected(line.format(capture=capture)).returncode == 2
    assert capture.read_bytes() == before


def test_a_fixture_does_not_replace_its_capture(capture: Path, tmp_path: Path) -> None:
    before, folder = capture.read_bytes(), tmp_path / "x"
    folder.mkdir()
    os.link(capture, folder / "x.pcap")
    arguments = ("fixture", folder / "x.pcap", "-q", "-Y", "frame.number < 60", "-o", folder)
    assert ovsdissect(*arguments).returncode == 2  # it is not empty
    done = ovsdissect(*arguments, "--force")
    assert (done.returncode, done.stderr.decode().count("\n")) == (2, 1)
    assert os.listdir(folder) == ["x.pcap"]
    assert ovsdissect(*arguments, "--force", "--name", "y").returncode == 0
    assert sorted(os.listdir(folder)) == ["test_y.py", "x.pcap", "y.jsonl", "y.md", "y.pcap"]
    assert capture.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["some.pcap", "x"]


def test_an_output_that_fails_leaves_the_old_one(capture: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_bytes(b"as it was")
    with pytest.raises(TypeError), files.written(old) as out:
        print(out.write(b"half a file"), file=out)  # type: ignore[call-overload]  # a text: that ends the block
    assert old.read_bytes() == b"as it was"
    assert ovsdissect("carve", capture, "-Y", "key.nosuch == 1", "-o", old).returncode == 2
    assert old.read_bytes() == b"as it was"
    assert sorted(os.listdir(tmp_path)) == ["old", "some.pcap"]


def test_a_full_disk_leaves_nothing(capture: Path, tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    old = folder / "old"
    old.write_bytes(b"as it was")
    limited = f"ulimit -f 100; trap '' XFSZ; $OVSDISSECT json {capture} -o {old}"
    done = redirected(limited)
    assert (done.returncode, done.stderr.decode()) == (1, "ovsdissect: the output could not be completed: File too large\n")
    assert (os.listdir(folder), old.read_bytes()) == (["old"], b"as it was")


def test_links_permissions_and_devices_stay(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    target.chmod(0o640)
    link.symlink_to("target")
    with files.written(link) as out:
        out.write(b"new")
    assert (link.is_symlink(), target.read_bytes(), stat.S_IMODE(target.stat().st_mode)) == (True, b"new", 0o640)
    with files.written(os.devnull) as out:
        out.write(b"gone")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
    before = os.umask(0o027)
    try:
        with files.written(tmp_path / "fresh") as out:
            out.write(b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "fresh").stat().st_mode) == 0o640
    assert sorted(os.listdir(tmp_path)) == ["fresh", "link", "target"]


def test_directories(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with files.written_directory(folder) as staging:
        Path(staging, "one").write_bytes(b"1")
        Path(staging, "in").mkdir()
        Path(staging, "in", "two").write_bytes(b"2")
    assert (folder / "in" / "two").read_bytes() == b"2"
    with pytest.raises(OutputError), files.written_directory(folder):
        pass
    with files.written_directory(folder, force=True) as staging:
        Path(staging, "one").write_bytes(b"3")
    assert ((folder / "one").read_bytes(), (folder / "in" / "two").read_bytes()) == (b"3", b"2")
    with pytest.raises(FileNotFoundError), files.written_directory(folder, force=True) as staging:
        shutil.copy(Path(staging, "missing"), Path(staging, "one"))
    assert (folder / "one").read_bytes() == b"3"
    with pytest.raises(OutputError):
        files.check_directory(folder / "one")
    assert os.listdir(tmp_path / "a") == ["b"]


@pytest.mark.parametrize("unbuffered", [False, True])
@pytest.mark.parametrize("command", [*PRINTING, *WITHOUT_CAPTURE])
@pytest.mark.slow
def test_a_full_disk_is_said(command: str, unbuffered: bool) -> None:
    first, *rest = command.split()
    arguments = [first, *rest] if command in WITHOUT_CAPTURE else [first, str(recorded.path("startup")), *rest]
    line = f"$OVSDISSECT {' '.join(arguments)} > {FULL}"
    done = redirected(line, **({"PYTHONUNBUFFERED": "1"} if unbuffered else {}))
    assert done.returncode == 1
    assert done.stderr.decode() == "ovsdissect: the output could not be completed: No space left on device\n"


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["json", "stats --json", "list", "carve -o -"])
@pytest.mark.slow
def test_a_slow_pipe_gets_everything(command: str, unbuffered: str) -> None:
    """A pipe that does not block takes some bytes, then none for a while."""
    first, *rest = command.split()
    capture = recorded.path("startup")
    whole = ovsdissect(first, "-q", capture, *rest).stdout
    program = "import os, sys, time; os.set_blocking(1, False); os.execvp(sys.argv[1], sys.argv[1:])"
    line = f"python3 -c '{program}' $OVSDISSECT {first} -q {capture} {' '.join(rest)} | (sleep 1; cat)"
    assert redirected(line, PYTHONUNBUFFERED=unbuffered).stdout == whole


@pytest.mark.parametrize("command", ["stats", "json", "list", "carve -o -", "show", "upcalls", "report"])
@pytest.mark.slow
def test_closed_descriptors(command: str) -> None:
    first, *rest = command.split()
    line = f"$OVSDISSECT {first} {recorded.path('startup')} {' '.join(rest)}"
    whole = redirected(f"{line} 2> /dev/null").stdout
    out = redirected(f"{line} >&-")
    assert (out.returncode, out.stderr.decode()) == (1, "ovsdissect: the output could not be completed: Bad file descriptor\n")
    for more in ("2>&-", "<&-", "2>&- <&-", "2> /dev/full"):
        done = redirected(f"{line} {more}")
        assert (done.returncode, done.stdout) == (0, whole), more
        assert b"Traceback" not in done.stderr
    assert redirected(f"{line} <&- >&- 2>&-").returncode == 1


def test_standard_input_that_is_closed() -> None:
    done = redirected("$OVSDISSECT json - <&-")
    assert (done.returncode, done.stderr) == (2, b"ovsdissect: standard input is closed\n")


def test_standard_output_that_nobody_needs_may_be_closed(tmp_path: Path) -> None:
    done = redirected(f"$OVSDISSECT json --array {recorded.path('startup')} -o {tmp_path / 'out'} >&-")
    assert done.returncode == 0
    assert len(json.loads((tmp_path / "out").read_bytes())) == 1741


def test_a_capture_that_is_not_there(tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    for output in (tmp_path / "out", absent / "out"):
        done = ovsdissect("carve", absent, "-o", output)
        assert (done.returncode, done.stderr) == (2, f"ovsdissect: {absent}: no such file\n".encode())
