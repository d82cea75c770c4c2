"""`ovsdissect CAPTURE` on a terminal: the interface.  It takes the options of `ovsdissect list`, which it is without a terminal."""

from __future__ import annotations

import click

from ovsdissect.cli.options import all_option, compiled_filter, filter_option, names_option, ovs_option, reading


@click.command("tui", short_help="Walk through a capture.")
@reading
@all_option
@filter_option
@names_option
@ovs_option
def command(
    capture: str,
    families: dict[str, int],
    follow: bool,
    quiet: bool,
    strict: bool,
    everything: bool,
    display_filter: str | None,
    names: bool,
    ovs: str,
) -> int:
    """Walk through a capture: its messages, the tree of each, its bytes.  ? shows the keys.

    \b
    ovsdissect nlmon.pcap
    ssh host tcpdump -i nlmon0 -s 0 -U -w - | ovsdissect -
    """
    from ovsdissect.errors import OvsDissectError
    from ovsdissect.tui.run import able, run

    if not able():
        raise OvsDissectError("no terminal to draw on: `ovsdissect list` prints the same lines")
    if display_filter is not None:
        compiled_filter(display_filter)  # what is wrong with it is said before any screen appears
    return run(capture, families=families, follow=follow, display_filter=display_filter, everything=everything, names=names, ovs=ovs)
