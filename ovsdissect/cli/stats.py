"""`ovsdissect stats`: what a capture holds, counted in one pass; its text is made from the same object that --json prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from ovsdissect.cli.options import finish, open_capture, reading

if TYPE_CHECKING:
    from ovsdissect.api import Capture, Message


@click.command("stats", short_help="What a capture holds: counts, time span, family ids, losses.")
@reading
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for scripts.")
def command(capture: str, families: dict[str, int], follow: bool, quiet: bool, strict: bool, as_json: bool) -> int:
    """Count what a capture holds: messages by family and command, errors, problems, and what the capture itself says it lost.

    With --follow the counts are printed at Ctrl-C.
    """
    import orjson

    from ovsdissect.cli import EXIT_INTERRUPTED

    with open_capture(capture, families, follow) as opened:
        counts = Counts()
        interrupted = False
        try:
            for message in opened:
                counts.add(message)
        except KeyboardInterrupt:
            if not follow:
                raise
            interrupted = True
        found = summary(opened, counts)
        if as_json:
            click.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))
        else:
            click.echo("\n".join(lines(found)))
        code = finish(opened, counts.malformed, quiet=quiet, strict=strict)
        return EXIT_INTERRUPTED if interrupted else code


class Counts:
    """What is counted while a capture is read.  Memory does not grow with the capture, only with the kinds of message in it."""

    def __init__(self) -> None:
        self.messages: Counter[tuple[str, str | None, str | int | None, str]] = Counter()
        self.control: Counter[str] = Counter()
        self.errors: Counter[tuple[int, str, str | None, str | int | None]] = Counter()
        self.problems: Counter[str] = Counter()
        self.malformed = 0
        self.first_ns: int | None = None
        self.last_ns: int | None = None

    def add(self, message: Message) -> None:
        """Count one message, or one record's own line."""
        if message.time_ns is not None:
            # the clock may run backwards between records
            self.first_ns = message.time_ns if self.first_ns is None else min(self.first_ns, message.time_ns)
            self.last_ns = message.time_ns if self.last_ns is None else max(self.last_ns, message.time_ns)
        if message.problems:
            self.malformed += 1
            self.problems.update(str(problem.kind) for problem in message.problems)
        if message.kind == "message":
            self.messages[_protocol(message), message.name, _command(message), message.direction] += 1
        elif message.kind != "record":
            self.control[message.kind] += 1
            number = message.error.get("number")
            if message.kind in ("error", "done") and isinstance(number, int) and number:
                self.errors[number, _protocol(message), *_asked(message)] += 1


def _protocol(message: Message) -> str:
    from ovsdissect.netlink.headers import PROTOCOLS

    return PROTOCOLS.get(message.protocol or 0, str(message.protocol))


def _command(message: Message) -> str | int | None:
    """A decoded family's command by name; of other messages the nlmsg_type, which is all that is known of them."""
    if message.family is None:
        return message.frame.type
    if message.cmd is None:
        return None
    return message.cmd.name if message.cmd.number in message.family.by_number else message.cmd.number


def _asked(message: Message) -> tuple[str | None, str | int | None]:
    """Family and command that an error answers; the nlmsg_type that it echoes where the family is not decoded."""
    request = message.request
    if request is None:
        return None, None
    if request.family is None:
        return None, request.type
    if request.cmd is None:
        return request.family.name, None
    return request.family.name, request.cmd.name if request.cmd.number in request.family.by_number else request.cmd.number


