"""Several processes write what one writes, from files and pipes; when one dies, that is an error, and what was written whole lines."""

from __future__ import annotations

import gzip
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ovsdissect.api import Message, open
from ovsdissect.capture import Record, open_capture
from ovsdissect.dissect.context import Context
from ovsdissect.errors import CaptureError
from ovsdissect.export import parallel
from ovsdissect.export.fastjson import JsonLines
from ovsdissect.families.registry import Announcement, Registry
from tests import recorded
from tests.bench.generate import generate
from tests.capture.crafted import enhanced, interface, section


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A capture of several parts."""
    path = tmp_path_factory.mktemp("many") / "many.pcap"
    generate(path, 16000)
    return path


def command(*arguments: str) -> tuple[str, ...]:
    """How `ovsdissect json` is called."""
    return sys.executable, "-m", "ovsdissect", "json", *arguments


def output(*arguments: str, stdin: bytes | None = None) -> bytes:
    """What `ovsdissect json` writes."""
    return subprocess.run(command(*arguments), input=stdin, capture_output=True, check=True).stdout


def everything(context: Context[Any], *, array: bool = False, templates: bool = True) -> JsonLines[Any]:
    """A writer of all messages."""
    return JsonLines(context, lambda message: True, everything=True, array=array, templates=templates)


def joined(path: Path, processes: int, *, size: int, make: parallel.Make = everything, foreign: bool = True, pipe: bool = False) -> bytes:
    """The lines of a capture by several processes, or by one where that is 0, in parts of some size."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parallel, "PART_BYTES", size)
        with path.open("rb") as stream, open(stream if pipe else path) as capture:
            context, records = capture.begin()
            if not processes:
                return b"".join(text for text, _ in make(context).parts(records, 1))
            return b"".join(text for text, _ in parallel.parallel_lines(context, records, make, Message, processes, foreign=foreign))


@pytest.mark.parametrize("options", [[], ["--all"], ["--array"], ["--all", "--array"], ["--raw", "--odp", "--inner"]])
@pytest.mark.parametrize("name", ["conntrack", "nlextras", "rawnl"])
def test_same_output(name: str, options: list[str]) -> None:
    path = recorded.path(name)
    alone = output(str(path), *options)
    assert output(str(path), *options, "-j", "2") == alone
    # from a pipe ids become known by a bounded look-ahead, not by a first pass
    piped = output("-", *options, stdin=path.read_bytes())
    assert output("-", *options, "-j", "3", stdin=path.read_bytes()) == piped


