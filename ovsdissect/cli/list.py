"""`ovsdissect list`: one line a message, written as they come; what a column needs is all that is decoded."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import TextIOWrapper
from typing import TYPE_CHECKING, Final, TextIO

import click

from ovsdissect.cli.options import (
    all_option,
    filter_option,
    finish,
    names_option,
    open_capture,
    ovs_option,
    reading,
    say_release,
    selection,
    sieve_of,
    told_release,
)

if TYPE_CHECKING:
    from ovsdissect.api import Capture
    from ovsdissect.dissect.message import Message
    from ovsdissect.text.rows import Clock, Column, TimeStyle
    from ovsdissect.text.values import Scope

COLUMNS: Final = "number,time,direction,family,cmd,datapath,port,summary"
OWN_COLUMNS: Final = f"{COLUMNS},record".replace(",", ", ")
NARROW: Final = "number,time,direction,family,cmd,port,summary"
NARROW_WIDTH: Final = 132  # a terminal below it has no room for the datapath, which is one and the same on nearly every host
FIELD_WIDTH: Final = 16
BATCH: Final = 128  # lines written at once
WORDS: Final = {"to-kernel": "to-kernel", "to-user": "to-user"}
# stand for arrows until the bytes are made: lines without them are ASCII, which takes less time; an escaped text has no such characters
MARKS: Final = {"to-kernel": "\x0e", "to-user": "\x0f"}


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
    ovs: str,
    names_of_columns: str | None,
    as_csv: bool,
    time_style: TimeStyle,
) -> int:
    """Print a line per message: what came up from the kernel and why, what went down.

    \b
    ovsdissect list nlmon.pcap -Y 'ovs_packet.cmd == miss'
    ovsdissect list nlmon.pcap --columns number,time,key.ipv4.src,summary --csv
    """
    from ovsdissect.cli.painted import Painted
    from ovsdissect.cli.terminal import terminal
    from ovsdissect.export.fastlist import ListLines, is_own
    from ovsdissect.export.forms import Aligned, Separated
    from ovsdissect.text.rows import Clock, tone
    from ovsdissect.text.values import scope

    sieve = sieve_of(display_filter, everything)
    screen = terminal()
    narrow = screen.width is not None and screen.width < NARROW_WIDTH
    with open_capture(capture, families, follow, ovs) as opened:
        whose = told_release(opened, ovs)
        clock = Clock(time_style, 9 if fine(opened) else 6)
        shown = chosen(names_of_columns or (NARROW if narrow and not as_csv else COLUMNS), clock, as_csv)
        form = Separated(shown) if as_csv else Aligned(shown) if screen.width is None else Painted(screen, screen.width, shown)

        def written(message: Message) -> str:
            where = scope(message, names=names, ovs=whose)
            return form.row([column.text(message, where) for column in shown], tone(message) if screen.colours else "")

        screen.out.write(form.titles)
        context, records = opened.begin()
        front = ListLines(
            context,
            written,
            selection(None, everything),
            form,
            clock,
            everything=everything,
            directions=WORDS if as_csv else MARKS,
            names=names,
            ovs=whose,
            strict=strict,
            sieve=sieve and sieve(context),
        )
        write = writer(screen.out)
        for lines in front.lines(records, 1 if opened.live else BATCH, fast=is_own(form)):
            if lines:
                write("\n".join(lines) + "\n")
            if opened.live:
                screen.out.flush()
        say_release(opened, ovs, quiet=quiet)
        return finish(opened, front.malformed, quiet=quiet, strict=strict)


def writer(out: TextIO) -> Callable[[str], object]:
    """What writes text in which MARKS stand for arrows; arrows in text as they are stay."""
    from ovsdissect.text.rows import ARROWS

    if not isinstance(out, TextIOWrapper) or out.encoding.lower() not in ("utf-8", "ascii") or os.linesep != "\n":
        return lambda text: out.write(text.translate({ord(MARKS[name]): arrow for name, arrow in ARROWS.items()}))
    encoding, errors = out.encoding, out.errors or "strict"
    (down, arrow_down), (up, arrow_up) = ((MARKS[name].encode(), arrow.encode(encoding, errors)) for name, arrow in ARROWS.items())
    out.flush()
    binary = out.buffer
    return lambda text: binary.write(text.encode(encoding, errors).replace(up, arrow_up).replace(down, arrow_down))


def fine(opened: Capture) -> bool:
    """Whether the capture's clock counts less than microseconds, as far as its start tells."""
    return any(interface.ticks_per_second > 1_000_000 for interface in opened.interfaces)


def chosen(text: str, clock: Clock, as_csv: bool) -> list[Column]:
    """The columns that a list of names asks for; a name that is no column's own is that of a field.

    Raises OvsDissectError for a name that is neither.
    """
    from ovsdissect.text.rows import columns

    own = columns(clock, arrows=not as_csv)
    names = [name.strip() for name in text.split(",") if name.strip()]
    return [own[name] if name in own else field(name, clock) for name in names]


def field(name: str, clock: Clock) -> Column:
    """The column of a field."""
    from ovsdissect import filter as display_filter
    from ovsdissect.errors import FilterError, OvsDissectError
    from ovsdissect.text.rows import Column
    from ovsdissect.text.screen import escape

    try:
        found = display_filter.column(name)
    except FilterError as error:
        raise OvsDissectError(f"--columns: {escape(str(error))}; beside the fields there are {OWN_COLUMNS}") from None

    def text(message: Message, where: Scope) -> str:
        found.start_ns = clock.first
        return escape(found.text(message))

    return Column(name, max(len(name), FIELD_WIDTH), False, text)
