"""The totals of a capture: the figures in the last line of each command, computed here for all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ovsdissect.analysis import conclude
from ovsdissect.analysis.answers import Sort
from ovsdissect.analysis.findings import Datapath
from ovsdissect.analysis.latency import Histogram, Latency
from ovsdissect.analysis.run import Analysis
from ovsdissect.analysis.verdicts import verdicts
from ovsdissect.netlink import errno


@dataclass(frozen=True, slots=True)
class Answers:
    """Upcalls of one class."""

    cmd: str
    answer: str
    why: str | None
    reason: str | None
    slow_path: tuple[str, ...] | None
    count: int


@dataclass(frozen=True, slots=True)
class Executes:
    """EXECUTEs by purpose: total is the sum of the others without probes.

    answers: answer upcalls; again: further ones of a packet that was answered; sub_executes: single actions of a list that ovs-vswitchd
    carries out; sent: packets of ovs-vswitchd itself; unpaired: their upcall is not in the capture; cut: truncated by the snaplen.
    """

    total: int
    answers: int
    again: int
    sub_executes: int
    sent: int
    unpaired: int
    cut: int
    probes: int


@dataclass(frozen=True, slots=True)
class UpcallSummary:
    """answers: every class that occurs, most frequent first. peak_per_second: upcalls in the busiest second."""

    upcalls: int
    miss: int
    action: int
    answers: tuple[Answers, ...]
    unexplained: int
    executes: Executes
    to_flow_ns: Latency
    to_execute_ns: Latency
    peak_per_second: int


@dataclass(frozen=True, slots=True)
class Puts:
    """FLOW NEW requests: total (without probes) is the sum of answers to a MISS and unprompted ones.

    modify: FLOW SET requests. refused: by errno name, including EEXIST. flushes: FLOW DEL requests with neither key nor UFID.
    """

    total: int
    answers: int
    unprompted: int
    probes: int
    modify: int
    refused: Mapping[str, int]
    probes_refused: int
    flushes: int


@dataclass(frozen=True, slots=True)
class FlowSummary:
    """The flow tables at a moment.

    flows, probes, stale: of those present. stats_age_ns: age of the oldest statistics, None if there are none.
    """

    at_number: int
    at_time_ns: int
    flows: int
    probes: int
    stale: int
    stats_age_ns: int | None
    puts: Puts
    datapaths: tuple[Datapath, ...]


@dataclass(frozen=True, slots=True)
class PortSummary:
    """missed, lost: summed over datapaths."""

    ports: int
    handlers: int
    missed: int
    lost: int


@dataclass(frozen=True, slots=True)
class ErrorSummary:
    """errors: all; harmless: how many of them; unmatched: those whose request is not in the capture."""

    errors: int
    harmless: int
    unmatched: int


@dataclass(frozen=True, slots=True)
class Replies:
    """replies: messages of OVS families with a portid whose request is in the capture; unmatched_replies: those whose request is not;
    flow_dumps: dumps that ended.
    """

    replies: int
    unmatched_replies: int
    flow_dumps: int


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """complete: whether the capture has all messages, uncut, as far as that can be told."""

    first_time_ns: int | None
    last_time_ns: int | None
    complete: bool
    transactions: Replies
    upcalls: UpcallSummary
    flows: FlowSummary
    ports: PortSummary
    errors: ErrorSummary


def upcall_summary(analysis: Analysis) -> UpcallSummary:
    """Return the totals of upcalls."""
    sorts: Counter[Sort] = Counter()
    to_flow, to_execute = Histogram(), Histogram()
    miss = action = 0
    for side in analysis.sides.values():
        sorts.update(side.sorts)
        to_flow.merge(side.to_flow)
        to_execute.merge(side.to_execute)
        miss += side.counters.miss
        action += side.counters.action
    counts = analysis.upcalls.executes
    return UpcallSummary(
        miss + action,
        miss,
        action,
        tuple(Answers(*sort, count) for sort, count in sorted(sorts.items(), key=lambda item: (-item[1], str(item[0])))),
        sum(count for sort, count in sorts.items() if sort.why == "unexplained"),
        Executes(
            total=counts.total() - counts["probes"],
            answers=counts["answers"],
            again=counts["again"],
            sub_executes=counts["sub_executes"],
            sent=counts["sent"],
            unpaired=counts["unpaired"],
            cut=counts["cut"],
            probes=counts["probes"],
        ),
        to_flow.latency(),
        to_execute.latency(),
        analysis.upcalls.window.peak,
    )


def put_summary(analysis: Analysis) -> Puts:
    """Return the totals of requests that change the table."""
    total = sum(side.comings.puts for side in analysis.sides.values())
    puts, failures = analysis.upcalls.puts, analysis.failures
    refused = {errno.name(error): count for error, count in failures.refused.most_common()}
    return Puts(
        total,
        puts["answers"],
        total - puts["answers"],
        puts["probes"],
        analysis.modifies,
        refused,
        failures.probes_refused,
        analysis.flushes,
    )


def flow_summary(analysis: Analysis) -> FlowSummary:
    """Return the totals of the flow tables at the end of what was read."""
    count = probes = stale = 0
    told: int | None = None
    for side in analysis.sides.values():
        count += len(side.table.flows)
        for entry in side.table.flows:
            probes += entry.probe
            stale += entry.stale
            if entry.counted and not entry.probe and (told is None or entry.stats_ns < told):
                told = entry.stats_ns
    return FlowSummary(
        analysis.messages,
        analysis.last_ns,
        count - probes,
        probes,
        stale,
        max(analysis.last_ns - told, 0) if told is not None else None,
        put_summary(analysis),
        tuple(
            side.counters.finding(len(side.table.flows))
            for _, side in sorted(analysis.sides.items())
            if side.counters.polls or side.table.flows
        ),
    )


def port_summary(analysis: Analysis) -> PortSummary:
    """Return the totals of ports and handlers."""
    sides = analysis.sides.values()
    return PortSummary(
        sum(len(side.counters.ports) for side in sides),
        len(conclude.handlers(analysis)),
        sum(side.counters.missed for side in sides),
        sum(side.counters.lost for side in sides),
    )


def error_summary(analysis: Analysis) -> ErrorSummary:
    """Return the totals of errors."""
    groups = conclude.errors(analysis)
    return ErrorSummary(
        sum(group.count for group in groups),
        sum(group.count for group in groups if group.harmless),
        analysis.failures.groups.unmatched,
    )


def report_summary(analysis: Analysis) -> ReportSummary:
    """Return the totals of everything."""
    told = {verdict.name for verdict in verdicts(analysis)}
    found = analysis.transactions
    return ReportSummary(
        analysis.first_ns,
        analysis.last_ns if analysis.messages else None,
        not (analysis.cut_short or told & {"capture-incomplete", "cut"}),
        Replies(found.replies, found.unmatched, analysis.flow_dumps),
        upcall_summary(analysis),
        flow_summary(analysis),
        port_summary(analysis),
        error_summary(analysis),
    )
