"""The analyses of a capture of two hosts: findings name the interface; losses that the capture reports make it incomplete."""

from __future__ import annotations

import json
from pathlib import Path
from struct import pack

import pytest

import ovsdissect
from tests.capture.crafted import enhanced, interface, option, section, statistics
from tests.capture.spoken import attribute, cooked, netlink, newfamily, put, vport
from tests.each import all_of
from tests.views.run import run

T = 1_700_000_000_000_000
IDS = ({"ovs_vport": 33, "ovs_flow": 34, "ovs_packet": 35}, {"ovs_vport": 35, "ovs_flow": 33, "ovs_packet": 34})


def key(port: int) -> bytes:
    return attribute("<", 3, pack("<I", port)) + attribute("<", 6, b"\x08\x06")


def miss(family: int, port: int) -> bytes:
    """OVS_PACKET_CMD_MISS: PACKET and KEY."""
    attrs = attribute("<", 1, bytes(12) + b"\x08\x06" + bytes(46)) + attribute("<", 2, key(port))
    return netlink("<", family, pack("<BBHi", 1, 1, 0, 9) + attrs)


def refused(family: int, seq: int) -> bytes:
    """NLMSG_ERROR EINVAL for the put with a sequence number, as in put()."""
    asked = put("<", family, 9, 2, 3, seq)
    return pack("<IHHII", 20 + len(asked), 2, 0, seq, 77) + pack("<i", -22) + asked


def hosts(lost: dict[int, int] | None = None) -> bytes:
    """On each interface a host whose port 2 of datapath 9 has a name of its own; each gets a miss and puts its flow, host B is refused."""
    said: list[tuple[int, bytes]] = []
    for which, ids in enumerate(IDS):
        said += [(which, newfamily("<", name, number)) for name, number in ids.items()]
        said.append((which, vport("<", ids["ovs_vport"], 9, 2, f"{'ab'[which]}2")))
    for which, ids in enumerate(IDS):
        said += [(which, miss(ids["ovs_packet"], 2)), (which, put("<", ids["ovs_flow"], 9, 2, 3, 5 + which))]
    said.append((1, refused(IDS[1]["ovs_flow"], 6)))
    out = section("<") + interface("<", 253, more=option("<", 2, b"nlmonA")) + interface("<", 253, more=option("<", 2, b"nlmonB"))
    out += b"".join(enhanced("<", which, T + 1000 * n, cooked(data)) for n, (which, data) in enumerate(said))
    return out + (statistics("<", 1, lost) if lost else b"")


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "hosts.pcapng"
    path.write_bytes(hosts())
    return path


def found(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> list[dict[str, object]]:
    return [json.loads(line) for line in run(monkeypatch, *arguments, "--json").out.splitlines()]


def test_upcalls_flows_and_ports_by_interface(capture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upcalls = found(monkeypatch, "upcalls", capture)
    assert [(one["interface"], one["port"], one["answer"]) for one in upcalls[:-1]] == [(0, "a2", "flow"), (1, "b2", "refused")]
    flows = found(monkeypatch, "flows", capture)
    assert [(one["interface"], one["odp"]["flow"]) for one in flows[:-1]] == [(0, "in_port(a2),eth_type(0x0806)")]  # type: ignore[index]
    ports = [one for one in found(monkeypatch, "ports", capture) if one["kind"] == "port"]
    assert [(one["interface"], one["port"], one["miss"]) for one in ports] == [(0, "a2", 1), (1, "b2", 1)]
    of_one = found(monkeypatch, "ports", capture, "-Y", "frame.interface_id == 1")
    assert [one["port"] for one in of_one if one["kind"] == "port"] == ["b2"]


def test_errors_and_verdicts_by_interface(capture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (group, _summary) = found(monkeypatch, "errors", capture)
    assert (group["interface"], group["error"], group["cmd"]) == (1, "EINVAL", "new")
    verdicts = found(monkeypatch, "report", capture)[:-1]
    assert [one["interface"] for one in verdicts if one["name"] == "flows-refused"] == [1]
    with ovsdissect.open(capture) as opened:
        assert [(one.interface, one.port) for one in opened.upcalls()] == [(0, "a2"), (1, "b2")]
        assert [one.interface for one in opened.errors()] == [1]


def test_texts_name_the_interface(capture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = run(monkeypatch, "upcalls", capture).out.decode().splitlines()
    assert lines[0].split()[:2] == ["interface", "number"]
    assert [line.split()[:2] for line in lines[1:3]] == [["0", "nlmonA"], ["1", "nlmonB"]]
    assert ", on interface 0" in run(monkeypatch, "flows", capture).out.decode()
    assert "1 nlmonB" in run(monkeypatch, "errors", capture).out.decode()
    assert "1 nlmonB" in run(monkeypatch, "ports", capture).out.decode()
    assert "[interface 1 (nlmonB)]" in run(monkeypatch, "report", capture).out.decode()


@pytest.mark.parametrize("table", ["upcalls", "ports", "errors"])
def test_tables_name_the_interface(table: str, capture: Path) -> None:
    with ovsdissect.open(capture) as opened:
        rows = opened.to_arrow(table, ["interface"]).to_pylist()
    assert {row["interface"] for row in rows} == ({1} if table == "errors" else {0, 1})


def test_told_losses_make_a_capture_incomplete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """isb_ifdrop 7 and isb_osdrop 4."""
    path = tmp_path / "lossy.pcapng"
    path.write_bytes(hosts({5: 7, 8: 100, 7: 4}))
    *verdicts, last = found(monkeypatch, "report", path)
    (told,) = (one for one in verdicts if one["name"] == "capture-incomplete")
    assert told["severity"] == "bad"
    assert "11 records that the capture itself says were lost" in str(told["text"])
    assert told["figures"]["told_lost"] == 11  # type: ignore[index]
    assert last["complete"] is False
    for command in ("upcalls", "flows", "ports", "errors", "report"):
        sentence = "what 11 records held that the capture itself says were lost"
        assert run(monkeypatch, command, path).out.decode().splitlines()[-1].endswith(sentence)
        assert sentence in found(monkeypatch, command, path)[-1]["not_known"]  # type: ignore[operator]


def test_one_interface_is_not_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "host.pcapng"
    said = [newfamily("<", "ovs_flow", 34), newfamily("<", "ovs_packet", 35), miss(35, 2), put("<", 34, 9, 2, 3)]
    path.write_bytes(section("<") + interface("<", 253) + b"".join(enhanced("<", 0, T + n, cooked(one)) for n, one in enumerate(said)))
    for command in ("upcalls", "flows", "ports", "report"):
        assert all_of("interface" not in one for one in found(monkeypatch, command, path))
    with ovsdissect.open(path) as opened:
        assert {row["interface"] for row in opened.to_arrow("ports", ["interface"]).to_pylist()} == {0}
