"""`ovsdissect tui`: a capture on the screen, message by message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ovsdissect.cli.options import all_option, filter_option, names_option, ovs_option, reading
from ovsdissect.errors import OvsDissectError

if TYPE_CHECKING:
    from ovsdissect.odp import Version


@click.command("tui", short_help="Walk through a capture on the screen.")
@reading
@filter_option
@all_option
@names_option
@ovs_option
def command(
    capture: str,
    families: dict[str, int],
    follow: bool,
    quiet: bool,
    strict: bool,
    display_filter: str | None,
    everything: bool,
    names: bool,
    ovs: Version,
) -> int:
    """Walk through a capture: the messages, the tree of one, its bytes.

    `ovsdissect CAPTURE` does the same on a terminal, and lists the messages where there is none. Press ? for the keys.

    \b
    ovsdissect tui nlmon.pcap
    tcpdump -i nlmon0 -s 0 -U -w - | ovsdissect tui -
    """
    from ovsdissect.tui.run import able, run

    if not able():
        raise OvsDissectError("there is no terminal to show the capture on; `ovsdissect list` prints it")
    return run(capture, families=families, follow=follow, display_filter=display_filter, everything=everything, names=names, ovs=ovs)
