"""`ovsdissect json`: messages as JSON for scripts, written as they come."""

from __future__ import annotations

import os
from threading import Lock
from typing import TYPE_CHECKING, Final

import click

from ovsdissect.cli.ending import finish, say_release, told_release
from ovsdissect.cli.options import (
    AUTO,
    Numbers,
    all_option,
    count_option,
    filter_option,
    look_ahead,
    most,
    numbers_option,
    open_capture,
    ovs_option,
    reading,
)
from ovsdissect.cli.selection import Hidden, chosen, say_numbers, selection
from ovsdissect.cli.sink import output as writing
from ovsdissect.json.encoding import encode
from ovsdissect.json.jsonline import to_dict

if TYPE_CHECKING:
    from typing import BinaryIO

    from ovsdissect.api import Capture, Message
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.backend import BackEnd
    from ovsdissect.engine.jsonline import JsonLines
    from ovsdissect.engine.list_tables import ListTables
    from ovsdissect.engine.odplines import OdpLines
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.tables import Tables
    from ovsdissect.engine.walk import Walk


LARGE: Final = 50_000_000  # bytes of a file from which starting threads pays off
FEW: Final = 2  # processors: with these, the pass ahead of the threads takes the time that they save


def by_size(opened: Capture) -> int:
    """Return how many threads to use without -j: as many as there are processors, if they are more than two, for a large file, else one."""
    processors = os.cpu_count() or 1
    return processors if processors > FEW and (opened.size or 0) > LARGE else 1


