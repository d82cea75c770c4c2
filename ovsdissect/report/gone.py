"""Flows that are gone, in the order of their ends: kept in a temporary file, because there may be any number of them."""

from __future__ import annotations

import pickle
import tempfile
from array import array
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Self

from ovsdissect.analysis.entry import Entry


class GoneFlows:
    """A context manager that takes flows and returns them sorted by the message that ended them, then by the first message about them."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # the context is this object's
        self._deleted, self._numbers, self._places = array("q"), array("q"), array("q")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def add(self, entry: Entry) -> None:
        """Add a flow about which no more messages can come."""
        assert entry.deleted is not None
        self._deleted.append(entry.deleted)
        self._numbers.append(entry.number)
        self._places.append(self._file.tell())
        pickle.dump(entry, self._file, protocol=pickle.HIGHEST_PROTOCOL)

    def __iter__(self) -> Iterator[Entry]:
        # each datapath releases its flows in order, but the datapaths are interleaved
        place = -1
        for at in sorted(range(len(self._places)), key=lambda at: (self._deleted[at], self._numbers[at])):
            if self._places[at] != place:
                self._file.seek(self._places[at])
            entry: Entry = pickle.load(self._file)
            place = self._file.tell()
            yield entry
