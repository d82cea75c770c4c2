"""`ovsdissect odp`: Open vSwitch's text for bytes pasted from a log or a debugger."""

from __future__ import annotations

import re
import sys

import click

from ovsdissect.cli.options import AUTO, NEWEST, ovs_option
from ovsdissect.errors import OvsDissectError


def octets(text: str) -> bytes:
    """The bytes of hexadecimal text; spaces, colons, commas, line ends, "0x" and "\\x" may stand anywhere."""
    digits = re.sub(r"0[xX]|\\x|[\s:,]", "", text)
    wrong = re.search(r"[^0-9a-fA-F]", digits)
    if wrong:
        raise OvsDissectError(f"{wrong.group()!r} is no hexadecimal digit")
    if len(digits) % 2:
        raise OvsDissectError(f"{len(digits)} hexadecimal digits: a byte has two")
    return bytes.fromhex(digits)


@click.command("odp", short_help="Open vSwitch's text for bytes in hexadecimal.")
@click.argument("what", metavar="WHAT", type=click.Choice(["key", "flow", "actions", "tunnel"]))
@click.argument("hexadecimal", metavar="HEX")
@click.argument("mask", metavar="[MASKHEX]", required=False)
@click.option("--big-endian", "big", is_flag=True, help="The bytes come from a big-endian host.")
@click.option(
    "--form",
    type=click.Choice(["dump", "dump-m", "log"]),
    default="dump",
    show_default=True,
    help="Which text of a flow: dump-flows, dump-flows -m, the log's.",
)
@ovs_option
def command(what: str, hexadecimal: str, mask: str | None, big: bool, form: str, ovs: str) -> int:
    """Print what Open vSwitch prints for a flow KEY, a FLOW (key and mask), ACTIONS or a TUNNEL key in hexadecimal.

    WHAT is key, flow, actions or tunnel. HEX and MASKHEX are payloads, without the outer attribute's header; spaces, colons and 0x
    are passed over; - reads standard input.

    \b
    ovsdissect odp actions '08 00 01 00 03 00 00 00'
    ovsdissect odp flow 0800030002000000 08000300ffffffff
    """
    from ovsdissect import odp
    from ovsdissect.cli.terminal import terminal
    from ovsdissect.grammar import ByteOrder
    from ovsdissect.text.screen import escape

    if hexadecimal == "-":
        hexadecimal = sys.stdin.read()
    data = octets(hexadecimal)
    bits = None if mask is None else octets(mask)
    order: ByteOrder = "big" if big else "little"
    ovs = NEWEST if ovs == AUTO else ovs  # bytes alone tell no release
    if bits is not None and what in ("key", "actions"):
        raise click.UsageError(f"{what} takes no mask; `odp flow` does")
    if what == "key":
        text = odp.format_key(data, ovs=ovs, byteorder=order)
    elif what == "flow":
        text = odp.format_flow(data, bits or b"", form=form, ovs=ovs, byteorder=order)  # type: ignore[arg-type]  # click.Choice gives one of the forms
    elif what == "actions":
        text = odp.format_actions(data, ovs=ovs, byteorder=order)
    else:
        text = odp.format_tunnel(data, mask=bits, ovs=ovs, byteorder=order)
    terminal().out.write(escape(text) + "\n")
    return 0
