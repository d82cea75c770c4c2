"""`ovsdissect errors`: the errors of a capture, grouped."""

from __future__ import annotations

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


@click.command("errors", short_help="Group the requests that failed.")
@analysis_options
@csv_option
@columns_option
@sort_option
@click.option("--all", "everything", is_flag=True, help="Also print harmless errors, which Open vSwitch provokes and expects.")
def command(options: Options, as_csv: bool, columns_text: str | None, sort_by: str | None, everything: bool) -> int:
    """Print the errors that the kernel returned, one line per group.  The last line counts the harmless ones.

    \b
    ovsdissect errors nlmon.pcap
    ovsdissect errors nlmon.pcap --all --sort count
    """
    from ovsdissect.analysis import conclude
    from ovsdissect.analysis.facts import ERROR
    from ovsdissect.analysis.run import Analysis
    from ovsdissect.analysis.summaries import error_summary
    from ovsdissect.report import errors as shown
    from ovsdissect.report.columns import Line, Show, chosen, ordered, place_column, table
    from ovsdissect.report.objects import error_object, error_summary_object, summary_object
    from ovsdissect.report.unknown import not_known, not_known_line

    with open_capture(options.capture, options.families, options.follow) as opened:
        analysis = Analysis()
        watch = Watch(options, (ERROR,))
        run(opened, analysis, options, watch)
        groups = conclude.errors(analysis, passed=watch.passed is not None)
        unknown = not_known("errors", analysis)
        if options.as_json:
            for group in limited(groups, options):
                print_json(error_object(group))
            print_json(summary_object("errors", analysis.messages, error_summary_object(error_summary(analysis)), unknown))
            return watch.finish(opened)
        own, example = shown.columns(), shown.example()
        own = {**own, "interface": place_column(analysis.sides.interfaces)}
        columns = chosen(columns_text or with_place(shown.CSV_COLUMNS if as_csv else shown.COLUMNS, analysis), own, example)
        show = Show(analysis.first_ns or 0, options.names, not as_csv, options.safe)
        wanted = groups if everything or as_csv else [group for group in groups if not group.harmless]
        lines = limited(ordered([Line(error_object(group), group) for group in wanted], sort_by, own, example), options)
        if as_csv:
            for text in csv_lines(columns, lines, show):
                click.echo(text)
            if not options.quiet:
                click.echo(not_known_line(unknown), err=True)
            return watch.finish(opened)
        texts = [*table(columns, lines, show, titles=bool(lines))]
        folded = None if everything else shown.harmless_line(groups)
        texts += [folded] if folded is not None else [] if groups else ["no errors"]
        click.echo("\n".join([*texts, not_known_line(unknown)]))
        return watch.finish(opened)
