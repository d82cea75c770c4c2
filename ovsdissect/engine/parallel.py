"""Lines by several threads: parts of a capture, each from a copy of the books where it begins; the lines are those of one thread.

The engine runs without the interpreter's lock, so parts are written at the same time.  One more pass, which writes nothing, goes ahead of
them and keeps the books.
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
from ovsdissect.engine.passes import Make, Pass
from ovsdissect.engine.tables import Tables

if TYPE_CHECKING:
    from ovsdissect.filter import Filter

PIECES: Final = 4  # of a capture in a part: half a megabyte, beside which copying the books takes little time
WAITING: Final = 1  # parts for each thread that are being written, or wait for those before them

Line = Callable[[M], "bytes | None"]


class Part(Generic[M]):
    """Some pieces of a capture, and the books where they begin."""

    def __init__(self, over: Pass[M]) -> None:
        self.state = over.copy()
        self.pieces: list[Piece] = []

    def lines(self, tables: Tables, make: Make, line: Line[M], chosen: tuple[Filter, bool] | None, capacity: int) -> list[bytes]:
        """The lines of the part."""
        made: list[bytes] = []

        def put(message: M) -> None:
            text = None if over.passes is False else line(message)
            if text is not None and not over.output.put(text):
                made.append(over.output.taken())
                if not over.output.put(text):
                    made.append(text)

        over = Pass(tables, self.state.context, make, put, capacity, chosen)
        over.go_on(self.state)
        made.extend(over.output.taken() for _status in over.run(Records(self.pieces)))
        return made


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
) -> Iterator[bytes]:
    """The lines of the records in order, written by so many threads.  line: must be safe to call from several."""
    ahead = Pass(tables, context, BackEnd.asking, _nothing, 0, idle=True)
    waiting: deque[Future[list[bytes]]] = deque()
    with ThreadPoolExecutor(jobs) as pool:
        try:
            for part in _parts(ahead, records):
                waiting.append(pool.submit(part.lines, tables, make, line, chosen, capacity))
                while len(waiting) > WAITING * jobs:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _parts(ahead: Pass[M], records: Records) -> Iterator[Part[M]]:
    part = Part(ahead)
    for piece in records.pieces():
        if isinstance(piece, Blocks):  # they change their reader, which two passes cannot share
            piece = list(piece.records())
        part.pieces.append(_copy(piece))
        for _status in ahead.run(Records([piece])):
            pass
        if len(part.pieces) >= PIECES:
            yield part
            part = Part(ahead)
    if part.pieces:
        yield part


def _copy(piece: Piece) -> Piece:
    """A piece for another pass than the one that takes it."""
    return replace(piece) if isinstance(piece, Stretch) else piece


def _nothing(_message: object) -> None:
    """Of the pass ahead nothing is shown."""
