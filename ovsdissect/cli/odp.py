"""`ovsdissect odp`: Open vSwitch's text for bytes pasted from a log or a debugger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ovsdissect.cli.options import AUTO, NEWEST, Word, ovs_option
from ovsdissect.errors import OvsDissectError
from ovsdissect.problem import counted

if TYPE_CHECKING:
    from ovsdissect.byteorder import ByteOrder


@click.command("odp", short_help="Print Open vSwitch's text for pasted bytes.")
@click.argument("what", metavar="WHAT", type=Word(["key", "flow", "actions", "tunnel"]))
@click.argument("given", metavar="BYTES")
@click.argument("given_mask", metavar="[MASK]", required=False)
@click.option(
    "--byteorder",
    type=click.Choice(["little", "big"]),
    default="little",
    show_default=True,
    help="Byte order of the host that the bytes come from.",
)
@click.option(
    "--form",
    type=click.Choice(["dump", "dump-m", "log"]),
    default="dump",
    show_default=True,
    help="Text of a flow: as dump-flows, as dump-flows -m, or as the log prints it.",
)
@ovs_option
def command(what: str, given: str, given_mask: str | None, byteorder: ByteOrder, form: str, ovs: str) -> int:
    """Print what Open vSwitch prints for a flow KEY, a FLOW (key and mask), ACTIONS or a TUNNEL key.

    WHAT is key, flow, actions or tunnel. BYTES and MASK are payloads, without the header of the outer attribute: hexadecimal digits,
    dumps of xxd, hexdump, od, gdb, tcpdump or Wireshark, C arrays and strings, or base64. @FILE reads a file, - standard input.

    \b
    ovsdissect odp actions '08 00 01 00 03 00 00 00'
    ovsdissect odp flow 0800030002000000 08000300ffffffff
    xxd key.bin | ovsdissect odp key -
    """
    from ovsdissect import odp
    from ovsdissect.cli.pasting import attributes_fit, blocks
    from ovsdissect.cli.terminal import terminal
    from ovsdissect.text.screen import escape

    if given_mask is not None and what in ("key", "actions"):
        raise click.UsageError(f"{what} takes no mask; `odp flow` does")

    def octets(argument: str) -> bytes:
        found = blocks(argument, attributes_fit(byteorder))
        if len(found) != 1:
            raise OvsDissectError(f"{counted(len(found), 'block')} of bytes; {what} takes one")
        return found[0]

    data = octets(given)
    mask = None if given_mask is None else octets(given_mask)
    ovs = NEWEST if ovs == AUTO else ovs  # bytes alone do not reveal a release
    if what == "key":
        text = odp.format_key(data, ovs=ovs, byteorder=byteorder)
    elif what == "flow":
        text = odp.format_flow(data, mask or b"", form=form, ovs=ovs, byteorder=byteorder)  # type: ignore[arg-type]  # click.Choice gives one of the forms
    elif what == "actions":
        text = odp.format_actions(data, ovs=ovs, byteorder=byteorder)
    else:
        text = odp.format_tunnel(data, mask=mask, ovs=ovs, byteorder=byteorder)
    terminal().out.write(escape(text) + "\n")
    return 0