def summary(capture: Capture, counts: Counts) -> dict[str, Any]:
    """The object that --json prints."""
    from ovsdissect.export.jsonline import problem_object, time_text
    from ovsdissect.netlink import errno

    span = None if counts.first_ns is None or counts.last_ns is None else counts.last_ns - counts.first_ns
    return {
        "capture": capture.name,
        "format": capture.format,
        "compression": capture.compression,
        "byteorder": capture.byteorder,
        "records": capture.records_seen,
        "messages": capture.messages_seen,
        "first": time_text(counts.first_ns),
        "last": time_text(counts.last_ns),
        "span_ns": span,
        "interfaces": [
            {
                "index": one.index,
                "name": one.name,
                "link_type": one.link_type,
                "snaplen": one.snaplen,
                "received": one.received,
                "dropped": one.dropped,
                "os_dropped": one.os_dropped,
            }
            for one in capture.interfaces
        ],
        "families": [{"id": number, "name": known.name, "how": str(known.how)} for number, known in sorted(capture.ids.items())],
        "counts": [
            {"protocol": protocol, "family": family, "cmd": cmd, "direction": direction, "count": count}
            for (protocol, family, cmd, direction), count in sorted(counts.messages.items(), key=_order)
        ],
        "control": {kind: counts.control[kind] for kind in ("error", "ack", "done", "noop", "overrun") if counts.control[kind]},
        "errors": [
            {"number": number, "name": errno.name(-number), "protocol": protocol, "family": family, "cmd": cmd, "count": count}
            for (number, protocol, family, cmd), count in counts.errors.most_common()
        ],
        "malformed": counts.malformed,
        "problems": dict(counts.problems.most_common()),
        "cut": problem_object(capture.cut) if capture.cut else None,
    }


def _order(item: tuple[tuple[str, str | None, str | int | None, str], int]) -> tuple[Any, ...]:
    """Open vSwitch's families first, then the other generic ones, then other protocols by how often they speak."""
    (protocol, family, cmd, direction), count = item
    if protocol != "generic":
        return 2, protocol, "", -count, str(cmd), direction
    return (0 if family and family.startswith("ovs_") else 1), protocol, family or "~", 0, str(cmd), direction


def lines(found: dict[str, Any]) -> Iterator[str]:
    """The summary for people: sections of aligned columns."""
    kind = " ".join(str(found[key]) for key in ("format", "compression") if found[key])
    yield f"{printable(found['capture'])}: {kind}, {found['byteorder']}-endian"
    if found["span_ns"] is not None:
        yield f"{found['first']} to {found['last']}: {found['span_ns'] / 1e9:.6f} s"
    yield f"{found['records']:,} records, {found['messages']:,} netlink messages"
    yield from _section("family ids", ([one["name"], str(one["id"]), one["how"]] for one in found["families"]))
    yield from _section("messages", (_count(one) for one in found["counts"]))
    yield from _section("control messages", ([kind, count] for kind, count in found["control"].items()))
    yield from _section(
        "errors", ([one["count"], one["name"], one["family"] or one["protocol"], _type(one)] for one in found["errors"])
    )
    problems = [[kind, count] for kind, count in found["problems"].items()]
    yield from _section(f"problems, in {found['malformed']:,} messages", problems)
    yield from _section("interfaces", (_interface(one) for one in found["interfaces"]))
    yield ""
    yield f"cut short: {printable(found['cut']['text'])}" if found["cut"] else "complete"


def _count(one: dict[str, Any]) -> list[Any]:
    family = one["family"] or one["protocol"]
    return [family, _type(one), one["direction"], one["count"]]


def _type(one: dict[str, Any]) -> str:
    """The command; a number of a family that is not decoded is an nlmsg_type."""
    if one["cmd"] is None:
        return "?"
    return f"type {one['cmd']}" if isinstance(one["cmd"], int) and not str(one["family"]).startswith("ovs_") else str(one["cmd"])


def _interface(one: dict[str, Any]) -> list[Any]:
    lost = [f"{name.replace('_', ' ')} {one[name]:,}" for name in ("received", "dropped", "os_dropped") if one[name] is not None]
    snaplen = f"snaplen {one['snaplen']:,}" if one["snaplen"] else "no snaplen"
    return [str(one["index"]), one["name"] or "-", f"link type {one['link_type']}", snaplen, ", ".join(lost) or "says nothing of losses"]


def _section(title: str, rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A title and its rows in aligned columns, numbers to the right; nothing where there are no rows."""
    table = list(rows)
    if not table:
        return
    cells = [[f"{cell:,}" if isinstance(cell, int) else printable(str(cell)) for cell in row] for row in table]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    yield ""
    yield f"{title}:"
    for row, values in zip(cells, table, strict=True):
        aligned = (
            text.rjust(width) if isinstance(value, int) else text.ljust(width)
            for text, value, width in zip(row, values, widths, strict=True)
        )
        yield "  " + "  ".join(aligned).rstrip()


def printable(text: str) -> str:
    """Text for a terminal: a captured name may hold escape sequences, which are shown instead of obeyed."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
