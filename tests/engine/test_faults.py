"""Messages with unknown, mis-sized, repeated, unused and missing attributes: the engine says of them what the tree says, without it."""

from __future__ import annotations

import struct
from typing import Any, Final

import orjson
import pytest

from ovsdissect.capture import Record
from ovsdissect.engine.available import engine
from ovsdissect.families import OVS_FLOW, OVS_PACKET, OVS_VPORT
from ovsdissect.families.registry import Registry
from tests.engine.lists import Listing
from tests.engine.test_truncation import attribute, json

FLOW: Final = 40
PACKET: Final = 41
BEFORE: Final = 16 + 16 + 4 + 4  # the cooked header, struct nlmsghdr, genlmsghdr and ovs_header
ETHERNET: Final = attribute(4, bytes.fromhex("020000000001 020000000002"))
PORT: Final = attribute(3, struct.pack("<I", 1))


def message(kind: int, command: int, attrs: bytes) -> bytes:
    """A request of ovs-vswitchd."""
    body = struct.pack("<BBHi", command, 1, 0, 7) + attrs
    return struct.pack("<IHHII", 16 + len(body), kind, 5, 3, 4006) + body


def error(request: bytes) -> bytes:
    """EINVAL, with the request that it answers."""
    body = struct.pack("<i", -22) + request
    return struct.pack("<IHHII", 16 + len(body), 2, 0, 3, 4006) + body


def records(*messages: bytes) -> tuple[Record, ...]:
    """A record for each message."""
    data = [struct.pack(">HHH8xH", 4, 824, 0, 16) + one for one in messages]
    return tuple(Record(at, 10**18 + at, 253, one, len(one), 0, 0, "little") for at, one in enumerate(data, 1))


def registry() -> Registry:
    return Registry({OVS_FLOW.name: FLOW, OVS_PACKET.name: PACKET})


# attributes of OVS_FLOW_CMD_NEW or OVS_PACKET_CMD_EXECUTE -> kind, path, offset after the headers, length, text of the problem, by hand
CASES: Final[dict[str, tuple[int, bytes, tuple[str, str, int, int, str]]]] = {
    "undeclared": (FLOW, attribute(1, PORT) + attribute(40, b"1234"), ("unknown", "attrs.attr_40", 12, 8, "flow has no attribute 40")),
    "undeclared in a key": (FLOW, attribute(1, attribute(0, b"")), ("unknown", "attrs.key.attr_0", 4, 4, "key has no attribute 0")),
    "undeclared action": (
        FLOW,
        attribute(1, PORT) + attribute(2, attribute(60, b"1234")),
        ("unknown", "attrs.actions[0].attr_60", 16, 8, "actions has no attribute 60"),
    ),
    "mis-sized action": (
        FLOW,
        attribute(1, PORT) + attribute(2, attribute(1, b"\1\2")),
        ("bad-length", "attrs.actions[0].output", 20, 2, "output has 2 bytes instead of 4"),
    ),
    "mis-sized struct": (
        FLOW,
        attribute(1, PORT + attribute(4, bytes(13))),
        ("bad-length", "attrs.key.ethernet", 16, 13, "ethernet has 13 bytes instead of 12"),
    ),
    "mis-sized port": (
        FLOW,
        attribute(1, attribute(3, b"\1")),
        ("bad-length", "attrs.key.in_port", 8, 1, "in_port has 1 byte instead of 4"),
    ),
    "repeated": (FLOW, attribute(1, PORT + PORT), ("duplicate", "attrs.key.in_port#2", 12, 8, "in_port occurs 2 times")),
    "unused": (
        PACKET,
        attribute(2, PORT) + attribute(3, b"") + attribute(1, bytes(14)) + attribute(10, struct.pack("<I", 60)),
        ("unexpected", "attrs.len", 36, 8, "execute does not use len"),
    ),
}
EXECUTE: Final = 3


def both(kind: int, attrs: bytes) -> tuple[Record, ...]:
    """A request, and the error that echoes it."""
    request = message(kind, 1 if kind == FLOW else EXECUTE, attrs)
    return records(request, error(request))


@pytest.mark.parametrize("case", CASES)
def test_json(case: str) -> None:
    kind, attrs, (fault, path, offset, length, text) = CASES[case]
    found, trees = json(both(kind, attrs), registry(), pure=False)
    wanted, _ = json(both(kind, attrs), registry(), pure=True)
    assert found == wanted
    sent, refused = map(orjson.loads, found)
    assert sent["problems"] == [{"kind": fault, "path": path, "offset": BEFORE + offset, "length": length, "text": text}]
    # what the kernel's error echoes is not checked against the specification
    echoed: list[dict[str, Any]] = [{**sent["problems"][0], "path": f"request.{path}", "offset": BEFORE + 20 + offset}]
    assert refused["problems"] == ([] if fault == "unexpected" else echoed)
    if engine().compiled:
        assert trees == (2 if case == "mis-sized port" else 0)  # the tree tells whose port it is


