"""However it is made, the index has the records and messages that a plain walk over the capture finds."""

from __future__ import annotations

import gzip
import os
import re
import struct
import threading
from collections import Counter
from pathlib import Path
from random import Random
from typing import BinaryIO

import pytest

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import Record, open_capture, source
from ovsdissect.capture.pcap import Stretch
from ovsdissect.capture.record import LONGEST_RECORD
from ovsdissect.capture.spool import Spool
from ovsdissect.engine import index as indexing
from ovsdissect.engine.index import Index
from ovsdissect.engine.table import NO_COMMAND, NO_TIME, Table
from ovsdissect.errors import CaptureError
from ovsdissect.netlink.framing import framing
from ovsdissect.netlink.headers import GENLMSGHDR_LEN, NETLINK_GENERIC, NLMSG_MIN_TYPE, NLMSGHDR_LEN
from ovsdissect.problem import Problem
from tests import recorded
from tests.capture import crafted
from tests.dissect.made import nlmsg, record

# of each message: record, offset in it, type, command
Walked = tuple[list[Record], list[tuple[int, int, int, int]], Problem | None]


def walk(capture_source: str | Path | BinaryIO) -> Walked:
    """The records, messages and end of a capture, by its reader and framing."""
    records, messages = [], []
    with open_capture(capture_source) as capture:
        for one in capture:
            cut = framing(one.data, one.link_type, one.wire_length, one.byteorder)
            for frame in cut.frames:
                at = frame.offset + NLMSGHDR_LEN
                whole = at + GENLMSGHDR_LEN <= min(len(one.data), frame.offset + frame.length)
                generic = cut.protocol == NETLINK_GENERIC and frame.type >= NLMSG_MIN_TYPE and whole
                messages.append((len(records), frame.offset, frame.type, one.data[at] if generic else NO_COMMAND))
            records.append(one)
        return records, messages, capture.cut


def check(index: Index, walked: Walked, *, plain: bool = True, step: int = 1) -> None:
    """An index is that of a walk; offsets of records are those in the file only if `plain`."""
    records, messages, cut = walked
    assert list(zip(index.record, index.offset, index.type, index.command, strict=True)) == messages
    assert len(index) == len(messages)
    assert [index.time(place) for place in range(len(index.times))] == [one.time_ns for one in records]
    assert index.cut == cut
    held = Counter(message[0] for message in messages)
    first = 0
    for place, expected in enumerate(records):
        assert index.first(place) == first
        first += held[place]
        if not place % step:
            one = index.fetch(place)
            assert one == (expected if plain else expected._replace(offset=one.offset))


def same(file: Path, *, step: int = 1) -> Walked | None:
    """Hold the index of a plain file against its walk; None where it is no capture, which both say with the same words."""
    try:
        walked = walk(file)
    except CaptureError as error:
        refused = str(error)
    else:
        with Index(file) as index:
            check(index, walked, step=step)
        return walked
    with pytest.raises(CaptureError, match=f"^{re.escape(refused)}$"):
        Index(file)
    return None


