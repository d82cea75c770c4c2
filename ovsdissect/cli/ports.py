"""`ovsdissect ports`: upcalls by port, the datapaths' counters, handlers and their queues."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

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
    run,
    sort_option,
    with_place,
)
from ovsdissect.cli.options import open_capture

if TYPE_CHECKING:
    from ovsdissect.analysis.answers import Sort
    from ovsdissect.analysis.exchange import Open


@click.command("ports", short_help="Show upcalls and losses by port, and the queues of the handlers.")
@analysis_options
@csv_option
@columns_option
@sort_option
@click.option("--all", "everything", is_flag=True, help="Also print ports without upcalls.")
def command(options: Options, as_csv: bool, columns_text: str | None, sort_by: str | None, everything: bool) -> int:
    """Print a line per port: its upcalls, the kernel's counters, the latency of answers; then the handlers and their queues.

    \b
    ovsdissect ports nlmon.pcap
    ovsdissect ports nlmon.pcap --json | jq 'select(.kind == "port" and .fail > 0)'
    """
    from ovsdissect.analysis import conclude
    from ovsdissect.analysis.facts import ACTION, MISS, dp_ifindex
    from ovsdissect.analysis.run import Analysis
    from ovsdissect.analysis.summaries import port_summary
    from ovsdissect.report import ports as shown
    from ovsdissect.report.columns import Line, Show, chosen, ordered, place_column, table
    from ovsdissect.report.objects import datapath_object, handler_object, port_object, port_summary_object, summary_object
    from ovsdissect.report.unknown import not_known, not_known_line

    with open_capture(options.capture, options.families, options.follow) as opened:
        watch = Watch(options, (MISS, ACTION))
        passed: set[tuple[int | None, int, int | None]] = set()  # ports with an upcall that passes

        def upcall(found: Open, sort: Sort) -> None:
            if watch.shows(found.number):
                passed.add((analysis.sides[found.dp].interface, dp_ifindex(found.dp), found.fact.in_port))

        analysis = Analysis(upcalls=None if watch.passed is None else upcall)
        run(opened, analysis, options, watch)
        datapaths, handlers = conclude.datapaths(analysis), conclude.handlers(analysis)
        ports = [
            port for port in conclude.ports(analysis) if watch.passed is None or (port.interface, port.dp_ifindex, port.port_no) in passed
        ]
        unknown = not_known("ports", analysis)
        if options.as_json:
            objects = chain(
                map(datapath_object, datapaths),
                map(port_object, limited(ports, options)),
                map(handler_object, handlers),
                [summary_object("ports", analysis.messages, port_summary_object(port_summary(analysis)), unknown)],
            )
            for found in objects:
                print_json(found)
            return watch.finish(opened)
        own, example = shown.columns(datapaths, shown.seconds_of(analysis.first_ns, analysis.last_ns)), shown.example()
        own = {**own, "interface": place_column(analysis.sides.interfaces)}
        columns = chosen(columns_text or with_place(shown.COLUMNS, analysis), own, example)
        show = Show(analysis.first_ns or 0, options.names, not as_csv, options.safe)
        wanted = ports if everything or as_csv else [port for port in ports if shown.shown(port)]
        lines = limited(ordered([Line(port_object(port), port) for port in wanted], sort_by, own, example), options)
        if as_csv:
            for text in csv_lines(columns, lines, show):
                click.echo(text)
            if not options.quiet:
                click.echo(not_known_line(unknown), err=True)
            return watch.finish(opened)
        texts = [*table(columns, lines, show), *shown.handler_lines(handlers), *shown.counter_lines(datapaths, ports)]
        click.echo("\n".join([*texts, not_known_line(unknown)]))
        return watch.finish(opened)
