"""`ovsdissect show`: messages as trees, each value on a line; ovsdissect.text.outline makes the tree."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

import click

from ovsdissect.cli.ending import finish, say_release, told_release
from ovsdissect.cli.options import (
    Numbers,
    all_option,
    color_option,
    compiled_filter,
    count_option,
    filter_option,
    look_ahead,
    names_option,
    numbers_option,
    open_capture,
    ovs_option,
    reading,
)
from ovsdissect.cli.selection import Hidden, say_numbers, selected, selection

if TYPE_CHECKING:
    from ovsdissect.api import Message
    from ovsdissect.cli.terminal import Terminal
    from ovsdissect.filter import Filter
    from ovsdissect.text.outline import Line
    from ovsdissect.text.values import Scope

INDENT: Final = "  "
BYTES_A_LINE: Final = 16


@click.command("show", short_help="Print messages as trees: every field with its value.")
@reading
@all_option
@filter_option
@names_option
@ovs_option
@numbers_option
@count_option
@color_option
@click.option(
    "--hex", "with_hex", is_flag=True, help="Also print the offset and the bytes of each field, of attribute headers and of padding."
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
    with_hex: bool,
) -> int:
    """Print messages as trees, with Open vSwitch's own text for keys, masks and actions.

    \b
    ovsdissect show nlmon.pcap -n 1203
    ovsdissect show nlmon.pcap -Y 'error.number < 0' --hex
    """
    from ovsdissect.cli.captures import capture_heading, each_capture, series
    from ovsdissect.cli.terminal import terminal
    from ovsdissect.text.values import scope

    found = None if display_filter is None else compiled_filter(display_filter)
    screen = terminal()

    def read(capture: str) -> int:
        state = series()
        malformed = shown = 0
        with open_capture(capture, families, follow, ovs) as opened:
            look_ahead(opened, found)
            whose = told_release(opened, ovs)
            hidden = Hidden(selection(None, everything), told=found is None and numbers is None and not everything)
            if numbers is not None:
                messages = numbered(opened, numbers, found)
            elif found is not None:
                messages = selected(opened, found, everything)
            else:
                messages = filter(hidden, opened)

            def texts() -> Iterator[str]:
                nonlocal shown, malformed
                if state.name is not None:
                    yield capture_heading(state.name) + "\n\n"
                for message in islice(messages, state.left):
                    way = None if opened.live else way_of(message)
                    yield "".join(f"{line}\n" for line in lines(message, scope(message, names=names, ovs=whose), screen, with_hex, way=way))
                    shown += 1
                    malformed += bool(message.problems)

            if screen.width is not None and not opened.live:
                os.environ.setdefault("LESS", "FRX")  # as git does: what fits on the screen stays there, and colours are shown
                click.echo_via_pager(texts(), color=screen.colours)
            else:
                for text in texts():
                    screen.out.write(text)
                    if follow:
                        screen.out.flush()
            if state.left is not None:
                state.left -= shown
            say_numbers(opened, numbers, shown=bool(shown), quiet=quiet)
            say_release(opened, ovs, quiet=quiet)
            hidden.say((), shown=bool(shown), quiet=quiet)
            return finish(opened, malformed, quiet=quiet, strict=strict, fruitless=None if everything or shown or numbers else found)

    return each_capture(captures, read, count)


def numbered(messages: Iterable[Message], numbers: Numbers, display_filter: Filter | None) -> Iterator[Message]:
    """Yield the messages in a range that pass a filter; nothing after the range is read."""
    for message in messages:
        if message.number is not None and message.number > numbers.last:
            return
        if display_filter is not None and display_filter.start_ns is None:
            display_filter.start_ns = message.time_ns
        if message.number in numbers and (display_filter is None or display_filter.matches(message)):
            yield message


def way_of(message: Message) -> str | None:
    """Return the flows that conflict with a put refused by an error."""
    if message.kind != "error":
        return None
    from ovsdissect.report.errors import in_the_way

    return in_the_way(message)


def lines(message: Message, where: Scope, screen: Terminal, with_hex: bool, origin: int = 0, way: str | None = None) -> Iterator[str]:
    """Yield the text of a message's tree, with an empty line at its end.

    origin: the byte of the record that counts as its first. way: the flows that conflict with what an error refuses.
    """
    from ovsdissect.text.outline import Line, outline
    from ovsdissect.text.summary import summary

    yield screen.paint(title(message, where), "bold")
    if said := summary(message, where):
        yield INDENT + said
    if way is not None:
        yield f"{INDENT}in the way: {way}"
    for line in outline(message, where):
        # a slice of an integer that has a line of its own is shown there; padding is shown if it is not zero
        told = line.sort == "part" and line.start == line.end
        blank = line.sort == "padding" and not any(message.data[line.start : line.end])
        if not (told and not line.problems) and (with_hex or not blank):
            yield from field(line, message.data, screen, with_hex, origin)
    at, padding = message.root.offset + message.root.length, message.root.padding
    if padding and with_hex:  # between this message and the next
        text = message.data[at : at + padding].hex()
        yield from field(Line(0, "", "padding", text, at, padding, at, at + padding, "padding"), message.data, screen, with_hex, origin)
    yield ""


def title(message: Message, where: Scope) -> str:
    """Return a message's first line: what it is and when it was sent."""
    from ovsdissect.capture.timestamp import time_text
    from ovsdissect.text.rows import cmd, datapath, direction, family, port
    from ovsdissect.text.sources import interface_text

    which = "record" if message.number is None else f"{message.number}  record"
    port_name, datapath_name = port(message, where), datapath(message, where)
    interface = interface_text(message.interface, message.interfaces) if len(message.interfaces) > 1 else ""
    words = [
        f"{which} {message.record}",
        time_text(message.time_ns) or "no time",
        interface,
        direction(message),
        f"{family(message)} {cmd(message)}".strip(),
        f"datapath {datapath_name}" if datapath_name else "",
        f"port {port_name}" if port_name else "",
    ]
    return "  ".join(word for word in words if word)


def field(line: Line, data: bytes, screen: Terminal, with_hex: bool, origin: int) -> Iterator[str]:
    """Yield a line of the tree, its bytes before it, its problems below it."""
    from ovsdissect.text.screen import escape

    indent = INDENT * (line.depth + 1)
    text = f"{indent}{line.label}: {line.text}" if line.text else f"{indent}{line.label}"
    style = "problem" if line.problems else ""
    gutter = list(bytes_of(line, data, origin)) if with_hex else [""]
    yield f"{gutter[0]}{screen.paint(text, style) if style else text}"
    yield from (more.rstrip() for more in gutter[1:])
    for problem in line.problems:
        complaint = f"! {problem.kind}: {escape(problem.text)}"
        if problem.path != line.path and problem.path:
            complaint += f" ({escape(problem.path)})"
        yield f"{' ' * len(gutter[0])}{indent}{INDENT}{screen.paint(complaint, 'problem')}"


def bytes_of(line: Line, data: bytes, origin: int) -> Iterator[str]:
    """Yield the gutter of a line: offset and bytes that it alone covers, in as many rows as needed."""
    width = 7 + 3 * BYTES_A_LINE + 1
    if line.start >= line.end:
        yield " " * width
    for at in range(line.start, line.end, BYTES_A_LINE):
        yield f"{at - origin:5}  {data[at : min(at + BYTES_A_LINE, line.end)].hex(' ')}".ljust(width)
