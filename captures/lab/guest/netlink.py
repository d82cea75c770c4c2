"""Generic netlink by hand, as little as handmade.py and psample.py need: attributes, messages, sockets, what the kernel answers."""

from __future__ import annotations

import itertools
import socket
import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

NETLINK_GENERIC = 16
SOL_NETLINK = 270
ADD_MEMBERSHIP, CAP_ACK, EXT_ACK, STRICT_CHECK = 1, 10, 11, 12

NLMSG_ERROR, NLMSG_DONE, GENL_ID_CTRL = 2, 3, 16
REQUEST, ACK, ECHO, DUMP, EXCL, CREATE = 0x1, 0x4, 0x8, 0x300, 0x200, 0x400
CAPPED, ACK_TLVS = 0x100, 0x200
NESTED = 0x8000

Payload = int | str | bytes | Iterable[bytes]


class Answer(NamedTuple):
    """One message that came back."""

    type: int
    flags: int
    seq: int
    body: bytes


def u16(value: int) -> bytes:
    """Two bytes in host order."""
    return struct.pack("=H", value)


def be16(*values: int) -> bytes:
    """Two bytes in network order, each."""
    return struct.pack(f"!{len(values)}H", *values)


def ip4(address: str) -> bytes:
    """An IPv4 address."""
    return socket.inet_aton(address)


def ip6(address: str) -> bytes:
    """An IPv6 address."""
    return socket.inet_pton(socket.AF_INET6, address)


def attr(number: int, value: Payload = b"", *, nested: bool = False) -> bytes:
    """An attribute: an int is 4 bytes in host order, a str ends with a zero byte, a list is attributes one after the other."""
    if isinstance(value, int):
        value = struct.pack("=I", value)
    elif isinstance(value, str):
        value = value.encode() + b"\0"
    elif not isinstance(value, bytes):
        value = b"".join(value)
    length = 4 + len(value)
    return struct.pack("=HH", length, number | (NESTED if nested else 0)) + value + bytes(-length % 4)


def attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The attributes in some bytes: number and payload."""
    while len(data) >= 4:
        length, number = struct.unpack_from("=HH", data)
        if length < 4:
            return
        yield number & 0x3FFF, data[4:length]
        data = data[length + 3 & ~3 :]


def split(data: bytes) -> Iterator[Answer]:
    """The messages of one datagram."""
    while len(data) >= 16:
        length, kind, flags, seq, _port = struct.unpack_from("=IHHII", data)
        yield Answer(kind, flags, seq, data[16:length])
        data = data[length + 3 & ~3 :]


class Socket:
    """A generic netlink socket."""

    sequence = itertools.count(1001)

    def __init__(self, *options: int) -> None:
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.socket.bind((0, 0))
        self.socket.settimeout(0.5)
        for option in options:
            self.socket.setsockopt(SOL_NETLINK, option, 1)

    @property
    def port(self) -> int:
        """Its netlink port."""
        return self.socket.getsockname()[0]

    def join(self, group: int) -> None:
        """Hear a multicast group."""
        self.socket.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, group)

    def message(self, family: int, cmd: int, attrs: bytes | Iterable[bytes], flags: int, header: bytes = b"", version: int = 1) -> bytes:
        """A request of this socket."""
        body = struct.pack("=BBH", cmd, version, 0) + header + (attrs if isinstance(attrs, bytes) else b"".join(attrs))
        return struct.pack("=IHHII", 16 + len(body), family, flags, next(self.sequence), self.port) + body

    def received(self, seq: int | None = None) -> list[Answer]:
        """What came, until an error, the end of a dump, or half a second of silence; only the answers to one request where one is given."""
        found: list[Answer] = []
        try:
            while not any(answer.type in (NLMSG_ERROR, NLMSG_DONE) for answer in found):
                found += (answer for answer in split(self.socket.recv(65536)) if seq in (None, answer.seq))
        except TimeoutError:
            pass
        return found

    def ask(self, message: bytes) -> list[Answer]:
        """Send a request, give its answers."""
        self.socket.send(message)
        return self.received(struct.unpack_from("=I", message, 8)[0])

    def family(self, name: str) -> tuple[int | None, list[int]]:
        """A family's id and its multicast groups."""
        number, groups = None, []
        for answer in self.ask(self.message(GENL_ID_CTRL, 3, attr(2, name), REQUEST | ACK)):
            if answer.type == GENL_ID_CTRL:
                said = dict(attributes(answer.body[4:]))
                number = struct.unpack("=H", said[1])[0]
                for _index, group in attributes(said.get(7, b"")):
                    groups.append(struct.unpack("=I", dict(attributes(group))[2])[0])
        return number, groups


def told(answer: Answer) -> str:
    """An answer in a few words."""
    if answer.type != NLMSG_ERROR:
        return f"type {answer.type} cmd {answer.body[:1].hex() or '-'} of {len(answer.body)} bytes"
    number, length = struct.unpack_from("=iI", answer.body)
    text = f"error {number} flags {answer.flags:#x}"
    if answer.flags & ACK_TLVS:
        rest = answer.body[20 if answer.flags & CAPPED else 4 + (length + 3 & ~3) :]
        text += "".join(f", {kind}: {value.rstrip(bytes(1)).decode() if kind == 1 else value.hex()}" for kind, value in attributes(rest))
    return text