@pytest.mark.parametrize("options", [[], ["--array"]])
def test_same_output_of_several_parts(many: Path, tmp_path: Path, options: list[str]) -> None:
    """Of every kind of file and from a pipe, with an odd number of processes too."""
    data = many.read_bytes()
    assert len(data) > 4 * parallel.PART_BYTES
    alone = output(str(many), *options)
    for processes in ("2", "3"):
        assert output(str(many), *options, "-j", processes) == alone
        assert output("-", *options, "-j", processes, stdin=data) == output("-", *options, stdin=data)
    packed = tmp_path / "many.pcap.gz"
    packed.write_bytes(gzip.compress(data, 1))
    assert output(str(packed), *options, "-j", "2") == alone
    blocks = tmp_path / "many.pcapng"
    with open_capture(many) as records:
        times = [(record.time_ns or 0, record.data) for record in records]
    blocks.write_bytes(section("<") + interface("<", 253) + b"".join(enhanced("<", 0, at // 1000, record) for at, record in times))
    assert output(str(blocks), *options, "-j", "2") == alone


@pytest.mark.parametrize("processes", [1, 2, 3, 5])
@pytest.mark.parametrize("name", ["tunnels", "nlextras", "rawnl", "startup"])
def test_small_parts(name: str, processes: int) -> None:
    """Requests, ids and names go from part to part, though a part be smaller than what a writer puts together."""
    path = recorded.path(name)
    assert joined(path, processes, size=5000) == joined(path, 0, size=0)


@pytest.mark.parametrize("array", [False, True])
@pytest.mark.parametrize("name", recorded.NAMES)
def test_parts_of_one_record(name: str, array: bool) -> None:
    path = recorded.path(name)
    make = partial(everything, array=array)
    assert joined(path, 2, size=1, make=make) == joined(path, 0, size=0, make=make)


@pytest.mark.parametrize("name", ["nlextras", "tunnels"])
def test_what_trees_say(name: str) -> None:
    """Names and requests as the tree's lines have them; of other protocols nothing is remembered where nobody sees them."""
    path = recorded.path(name)

    def make(context: Context[Any]) -> JsonLines[Any]:
        return JsonLines(context, lambda message: message.family is not None, lambda message: message.to_dict(raw=True), templates=False)

    assert joined(path, 2, size=3000, make=make, foreign=False) == joined(path, 0, size=0, make=make)


@pytest.mark.parametrize("size", [1, 3000, 1 << 20])
def test_ids_that_reading_tells(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking ahead into a pipe tells ids in the middle of a part; what stands before that is shown without them."""
    monkeypatch.setattr(parallel, "PART_BYTES", size)

    def telling(registry: Registry) -> Iterator[Record]:
        for number, record in enumerate(records):
            if number % 20 == 10 and number // 20 < len(names):
                registry.learn(Announcement(*names[number // 20]))
            yield record

    records = recorded.records("tunnels")
    with open(recorded.path("tunnels")) as capture:
        names = [(known.name, number) for number, known in capture.begin()[0].registry.ids().items() if known.name != "nlctrl"]
    alone, context = Context(Registry(), Message), Context(Registry(), Message)
    expected = b"".join(text for text, _ in everything(alone).parts(telling(alone.registry), 1))
    lines = parallel.parallel_lines(context, telling(context.registry), everything, Message, 2, foreign=True)
    assert b"".join(text for text, _ in lines) == expected


def test_a_capture_smaller_than_a_part(tmp_path: Path) -> None:
    path = tmp_path / "few.pcap"
    for count in (0, 1, 3):
        generate(path, count)
        assert output(str(path), "-j", "4") == output(str(path))
        assert output(str(path), "-j", "4", "--array") == output(str(path), "--array")


def test_new_processes_without_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    path = recorded.path("tunnels")
    assert joined(path, 2, size=20000) == joined(path, 0, size=0)


def test_what_was_read_before_an_error_is_written() -> None:
    def failing(records: Iterator[Record], count: int) -> Iterator[Record]:
        for _ in range(count):
            yield next(records)
        raise CaptureError("no more")

    for count in (0, 1, 20):
        with open(recorded.path("tunnels")) as capture:
            context, records = capture.begin()
            expected = b"".join(text for text, _ in everything(context).parts([next(records) for _ in range(count)], 1))
        with open(recorded.path("tunnels")) as capture, pytest.MonkeyPatch.context() as patch:
            patch.setattr(parallel, "PART_BYTES", 1000)
            context, records = capture.begin()
            parts: list[bytes] = []
            lines = parallel.parallel_lines(context, failing(records, count), everything, Message, 2, foreign=True)
            with pytest.raises(CaptureError, match="no more"):
                parts.extend(text for text, _ in lines)
        assert b"".join(parts) == expected


def dying(context: Context[Any]) -> JsonLines[Any]:
    """A writer whose process is killed when it comes to its third part."""

    class Dying(JsonLines[Any]):
        parts_left = 2

        def parts(self, *arguments: Any) -> Iterator[tuple[bytes, int]]:
            if not self.parts_left:
                os.kill(os.getpid(), signal.SIGKILL)
            self.parts_left -= 1
            return super().parts(*arguments)

    return Dying(context, lambda message: True)


def test_a_workers_death_is_an_error(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "PART_BYTES", 1 << 20)
    parts: list[bytes] = []
    with open(many) as capture:
        context, records = capture.begin()
        lines = parallel.parallel_lines(context, records, dying, Message, 2, foreign=False)
        with pytest.raises(parallel.WorkerDiedError, match="killed by signal 9"):
            parts.extend(text for text, _ in lines)
    alone = joined(many, 0, size=0, make=lambda context: JsonLines(context, lambda message: True))
    assert parts
    assert all(part.endswith(b"\n") for part in parts)
    assert alone.startswith(b"".join(parts))
    assert not multiprocessing.active_children()


def test_exit_code_of_a_workers_death(many: Path) -> None:
    """In the middle of a long run: it is an error, and whole lines were written, the first of all."""
    program = (
        "import os, signal, sys\n"
        "from ovsdissect.export.fastjson import JsonLines\n"
        "parts, left = JsonLines.parts, [2]\n"
        "def dying(*arguments):\n"
        "    if not left[0]:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    left[0] -= 1\n"
        "    return parts(*arguments)\n"
        "JsonLines.parts = dying\n"
        "from ovsdissect.cli import main\n"
        "sys.argv = ['ovsdissect', 'json', '-j', '2', sys.argv[1]]\n"
        "main()\n"
    )
    done = subprocess.run((sys.executable, "-c", program, str(many)), capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1
    assert b"killed by signal 9" in done.stderr
    assert done.stdout.endswith(b"\n")
    assert output(str(many)).startswith(done.stdout)


def children(process: int) -> list[int]:
    """The processes that a process has started and not yet taken leave of."""
    listed = subprocess.run(("ps", "-o", "pid=", "--ppid", str(process)), capture_output=True, check=False)
    return [int(one) for one in listed.stdout.split()]


def gone(process: int) -> bool:
    """Whether a process ends within some seconds; it may be that nobody takes leave of it."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        state = subprocess.run(("ps", "-o", "stat=", "-p", str(process)), capture_output=True, check=False).stdout
        if not state.strip() or state.startswith(b"Z"):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(("ended_by", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, -15), (signal.SIGKILL, -9)])
def test_the_parents_end_is_the_workers(many: Path, ended_by: signal.Signals, exit_code: int) -> None:
    """Ctrl-C reaches all of them, as from a terminal; any other end of the parent only the parent."""
    with subprocess.Popen(command("-j", "2", str(many)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        json.loads(process.stdout.readline())  # the pipe is full soon: all are in the middle of it
        workers = children(process.pid)
        assert len(workers) == 2
        (os.killpg if ended_by is signal.SIGINT else os.kill)(process.pid, ended_by)
        assert process.wait(10) == exit_code
        assert all(map(gone, workers))
        assert process.stderr.read() == b""


def test_a_closed_output_ends_silently(many: Path) -> None:
    with subprocess.Popen(command("-j", "2", str(many)), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        json.loads(process.stdout.readline())
        workers = children(process.pid)
        process.stdout.close()
        assert process.wait(10) == 141
        assert process.stderr.read() == b""
        assert all(map(gone, workers))
