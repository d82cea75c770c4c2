"""Builds messages from Python values, for cases that no capture has: the bytes of a netlink message, and a capture of several.

>>> from ovsdissect.build import build, pcap
>>> miss = build("ovs_packet", "miss", dp_ifindex=7, key={"in_port": 2}, packet=bytes(14))
>>> len(pcap([miss]))
188
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final

from construct import ConstructError

from ovsdissect.byteorder import ByteOrder, check_order
from ovsdissect.capture import Record
from ovsdissect.capture.record import LINKTYPE_NETLINK
from ovsdissect.carve.pcap import PcapWriter
from ovsdissect.errors import OvsDissectError
from ovsdissect.families import FAMILIES, GENL_ID_CTRL, NLCTRL, OVS_FAMILIES
from ovsdissect.grammar import Array, AttrList, AttrSet, Masked, MaskedSet, Struct, Variant, Wire
from ovsdissect.grammar.plain import from_plain, to_plain
from ovsdissect.grammar.wire import PREFIX
from ovsdissect.netlink.headers import (
    ARPHRD_NETLINK,
    EXTACK,
    FLAG_NAMES,
    NETLINK_GENERIC,
    NLM_F_ACK_TLVS,
    NLM_F_CAPPED,
    NLM_F_DUMP,
    NLM_F_REQUEST,
    NLMSG_ERROR,
    NLMSGHDR_LEN,
)
from ovsdissect.tree.node import join

__all__ = ["IDS", "build", "error", "pcap"]

# the ids that pcap() announces; a kernel assigns such numbers, in this order
IDS: Final[dict[str, int]] = {NLCTRL.name: GENL_ID_CTRL} | {family.name: 32 + i for i, family in enumerate(OVS_FAMILIES)}
NOT_BUILT: Final = (ConstructError, ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError, struct.error)
COOKED: Final = struct.pack(">HHH8xH", 4, ARPHRD_NETLINK, 0, NETLINK_GENERIC)
STEP_NS: Final = 1_000_000


def build(
    family: str,
    cmd: str | int,
    *,
    dp_ifindex: int = 0,
    seq: int = 0,
    pid: int = 0,
    flags: int | Sequence[str] | None = None,
    nlmsg_type: int | None = None,
    genl_version: int | None = None,
    byteorder: ByteOrder = "little",
    **attrs: Any,
) -> bytes:
    """Return the bytes of a message: netlink header, generic netlink header, the family's header, attributes in the given order.

    attrs: values as in JSON under "attrs"; bytes may be bytes, and addresses may be those of `ipaddress`. A second attribute with the same
    name is called "name#2".
    flags: a number, or names as in JSON ("request", "ack", "create", "dump"); default: "request" if only user space sends the command.
    nlmsg_type: the family's id, by default that of IDS. byteorder: the host's.
    Raises OvsDissectError with the path of the value that cannot be built.
    """
    known = FAMILIES.get(family)
    if known is None:
        raise OvsDissectError(f"no family {family}; the families are {', '.join(FAMILIES)}")
    command = known.command(cmd) if isinstance(cmd, int) else known.by_name.get(cmd)
    if command is None:
        raise OvsDissectError(f"{family} has no command {cmd}; it has {', '.join(known.by_name)}")
    if flags is None:
        flags = NLM_F_REQUEST if command.to_user is False else 0
    elif not isinstance(flags, int):
        flags = _flags(flags, command.verb)
    kind = IDS[family] if nlmsg_type is None else nlmsg_type
    check_order(byteorder)
    order = PREFIX[byteorder]
    version = known.version if genl_version is None else genl_version
    try:
        body = struct.pack(order + "BBxx", command.number, version) + (struct.pack(order + "i", dp_ifindex) if known.header else b"")
        body += _built(known.attrs, _plain(attrs), "attrs", byteorder)
        return struct.pack(order + "IHHII", NLMSGHDR_LEN + len(body), kind, flags, seq, pid) + body
    except struct.error as fault:
        raise OvsDissectError(f"a header field is out of range: {fault}") from fault


def error(request: bytes, number: int, *, capped: bool = False, byteorder: ByteOrder = "little", **extack: Any) -> bytes:
    """Return the kernel's answer to a request: an error number such as -22, or 0 for an acknowledgement.

    capped: without the request's body, as acknowledgements always are. extack: the content of the extended ACK (message, offset, ...).
    """
    check_order(byteorder)
    order = PREFIX[byteorder]
    if len(request) < NLMSGHDR_LEN:
        raise OvsDissectError(f"a request has at least {NLMSGHDR_LEN} bytes, not {len(request)}")
    seq, pid = struct.unpack_from(order + "II", request, 8)
    capped = capped or not number
    said = _built(EXTACK, _plain(extack), "error", byteorder) if extack else b""
    flags = (NLM_F_CAPPED if capped else 0) | (NLM_F_ACK_TLVS if said else 0)
    echo = request[:NLMSGHDR_LEN] if capped else request + bytes(-len(request) % 4 if said else 0)
    try:
        body = struct.pack(order + "i", number) + echo + said
        return struct.pack(order + "IHHII", NLMSGHDR_LEN + len(body), NLMSG_ERROR, flags, seq, pid) + body
    except struct.error as fault:
        raise OvsDissectError(f"{number} is not an error number: {fault}") from fault


def pcap(
    messages: Iterable[bytes], *, announce: bool = True, start_ns: int = 1_000_000_000_000_000_000, byteorder: ByteOrder = "little"
) -> bytes:
    """Return a capture of these messages, each in a record of its own, a millisecond apart.

    announce: begin with nlctrl's announcements of the families of IDS that occur. byteorder: the one in which the messages were built.
    """
    check_order(byteorder)
    given = [bytes(message) for message in messages]
    if announce:
        types = {number for message in given for number in _types(message, byteorder)}
        names = [name for name, number in IDS.items() if number in types and number != GENL_ID_CTRL]
        given[:0] = [build("nlctrl", "newfamily", byteorder=byteorder, family_name=name, family_id=IDS[name]) for name in names]
    out = BytesIO()
    writer = PcapWriter(out)
    writer.start(LINKTYPE_NETLINK, byteorder)
    for i, message in enumerate(given):
        data = COOKED + message
        writer.write(Record(i + 1, start_ns + i * STEP_NS, LINKTYPE_NETLINK, data, len(data), 0, 0, byteorder))
    return out.getvalue()


def _plain(value: Any) -> Any:
    """Return a value with addresses as text instead of objects."""
    if isinstance(value, (IPv4Address, IPv6Address)):
        return str(value)
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, (list, tuple)) else value


def _types(message: bytes, byteorder: ByteOrder) -> Iterator[int]:
    """Yield the type of a message, and of the request that an error answers."""
    for at in (0, NLMSGHDR_LEN + 4):
        if len(message) >= at + 6:
            number = int.from_bytes(message[at + 4 : at + 6], byteorder)
            yield number
            if number != NLMSG_ERROR:
                return


def _flags(names: Sequence[str], verb: str) -> int:
    table = FLAG_NAMES[verb].numbers | ({"dump": NLM_F_DUMP} if verb == "get" else {})
    unknown = [name for name in names if name not in table]
    if unknown:
        raise OvsDissectError(f"no flag {', '.join(unknown)}; a {verb} has {', '.join(table)}")
    return sum(table[name] for name in set(names))


def _built(wire: Wire, value: Any, path: str, byteorder: ByteOrder) -> bytes:
    try:
        data = bytes(wire.build(from_plain(wire, value), byteorder=byteorder))
        lost = next(_lost(value, to_plain(wire, wire.parse(data, byteorder=byteorder)), path), None)
    except NOT_BUILT as fault:
        raise _located(wire, value, path, byteorder, fault) from fault
    if lost is not None:
        raise OvsDissectError(lost)
    return data


def _lost(given: Any, built: Any, path: str) -> Iterator[str]:
    """Yield what was given and is missing from the result: slices of bits that do not exist, or are too narrow."""
    if isinstance(given, Mapping) and isinstance(built, Mapping):
        for name, value in given.items():
            if name in built:
                yield from _lost(value, built[name], join(path, str(name)))
            elif value and name != "reserved":
                yield f"{path}: there is no {name}; it has {', '.join(built)}"
    elif isinstance(given, (list, tuple)) and isinstance(built, list):
        for i, (one, other) in enumerate(zip(given, built, strict=False)):
            yield from _lost(one, other, f"{path}[{i}]")
    elif isinstance(given, int) and isinstance(built, int) and given != built:
        yield f"{path}: {given} does not fit"


def _located(wire: Wire, value: Any, path: str, byteorder: ByteOrder, fault: Exception) -> OvsDissectError:
    """Return the error of the innermost value that cannot be built by itself."""
    for step, below, part in _parts(wire, value):
        try:
            below.build(from_plain(below, part), byteorder=byteorder)
        except NOT_BUILT as inner:
            return _located(below, part, join(path, step), byteorder, inner)
    if isinstance(fault, KeyError):
        said = f"{fault.args[0]} is missing"
    elif isinstance(fault, ConstructError):
        said = str(fault).splitlines()[-1]
    else:
        said = f"no value can be made of {value!r}"
    return OvsDissectError(f"{path}: {said}")


def _parts(wire: Wire, value: Any) -> Iterator[tuple[str, Wire, Any]]:
    """Yield the parts of a value, each with its step of the path and its type."""
    if isinstance(wire, AttrSet) and wire.ordered and isinstance(value, (list, tuple)):
        for i, action in enumerate(value):
            for name, part in action.items() if isinstance(action, Mapping) else ():
                if name in wire.by_name:
                    yield f"[{i}].{name}", wire.by_name[name].wire, part
    elif isinstance(wire, AttrSet) and isinstance(value, Mapping):
        for name, part in value.items():
            row = wire.by_name.get(name.partition("#")[0])
            if row is not None:
                yield name, row.wire, part
    elif isinstance(wire, AttrList):
        pairs = value.items() if isinstance(value, Mapping) else ((f"[{i}]", part) for i, part in enumerate(value))
        for name, part in pairs:
            yield str(name), wire.row(0).wire, part
    elif isinstance(wire, Array) and isinstance(value, (list, tuple)):
        for i, part in enumerate(value):
            yield f"[{i}]", wire.element.wire, part
    elif isinstance(value, Mapping):
        members = {}
        if isinstance(wire, (Masked, MaskedSet)):
            members = {half.name: half for half in wire.halves}
        elif isinstance(wire, Variant):
            members = {member.name: member for member in wire.cases.values()}
        elif isinstance(wire, Struct):
            members = wire.fields
        for name, part in value.items():
            if name in members:
                yield name, members[name].wire, part
