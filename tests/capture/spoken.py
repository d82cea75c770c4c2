"""Netlink messages of both byte orders, made by hand: numbers from the kernel's headers, nothing from the code under test."""

from __future__ import annotations

from struct import pack

GENERIC, REQUEST, CREATE = 16, 0x1, 0x400


def padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def attribute(mark: str, number: int, value: bytes) -> bytes:
    return pack(mark + "HH", 4 + len(value), number) + padded(value)


def netlink(mark: str, kind: int, body: bytes, flags: int = 0, seq: int = 0, pid: int = 0) -> bytes:
    return pack(mark + "IHHII", 16 + len(body), kind, flags, seq, pid) + padded(body)


def newfamily(mark: str, name: str, number: int) -> bytes:
    """CTRL_CMD_NEWFAMILY with CTRL_ATTR_FAMILY_NAME and CTRL_ATTR_FAMILY_ID."""
    attrs = attribute(mark, 2, name.encode() + b"\0") + attribute(mark, 1, pack(mark + "H", number))
    return netlink(mark, 16, pack(mark + "BBH", 1, 2, 0) + attrs)


def delfamily(mark: str, name: str, number: int) -> bytes:
    """CTRL_CMD_DELFAMILY."""
    attrs = attribute(mark, 2, name.encode() + b"\0") + attribute(mark, 1, pack(mark + "H", number))
    return netlink(mark, 16, pack(mark + "BBH", 2, 2, 0) + attrs)


def vport(mark: str, family: int, datapath: int, port: int, name: str) -> bytes:
    """OVS_VPORT_CMD_NEW of a netdev, as the kernel answers it."""
    attrs = attribute(mark, 1, pack(mark + "I", port)) + attribute(mark, 2, pack(mark + "I", 1)) + attribute(mark, 3, name.encode() + b"\0")
    return netlink(mark, family, pack(mark + "BBHi", 1, 1, 0, datapath) + attrs)


def put(mark: str, family: int, datapath: int, port: int, output: int, seq: int = 1, pid: int = 77) -> bytes:
    """OVS_FLOW_CMD_NEW: in_port(port),eth_type(0x0806), actions:output."""
    key = attribute(mark, 3, pack(mark + "I", port)) + attribute(mark, 6, b"\x08\x06")
    attrs = attribute(mark, 1, key) + attribute(mark, 2, attribute(mark, 1, pack(mark + "I", output)))
    return netlink(mark, family, pack(mark + "BBHi", 1, 1, 0, datapath) + attrs, REQUEST | CREATE, seq, pid)


def cooked(*messages: bytes, protocol: int = GENERIC, device: int = 824) -> bytes:
    """A record of nlmon: packet type, ARPHRD_NETLINK, no address, the netlink protocol, and the messages."""
    return pack(">HHH8xH", 4, device, 0, protocol) + b"".join(messages)


def cooked_v2(*messages: bytes, protocol: int = GENERIC, device: int = 824) -> bytes:
    """The same under LINKTYPE_LINUX_SLL2."""
    return pack(">HHIHBB8x", protocol, 0, 7, device, 4, 0) + b"".join(messages)
