"""Damaged compressed data: everything before the damage is read, the same for any input, and its position is reported."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
import zstandard

from ovsdissect.capture import open_capture
from ovsdissect.capture.compress import Decompression
from ovsdissect.capture.members import Compression
from tests import recorded

PLAIN = gzip.decompress(recorded.path("startup").read_bytes())[:400_000]
SIZES = (1, 7, 100, 4096, 65536, 1 << 30)


def zstd(data: bytes) -> bytes:
    made = zstandard.ZstdCompressor(write_checksum=True).compressobj()
    return made.compress(data) + made.flush()


COMPRESS: dict[Compression, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "xz": lzma.compress,
    "zstd": zstd,
    "bzip2": lambda data: bz2.compress(data, 1),  # several blocks
}


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def read(data: bytes, compression: Compression, size: int, *, stream: bool = True) -> tuple[bytes, str]:
    """What comes out, and what is said; a stream cannot be read again."""
    again = None if stream else lambda offset, length: data[offset : offset + length]
    made = Decompression(pieces(data, size), compression, "some", again)
    return b"".join(made), made.fault


def by_the_library(data: bytes, compression: Compression) -> bytes:
    """What the library gives where its input comes byte by byte."""
    opened = {
        "gzip": lambda: zlib.decompressobj(31),
        "xz": lzma.LZMADecompressor,
        "zstd": lambda: zstandard.ZstdDecompressor().decompressobj(),
        "bzip2": bz2.BZ2Decompressor,
    }[compression]()
    out = b""
    try:
        for at in range(len(data)):
            out += opened.decompress(data[at : at + 1])  # type: ignore[attr-defined]
    except (zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError, EOFError):
        pass
    return out


@pytest.mark.parametrize("compression", COMPRESS)
@pytest.mark.parametrize("seed", range(9))
@pytest.mark.slow
def test_a_flipped_bit(compression: Compression, seed: int) -> None:
    data = bytearray(COMPRESS[compression](PLAIN[:250_000]))
    place = Random(f"{compression} {seed}").randrange(20, len(data))
    if seed < 3:
        place = len(data) - 1 - seed * 3  # checksums and ends
    data[place] ^= 0x10
    spoiled = bytes(data)
    expected = by_the_library(spoiled, compression)
    out, fault = read(spoiled, compression, 1 << 30)
    assert out.startswith(expected)
    assert not fault or f"{compression} data is " in fault
    if seed >= 3 or compression in ("gzip", "zstd"):
        assert fault
    for number, size in enumerate(SIZES):
        for stream in (True, False) if seed < 3 else ((seed + number) % 2 == 0,):
            assert read(spoiled, compression, size, stream=stream) == (out, fault)


@pytest.mark.parametrize("compression", COMPRESS)
def test_the_place(compression: Compression) -> None:
    whole = COMPRESS[compression](PLAIN)
    data = bytearray(2 * whole)
    data[-2] ^= 1  # of what every format checks at its end
    out, fault = read(bytes(data), compression, 1000)
    assert out == 2 * PLAIN
    place = int(fault.split("before byte ")[1].split()[0])
    assert len(data) - 10 < place <= len(data)


@pytest.mark.parametrize("compression", COMPRESS)
def test_a_damage_in_the_second_of_three_members(compression: Compression) -> None:
    """The first one comes whole, of the second what is before the damage; its place is one of the file."""
    plain = PLAIN[:40_000]
    one = COMPRESS[compression](plain)
    data = bytearray(3 * one)
    data[len(one) + len(one) // 2] ^= 0x10
    out, fault = read(bytes(data), compression, 1 << 30)
    assert out.startswith(plain + by_the_library(bytes(data[len(one) :]), compression))
    place = int(fault.split("before byte ")[1].split()[0])
    assert len(one) + len(one) // 2 < place <= 2 * len(one)
    for size in (1, 7, 4096):
        for stream in (True, False):
            assert read(bytes(data), compression, size, stream=stream) == (out, fault)


@pytest.mark.parametrize("compression", COMPRESS)
def test_whole(compression: Compression) -> None:
    one = COMPRESS[compression](PLAIN)
    data = one + COMPRESS[compression](b"") + one + bytes(4)
    for size in SIZES[1:]:
        assert read(data, compression, size) == (PLAIN + PLAIN, "")


@pytest.mark.slow
def test_frames_of_zstd_in_every_form() -> None:
    rng = Random(5)
    parts = [rng.randbytes(1000), bytes(300_000), b"", b"x", PLAIN, rng.randbytes(140_000)]
    for checksum in (False, True):
        for size in (False, True):
            compressor = zstandard.ZstdCompressor(write_checksum=checksum, write_content_size=size, level=5)
            skipped = b"\x5a\x2a\x4d\x18\x05\0\0\0abcde" + b"\x50\x2a\x4d\x18\0\0\0\0"
            data = b"".join(skipped + compressor.compress(part) for part in parts)
            stream = compressor.compressobj()
            data += b"".join(stream.compress(part) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK) for part in parts) + stream.flush()
            for step in (1 if checksum and size else 500, 5000, 1 << 20):
                assert read(data, "zstd", step) == (b"".join(parts + parts), "")


@pytest.mark.parametrize("name", ["crc-bad-small.pcap.gz", "damaged-gz-three-quarters.pcap.gz", "damaged-zst-checksum.pcap.zst"])
def test_cases(name: str) -> None:
    data = (Path(__file__).parent / "damaged" / name).read_bytes()
    compression: Compression = "zstd" if name.endswith("zst") else "gzip"
    expected = by_the_library(data, compression)
    out, fault = read(data, compression, 1 << 30)
    assert out.startswith(expected)
    assert len(out) < len(expected) + 258 * 8
    assert "data is damaged before byte" in fault
    for size in SIZES:
        assert read(data, compression, size) == (out, fault)


@pytest.mark.parametrize("compression", COMPRESS)
def test_the_place_is_said_where_records_are_damaged_too(compression: Compression, tmp_path: Path) -> None:
    """What comes after a damage and before it is found may look like records, until one claims to be very long."""
    data = bytearray(COMPRESS[compression](PLAIN))
    data[len(data) // 2] ^= 0x10
    path = tmp_path / "damaged"
    path.write_bytes(data)
    said = set()
    for source in (path, io.BytesIO(data)):
        with open_capture(source) as capture:
            assert len(list(capture)) > 100
            assert capture.cut is not None
            said.add(capture.cut.text)
    (text,) = said
    assert f"{compression} data is damaged before byte" in text
