"""`carve`: the records of the selected messages, and those that name their families, as they were captured."""

import shutil
import struct
from io import BytesIO
from pathlib import Path

import dpkt
import pytest

import ovsdissect
from ovsdissect.api import Message
from ovsdissect.build import build, pcap
from ovsdissect.capture import Record, open_capture
from ovsdissect.carve.pcap import PcapWriter
from ovsdissect.errors import OvsDissectError
from ovsdissect.families import NLCTRL
from ovsdissect.json.jsonline import to_dict
from tests.each import all_of
from tests.recorded import messages, path, records
from tests.views.run import run

MISSES = "ovs_packet.cmd == miss"


def contents(found: list[Record]) -> list[tuple[object, ...]]:
    return [(record.time_ns, record.link_type, record.data, record.wire_length, record.byteorder) for record in found]


def read(out: Path) -> list[Record]:
    with open_capture(out) as capture:
        return list(capture)


def names(message: Message) -> object:
    """The family that an nlctrl message names."""
    if message.declaration is not NLCTRL or message.command is None or message.command.name != "newfamily":
        return None
    return message["attrs.family_name"].value


def test_exactly_the_records_that_are_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    out = tmp_path / "out.pcap"
    said = run(monkeypatch, "carve", path("startup"), "-Y", MISSES, "-o", out)
    assert said.code == 0
    wanted = {message.record for message in messages("startup") if message.command and message.command.name == "miss"}
    naming = next(message.record for message in messages("startup") if names(message) == "ovs_packet")
    assert contents(read(out)) == contents([record for record in records("startup") if record.number in wanted | {naming}])


def test_the_messages_read_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    out = tmp_path / "out.pcap"
    run(monkeypatch, "carve", path("startup"), "-Y", "ovs_packet", "-o", out)
    with ovsdissect.open(out) as capture:
        carved = [to_dict(message) for message in capture if message.kind == "message" and message.family == "ovs_packet"]
    before = [to_dict(message) for message in messages("startup") if message.kind == "message" and message.family == "ovs_packet"]
    for line in (*carved, *before):
        del line["number"], line["record"]
        del line["datapath"], line["port"]  # other messages tell these names, which were not selected
    assert carved == before


def test_a_stream_gives_the_same_as_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run(monkeypatch, "carve", path("startup"), "-Y", MISSES, "-o", tmp_path / "file.pcap")
    said = run(monkeypatch, "carve", "-", "-Y", MISSES, "-o", "-", stdin=path("startup").read_bytes())
    assert said.out == (tmp_path / "file.pcap").read_bytes()


def test_nothing_selected_is_a_capture_without_records(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    out = tmp_path / "out.pcap"
    assert run(monkeypatch, "carve", path("startup"), "-Y", "number > 1000000", "-o", out).code == 0
    assert read(out) == []


def test_ids_that_nothing_names_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = run(monkeypatch, "carve", path("mid-stream"), "-Y", MISSES, "-o", tmp_path / "out.pcap")
    assert "--family ovs_packet=" in said.err


def test_the_capture_itself_is_not_written_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shutil.copy(path("startup"), tmp_path / "c.gz")
    said = run(monkeypatch, "carve", tmp_path / "c.gz", "-o", tmp_path / "c.gz")
    assert said.code == 2
    assert (tmp_path / "c.gz").read_bytes() == path("startup").read_bytes()


def test_byte_order_link_type_and_lengths_are_kept() -> None:
    out = BytesIO()
    writer = PcapWriter(out)
    writer.write(Record(1, 5_000_000_007, 113, b"abcd", 900, 0, 0, "big"))
    writer.write(Record(2, None, 113, b"", 0, 0, 0, "big"))
    assert out.getvalue() == (
        struct.pack(">IHHiIIIIIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 113, 5, 7, 4, 900) + b"abcd" + struct.pack(">IIII", 0, 0, 0, 0)
    )
    assert (writer.written, writer.timeless) == (2, 1)
    with pytest.raises(OvsDissectError, match="several link types"):
        writer.write(Record(3, 0, 253, b"", 0, 0, 0, "big"))
    with pytest.raises(OvsDissectError, match="several byte orders"):
        writer.write(Record(3, 0, 113, b"", 0, 0, 0, "little"))


def test_dpkt_reads_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    out = tmp_path / "out.pcap"
    run(monkeypatch, "carve", path("startup"), "-Y", MISSES, "-o", out)
    with out.open("rb") as file:
        reader = dpkt.pcap.Reader(file)
        read_by_dpkt = list(reader)
    originals = {record.data: record.time_ns for record in records("startup")}
    assert reader.datalink() == 253
    assert len(read_by_dpkt) == 10
    assert all_of(abs((originals[data] or 0) / 1e9 - float(time)) < 1e-6 for time, data in read_by_dpkt)


def test_the_packet_inside_was_as_long_as_the_datapath_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """OVS_PACKET_ATTR_LEN: the length before the packet was cut for the upcall; without it that of the attribute."""
    frame = bytes.fromhex("020000000002020000000001" "88b5") + bytes(range(50))
    key = {"in_port": 1, "ethernet": {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02"}}
    capture, out = tmp_path / "in.pcap", tmp_path / "out.pcap"
    capture.write_bytes(pcap([build("ovs_packet", "miss", key=key, packet=frame, **more) for more in ({"len": 1500}, {}, {"len": 20})]))
    assert run(monkeypatch, "carve", capture, "--inner", "-o", out).code == 0
    data, found = out.read_bytes(), list[tuple[int, bytes]]()
    at = 24
    while at < len(data):  # pcap: a header of 24 bytes, and 16 before each record: seconds, nanoseconds, captured and original length
        captured, wire = struct.unpack_from("<II", data, at + 8)
        found.append((wire, data[at + 16 : at + 16 + captured]))
        at += 16 + captured
    assert found == [(1500, frame), (64, frame), (64, frame)]


def test_a_packet_without_an_ethernet_header_gets_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of zero addresses, and the ethertype of the key in the network's byte order."""
    datagram = bytes.fromhex("4500001c0001000040110000c0000201c00002020035003500080000")
    capture, out = tmp_path / "in.pcap", tmp_path / "out.pcap"
    capture.write_bytes(pcap([build("ovs_packet", "miss", key={"in_port": 1, "ethertype": 0x0800}, packet=datagram)]))
    assert run(monkeypatch, "carve", capture, "--inner", "-o", out).code == 0
    assert out.read_bytes()[24 + 16 :] == bytes(12) + b"\x08\x00" + datagram
