"""Dissects whole netlink messages, given as bytes with or without a cooked header, without a capture around them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import Record
from ovsdissect.capture.record import LINKTYPE_NETLINK
from ovsdissect.dissect.context import Context
from ovsdissect.dissect.conversation import Registries
from ovsdissect.dissect.message import Message
from ovsdissect.dissect.survey import look_ahead
from ovsdissect.families.registry import Registry
from ovsdissect.netlink.framing import Framing, framing
from ovsdissect.netlink.headers import ARPHRD_NETLINK, NETLINK_GENERIC, NLMSG_MIN_TYPE, NLMSG_OVERRUN, NLMSGHDR_LEN
from ovsdissect.problem import ProblemKind

M = TypeVar("M", bound=Message)
COOKED: Final = struct.pack(">HHH8xH", 4, ARPHRD_NETLINK, 0, NETLINK_GENERIC)
HEADED: Final = struct.pack(">H", ARPHRD_NETLINK)
ORDERS: Final[tuple[ByteOrder, ...]] = ("little", "big")
RESERVED: Final = frozenset({0, *range(NLMSG_OVERRUN + 1, NLMSG_MIN_TYPE)})
LAST_ID: Final = 1023  # GENL_MAX_ID
MAX_ERRNO: Final = 4095  # include/linux/err.h
CUT: Final = frozenset({ProblemKind.BAD_LENGTH, ProblemKind.TRAILING, ProblemKind.TRUNCATED})


def is_cooked(data: bytes) -> bool:
    """Whether bytes begin with the header of a cooked record (struct sockaddr_ll as pcap writes it) of an nlmon device."""
    return len(data) >= len(COOKED) and data[2:4] == HEADED and data[:2] < b"\0\x08" and not any(data[4:14])


def record(data: bytes, number: int = 1, byteorder: ByteOrder | None = None) -> Record:
    """Return the record of a block; bytes without a cooked header get one of NETLINK_GENERIC.

    byteorder: None for the one in which the messages' lengths fit.
    """
    whole = data if is_cooked(data) else COOKED + data
    orders: dict[ByteOrder, tuple[bool, int]] = {one: _unfit(framing(whole, LINKTYPE_NETLINK, len(whole), one)) for one in ORDERS}
    order: ByteOrder = byteorder or ("big" if orders["big"] < orders["little"] else "little")
    return Record(number, None, LINKTYPE_NETLINK, whole, len(whole), 0, 0, order)


def _unfit(cut: Framing) -> tuple[bool, int]:
    """Return how badly bytes split into messages in a byte order."""
    beyond = sum(max(frame.offset + frame.length - frame.end, 0) for frame in cut.frames)
    return not cut.frames, beyond + sum(problem.length for problem in cut.problems)


def messages(blocks: Iterable[bytes], registry: Registry, make: type[M], byteorder: ByteOrder | None = None) -> Iterator[M]:
    """Yield the messages of blocks of bytes, each block being a record. registry: the known family ids; the others are inferred."""
    records = [record(data, number, byteorder) for number, data in enumerate(blocks, 1) if data]
    registries = Registries.of(registry)
    context = Context(registries, make)
    for one in look_ahead(registries, records):
        yield from context.messages(one)


def fits(data: bytes, registry: Registry, byteorder: ByteOrder | None = None) -> int:
    """Return how well bytes can be read as whole netlink messages.

    The result is 2 if they are of known families, or answers, with fitting attribute lengths; 1 if only the lengths of the messages fit;
    else 0.
    """
    found = list(messages([data], registry.copy(), Message, byteorder))
    kinds = {problem.kind for message in found for problem in message.problems}
    if not found or kinds & CUT or any(map(_impossible, found)):
        return 0
    return 2 if all(map(_known, found)) and ProblemKind.UNKNOWN not in kinds else 1


def _impossible(message: Message) -> bool:
    """Whether no message has this type, or none of this type has this body: what is another type in the other byte order."""
    frame = message.frame
    if frame.type in RESERVED or (message.protocol == NETLINK_GENERIC and frame.type > LAST_ID):
        return True
    if message.kind in ("noop", "overrun"):
        return frame.length > NLMSGHDR_LEN
    return message.kind in ("error", "ack", "done") and not -MAX_ERRNO <= message.error.get("number", 0) <= 0


def _known(message: Message) -> bool:
    return message.declaration is not None or message.kind in ("error", "ack", "done")
