"""`ovsdissect json`: messages as JSON for scripts, written as they come."""

from __future__ import annotations

import click

from ovsdissect.cli.options import all_option, finish, open_capture, reading


@click.command("json", short_help="Messages as JSON, one object a line.")
@reading
@all_option
@click.option("-o", "--output", type=click.Path(dir_okay=False, allow_dash=True), default="-", metavar="FILE", help="Write to FILE.")
@click.option("--array", is_flag=True, help="One JSON array instead of a line per message.")
@click.option("--raw", is_flag=True, help="Add each message's bytes, and where each value stands in them.")
def command(
    capture: str,
    families: dict[str, int],
    follow: bool,
    quiet: bool,
    strict: bool,
    everything: bool,
    output: str,
    array: bool,
    raw: bool,
) -> int:
    """Print the Open vSwitch messages of a capture as JSON, one object a line.

    The objects are described by `ovsdissect schema`.

    \b
    ovsdissect json nlmon.pcap | jq 'select(.cmd == "miss") | .attrs.key.in_port'
    """
    import orjson

    from ovsdissect.api import is_ovs
    from ovsdissect.export.jsonline import to_dict

    malformed = 0
    with open_capture(capture, families, follow) as opened, click.open_file(output, "wb") as out:
        before = b"[\n" if array else b""
        for message in opened:
            if not (everything or is_ovs(message)):
                continue
            line = to_dict(message, raw=raw)
            malformed += bool(line["problems"])
            out.write(before + orjson.dumps(line) + (b"" if array else b"\n"))
            before = b",\n" if array else b""
            if follow:
                out.flush()
        if opened.cut is not None:
            malformed += 1
            out.write(before + orjson.dumps(_end(opened)) + (b"" if array else b"\n"))
            before = b",\n" if array else b""
        if array:
            out.write((b"[" if before == b"[\n" else b"") + b"\n]\n")
        out.flush()
        return finish(opened, malformed, quiet=quiet, strict=strict)


def _end(opened: object) -> dict[str, object]:
    from ovsdissect.api import Capture
    from ovsdissect.export.jsonline import problem_object

    assert isinstance(opened, Capture)
    assert opened.cut is not None
    keys = ("record", "index", "time", "time_ns", "direction", "nlmsg", "family", "cmd", "version", "dp_ifindex", "attrs")
    return {"kind": "record", "number": None, **dict.fromkeys(keys), "problems": [problem_object(opened.cut)]}


