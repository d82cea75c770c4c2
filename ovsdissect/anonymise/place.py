"""A place in a record whose bytes identify someone: where it is and what may replace it. Finds none and changes none."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple


class Sort(Enum):
    """The kind of bytes, which decides their replacement.

    ADDRESS: an IPv4 (4 bytes), MAC (6) or IPv6 address (16), replaced by another one. UUID, TEXT: replaced by another one.
    MASK: of an address; it stays, unless it equals an address of the capture, because then someone confused the two.
    OPAQUE: undecoded bytes that the analysis of a flow needs: they stay, except for addresses and names inside.
    BLANK: bytes that nothing needs: zeros. TRAILER: the same, but not all zeros, which would turn it into padding.
    """

    ADDRESS = auto()
    MASK = auto()
    UUID = auto()
    TEXT = auto()
    OPAQUE = auto()
    BLANK = auto()
    TRAILER = auto()


class Place(NamedTuple):
    """Bytes of a record.

    mask: the bits of an address that are present, None for all; the others were cut to zero.
    last: where the last address of a range is that begins here.
    path: the path in the message, for what is the same in several messages of a flow.
    """

    sort: Sort
    offset: int
    length: int
    mask: bytes | None = None
    last: int | None = None
    path: str = ""

    def of(self, data: bytes | bytearray) -> bytes:
        """Return the bytes at this place."""
        return bytes(data[self.offset : self.offset + self.length])
