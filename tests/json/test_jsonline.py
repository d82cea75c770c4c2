"""The JSON object of a message, key by key as the contract says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

import ovsdissect
from ovsdissect.build import COOKED, build, pcap
from ovsdissect.capture import Record
from ovsdissect.capture.timestamp import time_text
from tests import recorded
from tests.capture.crafted import enhanced, interface, option, section
from tests.capture.spoken import cooked
from tests.capture.spoken import newfamily as said
from tests.dissect.made import REQUEST, dissected, genl, newfamily, nlmsg, record, single
from tests.views.run import run

KEYS = ["kind", "number", "record", "index", "time", "time_ns", "direction", "nlmsg", "family", "cmd", "version", "dp_ifindex"]
KEYS += ["datapath", "port", "attrs"]


def line(family: str, cmd: str, values: dict[str, Any], **header: Any) -> dict[str, Any]:
    """The object of one message."""
    return single(genl(family, cmd, values, **header))[0].to_dict()


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.NAMES)
def test_keys_and_their_order(name: str) -> None:
    extra = {
        "message": [["problems"], ["protocol", "problems"], ["request", "problems"], ["protocol", "request", "problems"]],
        "error": [["error", "request", "problems"], ["protocol", "error", "request", "problems"]],
        "record": [["problems"], ["protocol", "problems"]],
    }
    extra["ack"] = extra["error"]
    extra["done"] = [*extra["error"], ["error", "problems"], ["protocol", "error", "problems"]]
    for message in recorded.messages(name):
        told = message.to_dict()
        assert list(told)[: len(KEYS)] == KEYS
        assert list(told)[len(KEYS) :] in extra[message.kind], message.number
        if message.kind in ("error", "ack", "done"):
            asked = told.get("request") or {"family": None, "cmd": None}
            assert (told["family"], told["cmd"], told["attrs"]) == (asked["family"], asked["cmd"], None)
        elif message.kind != "message":
            assert (told["family"], told["cmd"], told["attrs"]) == (None, None, None)


def test_a_miss() -> None:
    key = {
        "in_port": 2,
        "ct_state": ["new", "trk"],
        "ethernet": {"src": "02:00:00:00:00:01", "dst": "33:33:00:00:00:16"},
        "ethertype": 34525,
        "ct_labels": "0x10000000000000002",
        "tunnel": {"id": "0x18", "csum": True, "geneve_opts": [{"class": 1, "type": 2, "length": 1, "data": "01020304"}]},
        "vlan": {"vid": 100, "pcp": 3, "cfi": 1},
    }
    values = {"key": key, "hash": {"value": "0x1b2c3d4e", "sw": True, "l4": False}, "packet": "3333"}
    told = line("ovs_packet", "miss", values, dp=9)
    assert {name: told[name] for name in ("direction", "family", "cmd", "version", "dp_ifindex")} == {
        "direction": "to-user",
        "family": "ovs_packet",
        "cmd": "miss",
        "version": 1,
        "dp_ifindex": 9,
    }
    assert told["attrs"] == {**values, "packet": {"length": 2, "hex": "3333"}}
    assert list(told["attrs"]["key"]) == list(key)  # the order of the bytes


def test_actions_are_a_list_of_one_key_objects() -> None:
    ipv4 = {"src": "10.0.0.1", "dst": "0.0.0.0", "proto": 0, "tos": 0, "ttl": 0, "frag": "none"}
    actions = [
        {"output": 3},
        {"output": 3},
        {"set_masked": {"ipv4": {"value": ipv4, "mask": {**ipv4, "src": "255.255.255.255", "frag": 0}}}},
        {"clone": [{"ct": {"commit": True, "zone": 5, "nat": {"src": True, "ip_min": "10.0.0.1"}}}, {"recirc": 7}]},
        {"pop_vlan": True},
        {"drop": "congestion_drop"},
        {"drop": "4000"},
    ]
    assert line("ovs_flow", "new", {"actions": actions}, flags=REQUEST)["attrs"] == {"actions": actions}
    assert line("ovs_flow", "new", {"actions": []}, flags=REQUEST)["attrs"] == {"actions": []}
    assert line("ovs_flow", "new", {"key": {}}, flags=REQUEST)["attrs"] == {"key": {}}


def test_what_is_wrong_stands_beside_what_is_right() -> None:
    """A second attribute, a wrong length, an unknown attribute, bytes after the last one."""
    key = "1c000100" "08000300" "03000000" "08000300" "04000000" "06000200" "ffff0000"
    body = bytes.fromhex("01010000" "05000000" + key + "05002800" "aa000000" "0102")
    told = single(nlmsg(40, body, flags=REQUEST))[0].to_dict()
    assert told["attrs"] == {"key": {"in_port": 3, "in_port#2": 4, "priority": {"undecoded": "ffff"}}, "attr_40": "aa", "undecoded": "0102"}
    assert [(problem["kind"], problem["path"], problem["offset"], problem["length"]) for problem in told["problems"]] == [
        ("duplicate", "attrs.key.in_port#2", 52, 8),
        ("bad-length", "attrs.key.priority", 64, 2),
        ("unknown", "attrs.attr_40", 68, 5),
        ("trailing", "attrs", 76, 2),
    ]


def test_a_cut_packet_has_its_whole_length() -> None:
    whole = record(genl("ovs_packet", "miss", {"key": {"in_port": 1}, "packet": bytes(1000)}))
    cut = Record(*whole)._replace(data=whole.data[:100])
    told = dissected([cut])[0].to_dict()
    assert told["attrs"]["packet"] == {"length": 1000, "hex": "00" * (100 - 16 - 16 - 8 - 12 - 4)}
    assert [(problem["kind"], problem["text"]) for problem in told["problems"]] == [("truncated", "956 of 1000 bytes are missing")]


def test_unnamed_commands_are_numbers_as_text_and_unknown_families_null() -> None:
    odd = bytearray(genl("ovs_flow", "get"))
    odd[16] = 77
    assert single(bytes(odd))[0].to_dict()["cmd"] == "77"
    told = single(nlmsg(99, bytes(8)))[0].to_dict()
    assert (told["family"], told["cmd"], told["attrs"], told["problems"]) == (None, None, None, [])
    nlctrl, named = single(newfamily("nl80211", 99), nlmsg(99, bytes(8)))
    assert nlctrl.to_dict()["attrs"] == {"family_name": "nl80211", "family_id": 99}
    assert named.to_dict()["family"] == "nl80211"


def test_raw() -> None:
    (message,) = single(genl("ovs_flow", "get", {"ufid": "00000001-0000-0002-0000-000300000004"}, flags=REQUEST))
    told = message.to_dict(raw=True)
    assert bytes.fromhex(told["raw"]) == message.data[16:]
    assert told["fields"]["attrs.ufid"] == [44, 16, 0]
    assert told["fields"]["nlmsg.type"] == [20, 2, 0]
    assert "raw" not in message.to_dict()


def test_the_packet_inside() -> None:
    """A runt with zeros behind it, whose header has a checksum that is wrong by one."""
    ethernet, ip = bytes.fromhex("0200000000020200000000010800"), bytes.fromhex("4500001600000000403d66a80a0000010a000002")
    packet = ethernet + ip + b"hi" + bytes(10)
    told = single(genl("ovs_packet", "miss", {"packet": packet.hex()}))[0].to_dict(inner=True)["attrs"]["packet"]
    assert list(told) == ["length", "hex", "summary", "layers", "checksums", "problems"]
    assert told["summary"] == "10.0.0.1 > 10.0.0.2 protocol 61"
    assert list(told["layers"]) == ["eth", "ip", "payload"]
    assert (told["layers"]["payload"], told["layers"]["eth"]["padding"]) == ("6869", "00" * 10)
    assert told["layers"]["ip"]["flags"] == {"value": 0, "rb": False, "df": False, "mf": False}
    assert told["checksums"] == [{"path": "attrs.packet.ip.checksum", "value": 0x66A8, "expected": 0x66A9, "good": False}]
    assert told["problems"] == []
    cut = single(genl("ovs_packet", "miss", {"packet": packet[:30].hex()}))[0].to_dict(inner=True)["attrs"]["packet"]
    assert [(one["kind"], one["path"]) for one in cut["problems"]] == [("bad-length", "attrs.packet.ip")]
    assert cut["layers"]["undecoded"] == {"undecoded": ip[:16].hex()}


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.ALL)
def test_recorded_packets_inside_are_json(name: str) -> None:
    """One of each stack of layers."""
    seen = set()
    with ovsdissect.open(recorded.path(name)) as capture:
        for message in capture.filter("packet"):
            layers = tuple(layer.name for layer in message.inner.layers) if message.inner else ()
            if layers not in seen:
                seen.add(layers)
                told = message.to_dict(inner=True)
                assert orjson.loads(orjson.dumps(told)) == told
    assert seen


def test_a_records_own_line() -> None:
    first, own = dissected([record(nlmsg(3, bytes(4)), b"\1\2\3\4")])
    told = own.to_dict()
    assert (first.number, told["kind"], told["number"], told["record"]) == (1, "record", None, 1)
    assert (told["nlmsg"], told["direction"]) == (None, None)
    assert told["problems"] == [{"kind": "trailing", "path": "", "offset": 36, "length": 4, "text": "4 bytes after the last message"}]


@pytest.mark.parametrize(
    ("time_ns", "text"),
    [
        (1795412894407123000, "2026-11-23T05:48:14.407123000Z"),
        (0, "1970-01-01T00:00:00.000000000Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (None, None),
        (1 << 90, None),
    ],
)
def test_times(time_ns: int | None, text: str | None) -> None:
    assert time_text(time_ns) == text


def test_text_that_is_not_utf_8_is_escaped() -> None:
    body = bytes.fromhex("01020000" "05000000" "09000100" "ff1b622200000000")[:-3]
    told = single(nlmsg(38, body + bytes(3)))[0].to_dict()
    assert told["attrs"]["name"] == '\\xff\x1bb"'
    assert orjson.loads(orjson.dumps(told)) == told


def test_a_protocol_without_a_name_is_its_number(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In the last two bytes of the cooked header, in network order; by both readers."""
    message = build("ovs_vport", "get", port_no=1)
    file = tmp_path / "other.pcap"
    file.write_bytes(pcap([message]).replace(COOKED, COOKED[:14] + b"\0\x63"))
    with ovsdissect.open(file) as capture:
        one = list(capture)[-1]
    assert one.to_dict()["protocol"] == "99"
    assert orjson.loads(run(monkeypatch, "json", "--all", file).out.splitlines()[-1])["protocol"] == "99"


@pytest.mark.parametrize("lost", [0, 7])
def test_what_a_capture_says_it_lost_before_a_record(lost: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """epb_dropcount (option 4, eight bytes); there is no key where nothing was lost."""
    data = cooked(said("<", "ovs_flow", 34))
    options = option("<", 4, lost.to_bytes(8, "little")) + option("<", 0, b"")
    file = tmp_path / "lost.pcapng"
    file.write_bytes(section("<") + interface("<", 253) + enhanced("<", 0, 7, data, options=options))
    with ovsdissect.open(file) as capture:
        (one,) = capture
    for told in (one.to_dict(), orjson.loads(run(monkeypatch, "json", "--all", file).out)):
        assert told.get("lost") == (lost or None)
        assert "comments" not in told
