"""JSON lines by several processes: parts of a capture go out in turn, each with the context before it, and their lines come back in order.

The records are read, and the context is kept, by one process, so that a pipe works like a file.  It sends only to a worker that waits for
a part, and such a worker has nothing more to say: no two wait for each other.
"""

from __future__ import annotations

import errno
import gc
import multiprocessing
import pickle
import signal
import socket
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, repeat
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from struct import Struct
from typing import Any, Final, TypeVar

from ovsdissect.capture import Record
from ovsdissect.dissect.context import Context
from ovsdissect.dissect.handover import Handover, handovers
from ovsdissect.dissect.message import Message
from ovsdissect.errors import CaptureError
from ovsdissect.export.fastjson import PIECES, JsonLines

M = TypeVar("M", bound=Message)

PART_BYTES: Final = 2 * 1024 * 1024  # long enough that what goes with a part does not count, short enough that all work to the end
AHEAD: Final = 3  # parts for each worker whose lines are not yet written: a slow one holds up the others no sooner, nor the memory more

DATA: Final = Record._fields.index("data")
_LENGTHS: Final = Struct("=QQ")

Make = Callable[[Context[Any]], JsonLines[Any]]


class WorkerDiedError(OSError):
    """A worker process ended before its lines were there; the output is a beginning, whole lines of it."""


def parallel_lines(
    context: Context[M], records: Iterable[Record], make: Make, message: type[M], processes: int, *, foreign: bool
) -> Iterator[tuple[bytes, int]]:
    """The lines of the records in order, joined, with how many of them were malformed.

    make: from a context the writer of the lines; message: the class of the context's messages; both as a new process can import them.
    foreign: the lines are of other netlink protocols too.
    """
    # what is there stays there: a collection shall not walk through it again and again, nor a worker copy its pages for that
    gc.freeze()
    start = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    starter: Any = multiprocessing.get_context(start)
    workers: list[_Worker] = []
    try:
        for _ in range(processes):
            # what a forked process inherits it shall let go: else none of them would see the parent's end
            inherited = tuple(worker.ours for worker in workers) if start == "fork" else None
            workers += [_Worker(starter, make, message, inherited)]
        yield from _in_order(workers, _Jobs(handovers(context, records, PART_BYTES, foreign=foreign)))
    finally:
        for worker in workers:
            worker.end()


def _in_order(workers: list[_Worker], jobs: _Jobs) -> Iterator[tuple[bytes, int]]:
    idle, busy = list(workers), dict[socket.socket, tuple[_Worker, int]]()
    lines = dict[int, tuple[bytes, int]]()
    sent = written = 0
    while jobs.next is not None or busy or lines:
        if jobs.next is not None and idle and sent < written + AHEAD * len(workers):
            worker = idle.pop()
            worker.send(jobs.next)
            busy[worker.ours] = (worker, sent)
            sent += 1
            jobs.advance()
        elif written in lines:
            yield lines.pop(written)
            written += 1
        else:
            for ready in wait(list(busy)):
                assert isinstance(ready, socket.socket)
                worker, number = busy.pop(ready)
                lines[number] = worker.lines()
                idle.append(worker)
    if jobs.error is not None:
        raise jobs.error


class _Jobs:
    """The parts of a capture as they are sent.  next: the one that can be sent at once; error: why there are no more."""

    def __init__(self, parts: Iterator[tuple[Handover, list[Record]]]) -> None:
        self._parts = parts
        self.next: tuple[bytes, bytes] | None = None
        self.error: CaptureError | None = None
        self.advance()

    def advance(self) -> None:
        """Make the next one; what was read before an error is written before it is said."""
        try:
            part = next(self._parts, None)
        except CaptureError as error:
            self.error, part = error, None
        self.next = part and _packed(*part)


class _Worker:
    """A process that writes the lines of one part at a time, and this side of its connection.

    inherited: the connections that a forked process has besides its own; None where it is not forked.
    """

    def __init__(self, starter: Any, make: Make, message: type[Message], inherited: tuple[socket.socket, ...] | None) -> None:
        self.ours, theirs = socket.socketpair()
        others = () if inherited is None else (*inherited, self.ours)
        with theirs:
            self._process: BaseProcess = starter.Process(target=_work, args=(theirs, others, make, message), daemon=True)
            self._process.start()

    def send(self, job: tuple[bytes, bytes]) -> None:
        """Give it a part, for which it waits."""
        try:
            _send(self.ours, *job)
        except OSError:
            raise self._died() from None

    def lines(self) -> tuple[bytes, int]:
        """Its lines, which it has or is about to have."""
        try:
            length, malformed = _LENGTHS.unpack(_take(self.ours, _LENGTHS.size))
            return _take(self.ours, length), malformed
        except (EOFError, OSError):
            raise self._died() from None

    def end(self) -> None:
        """Stop it, whatever it does."""
        self.ours.close()
        self._process.terminate()
        self._process.join()

    def _died(self) -> WorkerDiedError:
        self._process.join(1)
        code = self._process.exitcode
        how = "stopped answering" if code is None else f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return WorkerDiedError(errno.EIO, f"a worker process {how}")


def _work(connection: socket.socket, others: tuple[socket.socket, ...], make: Make, message: type[Message]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all of a terminal's processes; the parent ends its workers
    gc.freeze()
    for other in others:
        other.close()
    writer: JsonLines[Any] | None = None
    context: Context[Any] | None = None
    while True:
        try:
            lengths = _take(connection, _LENGTHS.size)
        except (EOFError, OSError):
            return
        before, part = _unpacked(*(_take(connection, length) for length in _LENGTHS.unpack(lengths)))
        if writer is None or context is None:
            context = before.context(message)
            writer = make(context)
        elif not before.go_on(context):
            context = before.context(message)
            writer.go_on(context)
        malformed = writer.malformed
        pieces = [text for text, _ in writer.parts(part, PIECES)]
        try:
            connection.sendall(_LENGTHS.pack(sum(map(len, pieces)), writer.malformed - malformed))
            for piece in pieces:
                connection.sendall(piece)
        except OSError:
            return  # the parent has gone, and said why


def _packed(before: Handover, part: list[Record]) -> tuple[bytes, bytes]:
    """A part as bytes: by columns, which costs a fraction of one record after another; what was captured stands behind."""
    columns: list[Any] = list(zip(*part, strict=True))
    data, columns[DATA] = columns[DATA], tuple(map(len, columns[DATA]))
    return pickle.dumps((before, columns), pickle.HIGHEST_PROTOCOL), b"".join(data)


def _unpacked(state: bytes, data: bytes) -> tuple[Handover, list[Record]]:
    before, columns = pickle.loads(state)
    assert isinstance(before, Handover)
    ends = list(accumulate(columns[DATA]))
    columns[DATA] = [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return before, list(map(tuple.__new__, repeat(Record), zip(*columns, strict=True)))


def _send(connection: socket.socket, first: bytes, second: bytes) -> None:
    connection.sendall(_LENGTHS.pack(len(first), len(second)))
    connection.sendall(first)
    connection.sendall(second)


def _take(connection: socket.socket, length: int) -> bytes:
    """So many bytes; one system call has them all, as a rule."""
    taken = b""
    while len(taken) < length:
        piece = connection.recv(length - len(taken), socket.MSG_WAITALL)
        if not piece:
            raise EOFError
        taken = taken + piece if taken else piece
    return taken
