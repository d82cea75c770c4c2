"""`ovsdissect report`: what is wrong, worst first, with the messages that show it."""

from __future__ import annotations

import sys
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Final

import click

from ovsdissect import files
from ovsdissect.cli.analysing import Options, Watch, analysis_options, limited, print_json, release, run
from ovsdissect.cli.options import open_capture
from ovsdissect.cli.sink import check_standard_output, output

if TYPE_CHECKING:
    from ovsdissect.analysis.run import Analysis
    from ovsdissect.analysis.verdicts import Verdict

ANEW: Final = 1.0  # seconds between reports with --follow, if something came


@click.command("report", short_help="Say what is wrong, worst first, with evidence.")
@analysis_options
@click.option(
    "--html", type=click.Path(dir_okay=False, allow_dash=True), metavar="FILE", help="Write one page of HTML that opens offline."
)
@click.option("--anonymise", is_flag=True, help="With --html, replace addresses and names.")
def command(options: Options, html: str | None, anonymise: bool) -> int:
    """Print verdicts on a capture, worst first, each with messages to look at; then what is fine, and a summary.

    With --follow, the report is repeated every second while messages arrive.

    \b
    ovsdissect report nlmon.pcap
    ovsdissect report nlmon.pcap --json | jq 'select(.severity == "bad")'
    ovsdissect report nlmon.pcap --html report.html --anonymise
    """
    if anonymise and html is None:
        raise click.UsageError("--anonymise needs --html")
    if html is not None:
        return _page(options, html, anonymise)
    from ovsdissect.analysis.facts import EVENTS
    from ovsdissect.analysis.run import Analysis

    with open_capture(options.capture, options.families, options.follow) as opened:
        analysis = Analysis(spread=True)
        watch = Watch(options, range(EVENTS))
        lock, ended = Lock(), Event()

        def anew() -> None:
            told = 0
            while not ended.wait(ANEW):
                with lock:
                    if analysis.messages != told:
                        told = analysis.messages
                        _print(analysis, options, watch)
                        sys.stdout.flush()

        printer = Thread(target=anew, daemon=True)
        if options.follow:
            printer.start()
        run(opened, analysis, options, watch, lock=lock)
        ended.set()
        if options.follow:
            printer.join()
        _print(analysis, options, watch)
        return watch.finish(opened)


def _page(options: Options, file: str, anonymise: bool) -> int:
    """Write the page."""
    from ovsdissect.analysis import conclude
    from ovsdissect.analysis.facts import EVENTS
    from ovsdissect.analysis.run import Analysis
    from ovsdissect.analysis.timeline import Timeline
    from ovsdissect.report.flowtext import Style
    from ovsdissect.report.html import TopFlows, check, report_html

    check()
    with open_capture(options.capture, options.families, options.follow) as opened:
        if file == "-":
            check_standard_output()
        else:
            files.check(file)
        timeline, top = Timeline(), TopFlows()
        analysis = Analysis(ended=top.add, spread=True, timeline=timeline)
        watch = Watch(options, range(EVENTS))
        run(opened, analysis, options, watch)
        names = conclude.names(analysis) if options.names else None
        text = report_html(opened.name, analysis, timeline, top, Style(release(opened, options), names=names), anonymise=anonymise)
        with output(file) as out:
            out.write(text.encode())
        return watch.finish(opened)


def _print(analysis: Analysis, options: Options, watch: Watch) -> None:
    from ovsdissect.analysis import conclude
    from ovsdissect.analysis.summaries import report_summary
    from ovsdissect.analysis.verdicts import verdicts
    from ovsdissect.report import verdicts as shown
    from ovsdissect.report.objects import report_summary_object, summary_object, verdict_object
    from ovsdissect.report.unknown import not_known, not_known_line

    found: list[Verdict] = verdicts(analysis)
    told = limited((verdict for verdict in found if watch.shows(*verdict.messages)), options)
    summary, unknown = report_summary(analysis), not_known("report", analysis)
    if options.as_json:
        for verdict in told:
            print_json(verdict_object(verdict))
        print_json(summary_object("report", analysis.messages, report_summary_object(summary), unknown))
        return
    lines = [
        *shown.verdict_lines(told, several=len(conclude.datapaths(analysis)) > 1, interfaces=analysis.sides.interfaces),
        *shown.well_lines(analysis, summary, found),
        "",
        *shown.figure_lines(summary),
        not_known_line(unknown),
    ]
    click.echo("\n".join(lines))
