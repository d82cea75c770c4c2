"""One pass of the analyses for a command: handles its options, Ctrl-C and the exit code."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from ovsdissect.cli.captures import capture_heading, each_capture, series
from ovsdissect.cli.ending import finish
from ovsdissect.cli.options import (
    AUTO,
    NEWEST,
    compiled_filter,
    filter_option,
    names_option,
    numbers_option,
    ovs_option,
    reading,
    safe_csv_option,
)
from ovsdissect.cli.selection import with_numbers

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ovsdissect.analysis.facts import Fact
    from ovsdissect.analysis.moment import Moment
    from ovsdissect.analysis.run import Analysis
    from ovsdissect.api import Capture, Message
    from ovsdissect.report.columns import Column, Line, Show

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object per line; see `ovsdissect schema`.")


def csv_option(function: F) -> F:
    """Add --csv and --safe-csv."""
    as_csv = click.option(
        "--csv", "as_csv", is_flag=True, help="Print comma-separated values; the first line has the names of the columns."
    )
    return as_csv(safe_csv_option(function))


class ColumnNames(click.types.StringParamType):
    """Names of the columns of an analysis, separated by commas; they are completed."""

    name = "columns"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        before, comma, last = incomplete.rpartition(",")
        return [CompletionItem(f"{before}{comma}{name}") for name in _names_of(str(ctx.info_name)) if name.startswith(last)]


def _names_of(command: str) -> Iterable[str]:
    from ovsdissect.report import errors, flows, ports, upcalls
    from ovsdissect.report.columns import names
    from ovsdissect.report.flowtext import Style

    if command == "flows":
        return names(flows.columns(0), flows.example(Style(NEWEST)))
    if command == "ports":
        return names(ports.columns((), 0), ports.example())
    return names(errors.columns(), errors.example()) if command == "errors" else names(upcalls.columns(), upcalls.example())


columns_option = click.option(
    "--columns",
    "columns_text",
    metavar="NAME,...",
    type=ColumnNames(),
    help="Print these columns, named as in the tables or as in --json (to-execute or to_execute_ns).",
)
sort_option = click.option("--sort", "sort_by", metavar="COLUMN", type=ColumnNames(), help="Sort by a column, numbers in descending order.")


lines_option = click.option(
    "-c", "--count", "limit", type=click.IntRange(1), metavar="COUNT", help="Show at most COUNT findings, counted over all captures."
)


class Options(NamedTuple):
    """The options that all commands of the analyses share. limit: how many lines may still be shown, over all remaining captures."""

    capture: str
    families: dict[str, int]
    follow: bool
    quiet: bool
    strict: bool
    display_filter: str | None
    names: bool
    ovs: str
    as_json: bool
    safe: bool
    limit: int | None


def analysis_options(function: F) -> F:
    """Add the argument and options of the analyses' commands to a function, which is called for each capture with Options as `options`."""

    @wraps(function)  # it keeps the options that were declared below
    def command(**values: Any) -> Any:
        values.setdefault("safe", False)
        values["display_filter"] = with_numbers(values["display_filter"], values.pop("numbers"))
        captures, count = values.pop("captures"), values["limit"]
        if len(captures) > 1 and values.get("html") is not None:
            raise click.UsageError("--html writes the page of one capture")
        options = Options("", *(values.pop(name) for name in Options._fields[1:]))

        def read(capture: str) -> int:
            state = series()
            if state.name is not None and not (options.as_json or values.get("as_csv")):
                click.echo(("\n" if state.titled else "") + capture_heading(state.name))
            code: int = function(options._replace(capture=capture, limit=state.left), **values)
            state.titled = True
            return code

        return each_capture(captures, read, count)

    made: Any = command
    for option in (lines_option, numbers_option, json_option, ovs_option, names_option, filter_option, reading):
        made = option(made)
    return made  # type: ignore[no-any-return]  # click's decorators give what they get


