"""Upcalls as lines, groups and a summary."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Final

from ovsdissect.analysis.findings import Upcall
from ovsdissect.analysis.keys import flat
from ovsdissect.analysis.latency import Histogram, Latency
from ovsdissect.analysis.outcome import Outcome
from ovsdissect.analysis.summaries import Answers, UpcallSummary
from ovsdissect.byteorder import ByteOrder
from ovsdissect.engine.available import engine
from ovsdissect.families.flow_key import KEY
from ovsdissect.frame import frame
from ovsdissect.frame import summary as packet_summary
from ovsdissect.report.columns import NOTHING, Column, Fields, Line, Show, field_column, field_text, named
from ovsdissect.report.objects import Object, upcall_object
from ovsdissect.report.units import SECOND_NS, count, seconds, unit_of
from ovsdissect.text.screen import escape

COLUMNS: Final = "number,time,cmd,port,flow,execute,to-flow,to-execute,batch,answer,why,packet"
CSV_COLUMNS: Final = COLUMNS.replace("batch", "batch-size,batch-index")
# the fields of a line that are attributes of the finding itself, among those that COLUMNS need
PLAIN: Final = frozenset(
    (
        *("number", "time_ns", "cmd", "dp_ifindex", "datapath", "in_port", "port", "answer", "why"),
        *("flow", "execute", "to_flow_ns", "to_execute_ns", "batch_size", "batch_index"),
    )
)
GROUPS: Final = ("port", "datapath", "cmd", "answer", "second")
MOST_BAR: Final = 40

# words for a screen, changed if they could be taken for part of a longer one
ONLY: Final = ("flow", "refused")
ONLY_OF_MISS: Final = ("execute", "drop")

WHYS: Final = {
    "early": "another miss of the key gets the flow",
    "late": "the flow was already sent",
    "deleted": "the flow was deleted, Open vSwitch thinks that it is there",
    "not-put": "no flow was put: the flow limit, or the put is not in the capture",
    "drop": "the flow drops",
    "consumed": "Open vSwitch takes the packet itself",
    "not-due": "none is due",
    "cut": "the snaplen cut the upcall or its flow",
    "capture-end": "the capture ends before",
    "unexplained": "the capture lacks something",
}

_ETHERNET, _ETHERTYPE = (KEY.by_name[name].number for name in ("ethernet", "ethertype"))


@cache
def _in_one_line() -> Callable[[bytes, bytes | None, ByteOrder], str | None]:
    """Return a function that describes a complete packet, given its KEY; it returns None if the tree must do it."""
    if not engine().compiled:
        return lambda packet, key, order: None
    from ovsdissect.engine.list_tables import list_tables
    from ovsdissect.engine.packettext import PacketText
    from ovsdissect.odp.releases import NEWEST

    return PacketText(list_tables(NEWEST)).of


def answer_text(cmd: str, answer: str) -> str:
    """Return an answer as shown on a screen."""
    return f"{answer} only" if answer in ONLY or (cmd == "miss" and answer in ONLY_OF_MISS) else answer


def packet_text(upcall: Upcall | Outcome) -> str:
    """Return the packet of an upcall in one line, from its first bytes."""
    packet = upcall.packet
    if not packet:
        return ""
    if upcall.packet_length <= len(packet):
        text = _in_one_line()(packet, upcall.key, upcall.order)
        if text is not None:
            return text
    ethertype = None
    if upcall.key is not None:
        key = flat(upcall.key, upcall.order)
        if (_ETHERNET,) not in key and (_ETHERTYPE,) in key:
            ethertype = int.from_bytes(key[_ETHERTYPE,], "big")
    if upcall.packet_length > len(packet):
        return frame(packet, 0, len(packet), ethertype=ethertype, wire_length=upcall.packet_length).summary
    return packet_summary(packet, 0, len(packet), ethertype)


def _answer(line: Line, show: Show) -> str:
    answer = line.fields["answer"]
    return answer_text(line.fields["cmd"], answer) if show.screen else str(answer)


def _batch(line: Line, show: Show) -> str:
    size, index = line.fields["batch_size"], line.fields["batch_index"]
    return (NOTHING if show.screen else "") if size is None else f"{index + 1}/{size}"


def _why(line: Line, show: Show) -> str:
    return line.fields["why"] or ""


def _packet(line: Line, show: Show) -> str:
    return escape(packet_text(line.finding))


def columns() -> Mapping[str, Column]:
    """Return the columns that are made from several fields, or have a width of their own."""
    made = (
        field_column("number", width=10),
        field_column("time_ns", width=9),
        field_column("cmd", width=6, right=False, few=True),
        named("in_port", "port", "port", width=14),
        named("dp_ifindex", "datapath", "datapath", width=10),
        field_column("flow", width=7),
        field_column("execute", width=8),
        field_column("to_flow_ns", width=10),
        field_column("to_execute_ns", width=10),
        Column("batch", _batch, lambda line: line.fields["batch_size"], True, 5, of=("batch_size", "batch_index")),
        Column("answer", _answer, lambda line: line.fields["answer"], False, 12, of=("cmd", "answer")),
        Column("why", _why, lambda line: line.fields["why"], False, 5, of=("why",)),
        Column("packet", _packet, lambda line: packet_text(line.finding), False),
    )
    return {column.name: column for column in made}


def line_of(upcall: Outcome) -> Line:
    """Return the line of an upcall, for columns that need few of its fields."""
    return Line(None, upcall, _fields)


def _fields(upcall: Outcome) -> Object:
    return Fields(upcall, PLAIN, lambda one: upcall_object(one.finding()))


def example() -> Object:
    """Return an object with all fields."""
    return upcall_object(
        Upcall(
            *(1, 0, "miss", 0, None, None, None, 0, None, None, "none", None, None, None, None, ()),
            *(None, None, None, None, None, None, None, None, None, None, True),
            interface=0,
        )
    )


def summary_lines(summary: UpcallSummary, lost: int, missing: int, to_execute: Histogram) -> Iterator[str]:
    """Yield the figures of all upcalls. lost: counted by the datapaths; missing: MISSes that they counted and the capture lacks."""
    answered = sum(one.count for one in summary.answers if one.answer != "none")
    counts = f"{count(summary.upcalls, 'upcall')}, {answered:,} answered"
    yield f"{counts}; {lost:,} lost by the datapath, {missing:,} missing in the capture"
    width = max((len(f"{one.count:,}") for one in summary.answers), default=0) + 4
    for one in summary.answers:
        yield f"{one.count:>{width},}  {_class(one)}"
    told = [(name, one) for name, one in (("to flow", summary.to_flow_ns), ("to execute", summary.to_execute_ns)) if one.n]
    digits = max((len(f"{one.n:,}") for _, one in told), default=0)
    for name, latency in told:
        yield f"{name:<10}  {latency.n:>{digits},}   {percentiles(latency)}"
    yield from histogram_lines(to_execute)


def _class(one: Answers) -> str:
    text = f"{one.cmd:<6}  {answer_text(one.cmd, one.answer)}"
    if one.reason is not None or one.slow_path is not None:
        text += f"  {one.reason or 'slow_path'}"
        text += f"({','.join(one.slow_path)})" if one.slow_path is not None else ""
    return text if one.why is None else f"{text}, {one.why} ({WHYS[one.why]})"


def percentiles(latency: Latency) -> str:
    """Return p50, p90, p99 and max in one unit."""
    unit, name = unit_of(latency.p50 or 0)
    return "  ".join(f"{what} {(getattr(latency, what) or 0) / unit:.1f}" for what in ("p50", "p90", "p99", "max")) + f" {name}"


def histogram_lines(histogram: Histogram) -> Iterator[str]:
    """Yield a bar for every power of two of microseconds."""
    counts = octaves(histogram)
    if not counts:
        return
    most = max(counts.values())
    for power in range(min(counts), max(counts) + 1):
        number = counts.get(power, 0)
        yield f"{octave_text(power):>11}  {number:>9,}  {'#' * -(-number * MOST_BAR // most)}".rstrip()


def octaves(histogram: Histogram) -> dict[int, int]:
    """Return how many durations are at least 2**k microseconds and below 2**(k + 1), by k; below a microsecond: -1."""
    found: dict[int, int] = {}
    for nanoseconds, number in histogram.middles():
        power = (nanoseconds // 1000).bit_length() - 1
        found[power] = found.get(power, 0) + number
    return found


def octave_text(power: int) -> str:
    """Return where an octave begins."""
    nanoseconds = 0 if power < 0 else 1000 << power
    unit, name = unit_of(nanoseconds)
    return f"{nanoseconds / unit:.{0 if nanoseconds < 1_000_000 else 1}f} {name}"


class Groups:
    """Groups of upcalls by a common property: one of GROUPS."""

    def __init__(self, by: str, show: Show) -> None:
        self._by, self._show = by, show
        self._groups: dict[str, tuple[dict[str, int], Histogram]] = {}

    def add(self, line: Line) -> None:
        """Count an upcall."""
        counts, latencies = self._groups.setdefault(self._name(line), ({}, Histogram()))
        upcall: Upcall = line.finding
        answered = "answered" if upcall.answer != "none" else "unanswered"
        for name in ("upcalls", upcall.cmd, answered):
            counts[name] = counts.get(name, 0) + 1
        if upcall.to_execute_ns is not None:
            latencies.add(upcall.to_execute_ns)

    def _name(self, line: Line) -> str:
        fields, show = line.fields, self._show
        if self._by == "second":
            return seconds((fields["time_ns"] - show.start_ns) // SECOND_NS * SECOND_NS, 0)
        if self._by == "answer":
            why = f", {fields['why']}" if fields["why"] else ""
            return answer_text(fields["cmd"], fields["answer"]) + why
        if self._by == "cmd":
            return str(fields["cmd"])
        number, name = ("in_port", "port") if self._by == "port" else ("dp_ifindex", "datapath")
        known = fields[name] if show.names else None
        text = escape(known) if known is not None else field_text(number, fields[number], show)
        return text if "interface" not in fields else f"{text} on interface {fields['interface']}"

    def objects(self) -> list[Object]:
        """Return the groups: seconds in their order, others largest first."""
        made = [
            {
                self._by: name,
                "upcalls": counts["upcalls"],
                "miss": counts.get("miss", 0),
                "action": counts.get("action", 0),
                "unanswered": counts.get("unanswered", 0),
                "to_execute_p50_ns": latencies.percentile(0.5),
                "to_execute_p99_ns": latencies.percentile(0.99),
                "to_execute_max_ns": latencies.max if latencies.n else None,
            }
            for name, (counts, latencies) in self._groups.items()
        ]
        return sorted(made, key=lambda one: int(one[self._by]) if self._by == "second" else -int(one["upcalls"] or 0))

    def columns(self) -> list[Column]:
        """Return the columns of a group's line."""
        first = field_column(self._by, right=self._by == "second")
        counts = (field_column(name, counts=True) for name in ("upcalls", "miss", "action", "unanswered"))
        return [first, *counts, *(field_column(f"to_execute_{what}_ns") for what in ("p50", "p99", "max"))]


def latency_of(upcall: Upcall | Outcome) -> int | None:
    """Return the time from the upcall to its EXECUTE, else to its flow."""
    return upcall.to_execute_ns if upcall.to_execute_ns is not None else upcall.to_flow_ns
