"""`ovsdissect list`: one line per message, written as they come; only what a column needs is decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from ovsdissect.cli.ending import finish, say_release, told_release
from ovsdissect.cli.options import (
    AUTO,
    FieldNames,
    Numbers,
    all_option,
    color_option,
    count_option,
    filter_option,
    look_ahead,
    most,
    names_option,
    numbers_option,
    open_capture,
    ovs_option,
    reading,
    safe_csv_option,
)
from ovsdissect.cli.selection import Hidden, say_numbers, selection
from ovsdissect.cli.selection import chosen as filtered

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ovsdissect.api import Capture
    from ovsdissect.capture import Interface
    from ovsdissect.dissect.message import Message
    from ovsdissect.text.rows import Clock, Column, TimeStyle
    from ovsdissect.text.values import Scope

COLUMNS: Final = "number,time,direction,family,cmd,datapath,port,summary"
OWN_COLUMNS: Final = f"{COLUMNS},record,interface".replace(",", ", ")
NARROW: Final = "number,time,direction,family,cmd,port,summary"
NARROW_WIDTH: Final = 132  # a narrower terminal has no room for the datapath, which is the same on nearly every host
FIELD_WIDTH: Final = 16
CAPTURE: Final = "capture"  # the first column, if there are several


@click.command("list", short_help="Print one line per message.")
@reading
@all_option
@filter_option
@names_option
@ovs_option
@numbers_option
@count_option
@color_option
@click.option(
    "--columns", "names_of_columns", metavar="NAME,...", type=FieldNames(), help=f"Print these columns: any fields, and {OWN_COLUMNS}."
)
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values; the first line has the names of the columns.")
@safe_csv_option
@click.option("--tabs", "as_tabs", is_flag=True, hidden=True, help="Values between tabs, without the columns' names, as tshark -T fields.")
@click.option(
    "--time",
    "time_style",
    type=click.Choice(["relative", "absolute", "delta", "epoch"]),
    default="relative",
    show_default=True,
    help="Print seconds since the start, UTC, seconds since the previous line, or seconds since 1970.",
)
def command(
    captures: tuple[str, ...],
    families: dict[str, int],
    follow: bool,
    quiet: bool,
    strict: bool,
    everything: bool,
    display_filter: str | None,
    names: bool,
    ovs: str,
    numbers: Numbers | None,
    count: int | None,
    names_of_columns: str | None,
    as_csv: bool,
    safe: bool,
    as_tabs: bool,
    time_style: TimeStyle,
) -> int:
    """Print a line per message.

    \b
    ovsdissect list nlmon.pcap -Y 'ovs_packet.cmd == miss'
    ovsdissect list nlmon.pcap --columns number,time,key.ipv4.src,summary --csv
    ovsdissect list host1.pcap host2.pcap -Y 'error.number < 0'
    """
    from ovsdissect.cli.captures import Labelled, each_capture, series
    from ovsdissect.cli.painted import UNCUT, Painted
    from ovsdissect.cli.progress import reading_shown
    from ovsdissect.cli.sink import Sink
    from ovsdissect.cli.terminal import terminal
    from ovsdissect.engine.lines import Lines
    from ovsdissect.engine.list_shape import Terminal, shape
    from ovsdissect.engine.listing import Listing
    from ovsdissect.text.forms import Aligned, Form, Separated, Tabbed
    from ovsdissect.text.rows import ARROWS, TONES, Clock, interface_texts
    from ovsdissect.text.screen import ELLIPSIS

    screen = terminal()
    narrow = screen.width is not None and screen.width < NARROW_WIDTH
    found, everything = filtered(display_filter, numbers, everything)
    out = Sink(screen.out)
    label = labels(captures, as_csv=as_csv, as_tabs=as_tabs)
    width = None if screen.width is None else max(screen.width - len(label("")), 1)

    def read(capture: str) -> int:
        state = series()
        limit = most(numbers, state.left)
        wanted = Hidden(selection(found, everything), told=found is None and not everything)
        sink = out if state.name is None else Labelled(out, out.encoded(label(state.name)))
        with open_capture(capture, families, follow, ovs) as opened:
            look_ahead(opened, found)
            whose = told_release(opened, ovs)
            clock = Clock(time_style, 9 if fine(opened) else 6)
            shown = chosen(names_of_columns or (NARROW if narrow and not as_csv else COLUMNS), clock, as_csv, opened)
            context, records = opened.begin()
            if not context.interfaces:
                records.wait()
            shown = with_interfaces(shown, context.interfaces, asked=bool(names_of_columns), as_csv=as_csv)
            form: Form = Aligned(shown)
            if as_csv or as_tabs:
                form = Separated(shown, safe=safe) if as_csv else Tabbed(shown)
            elif screen.width is not None or screen.colours:
                form = Painted(screen, width, shown)
            painted = None
            if isinstance(form, Painted):
                styles = {tone: [screen.begin(style) for style in form.styles(tone)] for tone in TONES}
                painted = Terminal(width or UNCUT, styles, out.encoded(ELLIPSIS))
            down, up = ("to-kernel", "to-user") if as_csv else (ARROWS["to-kernel"], ARROWS["to-user"])
            directions = out.encoded(down), out.encoded(up)
            texts = interface_texts(context.interfaces, names=not as_csv)
            made = shape(shown, time_style, clock.digits, directions, separated=as_csv, terminal=painted, interfaces=texts)
            listing = Listing(form, clock, made, whose, wanted, out.encoded, everything=everything, names=names)
            if form.titles and not state.titled:
                out.write(out.encoded(label(CAPTURE) + form.titles if state.name is not None else form.titles))
            state.titled = True
            screen.out.flush()
            # texts of several daemons, and of an unknown one, are left to the tree
            back_end = listing.back_end if made is not None and whose != AUTO and limit is None and not (as_tabs or safe) else None
            chosen_by = None if found is None else (found, everything)
            made_tables = listing.tables if back_end is not None else None
            lines = Lines(context, records, listing.line, back_end, made_tables, chosen_by, clock.start, most=limit)
            with reading_shown(opened, quiet=quiet, printing=True):
                lines.write(sink, live=opened.live)
            if state.left is not None and limit is not None:
                state.left -= limit - (lines.left or 0)
            say_release(opened, ovs, quiet=quiet)
            wanted.say(listing.back_ends, shown=lines.begun, quiet=quiet)
            say_numbers(opened, numbers, shown=lines.begun, quiet=quiet)
            fruitless = None if everything or lines.begun else found
            malformed = listing.malformed + sum(one.malformed for one in listing.back_ends)
            return finish(opened, malformed, quiet=quiet, strict=strict, fruitless=fruitless)

    return each_capture(captures, read, count)


def labels(captures: Sequence[str], *, as_csv: bool, as_tabs: bool) -> Callable[[str], str]:
    """Return a function that makes the first cell of a line from its capture's name, if there are several; "" if there is one."""
    from ovsdissect.text.csvline import csv_line
    from ovsdissect.text.screen import cells, escape, pad

    width = max(cells(escape(name)) for name in (*captures, CAPTURE))

    def label(name: str) -> str:
        if len(captures) == 1:
            return ""
        if as_csv:
            return csv_line([escape(name)]) + ","
        return escape(name) + "\t" if as_tabs else pad(escape(name), width) + " "

    return label


