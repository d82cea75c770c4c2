"""Tables as files: a directory has one folder for each table, which has a file for each capture, or several for a long one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from inspect import signature
from typing import Any, Final, NamedTuple, Protocol

import pyarrow as pa

from ovsdissect import files
from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import LONGEST_RECORD, Skipped
from ovsdissect.columns.arrow import schema_of
from ovsdissect.columns.names import TABLES, columns_of
from ovsdissect.columns.plain import cells
from ovsdissect.columns.source import File, is_passing, opened
from ovsdissect.columns.stream import of_source, unreadable
from ovsdissect.errors import CaptureError, OutputError
from ovsdissect.filter import compile as compile_filter
from ovsdissect.text.csvline import csv_line

ENDINGS: Final[Mapping[str, str]] = {"parquet": ".parquet", "arrow": ".arrow", "csv": ".csv"}
ROW_GROUP: Final = 1 << 16  # rows that are written together
BATCH: Final = 1 << 13  # rows of a column that are encoded at a time: most columns are almost empty, and each call costs time
FILE_ROWS: Final = 1 << 20  # rows of a Parquet file: what it says of each column of each row group stays in memory until it is complete
LEVEL: Final = 1  # of zstd: higher levels cost more than they save here


class Wanted(NamedTuple):
    """What to write of each capture.

    tables: their names. format: one of ENDINGS. filter: a display filter. everything, binary, families, max_record, byteorder: as for
    batches().
    """

    tables: tuple[str, ...] = tuple(TABLES)
    format: str = "parquet"
    filter: str | None = None
    everything: bool = False
    binary: bool = False
    families: Mapping[str, int] = {}
    max_record: int = LONGEST_RECORD
    byteorder: ByteOrder | None = None


class Done(NamedTuple):
    """The result for a capture. error: why it could not be read; cut: how it ended early. rows: by table.
    skipped: records too long to be read.
    """

    capture: str
    error: str | None
    cut: str | None
    rows: Mapping[str, int]
    skipped: Sequence[Skipped] = ()


class _Writer(Protocol):
    def write(self, batch: pa.RecordBatch) -> None:
        """Write some rows."""

    def close(self) -> None:
        """Complete the file."""


def passes_of(tables: Iterable[str]) -> int:
    """Return how often a capture is read for these tables: those of the analyses take one pass together."""
    return len({table if table in ("messages", "problems") else "findings" for table in tables})


def file_name(capture: str, format: str = "parquet", place: int = 1) -> str:
    """Return the name of a capture's files: the capture's name, and a suffix that distinguishes captures with the same name.

    place: which file of a table, from 1; their names sort in this order.
    """
    base = os.path.basename(capture.rstrip("/")) or "capture"
    further = "" if place == 1 else f"_{place:04}"
    return f"{'stdin' if base == '-' else base}-{sha256(os.fsencode(capture)).hexdigest()[:8]}{further}{ENDINGS[format]}"


def export(
    captures: Sequence[str],
    directory: str,
    wanted: Wanted,
    *,
    force: bool = False,
    jobs: int = 1,
    begun: Callable[[File], None] | None = None,
) -> Iterator[Done]:
    """Write tables of captures below a directory: all of them when the last one is done, none if anything but a capture fails.

    A capture that cannot be read has no rows except one in the table of problems. If none can be read, nothing is written.
    force: files may already exist; those of the same captures are replaced, others stay. jobs: processes.
    begun: called with each capture that this process reads.
    Raises OutputError if the directory is not empty and `force` is not set, or if a capture is where a file is to be written.
    """
    places = (os.path.join(table, file_name(capture, wanted.format)) for table in wanted.tables for capture in captures)
    targets = {os.path.realpath(os.path.join(directory, place)) for place in places}
    for capture in captures:
        if os.path.realpath(capture) in targets:
            raise OutputError(f"{capture} is a capture: an output is never an input")
    done: list[Done] = []
    files.check_directory(directory, force=force)
    with files.written_directory(directory, force=force) as staging:
        for table in wanted.tables:
            os.mkdir(os.path.join(staging, table))
        for one in _each(captures, staging, wanted, jobs, begun):
            done.append(one)
            yield one
        if all(one.error is not None for one in done):
            raise NothingReadError
        made = {table: set(os.listdir(os.path.join(staging, table))) for table in wanted.tables}
    for table in wanted.tables:
        for capture in captures:
            _remove_further(os.path.join(directory, table), capture, wanted.format, made[table])


class NothingReadError(CaptureError):
    """None of the captures could be read; the reasons have been reported for each."""


def _each(
    captures: Sequence[str], staging: str, wanted: Wanted, jobs: int, begun: Callable[[File], None] | None
) -> Iterator[Done]:
    if jobs == 1 or len(captures) == 1:
        for capture in captures:
            yield write_capture(capture, staging, wanted, begun)
        return
    # one process does not need these
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    _start_tracker()
    with ProcessPoolExecutor(min(jobs, len(captures)), mp_context=get_context("spawn")) as pool:
        # another process has neither this one's standard input nor its pipes
        own = [capture for capture in captures if is_passing(capture) and "://" not in capture]
        futures = [pool.submit(write_capture, capture, staging, wanted) for capture in captures if capture not in own]
        try:
            for capture in own:
                yield write_capture(capture, staging, wanted, begun)
            for future in as_completed(futures):
                yield future.result()
        finally:
            for future in futures:
                future.cancel()


def _start_tracker() -> None:
    """Start the process in which multiprocessing removes its semaphores: it ignores a terminal's SIGINT, and here also SIGHUP."""
    import signal
    from multiprocessing import resource_tracker

    if not hasattr(signal, "SIGHUP"):
        return
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        resource_tracker.ensure_running()
    finally:
        signal.signal(signal.SIGHUP, before)


