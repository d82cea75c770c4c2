"""Captures in zip archives, made by Python's zipfile: a single file is read, from a file and from a pipe; anything else is named and
refused.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from ovsdissect.capture import open_capture
from ovsdissect.capture.compress import Decompression
from ovsdissect.errors import CaptureError
from tests import recorded
from tests.capture.crafted import CAPTURES

PLAIN = gzip.decompress(recorded.path("startup").read_bytes())
SIZES = (1, 100, 4096, 1 << 30)
DATED = (2026, 1, 1, 0, 0, 0)  # of files in archives: the same bytes, so the same names of tests, in every process


class Unseekable(io.RawIOBase):
    """A pipe, of which zipfile does not know the end: sums and lengths stand behind the data."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.data += bytes(data)  # type: ignore[call-overload]
        return len(bytes(data))  # type: ignore[call-overload]


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED, pipe: bool = False, comment: bytes = b"") -> bytes:
    out: io.BytesIO | Unseekable = Unseekable() if pipe else io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:  # type: ignore[arg-type]
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name, DATED), data, method)
        archive.comment = comment
    return bytes(out.data) if isinstance(out, Unseekable) else out.getvalue()


def long_zip(data: bytes, method: int) -> bytes:
    """With the lengths of ZIP64."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive, archive.open("nlmon.pcap", "w", force_zip64=True) as file:
        file.write(data)
    return out.getvalue()


ARCHIVES = {
    "deflated, ZIP64": long_zip(PLAIN, zipfile.ZIP_DEFLATED),
    "stored, ZIP64": long_zip(PLAIN, zipfile.ZIP_STORED),
    "deflated": zipped(("nlmon.pcap", PLAIN)),
    "stored": zipped(("nlmon.pcap", PLAIN), method=zipfile.ZIP_STORED),
    "written to a pipe": zipped(("nlmon.pcap", PLAIN), pipe=True),
    "in a folder, with a comment": zipped(("host/", b""), ("host/nlmon.pcap", PLAIN), comment=b"PK\x05\x06 of a host"),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_one_file(name: str, tmp_path: Path) -> None:
    data = ARCHIVES[name]
    for size in SIZES if size_matters(name) else (4096,):
        made = Decompression((data[at : at + size] for at in range(0, len(data), size)), "zip", "some")
        assert (b"".join(made) == PLAIN, made.fault) == (True, "")
    path = tmp_path / "nlmon.zip"
    path.write_bytes(data)
    with open_capture(io.BytesIO(PLAIN)) as plain, open_capture(path) as file, open_capture(io.BytesIO(data)) as pipe:
        expected = list(plain)
        assert list(file) == expected
        assert list(pipe) == expected
        assert (file.compression, file.format, file.cut) == ("zip", "pcap", None)


def size_matters(name: str) -> bool:
    """Byte by byte takes a while: once."""
    return name == "written to a pipe"


CUT = PLAIN[:200_000]


@pytest.mark.parametrize(("method", "place"), [(zipfile.ZIP_DEFLATED, 9_000), (zipfile.ZIP_STORED, 150_000)])
def test_damaged(method: int, place: int) -> None:
    """A bit that is flipped is told; what comes before it is read."""
    data = bytearray(zipped(("nlmon.pcap", CUT), method=method))
    data[place] ^= 0x10
    found = set()
    for size in (100, 4096, 1 << 30):
        made = Decompression((bytes(data[at : at + size]) for at in range(0, len(data), size)), "zip", "some")
        found.add((b"".join(made), made.fault))
    ((out, fault),) = found
    assert fault.startswith("zip data is damaged before byte ")
    assert len(out) > 10_000
    assert out[:10_000] == CUT[:10_000]


def test_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "nlmon.zip"
    path.write_bytes(ARCHIVES["deflated"][:20_000])
    with open_capture(path) as file:
        records = list(file)
        assert file.cut is not None
        assert "zip data is cut short at byte 20000" in file.cut.text
    with open_capture(io.BytesIO(PLAIN)) as plain:
        assert records == list(plain)[: len(records)]


TWO = zipped(("a.pcap", PLAIN), ("b.pcap", PLAIN))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (TWO, "a zip archive of 2 files (a.pcap, b.pcap): extract the capture that you want to read"),
        (zipped(("folder/", b"")), "a zip archive without a file"),
        (zipped(), "an empty zip archive: unpack it first"),
        (zipped(("nlmon.pcap", PLAIN), method=zipfile.ZIP_BZIP2), "a zip archive whose file is compressed with method 12: unpack it first"),
        (zipped(("notes.txt", b"no capture")), "not a capture: neither pcap nor pcapng inside the zip data"),
        (b"\x04\x22\x4d\x18" + bytes(20), "lz4 data: unpack it first"),
        (b"\x02\x21\x4c\x18" + bytes(20), "lz4 data: unpack it first"),
    ],
)
def test_what_is_refused(data: bytes, text: str, tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(data)
    with pytest.raises(CaptureError) as error, open_capture(path):
        pass
    assert text in str(error.value)


def test_encrypted(tmp_path: Path) -> None:
    """The bit of an encrypted file, in both headers."""
    data = bytearray(ARCHIVES["stored"])
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path = tmp_path / "capture"
    path.write_bytes(data)
    with pytest.raises(CaptureError, match="an encrypted zip archive: unpack it first"), open_capture(path):
        pass


def test_several_files_in_a_pipe() -> None:
    """That there are more is known when the first was read."""
    with open_capture(io.BytesIO(TWO)) as pipe, pytest.raises(CaptureError, match="a zip archive of several files"):
        list(pipe)


def test_pcapng_in_a_zip(tmp_path: Path) -> None:
    crafted = CAPTURES["le_us.pcapng"]
    path = tmp_path / "capture.zip"
    path.write_bytes(zipped(("capture.pcapng", crafted.data)))
    with open_capture(path) as file:
        assert list(file) == crafted.records