def fine(opened: Capture) -> bool:
    """Return whether the capture's clock is finer than microseconds, as far as its start shows."""
    return any(interface.ticks_per_second > 1_000_000 for interface in opened.interfaces)


def chosen(text: str, clock: Clock, as_csv: bool, capture: Capture) -> list[Column]:
    """Return the columns in a list of names; a name that is not a column's own is a field's, and may look ahead.

    Raises OvsDissectError for a name that is neither.
    """
    from ovsdissect.text.rows import columns

    own = columns(clock, arrows=not as_csv)
    names = [name.strip() for name in text.split(",") if name.strip()]
    return [own[name] if name in own else field(name, clock, capture) for name in names]


def with_interfaces(shown: list[Column], interfaces: Sequence[Interface], *, asked: bool, as_csv: bool) -> list[Column]:
    """The columns.  If the capture has several interfaces and no columns were requested, the interface follows the time."""
    from ovsdissect.text.rows import interface_column

    made = interface_column(interfaces, names=not as_csv)
    if asked or len(interfaces) < 2:
        return [made if column.name == made.name else column for column in shown]
    place = [column.name for column in shown].index("time") + 1
    return [*shown[:place], made, *shown[place:]]


def field(name: str, clock: Clock, capture: Capture) -> Column:
    """Return the column of a field."""
    from ovsdissect import filter as display_filter
    from ovsdissect.errors import FilterError, OvsDissectError
    from ovsdissect.text.rows import Column
    from ovsdissect.text.screen import escape

    try:
        found = display_filter.column(name)
    except FilterError as error:
        raise OvsDissectError(f"--columns: {escape(str(error))}; apart from fields, the columns are {OWN_COLUMNS}") from None

    look_ahead(capture, found)

    def text(message: Message, where: Scope) -> str:
        found.start_ns = clock.first
        return escape(found.text(message))

    return Column(name, max(len(name), FIELD_WIDTH), False, text)
