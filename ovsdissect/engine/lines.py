"""Lines of text for a capture's messages, from the compiled engine where possible, else from the tree; the lines are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, Generic

from ovsdissect.capture import Records
from ovsdissect.dissect.context import Context, M
from ovsdissect.engine.available import engine
from ovsdissect.engine.sink import Sink

if TYPE_CHECKING:
    from collections import Counter

    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.backend import BackEnd
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.passes import Pass
    from ovsdissect.engine.tables import Tables
    from ovsdissect.engine.walk import Walk
    from ovsdissect.filter import Filter

CAPACITY: Final = 1 << 18  # bytes of text at a time: small enough to stay in the processor's cache


class Collected:
    """Collects the tree's lines when no engine writes any: the part of the compiled Output's interface that is needed then."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.used = 0

    def put(self, line: bytes) -> bool:
        """Add a line."""
        if self.used and self.used + len(line) > CAPACITY:
            return False
        self._parts.append(line)
        self.used += len(line)
        return True

    def write_to(self, file: Sink, start: int = 0) -> None:
        """Write the text so far to a file, from an offset on."""
        _write(file, memoryview(b"".join(self._parts))[start:])
        self._parts.clear()
        self.used = 0


def _write(file: Sink, text: memoryview) -> None:
    """Write all of a text, however little the file accepts at a time."""
    while text:
        written = file.write(text)
        text = text[len(text) if written is None else written :]


class Lines(Generic[M]):
    """Writes the lines of a pass over a capture.

    line: makes the line of a message that the tree reads, None if it has none. make: makes the back end that writes all other lines, from
    walk, answers, output and tables; None if the tree must read every message.
    tables: makes the tables; by default the grammar's. chosen: the display filter that messages must pass, and whether messages of other
    families and protocols may; `line` must apply it too. begin: called with the time of the first message, before any line.
    jobs: threads; with more than one, all of them call `line`, which cannot depend on earlier lines.
    most: the maximum number of lines; requires that `make` is None, because the tree counts them. left: how many of these remain.
    asked: how many messages the tree read, by reason.
    """

    def __init__(
        self,
        context: Context[M],
        records: Records,
        line: Callable[[M], bytes | None],
        make: Callable[[Walk, Answer, Output, Tables], BackEnd] | None,
        tables: Callable[[], Tables] | None = None,
        chosen: tuple[Filter, bool] | None = None,
        begin: Callable[[int], None] | None = None,
        jobs: int = 1,
        most: int | None = None,
    ) -> None:
        self._context, self._records, self._line, self._make, self._tables = context, records, line, make, tables
        self._chosen, self._begin, self._jobs = chosen, begin, jobs
        self.left = most
        self._over: Pass[M] | None = None
        self._output: Output | Collected = Collected()
        self._file: Sink | None = None
        self._start = b""
        self.asked: Counter[str] | None = None
        self.begun = False

    def write(self, file: Sink, *, live: bool, start: bytes = b"") -> None:
        """Write the lines to a file, each at once if live. start: replaces the first bytes."""
        self._file, self._start = file, start
        if self._jobs > 1 and self._make is not None and engine().compiled:
            from ovsdissect.engine.parallel import parallel
            from ovsdissect.engine.tables import tables

            made = (self._tables or tables)()
            for lines in parallel(
                self._context, self._records, made, self._make, self._line, self._chosen, jobs=self._jobs, capacity=CAPACITY
            ):
                self._give(lines)
            file.flush()
            return
        for waiting in self._steps():
            if waiting or live:
                self._flush(live)
            if self.left == 0:
                break
        self._flush(True)

    def _steps(self) -> Iterator[bool]:
        """Continue; returns True if the output is full, False if no more data is available."""
        if not engine().compiled or (self._make is None and self._chosen is None):
            for record in self._records:
                for message in self._context.messages(record):
                    self._put(message)
                yield False
            return
        from ovsdissect.engine.backend import BackEnd
        from ovsdissect.engine.codes import FULL
        from ovsdissect.engine.passes import Pass
        from ovsdissect.engine.tables import tables

        over = Pass(
            (self._tables or tables)(),
            self._context,
            self._make or BackEnd.asking,
            self._put,
            CAPACITY,
            self._chosen,
            keys=self._make is None,
        )
        self._over, self._output, self.asked = over, over.output, over.asked
        for status in over.run(self._records):
            yield status == FULL

    def _put(self, message: M) -> None:
        if self.left == 0:
            return
        if self._over is not None:
            if self._over.passes is False:
                return
            if self._begin is not None and self._over.started is not None:
                self._begin(self._over.started)
        line = self._line(message)
        if line is not None and self.left is not None:
            self.left -= 1
        if line is not None and not self._output.put(line):
            self._flush(False)
            if not self._output.put(line):
                assert self._file is not None
                self._file.write(line)

    def _give(self, lines: memoryview) -> None:
        """Write lines that another thread made."""
        assert self._file is not None
        if lines and not self.begun:
            if self._start:
                self._file.write(self._start)
            lines = lines[len(self._start) :]
            self.begun = True
        _write(self._file, lines)

    def _flush(self, live: bool) -> None:
        assert self._file is not None
        if self._output.used:
            if not self.begun and self._start:
                self._file.write(self._start)
            self._output.write_to(self._file, 0 if self.begun else len(self._start))
            self.begun = True
        if live:
            self._file.flush()
