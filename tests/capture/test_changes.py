"""A file that changes while it is read or followed: passes read the file that was opened, and the change is reported."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from types import FrameType

import pytest

import ovsdissect
from ovsdissect.capture import open_capture, source
from ovsdissect.errors import CaptureError
from tests import recorded
from tests.capture.crafted import CAPTURES, COMPRESSIONS
from tests.cli.processes import PROGRAM, Started, environment

HEADER = 24


def plain(name: str) -> bytes:
    """The records of a recording as a little-endian pcap file, a few times over."""
    data = gzip.decompress(recorded.path(name).read_bytes())
    return data + 3 * data[HEADER:]


@pytest.fixture(name="path")
def fixture_path(tmp_path: Path) -> Path:
    path = tmp_path / "some.pcap"
    path.write_bytes(plain("startup"))
    return path


def cut(path: Path) -> None:
    os.truncate(path, 200_000)


def cut_where_a_record_ends(path: Path) -> None:
    with open_capture(path) as capture:
        ends = [record.offset + len(record.data) for record in capture]
    os.truncate(path, ends[len(ends) // 2])


def overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(plain("mid-stream")[: path.stat().st_size])


def write_anew(path: Path) -> None:
    with path.open("r+b") as file:  # it is never short in between
        file.write(plain("tunnels"))
        file.truncate()


def replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(plain("mid-stream"))
    other.replace(path)


CHANGES: list[tuple[Callable[[Path], None], str]] = [
    (cut, "it was cut to"),
    (cut_where_a_record_ends, "it was cut to"),
    (overwrite, "it was overwritten"),
    (write_anew, "it was overwritten"),
    (replace, "another file took its name"),
]


@pytest.mark.parametrize(("change", "said"), CHANGES, ids=lambda value: getattr(value, "__name__", ""))
def test_a_change_is_told(change: Callable[[Path], None], said: str, path: Path) -> None:
    with ovsdissect.open(path) as capture:
        messages = iter(capture)
        next(messages)
        change(path)
        for _message in messages:
            pass
        assert said in capture.change


def test_growth_and_deletion_are_no_change(path: Path) -> None:
    whole = path.read_bytes()
    with ovsdissect.open(path) as capture:
        messages = iter(capture)
        next(messages)
        with path.open("ab") as file:
            file.write(whole[HEADER:])
        path.unlink()
        assert sum(1 for _message in messages) == 8 * 3591 - 1
        assert capture.change == ""


def test_every_pass_reads_what_was_opened(path: Path) -> None:
    """Another file of that name gave its records to the second pass."""
    with ovsdissect.open(path) as capture:
        first = [message.data for message in capture]
        replace(path)
        assert [message.data for message in capture] == first
        assert capture.change == "another file took its name"
        path.unlink()
        assert sum(1 for _upcall in capture.upcalls()) > 0


@pytest.mark.parametrize("compression", [None, *COMPRESSIONS])
def test_passes_are_independent(compression: str | None, tmp_path: Path) -> None:
    case = CAPTURES["le_us.pcap"]
    path = tmp_path / "capture"
    path.write_bytes(COMPRESSIONS[compression](case.data) if compression else case.data)
    with open_capture(path) as capture:
        one, two = capture.again(), capture.again()
        first, second, third = iter(one), iter(two), iter(capture)
        path.unlink()
        found: tuple[list[object], list[object], list[object]] = ([], [], [])
        for _ in case.records:
            for records, into in zip((first, second, third), found, strict=True):
                into.append(next(records))
        assert found == (case.records, case.records, case.records)
        one.close()
        assert list(capture.again()) == case.records
    with pytest.raises(CaptureError, match="closed"):
        capture.again()


def test_a_pipe_has_one_pass() -> None:
    reading, writing = os.pipe()
    os.write(writing, CAPTURES["le_us.pcap"].data)
    os.close(writing)
    with os.fdopen(reading, "rb", buffering=0) as stream, open_capture(stream) as capture, pytest.raises(CaptureError, match="only once"):
        capture.again()


@pytest.mark.parametrize("command", ["list", "json", "stats", "upcalls", "report --json"])
def test_commands_say_it_and_exit_with_one(command: str, path: Path) -> None:
    """The file is replaced while the command waits for room in its output."""
    first, *rest = command.split()
    with path.open("ab") as file:
        file.write(2 * plain("startup")[HEADER:])
    other = path.with_name("other")
    other.write_bytes(plain("mid-stream"))
    child = Started(first, "-q", *rest, path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    deadline = time.monotonic() + 20
    while f"{path}" not in _open_files(child.pid) and time.monotonic() < deadline:
        time.sleep(0.002)
    other.replace(path)
    _out, err = child.communicate(timeout=60)
    assert (child.returncode, err.decode()) == (1, f"ovsdissect: {path}: another file took its name while it was read\n")


def _open_files(pid: int) -> list[str]:
    folder = f"/proc/{pid}/fd"
    found = []
    for number in os.listdir(folder):
        try:
            found.append(os.readlink(f"{folder}/{number}"))
        except OSError:
            continue
    return found


def _followed(path: Path) -> Iterator[str]:
    """What is said of a followed file, at the end."""
    with open_capture(path, follow=True) as capture:
        thread = Thread(target=lambda: list(capture))
        thread.start()
        yield ""
        thread.join(10)
        assert not thread.is_alive()
        yield capture.change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        *CHANGES,
        (lambda path: path.unlink(), "it was deleted or renamed"),
        (lambda path: path.rename(path.with_name("some.pcap.1")), "it was deleted or renamed"),
        (lambda path: path.write_bytes(b""), "it was cut to 0 bytes"),
    ],
)
def test_a_followed_file(change: Callable[[Path], None], said: str, path: Path) -> None:
    steps = _followed(path)
    next(steps)
    time.sleep(0.3)
    change(path)
    assert said in next(steps)


def test_a_followed_file_is_told_on_standard_error(path: Path) -> None:
    command = [*PROGRAM, "json", "--array", "--follow", path]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    assert child.stdout is not None
    child.stdout.read(1000)
    replace(path)
    out, err = child.communicate(timeout=30)
    # four times what the page of the capture has of the kinds "other"
    hidden = "ovsdissect: 7,400 messages of other families and protocols, 40 errors among them: --all shows them\n"
    assert (child.returncode, err.decode()) == (1, f"{hidden}ovsdissect: {path}: another file took its name while it was followed\n")
    assert out.endswith(b"\n]\n")


def test_what_is_appended_before_a_rotation_is_read(path: Path) -> None:
    whole = path.read_bytes()
    with open_capture(path, follow=True) as capture:
        found: list[object] = []
        thread = Thread(target=lambda: found.extend(capture))
        thread.start()
        time.sleep(0.3)
        with path.open("ab") as file:
            path.rename(path.with_name("some.pcap.1"))
            file.write(whole[HEADER:])
        thread.join(10)
    assert len(found) == 8 * 2801


def test_what_comes_between_the_end_and_the_rename_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer's last bytes come after the reader has met the end, and before it finds the file renamed."""
    path = tmp_path / "some"
    path.write_bytes(b"first")
    moved = source.Opened.moved

    def rotated(opened: source.Opened, file: io.FileIO, *, followed: bool) -> str:
        if path.exists():
            with path.open("ab") as more:
                more.write(b"second")
            path.rename(tmp_path / "some.1")
        return moved(opened, file, followed=followed)

    monkeypatch.setattr(source.Opened, "moved", rotated)
    monkeypatch.setattr(source, "POLL_SECONDS", 0.001)
    reader = source.Source(path, follow=True)
    assert b"".join(reader) == b"firstsecond"
    assert reader.change == "it was deleted or renamed"


