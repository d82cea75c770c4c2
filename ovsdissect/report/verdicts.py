"""The report as text: verdicts, worst first, then what is fine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ovsdissect.analysis.run import Analysis
from ovsdissect.analysis.summaries import ReportSummary
from ovsdissect.analysis.verdicts import Verdict
from ovsdissect.capture import Interface
from ovsdissect.report.units import SECOND_NS, count
from ovsdissect.report.upcalls import percentiles
from ovsdissect.text.screen import escape
from ovsdissect.text.sources import interface_text

WORDS: Final = {"bad": "BAD", "warn": "WARN", "note": "note"}
WIDTH: Final = 6
SHOWN: Final = 2


def verdict_lines(verdicts: Sequence[Verdict], *, several: bool, interfaces: Sequence[Interface] = ()) -> Iterator[str]:
    """Yield a line for each verdict, with messages to look at; several: name the datapath, because there are several. interfaces: of the
    capture.
    """
    texts = [verdict.text + _where(verdict, several, interfaces) for verdict in verdicts]
    width = max((len(text) for text in texts), default=0)
    for verdict, text in zip(verdicts, texts, strict=True):
        yield f"{WORDS[verdict.severity]:<{WIDTH}}{escape(text):<{min(width, 100)}}  {evidence(verdict)}"


def _where(verdict: Verdict, several: bool, interfaces: Sequence[Interface]) -> str:
    """Return what a verdict is about, if there are several of these."""
    told = [str(verdict.datapath or verdict.dp_ifindex)] if several and verdict.dp_ifindex else []
    if verdict.interface is not None:
        told.append(interface_text(verdict.interface, interfaces))
    return f" [{' on '.join(told)}]" if told else ""


def evidence(verdict: Verdict) -> str:
    """Return the first and the last message to look at."""
    numbers = verdict.messages
    if len(numbers) > SHOWN:
        return f"#{numbers[0]} .. #{numbers[-1]}"
    return ", ".join(f"#{number}" for number in numbers)


def well_lines(analysis: Analysis, summary: ReportSummary, verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield that the capture is cut short, if it is, and what was checked and is fine."""
    names = {verdict.name for verdict in verdicts}
    parts = []
    if analysis.cut_short:
        yield f"{WORDS['warn']:<{WIDTH}}the capture ends inside a record: what followed is missing"
    if summary.complete and analysis.messages:
        sides = analysis.sides.values()
        counted = sum(side.counters.missed - side.counters.lost for side in sides)
        seen = sum(side.counters.compared for side in sides)
        polled = any(side.counters.polls > 1 for side in sides)
        told = f" (datapath counted {counted:,} delivered misses, {seen:,} are here)" if polled and seen == counted else ""
        parts.append(f"capture complete{told}")
    if not names & {"upcalls-lost", "nobody-listens"} and summary.ports.missed:
        parts.append("no upcall lost")
    if "flows-refused" not in names and summary.flows.puts.total and not summary.flows.puts.refused.keys() - {"EEXIST"}:
        parts.append("no flow refused")
    slowest = max((side.slowest_dump_ns for side in analysis.sides.values()), default=0)
    if "slow-dump" not in names and slowest:
        parts.append(f"dumps at most {slowest / SECOND_NS:.2f} s")
    if "slow-answers" not in names and summary.upcalls.to_execute_ns.n:
        parts.append(f"answers within {percentiles(summary.upcalls.to_execute_ns)}")
    if parts:
        yield f"{'ok':<{WIDTH}}{'; '.join(parts)}"


def figure_lines(summary: ReportSummary) -> Iterator[str]:
    """Yield a line for each part."""
    upcalls, flows, puts = summary.upcalls, summary.flows, summary.flows.puts
    counts = f"{count(upcalls.miss, 'miss', 'misses')}, {count(upcalls.action, 'action')}"
    yield f"upcalls  {counts}, {upcalls.peak_per_second:,} in the busiest second"
    yield f"flows    {flows.flows:,} at the end, {count(puts.total, 'put')}, {puts.unprompted:,} of them unprompted"
    yield f"ports    {count(summary.ports.ports, 'port')}, {count(summary.ports.handlers, 'handler')}"
    yield f"errors   {summary.errors.errors:,}, {summary.errors.harmless:,} of them harmless"
    replies = summary.transactions
    dumps = count(replies.flow_dumps, "dump")
    yield f"replies  {replies.replies:,}, {replies.unmatched_replies:,} without a request; {dumps} of flow tables"
