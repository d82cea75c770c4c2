"""The figures of the overview: what the analyses found, each with the display filter of the messages behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from ovsdissect.analysis.evidence import SHOWN
from ovsdissect.analysis.latency import Histogram
from ovsdissect.problem import counted
from ovsdissect.report.upcalls import answer_text
from ovsdissect.text.screen import cells, escape, pad
from ovsdissect.tui.columns import duration
from ovsdissect.tui.findings import Findings
from ovsdissect.tui.session import Session

if TYPE_CHECKING:
    from ovsdissect.analysis.run import Analysis

STEPS: Final = 240  # of time
BLOCKS: Final = "▁▂▃▄▅▆▇█"
BAR: Final = 18
UPCALLS: Final = "ovs_packet.cmd in {miss, action}"
PROBING: Final = ("ovs_flow", "ovs_packet")  # whose requests may be probes
SECOND_NS: Final = 1_000_000_000
# the filters of verdicts that are about more messages than they name
BEHIND: Final = {
    "slow-path": "ovs_packet.cmd == action && userdata.slow_path",
}
SEVERITIES: Final = {"bad": ("BAD ", "error"), "warn": ("WARN", "mark"), "note": ("note", "note")}

Pieces = list[tuple[str, str]]


@dataclass
class Figure:
    """One line.  filter: selects the messages behind it; "" if there are none."""

    pieces: Pieces
    filter: str = ""


@dataclass
class Series:
    """Values by time.  name, role: its label and style; values: one for each of STEPS steps; note: the text to its right."""

    name: str
    values: list[float]
    note: str
    filter: str
    role: str = "plot"


@dataclass
class Figures:
    """All figures.  start_ns, step_ns: start and step of the series."""

    title: str = ""
    start_ns: int = 0
    step_ns: int = 1
    series: list[Series] = field(default_factory=list)
    latency: list[Figure] = field(default_factory=list)
    ports: list[Figure] = field(default_factory=list)
    answers: list[Figure] = field(default_factory=list)
    errors: list[Figure] = field(default_factory=list)
    verdicts: list[Figure] = field(default_factory=list)


def figures(session: Session, findings: Findings) -> Figures:
    """The figures of the messages that pass the filter; verdicts, counters and errors describe the whole capture."""
    with findings.reading:
        analysis = findings.analysis
        if analysis is None or not analysis.messages:
            return Figures(title="no message")
        return _Counted(session, findings, analysis).figures()


class _Counted:
    """Computes the figures from the findings once."""

    def __init__(self, session: Session, findings: Findings, analysis: Analysis) -> None:
        self._session, self._analysis = session, analysis
        self._start = session.store.start_ns  # as relative times of the filter
        self._step = max((analysis.last_ns - self._start) // STEPS + 1, 1)
        self._latency = Histogram()
        self._octaves: Counter[int] = Counter()  # durations of at least 2**k microseconds, by k; below a microsecond: -1
        self._over_time = [0.0] * STEPS
        self._answers: Counter[tuple[bool, str, str | None]] = Counter()
        self._ports: Counter[tuple[int, int, int | None]] = Counter()
        self._several = len(session.store.interfaces) > 1
        store, text = session.store, session.text
        passing = {number for line in session.view.lines if (number := store.number(line)) is not None} if text else None
        for place in range(len(findings)):
            if passing is not None and findings.numbers[place] not in passing:
                continue
            one = findings.at(place)
            self._over_time[min(max(one.time_ns - self._start, 0) // self._step, STEPS - 1)] += 1
            self._answers[one.miss, one.answer, one.why] += 1
            self._ports[one.interface, one.dp, one.port] += 1
            if one.to_execute_ns is not None:
                self._latency.add(one.to_execute_ns)
                self._octaves[(one.to_execute_ns // 1000).bit_length() - 1] += 1

    def figures(self) -> Figures:
        """All of them."""
        from ovsdissect.analysis.verdicts import verdicts

        found = verdicts(self._analysis)
        lost = sum(side.counters.lost for side in self._analysis.sides.values())
        complete = self._session.source.cut is None and not any(one.name in ("capture-incomplete", "cut") for one in found)
        span = (self._analysis.last_ns - self._start) / SECOND_NS
        count = counted(self._analysis.messages, "message", grouped=True)
        title = f"{count}  {span:.1f} s   complete: {'yes' if complete else 'NO'}   lost: {lost:,}"
        if self._session.text:
            title += f"   upcalls that pass: {self._session.text}"
        made = Figures(title, self._start, self._step, list(self._series()))
        made.latency, made.answers = list(self._histogram()), list(self._answered())
        made.ports, made.errors = list(self._by_port()), list(self._failed())
        for one in found:
            word, role = SEVERITIES[one.severity]
            numbers = ", ".join(map(str, one.messages))
            wanted = f"number in {{{numbers}}}" if numbers else ""
            some = len(one.messages) == SHOWN and one.name not in BEHIND
            if one.name in BEHIND:
                wanted = f"{BEHIND[one.name]} && dp_ifindex == {one.dp_ifindex}{self._only(one.interface)}"
            made.verdicts.append(Figure([(role, f"{word} "), ("text", escape(one.text)), *self._named(one.interface)], wanted))
            if some:
                made.verdicts[-1].pieces.append(("dim", f"  (Enter shows {SHOWN} messages)"))
        made.verdicts = made.verdicts or [Figure([("valid", "nothing wrong found")])]
        return made

    def _series(self) -> Iterator[Series]:
        line, second = self._analysis.timeline, self._step / SECOND_NS
        assert line is not None
        rates = [value / second for value in self._over_time]
        miss = sum(count for (is_miss, _, _), count in self._answers.items() if is_miss)
        yield Series("upcalls/s", rates, f"{miss:,} miss  {sum(self._answers.values()) - miss:,} action", UPCALLS)
        lost = self._steps(line.lost.points(STEPS), combine=True)
        rates = [value / second for value in lost]
        yield Series("lost/s", rates, f"{sum(lost):,.0f} lost", "ovs_datapath && direction == to-user", "plot.bad")
        flows = self._steps(line.flows.points(STEPS))
        yield Series("flows", flows, f"{int(flows[-1]) if flows else 0:,} now", "ovs_flow.cmd in {new, set, del} && direction == to-kernel")
        most = sorted(line.queues.items(), key=lambda item: -max((value for _, value in item[1].points(STEPS)), default=0))
        for pid, series in most[:4]:
            values = self._steps(series.points(STEPS))
            number = pid & 0xFFFFFFFF
            yield Series(f"queue {number:08x}"[:14], values, f"at most {max(values):,.0f}", f"ovs_packet.upcall_pid == {number}")

    def _steps(self, points: Iterator[tuple[int, int]], *, combine: bool = False) -> list[float]:
        values = [0.0] * STEPS
        for time_ns, value in points:
            at = min(max(time_ns - self._start, 0) // self._step, STEPS - 1)
            values[at] = values[at] + value if combine else max(values[at], value)
        return values

    def _histogram(self) -> Iterator[Figure]:
        counts = self._octaves
        most = max(counts.values(), default=1)
        for power in range(min(counts), max(counts) + 1) if counts else ():
            count, least = counts.get(power, 0), 0 if power < 0 else 1000 << power
            bar = "█" * -(-count * BAR // most)
            wanted = f"upcall.execute && upcall.latency >= {least}ns && upcall.latency < {1000 << power + 1}ns"
            head = ("dim", pad(duration(least), 8, right=True) + " ")
            pieces = [head, ("text", pad(f"{count:,}", 8, right=True) + " "), ("plot", bar)]
            yield Figure(pieces, wanted)
        told = self._latency.latency()
        if told.n:
            figures = (("p50", told.p50), ("p90", told.p90), ("p99", told.p99), ("max", told.max))
            for two in (figures[:2], figures[2:]):
                yield Figure([("text", "  ".join(pad(f"{name} {duration(value or 0)}", 13) for name, value in two))], "upcall.execute")
        else:
            yield Figure([("dim", "no answered upcall")])

    def _answered(self) -> Iterator[Figure]:
        for (miss, answer, why), count in self._answers.most_common():
            cmd = "miss" if miss else "action"
            reason = f"upcall.why == {why}" if why else "!upcall.why"
            wanted = f'ovs_packet.cmd == {cmd} && upcall.answer == "{answer}" && {reason}'
            role = "drop" if "drop" in answer or "refused" in answer or why in ("unexplained", "cut") else cmd
            pieces = [("text", pad(f"{count:,}", 8, right=True) + " "), (role, f"{cmd} {answer_text(cmd, answer)}")]
            yield Figure([*pieces, ("dim", f", {why}" if why else "")], wanted)
        if not self._answers:
            yield Figure([("dim", "no upcall")])

    def _by_port(self) -> Iterator[Figure]:
        from ovsdissect.analysis import conclude

        known = {(port.interface or 0, port.dp_ifindex, port.port_no): port for port in conclude.ports(self._analysis)}
        ports = sorted(known, key=lambda port: (-self._ports[port], *port[:2], -1 if port[2] is None else port[2]))
        width = max((cells(escape(known[port].port or "")) for port in ports), default=0)
        for port in ports:
            told = known[port]
            name = escape(told.port) if told.port is not None else "none" if told.port_no is None else str(told.port_no)
            wanted = f"{UPCALLS} && dp_ifindex == {port[1]} && " + (
                "!ovs_packet.key.in_port" if port[2] is None else f"ovs_packet.key.in_port == {port[2]}"
            )
            wanted += self._only(told.interface)
            pieces = [("name", pad(name, max(width, 6)) + " "), ("text", pad(f"{self._ports[port]:,}", 8, right=True))]
            pieces.append(("dim", pad(f"{told.peak_per_second:,}/s", 9, right=True)))
            if told.fail:
                pieces.append(("error", pad(f"-{told.fail:,}", 9, right=True)))
            yield Figure([*pieces, *self._named(told.interface)], wanted)

    def _failed(self) -> Iterator[Figure]:
        from ovsdissect.analysis import conclude

        for group in sorted(conclude.errors(self._analysis), key=lambda one: one.harmless):
            wanted = f"kind == error && error.number == {group.error_number}"
            if group.family and group.cmd:
                wanted += f" && request.{group.family}.cmd == {group.cmd}"
            if group.family in PROBING:
                wanted += " && request.probe" if group.probe else " && !request.probe"
            wanted += self._only(group.interface)
            role = "expected" if group.harmless else "error"
            said = " ".join(word for word in ((group.family or "").removeprefix("ovs_"), group.cmd or "", group.error) if word)
            pieces = [("text", pad(f"{group.count:,}", 8, right=True) + " "), (role, said)]
            yield Figure([*pieces, ("dim", f"  {group.note}" if group.note else ""), *self._named(group.interface)], wanted)

    def _only(self, interface: int | None) -> str:
        """The end of a filter for what happened on one of several interfaces."""
        return f" && frame.interface_id == {interface}" if self._several and interface is not None else ""

    def _named(self, interface: int | None) -> Pieces:
        """The name of one of several interfaces."""
        if not self._several or interface is None:
            return []
        told = self._session.store.interfaces[interface]
        return [("dim", f"  {escape(told.name) or f'interface {interface}'}")]


def spark(values: Sequence[float], width: int) -> str:
    """Values as block characters in a number of cells: the highest value of each cell, relative to the highest of all."""
    if width <= 0 or not values:
        return ""
    edges = [at * len(values) // width for at in range(width + 1)]
    drawn = [max(values[start : max(end, start + 1)]) for start, end in pairwise(edges)]
    most = max(drawn) or 1
    return "".join(" " if value <= 0 else BLOCKS[min(int(value / most * len(BLOCKS)), len(BLOCKS) - 1)] for value in drawn)
