"""What a command reports about a capture besides its messages: the release of its text, how the capture ended, and the exit code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import click

from ovsdissect.cli.options import AUTO, FOLLOWING, NEWEST
from ovsdissect.cli.signals import Following

if TYPE_CHECKING:
    from ovsdissect.api import Capture
    from ovsdissect.capture import Skipped
    from ovsdissect.filter import Filter

SHOWN: Final = 10  # records that were skipped


def told_release(capture: Capture, ovs: str) -> str:
    """Return, for AUTO, the release that the first records of a file reveal, if they come from one daemon; otherwise `ovs` unchanged."""
    if ovs != AUTO or capture.live:
        return ovs
    told = {detector.release for detector in capture.detectors.values() if detector.seen} or {None}
    return ovs if len(told) > 1 else told.pop() or NEWEST


def say_release(capture: Capture, ovs: str, *, quiet: bool) -> None:
    """Report on standard error which release's text was shown if none was requested."""
    if ovs == AUTO and not quiet:
        from ovsdissect.text.release import release_objects, release_text

        click.echo(f"ovsdissect: {capture.name}: {release_text(release_objects(capture.detectors))}", err=True)


def finish(capture: Capture, malformed: int, *, quiet: bool, strict: bool, said: bool = False, fruitless: Filter | None = None) -> int:
    """Report how the capture ended and, unless that was said, the sources of its messages. Returns the exit code.

    fruitless: a display filter that no Open vSwitch message passed; it is reported if others pass it.
    The exit code is 1 if the file changed while it was read and, with --strict, if it ended early, held malformed messages or skipped
    records; it is that of a signal if one ended the following.
    """
    following: Following | None = click.get_current_context().meta.pop(FOLLOWING, None)
    code = following.end() if following is not None else 0
    if capture.cut is not None and not quiet:
        click.echo(f"ovsdissect: {capture.name}: {capture.cut.text}", err=True)
    if not quiet:
        for text in (*skipped_texts(capture.skipped), *(() if said else source_texts(capture))):
            click.echo(f"ovsdissect: {capture.name}: {text}", err=True)
    if change := capture.change:
        click.echo(f"ovsdissect: {capture.name}: {change} while it was {'followed' if capture.live else 'read'}", err=True)
    faulty = capture.cut is not None or bool(capture.skipped) or bool(malformed)
    others = fruitless if fruitless is not None and not (quiet or capture.live) and fruitless.passes_others() else None
    if others is not None and next(capture.filter(others, all=True), None) is not None:
        click.echo("ovsdissect: messages of other families and protocols pass the filter: --all shows them", err=True)
    return code or (1 if change or (strict and faulty) else 0)


def skipped_texts(skipped: Sequence[Skipped]) -> Iterator[str]:
    """Yield what to report about skipped records: the first of them, how many more there are, and the option that reads them."""
    for one in skipped[:SHOWN]:
        yield f"{one.text}; --max-record raises that"
    if len(skipped) > SHOWN:
        yield f"{len(skipped) - SHOWN:,} more records are skipped likewise"


def source_texts(capture: Capture) -> list[str]:
    """Return what is unusual about the sources of the messages of a capture that was read."""
    from ovsdissect.text.sources import source_lines

    seen = capture.records_seen
    return list(source_lines(capture.met, capture.interfaces, seen, capture.byteorder, orders_differ=capture.orders_differ))
