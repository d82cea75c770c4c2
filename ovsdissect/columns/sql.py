"""Captures as tables of DuckDB: a query reads only the columns that it names, from messages that its conditions leave."""

from __future__ import annotations

import errno
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from ovsdissect import files
from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import LONGEST_RECORD, Skipped
from ovsdissect.columns.names import TABLES
from ovsdissect.columns.source import as_given
from ovsdissect.columns.stream import batches, schema, unreadable
from ovsdissect.errors import CaptureError, FilterError, OutputError
from ovsdissect.problem import Problem

# Conditions that a display filter can express; Arrow tests them again. The last alternative takes texts, which may look like conditions.
PUSHED: Final = re.compile(
    r'\((kind|direction|family|cmd) == "([a-z_-]+)"\)|\((number|record) (==|>=|<=|>|<) (\d+)\)|"(?:[^"\\]|\\.)*"', re.DOTALL
)
# where a COPY statement writes
WRITTEN: Final = re.compile(r"""(?<!\bsimilar)\s+to\s+(?:e?'((?:[^']|'')*)'|"((?:[^"]|"")*)"|\$\$(.*?)\$\$)""", re.DOTALL | re.IGNORECASE)
UNSAFE: Final = (" or ", "invert(", "if_else(", "is_null(", "not ")  # they may invert a condition


Told = Callable[[str, Problem | None, Sequence[Skipped]], object]


def _nothing(name: str, cut: Problem | None, skipped: Sequence[Skipped]) -> None:
    """Do nothing: the default for `told`."""


class Captures(ds.Dataset):
    """One table of some captures, which every query that names it reads again.

    DuckDB asks a dataset for a scanner of a query's columns and conditions: nothing else is made of the messages.
    captures: the name and the path of each. failed: called with the name of one that cannot be read, and why; it then has no rows,
    except one in the table of problems. unread: other captures that cannot be read, and why; they have the same row.
    told: called with the name of one that was read, how it ended early, and the records that were skipped.
    """

    def __init__(
        self,
        captures: Sequence[tuple[str, str]],
        table: str,
        failed: Callable[[str, str], None],
        *,
        everything: bool = False,
        families: Mapping[str, int] | None = None,
        byteorder: ByteOrder | None = None,
        max_record: int = LONGEST_RECORD,
        unread: Mapping[str, str] | None = None,
        told: Told = _nothing,
    ) -> None:
        self._unread = unread or {}
        self._captures, self._table, self._failed = captures, table, failed
        self._everything, self._families, self._limit, self._told = everything, families, max_record, told
        self._byteorder: ByteOrder | None = byteorder
        self._schema = schema(table)

    @property
    def schema(self) -> pa.Schema:
        """The columns of the table."""
        return self._schema

    def scanner(self, columns: Sequence[str] | None = None, filter: Any = None, **options: Any) -> ds.Scanner:
        """Return a scanner of some columns of the rows that pass an expression."""
        wanted = list(self._schema.names if columns is None else columns)
        text = "" if filter is None else str(filter)
        read = [*wanted, *(name for name in self._schema.names if name not in wanted and name in text)]
        made = self._batches(read, display_filter(text) if self._table == "messages" else None)
        return ds.Scanner.from_batches(made, schema=schema(self._table, read), columns=wanted, filter=filter, use_threads=False)

    def _batches(self, fields: list[str], chosen: str | None) -> Iterator[pa.RecordBatch]:
        for name, path in self._captures:
            try:
                yield from batches(
                    path,
                    self._table,
                    fields,
                    chosen,
                    all=self._everything,
                    families=self._families,
                    byteorder=self._byteorder,
                    capture=name,
                    max_record=self._limit,
                    ended=partial(self._told, name),
                )
            except CaptureError as error:
                text = as_given(str(error), name, path)
                self._failed(name, text)
                if self._table == "problems":
                    yield unreadable(name, text, fields)
        if self._table == "problems":
            for name, error_text in self._unread.items():
                yield unreadable(name, error_text, fields)


def display_filter(expression: str) -> str | None:
    """Return what a display filter can express of Arrow's expression, None if nothing: messages that it excludes have no row."""
    if any(word in expression for word in UNSAFE):
        return None
    parts = []
    for name, word, number, relation, value in PUSHED.findall(expression):
        if name or number:
            parts.append(f"{name} == {word}" if name else f"{number} {relation} {value}")
    if not parts:
        return None
    text = " && ".join(parts)
    try:
        from ovsdissect.filter import compile as compile_filter

        compile_filter(text)
    except FilterError:
        return None  # no message has such a word: Arrow finds that out
    return text


def connect(
    captures: Sequence[tuple[str, str]],
    failed: Callable[[str, str], None],
    *,
    database: str = ":memory:",
    everything: bool = False,
    families: Mapping[str, int] | None = None,
    byteorder: ByteOrder | None = None,
    max_record: int = LONGEST_RECORD,
    unread: Mapping[str, str] | None = None,
    told: Told = _nothing,
) -> duckdb.DuckDBPyConnection:
    """Return a connection with the tables of captures as views. captures, failed, unread, told: as for Captures."""
    connection = duckdb.connect(database)
    connection.execute("set TimeZone = 'UTC'")
    for table in TABLES:
        views = Captures(
            captures,
            table,
            failed,
            everything=everything,
            families=families,
            byteorder=byteorder,
            max_record=max_record,
            unread=unread,
            told=told,
        )
        connection.register(table, views)
    return connection


def check_copies(query: str) -> None:
    """Raise OutputError if a COPY statement of a query would overwrite a capture that is being read."""
    if re.search(r"\bcopy\b", query, re.IGNORECASE):
        for text, name, other in WRITTEN.findall(query):
            files.check(os.path.expanduser(text.replace("''", "'") or name.replace('""', '"') or other))


@contextmanager
def kept(path: str) -> Iterator[str]:
    """Yield a path for a new database that gets its name when the block ends, and is removed if that raises.

    The permissions of an existing file are kept. Raises OutputError if something else exists there, OSError if it cannot be written.
    """
    target = os.path.realpath(path)
    mode = None
    if os.path.exists(target):
        if not os.path.isfile(target):
            raise OutputError(f"{path} is not a regular file: a database cannot replace it")
        mode = stat.S_IMODE(os.stat(target).st_mode)
    with tempfile.TemporaryDirectory(prefix=".ovsdissect-", dir=os.path.dirname(target)) as folder:
        part = os.path.join(folder, "database")
        try:
            yield part
        except duckdb.Error as error:  # such as a full disk: the system's message is at the end
            raise OSError(errno.EIO, str(error).rpartition(": ")[2]) from None
        files.check(path)
        if mode is not None:
            os.chmod(part, mode)
        os.replace(part, target)


def keep(connection: duckdb.DuckDBPyConnection) -> None:
    """Turn the views into tables, in the connection's database."""
    for table in TABLES:
        connection.execute(f'create table main."kept_{table}" as select * from "{table}"')
        connection.unregister(table)
        connection.execute(f'alter table main."kept_{table}" rename to "{table}"')
    connection.execute("checkpoint")
