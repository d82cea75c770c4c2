"""`ovsdissect columns`: captures as tables in files that other programs read."""

from __future__ import annotations

import os
from contextlib import nullcontext
from types import ModuleType
from typing import TYPE_CHECKING

import click
import orjson

from ovsdissect.cli.ending import skipped_texts
from ovsdissect.cli.options import (
    Numbers,
    byteorder,
    byteorder_option,
    compiled_filter,
    family_option,
    filter_option,
    max_record,
    max_record_option,
    numbers_option,
    quiet_option,
)
from ovsdissect.cli.progress import shown
from ovsdissect.cli.selection import with_numbers
from ovsdissect.cli.sink import check_directory, force_option
from ovsdissect.columns.names import TABLES, described
from ovsdissect.errors import OvsDissectError, extra_missing

if TYPE_CHECKING:
    from ovsdissect.columns.source import File

EXIT_INCOMPLETE = 1


def _describe(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(orjson.dumps(described(), option=orjson.OPT_INDENT_2))
        ctx.exit()


@click.command("columns", short_help="Write tables as Parquet, Arrow or CSV.")
@click.argument("captures", metavar="CAPTURE...", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False),
    required=True,
    metavar="DIR",
    help="Write to this directory; it is created if necessary.",
)
@click.option("--table", "tables", multiple=True, type=click.Choice(list(TABLES)), help="Write this table; by default all tables.")
@click.option(
    "--format", "format_", type=click.Choice(["parquet", "arrow", "csv"]), default="parquet", show_default=True, help="Format of the files."
)
@click.option("--binary", is_flag=True, help="Write addresses as bytes instead of text.")
@click.option("--all", "everything", is_flag=True, help="Include every netlink message, not only those of Open vSwitch.")
@filter_option
@numbers_option
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
    numbers: Numbers | None,
    families: dict[str, int],
    jobs: int | None,
    quiet: bool,
    force: bool,
) -> int:
    """Write captures as tables: messages, upcalls, flows, ports, errors and problems, each in a directory below DIR, with a file for
    each capture, or several Parquet files for more than a million rows.

    `ovsdissect columns --schema` describes the columns.  Needs pyarrow.

    \b
    ovsdissect columns nlmon.pcap -o tables
    ovsdissect columns captures/*.pcap.zst -o tables --table upcalls --table errors
    """
    export = _exporting()
    if display_filter is not None:
        compiled_filter(display_filter)
    display_filter, everything = with_numbers(display_filter, numbers), everything or numbers is not None
    force = check_directory(output, force=force)
    chosen = tuple(dict.fromkeys(tables)) or tuple(TABLES)
    wanted = export.Wanted(chosen, format_, display_filter, everything, binary, families, max_record(), byteorder())
    names = list(dict.fromkeys(captures))
    passes = export.passes_of(wanted.tables)
    done, reading = 0, None
    faults: list[str] = []

    def begun(source: File) -> None:
        nonlocal reading
        reading = source

    def progress() -> float:
        return (done + (min(reading.passes / passes, 1.0) if reading is not None else 0.0)) / len(names)

    failed = 0
    written = export.export(names, output, wanted, force=force, jobs=jobs or os.cpu_count() or 1, begun=begun)
    try:
        with shown(progress, output) if not quiet else nullcontext():
            for one in written:
                done, reading = done + 1, None
                if one.error is not None:
                    failed += 1
                    faults.append(one.error)
                elif not quiet:
                    ends = (*(() if one.cut is None else (one.cut,)), *skipped_texts(one.skipped))
                    faults += [f"{one.capture}: {text}" for text in ends]
    except export.NothingReadError:
        raise OvsDissectError("none of the captures could be read, and nothing was written") from None
    finally:
        for fault in faults:
            click.echo(f"ovsdissect: {fault}", err=True)
    return EXIT_INCOMPLETE if failed else 0


def _exporting() -> ModuleType:
    """Return the module that writes; it needs pyarrow."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # pyarrow loads numpy if it is installed, whose idle threads take CPU time
    try:
        from ovsdissect.columns import export
    except ModuleNotFoundError as error:
        raise extra_missing("tables need", str(error.name), "sql") from None
    return export
