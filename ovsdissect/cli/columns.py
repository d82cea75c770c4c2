"""`ovsdissect columns`: captures as tables in files that other programs read."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING

import click
import orjson

from ovsdissect.cli.options import (
    byteorder,
    byteorder_option,
    compiled_filter,
    family_option,
    filter_option,
    max_record,
    max_record_option,
    quiet_option,
    skipped_texts,
)
from ovsdissect.cli.sink import check_directory, force_option
from ovsdissect.columns.names import TABLES, described
from ovsdissect.errors import OvsDissectError

if TYPE_CHECKING:
    from ovsdissect.columns.export import Done

EXIT_INCOMPLETE = 1


def _describe(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(orjson.dumps(described(), option=orjson.OPT_INDENT_2))
        ctx.exit()


@click.command("columns", short_help="Tables as Parquet, Arrow or CSV, for other programs.")
@click.argument("captures", metavar="CAPTURE...", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option(
    "-o", "--output", type=click.Path(file_okay=False), required=True, metavar="DIR", help="The directory to write; made if need be."
)
@click.option("--table", "tables", multiple=True, type=click.Choice(list(TABLES)), help="A table; by default all.")
@click.option(
    "--format", "format_", type=click.Choice(["parquet", "arrow", "csv"]), default="parquet", show_default=True, help="Of the files."
)
@click.option("--binary", is_flag=True, help="Addresses as bytes instead of text.")
@click.option("--all", "everything", is_flag=True, help="Every netlink message, not Open vSwitch's only.")
@filter_option
@family_option
@byteorder_option
@max_record_option
@click.option("-j", "--jobs", type=click.IntRange(1), metavar="N", help="Use N processes; by default as many as there are processors.")
@quiet_option
@force_option
@click.option(
    "--schema", is_flag=True, is_eager=True, expose_value=False, callback=_describe, help="Print the tables and their columns, and exit."
)
def command(
    captures: tuple[str, ...],
    output: str,
    tables: tuple[str, ...],
    format_: str,
    binary: bool,
    everything: bool,
    display_filter: str | None,
    families: dict[str, int],
    jobs: int | None,
    quiet: bool,
    force: bool,
) -> int:
    """Write captures as tables: messages, upcalls, flows, ports, errors and problems, each in a folder below DIR, with a file for each
    capture.

    The columns are described by --schema, and in docs/columns.md.  Needs pyarrow.

    \b
    ovsdissect columns nlmon.pcap -o tables
    ovsdissect columns captures/*.pcap.zst -o tables --table upcalls --table errors
    """
    export = _exporting()
    if display_filter is not None:
        compiled_filter(display_filter)
    force = check_directory(output, force=force)
    chosen = tuple(dict.fromkeys(tables)) or tuple(TABLES)
    wanted = export.Wanted(chosen, format_, display_filter, everything, binary, families, max_record(), byteorder())
    names = list(dict.fromkeys(captures))
    failed = 0
    try:
        for done in _shown(export.export(names, output, wanted, force=force, jobs=jobs or os.cpu_count() or 1), len(names), quiet):
            if done.error is not None:
                failed += 1
                click.echo(f"ovsdissect: {done.error}", err=True)
            elif not quiet:
                for text in (*(() if done.cut is None else (done.cut,)), *skipped_texts(done.skipped)):
                    click.echo(f"ovsdissect: {done.capture}: {text}", err=True)
    except export.NothingReadError:
        raise OvsDissectError("none of the captures could be read, and nothing was written") from None
    return EXIT_INCOMPLETE if failed else 0


def _exporting() -> ModuleType:
    """What writes; it needs pyarrow."""
    try:
        from ovsdissect.columns import export
    except ModuleNotFoundError as error:
        raise OvsDissectError(missing(error)) from None
    return export


def missing(error: ModuleNotFoundError) -> str:
    """What to say where an extra is not installed."""
    return f"tables need {error.name}: pip install 'ovsdissect[sql]'"


def _shown(each: Iterator[Done], count: int, quiet: bool) -> Iterable[Done]:
    """With a progress bar where somebody sees it and there is something to wait for."""
    if quiet or count == 1 or not sys.stderr.isatty():
        yield from each
        return
    with click.progressbar(each, length=count, label="captures", file=sys.stderr) as bar:
        yield from bar
