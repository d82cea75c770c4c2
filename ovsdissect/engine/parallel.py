"""Writes lines with several threads: each part of a capture starts from the state at its beginning; the lines equal one thread's.

The engine releases the interpreter's lock, so parts are written concurrently. One more pass, which writes nothing, runs ahead of them and
records the state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Generic

from ovsdissect.capture import Blocks, Piece, Records, Stretch
from ovsdissect.dissect.context import Context, M
from ovsdissect.engine.backend import BackEnd
from ovsdissect.engine.codes import FULL
from ovsdissect.engine.passes import Make, Pass, State
from ovsdissect.engine.requests import Requests
from ovsdissect.engine.tables import Tables

if TYPE_CHECKING:
    from ovsdissect.filter import Filter

PIECES: Final = 4  # pieces of a capture in a part: half a megabyte, compared with which handing the state over takes little time
WAITING: Final = 1  # parts per thread that are being written, or wait for earlier parts

Line = Callable[[M], "bytes | None"]


class Part(Generic[M]):
    """Some pieces of a capture, and the state of a pass at their beginning."""

    def __init__(self, state: State[M]) -> None:
        self.state = state
        self.pieces: list[Piece] = []


class Spare:
    """Resources that parts reuse, so that memory does not grow with the capture: text buffers and records of requests."""

    def __init__(self) -> None:
        self.buffers: list[bytearray] = []
        self.requests: list[Requests] = []


class Writer(Generic[M]):
    """A pass that writes the lines of one part after another."""

    def __init__(
        self,
        tables: Tables,
        context: Context[M],
        make: Make,
        line: Line[M],
        chosen: tuple[Filter, bool] | None,
        capacity: int,
        spare: Spare,
    ) -> None:
        self._line, self._spare = line, spare
        self._over = Pass(tables, context, make, self._put, capacity, chosen)
        self._buffer = self._fresh()
        self._made: list[memoryview] = []

    def lines(self, part: Part[M]) -> list[memoryview]:
        """Return the lines of a part, in buffers that are reused after writing."""
        self._over.go_on(part.state)
        for status in self._over.run(Records(part.pieces)):
            if status == FULL:
                self._take()
        self._take()
        self._spare.requests += part.state.requests.values()
        made, self._made = self._made, []
        return made

    def _put(self, message: M) -> None:
        text = None if self._over.passes is False else self._line(message)
        if text is not None and not self._over.output.put(text):
            self._take()
            if not self._over.output.put(text):
                self._made.append(memoryview(text))

    def _take(self) -> None:
        """Continue in another buffer."""
        self._made.append(memoryview(self._buffer)[: self._over.output.used])
        self._buffer = self._fresh()

    def _fresh(self) -> bytearray:
        try:
            buffer = self._spare.buffers.pop()
        except IndexError:
            buffer = bytearray(self._over.output.size)
        self._over.output.use(buffer)
        return buffer


def parallel(
    context: Context[M],
    records: Records,
    tables: Tables,
    make: Make,
    line: Line[M],
    chosen: tuple[Filter, bool] | None,
    *,
    jobs: int,
    capacity: int,
) -> Iterator[memoryview]:
    """Yield the lines of the records in order, written by a number of threads; each piece is valid until the next is requested.

    line: must be safe to call from several threads.
    """
    spare = Spare()
    ahead = Pass(tables, context, BackEnd.asking, _nothing, 0, idle=True)
    waiting: deque[Future[list[memoryview]]] = deque()
    writers: list[Writer[M]] = []

    def write(part: Part[M]) -> list[memoryview]:
        try:
            writer = writers.pop()
        except IndexError:
            writer = Writer(tables, part.state.context, make, line, chosen, capacity, spare)
        made = writer.lines(part)
        writers.append(writer)
        return made

    def first() -> Iterator[memoryview]:
        for lines in waiting.popleft().result():
            yield lines
            if isinstance(lines.obj, bytearray):
                spare.buffers.append(lines.obj)

    with ThreadPoolExecutor(jobs) as pool:
        try:
            for part in _parts(ahead, records, spare):
                waiting.append(pool.submit(write, part))
                while len(waiting) > WAITING * jobs:
                    yield from first()
            while waiting:
                yield from first()
        finally:
            for future in waiting:
                future.cancel()


def _parts(ahead: Pass[M], records: Records, spare: Spare) -> Iterator[Part[M]]:
    part = Part(ahead.copy(spare.requests))
    for piece in records.pieces():
        if isinstance(piece, Blocks):  # they change their reader, which two passes cannot share
            piece = list(piece.records())
        part.pieces.append(_copy(piece))
        for _status in ahead.run(Records([piece])):
            pass
        if len(part.pieces) >= PIECES:
            yield part
            part = Part(ahead.copy(spare.requests))
    if part.pieces:
        yield part


def _copy(piece: Piece) -> Piece:
    """Return a piece for a pass other than the one that reads it."""
    return replace(piece) if isinstance(piece, Stretch) else piece


def _nothing(_message: object) -> None:
    """The pass ahead shows nothing."""
