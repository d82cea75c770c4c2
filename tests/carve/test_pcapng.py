"""`carve` to a pcapng file keeps what a handmade capture says about interfaces and records, byte for byte."""

from __future__ import annotations

from pathlib import Path
from struct import pack

import pytest

import ovsdissect
from ovsdissect.capture import open_capture
from tests.capture.crafted import block, enhanced, interface, option, pcap, section, simple
from tests.capture.spoken import cooked, newfamily, put
from tests.views.run import run

T = 1_700_000_000


def noted(mark: str, comment: bytes, lost: int | None = None, flags: int | None = None) -> bytes:
    options = option(mark, 1, comment)
    if flags is not None:
        options += option(mark, 2, pack(mark + "I", flags))
    if lost is not None:
        options += option(mark, 4, pack(mark + "Q", lost))
    return options + option(mark, 0, b"")


def statistics(mark: str, which: int, ticks: int, counts: dict[int, int]) -> bytes:
    options = b"".join(option(mark, code, pack(mark + "Q", count)) for code, count in counts.items())
    return block(mark, 5, pack(mark + "III", which, ticks >> 32, ticks & 0xFFFFFFFF) + options + option(mark, 0, b""))


def described(mark: str) -> bytes:
    """Interfaces whose clocks count in microseconds, nanoseconds and 2^-20 s from an offset."""
    return (
        section(mark)
        + interface(mark, 253, snaplen=262144, more=option(mark, 1, b"of host A") + option(mark, 2, b"nlmon0"))
        + interface(mark, 253, 9, more=option(mark, 2, b"nlmon1"))
        + interface(mark, 253, 0x80 | 20, T)
    )


def packets(mark: str) -> list[bytes]:
    """The ids of ovs_flow on each interface, and puts."""
    return [
        enhanced(mark, 0, T * 10**6, cooked(newfamily(mark, "ovs_flow", 34)), options=noted(mark, b"the first", 3)),
        enhanced(mark, 1, T * 10**9 + 1, cooked(newfamily(mark, "ovs_flow", 35))),
        enhanced(mark, 2, 1, cooked(newfamily(mark, "ovs_flow", 36))),
        enhanced(mark, 0, T * 10**6 + 1, cooked(put(mark, 34, 9, 2, 3)), options=noted(mark, b"not wanted", 5)),
        enhanced(mark, 1, T * 10**9 + 999, cooked(put(mark, 35, 9, 4, 3)), 500, options=noted(mark, "größer".encode(), 30, 1 << 24)),
        enhanced(mark, 2, (1 << 33) + 12345, cooked(put(mark, 36, 9, 4, 3)), options=noted(mark, b"no flag", flags=0)),
    ]


