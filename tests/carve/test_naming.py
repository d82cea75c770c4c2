"""`carve`: which messages that name families are included, and what is kept of a record with several messages; bytes made by hand."""

from __future__ import annotations

from pathlib import Path
from struct import pack

import pytest

from ovsdissect.capture import open_capture
from tests.capture.crafted import pcap
from tests.capture.spoken import GENERIC, attribute, cooked, delfamily, netlink, newfamily, put
from tests.views.run import run

T = 1_700_000_000


def refused(request: bytes, number: int) -> bytes:
    """NLMSG_ERROR with the request in it; the sequence number and the port id are the request's."""
    return netlink("<", 2, pack("<i", -number) + request, seq=1, pid=77)


def carved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, records: list[bytes], *options: str) -> list[bytes]:
    """The records that `carve` writes of these."""
    path, out = tmp_path / "in.pcap", tmp_path / "out.pcap"
    path.write_bytes(pcap("<", 0xA1B23C4D, [(T, at, data, len(data)) for at, data in enumerate(records)]))
    assert run(monkeypatch, "carve", path, *options, "-o", out).code == 0
    with open_capture(out) as capture:
        return [record.data for record in capture]


def test_the_name_of_an_id_is_the_one_that_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module was loaded anew: the same name has another id, and each message needs its own."""
    records = [
        cooked(newfamily("<", "ovs_flow", 34)),
        cooked(newfamily("<", "ovs_flow", 34)),  # the same again
        cooked(put("<", 34, 9, 2, 3)),
        cooked(delfamily("<", "ovs_flow", 34)),
        cooked(newfamily("<", "ovs_flow", 40)),
        cooked(put("<", 40, 9, 4, 3)),
    ]
    assert carved(tmp_path, monkeypatch, records, "-Y", "key.in_port == 2") == [records[0], records[2]]
    assert carved(tmp_path, monkeypatch, records, "-Y", "key.in_port == 4") == [records[4], records[5]]


def test_a_name_that_comes_later_comes_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = [cooked(put("<", 34, 9, 2, 3)), cooked(put("<", 34, 9, 4, 3)), cooked(newfamily("<", "ovs_flow", 34))]
    assert carved(tmp_path, monkeypatch, records, "-Y", "key.in_port == 2") == [records[0], records[2]]


def test_an_answer_needs_the_name_of_its_requests_family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = [cooked(newfamily("<", "ovs_flow", 34)), cooked(put("<", 34, 9, 2, 3)), cooked(refused(put("<", 34, 9, 2, 3), 22))]
    assert carved(tmp_path, monkeypatch, records, "-Y", "error.number == -22") == [records[0], records[2]]


def test_a_message_keeps_the_padding_behind_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NLMSG_ALIGN: a message of 17 bytes takes 20."""
    odd = pack("<IHHIIB", 17, 34, 1, 1, 77, 1) + b"\0\0\0"
    records = [cooked(newfamily("<", "ovs_flow", 34)), cooked(odd, put("<", 34, 9, 2, 3))]
    assert carved(tmp_path, monkeypatch, records, "--messages", "--all", "-Y", "nlmsg.len == 17")[-1] == cooked(odd)
    assert carved(tmp_path, monkeypatch, records, "--messages", "-Y", "key.in_port == 2") == [records[0], cooked(put("<", 34, 9, 2, 3))]


def test_the_packet_that_an_error_echoes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OVS_PACKET_CMD_EXECUTE, refused: its packet is in the error too."""
    frame = bytes(range(12)) + b"\x88\xb5" + bytes(46)
    attrs = attribute("<", 1, frame) + attribute("<", 2, attribute("<", 3, pack("<I", 4))) + attribute("<", 3, b"")
    execute = netlink("<", 35, pack("<BBHi", 3, 1, 0, 9) + attrs, 1, 1, 77)
    path, out = tmp_path / "in.pcap", tmp_path / "out.pcap"
    records = [cooked(newfamily("<", "ovs_packet", 35)), cooked(refused(execute, 22), protocol=GENERIC)]
    path.write_bytes(pcap("<", 0xA1B23C4D, [(T, at, data, len(data)) for at, data in enumerate(records)]))
    assert run(monkeypatch, "carve", path, "--inner", "-Y", "error.number == -22", "-o", out).code == 0
    assert out.read_bytes()[24:] == pack("<IIII", T, 1, len(frame), len(frame)) + frame


def test_who_reads_a_carved_file_is_told_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no message names a family, `--family` must; a capture of packets alone has none."""
    path, out = tmp_path / "in.pcap", tmp_path / "out.pcap"
    path.write_bytes(pcap("<", 0xA1B23C4D, [(T, 1, data, len(data)) for data in (cooked(put("<", 34, 9, 2, 3)),)]))
    for options, told in (((), True), (("--messages",), True), (("--inner",), False)):
        said = run(monkeypatch, "carve", path, "--family", "ovs_flow=34", *options, "-o", out)
        assert ("no nlctrl message names these families, read the file with --family ovs_flow=34" in said.err) is told
        assert said.code == 0
