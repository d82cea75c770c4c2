"""The content of the report's page: tiles, verdicts, charts and tables, each figure with the display filter that shows its messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ovsdissect.analysis import conclude
from ovsdissect.analysis.findings import Flow
from ovsdissect.analysis.latency import Histogram
from ovsdissect.analysis.run import Analysis
from ovsdissect.analysis.summaries import Answers, ReportSummary
from ovsdissect.analysis.timeline import Series, Timeline
from ovsdissect.analysis.verdicts import Verdict
from ovsdissect.capture.timestamp import time_text
from ovsdissect.report import charts
from ovsdissect.report.filters import UPCALLS, by_filter, error_filter, numbers_filter, port_filter
from ovsdissect.report.flowtext import Style, flow_text
from ovsdissect.report.objects import ufid_text
from ovsdissect.report.units import SECOND_NS, count, duration
from ovsdissect.report.unknown import not_known, not_known_line
from ovsdissect.report.upcalls import WHYS, answer_text, octave_text, octaves, percentiles
from ovsdissect.report.verdicts import well_lines

POINTS: Final = 300  # of a chart
ROWS: Final = 40  # of a table

Text = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure at the top.  tone: "good", "bad" or ""."""

    value: str
    label: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class ShownVerdict:
    """A verdict, with the filter that shows its evidence."""

    severity: str
    text: str
    evidence: str
    filter: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its caption."""

    svg: str
    caption: str
    filter: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """A column of a table.  code: its cells are filters or texts of Open vSwitch."""

    name: str
    right: bool = False
    code: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts."""

    columns: Sequence[Head]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Part:
    """A section."""

    title: str
    lines: Sequence[str] = ()
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page."""

    name: str
    span: str
    tiles: Sequence[Tile]
    verdicts: Sequence[ShownVerdict]
    well: Sequence[str]
    parts: Sequence[Part] = field(default_factory=list)
    unknown: str = ""


def page(
    name: str,
    analysis: Analysis,
    timeline: Timeline,
    verdicts: Sequence[Verdict],
    summary: ReportSummary,
    top: Iterable[Flow],
    style: Style,
    text: Text,
) -> Page:
    """Return the page of a pass. top: the flows that matched most packets. text: replaces texts of the host."""
    first, last = analysis.first_ns or 0, analysis.last_ns
    seconds = (last - first) / SECOND_NS
    span = f"{time_text(first)} to {time_text(last)}: {seconds:.1f} s, {count(analysis.messages, 'message')}"
    parts = [
        _upcalls(timeline, summary, first, seconds),
        _latency(analysis, timeline, summary, first, seconds),
        _ports(analysis, text),
        _handlers(analysis, timeline, first, seconds),
        _flows(analysis, timeline, summary, top, style, text, first, seconds),
        _errors(analysis, text),
    ]
    shown = [ShownVerdict(one.severity, text(one.text + _where(one)), _evidence(one), numbers_filter(one.messages)) for one in verdicts]
    well = [line.removeprefix("ok").strip() for line in well_lines(analysis, summary, verdicts)]
    unknown = not_known_line(not_known("report", analysis))
    return Page(text(name), span, _tiles(summary), shown, well, [part for part in parts if part is not None], unknown)


def _where(verdict: Verdict) -> str:
    """Return the interface of a verdict, if the capture has several."""
    return "" if verdict.interface is None else f" [interface {verdict.interface}]"


def _evidence(verdict: Verdict) -> str:
    return f"messages {', '.join(f'#{number}' for number in verdict.messages)}"


def _tiles(summary: ReportSummary) -> list[Tile]:
    upcalls, ports, took = summary.upcalls, summary.ports, summary.upcalls.to_execute_ns
    complete = Tile("yes", "capture complete", "good") if summary.complete else Tile("no", "capture complete", "bad")
    return [
        complete,
        Tile(f"{upcalls.upcalls:,}", "upcalls"),
        Tile(f"{ports.lost:,}", "lost by the datapath", "bad" if ports.lost else "good"),
        Tile(duration(took.p50) if took.p50 is not None else "-", "to execute, p50"),
        Tile(duration(took.p99) if took.p99 is not None else "-", "to execute, p99"),
        Tile(f"{upcalls.peak_per_second:,}", "upcalls in the busiest second"),
        Tile(f"{summary.flows.puts.total:,}", "flows put"),
        Tile(f"{summary.errors.errors - summary.errors.harmless:,}", "errors, harmless ones not counted"),
    ]


def _rows(series: Series[int], name: str, start_ns: int, *, rate: bool = False) -> Iterator[charts.Row]:
    width = series.width_ns(POINTS) / SECOND_NS
    for time_ns, value in series.points(POINTS):
        yield {"s": round((time_ns - start_ns) / SECOND_NS, 3), "name": name, "value": round(value / width, 1) if rate else value}


def _filled(rows: Iterable[charts.Row], step: float) -> list[charts.Row]:
    """Yield rows, with zeros where steps are missing between two of them."""
    made: list[charts.Row] = []
    for row in rows:
        if made and row["s"] - made[-1]["s"] > 1.5 * step:
            made.append({**row, "s": round(made[-1]["s"] + step, 3), "value": 0})
            if row["s"] - made[-1]["s"] > 1.5 * step:
                made.append({**row, "s": round(row["s"] - step, 3), "value": 0})
        made.append(row)
    if made:
        made.append({**made[-1], "s": round(made[-1]["s"] + step, 3), "value": 0})
    return made


def _upcalls(timeline: Timeline, summary: ReportSummary, start_ns: int, seconds: float) -> Part | None:
    drawn = []
    parts = [(series, name) for series, name in ((timeline.miss, "miss"), (timeline.action, "action")) if any(series.points(1))]
    if parts:
        rows = [
            row for series, name in parts for row in _filled(_rows(series, name, start_ns, rate=True), series.width_ns(POINTS) / SECOND_NS)
        ]
        svg = charts.over_time(rows, [name for _, name in parts], "upcalls a second", seconds, stacked=len(parts) == 1)
        drawn.append(Chart(svg, "Upcalls a second.", UPCALLS))
    if summary.ports.lost:
        rows = _filled(_rows(timeline.lost, "lost", start_ns), timeline.lost.width_ns(POINTS) / SECOND_NS)
        svg = charts.over_time(rows, ["lost"], "upcalls lost", seconds, stacked=True, colours=[charts.BAD])
        drawn.append(Chart(svg, "Upcalls that could not be sent to user space, between two polls.", "ovs_datapath.stats"))
    answers = list(_answers(summary.upcalls.answers))
    heads = [Head("count", True), Head("upcall"), Head("answer"), Head("reason"), Head("why"), Head("filter", code=True)]
    return Part("Upcalls and losses", (), drawn, [Table(heads, answers)] if answers else []) if drawn or answers else None


def _answers(found: Sequence[Answers]) -> Iterator[list[str]]:
    for where, ones in by_filter(found).items():
        one, total = ones[0], sum(one.count for one in ones)
        reasons = [_reason(other.reason, other.slow_path) for other in ones]
        if len(ones) > 1:
            reasons = [f"{reason} {other.count:,}" for reason, other in zip(reasons, ones, strict=True) if reason]
        yield [f"{total:,}", one.cmd, answer_text(one.cmd, one.answer), ", ".join(reasons), WHYS.get(one.why or "", ""), where]


def _reason(reason: str | None, slow_path: Sequence[str] | None) -> str:
    return (reason or "") + (f" {', '.join(slow_path)}" if slow_path else "")


def _latency(analysis: Analysis, timeline: Timeline, summary: ReportSummary, start_ns: int, seconds: float) -> Part | None:
    took = summary.upcalls.to_execute_ns
    if not took.n:
        return None
    whole = Histogram()
    for side in analysis.sides.values():
        whole.merge(side.to_execute)
    counts = octaves(whole)
    bars = [{"label": octave_text(power), "value": counts.get(power, 0)} for power in range(min(counts), max(counts) + 1)]
    rows: list[charts.Row] = []
    for time_ns, histogram in timeline.latency.points(POINTS):
        at = round((time_ns - start_ns) / SECOND_NS, 3)
        for name, value in (("p50", histogram.percentile(0.5) or 0), ("max", histogram.max)):
            rows.append({"s": at, "name": name, "value": round(value / 1e6, 3)})
    lines = [f"To execute: {took.n:,}, {percentiles(took)}."]
    if summary.upcalls.to_flow_ns.n:
        lines.append(f"To flow: {summary.upcalls.to_flow_ns.n:,}, {percentiles(summary.upcalls.to_flow_ns)}.")
    drawn = [
        Chart(charts.bars(bars, "from upcall to EXECUTE, at least"), "How many upcalls took how long.", "upcall.execute"),
        Chart(charts.over_time(rows, ["p50", "max"], "milliseconds", seconds), "By the time of the upcall.", "upcall.execute"),
    ]
    return Part("Latency", lines, drawn)


def _ports(analysis: Analysis, text: Text) -> Part | None:
    ports = sorted((port for port in conclude.ports(analysis) if port.upcalls or port.fail), key=lambda port: -port.upcalls)
    if not ports:
        return None
    several = len({port.dp_ifindex for port in ports}) > 1
    rows = [
        [
            text(port.datapath or str(port.dp_ifindex)) + ("" if port.interface is None else f" on interface {port.interface}"),
            "-" if port.port_no is None else str(port.port_no),
            text(port.port or "-"),
            f"{port.upcalls:,}",
            f"{port.miss:,}",
            f"{port.action:,}",
            f"{port.peak_per_second:,}",
            "-" if port.fail is None else f"{port.fail:,}",
            "-" if port.to_execute_ns.p50 is None else duration(port.to_execute_ns.p50),
            port_filter(port.interface, port.dp_ifindex if several else None, port.port_no),
        ]
        for port in ports[:ROWS]
    ]
    counts = (Head(name, True) for name in ("upcalls", "miss", "action", "peak", "lost", "p50"))
    heads = [Head("datapath"), Head("no", True), Head("port"), *counts, Head("filter", code=True)]
    return Part("Ports", [f"{len(ports) - ROWS} more ports."] if len(ports) > ROWS else [], (), [Table(heads, rows)])


def _handlers(analysis: Analysis, timeline: Timeline, start_ns: int, seconds: float) -> Part | None:
    handlers = [one for one in conclude.handlers(analysis) if one.executes]
    if not handlers:
        return None
    rows = [
        [
            f"{one.pid:#x}",
            ", ".join(map(str, one.cpus)) or "-",
            f"{one.executes:,}",
            f"{one.answers:,}",
            "-" if one.max_queue is None else f"{one.max_queue:,}",
            f"ovs_packet.upcall_pid == {one.pid}",
        ]
        for one in handlers[:ROWS]
    ]
    heads = [
        Head("handler"),
        Head("cpu"),
        *(Head(name, True) for name in ("EXECUTEs", "answers", "longest queue")),
        Head("filter", code=True),
    ]
    busiest = sorted(handlers, key=lambda one: -(one.max_queue or 0))[: len(charts.SERIES)]
    series = {one.pid: timeline.queues[one.pid] for one in busiest if one.pid in timeline.queues}
    drawn = []
    if series:
        values = [row for pid, queue in series.items() for row in _rows(queue, f"{pid:#x}", start_ns)]
        svg = charts.over_time(values, [f"{pid:#x}" for pid in series], "upcalls waiting", seconds)
        drawn.append(Chart(svg, "Upcalls that waited for each handler, counted by the answers that name it.", "ovs_packet.upcall_pid"))
    return Part("Handlers", (), drawn, [Table(heads, rows)])


def _flows(
    analysis: Analysis,
    timeline: Timeline,
    summary: ReportSummary,
    top: Iterable[Flow],
    style: Style,
    text: Text,
    start_ns: int,
    seconds: float,
) -> Part | None:
    churn = conclude.churn(analysis)
    if not churn.puts and not any(timeline.flows.points(1)):
        return None
    puts = summary.flows.puts
    lines = [f"{count(puts.total, 'put')}, {churn.deleted:,} deleted, {churn.never_hit:,} never hit; {summary.flows.flows:,} at the end."]
    if churn.max_idle_ns is not None:
        lines.append(f"Most flows are deleted when nothing has matched for {duration(churn.max_idle_ns)}.")
    drawn = []
    rows = list(_rows(timeline.flows, "flows", start_ns))
    if rows:
        drawn.append(
            Chart(charts.over_time(rows, ["flows"], "flows", seconds), "Flows in the kernel, as it says itself.", "ovs_datapath.stats")
        )
    tables = []
    if churn.fields:
        fields = [[one.field, f"{one.values:,}", f"{one.factor:,.1f}", f"ovs_flow.cmd == new && {one.field}"] for one in churn.fields]
        tables.append(
            Table(
                [Head("flows differ in"), Head("values", True), Head("times fewer flows without it", True), Head("filter", code=True)],
                fields,
            )
        )
    shown = []
    for flow in top:
        told = flow_text(flow, style)
        ufid = ufid_text(flow.ufid, flow.order)
        where = f"ovs_flow.ufid == {ufid}" if ufid is not None else f"number == {flow.number}"
        said = text(f"{told.flow}, actions:{told.actions}") if told is not None else "its key is not known"
        shown.append([f"{flow.packets or 0:,}", f"{flow.bytes or 0:,}", said, where])
    if shown:
        tables.append(Table([Head("packets", True), Head("bytes", True), Head("flow", code=True), Head("filter", code=True)], shown))
    return Part("Flows", lines, drawn, tables)


def _errors(analysis: Analysis, text: Text) -> Part | None:
    groups = conclude.errors(analysis)
    if not groups:
        return None
    rows = []
    for group in sorted(groups, key=lambda one: (one.harmless, -one.count))[:ROWS]:
        note = "; ".join(part for part in (group.note, group.message) if part)
        where = error_filter(group, groups, text)
        harmless = "harmless" if group.harmless else ""
        rows.append([f"{group.count:,}", group.family or "", group.cmd or "", group.error, text(note), harmless, where])
    heads = [Head("count", True), Head("family"), Head("command"), Head("error"), Head("note"), Head(""), Head("filter", code=True)]
    return Part("Errors", (), (), [Table(heads, rows)])
