"""Tables as record batches, many rows at a time in constant memory: the source of files, SQL, data frames and clusters."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import LONGEST_RECORD, Skipped
from ovsdissect.columns.arrow import schema_of
from ovsdissect.columns.names import Column, columns_of
from ovsdissect.columns.source import Source, opened
from ovsdissect.filter import compile as compile_filter
from ovsdissect.problem import Problem

if TYPE_CHECKING:
    from ovsdissect.filter import Filter

FINDINGS = ("upcalls", "flows", "ports", "errors")


def schema(table: str, fields: Iterable[str] | None = None, *, binary: bool = False) -> pa.Schema:
    """Return the Arrow schema of a table, or of some columns in that order. Raises OvsDissectError for unknown ones."""
    return schema_of(columns_of(table, fields), binary=binary)


def batches(
    path: str | os.PathLike[str],
    table: str,
    fields: Iterable[str] | None = None,
    filter: str | Filter | None = None,
    *,
    all: bool = False,
    binary: bool = False,
    families: Mapping[str, int] | None = None,
    byteorder: ByteOrder | None = None,
    capture: str | None = None,
    max_record: int = LONGEST_RECORD,
    ended: Callable[[Problem | None, Sequence[Skipped]], object] = lambda cut, skipped: None,
) -> Iterator[pa.RecordBatch]:
    """Yield a table of a capture as Arrow record batches of at most some thousand rows, one at a time.

    path: a file, a URL that fsspec knows, or "-". table: messages, upcalls, flows, ports, errors or problems.
    fields: the wanted columns, in this order; no others are read. filter: a display filter: for messages, those that match; for findings,
    those that the command of that name shows with -Y. all: other netlink messages too.
    binary: addresses as bytes instead of text. families: ids that the caller knows. byteorder: that of all messages, as for open().
    capture: the value of the column with that name. max_record: bytes; longer records are skipped.
    ended: called when all rows were returned, with how the capture ended early and the records that were skipped.
    Raises OvsDissectError for an unknown table or column or a wrong filter, CaptureError if it is not a capture.
    """
    columns = columns_of(table, fields)
    chosen = compile_filter(filter) if isinstance(filter, str) else filter

    def made() -> Iterator[pa.RecordBatch]:
        with opened(path, families, byteorder, max_record) as source:
            name = os.fspath(path) if capture is None else capture
            for _, batch in of_source(source, name, {table: columns}, chosen, everything=all, binary=binary):
                yield batch
            ended(source.cut, source.skipped)

    return made()


def of_source(
    source: Source,
    capture: str,
    wanted: Mapping[str, list[Column]],
    chosen: Filter | None = None,
    *,
    everything: bool = False,
    binary: bool = False,
) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Yield the batches of several tables of an open capture, each with its table's name; the analyses' tables take one pass together."""
    capture = _text(capture)
    if "messages" in wanted:
        # what a table needs is loaded with it
        from ovsdissect.columns.messages import Messages

        messages = Messages(wanted["messages"], capture, chosen=chosen, everything=everything, binary=binary)
        for batch in messages.batches(*source.begin()):
            yield "messages", batch
    findings = {table: columns for table, columns in wanted.items() if table in FINDINGS}
    if findings:
        from ovsdissect.columns.findings import Findings

        yield from Findings(findings, capture, chosen=chosen, binary=binary).batches(source)
    if "problems" in wanted:
        from ovsdissect.columns.problems import Problems

        for batch in Problems(wanted["problems"], capture, chosen=chosen, everything=everything).batches(source):
            yield "problems", batch


def table_of(
    source: Source,
    capture: str,
    table: str,
    fields: Iterable[str] | None = None,
    filter: str | Filter | None = None,
    *,
    all: bool = False,
    binary: bool = False,
) -> pa.Table:
    """Return a table of an open capture in memory; parameters as for batches()."""
    columns = columns_of(table, fields)
    chosen = compile_filter(filter) if isinstance(filter, str) else filter
    made = of_source(source, capture, {table: columns}, chosen, everything=all, binary=binary)
    return pa.Table.from_batches((batch for _, batch in made), schema_of(columns, binary=binary))


def unreadable(capture: str, text: str, fields: Iterable[str] | None = None) -> pa.RecordBatch:
    """Return the row of the table of problems for a capture that cannot be read."""
    from ovsdissect.columns.problems import Problems

    return Problems(columns_of("problems", fields), _text(capture)).unreadable(_text(text))


def _text(name: str) -> str:
    """Return a text that may contain the name of a file, which need not be UTF-8, whereas Arrow's texts are."""
    return name.encode("utf-8", "backslashreplace").decode()
