"""Converts IPv6 addresses to and from text, as glibc's inet_ntop does, identically on every platform."""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Final

# the text of each octet: looking it up takes less time than formatting
OCTETS: Final = tuple(map(str, range(256)))


@lru_cache(maxsize=8192)
def ipv6_text(raw: bytes) -> str:
    """Return the text of 16 bytes: the longest run of two or more zero words becomes "::", IPv4-compatible and -mapped ends are dotted
    (inet_ntop6).
    """
    words = struct.unpack(">8H", raw)
    start, length = -1, 1
    i = 0
    while i < 8:
        run = i
        while run < 8 and words[run] == 0:
            run += 1
        if run - i > length:
            start, length = i, run - i
        i = max(run, i + 1)
    if start == 0 and (length == 6 or (length == 5 and words[5] == 0xFFFF)):
        dotted = ".".join(map(str, raw[12:]))
        return f"::{dotted}" if length == 6 else f"::ffff:{dotted}"
    if start < 0:
        return ":".join(f"{word:x}" for word in words)
    head = ":".join(f"{word:x}" for word in words[:start])
    tail = ":".join(f"{word:x}" for word in words[start + length :])
    return f"{head}::{tail}"


def ipv6_bytes(text: str) -> bytes:
    """Return the 16 bytes of an address; ValueError if the text is not one."""
    # imported here: dissecting only writes addresses; only building and filtering parse them
    from ipaddress import IPv6Address

    return IPv6Address(text).packed
