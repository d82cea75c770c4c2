"""`ovsdissect sql`: a question in SQL, asked of captures."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, BinaryIO

import click
import orjson

from ovsdissect.cli.captures import check_outputs
from ovsdissect.cli.ending import skipped_texts
from ovsdissect.cli.options import byteorder, byteorder_option, family_option, max_record, max_record_option, quiet_option
from ovsdissect.cli.sink import check_standard_output
from ovsdissect.cli.sink import output as output_file
from ovsdissect.columns.names import TABLES
from ovsdissect.errors import OvsDissectError, extra_missing

if TYPE_CHECKING:
    import duckdb

    from ovsdissect.capture import Skipped
    from ovsdissect.problem import Problem

EXIT_INCOMPLETE = 1
NAME_WIDTH = 34
TYPE_WIDTH = 13
FORMATS = ("table", "csv", "json", "parquet")


@click.command("sql", short_help="Query captures with SQL.")
@click.argument("query", required=False)
@click.argument("captures", metavar="[CAPTURE]...", nargs=-1, type=click.Path(allow_dash=True))
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), default="table", show_default=True, help="Format of the answer; json is one array."
)
@click.option("-o", "--output", type=click.Path(dir_okay=False, allow_dash=True), default="-", metavar="FILE", help="Write to FILE.")
@click.option("--save", type=click.Path(dir_okay=False), metavar="FILE.duckdb", help="Save the tables as a DuckDB database.")
@click.option("--all", "everything", is_flag=True, help="Include every netlink message, not only those of Open vSwitch.")
@family_option
@byteorder_option
@max_record_option
@quiet_option
def command(
    query: str | None,
    captures: tuple[str, ...],
    format_: str,
    output: str,
    save: str | None,
    everything: bool,
    families: dict[str, int],
    quiet: bool,
) -> int:
    """Run a query in DuckDB's SQL.  Without a query, list the tables and their columns.

    The tables are messages, upcalls, flows, ports, errors and problems.  Put a name with dots in double quotes.  Needs pyarrow and duckdb.

    \b
    ovsdissect sql "select port, count(*) from upcalls group by port order by 2 desc" nlmon.pcap
    ovsdissect sql 'select "key.ipv4.src", count(*) from messages where cmd = $$miss$$ group by 1' nlmon.pcap
    """
    if query is None:
        _list_tables()
        return 0
    names = list(dict.fromkeys(captures))
    if not names:
        raise click.UsageError("no capture: ovsdissect sql QUERY CAPTURE...")
    if not query.strip():
        raise click.UsageError("the query is empty")
    if os.path.isfile(query):
        raise click.UsageError(f"{query} is a file: the query comes first, ovsdissect sql QUERY CAPTURE...")
    if format_ == "parquet" and output == "-" and sys.stdout.isatty():
        raise click.UsageError("Parquet is binary: write it to a file with -o FILE")
    failed: dict[str, str] = {}
    readable = _readable(names, failed)
    for error in failed.values():
        click.echo(f"ovsdissect: {error}", err=True)
    if not readable:
        raise OvsDissectError("none of the captures could be read" if len(names) > 1 else "the capture could not be read")
    told = len(failed)
    check_outputs(readable, output, save)
    ends: dict[str, dict[str, None]] = {}  # messages about each capture, once however many passes report them
    _answer(query, readable, failed, ends, format_, output, save, everything, families)
    if not quiet:
        for name, texts in ends.items():
            for text in texts:
                click.echo(f"ovsdissect: {name}: {text}", err=True)
    for error in list(failed.values())[told:]:
        click.echo(f"ovsdissect: {error}", err=True)
    return EXIT_INCOMPLETE if failed else 0


def _list_tables() -> None:
    for table, columns in TABLES.items():
        click.echo(f"{table}  {columns.__doc__.split(': ', 1)[1] if columns.__doc__ and ': ' in columns.__doc__ else ''}".rstrip())
        for column in columns().values():
            name = f'"{column.name}"' if "." in column.name else column.name
            click.echo(f"  {name:<{NAME_WIDTH}} {column.type:<{TYPE_WIDTH}} {column.doc}".rstrip())


def _readable(captures: list[str], failed: dict[str, str]) -> list[str]:
    """Return the captures that begin like captures; for the others, record why they do not."""
    from ovsdissect.capture import open_capture
    from ovsdissect.columns.source import is_passing
    from ovsdissect.errors import CaptureError

    found = []
    for capture in captures:
        if is_passing(capture):
            found.append(capture)
            continue
        try:
            with open_capture(capture):
                found.append(capture)
        except CaptureError as error:
            failed[capture] = str(error)
    return found


def _is_capture(name: str, path: str, failed: dict[str, str]) -> bool:
    """Return whether a copy of something other than a local file begins like a capture; else record why it does not."""
    from ovsdissect.capture import open_capture
    from ovsdissect.columns.source import as_given
    from ovsdissect.errors import CaptureError

    try:
        with open_capture(path):
            return True
    except CaptureError as error:
        failed[name] = as_given(str(error), name, path)
        return False


def _answer(
    query: str,
    captures: list[str],
    failed: dict[str, str],
    ends: dict[str, dict[str, None]],
    format_: str,
    output: str,
    save: str | None,
    everything: bool,
    families: dict[str, int],
) -> None:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # pyarrow loads numpy if it is installed, whose idle threads take CPU time
    try:
        import duckdb

        from ovsdissect.columns import sql
    except ModuleNotFoundError as error:
        raise extra_missing("SQL needs", str(error.name), "sql") from None
    from ovsdissect.columns.source import local

    def told(name: str, cut: Problem | None, skipped: Sequence[Skipped]) -> None:
        texts = (*(() if cut is None else (cut.text,)), *skipped_texts(skipped))
        ends.setdefault(name, {}).update(dict.fromkeys(texts))

    options: dict[str, Any] = {
        "everything": everything,
        "families": families,
        "byteorder": byteorder(),
        "max_record": max_record(),
        "told": told,
    }
    with local(captures) as copies:
        paths = [(name, path) for name, path in copies if name == path or _is_capture(name, path, failed)]
        if not paths:
            raise OvsDissectError("\novsdissect: ".join(failed[name] for name, _ in copies))
        options["unread"] = dict(failed)
        if save is None:
            with sql.connect(paths, failed.__setitem__, **options) as connection:
                _run(connection, query, format_, output, duckdb)
            return
        with (
            sql.kept(save) as database,
            sql.connect(paths, failed.__setitem__, database=database, **options) as connection,
        ):
            sql.keep(connection)
            _run(connection, query, format_, output, duckdb)


def _run(connection: duckdb.DuckDBPyConnection, query: str, format_: str, output: str, module: Any) -> None:
    """Run the query, and write the answer."""
    from ovsdissect.columns.sql import check_copies

    check_copies(query)
    try:
        answer: duckdb.DuckDBPyRelation | None = connection.sql(query)
        if answer is None:
            return  # a statement without an answer writes nothing
        if output == "-":
            check_standard_output()
        with output_file(output) as out:
            _write(answer, format_, out)
    except module.Error as error:
        raise OvsDissectError(f"sql: {_hint(str(error))}") from None


def _hint(text: str) -> str:
    """Return DuckDB's message, with a hint if a name with dots was not quoted or a table is unknown."""
    if "Table with name" in text and "does not exist" in text:
        from ovsdissect.columns.names import TABLES

        return f"{text.splitlines()[0]}\nThe tables are {', '.join(TABLES)}."
    if "key" in text and "Binder Error" in text:
        text += '\nPut a name with dots in double quotes: "key.ipv4.src".'
    return text


