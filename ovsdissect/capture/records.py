"""The records of a capture one by one, or, for who goes over very many, the bytes that they stand in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Self

from ovsdissect.capture.pcap import Stretch
from ovsdissect.capture.record import Record

# as many records as have come; a stretch is taken by whoever moves it on
Piece = list[Record] | Stretch


class Records:
    """An iterator over records; pieces() is another way over the same ones."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self._pieces = iter(pieces)
        self._piece: Piece | None = None  # the one that first() looked into
        self._rest: Iterator[Record] | None = None

    @classmethod
    def of(cls, records: Iterable[Record]) -> Records:
        """Those records."""
        return records if isinstance(records, cls) else cls([record] for record in records)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Record:
        if self._rest is None:
            self._rest = chain.from_iterable(piece if isinstance(piece, list) else piece.records() for piece in self.pieces())
        return next(self._rest)

    def pieces(self) -> Iterator[Piece]:
        """The records that were not taken yet, as many at a time as have come; use this, or iterate."""
        if self._piece is not None:
            piece, self._piece = self._piece, None
            yield piece
        yield from self._pieces

    def first(self) -> Record | None:
        """The next record, which stays the next one; None where there is none.  Only before others were taken."""
        while self._piece is None:
            piece = next(self._pieces, None)
            if piece is None:
                return None
            if not isinstance(piece, list):
                record = piece.first()
                if record is None:
                    continue
                self._piece = piece
                return record
            self._piece = piece or None
        return self._piece[0] if isinstance(self._piece, list) else self._piece.first()
