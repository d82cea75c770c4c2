"""The JSON texts of a set's payloads that came lately, each written once: an upcall's key comes again in the flow that answers it."""

from __future__ import annotations

from typing import Final

from ovsdissect.dissect.generations import Remembered
from ovsdissect.dissect.shapes import Shapes
from ovsdissect.dissect.source import DiffersError
from ovsdissect.export.spelling import MEMO, WriteSet, compile_set
from ovsdissect.grammar import Attr, AttrSet, ByteOrder

LENGTHS: Final = 1024  # of payloads, whose shapes are tried at once
LATELY: Final = 6  # shapes of one length that are


class Texts(Remembered[bytes, str]):
    """The text of each payload of a set.  It raises Refused for payloads that are for the tree."""

    def __init__(self, wire: AttrSet, order: ByteOrder) -> None:
        super().__init__(self._written, MEMO)
        self._shapes: Shapes[WriteSet] = Shapes(Attr(0, "", wire), order, lambda made: compile_set(made, order, wire))
        self._lately: dict[int, list[WriteSet]] = {}

    def agreed(self, raw: bytes, packet: bytes) -> str:
        """The text of a packet's flow key; Refused, or struct.error, where it is not surely that."""
        return self.keep(raw, self._written(raw, packet))

    def _written(self, raw: bytes, packet: bytes | None = None) -> str:
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
