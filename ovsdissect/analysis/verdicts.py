"""Verdicts: what is wrong, or worth a note, with the messages that show it.

Thresholds are Open vSwitch's own if it has one (ofproto/ofproto-dpif-upcall.c); the others were chosen from captures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ovsdissect.analysis.evidence import SHOWN
from ovsdissect.analysis.facts import dp_ifindex, portid
from ovsdissect.analysis.handlers import Gap, Handler
from ovsdissect.analysis.side import Side
from ovsdissect.netlink import errno

if TYPE_CHECKING:
    from ovsdissect.analysis.run import Analysis

BAD, WARN, NOTE = "bad", "warn", "note"
SEVERITIES: Final = (BAD, WARN, NOTE)

# the order of verdicts with the same severity
NAMES: Final = (
    *("upcalls-lost", "nobody-listens", "handler-overflow", "capture-incomplete", "flows-refused", "packets-refused", "slow-answers"),
    *("cpu-without-socket", "megaflow-explosion", "storm", "slow-dump", "install-delete-miss", "deleted-behind", "flow-limit", "cut"),
    *("duplicates", "gone-flows", "slow-path", "sampling-controller", "offloaded", "gso"),
)

SECOND_NS: Final = 1_000_000_000
OVERFLOW_QUEUE: Final = 1000
OVERFLOW_SHARE: Final = 0.9
SLOW_N: Final = 20
SLOW_NS: Final = SECOND_NS
EXPLOSION_PUTS: Final = 1000
EXPLOSION_FACTOR: Final = 10
STORM: Final = 1000
VERY_SLOW_DUMP_NS: Final = 2 * SECOND_NS
DUPLICATE_MISSES: Final = 50
DUPLICATE_SHARE: Final = 0.1
GONE: Final = 3
SLOW_PATHS: Final = 100
SLOW_PATHS_A_SECOND: Final = 5
SAMPLES: Final = 20
SAMPLING: Final = ("sflow", "ipfix", "flow_sample", "controller")
GSO_LEAST: Final = 2
GSO_SHARE: Final = 0.001


@dataclass(frozen=True, slots=True)
class Verdict:
    """name, severity ("bad", "warn", "note"): as in the reference. text: a sentence. figures: by name, durations in nanoseconds.

    dp_ifindex, datapath: None if it is not about a single datapath. from_time_ns, to_time_ns: None if it is about the whole capture.
    interface: the index of its interface, None also if the capture has only one.
    messages: 1 to 10 message numbers to look at, ascending.
    """

    name: str
    severity: str
    text: str
    dp_ifindex: int | None
    datapath: str | None
    from_time_ns: int | None
    to_time_ns: int | None
    messages: tuple[int, ...]
    figures: Mapping[str, Any]
    interface: int | None = None


def verdicts(analysis: Analysis) -> list[Verdict]:
    """Return the verdicts on what was read, worst first."""
    found = [verdict for side in analysis.sides.values() for verdict in _of_side(analysis, side)]
    found += _of_capture(analysis)
    return sorted(found, key=lambda one: (SEVERITIES.index(one.severity), NAMES.index(one.name)))


class _Teller:
    """Makes verdicts on one datapath, or on the whole capture."""

    def __init__(self, analysis: Analysis, side: Side | None) -> None:
        self._start_ns = analysis.first_ns or 0
        self._dp = None if side is None else dp_ifindex(side.dp)
        self._datapath = None if side is None else side.counters.name
        self._interface = None if side is None else side.interface

    def tell(
        self,
        name: str,
        severity: str,
        text: str,
        messages: Iterable[int | None],
        figures: Mapping[str, Any],
        span: tuple[int, int] | None = None,
    ) -> Verdict:
        """Return a verdict; of many messages the first are kept."""
        numbers = tuple(sorted({number for number in messages if number})[:SHOWN])
        first, last = span or (None, None)
        return Verdict(name, severity, text, self._dp, self._datapath, first, last, numbers, figures, self._interface)

    def at(self, time_ns: int) -> str:
        """Return a time as seconds since the start."""
        return f"{(time_ns - self._start_ns) / SECOND_NS:.1f} s"


def _of_side(analysis: Analysis, side: Side) -> Iterator[Verdict]:
    """Yield the verdicts on a datapath."""
    teller = _Teller(analysis, side)
    yield from _lost(teller, side)
    yield from _overflows(teller, side)
    yield from _refused(teller, side)
    yield from _slow(teller, side)
    yield from _sockets(teller, side)
    yield from _flows(teller, side)
    yield from _misses(teller, side)
    yield from _actions(teller, analysis, side)
    yield from _segments(teller, side)


def _lost(teller: _Teller, side: Side) -> Iterator[Verdict]:
    counters = side.counters
    if not counters.lost:
        return
    losses = counters.losses
    span = (losses[0].from_ns, losses[-1].to_ns)
    polls = [number for loss in losses for number in (loss.first, loss.last)]
    if counters.lost == counters.missed and not counters.miss and not counters.action:
        lost = "the only upcall was" if counters.lost == 1 else f"all {counters.lost:,} upcalls were"
        text = f"nobody listens: {lost} lost, no upcall socket is set"
        yield teller.tell("nobody-listens", BAD, text, polls, {"lost": counters.lost}, span)
        return
    ports = {str(port.name or port.port_no): port.fail for port in counters.ports.values() if port.fail}
    share = f" ({100 * counters.lost / counters.missed:.1f} %)" if counters.missed else ""
    of = f" of {counters.missed:,}" if counters.missed >= counters.lost else ""
    text = f"{counters.lost:,}{of} upcalls lost{share} between {teller.at(span[0])} and {teller.at(span[1])}"
    if ports:
        first = max(ports, key=lambda name: ports[name])
        text += f", all from port {first}" if len(ports) == 1 else f", most from port {first} ({ports[first]:,})"
    worst = sorted(losses, key=lambda loss: -loss.lost)[: SHOWN // 2 - 1]
    shown = [losses[0].first, losses[-1].last, *(number for loss in worst for number in (loss.first, loss.last))]
    figures = {"lost": counters.lost, "missed": counters.missed, "intervals": len(losses), "ports": ports}
    yield teller.tell("upcalls-lost", BAD, text, shown, figures, span)


def _overflows(teller: _Teller, side: Side) -> Iterator[Verdict]:
    for handler in sorted(side.handlers.values(), key=lambda one: -one.max_queue):
        gap = _overflow(side, handler)
        if gap is None:
            continue
        pid, gap_ns = portid(handler.pid), gap.to_ns - gap.from_ns
        text = (
            f"the socket of handler {pid:#x} overflowed at {teller.at(gap.from_ns)} with {_count(handler.max_queue, 'upcall')} waiting, "
            f"and took no other for {gap_ns / SECOND_NS:.1f} s, until it was empty"
        )
        messages = [gap.first, gap.second, handler.max_number]
        figures = {"handler": pid, "max_queue": handler.max_queue, "queue": gap.queue, "gap_ns": gap_ns}
        yield teller.tell("handler-overflow", BAD, text, messages, figures, (gap.from_ns, gap.to_ns))


def _overflow(side: Side, handler: Handler) -> Gap | None:
    """Return the longest time in which a full upcall socket took nothing while upcalls were lost."""
    full = [
        gap
        for gap in handler.gaps
        if gap.queue >= max(OVERFLOW_QUEUE, OVERFLOW_SHARE * handler.max_queue)
        and any(loss.from_ns <= gap.to_ns and loss.to_ns >= gap.from_ns for loss in side.counters.losses)
    ]
    return max(full, key=lambda gap: gap.to_ns - gap.from_ns, default=None)


def _refused(teller: _Teller, side: Side) -> Iterator[Verdict]:
    puts = side.seen.get("flows-refused")
    if puts is not None:
        keys, errors = len(side.keys["flows-refused"]), _named(side.errors["flows-refused"])
        text = f"{_count(puts.count, 'flow')} refused ({_list(errors)}), {_count(keys, 'key')}: their packets keep going to user space"
        span = (puts.first_ns, puts.last_ns)
        yield teller.tell("flows-refused", BAD, text, puts.numbers, {"puts": puts.count, "keys": keys, "errors": errors}, span)
    packets = side.seen.get("packets-refused")
    if packets is not None:
        errors = _named(side.errors["packets-refused"])
        text = f"{_count(packets.count, 'packet')} lost: the kernel rejected {'its' if packets.count == 1 else 'their'} actions"
        text += f" ({_list(errors)})"
        span = (packets.first_ns, packets.last_ns)
        yield teller.tell("packets-refused", BAD, text, packets.numbers, {"executes": packets.count, "errors": errors}, span)


def _slow(teller: _Teller, side: Side) -> Iterator[Verdict]:
    took = side.to_execute.latency()
    if took.n >= SLOW_N and (took.p99 or 0) > SLOW_NS:
        text = f"answers are slow: p50 {_seconds(took.p50)}, p99 {_seconds(took.p99)} from upcall to execute"
        yield teller.tell("slow-answers", BAD, text, [number for _, number in side.slowest], {"to_execute_ns": took})
    evidence = side.seen.get("slow-dump")
    if evidence is not None and side.slow_dump_at is not None:
        longest = side.slowest_dump_ns
        text = f"{_count(evidence.count, 'dump')} of the flow table took up to {_seconds(longest)}: the flow limit shrinks"
        span = (evidence.first_ns, evidence.last_ns)
        severity = BAD if longest > VERY_SLOW_DUMP_NS else WARN
        messages = [*side.slow_dump_at, *evidence.numbers[: SHOWN - 2]]
        yield teller.tell("slow-dump", severity, text, messages, {"dumps": evidence.count, "longest_ns": longest}, span)


def _sockets(teller: _Teller, side: Side) -> Iterator[Verdict]:
    counters = side.counters
    if counters.no_pid is None and (counters.fewest_pids is None or counters.fewest_pids[0] >= counters.most_pids):
        return
    fewest, at = counters.fewest_pids or (0, 0)
    cpus = counters.most_pids
    if counters.no_pid is not None:
        text = "a CPU has no upcall socket: PER_CPU_PIDS holds 0"
    else:
        text = f"PER_CPU_PIDS named {_count(fewest, 'socket')} where there are {_count(cpus, 'CPU')}"
    yield teller.tell("cpu-without-socket", BAD, text, [counters.no_pid, at, counters.pids_at], {"cpus": cpus, "pids": fewest})


def _flows(teller: _Teller, side: Side) -> Iterator[Verdict]:
    comings = side.comings
    if comings.spread is not None and comings.puts >= EXPLOSION_PUTS:
        top = comings.spread.top(1)
        if top and top[0].factor >= EXPLOSION_FACTOR:
            field, never = top[0], never_hit(side)
            name = field.field.removeprefix("key.")
            hit = "none ever hit" if never >= comings.puts else f"{never:,} never hit"
            differ = f"they differ in {name} ({field.values:,} values): without it {field.factor:,.0f} times fewer"
            text = f"{comings.puts:,} flows, {hit}; {differ}"
            figures = {"puts": comings.puts, "never_hit": never, "field": field.field, "values": field.values, "factor": field.factor}
            yield teller.tell("megaflow-explosion", WARN, text, [comings.first_put, comings.last_put], figures)
    counters = side.counters
    if counters.peak >= STORM and counters.peak_port is not None:
        port = counters.peak_port
        name = port.name or ("no port" if port.port_no is None else str(port.port_no))
        share = "all" if counters.peak_share == 1 else f"{100 * counters.peak_share:.0f} %"
        text = f"storm: {counters.peak:,} upcalls in the busiest second, {share} from {name}"
        if counters.peak_neighbours >= 0.5:
            text += f", {100 * counters.peak_neighbours:.0f} % of them ARP or neighbor discovery"
        figures = {
            "peak_per_second": counters.peak,
            "port": name,
            "port_share": round(counters.peak_share, 4),
            "arp_nd_share": round(counters.peak_neighbours, 4),
        }
        span = (counters.peak_ns - SECOND_NS, counters.peak_ns)
        yield teller.tell("storm", WARN, text, [counters.peak_number], figures, span)
    cycles = comings.cycles
    if cycles:
        times = sum(cycle.count for cycle in cycles)
        text = f"{_count(len(cycles), 'flow')} deleted and missed again within a second, {_count(times, 'time')}"
        messages = [number for cycle in cycles for number in cycle.numbers]
        yield teller.tell("install-delete-miss", WARN, text, messages, {"keys": len(cycles), "cycles": times})


def _misses(teller: _Teller, side: Side) -> Iterator[Verdict]:
    deleted = side.seen.get("deleted")
    if deleted is not None:
        keys = len(side.keys["deleted"])
        text = f"{_count(deleted.count, 'miss', 'misses')} of a flow that was deleted while Open vSwitch thought it was there"
        figures = {"misses": deleted.count, "keys": keys}
        yield teller.tell("deleted-behind", WARN, text, deleted.numbers, figures, (deleted.first_ns, deleted.last_ns))
    if side.limit.found is not None:
        run, flows = side.limit.found
        text = f"{run.count:,} misses in a row got no flow while there were {flows:,}: the flow limit"
        yield teller.tell("flow-limit", WARN, text, run.numbers, {"misses": run.count, "n_flows": flows}, (run.first_ns, run.last_ns))
    cut = side.seen.get("cut")
    if cut is not None:
        text = f"{_count(cut.count, 'upcall')} cut by the capture's snaplen, or the flows put for them: their answers cannot be identified"
        yield teller.tell("cut", WARN, text, cut.numbers, {"upcalls": cut.count}, (cut.first_ns, cut.last_ns))
    early, late, misses = side.seen.get("early"), side.seen.get("late"), side.counters.miss
    count = (early.count if early else 0) + (late.count if late else 0)
    if misses >= DUPLICATE_MISSES and count > DUPLICATE_SHARE * misses:
        text = f"{count:,} of {misses:,} misses came while a flow for them was being made"
        messages = [*(early.numbers if early else ()), *(late.numbers if late else ())]
        counts = {"misses": misses, "early": early.count if early else 0, "late": late.count if late else 0}
        yield teller.tell("duplicates", NOTE, text, messages, counts)
    gone = side.seen.get("gone")
    if gone is not None and gone.count >= GONE:
        text = f"{gone.count:,} requests to change or delete a flow that no longer existed"
        yield teller.tell("gone-flows", NOTE, text, gone.numbers, {"requests": gone.count}, (gone.first_ns, gone.last_ns))


def _actions(teller: _Teller, analysis: Analysis, side: Side) -> Iterator[Verdict]:
    slow = side.seen.get("slow_path")
    seconds = max((analysis.last_ns - (analysis.first_ns or 0)) / SECOND_NS, 1)
    if slow is not None and slow.count >= SLOW_PATHS and slow.count / seconds >= SLOW_PATHS_A_SECOND:
        reasons: dict[str, int] = {}
        for sort, count in side.sorts.items():
            if sort.reason == "slow_path":
                for name in sort.slow_path or ("none",):
                    reasons[name] = reasons.get(name, 0) + count
        text = f"{slow.count:,} packets took the slow path, {slow.count / seconds:,.0f} a second ({_list(reasons)})"
        yield teller.tell("slow-path", NOTE, text, slow.numbers, {"upcalls": slow.count, "reasons": reasons}, (slow.first_ns, slow.last_ns))
    sampled = {name: side.seen[name] for name in SAMPLING if name in side.seen}
    count = sum(evidence.count for evidence in sampled.values())
    if count >= SAMPLES:
        reasons = {name: evidence.count for name, evidence in sampled.items()}
        text = f"{count:,} packets went to user space to be sampled or for a controller ({_list(reasons)})"
        span = (min(one.first_ns for one in sampled.values()), max(one.last_ns for one in sampled.values()))
        numbers = [number for evidence in sampled.values() for number in evidence.numbers]
        yield teller.tell("sampling-controller", NOTE, text, numbers, {"upcalls": count, "reasons": reasons}, span)


def _segments(teller: _Teller, side: Side) -> Iterator[Verdict]:
    counters = side.counters
    if counters.compared > counters.missed + max(GSO_LEAST, GSO_SHARE * counters.missed) and counters.polls > 1:
        text = f"{counters.compared:,} misses where the datapath counted {counters.missed:,}: segments of large packets (GSO)"
        messages = [counters.first_poll, counters.last_poll]
        yield teller.tell("gso", NOTE, text, messages, {"miss_seen": counters.compared, "missed": counters.missed})


def _of_capture(analysis: Analysis) -> Iterator[Verdict]:
    """Yield the verdicts that are not about a single datapath."""
    teller = _Teller(analysis, None)
    if analysis.offload_count:
        text = f"flows are also offloaded ({_count(analysis.offload_count, 'RTM_NEWTFILTER message')}): those are not in the table"
        yield teller.tell("offloaded", NOTE, text, analysis.offloads, {"messages": analysis.offload_count})
    missing, messages = 0, list[int | None]()
    for side in analysis.sides.values():
        counters = side.counters
        lack = counters.missed - counters.lost - counters.compared - counters.late_misses
        if lack > 0:
            missing += lack
            messages += [counters.first_poll, counters.last_poll]
    start_ns = (analysis.first_ns or 0) + SECOND_NS
    replies, executes, unanswered, skipped = list[int](), list[int](), list[int](), 0
    if not analysis.upcalls.cut:
        seen = analysis.transactions
        replies, unanswered, skipped = seen.strays, seen.unanswered, seen.skipped
        executes = [number for number, time_ns, dp in analysis.upcalls.unpaired if time_ns > start_ns + _longest(analysis, dp)]
    told = sum(one.missing for one in analysis.sides.interfaces)
    if not (missing or replies or executes or told or skipped or unanswered):
        return
    parts = []
    if told:
        parts.append(f"{_count(told, 'record')} that the capture itself says were lost")
        messages += [1, analysis.messages]
    if missing:
        parts.append(f"{_count(missing, 'miss', 'misses')} that the datapath counted")
    if replies:
        parts.append(f"the requests of {_count(len(replies), 'reply', 'replies')}")
    if executes:
        parts.append(f"the upcalls of {_count(len(executes), 'EXECUTE')}")
    if skipped:
        parts.append(f"{_count(skipped, 'request')} that the sequence numbers skip")
        messages += analysis.transactions.skips
    if unanswered:
        parts.append(f"the answers to {_count(len(unanswered), 'request')}")
        messages += unanswered
    text = f"messages are missing in the capture: {', '.join(parts)}"
    figures = {"missing_misses": missing, "unmatched_replies": len(replies), "unpaired_executes": len(executes)}
    if told:
        figures["told_lost"] = told
    yield teller.tell("capture-incomplete", BAD, text, [*messages, *replies, *executes], figures)


def _longest(analysis: Analysis, dp: int) -> int:
    """Return how long after the first second an EXECUTE may still answer an upcall from before the capture."""
    side = analysis.sides.get(dp)
    return max((side.to_execute.max if side is not None else 0) - SECOND_NS, 0)


def never_hit(side: Side) -> int:
    """Return the number of flows that were put, including existing ones, whose last statistics report no packet."""
    there = sum(entry.put and entry.counted and not (entry.packets or entry.probe) for entry in side.table.flows)
    return side.comings.never_hit + there


def _named(errors: Mapping[int, int]) -> dict[str, int]:
    return {errno.name(number): count for number, count in sorted(errors.items(), key=lambda item: -item[1])}


def _list(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _count(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _seconds(duration: int | None) -> str:
    """Return a duration as "6.2 s", one under a tenth of a second as "36.3 ms"."""
    seconds = (duration or 0) / SECOND_NS
    return f"{seconds:.1f} s" if seconds >= 0.1 else f"{seconds * 1000:.1f} ms"