def write_capture(capture: str, directory: str, wanted: Wanted, begun: Callable[[File], None] | None = None) -> Done:
    """Write the files of one capture into existing folders. begun: called with the open capture."""
    columns = {table: columns_of(table) for table in wanted.tables}
    rows = dict.fromkeys(columns, 0)
    chosen = None if wanted.filter is None else compile_filter(wanted.filter)
    folders = {table: os.path.join(directory, table) for table in columns}
    schemas = {table: schema_of(mine, binary=wanted.binary) for table, mine in columns.items()}
    error = cut = None
    skipped: list[Skipped] = []
    try:
        with (
            _writers(folders, capture, schemas, wanted.format) as writers,
            opened(capture, wanted.families, wanted.byteorder, wanted.max_record) as source,
        ):
            if begun is not None:
                begun(source)
            for table, batch in of_source(source, capture, columns, chosen, everything=wanted.everything, binary=wanted.binary):
                writers[table].write(batch)
                rows[table] += batch.num_rows
            cut, skipped = None if source.cut is None else source.cut.text, source.skipped
    except CaptureError as fault:
        error = str(fault)
        rows = dict.fromkeys(columns, 0)
        for folder in folders.values():
            _remove_further(folder, capture, wanted.format)
        with _writers(folders, capture, schemas, wanted.format) as writers:
            if "problems" in columns:
                writers["problems"].write(unreadable(capture, error))
                rows["problems"] = 1
    return Done(capture, error, cut, rows, skipped)


@contextmanager
def _writers(folders: Mapping[str, str], capture: str, schemas: Mapping[str, pa.Schema], format: str) -> Iterator[dict[str, _Files]]:
    with ExitStack() as stack:
        yield {table: stack.enter_context(_Files(folder, capture, schemas[table], format)) for table, folder in folders.items()}


class _Files:
    """The files of a capture's table: one, or several Parquet files of FILE_ROWS rows."""

    def __init__(self, folder: str, capture: str, schema: pa.Schema, format: str) -> None:
        self._folder, self._capture, self._schema, self._format = folder, capture, schema, format
        self._stack, self._place, self._rows = ExitStack(), 0, 0
        self._writer: _Writer

    def __enter__(self) -> _Files:
        self._next()
        return self

    def _next(self) -> None:
        self._stack.close()
        self._place, self._rows = self._place + 1, 0
        path = os.path.join(self._folder, file_name(self._capture, self._format, self._place))
        out = self._stack.enter_context(open(path, "wb"))  # noqa: SIM115 - the stack closes it
        self._writer = writer(out, self._schema, self._format)
        self._stack.callback(self._writer.close)

    def write(self, batch: pa.RecordBatch) -> None:
        """Write some rows."""
        if self._format == "parquet" and self._rows >= FILE_ROWS:
            self._next()
        self._writer.write(batch)
        self._rows += batch.num_rows

    def __exit__(self, *raised: object) -> None:
        self._stack.close()


