"""Messages that a snaplen cut: the engine says of them what the tree says, and asks it for few."""

from __future__ import annotations

import struct
from functools import cache
from io import BytesIO
from random import Random
from typing import Any, Final

import orjson
import pytest

from ovsdissect.api import Message
from ovsdissect.capture import Record, Records
from ovsdissect.dissect.context import Context
from ovsdissect.engine.available import engine
from ovsdissect.engine.jsonline import JsonLines
from ovsdissect.engine.lines import Lines
from ovsdissect.families import OVS_VPORT
from ovsdissect.families.registry import Registry
from ovsdissect.json.encoding import encode
from ovsdissect.json.jsonline import to_dict
from tests import recorded
from tests.dissect.made import IDS, genl, record
from tests.engine.lists import Listing, plain, surveyed

SNAPLENS: Final = (61, 96, 128, 160, 256, 402)
WHOLE: Final = 60  # records at the beginning: they announce the families
LINUX_SLL: Final = 113
LATER: Final = 1_700_000_000 * 10**9  # a time that the engine writes itself


@cache
def cut(name: str) -> tuple[Record, ...]:
    """The first records of a recording as small snaplens leave them."""
    random = Random(name)
    records = recorded.records(name)[:600]
    return tuple(one if at < WHOLE else one._replace(data=one.data[: random.choice(SNAPLENS)]) for at, one in enumerate(records))


def json(records: tuple[Record, ...], registry: Registry, *, pure: bool) -> tuple[list[bytes], int]:
    """The JSON lines of records, and how many messages the tree read."""

    def back_end(walk: Any, answer: Any, output: Any, tables: Any) -> JsonLines:
        return JsonLines(walk, answer, output, tables, True, False)

    made = Lines(
        Context(registry, Message), Records.of(records), lambda message: encode(to_dict(message)) + b"\n", None if pure else back_end
    )
    file = BytesIO()
    made.write(file, live=False)
    lines = file.getvalue().splitlines()
    return lines, len(lines) if made.asked is None else sum(made.asked.values())


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", ["conntrack", "sampling", "startup", "tunnels"])
def test_json(name: str) -> None:
    records = cut(name)
    registry = surveyed(records)
    lines, trees = json(records, registry(), pure=False)
    wanted, _ = json(records, registry(), pure=True)
    assert lines == wanted
    truncated = sum(b'{"kind":"truncated"' in line for line in lines)
    assert truncated > 100
    if engine().compiled:
        assert trees < truncated / 2


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", ["conntrack", "sampling", "startup", "tunnels"])
def test_list(name: str) -> None:
    records = cut(name)
    Listing(everything=True).check(records, surveyed(records))


def test_uncompiled() -> None:
    records = cut("startup")[:200]
    Listing(everything=True).check(records, surveyed(records), plain())


def attribute(kind: int, payload: bytes) -> bytes:
    """A struct nlattr of a little-endian host."""
    return struct.pack("<HH", 4 + len(payload), kind) + payload + bytes(-len(payload) % 4)


def test_what_is_missing() -> None:
    """A reply of OVS_VPORT_CMD_NEW without the last 20 of the 64 bytes of its struct ovs_vport_stats, and one that is cut before it."""
    attrs = attribute(1, struct.pack("<I", 7)) + attribute(2, struct.pack("<I", 2)) + attribute(3, b"veth7\0") + attribute(6, bytes(64))
    body = struct.pack("<BBHi", 1, 1, 0, 5) + attrs
    message = struct.pack("<IHHII", 16 + len(body), 30, 2, 9, 77) + body
    data = struct.pack(">HHH8xH", 4, 824, 0, 16) + message
    ends = len(data), len(data) - 20, len(data) - 68
    records = tuple(Record(at, 10**18 + at, 253, data[:end], len(data), 0, 0, "little") for at, end in enumerate(ends, 1))
    lines, trees = json(records, Registry({OVS_VPORT.name: 30}), pure=False)
    _whole, within, between = (orjson.loads(line)["problems"] for line in lines)
    at = ends[2] + 4  # behind the header of the last attribute
    missing = {"kind": "truncated", "path": "attrs.stats", "offset": at, "length": 44, "text": "20 of 64 bytes are missing"}
    assert within == [missing]
    assert between == [{"kind": "truncated", "path": "attrs", "offset": ends[2], "length": 0, "text": "68 bytes are missing"}]
    assert trees == (0 if engine().compiled else 3)


def test_a_record_of_another_device_after_a_cut_one() -> None:
    """It does not inherit the missing bytes: it is counted once, and neither it nor what follows is left to the tree."""
    miss = record(genl("ovs_packet", "miss", {"key": {"in_port": 3}, "packet": bytes(100)}), number=1)
    ethernet = record(bytes(60), number=2)._replace(data=b"\0\0\0\1" + bytes(10) + b"\x08\0" + bytes(60))
    last = record(genl("ovs_packet", "miss", {"key": {"in_port": 3}, "packet": bytes(60)}), number=3)
    cooked = [one._replace(link_type=LINUX_SLL, time_ns=LATER) for one in (miss._replace(data=miss.data[:-40]), ethernet, last)]
    context = Context(Registry(IDS), Message)
    made = Lines(context, Records.of(cooked), lambda message: b"asked\n", lambda *given: JsonLines(*given, False, False))
    file = BytesIO()
    made.write(file, live=False)
    assert not made.asked
    lines = [orjson.loads(line) for line in file.getvalue().splitlines()]
    assert [(line["record"], line["attrs"]["packet"]["length"], len(line["problems"])) for line in lines] == [(1, 100, 1), (3, 60, 0)]
    assert context.met.foreign == 1
