"""Flows that are gone, in the order of their ends: kept in a temporary file, as a capture may have any number of them."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Self

from ovsdissect.analysis.entry import Entry


class GoneFlows:
    """A context manager that takes flows, then gives them back."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # the context is this object's
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def add(self, entry: Entry) -> None:
        """A flow of which nothing more is said."""
        entry.history = None
        pickle.dump(entry, self._file, protocol=pickle.HIGHEST_PROTOCOL)
        self._count += 1

    def __iter__(self) -> Iterator[Entry]:
        self._file.seek(0)
        for _ in range(self._count):
            entry: Entry = pickle.load(self._file)
            yield entry
