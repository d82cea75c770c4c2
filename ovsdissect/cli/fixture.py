"""`ovsdissect fixture`: from a capture to a small, anonymous regression test in one command."""

from __future__ import annotations

import os
import re
import secrets
from typing import TYPE_CHECKING

import click

from ovsdissect import files
from ovsdissect.cli.captures import capture_argument
from ovsdissect.cli.ending import finish, say_release
from ovsdissect.cli.options import (
    AUTO,
    Numbers,
    byteorder_option,
    compiled_filter,
    count_option,
    family_option,
    filter_option,
    look_ahead,
    max_record_option,
    numbers_option,
    open_capture,
    ovs_option,
    quiet_option,
    strict_option,
)
from ovsdissect.cli.selection import selection, with_numbers
from ovsdissect.cli.sink import check_directory, force_option
from ovsdissect.problem import counted, counted_verb

if TYPE_CHECKING:
    from ovsdissect.api import Capture

EXIT_UNFIT = 1


@click.command("fixture", short_help="Make a regression test from anonymised messages.")
@capture_argument
@family_option
@byteorder_option
@max_record_option
@quiet_option
@strict_option
@filter_option
@numbers_option
@count_option
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False),
    required=True,
    metavar="DIR",
    help="Write to this directory; it is created if necessary.",
)
@click.option("--name", metavar="NAME", help="Base name of the files; by default that of DIR.")
@click.option(
    "--anonymise/--keep-addresses",
    default=True,
    help="Replace addresses, names and UUIDs and remove payloads (the default), or keep everything.",
)
@click.option("--key", metavar="TEXT", help="Anonymise with this secret, for a reproducible result; by default it is random.")
@ovs_option
@force_option
def command(
    capture: str,
    families: dict[str, int],
    quiet: bool,
    strict: bool,
    display_filter: str | None,
    numbers: Numbers | None,
    count: int | None,
    output: str,
    name: str | None,
    anonymise: bool,
    key: str | None,
    ovs: str,
    force: bool,
) -> int:
    """Write a fixture: the selected messages as a pcap file, their dissection as JSON lines with Open vSwitch's own text, a page about
    them, and a pytest test that compares the two.

    The fixture also gets the messages that name families, datapaths and ports, and the requests of selected answers.
    Addresses are replaced consistently: common prefixes stay common, lengths and relations do not change, checksums are corrected.
    If the result would mean something else, or would still contain an original address or name, nothing is written and the exit status
    is 1.

    \b
    ovsdissect fixture nlmon.pcap -Y 'ovs_packet.cmd == miss && arp' -o tests/arp-miss
    """
    from ovsdissect.cli.progress import reading_shown
    from ovsdissect.errors import OvsDissectError
    from ovsdissect.fixture.fixture import FixtureError, fixture, module_name
    from ovsdissect.fixture.messages import Choice

    name = name or os.path.basename(os.path.abspath(output))
    if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z._-]*", name):
        raise OvsDissectError(f"{name!r} is not a valid file name: use --name with letters, digits, '.', '_' and '-'")
    if key is not None and not anonymise:
        raise OvsDissectError("--key and --keep-addresses cannot be used together")
    force = check_directory(output, force=force)
    display_filter = with_numbers(display_filter, numbers)
    found = compiled_filter(display_filter) if display_filter is not None else None
    shows = selection(found, False)
    choice = Choice()
    malformed = taken = 0
    with open_capture(capture, families, False, ovs) as opened:
        look_ahead(opened, found)
        context, records = opened.begin()
        with reading_shown(opened, quiet=quiet, printing=False):
            for record in records:
                for message in context.messages(record):
                    wanted = shows(message) and (count is None or taken < count)
                    taken += wanted
                    choice.see(record, message, wanted)
                    malformed += wanted and bool(message.problems)
        secret = (secrets.token_bytes(32) if key is None else key.encode()) if anonymise else None
        try:
            whose = pinned(opened) if ovs == AUTO else ovs
            made = fixture(choice, name, key=secret, display_filter=display_filter or "", ovs=whose)
        except FixtureError as error:
            click.echo(f"ovsdissect: {error}", err=True)
            return EXIT_UNFIT
        made_files = {f"{name}.pcap": made.pcap, f"{name}.jsonl": made.golden, f"{name}.md": made.page, module_name(name): made.test}
        with files.written_directory(output, force=force) as folder:
            for file, data in made_files.items():
                with open(os.path.join(folder, file), "wb") as out:
                    out.write(data)
        if not quiet:
            selected = counted(made.selected, "message")
            needed = made.messages - made.selected
            click.echo(f"ovsdissect: wrote {selected} and {needed} that they depend on to {output}", err=True)
            if choice.left:
                left = counted_verb(choice.left, "record", "was", "were")
                click.echo(f"ovsdissect: {left} left out for lack of a message of their own", err=True)
        say_release(opened, ovs, quiet=quiet)
        return finish(opened, malformed, quiet=quiet, strict=strict)


def pinned(capture: Capture) -> str:
    """Return the release for a fixture's text if none was requested: the one that the capture reveals, by its short name."""
    from ovsdissect.odp.releases import NEWEST, short_name

    return short_name(next((detector.release for detector in capture.detectors.values() if detector.release), NEWEST.version))
