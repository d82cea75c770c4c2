"""Arguments and options that several commands share, and the capture that they open."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import click

from ovsdissect.cli.captures import capture_argument, captures_argument
from ovsdissect.cli.signals import Following
from ovsdissect.errors import FilterError, OvsDissectError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ovsdissect.api import Capture
    from ovsdissect.byteorder import ByteOrder
    from ovsdissect.filter import Filter
    from ovsdissect.filter.columns import Column

NEWEST: Final = "4.0"
AUTO: Final = "auto"  # ovsdissect.odp.releases.AUTO, without loading that module
FOLLOWING: Final = "ovsdissect.following"  # key of a context: what signals end while a capture is followed
COLOR: Final = "ovsdissect.color"  # key of a context: the value of --color
F = TypeVar("F", bound=Callable[..., Any])


def _families(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, int]:
    ids: dict[str, int] = {}
    for value in values:
        name, _, number = value.partition("=")
        try:
            ids[name] = int(number, 0)
        except ValueError:
            raise click.BadParameter(f"{value!r} is not NAME=ID, for example ovs_packet=47") from None
    return ids


def tell_of_engine() -> None:
    """Say on standard error that the compiled engine is missing, and why."""
    from ovsdissect.engine.available import engine

    if missing := engine().missing:
        click.echo(f"ovsdissect: reading is slower, because the engine is not compiled: {missing}.", err=True)


def _quiet(ctx: click.Context, param: click.Parameter, value: bool) -> bool:
    """Take --quiet. Every command that reads a capture has this option, so messages that concern all of them are printed here."""
    if not value and not ctx.resilient_parsing:
        tell_of_engine()
    return value


class Numbers(NamedTuple):
    """A range of message numbers, including both ends."""

    first: int
    last: int

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self.first <= number <= self.last


def _numbers(ctx: click.Context, param: click.Parameter, value: str | None) -> Numbers | None:
    if value is None:
        return None
    first, dash, last = value.partition("-")
    try:
        found = Numbers(int(first), int(last) if dash else int(first))
    except ValueError:
        found = Numbers(0, 0)
    if not 1 <= found.first <= found.last:
        raise click.BadParameter(f"{value!r} is not a message number or a range of numbers, for example 17 or 17-20")
    return found


safe_csv_option = click.option(
    "--safe-csv", "safe", is_flag=True, help="With --csv, put an apostrophe before a cell that a spreadsheet would run as a formula."
)
numbers_option = click.option(
    "-n", "--number", "numbers", metavar="N|A-B", callback=_numbers, help="Select messages by number, whatever their family."
)
count_option = click.option(
    "-c", "--count", type=click.IntRange(1), metavar="COUNT", help="Stop after COUNT messages, counted over all captures."
)
color_option = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    expose_value=False,
    callback=lambda ctx, param, value: ctx.meta.update({COLOR: value}),
    help="When to use colours; auto follows NO_COLOR and FORCE_COLOR, and otherwise uses them on a terminal.",
)


def most(numbers: Numbers | None, count: int | None) -> int | None:
    """Return how many messages are shown at most, None for all."""
    room = None if numbers is None else numbers.last - numbers.first + 1
    return min((limit for limit in (room, count) if limit is not None), default=None)


class FilterText(click.types.StringParamType):
    """A display filter, whose fields, operators and values are completed."""

    name = "filter"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from ovsdissect.filter.completion import complete

        found = complete(incomplete, len(incomplete))
        return [CompletionItem(incomplete[: one.start] + one.text, help=one.help) for one in found if one.text.strip()]


class FieldNames(click.types.StringParamType):
    """Names of columns, separated by commas; fields are completed."""

    name = "columns"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from ovsdissect.filter import catalogue

        before, comma, last = incomplete.rpartition(",")
        names = {name: info.doc for info in catalogue() for name in (info.short, info.name) if name.startswith(last)}
        return [CompletionItem(f"{before}{comma}{name}", help=doc) for name, doc in names.items()]


class Release(click.types.StringParamType):
    """A release of Open vSwitch: its branches are completed and, after a point, its point releases."""

    name = "release"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from ovsdissect.odp.releases import POINTS, RELEASES

        points = RELEASES if "." in incomplete else ()
        return [CompletionItem(name) for name in (AUTO, *POINTS, *points) if name.startswith(incomplete)]


class Word(click.Choice[str]):
    """One of a few words, of which a missing argument names all in one line."""

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return f"Choose from {', '.join(self.choices)}."


class FamilyId(click.types.StringParamType):
    """NAME=ID of a family; the names are completed."""

    name = "family"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from ovsdissect.families import FAMILIES

        return [CompletionItem(f"{name}=") for name in FAMILIES if name.startswith(incomplete)]


family_option = click.option(
    "--family",
    "families",
    multiple=True,
    metavar="NAME=ID",
    type=FamilyId(),
    callback=_families,
    help="Set the id (nlmsg_type) of a family that the capture does not announce: ovs_packet=47.",
)
follow_option = click.option("--follow", is_flag=True, help="Wait for more records, as tail -f does.")
all_option = click.option("--all", "everything", is_flag=True, help="Show every netlink message, not only those of Open vSwitch.")
quiet_option = click.option("-q", "--quiet", is_flag=True, callback=_quiet, help="Print no diagnostics on standard error.")
strict_option = click.option(
    "--strict",
    is_flag=True,
    help="Exit with status 1 if the capture is truncated, or contains malformed messages or records that were skipped.",
)

filter_option = click.option(
    "-Y",
    "--display-filter",
    metavar="FILTER",
    type=FilterText(),
    help="Show only messages that match, for example 'ovs_packet.cmd == miss && key.ipv4.dst == 10.0.0.0/8'.",
)
names_option = click.option(
    "--names/--no-names", default=True, help="Show ports and datapaths by name if the capture has it (the default), or by number."
)


def _ovs(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if value != AUTO:  # avoids loading the table of releases
        from ovsdissect.odp.releases import plain_name, release

        try:
            release(value)
        except OvsDissectError as error:
            raise click.BadParameter(str(error)) from None
        return plain_name(value)
    return value


ovs_option = click.option(
    "--ovs",
    metavar="RELEASE",
    type=Release(),
    default=AUTO,
    show_default=True,
    callback=_ovs,
    help="Open vSwitch release whose output format to use: a branch (3.3, meaning its newest release), a point "
    "release (2.15.0), or auto, the release that is found in the capture.",
)


def _byteorder(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    ctx.meta[BYTEORDER] = value


BYTEORDER: Final = "ovsdissect.byteorder"
byteorder_option = click.option(
    "--byteorder",
    type=click.Choice(["little", "big"]),
    expose_value=False,
    callback=_byteorder,
    help="Use this byte order for all messages. By default it is detected for each record.",
)


def byteorder() -> ByteOrder | None:
    """Return the value of --byteorder."""
    order: ByteOrder | None = click.get_current_context().meta.get(BYTEORDER)
    return order


MAX_RECORD: Final = "ovsdissect.max_record"
LONGEST: Final = 16 * 1024 * 1024  # ovsdissect.capture.LONGEST_RECORD, without loading that module
_SIZES: Final = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
_LIMITS: Final = (1024**2, 1024**3)


def _max_record(ctx: click.Context, param: click.Parameter, value: str) -> None:
    found = re.fullmatch(r"([0-9]{1,12})([kmg]?)(?:ib?|b)?", value.strip(), re.IGNORECASE | re.ASCII)
    size = int(found[1]) * _SIZES[found[2].lower()] if found else 0
    if not _LIMITS[0] <= size <= _LIMITS[1]:
        raise click.BadParameter(f"{value!r} is not a size from 1M to 1G, for example 64M")
    ctx.meta[MAX_RECORD] = size


max_record_option = click.option(
    "--max-record",
    metavar="SIZE",
    default="16M",
    show_default=True,
    expose_value=False,
    callback=_max_record,
    help="Skip and report records of more bytes than this.",
)


def max_record() -> int:
    """Return the value of --max-record."""
    return int(click.get_current_context().meta.get(MAX_RECORD, LONGEST))


OPENING: Final = (quiet_option, follow_option, max_record_option, byteorder_option, family_option)


def opening(function: F) -> F:
    """Add the argument and options of a command that opens one capture, and may follow it."""
    for option in (*OPENING, capture_argument):
        function = option(function)
    return function


def reading(function: F) -> F:
    """Add the argument and options of every command that reads captures to their ends."""
    for option in (strict_option, *OPENING, captures_argument):
        function = option(function)
    return function


def open_capture(capture: str, families: dict[str, int], follow: bool, ovs: str = AUTO) -> Capture:
    """Open the capture that the options name; if it is followed, a signal ends that, and finish() returns its exit code."""
    from ovsdissect import api
    from ovsdissect.cli.sink import check_standard_output

    opened = api.open(capture, families=families, follow=follow, ovs=ovs, byteorder=byteorder(), max_record=max_record())
    check_standard_output()
    if follow:
        click.get_current_context().meta[FOLLOWING] = Following(opened.interrupt)
    return opened


def compiled_filter(text: str) -> Filter:
    """Return a compiled display filter. Raises OvsDissectError that points at the wrong column of the filter."""
    from ovsdissect import filter as display_filter
    from ovsdissect.text.screen import cells, escape

    try:
        return display_filter.compile(text)
    except FilterError as error:
        before, at = text[: error.column], text[error.column : error.column + error.length]
        mark = " " * cells(escape(before)) + "^" * max(cells(escape(at)), 1)
        raise OvsDissectError(f"-Y: {escape(str(error))}\n  {escape(text)}\n  {mark}") from None


def look_ahead(capture: Capture, *askers: Filter | Column | None) -> None:
    """Hold back the messages of a stream if a filter or a column asks what later ones tell."""
    if any(asker is not None and asker.looks_ahead for asker in askers):
        capture.hold_back()
