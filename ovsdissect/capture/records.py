"""The records of a capture, one by one or, for fast passes, as the bytes that hold them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Self

from ovsdissect.capture.pcap import Stretch
from ovsdissect.capture.pcapng import Blocks
from ovsdissect.capture.record import Record

# as many records as have arrived; whoever advances stretches and blocks takes their records
Piece = list[Record] | Stretch | Blocks


class Records:
    """An iterator over records; pieces() is another way to get the same ones."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self._pieces: Iterator[Piece] = iter(pieces)
        self._rest: Iterator[Record] | None = None

    @classmethod
    def of(cls, records: Iterable[Record]) -> Records:
        """Return an iterator over these records."""
        return records if isinstance(records, cls) else cls([record] for record in records)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Record:
        if self._rest is None:
            self._rest = chain.from_iterable(piece if isinstance(piece, list) else piece.records() for piece in self.pieces())
        return next(self._rest)

    def wait(self) -> None:
        """Wait for the first records: then everything that precedes them in the capture is known."""
        first = next(self._pieces, None)
        if first is not None:
            self._pieces = chain([first], self._pieces)

    def pieces(self) -> Iterator[Piece]:
        """Yield the remaining records, as many at a time as have arrived; use either this or iteration."""
        yield from self._pieces
