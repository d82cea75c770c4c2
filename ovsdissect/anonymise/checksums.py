"""Updates the checksums of a packet whose addresses and payload were changed: by the difference of the bytes that they cover (RFC 1624).

A correct checksum stays correct and a wrong one wrong; one over missing bytes (fragments, quoted packets) becomes what it would be; and one
that an offload left at the sum of the pseudo-header becomes the new sum.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ovsdissect.frame.checksum import crc32c
from ovsdissect.tree.node import Node

# where the checksum is, and whether it includes a pseudo-header
TRANSPORTS: Final = {"tcp": (16, 6), "udp": (6, 17), "icmp": (2, 0), "icmpv6": (2, 58), "igmp": (2, 0)}
GRE_CHECKSUM: Final = 0x80
CRC_AT: Final = 8
NO_NEXT_HEADER: Final = 59


class _Covered(NamedTuple):
    """A checksum and its bytes: [start, end), and the addresses of the pseudo-header if protocol is not 0."""

    at: int
    start: int
    end: int
    protocol: int = 0
    addresses: tuple[int, int] = (0, 0)


class _Packet(NamedTuple):
    """The IP packet that holds a transport header: where it ends, and where its addresses are."""

    end: int
    addresses: tuple[int, int]


def mend(old: bytes, new: bytearray, layers: tuple[Node, ...]) -> None:
    """Correct the checksums in `new`, which are the changed bytes of the record `old` whose packet has these layers."""
    for covered in reversed(list(_checksums(old, layers))):  # outer ones cover inner ones
        if covered.protocol < 0:
            _mend_crc(old, new, covered)
        else:
            _mend_sum(old, new, covered)


def _checksums(data: bytes, layers: tuple[Node, ...]) -> list[_Covered]:
    """Return the checksums of a packet, from the outside in."""
    found: list[_Covered] = []
    limit = max((layer.offset + layer.length for layer in layers), default=0)
    packet = _Packet(limit, (limit, limit))
    for layer in layers:
        at, name, size = layer.offset, layer.row.name, layer.length
        if name == "ip":
            total = int.from_bytes(data[at + 2 : at + 4], "big")
            packet = _Packet(min(at + total, limit) if total else limit, (at + 12, at + 20))
            found.append(_Covered(at + 10, at, at + size))
        elif name == "ipv6":
            total = int.from_bytes(data[at + 4 : at + 6], "big")
            whole = total or data[at + 6] == NO_NEXT_HEADER
            packet = _Packet(min(at + 40 + total, limit) if whole else limit, (at + 8, at + 40))
        elif name in TRANSPORTS and size > TRANSPORTS[name][0] + 1:
            place, protocol = TRANSPORTS[name]
            end = packet.end
            if name == "udp":
                end = min(at + (int.from_bytes(data[at + 4 : at + 6], "big") or limit), end)
            found.append(_Covered(at + place, at, end, protocol, packet.addresses))
        elif name == "gre" and data[at] & GRE_CHECKSUM:
            found.append(_Covered(at + 4, at, packet.end))
        elif name == "sctp":
            found.append(_Covered(at + CRC_AT, at, packet.end, -1))
    return found


def _sum(data: bytes | bytearray, start: int, end: int) -> int:
    covered = bytes(data[start:end])
    return int.from_bytes(covered + bytes(len(covered) % 2), "big") % 0xFFFF  # 16-bit words added with end-around carry


def _mend_sum(old: bytes, new: bytearray, covered: _Covered) -> None:
    at, start, end, protocol, (first, last) = covered
    value = int.from_bytes(old[at : at + 2], "big")
    if protocol == 17 and not value:
        return  # there is none (RFC 768)
    before, after = (_sum(data, start, at) + _sum(data, at + 2, end) for data in (old, new))
    pseudo_before, pseudo_after = (_sum(data, first, last) if protocol else 0 for data in (old, new))
    offloaded = (value - pseudo_before - protocol - (end - start)) % 0xFFFF == 0
    right = (value + before + pseudo_before + protocol + (end - start) * bool(protocol)) % 0xFFFF == 0
    if protocol and offloaded and not right:
        mended = (value - pseudo_before + pseudo_after) % 0xFFFF
    elif (before + pseudo_before - after - pseudo_after) % 0xFFFF == 0:
        return
    else:
        mended = (value + before + pseudo_before - after - pseudo_after) % 0xFFFF
    new[at : at + 2] = (mended or (0xFFFF if protocol == 17 else 0)).to_bytes(2, "big")


def _mend_crc(old: bytes, new: bytearray, covered: _Covered) -> None:
    """Update SCTP's checksum: a wrong one, or one of a partial packet, stays."""
    at, start, end, _, _ = covered
    if crc32c(old[start:at] + bytes(4) + old[at + 4 : end]).to_bytes(4, "big") == old[at : at + 4]:
        new[at : at + 4] = crc32c(bytes(new[start:at]) + bytes(4) + bytes(new[at + 4 : end])).to_bytes(4, "big")
