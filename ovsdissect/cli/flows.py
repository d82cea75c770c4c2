"""`ovsdissect flows`: the flow tables at any moment of a capture, as `dump-flows` prints them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import click

from ovsdissect.cli.analysing import (
    Options,
    Watch,
    analysis_options,
    columns_option,
    csv_lines,
    csv_option,
    limited,
    print_json,
    release,
    run,
    sort_option,
    with_place,
)
from ovsdissect.cli.ending import say_release
from ovsdissect.cli.options import open_capture

if TYPE_CHECKING:
    from ovsdissect.analysis.findings import Flow
    from ovsdissect.analysis.moment import Moment
    from ovsdissect.analysis.run import Analysis
    from ovsdissect.api import Capture
    from ovsdissect.report.columns import Show
    from ovsdissect.report.flowtext import Style
    from ovsdissect.report.gone import GoneFlows

UFID: Final = re.compile("(ufid:)?[0-9A-Fa-f-]+")


@click.command("flows", short_help="Print the flow table at any moment, as dump-flows does.")
@analysis_options
@csv_option
@columns_option
@sort_option
@click.option(
    "--at",
    metavar="TIME|@NUMBER",
    help="Print the table at this time (seconds since start or 1970, or a UTC date), or after this message.",
)
@click.option("--deleted", is_flag=True, help="Also print flows that were deleted or refused, before the others.")
@click.option("--probes", is_flag=True, help="Also print the flows of feature probes.")
@click.option("--never-hit", is_flag=True, help="Print only flows that no packet matched, according to their statistics.")
@click.option("--stats", is_flag=True, help="Print a table of ages and counters instead of dump-flows lines.")
@click.option("--explain", is_flag=True, help="Explain how flows come and go, and which fields make them differ.")
@click.option("--ufid", metavar="UFID", help="Print only flows whose UFID starts with this text.")
@click.option("--history", is_flag=True, help="With --ufid, print the history of these flows: misses, put, changes, dumps, deletion.")
@click.option("-v", "--verbose", is_flag=True, help="Print every field and the UFID, as dump-flows -m does.")
def command(
    options: Options,
    as_csv: bool,
    columns_text: str | None,
    sort_by: str | None,
    at: str | None,
    deleted: bool,
    probes: bool,
    never_hit: bool,
    stats: bool,
    explain: bool,
    ufid: str | None,
    history: bool,
    verbose: bool,
) -> int:
    """Print the flow tables at a moment, by default the end of the capture, as Open vSwitch's dump-flows would have printed them.

    The comment after each line says what else is known about the flow.  The last line compares our count with the kernel's.

    \b
    ovsdissect flows nlmon.pcap --at 23.5
    ovsdissect flows nlmon.pcap --deleted --stats --sort packets
    ovsdissect flows nlmon.pcap --ufid 86ac35aa --history
    """
    from ovsdissect.analysis.facts import FLOW_REPLY, PUT
    from ovsdissect.analysis.moment import Moment
    from ovsdissect.analysis.run import Analysis
    from ovsdissect.report.gone import GoneFlows

    if history and not ufid:
        raise click.UsageError("--history needs --ufid")
    if ufid and not UFID.fullmatch(ufid):
        raise click.UsageError(f"--ufid {ufid}: a UFID is written in hexadecimal digits and hyphens")
    until = None if at is None else Moment.of(at)
    with open_capture(options.capture, options.families, options.follow) as opened, GoneFlows() as gone:
        if history:
            return _history(opened, options, str(ufid), until, verbose)
        analysis = Analysis(ended=gone.add if deleted else None, spread=explain)
        watch = Watch(options, (PUT, FLOW_REPLY))
        run(opened, analysis, options, watch, until=until)
        style = _style(opened, options, analysis, verbose)
        prefix = (ufid or "").removeprefix("ufid:").lower()
        found = (
            flow
            for flow in _flows(analysis, gone, probes)
            if watch.shows(flow.number) and (not never_hit or flow.packets == 0) and (not prefix or _begins(flow, prefix))
        )
        _print(options, analysis, found, style, as_csv, columns_text, sort_by, stats, explain)
        say_release(opened, options.ovs, quiet=options.quiet)
        return watch.finish(opened)


def _style(opened: Capture, options: Options, analysis: Analysis, verbose: bool) -> Style:
    from ovsdissect.analysis import conclude
    from ovsdissect.report.flowtext import Style

    names = conclude.names(analysis) if options.names else None
    return Style(release(opened, options), verbose, names)


def _history(opened: Capture, options: Options, ufid: str, until: Moment | None, verbose: bool) -> int:
    """Print what happened to the flows whose UFID begins with `ufid`."""
    from ovsdissect.analysis.life import FlowLife
    from ovsdissect.analysis.run import Analysis
    from ovsdissect.report.life import event_lines, event_object
    from ovsdissect.report.objects import summary_object
    from ovsdissect.report.unknown import not_known, not_known_line

    life = FlowLife(ufid)
    analysis = Analysis(upcalls=life.upcall, ended=life.ended)
    watch = Watch(options, ())
    run(opened, analysis, options, watch, until=until, see=life.see)
    style = _style(opened, options, analysis, verbose)
    events = limited(life.events(analysis), options)
    unknown = not_known("flows", analysis)
    if options.as_json:
        for event in events:
            print_json(event_object(event, style))
        print_json(summary_object("flows", analysis.messages, {"events": len(events)}, unknown))
    else:
        for line in event_lines(events, style, analysis.first_ns or 0):
            click.echo(line)
        click.echo(not_known_line(unknown))
    say_release(opened, options.ovs, quiet=options.quiet)
    return watch.finish(opened)


def _begins(flow: Flow, prefix: str) -> bool:
    """Return whether a flow's UFID begins with a prefix, with or without dashes."""
    from ovsdissect.report.objects import ufid_text

    text = ufid_text(flow.ufid, flow.order) or ""
    return text.startswith(prefix) or text.replace("-", "").startswith(prefix.replace("-", "") or "-")


