"""The JSON texts of payloads that came lately, each written once: a packet comes again in the answer to its upcall, a key in the flow."""

from __future__ import annotations

from typing import Final

from ovsdissect.dissect.shapes import Shapes
from ovsdissect.dissect.source import DiffersError
from ovsdissect.export.spelling import MEMO, WriteSet, compile_set
from ovsdissect.grammar import Attr, AttrSet, ByteOrder

LENGTHS: Final = 1024  # of payloads, whose shapes are tried at once
LATELY: Final = 6  # shapes of one length that are
PACKETS: Final = 256  # a handler thread of ovs-vswitchd answers at most 64 upcalls at a time (UPCALL_MAX_BATCH)


class Texts(dict[bytes, str]):
    """The text of each payload of a set.  It raises Refused for payloads that are for the tree.

    The dictionary is the young one of two generations.
    """

    def __init__(self, wire: AttrSet, order: ByteOrder) -> None:
        super().__init__()
        self._old: dict[bytes, str] = {}
        self._shapes: Shapes[WriteSet] = Shapes(Attr(0, "", wire), order, lambda made: compile_set(made, order, wire))
        self._lately: dict[int, list[WriteSet]] = {}

    def __missing__(self, raw: bytes) -> str:
        text = self._old.get(raw)
        return self._keep(raw, self._written(raw, None) if text is None else text)

    def agreed(self, raw: bytes, packet: bytes) -> str:
        """The text of a packet's flow key; Refused, or struct.error, where it is not surely that."""
        return self._keep(raw, self._written(raw, packet))

    def _keep(self, raw: bytes, text: str) -> str:
        if len(self) >= MEMO:
            self._old = dict(self)
            self.clear()
        self[raw] = text
        return text

    def _written(self, raw: bytes, packet: bytes | None) -> str:
        lately = self._lately.get(len(raw))
        if lately is None:
            if len(self._lately) >= LENGTHS:
                self._lately.clear()
            lately = self._lately[len(raw)] = []
        for place, write in enumerate(lately):
            try:
                text = write(raw, packet)
            except DiffersError:
                continue
            if text is not None:
                if place:
                    lately.insert(0, lately.pop(place))
                return text
        write = self._shapes.find(raw)
        lately.insert(0, write)
        del lately[LATELY:]
        text = write(raw, packet)
        assert text is not None
        return text


class Packets(dict[bytes, str]):
    """The hex of each packet."""

    def __init__(self) -> None:
        super().__init__()
        self._old: dict[bytes, str] = {}

    def __missing__(self, raw: bytes) -> str:
        text = self._old.get(raw)
        if text is None:
            text = raw.hex()
        if len(self) >= PACKETS:
            self._old = dict(self)
            self.clear()
        self[raw] = text
        return text