@click.command("json", short_help="Print messages as JSON, one object per line.")
@reading
@filter_option
@all_option
@numbers_option
@count_option
@click.option("-o", "--output", type=click.Path(dir_okay=False, allow_dash=True), default="-", metavar="FILE", help="Write to FILE.")
@click.option("--array", is_flag=True, help="Print one JSON array instead of a line per message.")
@click.option("--odp", is_flag=True, help="Add Open vSwitch's own text for keys, masks, flows and actions, and its log line.")
@click.option("--inner", is_flag=True, help="Add the layers of the inner packets, with a summary, checksums and problems.")
@click.option("--symbols", is_flag=True, help="Print ethertypes, IP protocols and other numbers that have names as text.")
@click.option("--raw", is_flag=True, help="Add the bytes of each message, and the position of each value.")
@click.option("--upcalls", is_flag=True, help="Add the fields upcall.* and flow.*: what became of each upcall and its flow.")
@click.option("--names/--no-names", default=None, help="In --odp, print port names or numbers; by default as Open vSwitch does.")
@ovs_option
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="Use N threads; by default one, or one for each of more than two processors for a file over 50 MB. The output is the same.",
)
def command(
    captures: tuple[str, ...],
    display_filter: str | None,
    families: dict[str, int],
    follow: bool,
    quiet: bool,
    strict: bool,
    everything: bool,
    numbers: Numbers | None,
    count: int | None,
    output: str,
    array: bool,
    odp: bool,
    inner: bool,
    symbols: bool,
    raw: bool,
    upcalls: bool,
    names: bool | None,
    ovs: str,
    jobs: int | None,
) -> int:
    """Print the Open vSwitch messages of captures as JSON, one object per line.

    `ovsdissect schema` describes the objects.  With several captures, `capture` says which one an object comes from.

    \b
    ovsdissect json nlmon.pcap | jq 'select(.cmd == "miss") | .attrs.key.in_port'
    """
    from ovsdissect.cli.captures import Labelled, check_outputs, each_capture, series
    from ovsdissect.cli.progress import reading_shown
    from ovsdissect.engine.lines import Lines
    from ovsdissect.json.jsonline import end_object

    found, everything = chosen(display_filter, numbers, everything)
    begun = False

    def read(capture: str, file: BinaryIO) -> int:
        nonlocal begun
        state = series()
        limit = most(numbers, state.left)
        wanted = Hidden(selection(found, everything), told=found is None and not everything)
        faults = 0
        whose = ovs
        back_ends: list[JsonLines] = []
        counting = Lock()
        doubters: list[OdpLines] = []

        def line(message: Message) -> bytes | None:
            nonlocal faults
            if not wanted(message):
                return None
            told = to_dict(message, raw=raw, inner=inner, upcalls=upcalls, symbols=symbols)
            if odp:
                from ovsdissect.odp.texts import Texts

                told["odp"] = Texts(message, names=names, ovs=whose).to_dict()
                if told["problems"] and message.family == "ovs_flow":
                    for doubter in doubters:
                        doubter.doubt()
            if told["problems"]:
                with counting:
                    faults += 1
            text = encode(told)
            return b",\n" + text if array else text + b"\n"

        def texts() -> ListTables:
            from ovsdissect.engine.list_tables import list_tables
            from ovsdissect.odp.releases import release

            return list_tables(release(whose))

        def make(walk: Walk, answer: Answer, out: Output, tables: Tables) -> BackEnd:
            made = plain_lines(walk, answer, out, tables)
            if inner or upcalls:
                from ovsdissect.engine.addedlines import AddedLines

                told = context.ahead.all() if upcalls and context.ahead is not None else None
                made = AddedLines(walk, answer, out, tables, made, inner, told or {})
            if raw:
                from ovsdissect.engine.fieldranges import FieldRanges

                made = FieldRanges(walk, answer, out, made, array)
            return made

        def plain_lines(walk: Walk, answer: Answer, out: Output, tables: Tables) -> BackEnd:
            if odp:
                from ovsdissect.engine.odplines import OdpLines

                doubters.append(OdpLines(walk, answer, out, texts(), everything, array, names))
                back_ends.append(doubters[-1].lines)
                return doubters[-1]
            from ovsdissect.engine.jsonline import JsonLines

            back_ends.append(JsonLines(walk, answer, out, tables, everything, array))
            return back_ends[-1]

        with open_capture(capture, families, follow, ovs) as opened:
            out = file if state.name is None else Labelled(file, b'"capture":' + encode(state.name) + b",", b"{")
            if upcalls:
                opened.hold_back()
            look_ahead(opened, found)
            whose = told_release(opened, ovs) if odp else ovs
            context, records = opened.begin()
            # texts of several daemons, of an unknown one, and of an old one are left to the tree
            native = odp and whose != AUTO and texts().words.release.log_skips_unmasked
            # what a stream tells about a message is known when the message is released
            by_tree = symbols or (odp and (raw or not native)) or (upcalls and opened.live) or limit is not None
            lines = Lines(
                context,
                records,
                line,
                None if by_tree else make,
                (lambda: texts().tables) if native else None,
                chosen=None if found is None else (found, everything),
                jobs=1 if opened.live or odp else jobs or by_size(opened),  # a DEL's line may depend on earlier messages
                most=limit,
            )
            with reading_shown(opened, quiet=quiet, printing=True, file=output):
                lines.write(out, live=opened.live, start=b"[" if array and not begun else b"")
            begun = begun or lines.begun
            if state.left is not None and limit is not None:
                state.left -= limit - (lines.left or 0)
            if opened.cut is not None:
                end = encode(end_object(opened.cut))
                out.write((b",\n" if begun else b"[\n") + end if array else end + b"\n")
                begun = True
            out.flush()
            if odp:
                say_release(opened, ovs, quiet=quiet)
            wanted.say(back_ends, shown=lines.begun, quiet=quiet)
            say_numbers(opened, numbers, shown=lines.begun, quiet=quiet)
            fruitless = None if everything or lines.begun else found
            faults += sum(one.malformed for one in back_ends)
            return finish(opened, faults + (opened.cut is not None), quiet=quiet, strict=strict, fruitless=fruitless)

    check_outputs(captures, output)
    with writing(output) as file:
        code = each_capture(captures, lambda capture: read(capture, file), count)
        if array:
            file.write(b"\n]\n" if begun else b"[\n]\n")
        return code