def _flows(analysis: Analysis, gone: GoneFlows, probes: bool) -> Iterator[Flow]:
    """Yield the flows that are gone, then the existing ones."""
    from ovsdissect.analysis import conclude

    max_idle_ns = conclude.max_idle_ns(analysis)
    for entry in gone:
        if probes or not entry.probe:
            yield conclude.flow(entry, analysis.sides[entry.dp], analysis.last_ns, max_idle_ns=max_idle_ns)
    yield from conclude.flows(analysis, probes=probes)


def _print(
    options: Options,
    analysis: Analysis,
    flows: Iterable[Flow],
    style: Style,
    as_csv: bool,
    columns_text: str | None,
    sort_by: str | None,
    stats: bool,
    explain: bool,
) -> None:
    from ovsdissect.analysis import conclude
    from ovsdissect.analysis.summaries import flow_summary
    from ovsdissect.report import flows as shown
    from ovsdissect.report.columns import Line, Show, chosen, ordered, place_column, table
    from ovsdissect.report.objects import churn_object, flow_object, flow_summary_object, summary_object
    from ovsdissect.report.unknown import not_known, not_known_line

    start_ns = analysis.first_ns or 0
    show = Show(start_ns, options.names, not as_csv, options.safe)
    own, example = shown.columns(analysis.last_ns), shown.example(style)
    own = {**own, "interface": place_column(analysis.sides.interfaces)}
    columns = chosen(columns_text or with_place(shown.COLUMNS, analysis), own, example)
    lines: Iterable[Line] = (Line(None, flow, lambda flow: flow_object(flow, style)) for flow in flows)
    if sort_by is not None:
        lines = ordered(lines, sort_by, own, example)
    lines = limited(lines, options) if options.limit is not None else lines
    unknown = not_known("flows", analysis)
    if options.as_json:
        for line in lines:
            print_json(line.fields)
        if explain:
            print_json(churn_object(conclude.churn(analysis)))
        print_json(summary_object("flows", analysis.messages, flow_summary_object(flow_summary(analysis)), unknown))
        return
    if as_csv:
        for text in csv_lines(columns, lines, show):
            click.echo(text)
        if not options.quiet:
            click.echo(not_known_line(unknown), err=True)
        return
    if stats or columns_text:
        for text in table(columns, lines, show):
            click.echo(text)
    else:
        for line in lines:
            click.echo(shown.flow_line(line.finding, style, start_ns))
    _end(analysis, show, explain)
    click.echo(shown.summary_line(flow_summary(analysis), start_ns))
    click.echo(not_known_line(unknown))


def _end(analysis: Analysis, show: Show, explain: bool) -> None:
    from ovsdissect.analysis import conclude
    from ovsdissect.report.flows import churn_lines

    if explain:
        click.echo()
        for text in churn_lines(conclude.churn(analysis), show):
            click.echo(text)
