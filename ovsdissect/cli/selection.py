"""Which messages a command shows, and what it reports about the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from typing import TYPE_CHECKING, Protocol

import click

from ovsdissect.cli.options import Numbers, compiled_filter
from ovsdissect.problem import counted

if TYPE_CHECKING:
    from ovsdissect.api import Capture, Message
    from ovsdissect.filter import Filter


def chosen(display_filter: str | None, numbers: Numbers | None, everything: bool) -> tuple[Filter | None, bool]:
    """Return the compiled filter of -Y and -n, None if every message passes; and whether messages other than Open vSwitch's may pass."""
    text = with_numbers(display_filter, numbers)
    return None if text is None else compiled_filter(text), everything or numbers is not None


def with_numbers(display_filter: str | None, numbers: Numbers | None) -> str | None:
    """Return the display filter of -Y and -n. Raises as compiled_filter() does, about the text of -Y."""
    if numbers is None:
        return display_filter
    text = f"number >= {numbers.first} && number <= {numbers.last}"
    if not (display_filter or "").strip():
        return text
    compiled_filter(display_filter or "")
    return f"({display_filter}) && {text}"


def selected(capture: Capture, display_filter: Filter | None, everything: bool) -> Iterator[Message]:
    """Yield the messages that are shown: Open vSwitch's, or all with `everything`, if they pass the display filter."""
    if display_filter is not None:
        return capture.filter(display_filter, all=everything)
    return iter(capture) if everything else capture.ovs()


def selection(display_filter: Filter | None, everything: bool) -> Callable[[Message], bool]:
    """Return the test whether a message is shown, as in selected().

    It must see every message of the capture, or be told the time of the first, because relative times count from that.
    """
    from ovsdissect.api import is_ovs

    if display_filter is None:
        return lambda message: everything or is_ovs(message)

    def shown(message: Message) -> bool:
        if display_filter.start_ns is None:
            display_filter.start_ns = message.time_ns
        return (everything or is_ovs(message)) and display_filter.matches(message)

    return shown


def say_numbers(capture: Capture, numbers: Numbers | None, *, shown: bool, quiet: bool) -> None:
    """Report on standard error that a file ends before the first number of -n, if that is why nothing is shown."""
    if numbers is None or shown or quiet:
        return
    try:
        seen = len(capture)
    except TypeError:  # a stream
        return
    if numbers.first > seen:
        click.echo(f"ovsdissect: no such message: {capture.name} has {seen:,}", err=True)


class Hidden:
    """Counts what is not shown because it is not Open vSwitch's, among the messages that the tree reads; back ends count the others.

    wanted: whether a message is shown. told: whether to report the counts; with a filter or --all nothing is hidden unexpectedly.
    """

    def __init__(self, wanted: Callable[[Message], bool], *, told: bool) -> None:
        self._wanted, self._told = wanted, told
        self._lock = Lock()
        self._messages = self._errors = 0

    def __call__(self, message: Message) -> bool:
        """Whether a message is shown."""
        shown = self._wanted(message)
        if not shown and self._told and message.number is not None:
            with self._lock:
                self._messages += 1
                self._errors += message.kind == "error"
        return shown

    def say(self, back_ends: Iterable[Counting], *, shown: bool, quiet: bool) -> None:
        """Report on standard error how many messages and errors --all would add, if there are errors among them or none is shown."""
        made = list(back_ends)
        messages = self._messages + sum(one.hidden for one in made)
        errors = self._errors + sum(one.hidden_errors for one in made)
        if (errors or (messages and not shown)) and self._told and not quiet:
            among = f", {counted(errors, 'error', grouped=True)} among them" if errors else ""
            many = counted(messages, "message", grouped=True)
            click.echo(f"ovsdissect: {many} of other families and protocols{among}: --all shows them", err=True)


class Counting(Protocol):
    """A back end that counts what it does not show."""

    @property
    def hidden(self) -> int:
        """The number of messages of no decoded family."""

    @property
    def hidden_errors(self) -> int:
        """The number of errors among them."""
