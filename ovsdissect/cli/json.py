"""`ovsdissect json`: messages as JSON for scripts, written as they come."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from ovsdissect.cli.options import (
    all_option,
    filter_option,
    finish,
    open_capture,
    ovs_option,
    reading,
    say_release,
    selection,
    sieve_of,
    told_release,
)

if TYPE_CHECKING:
    from ovsdissect.api import Message
    from ovsdissect.dissect.context import Context
    from ovsdissect.export.fastjson import JsonLines


@click.command("json", short_help="Messages as JSON, one object a line.")
@reading
@filter_option
@all_option
@click.option("-o", "--output", type=click.Path(dir_okay=False, allow_dash=True), default="-", metavar="FILE", help="Write to FILE.")
@click.option("--array", is_flag=True, help="One JSON array instead of a line per message.")
@click.option("--odp", is_flag=True, help="Add Open vSwitch's own text of keys, masks, flows and actions, and its log line.")
@click.option("--inner", is_flag=True, help="Add the layers of the packets inside, a summary, checksums and problems.")
@click.option("--raw", is_flag=True, help="Add each message's bytes, and where each value stands in them.")
@click.option("--names/--no-names", default=None, help="Port names or numbers in --odp; by default as Open vSwitch prints each text.")
@ovs_option
@click.option("-j", "--jobs", type=click.IntRange(1), default=1, metavar="N", help="Use N processes; the output is the same.")
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
    ovs: str,
    jobs: int,
) -> int:
    """Print the Open vSwitch messages of a capture as JSON, one object a line.

    The objects are described by `ovsdissect schema`.

    \b
    ovsdissect json nlmon.pcap | jq 'select(.cmd == "miss") | .attrs.key.in_port'
    """
    import orjson

    from ovsdissect.api import Message
    from ovsdissect.export.fastjson import PIECES
    from ovsdissect.json.jsonline import end_object

    with open_capture(capture, families, follow, ovs) as opened, click.open_file(output, "wb") as out:
        whose = told_release(opened, ovs) if odp else ovs
        make = partial(_writer, display_filter, everything, array=array, raw=raw, inner=inner, odp=odp, names=names, ovs=whose)
        context, records = opened.begin()
        # a filter may count from the first message, and what is followed comes one by one: both need one process
        if jobs > 1 and display_filter is None and not follow:
            from ovsdissect.export.parallel import parallel_lines

            parts = parallel_lines(context, records, make, Message, jobs, foreign=everything)
        else:
            parts = make(context).parts(records, 1 if opened.live else PIECES)
        malformed = 0
        begun = not array
        for part, faults in parts:
            malformed += faults
            # before each element of an array stands ",\n"; the first has the bracket there
            out.write(part if begun else b"[" + part[1:] if part else b"")
            begun = begun or bool(part)
            if opened.live:
                out.flush()
        if opened.cut is not None:
            end = orjson.dumps(end_object(opened.cut))
            out.write((b",\n" if begun else b"[\n") + end if array else end + b"\n")
            begun = True
        if array:
            out.write(b"\n]\n" if begun else b"[\n]\n")
        out.flush()
        if odp:
            say_release(opened, ovs, quiet=quiet)
        return finish(opened, malformed + (opened.cut is not None), quiet=quiet, strict=strict)


def _writer(
    display_filter: str | None,
    everything: bool,
    context: Context[Message],
    *,
    array: bool,
    raw: bool,
    inner: bool,
    odp: bool,
    names: bool | None,
    ovs: str,
) -> JsonLines[Message]:
    """The writer that the options ask for; a worker process makes its own."""
    from ovsdissect.export.fastjson import JsonLines
    from ovsdissect.json.jsonline import to_dict

    def line(message: Message) -> dict[str, Any]:
        told = to_dict(message, raw=raw, inner=inner)
        if odp:
            from ovsdissect.odp.texts import Texts

            told["odp"] = Texts(message, names=names, ovs=ovs).to_dict()
        return told

    sieve = sieve_of(display_filter, everything)
    return JsonLines(
        context,
        selection(None, everything),
        line,
        everything=everything,
        templates=not (odp or inner or raw),
        array=array,
        sieve=sieve and sieve(context),
    )