@pytest.mark.parametrize("mark", ["<", ">"])
@pytest.mark.parametrize("stream", [False, True])
def test_blocks_as_they_were(mark: str, stream: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, out = tmp_path / "in.pcapng", tmp_path / "out.pcapng"
    each = packets(mark)
    counts = {4: 1000, 5: 11, 6: 900, 7: 22, 8: 878}
    path.write_bytes(described(mark) + b"".join(each) + statistics(mark, 1, 77, counts))
    where = "-" if stream else path
    said = run(monkeypatch, "carve", where, "-Y", "key.in_port == 4", "-o", out, stdin=path.read_bytes() if stream else b"")
    assert said.code == 0
    # what names the families comes along; the end of the last packet is the time of the statistics
    kept = b"".join(each[n] for n in (1, 2, 4, 5))
    if mark == "<":
        assert out.read_bytes() == described(mark) + kept + statistics(mark, 1, (1 << 33) + 12345, counts)
    with open_capture(path) as before, open_capture(out) as after:
        wanted = [record for record in before if record.number in (2, 3, 5, 6)]
        found = list(after)
        assert [record[1:5] + record[6:] for record in found] == [record[1:5] + record[6:] for record in wanted]
        for one in ("name", "comments", "snaplen", "ticks_per_second", "time_offset", "dropped", "os_dropped"):
            assert [getattr(other, one) for other in after.interfaces] == [getattr(other, one) for other in before.interfaces]


def test_a_packet_without_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, out = tmp_path / "in.pcapng", tmp_path / "out.pcapng"
    data = section("<") + interface("<", 253) + simple("<", cooked(newfamily("<", "ovs_flow", 34)))
    path.write_bytes(data)
    assert run(monkeypatch, "carve", path, "-o", out).code == 0
    assert out.read_bytes() == data


def test_a_comment_on_a_packet_without_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that no calendar has, as of a damaged file: the time is 1970, and the rest stays."""
    path, out = tmp_path / "in.pcapng", tmp_path / "out.pcapng"
    data, options = cooked(newfamily("<", "ovs_flow", 34)), noted("<", b"look here", 3)
    path.write_bytes(section("<") + interface("<", 253, 0) + enhanced("<", 0, 1 << 62, data, options=options))
    said = run(monkeypatch, "carve", path, "-Y", "nlctrl", "-o", out)
    assert "1 records without a time that the file can hold stand at 1970" in said.err
    assert out.read_bytes() == section("<") + interface("<", 253, 0) + enhanced("<", 0, 0, data, options=options)


def test_single_messages_keep_what_is_said_of_their_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was lost before a record was lost once."""
    path, out = tmp_path / "in.pcapng", tmp_path / "out.pcapng"
    two = cooked(put("<", 34, 9, 2, 3), put("<", 34, 9, 4, 5))
    path.write_bytes(
        section("<")
        + interface("<", 253)
        + enhanced("<", 0, T * 10**6, cooked(newfamily("<", "ovs_flow", 34)))
        + enhanced("<", 0, T * 10**6 + 1, two, options=noted("<", b"both", 30))
    )
    assert run(monkeypatch, "carve", path, "-Y", "ovs_flow", "--messages", "-o", out).code == 0
    with ovsdissect.open(out) as capture:
        told = [(message.record, message.family, message.comments, message.lost) for message in capture]
    assert told == [(1, "nlctrl", (), None), (2, "ovs_flow", ("both",), 30), (3, "ovs_flow", ("both",), None)]


def test_the_name_tells_the_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = described("<") + b"".join(packets("<"))
    path = tmp_path / "in"
    path.write_bytes(data)
    names = {"pcap": ("out.pcap", "OUT.PCAP", "out.cap"), "pcapng": ("out.pcapng", "out.PcapNG", "out.ntar", "out", "out.bin")}
    for form, name in ((form, name) for form, some in names.items() for name in some):
        said = run(monkeypatch, "carve", path, "-Y", "key.in_port == 4", "-o", tmp_path / name)
        with open_capture(tmp_path / name) as capture:
            assert capture.format == form
        assert ("pcap has no place for interfaces, comments and drop counts" in said.err) == (form == "pcap")
    for count in (1, 2):
        path.write_bytes(section("<") + interface("<", 253) * count + enhanced("<", 0, T * 10**6, cooked(newfamily("<", "ovs_flow", 34))))
        said = run(monkeypatch, "carve", path, "-Y", "nlctrl", "-o", tmp_path / "out.pcap")
        assert ("pcap has no place for interfaces" in said.err) == (count == 2), "without notes it has, for one interface"
    plain = tmp_path / "plain.pcap"
    plain.write_bytes(pcap("<", 0xA1B23C4D, [(T, 7, cooked(newfamily("<", "ovs_flow", 34)), 60)]))
    assert run(monkeypatch, "carve", plain, "-o", tmp_path / "plain.pcapng").code == 0
    with open_capture(tmp_path / "plain.pcapng") as capture:
        assert [(record.time_ns, record.wire_length) for record in capture] == [(T * 10**9 + 7, 60)]
        assert (capture.format, capture.interfaces[0].ticks_per_second) == ("pcapng", 10**9)


def test_packets_inside_are_ethernet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OVS_PACKET_CMD_MISS with a packet and its key."""
    path, out = tmp_path / "in.pcapng", tmp_path / "out.pcapng"
    frame = bytes(range(12)) + b"\x88\xb5" + bytes(46)
    attrs = pack("<HH", 4 + len(frame), 1) + frame + pack("<HHHHI", 12, 2, 8, 3, 4)
    miss = pack("<IHHII", 24 + len(attrs), 35, 0, 0, 0) + pack("<BBHi", 1, 1, 0, 9) + attrs
    path.write_bytes(
        section("<")
        + interface("<", 253, 9)
        + enhanced("<", 0, 1, cooked(newfamily("<", "ovs_packet", 35)))
        + enhanced("<", 0, 2, cooked(miss), options=noted("<", b"look here"))
    )
    assert run(monkeypatch, "carve", path, "-Y", "ovs_packet", "--inner", "-o", out).code == 0
    assert out.read_bytes() == section("<") + interface("<", 1, 9) + enhanced("<", 0, 2, frame, options=noted("<", b"look here"))
