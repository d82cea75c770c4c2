"""`ovsdissect carve`: extracts messages into a new capture, with the records that are needed to read them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from ovsdissect.cli.captures import capture_argument
from ovsdissect.cli.ending import finish
from ovsdissect.cli.options import (
    Numbers,
    all_option,
    byteorder_option,
    compiled_filter,
    count_option,
    family_option,
    filter_option,
    look_ahead,
    max_record_option,
    numbers_option,
    open_capture,
    quiet_option,
    strict_option,
)
from ovsdissect.cli.selection import with_numbers
from ovsdissect.cli.sink import output as writing
from ovsdissect.files import check

if TYPE_CHECKING:
    from ovsdissect.api import Capture, Message
    from ovsdissect.byteorder import ByteOrder
    from ovsdissect.capture import Record
    from ovsdissect.carve.pcap import PcapWriter
    from ovsdissect.carve.pcapng import PcapngWriter
    from ovsdissect.carve.selection import Selection


@click.command("carve", short_help="Extract messages into a new capture.")
@capture_argument
@family_option
@byteorder_option
@max_record_option
@quiet_option
@strict_option
@all_option
@filter_option
@numbers_option
@count_option
@click.option("--messages", is_flag=True, help="Write each selected message to its own record, without the other messages of its record.")
@click.option("--inner", is_flag=True, help="Write the packets inside the selected messages, as an Ethernet capture.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True),
    required=True,
    metavar="OUT",
    help="Write to this file; - is standard output.  A name ending in .pcap or .pcapng sets the format; otherwise it is that of CAPTURE.",
)
def command(
    capture: str,
    families: dict[str, int],
    quiet: bool,
    strict: bool,
    everything: bool,
    display_filter: str | None,
    numbers: Numbers | None,
    count: int | None,
    messages: bool,
    inner: bool,
    output: str,
) -> int:
    """Write the records of the selected messages to a capture, and the records that announce their families.

    Whole records are written, including their other messages, unless --messages is given.  Times, lengths and byte order do not change.
    A pcapng file also keeps interfaces and their clocks, comments and drop counts.
    From standard input, and with --messages and --inner, the output is kept in memory until the end.

    With --inner, a packet without an Ethernet header gets one with zero addresses.

    \b
    ovsdissect carve nlmon.pcap -Y 'error.number < 0' -o errors.pcap
    ovsdissect carve nlmon.pcap -Y 'ovs_packet.cmd == miss' --inner -o missed.pcap
    """
    from ovsdissect.carve.pcap import PcapWriter
    from ovsdissect.carve.pcapng import PcapngWriter
    from ovsdissect.carve.records import LINKTYPE_ETHERNET, Messages, Packets
    from ovsdissect.carve.selection import Selection
    from ovsdissect.cli.progress import reading_shown
    from ovsdissect.errors import OvsDissectError

    if messages and inner:
        raise OvsDissectError("--messages and --inner cannot be used together")
    pieces = Messages() if messages else Packets() if inner else None
    display_filter = with_numbers(display_filter, numbers)
    everything = everything or numbers is not None
    found = compiled_filter(display_filter or "")  # errors in it are reported before anything is opened
    if output == "-" and sys.stdout.isatty():
        raise OvsDissectError("a capture is binary: write it to a file with -o FILE")
    chosen = Selection()
    malformed = 0
    held: dict[int, Record] = {}
    with open_capture(capture, families, False) as opened:
        if output != "-":
            check(output)
        with reading_shown(opened, quiet=quiet, printing=True, file=output):
            again = not opened.live
            for record, message, wanted in watched(opened, display_filter or "", everything):
                wanted = wanted and (count is None or chosen.messages < count)  # later messages may still name families
                chosen.see(message, wanted)
                if pieces is not None:
                    pieces.see(record, message, wanted)
                elif not again and chosen.may_need(record.number):
                    held[record.number] = record
                malformed += wanted and bool(message.problems)
            with writing(output) as out:
                form = form_of(output) or opened.format
                link_type, order = (LINKTYPE_ETHERNET if inner else None), empty(opened)
                writer = PcapngWriter(out, opened.interfaces, link_type) if form == "pcapng" else PcapWriter(out)
                left = False
                if pieces is not None:
                    taken: Iterable[Record] = pieces.records(chosen.records)
                else:
                    taken = reread(opened, chosen.records) if again else (held[number] for number in sorted(chosen.records))
                for record in taken:
                    writer.write(record)
                    left = left or record.notes is not None
                writer.start(link_type or order[0], order[1])
                writer.finish()
                left = form == "pcap" and opened.format == "pcapng" and (left or len(opened.interfaces) > 1)
        if not quiet:
            for text in report(chosen, writer, inner, left):
                click.echo(f"ovsdissect: {text}", err=True)
        fruitless = found if display_filter and not everything and not chosen.messages else None
        return finish(opened, malformed, quiet=quiet, strict=strict, fruitless=fruitless)


def watched(opened: Capture, text: str, everything: bool) -> Iterator[tuple[Record, Message, bool]]:
    """Yield the selected messages and all of nlctrl's, with their records and whether they are selected."""
    from ovsdissect.api import is_ovs
    from ovsdissect.engine.selected import selected

    wanted = compiled_filter(text)
    watched_for = compiled_filter(f"({text}) || nlctrl" if text else "")
    look_ahead(opened, wanted)
    context, records = opened.begin()
    for record, message in selected(context, records, watched_for, lambda one: everything or is_ovs(one), everything=everything):
        wanted.start_ns = watched_for.start_ns
        yield record, message, wanted.matches(message)


def reread(opened: Capture, numbers: set[int]) -> Iterator[Record]:
    """Yield some records of a file, by number."""
    with opened.reread() as records:
        yield from (record for record in records if record.number in numbers)


def empty(opened: Capture) -> tuple[int, ByteOrder]:
    """Return link type and byte order of a file without records."""
    from ovsdissect.capture import NETLINK_LINK_TYPES

    types = [interface.link_type for interface in opened.interfaces if interface.link_type in NETLINK_LINK_TYPES]
    return types[0] if types else max(NETLINK_LINK_TYPES), opened.byteorder or "little"


def form_of(output: str) -> str | None:
    """Return the format for the suffix of a name, None if it has none."""
    return {".pcap": "pcap", ".cap": "pcap", ".pcapng": "pcapng", ".ntar": "pcapng"}.get(os.path.splitext(output)[1].lower())


def report(chosen: Selection, writer: PcapWriter | PcapngWriter, inner: bool, left: bool) -> Iterator[str]:
    """Yield what was written, and what its readers should know. left: the format has no place for something in the capture."""
    yield f"{writer.written} packets of {chosen.messages} messages" if inner else f"{chosen.messages} messages in {writer.written} records"
    if writer.timeless:
        yield f"{writer.timeless} records without a time that the file can hold stand at 1970"
    if left:
        yield "pcap has no place for interfaces, comments and drop counts: a name in .pcapng keeps them"
    if chosen.unnamed and not inner:
        options = " ".join(dict.fromkeys(f"--family {name}={number}" for (_, name), number in sorted(chosen.unnamed.items())))
        yield f"no nlctrl message names these families, read the file with {options}"
