"""A place in a record whose bytes tell who somebody is: where it stands and what may stand there instead.  Finds none and changes none."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple


class Sort(Enum):
    """What the bytes are, and so what becomes of them.

    ADDRESS: an IPv4 (4 bytes), MAC (6) or IPv6 address (16), to another one.  UUID, TEXT: to another one.
    MASK: that of an address; it stays, unless it is an address of the capture itself, for then somebody mistook one for the other.
    OPAQUE: bytes without a reading that the analysis of a flow needs: they stay, but for addresses and names inside.
    BLANK: bytes that nothing needs: zeros.  TRAILER: the same, but not all zeros, which would make padding of it.
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

    mask: the bits of an address that are there, None for all; the others are zeros that it was cut to.
    last: where the last address of a range stands that begins here.
    path: the path in the message, for what is the same in several messages of a flow.
    """

    sort: Sort
    offset: int
    length: int
    mask: bytes | None = None
    last: int | None = None
    path: str = ""

    def of(self, data: bytes | bytearray) -> bytes:
        """The bytes that stand here."""
        return bytes(data[self.offset : self.offset + self.length])
