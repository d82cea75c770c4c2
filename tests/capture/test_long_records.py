"""Records longer than the limit are skipped and reported, wherever the capture comes from; what follows is read."""

from __future__ import annotations

import gzip
import io
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

import ovsdissect
from ovsdissect.capture import LEAST_LIMIT, LONGEST_RECORD, open_capture
from ovsdissect.capture.pcapng import MOST_INTERFACES
from ovsdissect.capture.record import Skipped
from ovsdissect.cli.ending import skipped_texts
from ovsdissect.errors import CaptureError, OvsDissectError
from tests import heavy
from tests.cli.processes import ovsdissect as run
from tests.heavy import COOKED
from tests.views.run import run as within

SHORT = COOKED + heavy.announced("ovs_packet", 36)
LENGTHS = (LEAST_LIMIT, LEAST_LIMIT + 4, 3_000_000)


def long(length: int) -> bytes:
    return COOKED + heavy.message(36, 1, bytes(length - len(COOKED) - 20))


def pcap(*records: bytes, mark: str = "<") -> bytes:
    head = struct.pack(f"{mark}IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 253)
    return head + b"".join(struct.pack(f"{mark}IIII", 1, at, len(one), len(one) + (at == 1)) + one for at, one in enumerate(records))


def enhanced(data: bytes, options: bytes = b"") -> bytes:
    head = struct.pack("<IIIII", 0, 0, 5, len(data), len(data))
    return heavy.block(6, head + data + bytes(-len(data) % 4) + options)


def packet(data: bytes) -> bytes:
    return heavy.block(2, struct.pack("<HHIIII", 0, 0xFFFF, 0, 5, len(data), len(data)) + data + bytes(-len(data) % 4))


def simple(data: bytes) -> bytes:
    return heavy.block(3, struct.pack("<I", len(data)) + data + bytes(-len(data) % 4))


INTERFACE = heavy.block(1, struct.pack("<HHI", 253, 0, 0))
FORMS: dict[str, Callable[[bytes], bytes]] = {
    "pcap": lambda data: pcap(SHORT, data, SHORT),
    "pcap, big-endian": lambda data: pcap(SHORT, data, SHORT, mark=">"),
    "enhanced": lambda data: heavy.SECTION + INTERFACE + enhanced(SHORT) + enhanced(data) + enhanced(SHORT),
    "packet": lambda data: heavy.SECTION + INTERFACE + packet(SHORT) + packet(data) + packet(SHORT),
    "simple": lambda data: heavy.SECTION + INTERFACE + simple(SHORT) + simple(data) + simple(SHORT),
}


class Pieces(io.RawIOBase):
    """A pipe that gives so many bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self.data, self.size, self.at = data, size, 0

    def read(self, size: int = -1) -> bytes:
        self.at += self.size
        return self.data[self.at - self.size : self.at]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("form", FORMS)
def test_they_are_skipped_and_what_follows_is_read(form: str, length: int, tmp_path: Path) -> None:
    data = FORMS[form](long(length))
    over = length + (0 if "pcap" in form else 100) > LEAST_LIMIT  # in a pcapng file the block counts
    path = tmp_path / "file"
    path.write_bytes(data)
    packed = tmp_path / "file.zst"
    packed.write_bytes(zstandard.ZstdCompressor().compress(data))
    for source in (path, packed, io.BytesIO(data), Pieces(data, 999), Pieces(gzip.compress(data), 7)):
        with open_capture(source, max_record=LEAST_LIMIT) as capture:  # type: ignore[arg-type]
            records = list(capture)
            assert [record.number for record in records] == [1, 2, 3]
            assert [len(record.data) for record in records] == [len(SHORT), 0 if over else length, len(SHORT)]
            assert records[1].wire_length >= length
            assert records[1].time_ns == (None if form == "simple" else 5_000 if "pcap" not in form else 1_000_001_000)
            assert capture.cut is None
            assert [(one.number, one.limit) for one in capture.skipped] == ([(2, LEAST_LIMIT)] if over else [])
    with open_capture(path) as capture:  # which reads more by itself
        assert [len(record.data) for record in capture] == [len(SHORT), length, len(SHORT)]


def test_the_usual_limit(tmp_path: Path) -> None:
    path = tmp_path / "some.pcap"
    path.write_bytes(pcap(SHORT, long(LONGEST_RECORD), SHORT, long(LONGEST_RECORD + 1), SHORT))
    with ovsdissect.open(path) as capture:
        assert [(message.kind, message.record) for message in capture][-2:] == [("record", 4), ("message", 5)]
        (skipped,) = capture.skipped
    assert (skipped.number, skipped.length) == (4, LONGEST_RECORD + 1)
    assert skipped.offset == 24 + 3 * 16 + 2 * len(SHORT) + LONGEST_RECORD
    with ovsdissect.open(path, max_record=LONGEST_RECORD + 1) as capture:
        assert [message.record for message in capture if message.kind == "message"] == [1, 2, 3, 4, 5]
        assert not capture.skipped
    for wrong in (0, LEAST_LIMIT - 1, 1 << 31):
        with pytest.raises(OvsDissectError):
            ovsdissect.open(path, max_record=wrong)


def test_other_blocks_are_passed_over() -> None:
    """Of a long interface description its first bytes are taken, of other blocks nothing is needed; what options say is left out."""
    noise = heavy.option(1, bytes(60_000)) * 20
    description = heavy.block(1, struct.pack("<HHI", 253, 0, 77) + heavy.option(2, b"nlmon7") + noise)
    data = heavy.SECTION + description + heavy.block(0xBAD, noise) + heavy.block(5, struct.pack("<III", 0, 0, 0) + noise)
    section = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + noise
    data += enhanced(SHORT) + heavy.block(0x0A0D0D0A, section) + INTERFACE + enhanced(SHORT)
    with open_capture(io.BytesIO(data), max_record=LEAST_LIMIT) as capture:
        assert [record.data for record in capture] == [SHORT, SHORT]
        assert (capture.cut, capture.skipped) == (None, [])
        assert (capture.interfaces[0].name, capture.interfaces[0].snaplen) == ("nlmon7", 77)
    # a packet with long comments is a long block
    with open_capture(io.BytesIO(heavy.SECTION + INTERFACE + enhanced(SHORT, noise) + enhanced(SHORT)), max_record=LEAST_LIMIT) as capture:
        assert [len(record.data) for record in capture] == [0, len(SHORT)]
        assert [one.number for one in capture.skipped] == [1]


def test_a_length_that_nothing_follows() -> None:
    """A damaged length: what it claims is not there."""
    for data in (
        pcap(SHORT) + struct.pack("<IIII", 1, 2, 0xFFFFFFFF, 0xFFFFFFFF) + SHORT,
        heavy.SECTION + INTERFACE + enhanced(SHORT) + struct.pack("<II", 6, 0xFFFFFFF0) + SHORT * 10,
    ):
        with open_capture(io.BytesIO(data)) as capture:
            assert len(list(capture)) == 1
            assert capture.cut is not None
            assert "more than there are" in capture.cut.text
            assert not capture.skipped
    lying = bytearray(heavy.SECTION + INTERFACE + enhanced(long(2_000_000)) + enhanced(SHORT))
    at = len(heavy.SECTION + INTERFACE + enhanced(long(2_000_000))) - 4
    lying[at : at + 4] = b"\0\0\0\1"
    with open_capture(io.BytesIO(lying), max_record=LEAST_LIMIT) as capture:
        assert not list(capture)
        assert capture.cut is not None
        assert "two different lengths" in capture.cut.text


def test_followed(tmp_path: Path) -> None:
    path = tmp_path / "grows.pcap"
    parts = pcap(SHORT, long(2_000_000), SHORT)
    path.write_bytes(parts[:1000])
    found = []

    def read() -> None:
        with open_capture(path, follow=True, max_record=LEAST_LIMIT) as capture:
            for record in capture:
                found.append((record.number, len(record.data)))
                if len(found) == 3:
                    capture.stop()

    reader = threading.Thread(target=read)
    reader.start()
    with path.open("ab") as file:
        for at in range(1000, len(parts), 300_000):
            file.write(parts[at : at + 300_000])
            file.flush()
            time.sleep(0.01)
    reader.join(30)
    assert found == [(1, len(SHORT)), (2, 0), (3, len(SHORT))]


@pytest.mark.parametrize("command", ["json", "list", "show", "stats", "upcalls", "flows", "ports", "errors", "report", "carve -o {out}"])
def test_commands(command: str, tmp_path: Path) -> None:
    path, out = tmp_path / "some.pcap", tmp_path / "out"
    path.write_bytes(pcap(SHORT, long(2_000_000), SHORT))
    first, *rest = command.format(out=out).split()
    said = f"{path}: record 2 at byte {40 + len(SHORT)} is skipped: it has 2,000,000 bytes, more than 1,048,576; --max-record raises that"
    done = run(first, path, *rest, "--max-record", "1M")
    assert done.returncode == 0
    assert f"ovsdissect: {said}" in done.stderr.decode()
    assert run(first, path, *rest, "--max-record", "1M", "--strict").returncode == 1
    assert b"skipped" not in run(first, path, *rest).stderr


def test_sizes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From 1M to 1G, in units of 1024, in either case."""
    path = tmp_path / "some.pcap"
    path.write_bytes(pcap(SHORT, long(1_048_577), SHORT))
    for size, code, skipped in (
        *(("1M", 0, True), ("1024k", 0, True), ("1048576", 0, True), ("1mib", 0, True), ("1025K", 0, False), ("1G", 0, False)),
        *(("1048575", 2, False), ("1023k", 2, False), ("1025m", 2, False), ("1073741825", 2, False), ("0", 2, False), ("-1M", 2, False)),
        *(("1T", 2, False), ("M", 2, False), ("1.5M", 2, False)),
    ):
        said = within(monkeypatch, "list", path, f"--max-record={size}")
        assert (said.code, "is skipped" in said.err) == (code, skipped), size
        assert code == 0 or f"{size!r} is not a size from 1M to 1G, for example 64M" in said.err


def test_tables(tmp_path: Path) -> None:
    path = tmp_path / "some.pcap"
    path.write_bytes(pcap(SHORT, long(2_000_000), SHORT))
    done = run("columns", path, "-o", tmp_path / "tables", "--max-record", "1m", "--table", "problems", "--format", "csv")
    assert (done.returncode, b"record 2 at byte" in done.stderr) == (0, True)
    (table,) = (tmp_path / "tables" / "problems").iterdir()
    assert "none of 2,000,001 bytes is here" in table.read_text()
    done = run("sql", "select count(*) as n from messages where kind = 'record'", path, "--format", "json", "--max-record", "1024k")
    assert (done.returncode, done.stdout, done.stderr.count(b"is skipped")) == (0, b'[\n{"n":1}\n]\n', 1)


@pytest.mark.parametrize("size", ["0", "1023k", "2G", "x", "", "-1", "1e6", "١M", "99999999999999999999"])
def test_a_size_that_is_none(size: str) -> None:
    done = run("list", "nothing", f"--max-record={size}")
    assert (done.returncode, b"is not a size from 1M to 1G" in done.stderr) == (2, True)


def test_interfaces_beyond_those_that_are_kept() -> None:
    data = heavy.SECTION + INTERFACE * (MOST_INTERFACES + 1)
    last = heavy.block(6, struct.pack("<IIIII", MOST_INTERFACES, 0, 5, len(SHORT), len(SHORT)) + SHORT + bytes(-len(SHORT) % 4))
    with open_capture(io.BytesIO(data + enhanced(SHORT) + last)) as capture:
        assert len(list(capture)) == 1
        assert capture.cut is not None
        assert "behind the first 16,384, which are kept" in capture.cut.text


def test_nothing_is_read_of_what_has_no_netlink() -> None:
    with pytest.raises(CaptureError), open_capture(io.BytesIO(pcap(long(2_000_000)).replace(b"\xfd\0\0\0", b"\1\0\0\0", 1))) as capture:
        list(capture)


def test_the_first_ten_are_told_and_the_others_counted() -> None:
    skipped = [Skipped(number, 20_000_000, 0, 16_000_000) for number in range(1, 14)]
    told = list(skipped_texts(skipped))
    assert len(told) == 11
    assert told[-1] == "3 more records are skipped likewise"
    assert len(list(skipped_texts(skipped[:10]))) == 10
