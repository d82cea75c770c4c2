"""Every crafted capture gives exactly its records, through files, pipes and compression."""

from __future__ import annotations

import io
from pathlib import Path
from struct import pack

import pytest

from ovsdissect.capture import open_capture
from ovsdissect.problem import ProblemKind
from tests.capture.crafted import (
    CAPTURES,
    COMPRESSIONS,
    MICRO,
    A,
    B,
    Crafted,
    T,
    block,
    enhanced,
    interface,
    option,
    pcap,
    section,
    simple,
    statistics,
)


@pytest.fixture(params=CAPTURES, name="case")
def fixture_case(request: pytest.FixtureRequest) -> Crafted:
    return CAPTURES[request.param]


def test_records_of_a_file(case: Crafted, tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(case.data)
    with open_capture(path) as capture:
        assert list(capture) == case.records
        assert capture.name == str(path)
        assert capture.seekable
        assert capture.compression is None
        assert list(capture) == []  # one pass
    if case.missing is None:
        assert capture.cut is None
    else:
        assert capture.cut is not None
        assert capture.cut.kind is ProblemKind.TRUNCATED
        assert (capture.cut.offset, capture.cut.length) == (len(case.data), case.missing)
        assert f"{case.missing} bytes are missing" in capture.cut.text


def test_records_are_where_they_say(case: Crafted) -> None:
    for record in open_capture(io.BytesIO(case.data)):
        assert case.data[record.offset :].startswith(record.data)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_compressed(case: Crafted, compression: str) -> None:
    capture = open_capture(io.BytesIO(COMPRESSIONS[compression](case.data)))
    assert capture.compression == compression
    assert list(capture) == case.records
    assert (capture.cut is None) == (case.missing is None)
    assert not capture.seekable


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("step", [1, 7, 50])
def test_several_members(compression: str, step: int) -> None:
    case = CAPTURES["two_shb.pcapng"]
    compress = COMPRESSIONS[compression]
    data = b"".join(compress(case.data[at : at + step]) for at in range(0, len(case.data), step)) + compress(b"")
    capture = open_capture(io.BytesIO(data))
    assert list(capture) == case.records
    assert capture.cut is None


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_cut_inside_compressed_data(compression: str) -> None:
    packets = [(T, at, pack("<I", at * 2654435761 % 2**32) * 15, 60) for at in range(300)]
    plain = pcap("<", MICRO, packets)
    data = COMPRESSIONS[compression](plain[:9000]) + COMPRESSIONS[compression](plain[9000:])
    whole = list(open_capture(io.BytesIO(data)))
    assert len(whole) == 300
    lengths = set()
    for end in range(len(data) // 2, len(data), 97):
        capture = open_capture(io.BytesIO(data[:end]))
        found = list(capture)
        lengths.add(len(found))
        assert found == whole[: len(found)]
        assert capture.cut is not None
        assert capture.cut.kind is ProblemKind.TRUNCATED
        assert f"{compression} data is cut short at byte {end} of the file" in capture.cut.text
    assert min(lengths) >= (9000 - 24) // 76


def test_cut_compressed_data_at_a_record_boundary() -> None:
    data = COMPRESSIONS["gzip"](CAPTURES["le_us.pcap"].data)[:-3]  # all data is there, its checksum is not
    capture = open_capture(io.BytesIO(data))
    assert list(capture) == CAPTURES["le_us.pcap"].records
    assert capture.cut is not None
    assert capture.cut.length == 0
    assert "the capture ends early" in capture.cut.text


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_something_else_behind_compressed_data(compression: str) -> None:
    capture = open_capture(io.BytesIO(COMPRESSIONS[compression](CAPTURES["le_us.pcap"].data) + b"and more text"))
    assert list(capture) == CAPTURES["le_us.pcap"].records
    assert capture.cut is not None
    assert "followed by something else" in capture.cut.text


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_damaged_compressed_data(compression: str) -> None:
    compress = COMPRESSIONS[compression]
    plain = pcap("<", MICRO, [(T, at, A, 61) for at in range(100)])
    second = bytearray(compress(plain[5000:]))
    second[len(second) // 2] ^= 0xFF
    second[-6] ^= 0xFF
    capture = open_capture(io.BytesIO(compress(plain[:5000]) + bytes(second)))
    assert len(list(capture)) >= (5000 - 24) // 77
    assert capture.cut is not None
    assert "damaged" in capture.cut.text or "cut short" in capture.cut.text


def test_zstd_frame_to_skip() -> None:
    skipped = pack("<II", 0x184D2A50, 4) + b"pzst"
    case = CAPTURES["le_us.pcap"]
    assert list(open_capture(io.BytesIO(skipped + COMPRESSIONS["zstd"](case.data)))) == case.records


def test_gzip_padding_between_members() -> None:
    case = CAPTURES["le_us.pcap"]
    compress = COMPRESSIONS["gzip"]
    capture = open_capture(io.BytesIO(compress(case.data[:50]) + b"\0" * 512 + compress(case.data[50:]) + b"\0" * 512))
    assert list(capture) == case.records
    assert capture.cut is None


def test_what_the_capture_says_of_itself() -> None:
    pcap_capture = open_capture(io.BytesIO(CAPTURES["be_ns.pcap"].data))
    assert (pcap_capture.format, pcap_capture.byteorder) == ("pcap", "big")
    (only,) = pcap_capture.interfaces
    assert (only.index, only.link_type, only.snaplen, only.ticks_per_second, only.dropped) == (0, 253, 65535, 10**9, None)

    data = section(">") + interface(">", 253, 9, -5, 262144, option(">", 2, b"nlmon0"))
    data += enhanced(">", 0, 1, A) + statistics(">", 0, {4: 100, 5: 7}) + statistics(">", 0, {4: 200, 7: 3}) + statistics(">", 9, {4: 1})
    data += section("<") + interface("<", 253, 0x80 | 10, more=option("<", 2, b"nl\xff")) + statistics("<", 0, {5: 2**40})
    capture = open_capture(io.BytesIO(data))
    assert (capture.format, capture.byteorder) == ("pcapng", "big")
    assert len(list(capture)) == 1
    assert capture.byteorder == "little"
    first, second = capture.interfaces
    assert (first.name, first.snaplen, first.ticks_per_second, first.time_offset) == ("nlmon0", 262144, 10**9, -5)
    assert (first.received, first.dropped, first.os_dropped) == (200, 7, 3)
    assert (second.index, second.name, second.ticks_per_second) == (1, "nl\N{REPLACEMENT CHARACTER}", 1024)
    assert (second.received, second.dropped, second.os_dropped) == (None, 2**40, None)


HEAD = section("<") + interface("<", 253)
GOOD = enhanced("<", 0, T * 10**6, A)


@pytest.mark.parametrize(
    ("bad", "kind", "text"),
    [
        (pack("<II", 6, 0xFFFFFFF0) + b"x" * 100, ProblemKind.BAD_LENGTH, "claims 4,294,967,280 bytes"),
        (pack("<II", 6, 33) + b"x" * 100, ProblemKind.BAD_LENGTH, "claims 33 bytes"),
        (pack("<II", 7, 8) + b"x" * 100, ProblemKind.BAD_LENGTH, "claims 8 bytes"),
        (pack("<II", 1, 16) + b"x" * 4 + pack("<I", 16), ProblemKind.BAD_LENGTH, "claims 16 bytes"),
        (GOOD[:-4] + pack("<I", 48), ProblemKind.BAD_LENGTH, "two different lengths"),
        (GOOD[:20] + pack("<I", 65) + GOOD[24:], ProblemKind.BAD_LENGTH, "claims 65 captured bytes in a block of 96"),
        (enhanced("<", 1, 0, A), ProblemKind.OUT_OF_RANGE, "interface 1"),
        (section("<") + simple("<", A), ProblemKind.OUT_OF_RANGE, "interface 0"),
        (block("<", 0x0A0D0D0A, b"y" * 16), ProblemKind.OUT_OF_RANGE, "without byte-order mark"),
    ],
)
def test_broken_block(bad: bytes, kind: ProblemKind, text: str) -> None:
    capture = open_capture(io.BytesIO(HEAD + GOOD + bad + GOOD))
    assert [record.data for record in capture] == [A]
    assert capture.cut is not None
    assert capture.cut.kind is kind
    assert text in capture.cut.text
    assert capture.cut.offset in (len(HEAD + GOOD), len(HEAD + GOOD + section("<")))


def test_absurd_record_length() -> None:
    data = pcap("<", MICRO, [(T, 0, A, 61)])
    capture = open_capture(io.BytesIO(data + pack("<IIII", T, 0, 0xFFFFFFFF, 0xFFFFFFFF) + B * 10))
    assert [record.data for record in capture] == [A]
    assert capture.cut is not None
    assert capture.cut.kind is ProblemKind.BAD_LENGTH
    assert (capture.cut.offset, capture.cut.length) == (len(data), 16)
    assert "record 2 at byte 101 claims 4,294,967,295 captured bytes" in capture.cut.text
