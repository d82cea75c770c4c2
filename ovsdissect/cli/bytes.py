"""`ovsdissect bytes`: netlink messages pasted from a debugger, a dump or a log, as trees or JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ovsdissect.cli.options import AUTO, NEWEST, family_option, ovs_option

if TYPE_CHECKING:
    from ovsdissect.byteorder import ByteOrder


@click.command("bytes", short_help="Print pasted netlink messages as trees or JSON.")
@click.argument("given", metavar="[BYTES]...", nargs=-1)
@family_option
@click.option(
    "--byteorder",
    type=click.Choice(["auto", "little", "big"]),
    default="auto",
    show_default=True,
    help="Byte order of the host that the bytes come from; auto selects the one in which the lengths fit.",
)
@ovs_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON as `ovsdissect json` does, one object per line.")
@click.option(
    "--hex", "with_hex", is_flag=True, help="Also print the offset and the bytes of each field, of attribute headers and of padding."
)
def command(given: tuple[str, ...], families: dict[str, int], byteorder: str, ovs: str, as_json: bool, with_hex: bool) -> int:
    """Decode netlink messages that another tool printed as bytes: one or several complete messages, starting at struct nlmsghdr, with or
    without the header of a cooked record.

    BYTES is the output of xxd, hexdump, od, gdb, tcpdump -x, tshark -x, strace or base64, a copy from Wireshark, hexadecimal digits, a C
    array or a string. @FILE reads a file, - standard input, which is also the default. Addresses and characters beside the bytes are
    ignored; gaps between addresses are refused.

    --family names a family that the bytes do not identify.

    \b
    ovsdissect bytes --family ovs_datapath=34 180000002200050000000000000000000101000005000000
    xclip -o | ovsdissect bytes
    ovsdissect bytes @dump.txt --json
    """
    from ovsdissect.api import Message
    from ovsdissect.cli.pasting import blocks, joined
    from ovsdissect.cli.show import lines
    from ovsdissect.cli.terminal import terminal
    from ovsdissect.dissect.whole import COOKED, fits, is_cooked, messages
    from ovsdissect.errors import OvsDissectError
    from ovsdissect.families.registry import Registry
    from ovsdissect.json.encoding import encode
    from ovsdissect.netlink.headers import NETLINK_GENERIC
    from ovsdissect.text.values import scope

    if as_json and with_hex:
        raise click.UsageError("--json and --hex cannot be used together")
    if not given and sys.stdin is not None and sys.stdin.isatty():
        raise click.UsageError("no bytes: give them as an argument, as @FILE, or on standard input")
    registry = Registry(families)
    order: ByteOrder | None = "little" if byteorder == "little" else "big" if byteorder == "big" else None
    found = [block for text in joined(given or ("-",)) for block in blocks(text, lambda data: fits(data, registry, order)) if block]
    if not found:
        raise OvsDissectError("there are no bytes")
    screen = terminal()
    whose = NEWEST if ovs == AUTO else ovs
    unknown: set[int] = set()
    for message in messages(found, registry, Message, order):
        if message.kind == "message" and message.declaration is None and message.protocol == NETLINK_GENERIC:
            unknown.add(message.frame.type)
        if as_json:
            screen.out.write(encode(message.to_dict()).decode() + "\n")
            continue
        origin = 0 if is_cooked(found[message.record - 1]) else len(COOKED)
        for line in lines(message, scope(message, names=True, ovs=whose), screen, with_hex, origin):
            screen.out.write(line + "\n")
    for number in sorted(unknown):
        click.echo(f"ovsdissect: the bytes do not identify the family of type {number}: use --family NAME={number}", err=True)
    return 0