def rewritten(mark: str, magic: int, records: list[Record]) -> bytes:
    """Records of a little-endian capture as another kind of host writes them: headers of messages in its order."""
    packets = []
    tick = 1 if magic == crafted.NANO else 1000
    for one in records:
        data = bytearray(one.data)
        for frame in framing(one.data, one.link_type, one.wire_length, "little").frames:
            struct.pack_into(mark + "IHHII", data, frame.offset, *frame[3:])
        seconds, nanoseconds = divmod(one.time_ns or 0, crafted.SECOND)
        packets.append((seconds, nanoseconds // tick, bytes(data), one.wire_length))
    return crafted.pcap(mark, magic, packets)


def few() -> list[Record]:
    """Some records of different kinds: of several messages, of other protocols, cut, too short, empty."""
    good = [one for name in ("startup", "nlextras") for one in recorded.records(name)[::40]][:60]
    several = record(nlmsg(41, b"abc\0defg"), nlmsg(3, bytes(4)), nlmsg(40), nlmsg(16, b"\3\2\0\0"))
    odd = [
        several,
        *(several._replace(data=several.data[:length]) for length in (0, 13, 16, 31, 32, 35, 36, 50, 52, 61, 71)),
        record(nlmsg(41, b"\1\0\0\0")),
        record(nlmsg(41)),
        record(nlmsg(2, bytes(20))),
        record(nlmsg(24, b"\2\0\0\0"), protocol=0),
        record(struct.pack("<IHHII", 15, 41, 0, 0, 0) + bytes(40)),
        record(struct.pack("<IHHII", 19, 41, 0, 0, 0) + bytes(40)),
        record(struct.pack("<IHHII", 0xFFFFFFF0, 41, 0, 0, 0) + bytes(4)),
        record(nlmsg(41, b"abcd") + bytes(256)),
    ]
    mixed = odd + good
    Random(1).shuffle(mixed)
    return mixed


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where to write a capture."""
    return tmp_path / "one.pcap"


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.ALL)
def test_recorded(name: str, file: Path) -> None:
    made = recorded.fewer(name, file.parent)
    walked = same(made, step=7)
    assert walked is not None
    packed = file.with_suffix(".gz")
    packed.write_bytes(gzip.compress(made.read_bytes(), 1))
    with Index(packed) as index:
        check(index, walked, plain=False, step=7)


def test_recorded_pcapng(file: Path) -> None:
    packed = recorded.ROOT / "captures" / "nlextras.pcapng.gz"
    file.write_bytes(gzip.decompress(packed.read_bytes()))
    walked = same(file)
    assert walked is not None
    assert walked[1]
    with Index(packed) as index:
        check(index, walked, plain=False)


@pytest.mark.parametrize("name", crafted.CAPTURES)
def test_crafted(name: str, file: Path) -> None:
    data = crafted.CAPTURES[name].data
    file.write_bytes(data)
    walked = same(file)
    if walked is None:
        return
    for compress in crafted.COMPRESSIONS.values():
        file.write_bytes(compress(data))
        with Index(file) as index:
            check(index, walked, plain=False)


@pytest.mark.parametrize("magic", [crafted.MICRO, crafted.NANO, crafted.MODIFIED])
@pytest.mark.parametrize("mark", ["<", ">"])
@pytest.mark.parametrize("piece", [100, 1000, 1 << 18])
def test_kinds_of_pcap(mark: str, magic: int, piece: int, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both byte orders, all kinds of record header, and pieces of the file that end anywhere in a record."""
    monkeypatch.setattr(indexing, "BUFFER", max(piece, 200))
    monkeypatch.setattr(source, "PIECE", piece)
    file.write_bytes(rewritten(mark, magic, few()))
    walked = same(file)
    assert walked is not None
    order: ByteOrder = "little" if mark == "<" else "big"
    assert {walked[0][at].byteorder for at, *_ in walked[1]} == {order}
    assert len({kind for _, _, kind, _ in walked[1]}) > 10


def test_cut_anywhere(file: Path) -> None:
    data = rewritten("<", crafted.NANO, few()[:12])
    for length in range(24, len(data), 3):
        file.write_bytes(data[:length])
        assert same(file, step=7)


@pytest.mark.parametrize("mark", ["<", ">"])
def test_damaged(mark: str, file: Path) -> None:
    """A few spoiled bytes anywhere; what is no capture any more is refused with the same words."""
    random = Random(mark)
    whole = rewritten(mark, crafted.MICRO, few())
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(random.randint(1, 4)):
            data[random.randrange(20 if random.random() < 0.9 else 0, len(data))] = random.choice((0, 1, 16, 255, random.randrange(256)))
        file.write_bytes(data)
        same(file, step=11)


def test_a_record_that_is_too_long(file: Path) -> None:
    """It is skipped, and those behind it are not; a length that the file does not have is damaged."""
    data = crafted.pcap("<", crafted.NANO, [(1, 1, few()[0].data, 500)])
    claimed = LONGEST_RECORD + 1
    for more in (data[24:], b""):
        with file.open("wb") as out:
            out.write(data + struct.pack("<IIII", 1, 2, claimed, claimed))
            out.truncate(len(data) + 16 + claimed - (not more))
            out.seek(0, os.SEEK_END)
            out.write(more)
        walked = same(file)
        assert walked is not None
        assert (walked[2] and walked[2].kind) == (None if more else "bad-length")


def test_streams(file: Path) -> None:
    """A pipe and an open file: records come back out of what was kept of them."""
    data = rewritten("<", crafted.NANO, few())
    file.write_bytes(data)
    walked = walk(file)
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as out:
            out.write(data)

    thread = threading.Thread(target=write)
    thread.start()
    with os.fdopen(reading, "rb") as pipe, Index(pipe) as index:
        check(index, walked, plain=False)
    thread.join()
    with file.open("rb") as opened, Index(opened) as index:
        check(index, walked, plain=False)


def test_a_plain_file_is_not_read_record_by_record(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_bytes(rewritten("<", crafted.NANO, few()))
    records, messages, _ = walk(file)
    monkeypatch.setattr(Stretch, "records", lambda *_: [])
    with Index(file) as index:
        assert (len(index.times), len(index)) == (len(records), len(messages))


def test_times_beyond_64_bits(file: Path) -> None:
    """A pcapng clock may tick in seconds and start anywhere."""
    ticks = 2**64 - 1
    data = crafted.section("<") + crafted.interface("<", 253, 0, 2**62) + crafted.enhanced("<", 0, ticks, crafted.A)
    file.write_bytes(data + crafted.simple("<", crafted.B))
    with Index(file) as index:
        check(index, walk(file))
        assert index.times.tolist() == [NO_TIME, NO_TIME]
        assert index.time(0) is None  # beyond LONGEST_TIME of the pcapng reader
        assert index.time(1) is None


def test_many_interfaces_and_messages(file: Path) -> None:
    """More interfaces than fit a byte, taking turns, and more messages in a record than fit two."""
    packets = [crafted.interface("<", 253)] * 300
    packets += [crafted.enhanced("<", which % 300, which, record(nlmsg(which)).data) for which in range(16, 1000)]
    packets.append(crafted.enhanced("<", 7, 0, record(nlmsg(41) * 70_000).data))
    file.write_bytes(crafted.section("<") + b"".join(packets))
    assert same(file)


def test_growing() -> None:
    """A table that is read while it grows; what was added stays as it is."""
    table = Table(Spool(None))
    for place, one in enumerate(few()):
        table.add(one)
        table.spool.flush()
        assert table.fetch(place)[1:5] == one[1:5]
        assert table.fetch(place // 2)[3] == few()[place // 2].data
