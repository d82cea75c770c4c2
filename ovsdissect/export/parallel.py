"""JSON lines by several processes: parts of a capture go out in turn, each with the context before it, and their lines come back in order.

The records are read, and the context is kept, by one process, so that a pipe works like a file.  Each worker has one part at a time: the
parent never sends to one that may be writing, so no two wait for each other.
"""

from __future__ import annotations

import errno
import multiprocessing
import pickle
import signal
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Final, TypeVar

from ovsdissect.capture import Record
from ovsdissect.dissect.context import Context
from ovsdissect.dissect.handover import Handover, skim
from ovsdissect.dissect.message import Message
from ovsdissect.export.fastjson import JsonLines, joined

M = TypeVar("M", bound=Message)

PART_RECORDS: Final = 4000
PART_BYTES: Final = 1024 * 1024

Make = Callable[[Context[Any]], JsonLines[Any]]


class WorkerDiedError(OSError):
    """A worker process ended before its lines were there; the output is a beginning, whole lines of it."""


def parallel_lines(
    context: Context[M], records: Iterable[Record], make: Make, message: type[M], array: bool, processes: int
) -> Iterator[tuple[bytes, int]]:
    """The lines of the records in order, joined, with how many of them were malformed.

    make: from a context the writer of the lines; message: the class of the context's messages; both as a new process can import them.
    """
    start = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    starter: Any = multiprocessing.get_context(start)
    workers: list[tuple[BaseProcess, Connection]] = []
    try:
        for _ in range(processes):
            ours, theirs = starter.Pipe()
            process = starter.Process(target=_work, args=(theirs, make, message, array), daemon=True)
            process.start()
            theirs.close()
            workers.append((process, ours))
        sent = 0
        for part in _parts(records):
            job = pickle.dumps((skim(context, part), part), pickle.HIGHEST_PROTOCOL)
            worker = workers[sent % processes]
            done = _received(*worker) if sent >= processes else None
            _send(*worker, job)
            sent += 1
            if done is not None:
                yield done
        for number in range(max(sent - processes, 0), sent):
            yield _received(*workers[number % processes])
    finally:
        for process, ours in workers:
            ours.close()
            process.terminate()
            process.join()


def _parts(records: Iterable[Record]) -> Iterator[list[Record]]:
    part: list[Record] = []
    size = 0
    for record in records:
        part.append(record)
        size += len(record.data)
        if size >= PART_BYTES or len(part) >= PART_RECORDS:
            yield part
            part, size = [], 0
    if part:
        yield part


def _send(process: BaseProcess, connection: Connection, job: bytes) -> None:
    try:
        connection.send_bytes(job)
    except OSError:
        raise _died(process) from None


def _received(process: BaseProcess, connection: Connection) -> tuple[bytes, int]:
    try:
        malformed: int = connection.recv()
        return connection.recv_bytes(), malformed
    except (EOFError, OSError):
        raise _died(process) from None


def _died(process: BaseProcess) -> WorkerDiedError:
    process.join(1)
    code = process.exitcode
    how = "stopped answering" if code is None else f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    return WorkerDiedError(errno.EIO, f"a worker process {how}")


def _work(connection: Connection, make: Make, message: type[Message], array: bool) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    writer: JsonLines[Any] | None = None
    while True:
        try:
            state, part = pickle.loads(connection.recv_bytes())
        except EOFError:
            return
        assert isinstance(state, Handover)
        context = state.context(message)
        if writer is None:
            writer = make(context)
        else:
            writer.go_on(context)
        lines: list[str] = []
        malformed = writer.malformed
        for batch in writer.batches(part, 1):
            lines += batch
        connection.send(writer.malformed - malformed)
        connection.send_bytes(joined(lines, array))