def test_a_file_is_cut_where_it_has_less_than_was_read(tmp_path: Path) -> None:
    """By a byte; what has no more than was read, and ends there, is cut if it was longer once."""
    path = tmp_path / "some"
    path.write_bytes(bytes(1000))
    with path.open("rb", buffering=0) as file:
        opened = source.Opened.of(str(path), file)
        assert opened is not None
        os.truncate(path, 990)
        assert opened.change(file, 990, ended=False) == ""
        assert opened.change(file, 991, ended=False) == "it was cut to 990 bytes"
        assert opened.change(file, 990, ended=True) == "it was cut to 990 bytes"


def test_following_ends_wherever_a_signal_comes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A handler runs between any two lines of what the signal interrupts, those of the standard library included."""
    monkeypatch.setattr(source, "POLL_SECONDS", 0.001)
    places = 0

    def follow(place: int) -> None:
        reader, seen = source.Source(path, follow=True), 0

        def step(_frame: FrameType, event: str, _arg: object) -> Callable[..., object]:
            nonlocal places, seen
            if event == "line" and reader.taken == path.stat().st_size:
                seen += 1
                if seen == place:
                    places += 1
                    reader.interrupt()
            return step

        sys.settrace(step)
        for _piece in reader:
            pass

    for place in range(1, 60):
        follower = Thread(target=follow, args=(place,), daemon=True)
        follower.start()
        follower.join(10)
        assert not follower.is_alive(), f"interrupted at line {place} of the wait, it does not end"
    assert places == 59
