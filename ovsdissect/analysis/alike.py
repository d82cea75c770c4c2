"""Keys of flows, which differ in few bytes: each is kept as its difference from an earlier one of its length."""

from __future__ import annotations

from typing import Final

from ovsdissect.byteorder import ByteOrder

PLAIN: Final = 255  # what follows is the key itself; else the number of a model, and what differs from it
LONGEST: Final = 4096  # longer than any key of Open vSwitch
RUN: Final = 255


class Alike:
    """The keys of the flows of one datapath. dp, order: of its messages."""

    __slots__ = ("_latest", "_models", "dp", "order")

    def __init__(self, dp: int, order: ByteOrder) -> None:
        self.dp, self.order = dp, order
        self._models: list[bytes] = []
        self._latest: dict[int, int] = {}  # by length

    def pack(self, key: bytes | None) -> bytes | None:
        """Return what unpack() takes: the model's number, then place (two bytes), length and bytes of each difference."""
        if key is None:
            return None
        size = len(key)
        number = self._latest.get(size, PLAIN)
        packed = b""
        if number != PLAIN:
            packed = self._differences(number, key)
            if len(packed) == 1 or 2 * len(packed) <= size:
                return packed
        if size <= LONGEST and len(self._models) < PLAIN:
            number = self._latest[size] = len(self._models)
            self._models.append(key)
            return bytes((number,))
        return packed if 0 < len(packed) <= size else bytes((PLAIN,)) + key

    def _differences(self, number: int, key: bytes) -> bytes:
        model = self._models[number]
        size = len(key)
        out = bytearray((number,))
        at = 0
        while at < size:
            if key[at] == model[at]:
                at += 1
                continue
            start = at
            while at < size and key[at] != model[at] and at - start < RUN:
                at += 1
            out.append(start >> 8)
            out.append(start & 0xFF)
            out.append(at - start)
            out += key[start:at]
        return bytes(out)

    def unpack(self, packed: bytes | None) -> bytes | None:
        """Return the key."""
        if packed is None:
            return None
        if packed[0] == PLAIN:
            return packed[1:]
        model = self._models[packed[0]]
        if len(packed) == 1:
            return model
        out = bytearray(model)
        at = 1
        while at < len(packed):
            start, size = packed[at] << 8 | packed[at + 1], packed[at + 2]
            out[start : start + size] = packed[at + 3 : at + 3 + size]
            at += 3 + size
        return bytes(out)
