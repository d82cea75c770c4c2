"""The checksums of the Internet protocols, computed by dpkt, which is loaded when the first one is needed."""

from __future__ import annotations

import struct


def internet(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071); over data that includes a correct checksum it is 0."""
    from ovsdissect.capture.lean_dpkt.dpkt import in_cksum

    return in_cksum(data)  # type: ignore[no-any-return]


def crc32c(data: bytes) -> int:
    """Return SCTP's checksum (RFC 9260), as its big-endian field holds it."""
    from ovsdissect.capture.lean_dpkt.crc32c import cksum

    return cksum(data)  # type: ignore[no-any-return]


def expected(data: bytes, at: int, pseudo: bytes = b"", proto: int = 0) -> int:
    """Return what the 16-bit checksum at `at` should be; `pseudo`: the addresses of the pseudo-header, empty without one."""
    covered = data[:at] + b"\0\0" + data[at + 2 :]
    if pseudo:
        covered = pseudo + struct.pack(">II", len(data), proto) + covered  # IPv6's layout gives the same sum as IPv4's
    return internet(covered)