def _remove_further(folder: str, capture: str, format: str, made: Container[str] = ()) -> None:
    """Remove a capture's files after the first that an earlier run has written and this one has not."""
    place = 2
    while os.path.lexists(path := os.path.join(folder, name := file_name(capture, format, place))):
        if name not in made:
            os.unlink(path)
        place += 1


def writer(out: Any, schema: pa.Schema, format: str) -> _Writer:
    """Return the object that writes rows of a schema to a binary file, in one of the formats."""
    made: _Writer = _CLASSES[format](out, schema)
    return made


class _Parquet:
    def __init__(self, out: Any, schema: pa.Schema) -> None:
        import pyarrow.parquet as pq

        words = [field.name for field in schema if pa.types.is_dictionary(field.type) or field.name in ("datapath", "port")]
        self._schema = schema
        self._writer = pq.ParquetWriter(
            out,
            schema,
            compression="zstd",
            compression_level=LEVEL,
            use_dictionary=words or False,
            write_batch_size=BATCH,
            **_whole_pages(),
        )
        self._rows: list[pa.RecordBatch] = []
        self._count = 0

    def write(self, batch: pa.RecordBatch) -> None:
        self._rows.append(batch)
        self._count += batch.num_rows
        if self._count >= ROW_GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_batches(self._rows, self._schema), row_group_size=2 * ROW_GROUP)
        self._rows.clear()
        self._count = 0

    def close(self) -> None:
        self._flush()
        self._writer.close()


def _whole_pages() -> dict[str, int]:
    """Return the option by which a column of a row group is one page, unless it has much data.

    Releases of pyarrow that have it otherwise split a column after few rows: most columns are almost empty, and each page costs time.
    """
    import pyarrow.parquet as pq

    return {"max_rows_per_page": 2 * ROW_GROUP} if "max_rows_per_page" in signature(pq.ParquetWriter).parameters else {}


class _Ipc:
    """A file with one dictionary for each column of words, which is complete only after the last row: not all programs can read a
    dictionary in parts.  Until then the rows are in a temporary file.
    """

    def __init__(self, out: Any, schema: pa.Schema) -> None:
        self._out, self._schema = out, schema
        folder = os.path.dirname(out.name) if isinstance(getattr(out, "name", None), str) else None
        self._part = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - close() closes it
        self._writer = pa.ipc.new_stream(self._part, schema, options=pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True))
        self._words: dict[int, pa.Array] = {}

    def write(self, batch: pa.RecordBatch) -> None:
        self._writer.write_batch(batch)
        self._words = {place: column.dictionary for place, column in enumerate(batch.columns) if pa.types.is_dictionary(column.type)}

    def close(self) -> None:
        self._writer.close()
        with self._part, pa.ipc.new_file(self._out, self._schema) as writer:
            self._part.seek(0)
            for batch in pa.ipc.open_stream(self._part):
                columns = batch.columns
                for place, words in self._words.items():
                    columns[place] = pa.DictionaryArray.from_arrays(columns[place].indices, words)
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))


class _Csv:
    def __init__(self, out: Any, schema: pa.Schema) -> None:
        self._out = out
        out.write((csv_line(schema.names) + "\n").encode())

    def write(self, batch: pa.RecordBatch) -> None:
        columns = [list(cells(column)) for column in batch.columns]
        self._out.write("".join(f"{csv_line(row)}\n" for row in zip(*columns, strict=True)).encode())

    def close(self) -> None:
        """Complete the file: nothing remains to be done."""


_CLASSES: Final[Mapping[str, Any]] = {"parquet": _Parquet, "arrow": _Ipc, "csv": _Csv}
