"""Flows that are gone, in the order of their ends: kept in a temporary file, as a capture may have any number of them."""

from __future__ import annotations

import pickle
import tempfile
from array import array
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Self

from ovsdissect.analysis.entry import Entry


class GoneFlows:
    """A context manager that takes flows, then gives them back: in the order of what ended them, and of what first told of them."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # the context is this object's
        self._deleted, self._numbers, self._places = array("q"), array("q"), array("q")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def add(self, entry: Entry) -> None:
        """A flow of which nothing more is said."""
        assert entry.deleted is not None
        entry.history = None
        self._deleted.append(entry.deleted)
        self._numbers.append(entry.number)
        self._places.append(self._file.tell())
        pickle.dump(entry, self._file, protocol=pickle.HIGHEST_PROTOCOL)

    def __iter__(self) -> Iterator[Entry]:
        # each datapath lets go of its flows in order, but not all datapaths together
        place = -1
        for at in sorted(range(len(self._places)), key=lambda at: (self._deleted[at], self._numbers[at])):
            if self._places[at] != place:
                self._file.seek(self._places[at])
            entry: Entry = pickle.load(self._file)
            place = self._file.tell()
            yield entry
