"""`ovsdissect carve`: the records of some messages as a capture of their own, with what is needed to read it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, cast

import click

from ovsdissect.cli.options import (
    all_option,
    capture_argument,
    family_option,
    filter_option,
    finish,
    open_capture,
    quiet_option,
    selection,
    strict_option,
)

if TYPE_CHECKING:
    from ovsdissect.api import Capture
    from ovsdissect.capture import ByteOrder, Record
    from ovsdissect.export.pcap import PcapWriter
    from ovsdissect.export.selection import Selection


@click.command("carve", short_help="Some messages as a capture of their own.")
@capture_argument
@family_option
@quiet_option
@strict_option
@all_option
@filter_option
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True),
    required=True,
    metavar="OUT",
    help="The pcap file to write; - is standard output.",
)
def command(
    capture: str, families: dict[str, int], quiet: bool, strict: bool, everything: bool, display_filter: str | None, output: str
) -> int:
    """Write the records of the selected messages to a pcap file, and those of the nlctrl messages that name their families.

    Whole records are written: their other messages come along.  Times, lengths and byte order stay as captured.
    From standard input the selected records are held in memory until the end.

    \b
    ovsdissect carve nlmon.pcap -Y 'error.number < 0' -o errors.pcap
    """
    from ovsdissect.errors import OvsDissectError
    from ovsdissect.export.pcap import PcapWriter
    from ovsdissect.export.selection import Selection

    shows = selection(display_filter, everything)
    if output == "-" and sys.stdout.isatty():
        raise OvsDissectError("a capture is not for a terminal: -o names a file")
    if output != "-" and capture != "-" and os.path.exists(output) and os.path.samefile(capture, output):
        raise OvsDissectError(f"{output} is the capture itself")
    chosen = Selection()
    malformed = 0
    held: dict[int, Record] = {}
    with open_capture(capture, families, False) as opened:
        again = capture != "-" and os.path.isfile(capture)
        context, records = opened.begin()
        for record in records:
            for message in context.messages(record):
                wanted = shows(message)
                chosen.see(message, wanted)
                malformed += wanted and bool(message.problems)
            if not again and chosen.may_need(record.number):
                held[record.number] = record
        with click.open_file(output, "wb") as out:
            writer = PcapWriter(cast("BinaryIO", out))
            for record in reread(capture, chosen.records) if again else (held[number] for number in sorted(chosen.records)):
                writer.write(record)
            writer.start(*empty(opened))
            out.flush()
        if not quiet:
            for text in report(chosen, writer):
                click.echo(f"ovsdissect: {text}", err=True)
        return finish(opened, malformed, quiet=quiet, strict=strict)


def reread(capture: str, numbers: set[int]) -> Iterator[Record]:
    """Some records of a file, by number."""
    from ovsdissect.capture import open_capture as open_records

    with open_records(capture) as records:
        yield from (record for record in records if record.number in numbers)


def empty(opened: Capture) -> tuple[int, ByteOrder]:
    """Link type and byte order of a file without records."""
    from ovsdissect.capture import NETLINK_LINK_TYPES

    types = [interface.link_type for interface in opened.interfaces if interface.link_type in NETLINK_LINK_TYPES]
    return types[0] if types else max(NETLINK_LINK_TYPES), opened.byteorder or "little"


def report(chosen: Selection, writer: PcapWriter) -> Iterator[str]:
    """What was written, and what its reader should know."""
    yield f"{chosen.messages} messages in {writer.written} records"
    if writer.timeless:
        yield f"{writer.timeless} records without a time that pcap can hold stand at 1970"
    if chosen.unnamed:
        options = " ".join(f"--family {name}={number}" for name, number in sorted(chosen.unnamed.items()))
        yield f"no nlctrl message names these families, read the file with {options}"
