"""Records of generic netlink made by hand, from the grammar: headers and attributes in plain values."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

from ovsdissect.api import Message
from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import Record
from ovsdissect.dissect.context import Context
from ovsdissect.families import FAMILIES
from ovsdissect.families.registry import Registry
from ovsdissect.grammar.plain import from_plain

IDS = {"ovs_datapath": 38, "ovs_vport": 39, "ovs_flow": 40, "ovs_packet": 41, "ovs_meter": 42, "ovs_ct_limit": 43}
REQUEST, MULTI, ACK, CAPPED, ACK_TLVS = 1, 2, 4, 0x100, 0x200


def nlmsg(kind: int, body: bytes = b"", *, flags: int = 0, seq: int = 0, pid: int = 0, order: ByteOrder = "little") -> bytes:
    """One netlink message."""
    prefix = "<" if order == "little" else ">"
    return struct.pack(prefix + "IHHII", 16 + len(body), kind, flags, seq, pid) + body + bytes(-len(body) % 4)


def genl(
    family: str,
    cmd: str,
    values: dict[str, Any] | None = None,
    *,
    dp: int = 5,
    kind: int | None = None,
    flags: int = 0,
    seq: int = 0,
    pid: int = 0,
    order: ByteOrder = "little",
) -> bytes:
    """One message of a family that is decoded; `kind` is its id where it is not the usual one."""
    known = FAMILIES[family]
    attrs = known.attrs.build(from_plain(known.attrs, values or {}), byteorder=order)
    header = dp.to_bytes(4, order) if known.header else b""
    body = bytes([known.by_name[cmd].number, known.version, 0, 0]) + header + attrs
    number = kind if kind is not None else 16 if family == "nlctrl" else IDS[family]
    return nlmsg(number, body, flags=flags, seq=seq, pid=pid, order=order)


def newfamily(name: str, number: int, *, cmd: str = "newfamily") -> bytes:
    """nlctrl names a family's id."""
    return genl("nlctrl", cmd, {"family_name": name, "family_id": number}, seq=1, pid=1)


def failed(request: bytes, number: int, *, flags: int = 0, extack: bytes = b"", pid: int | None = None) -> bytes:
    """The kernel's answer to a request: an error that echoes it, or with CAPPED only its header."""
    seq, portid = struct.unpack("<II", request[8:16])
    length = int.from_bytes(request[:4], "little")
    echo = request[:16] if flags & CAPPED else request[:length] + bytes(-length % 4 if extack else 0)
    return nlmsg(2, struct.pack("<i", number) + echo + extack, flags=flags, seq=seq, pid=portid if pid is None else pid)


def record(*messages: bytes, number: int = 1, protocol: int = 16, order: ByteOrder = "little") -> Record:
    """A record of nlmon that holds these messages."""
    data = b"\0\4\3\x38" + bytes(10) + protocol.to_bytes(2, "big") + b"".join(messages)
    return Record(number, 1_000_000_000 * number, 253, data, len(data), 0, 0, order)


def dissected(records: Iterable[Record], registry: Registry | None = None) -> list[Message]:
    """The messages of records, in one context."""
    context = Context(registry or Registry(IDS), Message)
    return [message for one in records for message in context.messages(one)]


def single(*messages: bytes, registry: Registry | None = None) -> list[Message]:
    """The messages of a record each."""
    return dissected([record(one, number=i) for i, one in enumerate(messages, 1)], registry)


def pcap(records: Iterable[Record], *, order: ByteOrder = "little") -> bytes:
    """A capture file, nanoseconds, of a host of this byte order."""
    prefix = "<" if order == "little" else ">"
    blocks = [struct.pack(prefix + "IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 253)]
    for one in records:
        seconds, fraction = divmod(one.time_ns or 0, 1_000_000_000)
        blocks += [struct.pack(prefix + "IIII", seconds, fraction, len(one.data), one.wire_length), one.data]
    return b"".join(blocks)