class Watch:
    """Tests the messages themselves: whether they pass the display filter and, with --strict, whether they are malformed.

    events: the messages that the filter tests. passed: the numbers that pass it, None without a filter.
    """

    def __init__(self, options: Options, events: Collection[int]) -> None:
        self.passed: set[int] | None = None if options.display_filter is None else set()
        self.malformed = 0
        self._options, self._events = options, events
        self._compiled = None if options.display_filter is None else compiled_filter(options.display_filter)

    def shows(self, *numbers: int | None) -> bool:
        """Whether a finding about any of these messages is shown."""
        return self.passed is None or any(number in self.passed for number in numbers)

    def forget(self, last: int) -> None:
        """Forget messages up to this one, about which nothing more will be asked."""
        if self.passed:
            self.passed.difference_update([number for number in self.passed if number <= last])

    @property
    def looks_ahead(self) -> bool:
        """Whether the display filter asks what later messages tell."""
        return self._compiled is not None and self._compiled.looks_ahead

    @property
    def passes(self) -> Callable[[Message, int | None], bool] | None:
        """The test of a message, None if there is nothing to test."""
        return self._passes if self._compiled is not None or self._options.strict else None

    def _passes(self, message: Message, event: int | None) -> bool:
        from ovsdissect.api import is_ovs

        if self._options.strict and is_ovs(message):
            self.malformed += bool(message.problems)
        compiled = self._compiled
        if compiled is None:
            return False
        if compiled.start_ns is None:
            compiled.start_ns = message.time_ns
        return event in self._events and compiled.matches(message)

    def finish(self, capture: Capture) -> int:
        """Report how the capture ended, and return the exit code."""
        return finish(capture, self.malformed, quiet=self._options.quiet, strict=self._options.strict)


def run(
    capture: Capture,
    analysis: Analysis,
    options: Options,
    watch: Watch,
    *,
    until: Moment | None = None,
    each: Callable[[], bool] | None = None,
    see: Callable[[Fact], None] | None = None,
    lock: AbstractContextManager[object] | None = None,
    printing: bool = False,
) -> None:
    """Feed a capture to an analysis and finish it.

    each: called after every batch; returns whether to go on. see: called with every fact. lock: held while the analysis changes.
    printing: lines are printed meanwhile.
    """
    from ovsdissect.analysis.collecting import uncollected
    from ovsdissect.cli.progress import reading_shown

    if watch.looks_ahead:
        capture.hold_back()
    held = nullcontext() if lock is None else lock
    # an endless capture leaves time for the collector between its messages
    with reading_shown(capture, quiet=options.quiet, printing=printing), nullcontext() if options.follow else uncollected():
        for batch in capture.facts(until=until, passes=watch.passes):
            if watch.passed is not None and batch.passed is not None:
                watch.passed |= batch.passed
            if see is not None:
                for fact in batch.facts:
                    see(fact)
            with held:
                analysis.feed(batch)
            if each is not None and not each():
                break
    analysis.cut_short = capture.cut is not None
    analysis.finish()


def with_place(columns: str, analysis: Analysis) -> str:
    """Return the columns of a table, preceded by the interface if the capture has several."""
    return f"interface,{columns}" if analysis.sides.several else columns


def release(capture: Capture, options: Options) -> str:
    """Return whose text is printed: the requested release, or the one that the capture reveals, else the newest."""
    if options.ovs != AUTO:
        return options.ovs
    return capture.daemon().release or NEWEST


def json_text(found: dict[str, Any]) -> str:
    """Return an object as a line; with several captures it names its own."""
    from ovsdissect.json.encoding import encode

    name = series().name
    return encode(found if name is None else {"kind": found["kind"], "capture": name, **found}).decode()


def limited(found: Iterable[T], options: Options) -> list[T]:
    """Return the findings that are shown, as many as -c allows."""
    taken = list(islice(found, options.limit))
    state = series()
    if state.left is not None:
        state.left -= len(taken)
    return taken


def csv_lines(columns: Sequence[Column], lines: Iterable[Line], show: Show) -> Iterator[str]:
    """Yield comma-separated values, with the titles before the first; with several captures the first cell names each."""
    from ovsdissect.report.columns import csv_row, csv_title
    from ovsdissect.text.csvline import csv_line
    from ovsdissect.text.screen import escape

    state = series()
    first, cell = ("capture,", csv_line([escape(state.name)], safe=show.safe) + ",") if state.name is not None else ("", "")
    if not state.titled:
        state.titled = True
        yield first + csv_title(columns)
    for line in lines:
        yield cell + csv_row(columns, line, show)


def print_json(found: dict[str, Any]) -> None:
    """Print an object as a line."""
    click.echo(json_text(found))
