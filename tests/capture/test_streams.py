"""Pipes in small pieces, standard input, and files that are still being written."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ovsdissect.capture import CaptureFile, Record, open_capture
from tests.capture.crafted import CAPTURES, COMPRESSIONS

# What a child process prints of the capture on its standard input.
PRINT = """
import sys
from ovsdissect.capture import open_capture
capture = open_capture("-")
for record in capture:
    print(tuple(record), flush=True)
print(capture.name, capture.seekable, capture.cut and capture.cut.length)
"""


class Trickle(io.RawIOBase):
    """A raw pipe that gives one byte at a time and cannot seek."""

    def __init__(self, data: bytes) -> None:
        self.pieces = [data[at : at + 1] for at in range(len(data))][::-1]

    def read(self, size: int = -1) -> bytes:
        return self.pieces.pop() if self.pieces else b""

    def seek(self, *_: object) -> int:
        raise AssertionError("seeked")

    tell = seek  # type: ignore[assignment]


@pytest.mark.parametrize("name", CAPTURES)
@pytest.mark.parametrize("compression", [None, *COMPRESSIONS])
def test_one_byte_at_a_time(name: str, compression: str | None) -> None:
    case = CAPTURES[name]
    data = COMPRESSIONS[compression](case.data) if compression else case.data
    capture = open_capture(Trickle(data))  # type: ignore[arg-type]
    assert list(capture) == case.records
    assert (capture.cut.length if capture.cut else None) == case.missing


@pytest.mark.parametrize("name", ["le_us.pcap", "two_shb.pcapng", "trunc.pcapng"])
def test_standard_input(name: str) -> None:
    case = CAPTURES[name]
    with subprocess.Popen([sys.executable, "-c", PRINT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=False, bufsize=0) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for at in range(len(case.data)):
            child.stdin.write(case.data[at : at + 1])
        child.stdin.close()
        lines = child.stdout.read().decode().splitlines()
    assert lines == [*(str(tuple(record)) for record in case.records), f"standard input False {case.missing}"]


@pytest.mark.parametrize("name", ["le_us.pcap", "le_us.pcapng"])
@pytest.mark.parametrize("buffering", [0, -1])
def test_a_record_is_given_before_the_next_is_written(name: str, buffering: int) -> None:
    case = CAPTURES[name]
    first_end = case.data.index(b"A" * 61) + 64 + 4
    reading, writing = os.pipe()
    with open(reading, "rb", buffering=buffering) as stream, open(writing, "wb", buffering=0) as sink:
        sink.write(case.data[:first_end])
        records = iter(open_capture(stream))
        assert next(records) == case.records[0]
        sink.write(case.data[first_end:])
        assert next(records) == case.records[1]
        sink.close()
        assert next(records, None) is None


def test_pipe_that_does_not_block() -> None:
    case = CAPTURES["le_us.pcap"]
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    with open(reading, "rb", buffering=0) as stream, open(writing, "wb", buffering=0) as sink:
        sink.write(case.data[:100])
        later = threading.Timer(0.05, lambda: (sink.write(case.data[100:]), sink.close()))
        later.start()
        assert list(open_capture(stream)) == case.records
        later.join()


def test_named_pipe(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    case = CAPTURES["le_us.pcapng"]
    writer = threading.Thread(target=path.write_bytes, args=(case.data,))
    writer.start()
    with open_capture(path, follow=True) as capture:  # a pipe's end is its end, followed or not
        assert list(capture) == case.records
        assert not capture.seekable
    writer.join()


def collect(capture: CaptureFile, into: list[Record]) -> threading.Thread:
    def one_by_one() -> None:
        for record in capture:
            into.append(record)  # noqa: PERF402 - they are looked at while they come

    thread = threading.Thread(target=one_by_one)
    thread.start()
    return thread


def wait_for(records: list[Record], count: int) -> None:
    deadline = time.monotonic() + 10
    while len(records) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(records) == count


@pytest.fixture(params=["le_us.pcap", "two_shb.pcapng"], name="steps")
def fixture_steps(request: pytest.FixtureRequest) -> tuple[list[bytes], list[Record]]:
    case = CAPTURES[request.param]
    middle = case.data.index(b"A" * 61) + 64 + 4
    return [case.data[:20], case.data[20 : middle - 30], case.data[middle - 30 : middle], case.data[middle:]], case.records


def test_growing_file(steps: tuple[list[bytes], list[Record]], tmp_path: Path) -> None:
    pieces, expected = steps
    path = tmp_path / "growing"
    path.touch()
    capture = open_capture(path, follow=True)
    assert capture.format is None
    found: list[Record] = []
    thread = collect(capture, found)
    with open(path, "ab", buffering=0) as sink:
        sink.write(pieces[0])
        sink.write(pieces[1])
        sink.write(pieces[2])
        wait_for(found, 1)
        sink.write(pieces[3])
        wait_for(found, 2)
        sink.write(pieces[1][:7])  # half a record more: stopping there is no damage
        capture.stop()
    thread.join(5)
    assert not thread.is_alive()
    assert found == expected
    assert capture.cut is None
    capture.close()


def test_growing_compressed_file(tmp_path: Path) -> None:
    case = CAPTURES["le_us.pcap"]
    path = tmp_path / "growing.gz"
    path.write_bytes(gzip.compress(case.data[:110]))
    with open_capture(path, follow=True) as capture:
        assert capture.compression == "gzip"
        found: list[Record] = []
        thread = collect(capture, found)
        wait_for(found, 1)
        with open(path, "ab") as sink:
            sink.write(gzip.compress(case.data[110:]))
        wait_for(found, 2)
        capture.stop()
        thread.join(5)
    assert found == case.records
    assert capture.cut is None


def test_stopped_before_the_header_came(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    with open_capture(path, follow=True) as capture:
        threading.Timer(0.05, capture.stop).start()
        assert list(capture) == []
    assert capture.interfaces == []
    assert capture.cut is None
    assert capture.byteorder is None