@pytest.mark.parametrize("case", CASES)
def test_list(case: str) -> None:
    kind, attrs, _ = CASES[case]
    _, trees = Listing().check(both(kind, attrs), registry)
    if engine().compiled:
        assert trees <= (case == "mis-sized port")


def test_missing() -> None:
    """OVS_PACKET_CMD_EXECUTE without OVS_PACKET_ATTR_KEY, which ovs_packet_cmd_execute() requires."""
    request = message(PACKET, EXECUTE, attribute(1, bytes(14)) + attribute(3, b""))
    found, _ = json(records(request), registry(), pure=False)
    text = "execute without key: the kernel answers EINVAL"
    assert orjson.loads(found[0])["problems"] == [{"kind": "missing", "path": "attrs.key", "offset": BEFORE, "length": 0, "text": text}]
    assert found == json(records(request), registry(), pure=True)[0]


def test_name_beside_a_mis_sized_number() -> None:
    """A reply of OVS_VPORT_CMD_NEW whose OVS_VPORT_ATTR_PORT_NO has one byte: the tree decides what it tells."""
    body = struct.pack("<BBHi", 1, 1, 0, 7) + attribute(1, b"\7") + attribute(2, struct.pack("<I", 2)) + attribute(3, b"veth7\0")
    reply = records(struct.pack("<IHHII", 16 + len(body), 39, 0, 3, 4006) + body)
    ports = {OVS_VPORT.name: 39}
    found, trees = json(reply, Registry(ports), pure=False)
    assert found == json(reply, Registry(ports), pure=True)[0]
    assert [one["path"] for one in orjson.loads(found[0])["problems"]][:1] == ["attrs.port_no"]
    assert trees == 1


def told(*messages: bytes) -> list[dict[str, Any]]:
    """The JSON of messages; the engine writes it, and the list, without the tree, and as the tree does."""
    captured = records(*messages)
    lines, trees = json(captured, registry(), pure=False)
    assert lines == json(captured, registry(), pure=True)[0]
    _, listed = Listing().check(captured, registry)
    if engine().compiled:
        assert (trees, listed) == (0, 0)
    return [orjson.loads(line) for line in lines]


def test_undeclared_command() -> None:
    request = message(FLOW, 77, attribute(1, PORT))
    asked, refused = told(request, error(request))
    assert asked["cmd"] == refused["cmd"] == refused["request"]["cmd"] == "77"
    assert asked["attrs"] == refused["request"]["attrs"] == {"key": {"in_port": 1}}
    assert asked["problems"] == refused["problems"] == []


def test_incomplete_header() -> None:
    """OVS_FLOW_CMD_GET without ovs_header, and with a part of it."""
    for there in (0, 3):
        request = struct.pack("<IHHII", 20 + there, FLOW, 5, 3, 4006) + struct.pack("<BBH", 3, 1, 0) + bytes(there)
        for line, path, at in zip(told(request, error(request)), ("", "request"), (36, 56), strict=True):
            assert (line["cmd"], line["dp_ifindex"], line["attrs"]) == ("get", None, None)
            text = "the message ends inside its headers"
            assert line["problems"] == [{"kind": "bad-length", "path": path, "offset": at, "length": there, "text": text}]


def test_offset_of_an_attribute() -> None:
    """NLMSGERR_ATTR_OFFS counts from the request's nlmsghdr to the header of the attribute."""
    attrs = attribute(1, PORT + ETHERNET) + attribute(2, attribute(1, b"\1\0\0\0") + attribute(1, b"\2\0\0\0"))
    request = message(FLOW, 1, attrs)
    for offset, path in ((24, "attrs.key"), (28, "attrs.key.in_port"), (36, "attrs.key.ethernet"), (64, "attrs.actions[1].output")):
        body = struct.pack("<i", -22) + request + attribute(2, struct.pack("<I", offset))
        failure = struct.pack("<IHHII", 16 + len(body), 2, 0x200, 3, 4006) + body
        said = {"number": -22, "name": "EINVAL", "text": "Invalid argument", "offset": offset, "path": path}
        assert told(request, failure)[1]["error"] == said
