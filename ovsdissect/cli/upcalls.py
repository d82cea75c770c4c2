"""`ovsdissect upcalls`: the outcome of every upcall, one line each, printed when it is final."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import click

from ovsdissect.cli.analysing import (
    Options,
    Watch,
    analysis_options,
    columns_option,
    csv_lines,
    csv_option,
    json_text,
    limited,
    print_json,
    release,
    run,
    sort_option,
    with_place,
)
from ovsdissect.cli.captures import series
from ovsdissect.cli.ending import say_release
from ovsdissect.cli.options import open_capture
from ovsdissect.errors import OvsDissectError

if TYPE_CHECKING:
    from ovsdissect.analysis.answers import Sort
    from ovsdissect.analysis.exchange import Open
    from ovsdissect.analysis.run import Analysis
    from ovsdissect.api import Capture
    from ovsdissect.report.columns import Column, Line, Show
    from ovsdissect.report.upcalls import Groups

LINES: Final = 4096  # at most are printed at once: many are cheaper, but a record may hold very many upcalls


@click.command("upcalls", short_help="Show what happened to every upcall: its flow, its packet, its latency.")
@analysis_options
@csv_option
@columns_option
@sort_option
@click.option(
    "--by", type=click.Choice(["port", "datapath", "cmd", "answer", "second"]), help="Group the upcalls, and print a line for each group."
)
@click.option("--unanswered", is_flag=True, help="Show only upcalls without an answer and without an explanation.")
@click.option(
    "--slower", type=float, metavar="MS", help="Show only upcalls whose EXECUTE, or else whose flow, came later than this."
)
@click.option(
    "--chain", type=int, metavar="NUMBER", help="Show only the upcalls of one packet: this one and those before and after recirculation."
)
@click.option("--summary", "only_summary", is_flag=True, help="Print only the summary.")
@click.option(
    "--odp", is_flag=True, help="Add Open vSwitch's text for the key and the actions of the put below each line; in JSON under odp."
)
def command(
    options: Options,
    as_csv: bool,
    columns_text: str | None,
    sort_by: str | None,
    by: str | None,
    unanswered: bool,
    slower: float | None,
    chain: int | None,
    only_summary: bool,
    odp: bool,
) -> int:
    """Print what happened to every upcall: the flow that was put for it, the EXECUTE that sent its packet on, and how long both took.

    The last lines summarise all upcalls, not only those shown.  With -c, reading stops early, and so does the summary.

    \b
    ovsdissect upcalls nlmon.pcap --slower 100
    ovsdissect upcalls nlmon.pcap --by port
    ovsdissect upcalls nlmon.pcap --json | jq 'select(.why == "unexplained")'
    """
    from ovsdissect.analysis.facts import ACTION, MISS
    from ovsdissect.analysis.run import Analysis

    if options.follow and sort_by and not by:
        raise OvsDissectError("--follow prints upcalls as they arrive, so --sort is not possible")
    with open_capture(options.capture, options.families, options.follow) as opened:
        watch = Watch(options, (MISS, ACTION))
        listing = Listing(opened, options, watch, as_csv, columns_text, sort_by, by, odp)
        listing.wanted = wanted(unanswered, slower, None if chain is None else chained(opened, chain))
        listing.quiet = only_summary
        analysis = listing.analysis = Analysis(upcalls=listing.add)
        run(opened, analysis, options, watch, each=listing.flush, printing=not (only_summary or by or sort_by))
        listing.end()
        if odp and not only_summary:
            say_release(opened, options.ovs, quiet=options.quiet)
        return watch.finish(opened)


def chained(capture: Capture, number: int) -> set[int]:
    """Return the upcalls of the same packet as an upcall, found in a pass of their own."""
    from ovsdissect.analysis.chain import Chains
    from ovsdissect.analysis.run import Analysis

    chains = Chains()
    Analysis(upcalls=chains.add).run(capture.ahead())
    return chains.of(number)


def wanted(unanswered: bool, slower: float | None, chain: set[int] | None) -> Callable[[Line], bool]:
    """Return the test for --unanswered, --slower and --chain."""
    from ovsdissect.report.upcalls import latency_of

    def is_wanted(line: Line) -> bool:
        if unanswered and line.fields["why"] not in ("unexplained", "capture-end"):
            return False
        if chain is not None and line.fields["number"] not in chain:
            return False
        took = latency_of(line.finding)
        return slower is None or (took is not None and took > slower * 1_000_000)

    return is_wanted


class Listing:
    """The lines of a pass, printed as they become final, or kept if they are to be sorted or grouped."""

    def __init__(
        self,
        capture: Capture,
        options: Options,
        watch: Watch,
        as_csv: bool,
        columns_text: str | None,
        sort_by: str | None,
        by: str | None,
        odp: bool,
    ) -> None:
        from ovsdissect.report import upcalls
        from ovsdissect.report.columns import chosen

        self._capture, self._options, self._watch, self._as_csv, self._odp = capture, options, watch, as_csv, odp
        self._by, self._sort_by = by, sort_by
        self._own = upcalls.columns()
        default = upcalls.CSV_COLUMNS if as_csv else upcalls.COLUMNS
        self._example = upcalls.example()
        self._default, self._columns_text = default, columns_text
        self._chosen: list[Column] = []
        if columns_text:  # errors in it are reported before anything is read
            chosen(columns_text, self._own, self._example)
        self._show: Show | None = None
        self._found: list[tuple[Open, Sort]] = []
        self._kept: list[Line] = []
        self._lines: list[str] = []
        self._row: Callable[[Line], str] | None = None
        self._groups: Groups | None = None
        self._titled = False
        self._cells: list[Line] = []  # of CSV
        self._room = None if by is not None or sort_by is not None else options.limit
        self.analysis: Analysis | None = None
        self.quiet = False
        self.wanted: Callable[[Line], bool] = lambda line: True

    @property
    def _columns(self) -> list[Column]:
        """The columns, which are fixed once something is printed."""
        from ovsdissect.report.columns import chosen, place_column

        if not self._chosen:
            assert self.analysis is not None
            own = {**self._own, "interface": place_column(self.analysis.sides.interfaces)}
            self._chosen = chosen(self._columns_text or with_place(self._default, self.analysis), own, self._example)
        return self._chosen

    def add(self, upcall: Open, sort: Sort) -> None:
        """Take a final upcall."""
        if not self.quiet:
            self._found.append((upcall, sort))
            if len(self._found) >= LINES:
                self.flush()

    def flush(self) -> bool:
        """Print what is final. Returns whether more may be shown."""
        from ovsdissect.analysis import conclude
        from ovsdissect.analysis.facts import CONVERSATION_SHIFT
        from ovsdissect.analysis.outcome import Outcome
        from ovsdissect.report.columns import Line
        from ovsdissect.report.flowtext import Style
        from ovsdissect.report.objects import upcall_object
        from ovsdissect.report.upcalls import line_of

        analysis, options = self.analysis, self._options
        assert analysis is not None
        whole = options.as_json or self._odp or self._by is not None
        for upcall, sort in self._found:
            if not self._watch.shows(upcall.number):
                continue
            side = analysis.sides[upcall.dp]
            if whole:
                finding = conclude.upcall(upcall, sort, side)
                style = None
                if self._odp:
                    names = {(upcall.dp >> CONVERSATION_SHIFT, finding.dp_ifindex): conclude.port_names(side)} if options.names else None
                    style = Style(release(self._capture, options), names=names)
                line = Line(upcall_object(finding, style), finding)
            else:
                line = line_of(Outcome(upcall, sort, side))
            if self.wanted(line) and not self._full:
                self._take(line)
        if self._found:
            self._watch.forget(self._found[-1][0].number)
        self._found.clear()
        self._print()
        return not self._full

    @property
    def _full(self) -> bool:
        return self._room == 0

    def _print(self) -> None:
        """Print the lines so far."""
        if self._as_csv and self._cells:
            self._lines += csv_lines(self._columns, self._cells, self._shown())
            self._cells.clear()
        if self._lines:
            click.echo("\n".join(self._lines))
            self._lines.clear()

    def _take(self, line: Line) -> None:
        from ovsdissect.report.columns import rows
        from ovsdissect.report.upcalls import PLAIN

        if self._room is not None:
            self._room -= 1
        if self._by is not None:
            self._group(line)
        elif self._sort_by is not None:
            self._kept.append(line)
        elif self._options.as_json:
            self._lines.append(json_text(line.fields))
        elif self._as_csv:
            self._cells.append(line)
        else:
            if self._row is None:
                self._title()
                self._row = rows(self._columns, self._shown(), PLAIN)
            self._lines.append(self._row(line))
            self._texts(line)

    def _group(self, line: Line) -> None:
        from ovsdissect.report.upcalls import Groups

        if self._groups is None:
            assert self._by is not None
            self._groups = Groups(self._by, self._shown())
        self._groups.add(line)

    def _texts(self, line: Line) -> None:
        if self._odp:
            self._lines.append(f"{'':>12}{line.fields['odp']['key']}")
            if line.fields["odp"]["actions"] is not None:
                self._lines.append(f"{'':>12}actions:{line.fields['odp']['actions']}")

    def _shown(self) -> Show:
        from ovsdissect.report.columns import Show

        if self._show is None:
            assert self.analysis is not None
            self._show = Show(self.analysis.first_ns or 0, self._options.names, not self._as_csv, self._options.safe)
        return self._show

    def _title(self) -> None:
        from ovsdissect.report.columns import title

        if not self._titled:
            self._titled = True
            if self._as_csv:
                self._lines += csv_lines(self._columns, [], self._shown())
                self._print()
            else:
                click.echo(title(self._columns))

    def end(self) -> None:
        """Print what was kept, and the figures of all upcalls."""
        from ovsdissect.analysis.latency import Histogram
        from ovsdissect.analysis.summaries import upcall_summary
        from ovsdissect.report.objects import summary_object, upcall_summary_object
        from ovsdissect.report.unknown import not_known, not_known_line
        from ovsdissect.report.upcalls import summary_lines

        self.flush()
        analysis = self.analysis
        assert analysis is not None
        if self._room is not None:
            series().left = self._room
        if self._by is not None:
            self._end_groups()
        elif self._sort_by is not None:
            self._end_sorted()
        elif not (self._options.as_json or self.quiet):
            self._title()
        summary, unknown = upcall_summary(analysis), not_known("upcalls", analysis)
        if self._options.as_json:
            print_json(summary_object("upcalls", analysis.messages, upcall_summary_object(summary), unknown))
            return
        if self._as_csv:
            if not self._options.quiet:
                click.echo(not_known_line(unknown), err=True)
            return
        counters = [side.counters for side in analysis.sides.values()]
        lost = sum(one.lost for one in counters)
        missing = sum(max(one.missed - one.lost - one.compared - one.late_misses, 0) for one in counters)
        latencies = Histogram()
        for side in analysis.sides.values():
            latencies.merge(side.to_execute)
        if not self.quiet:
            click.echo()
        for line in summary_lines(summary, lost, missing, latencies):
            click.echo(line)
        click.echo(not_known_line(unknown))

    def _end_sorted(self) -> None:
        from ovsdissect.report.columns import ordered

        kept, self._kept, sort_by, self._sort_by = self._kept, [], self._sort_by, None
        for line in limited(ordered(kept, sort_by, self._own, self._example), self._options):
            self._take(line)
        self._print()

    def _end_groups(self) -> None:
        from ovsdissect.report.columns import Line, ordered, table

        groups, show = self._groups, self._shown()
        if groups is None:
            return
        columns = groups.columns()
        own = {column.name: column for column in columns}
        objects = groups.objects()
        lines = limited(ordered([Line(one, None) for one in objects], self._sort_by, own, objects[0]), self._options)
        if self._options.as_json:
            for line in lines:
                print_json({"kind": "group", **line.fields})
        elif self._as_csv:
            click.echo("\n".join(csv_lines(columns, lines, show)))
        else:
            click.echo("\n".join(table(columns, lines, show)))
