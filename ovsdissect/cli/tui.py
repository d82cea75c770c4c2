"""`ovsdissect CAPTURE` on a terminal: the interface. Without a terminal the same command is `ovsdissect list`."""

from __future__ import annotations

import click

from ovsdissect.cli.options import all_option, byteorder, compiled_filter, filter_option, max_record, names_option, opening, ovs_option


@click.command("tui", short_help="Browse a capture in the terminal; `ovsdissect CAPTURE` does the same.")
@opening
@click.option(
    "-i", "device", metavar="DEVICE", help="Record an nlmon device with dumpcap or tcpdump; root may name one that does not exist yet."
)
@all_option
@filter_option
@names_option
@ovs_option
@click.option(
    "--profile", metavar="NAME", default="default", show_default=True, help="Use the columns, layout, presets and colours of this profile."
)
@click.option("--no-config", is_flag=True, help="Do not read or save settings and filters.")
def command(
    capture: str | None,
    families: dict[str, int],
    follow: bool,
    quiet: bool,
    device: str | None,
    everything: bool,
    display_filter: str | None,
    names: bool,
    ovs: str,
    profile: str,
    no_config: bool,
) -> int:
    """Browse a capture: its messages, the tree and the bytes of each.  ? shows the keys.

    \b
    ovsdissect nlmon.pcap
    ovsdissect -i nlmon0
    ssh host tcpdump -i nlmon0 -s 0 -U -w - | ovsdissect -
    """
    from ovsdissect.errors import OvsDissectError
    from ovsdissect.tui.run import able, run

    if capture is not None and device is not None:
        raise click.UsageError("use either CAPTURE or -i DEVICE")
    if not able():
        raise OvsDissectError("standard output is not a terminal: use `ovsdissect list`")
    if display_filter is not None:
        compiled_filter(display_filter)  # errors in it are reported before any screen appears
    return run(
        capture,
        device=device,
        families=families,
        follow=follow,
        display_filter=display_filter,
        everything=everything,
        names=names,
        ovs=ovs,
        byteorder=byteorder(),
        profile=profile,
        config=not no_config,
        max_record=max_record(),
    )
