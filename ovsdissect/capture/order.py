"""The byte order of a record's messages: that of the host that sent them, decided by the messages and not by the file around them.

nlmsg_len decides: below 64 KiB, a valid length in one order exceeds the record in the other. If that leaves doubt, the lengths of all
messages are followed, then nlmsg_type, nlmsg_flags and the attributes are examined; if nothing decides, it is the file's order.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture.record import LINKTYPE_LINUX_SLL2, LINKTYPE_NETLINK, NETLINK_LINK_TYPES

_ARPHRD_NETLINK: Final = b"\x03\x38"
_COOKED, _COOKED_V2 = 16, 20
_NLMSGHDR: Final = 16
_GENLMSGHDR: Final = 4
_HEAD: Final = {"little": Struct("<IHHII").unpack_from, "big": Struct(">IHHII").unpack_from}
_ATTRIBUTE: Final = {"little": Struct("<HH").unpack_from, "big": Struct(">HH").unpack_from}
_OTHER: Final[dict[ByteOrder, ByteOrder]] = {"little": "big", "big": "little"}

SHORT: Final = 1 << 16  # in a record below this, no length is valid in both orders
_FLAGS: Final = 0x0F3F  # nlmsg_flags known to Linux
_LAST_ID: Final = 1023  # GENL_MAX_ID; control messages are below 5
_CONTROL: Final = range(1, 5)
_FIRST_ID: Final = 16
_LAST_VERSION: Final = 15
_ERROR: Final = 2


def message_order(data: bytes, link_type: int, wire_length: int, expected: ByteOrder) -> ByteOrder:
    """Return the order of the messages in a record; `expected`, the file's, if nothing decides."""
    if link_type not in NETLINK_LINK_TYPES:
        return expected
    start = _COOKED_V2 if link_type == LINKTYPE_LINUX_SLL2 else _COOKED
    wire = max(wire_length, len(data))
    if link_type == LINKTYPE_NETLINK and data[2:4] != _ARPHRD_NETLINK:
        order = bare_order(data, expected)
        if order is not None:
            return order
    if len(data) < start + 4:
        return expected
    length = int.from_bytes(data[start : start + 4], expected)
    if _NLMSGHDR <= length <= wire - start < SHORT:
        return expected
    return _judged(data, start, wire, expected) if len(data) >= start + _NLMSGHDR else expected


def bare_order(data: bytes, expected: ByteOrder) -> ByteOrder | None:
    """Return the order of generic netlink messages in a LINKTYPE_NETLINK record without the cooked header; None if it holds no such
    messages:
    the whole record must consist of messages, and each must look like one.
    """
    if data[2:4] == _ARPHRD_NETLINK or len(data) < _NLMSGHDR:
        return None
    found = [order for order in (expected, _OTHER[expected]) if _all_generic(data, order)]
    return found[0] if found else None


def _all_generic(data: bytes, order: ByteOrder) -> bool:
    """Whether all bytes are complete generic netlink or control messages."""
    at = 0
    while at + _NLMSGHDR <= len(data):
        length, kind, flags, _seq, _pid = _HEAD[order](data, at)
        if not _NLMSGHDR <= length <= len(data) - at or flags & ~_FLAGS:
            return False
        body = data[at + _NLMSGHDR : at + length]
        if kind in _CONTROL:
            if len(body) < (4 + _NLMSGHDR if kind == _ERROR else 0):
                return False
        elif not _FIRST_ID <= kind <= _LAST_ID or not _is_generic(body, order):
            return False
        at += length + 3 & ~3
    return at >= len(data)


def _is_generic(body: bytes, order: ByteOrder) -> bool:
    """Whether a message's body is a genlmsghdr, optionally a family's header, and attributes."""
    if len(body) < _GENLMSGHDR or not body[0] or not 1 <= body[1] <= _LAST_VERSION or any(body[2:_GENLMSGHDR]):
        return False
    return _attributes(body, order)


def _attributes(body: bytes, order: ByteOrder) -> bool:
    """Whether attributes follow the genlmsghdr, or it and a header of 4 bytes."""
    return any(_chain(body, at, order) for at in (_GENLMSGHDR, 2 * _GENLMSGHDR))


def _chain(body: bytes, at: int, order: ByteOrder) -> bool:
    """Whether the rest of a message consists of attributes."""
    while at + 4 <= len(body):
        length, _kind = _ATTRIBUTE[order](body, at)
        if length < 4 or at + length > len(body):
            return False
        at += length + 3 & ~3
    return at >= len(body)


def _judged(data: bytes, start: int, wire: int, expected: ByteOrder) -> ByteOrder:
    """Return the order with more evidence."""
    other = _OTHER[expected]
    whole, whole_other = _messages(data, start, wire, expected), _messages(data, start, wire, other)
    if whole != whole_other:
        return expected if whole else other
    return other if _votes(data, start, wire, other) > _votes(data, start, wire, expected) else expected


def _messages(data: bytes, start: int, wire: int, order: ByteOrder) -> bool:
    """Whether messages fill the record, as far as it was captured."""
    at = start
    while at + _NLMSGHDR <= len(data):
        length = _HEAD[order](data, at)[0]
        if not _NLMSGHDR <= length <= wire - at:
            return False
        at += length + 3 & ~3
    return at >= len(data)


def _votes(data: bytes, start: int, wire: int, order: ByteOrder) -> int:
    """Return the evidence for an order in the first message; the less likely it is by chance, the more it counts."""
    length: int
    length, kind, flags, _seq, _pid = _HEAD[order](data, start)
    votes: int = 8 * (_NLMSGHDR <= length <= wire - start) + 4 * (length < SHORT)
    votes += 2 * (kind in _CONTROL or _FIRST_ID <= kind <= _LAST_ID) + 2 * (not flags & ~_FLAGS)
    body = data[start + _NLMSGHDR : min(start + length, len(data))]
    return votes + 3 * (kind >= _FIRST_ID and len(body) >= _GENLMSGHDR and _attributes(body, order))
