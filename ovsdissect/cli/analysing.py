"""One pass of the analyses for a command: what its options ask of the messages, Ctrl-C, the exit code."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from ovsdissect.cli.options import (
    AUTO,
    NEWEST,
    compiled_filter,
    filter_option,
    finish,
    names_option,
    numbers_option,
    ovs_option,
    reading,
    safe_csv_option,
    with_numbers,
)

if TYPE_CHECKING:
    from ovsdissect.analysis.facts import Fact
    from ovsdissect.analysis.moment import Moment
    from ovsdissect.analysis.run import Analysis
    from ovsdissect.api import Capture, Message

F = TypeVar("F", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="JSON, one object a line; see `ovsdissect schema`.")


def csv_option(function: F) -> F:
    """--csv, with --safe-csv beside it."""
    as_csv = click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values, with the columns' names in the first line.")
    return as_csv(safe_csv_option(function))


columns_option = click.option("--columns", "columns_text", metavar="NAME,...", help="Columns: the fields of --json, with - for _.")
sort_option = click.option("--sort", "sort_by", metavar="COLUMN", help="Sort by a column, numbers descending.")


class Options(NamedTuple):
    """What all commands of the analyses are given."""

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


def analysis_options(function: F) -> F:
    """The argument and the options of every command of the analyses; it gets those of Options as `options`."""

    @wraps(function)  # which keeps the options that were declared below
    def command(**values: Any) -> Any:
        values.setdefault("safe", False)
        values["display_filter"] = with_numbers(values["display_filter"], values.pop("numbers"))
        return function(Options(*(values.pop(name) for name in Options._fields)), **values)

    made: Any = command
    for option in (numbers_option, json_option, ovs_option, names_option, filter_option, reading):
        made = option(made)
    return made  # type: ignore[no-any-return]  # click's decorators give what they get


class Watch:
    """What a pass asks of the messages themselves: whether they pass the display filter and, with --strict, whether they are malformed.

    events: whose messages the filter is asked about.  passed: the numbers that pass it, None without one.
    """

    def __init__(self, options: Options, events: Collection[int]) -> None:
        self.passed: set[int] | None = None if options.display_filter is None else set()
        self.malformed = 0
        self._options, self._events = options, events
        self._compiled = None if options.display_filter is None else compiled_filter(options.display_filter)

    def shows(self, *numbers: int | None) -> bool:
        """Whether what any of the messages is about is shown."""
        return self.passed is None or any(number in self.passed for number in numbers)

    def forget(self, last: int) -> None:
        """Nothing is asked any more about messages up to this one."""
        if self.passed:
            self.passed.difference_update([number for number in self.passed if number <= last])

    @property
    def looks_ahead(self) -> bool:
        """Whether the display filter asks what later messages tell."""
        return self._compiled is not None and self._compiled.looks_ahead

    @property
    def passes(self) -> Callable[[Message, int | None], bool] | None:
        """The test of a message, None where there is nothing to ask."""
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
        """The exit code; says how the capture ended."""
        return finish(capture, self.malformed, quiet=self._options.quiet, strict=self._options.strict)


def run(
    capture: Capture,
    analysis: Analysis,
    options: Options,
    watch: Watch,
    *,
    until: Moment | None = None,
    each: Callable[[], None] | None = None,
    see: Callable[[Fact], None] | None = None,
    lock: AbstractContextManager[object] | None = None,
) -> None:
    """Feed a capture to an analysis and finish it.

    each: called after every batch.  see: called with every fact.  lock: held while the analysis changes.
    """
    from ovsdissect.analysis.run import uncollected

    if watch.looks_ahead:
        capture.hold_back()
    held = nullcontext() if lock is None else lock
    # an endless capture has time for the collector between its messages
    with nullcontext() if options.follow else uncollected():
        for batch in capture.facts(until=until, passes=watch.passes):
            if watch.passed is not None and batch.passed is not None:
                watch.passed |= batch.passed
            if see is not None:
                for fact in batch.facts:
                    see(fact)
            with held:
                analysis.feed(batch)
            if each is not None:
                each()
    analysis.finish()


def release(capture: Capture, options: Options) -> str:
    """Whose text is printed: the release that was asked for, or that the capture tells, else the newest."""
    if options.ovs != AUTO:
        return options.ovs
    return capture.daemon().release or NEWEST


def json_text(found: dict[str, Any]) -> str:
    """An object as a line."""
    from ovsdissect.json.encoding import encode

    return encode(found).decode()


def print_json(found: dict[str, Any]) -> None:
    """Print an object as a line."""
    click.echo(json_text(found))
