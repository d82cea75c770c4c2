"""An input that is not a netlink capture is refused in one sentence that names it."""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path

import pytest

from ovsdissect.capture import open_capture
from ovsdissect.capture import source as source_module
from ovsdissect.errors import CaptureError
from tests.capture.crafted import CAPTURES, MICRO, A, T, enhanced, interface, pcap, section

ETHERNET = pcap("<", MICRO, [(T, 0, A, 61)], 1)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty"),
        (gzip.compress(b"", mtime=0), "the gzip file is empty"),
        (gzip.compress(b"", mtime=0)[:12], "the gzip file is empty: gzip data is cut short at byte 12 of the file"),
        (b"hello, world\n", "not a capture: neither pcap nor pcapng, it starts with 68 65 6c 6c 6f 2c 20 77"),
        (b"\xd4", "not a capture: neither pcap nor pcapng, it starts with d4"),
        (gzip.compress(b"hello", mtime=0), "not a capture: neither pcap nor pcapng inside the gzip data, it starts with 68 65 6c 6c 6f"),
        (CAPTURES["le_us.pcap"].data[:10], "cut short inside the pcap file header, 10 of 24 bytes"),
        (CAPTURES["le_us.pcapng"].data[:27], "cut short inside the pcapng section header, 27 of 28 bytes"),
        (b"\n\r\r\n" + b"z" * 40, "not a capture: a pcapng section header without byte-order mark"),
        (ETHERNET, "no netlink in this capture: its link type is 1 (Ethernet), not 253 (netlink) or 113 or 276 (Linux cooked)"),
        (
            section("<") + interface("<", 9999) + interface("<", 1) + enhanced("<", 0, 0, A),
            "no netlink in this capture: its link type is 1 (Ethernet), 9999, not 253 (netlink) or 113 or 276 (Linux cooked)",
        ),
    ],
)
def test_content(content: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "nlmon.pcap"
    path.write_bytes(content)
    with pytest.raises(CaptureError) as caught:
        list(open_capture(path))
    assert str(caught.value) == f"{path}: {sentence}"


def test_pcapng_without_netlink_gives_its_records_first() -> None:
    capture = open_capture(io.BytesIO(section("<") + interface("<", 1) + enhanced("<", 0, 0, A)))
    records = iter(capture)
    assert next(records).link_type == 1
    with pytest.raises(CaptureError, match=r"^the given stream: no netlink"):
        next(records)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match=r"missing\.pcap: no such file$"):
        open_capture(str(tmp_path / "missing.pcap"))


def test_directory(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match=r"a directory, not a capture$"):
        open_capture(tmp_path)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (PermissionError(13, "Permission denied"), "x.pcap: permission denied"),
        (OSError(40, "Too many levels of symbolic links"), "x.pcap: cannot be opened: Too many levels of symbolic links"),
    ],
)
def test_unreadable(monkeypatch: pytest.MonkeyPatch, error: OSError, sentence: str) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(source_module, "open", refuse, raising=False)
    with pytest.raises(CaptureError) as caught:
        open_capture("x.pcap")
    assert str(caught.value) == sentence


def test_name_with_a_zero_byte() -> None:
    with pytest.raises(CaptureError, match="cannot be opened: embedded null byte"):
        open_capture("x\0y")


def test_read_error_on_the_way() -> None:
    class Failing(io.RawIOBase):
        def __init__(self) -> None:
            self.given = [CAPTURES["le_us.pcap"].data]

        def read(self, size: int = -1) -> bytes:
            if not self.given:
                raise OSError(5, "Input/output error")
            return self.given.pop()

    capture = open_capture(Failing())  # type: ignore[arg-type]
    records = iter(capture)
    assert [next(records), next(records)] == CAPTURES["le_us.pcap"].records
    with pytest.raises(CaptureError, match=r"cannot be read at byte 157: Input/output error"):
        next(records)


def test_closed_capture(tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap("<", MICRO, [(T, 0, b"x" * 200_000, 200_000)] * 4))
    with open_capture(path) as capture:
        pass
    with pytest.raises(CaptureError, match="it is closed"):
        list(capture)


def test_refused_file_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(b"text")
    opened = []

    def remember(name: str, *_: object, **__: object) -> io.FileIO:
        opened.append(io.FileIO(name))
        return opened[-1]

    monkeypatch.setattr(source_module, "open", remember, raising=False)
    with pytest.raises(CaptureError):
        open_capture(path)
    assert opened[0].closed


def test_given_stream_stays_open() -> None:
    stream = io.BytesIO(CAPTURES["le_us.pcap"].data)
    with open_capture(stream) as capture:
        list(capture)
    assert not stream.closed


def test_no_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(CaptureError, match="standard input is closed"):
        open_capture("-")