def _write(answer: duckdb.DuckDBPyRelation, format_: str, out: BinaryIO) -> None:
    """Write the answer, a batch of rows at a time."""
    from ovsdissect.columns.export import writer
    from ovsdissect.columns.plain import cells, plain

    # DuckDB 2 changed the name
    reader = (getattr(answer, "to_arrow_reader", None) or answer.fetch_arrow_reader)(8192)
    if format_ in ("csv", "parquet"):
        with closing(writer(out, reader.schema, format_)) as made:
            for batch in reader:
                made.write(batch)
        return
    if format_ == "json":
        out.write(b"[")
        between = b"\n"
        for batch in reader:
            for values in zip(*map(plain, batch.columns), strict=True):
                out.write(between + orjson.dumps(dict(zip(batch.schema.names, values, strict=True))))
                between = b",\n"
        out.write(b"\n]\n")
        return
    from ovsdissect.text.screen import escape

    names = [escape(name) for name in reader.schema.names]
    rows = [[escape(cell) for cell in row] for batch in reader for row in zip(*map(cells, batch.columns), strict=True)]
    right = [_is_number(field.type) for field in reader.schema]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    for row in (names, *rows):
        line = "  ".join(cell.rjust(width) if number else cell.ljust(width) for cell, width, number in zip(row, widths, right, strict=True))
        out.write((line.rstrip() + "\n").encode())


def _is_number(type_: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_))
