"""Decoding in memory: the plan's dictionaries and JSON text against plain Construct, pyroute2 and scapy.

Prints one JSON object: contender -> messages a CPU second, or why there is none.  pyroute2 and scapy know no Open vSwitch: they are given
the attributes of a flow key, and leave the rest as bytes.
    python -m tests.bench.memory CAPTURE [COUNT]
"""

from __future__ import annotations

import json
import struct
import sys
import time
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import orjson

from ovsdissect.api import Message, open
from ovsdissect.dissect.decode import decoder
from ovsdissect.dissect.plan import Refused
from ovsdissect.export.fastjson import JsonLines
from ovsdissect.export.jsonline import render

SLOW = 40  # how many times fewer messages the slow contenders get


def rate(work: Callable[[], Any], count: int) -> float:
    """Messages a CPU second, the median of five."""
    times = []
    for _ in range(5):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return count / sorted(times)[2]


def plan_rate(messages: list[Message]) -> float:
    """The dictionary back end, as api users would have it: what it refuses goes to the tree."""
    decoders = {}
    for message in messages:
        if message.family and message.cmd and message.cmd not in decoders:
            request = message.direction == "to-kernel"
            decoders[message.cmd] = decoder(message.family, message.cmd, request=request, order=message.order)
    jobs = [(decoders[message.cmd], message.data, message.frame.end, message) for message in messages if message.cmd in decoders]

    def work() -> None:
        for decode, data, end, message in jobs:
            try:
                decode(data, 40, end)
            except Refused:
                if message.attrs is not None:
                    render(message.attrs)

    work()
    return rate(work, len(jobs))


def construct_rate(messages: list[Message]) -> float:
    """Construct's own parsing of the same bytes."""
    jobs = [(one.family.attrs, one.data[40 : one.frame.end], one.order) for one in messages if one.family]
    return rate(lambda: [attrs.parse(data, byteorder=order) for attrs, data, order in jobs], len(jobs))


def json_rate(path: str, count: int) -> float:
    """Whole messages to JSON text in memory."""
    with open(path) as capture:
        context, stream = capture.begin()
        records = list(islice(stream, count))
        writer = JsonLines(context, lambda message: True)
        for _ in writer.batches(records, 256):
            pass
        return rate(lambda: [len(lines) for lines in writer.batches(records, 256)], len(records))


def pyroute2_rate(messages: list[Message]) -> float | str:
    """pyroute2's decode() of a message class with the flow key's attributes, then its JSON text."""
    try:
        from pyroute2.netlink import genlmsg, nla
    except ImportError:
        return "not installed"

    class Key(nla):  # type: ignore[misc]
        prefix = "KEY_"
        nla_map = tuple((f"KEY_{number}", "hex" if number not in (2, 3, 15, 19, 20, 22, 24) else "uint32") for number in range(33))

    class Packet(genlmsg):  # type: ignore[misc]
        fields = (("cmd", "B"), ("version", "B"), ("reserved", "H"), ("dp_ifindex", "i"))
        prefix = "ATTR_"
        nla_map = tuple((f"ATTR_{number}", "key" if number == 2 else "hex") for number in range(13))
        key = Key

    jobs = [one.data[16 : one.frame.end] for one in messages]

    def work() -> None:
        for data in jobs:
            message = Packet(data)
            message.decode()
            json.dumps(message.getvalue(), default=str)

    return rate(work, len(jobs))


def scapy_rate(messages: list[Message]) -> float | str:
    """scapy's dissection of a message as packets of attributes, then its JSON text."""
    try:
        from scapy.fields import LEIntField, LEShortField, PacketListField, StrLenField, XByteField
        from scapy.packet import Packet
    except ImportError:
        return "not installed"

    class Attribute(Packet):  # type: ignore[misc]
        fields_desc = (
            *(LEShortField("len", 4), LEShortField("type", 0)),
            StrLenField("data", b"", length_from=lambda one: one.len - 1 & ~3),
        )

        def extract_padding(self, s: bytes) -> tuple[bytes, bytes]:
            return b"", s

    class Nested(Packet):  # type: ignore[misc]
        fields_desc = (PacketListField("attrs", [], Attribute),)

    class Header(Packet):  # type: ignore[misc]
        fields_desc = (
            *(LEIntField("len", 0), LEShortField("type", 0), LEShortField("flags", 0), LEIntField("seq", 0), LEIntField("pid", 0)),
            *(XByteField("cmd", 0), XByteField("version", 0), LEShortField("reserved", 0), LEIntField("dp_ifindex", 0)),
            PacketListField("attrs", [], Attribute),
        )

    jobs = [one.data[16 : one.frame.end] for one in messages]

    def work() -> None:
        for data in jobs:
            message = Header(data)
            for attribute in message.attrs:
                if attribute.type & 0x3FFF == 2:
                    attribute.nested = Nested(attribute.data).attrs
            json.dumps(str(message.fields))

    return rate(work, len(jobs))


def decoded(messages: Iterable[Message], count: int) -> list[Message]:
    """The first messages that have a flow key or a packet, one to a record."""
    wanted = (one for one in messages if one.family and one.family.name in ("ovs_packet", "ovs_flow") and one.frame.offset == 16)
    return list(islice(wanted, count))


def main(path: str, count: int) -> dict[str, float | str]:
    """Every rate."""
    with open(path) as capture:
        messages = decoded(capture, count)
    few = messages[: max(len(messages) // SLOW, 50)]
    return {
        "dictionaries": plan_rate(messages),
        "json": json_rate(path, count),
        "construct": construct_rate(few),
        "pyroute2": pyroute2_rate(few),
        "scapy": scapy_rate(few),
    }


if __name__ == "__main__":
    assert struct.calcsize("<IHHIIBBHi") == 24
    sys.stdout.buffer.write(orjson.dumps(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20_000)))
