"""`ovsdissect list`: one line a message, written as they come; what a column needs is all that is decoded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import click

from ovsdissect.cli.options import all_option, filter_option, finish, names_option, open_capture, ovs_option, reading, selection

if TYPE_CHECKING:
    from ovsdissect.api import Capture
    from ovsdissect.cli.terminal import Terminal
    from ovsdissect.dissect.message import Message
    from ovsdissect.export.rows import Clock, Column, TimeStyle
    from ovsdissect.export.values import Scope
    from ovsdissect.odp.text import Version

COLUMNS: Final = "number,time,direction,family,cmd,datapath,port,summary"
OWN_COLUMNS: Final = f"{COLUMNS},record".replace(",", ", ")
NARROW: Final = "number,time,direction,family,cmd,port,summary"
NARROW_WIDTH: Final = 132  # a terminal below it has no room for the datapath, which is one and the same on nearly every host
FIELD_WIDTH: Final = 16
QUIET: Final = frozenset({"number", "record", "time"})  # columns that are dim beside the others


@click.command("list", short_help="A line per message.")
@reading
@all_option
@filter_option
@names_option
@ovs_option
@click.option("--columns", "names_of_columns", metavar="NAME,...", help=f"Columns: fields, and {OWN_COLUMNS}.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values, with the columns' names in the first line.")
@click.option(
    "--time",
    "time_style",
    type=click.Choice(["relative", "absolute", "delta", "epoch"]),
    default="relative",
    show_default=True,
    help="Seconds since the capture's start, UTC, seconds since the line before, seconds since 1970.",
)
def command(
    capture: str,
    families: dict[str, int],
    follow: bool,
    quiet: bool,
    strict: bool,
    everything: bool,
    display_filter: str | None,
    names: bool,
    ovs: Version,
    names_of_columns: str | None,
    as_csv: bool,
    time_style: TimeStyle,
) -> int:
    """Print a line per message: what came up from the kernel and why, what went down.

    \b
    ovsdissect list nlmon.pcap -Y 'ovs_packet.cmd == miss'
    ovsdissect list nlmon.pcap --columns number,time,key.ipv4.src,summary --csv
    """
    from ovsdissect.cli.terminal import terminal
    from ovsdissect.export.rows import Clock
    from ovsdissect.export.values import scope

    shows = selection(display_filter, everything)
    screen = terminal()
    narrow = screen.width is not None and screen.width < NARROW_WIDTH
    malformed = 0
    with open_capture(capture, families, follow) as opened:
        clock = Clock(time_style, 9 if fine(opened) else 6)
        shown = chosen(names_of_columns or (NARROW if narrow and not as_csv else COLUMNS), clock, as_csv)
        write = csv_writer(screen, shown) if as_csv else line_writer(screen, shown)
        for message in opened:
            clock.start(message.time_ns)
            if not shows(message):
                continue
            write(message, scope(message, names=names, ovs=ovs))
            if strict:
                malformed += bool(message.problems)
            if follow:
                screen.out.flush()
        return finish(opened, malformed, quiet=quiet, strict=strict)


def fine(opened: Capture) -> bool:
    """Whether the capture's clock counts less than microseconds, as far as its start tells."""
    return any(interface.ticks_per_second > 1_000_000 for interface in opened.interfaces)


def chosen(text: str, clock: Clock, as_csv: bool) -> list[Column]:
    """The columns that a list of names asks for; a name that is no column's own is that of a field.

    Raises OvsDissectError for a name that is neither.
    """
    from ovsdissect.export.rows import columns

    own = columns(clock, arrows=not as_csv)
    names = [name.strip() for name in text.split(",") if name.strip()]
    return [own[name] if name in own else field(name, clock) for name in names]


def field(name: str, clock: Clock) -> Column:
    """The column of a field."""
    from ovsdissect import filter as display_filter
    from ovsdissect.errors import FilterError, OvsDissectError
    from ovsdissect.export.rows import Column
    from ovsdissect.export.screen import escape

    try:
        found = display_filter.column(name)
    except FilterError as error:
        raise OvsDissectError(f"--columns: {escape(str(error))}; beside the fields there are {OWN_COLUMNS}") from None

    def text(message: Message, where: Scope) -> str:
        found.start_ns = clock.first
        return escape(found.text(message))

    return Column(name, max(len(name), FIELD_WIDTH), False, text)


def csv_writer(screen: Terminal, shown: list[Column]) -> Callable[[Message, Scope], None]:
    """What writes a message as comma-separated values; writes the first line at once."""
    from ovsdissect.export.csvline import csv_line

    out = screen.out
    out.write(csv_line(column.name for column in shown) + "\n")

    def write(message: Message, where: Scope) -> None:
        out.write(csv_line(column.text(message, where) for column in shown) + "\n")

    return write


def line_writer(screen: Terminal, shown: list[Column]) -> Callable[[Message, Scope], None]:
    """What writes a message as an aligned line, cut to the terminal's width; on a terminal the columns' names stand above."""
    from ovsdissect.export.rows import tone
    from ovsdissect.export.screen import cells, cut, pad

    last = len(shown) - 1
    out, width, paint = screen.out, screen.width, screen.paint

    def line(texts: list[str], styles: list[str]) -> str:
        left = width
        parts: list[str] = []
        for place, (column, text, style) in enumerate(zip(shown, texts, styles, strict=True)):
            cell = text if place == last and not column.right else pad(text, column.width, right=column.right)
            if left is not None:
                cell = cut(cell, left)
                left = max(left - max(cells(cell), column.width) - 1, 0)
            parts.append(paint(cell, style) if style else cell)
        return " ".join(parts).rstrip() + "\n"

    if width is not None:
        titles = [column.name if len(column.name) <= column.width or not column.width else "" for column in shown]
        out.write(line(titles, ["dim"] * len(shown)))

    def write(message: Message, where: Scope) -> None:
        style = tone(message) if screen.colours else ""
        loud = style in ("error", "problem")
        styles = ["dim" if column.name in QUIET else style if loud or column.name in ("direction", "cmd") else "" for column in shown]
        out.write(line([column.text(message, where) for column in shown], styles))

    return write
