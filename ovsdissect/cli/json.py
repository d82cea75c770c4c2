"""`ovsdissect json`: messages as JSON for scripts, written as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from ovsdissect.cli.options import all_option, filter_option, finish, open_capture, ovs_option, reading, selection

if TYPE_CHECKING:
    from ovsdissect.api import Message
    from ovsdissect.odp import Version

BATCH: Final = 256  # lines written at once


@click.command("json", short_help="Messages as JSON, one object a line.")
@reading
@filter_option
@all_option
@click.option("-o", "--output", type=click.Path(dir_okay=False, allow_dash=True), default="-", metavar="FILE", help="Write to FILE.")
@click.option("--array", is_flag=True, help="One JSON array instead of a line per message.")
@click.option("--odp", is_flag=True, help="Add Open vSwitch's own text of keys, masks, flows and actions, and its log line.")
@click.option("--inner", is_flag=True, help="Add the layers of the packets inside.")
@click.option("--raw", is_flag=True, help="Add each message's bytes, and where each value stands in them.")
@click.option("--names/--no-names", default=None, help="Port names or numbers in --odp; by default as Open vSwitch prints each text.")
@ovs_option
def command(
    capture: str,
    display_filter: str | None,
    families: dict[str, int],
    follow: bool,
    quiet: bool,
    strict: bool,
    everything: bool,
    output: str,
    array: bool,
    odp: bool,
    inner: bool,
    raw: bool,
    names: bool | None,
    ovs: Version,
) -> int:
    """Print the Open vSwitch messages of a capture as JSON, one object a line.

    The objects are described by `ovsdissect schema`.

    \b
    ovsdissect json nlmon.pcap | jq 'select(.cmd == "miss") | .attrs.key.in_port'
    """
    import orjson

    from ovsdissect.export.fastjson import JsonLines
    from ovsdissect.export.jsonline import to_dict
    from ovsdissect.odp.texts import Texts

    shown = selection(display_filter, everything)

    def line(message: Message) -> dict[str, Any]:
        told = to_dict(message, raw=raw, inner=inner)
        if odp:
            told["odp"] = Texts(message, names=names, ovs=ovs).to_dict()
        return told

    plain = display_filter is None and not (odp or inner or raw)
    with open_capture(capture, families, follow) as opened, click.open_file(output, "wb") as out:
        context, records = opened.begin()
        writer = JsonLines(context, shown, line, everything=everything, templates=plain)
        begun = False
        for lines in writer.batches(records, 1 if follow else BATCH):
            if lines:
                out.write(_joined(lines, array, begun))
                begun = True
            if follow:
                out.flush()
        if opened.cut is not None:
            out.write(_joined([orjson.dumps(_end(opened)).decode()], array, begun))
            begun = True
        if array:
            out.write(b"\n]\n" if begun else b"[\n]\n")
        out.flush()
        return finish(opened, writer.malformed + (opened.cut is not None), quiet=quiet, strict=strict)


def _joined(lines: list[str], array: bool, begun: bool) -> bytes:
    """Lines as they stand in the output; in an array the commas are between them."""
    if array:
        return ((",\n" if begun else "[\n") + ",\n".join(lines)).encode()
    return "\n".join([*lines, ""]).encode()


def _end(opened: object) -> dict[str, object]:
    from ovsdissect.api import Capture
    from ovsdissect.export.jsonline import problem_object

    assert isinstance(opened, Capture)
    assert opened.cut is not None
    keys = ("record", "index", "time", "time_ns", "direction", "nlmsg", "family", "cmd", "version", "dp_ifindex", "attrs")
    return {"kind": "record", "number": None, **dict.fromkeys(keys), "problems": [problem_object(opened.cut)]}


