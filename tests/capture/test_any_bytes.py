"""Whatever the bytes, reading gives records, a problem or CaptureError, nothing else, and never uses much memory."""

from __future__ import annotations

import io
import tracemalloc
from struct import pack

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ovsdissect.capture import Record, open_capture
from ovsdissect.errors import CaptureError
from ovsdissect.problem import Problem, ProblemKind
from tests.capture.crafted import CAPTURES, COMPRESSIONS, MICRO, T, pcap


def read(data: bytes) -> tuple[list[Record], Problem | None] | None:
    """Records and cut; None for CaptureError, which must be one sentence."""
    try:
        capture = open_capture(io.BytesIO(data))
        return list(capture), capture.cut
    except CaptureError as error:
        sentence = str(error)
    assert sentence.startswith("the given stream: ")
    assert "\n" not in sentence
    return None


@pytest.mark.parametrize("name", CAPTURES)
def test_every_prefix(name: str) -> None:
    case = CAPTURES[name]
    header = 28 if name.endswith("ng") else 24
    for end in range(len(case.data)):
        found = read(case.data[:end])
        if end < header:
            assert found is None
            continue
        assert found is not None
        records, cut = found
        assert records == case.records[: len(records)]
        if cut is None:
            continue
        assert (cut.kind, cut.offset) == (ProblemKind.TRUNCATED, end)
        assert cut.length > 0
        # What it says is missing is not more than what really comes, where that comes at all.
        if case.missing is None:
            assert end + cut.length <= len(case.data)


@pytest.mark.parametrize("name", ["le_us.pcap", "be_us.pcapng"])
def test_whole_records_are_no_cut(name: str) -> None:
    case = CAPTURES[name]
    whole = [end for end in range(28, len(case.data) + 1) if (found := read(case.data[:end])) is not None and found[1] is None]
    ends = [record.offset + len(record.data) for record in case.records]
    if name == "be_us.pcapng":  # the section header, the interface, the packet block
        assert whole == [28, 48, len(case.data)]
    else:
        assert whole == ends


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_every_prefix_of_compressed_data(compression: str) -> None:
    case = CAPTURES["le_us.pcap"]
    data = COMPRESSIONS[compression](case.data)
    for end in range(len(data)):
        found = read(data[:end])
        if found is not None:
            assert found[0] == case.records[: len(found[0])]
            assert found[1] is not None


SEEDS = [case.data for case in CAPTURES.values()]
SEEDS += [compress(CAPTURES["two_shb.pcapng"].data) for compress in COMPRESSIONS.values()]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A crafted capture with some bytes overwritten, cut out or put in."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        new = draw(st.binary(max_size=8) | st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\x80\0\0\0"]))
        data[at : at + draw(st.sampled_from([len(new), 0, 4]))] = new
    return bytes(data)


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_mutations(data: bytes) -> None:
    found = read(data)
    if found is None or data[:2] in (b"\x1f\x8b", b"BZ", b"\xfd7", b"\x28\xb5"):
        return
    records, _ = found
    assert [record.number for record in records] == list(range(1, len(records) + 1))
    for record in records:
        assert data[record.offset : record.offset + len(record.data)] == record.data


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", b"\n\r\r\n", *(seed[:28] for seed in SEEDS)]))
def test_any_bytes(data: bytes, head: bytes) -> None:
    read(head + data)


def peak(data: bytes) -> int:
    """The most memory that reading takes, in bytes; records are let go at once."""
    tracemalloc.start()
    try:
        for _ in open_capture(io.BytesIO(data)):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("claimed", [0xFFFFFFFF, 0x7FFFFFF0, 16 * 1024 * 1024 + 4, 16 * 1024 * 1024])
def test_absurd_lengths_take_no_memory(claimed: int) -> None:
    assert peak(CAPTURES["le_us.pcap"].data + pack("<IIII", T, 0, claimed, claimed) + b"x" * 1000) < 4_000_000
    assert peak(CAPTURES["le_us.pcapng"].data + pack("<II", 6, claimed & ~3) + b"x" * 1000) < 4_000_000


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_compressed_zeros_take_no_memory(compression: str) -> None:
    packets = [(T, 0, bytes(1_000_000), 1_000_000)] * 24
    data = COMPRESSIONS[compression](pcap("<", MICRO, packets))
    assert len(data) < 100_000
    assert peak(data) < 16_000_000
