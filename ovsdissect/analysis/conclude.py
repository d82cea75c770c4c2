"""Makes findings from the state of a pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from heapq import merge

from ovsdissect.analysis import findings
from ovsdissect.analysis.answers import Sort
from ovsdissect.analysis.churn import Churn, why
from ovsdissect.analysis.entry import Entry
from ovsdissect.analysis.exchange import Execute, Open, Put
from ovsdissect.analysis.facts import CONVERSATION_SHIFT, dp_ifindex, portid
from ovsdissect.analysis.latency import Histogram
from ovsdissect.analysis.run import Analysis
from ovsdissect.analysis.side import Side
from ovsdissect.analysis.verdicts import never_hit
from ovsdissect.netlink import errno

TOP_FIELDS = 5


def upcall(found: Open, sort: Sort, side: Side) -> findings.Upcall:
    """Return the finding for a final upcall; names are the last ones known."""
    put, execute, fact = found.put, found.execute, found.fact
    batch: Put | Execute | None = execute or put
    parent, parent_by = found.parent or (None, None)
    return findings.Upcall(
        number=found.number,
        time_ns=found.time_ns,
        cmd=sort.cmd,
        dp_ifindex=dp_ifindex(found.dp),
        datapath=side.counters.name,
        in_port=fact.in_port,
        port=found.port.name,
        recirc_id=fact.recirc_id,
        reason=sort.reason,
        slow_path=sort.slow_path,
        answer=sort.answer,
        why=sort.why,
        flow=None if put is None else put.number,
        ufid=None if put is None else put.ufid,
        execute=None if execute is None else execute.number,
        sub_executes=tuple(found.subs or ()),
        flow_error=errno.name(put.error) if put is not None and put.error else None,
        execute_error=errno.name(execute.error) if execute is not None and execute.error else None,
        to_flow_ns=None if put is None else max(put.time_ns - found.time_ns, 0),
        to_execute_ns=None if execute is None else max(execute.time_ns - found.time_ns, 0),
        batch_size=None if batch is None else batch.size,
        batch_index=None if batch is None else batch.place,
        handler=None if execute is None or not execute.handler else portid(execute.handler),
        after_delete_ns=found.deleted_ns,
        parent=parent,
        parent_by=parent_by,
        certain=not (found.ambiguous or (put is not None and put.ambiguous)),
        order=found.order,
        key=fact.key,
        packet=fact.head,
        packet_length=fact.length,
        actions=None if put is None else put.as_put,
        interface=side.interface,
    )


def flow(entry: Entry, side: Side, now_ns: int, *, max_idle_ns: int | None = None) -> findings.Flow:
    """Return the finding for a flow as known at a moment."""
    ended_ns = entry.deleted_ns
    return findings.Flow(
        number=entry.number,
        time_ns=entry.time_ns,
        known_from="put" if entry.put else "dump",
        dp_ifindex=dp_ifindex(side.dp),
        datapath=side.counters.name,
        ufid=entry.ufid or None,
        upcall=entry.upcall,
        puts=entry.puts,
        packets=entry.packets if entry.counted else None,
        bytes=entry.bytes if entry.counted else None,
        used=entry.used or None,
        tcp_flags=entry.tcp_flags,
        stats_time_ns=entry.stats_ns if entry.counted else None,
        used_ago_ns=side.table.used_ago(entry, now_ns if ended_ns is None else ended_ns),
        stale=entry.stale,
        probe=entry.probe,
        deleted=entry.deleted,
        deleted_time_ns=ended_ns,
        deleted_why=None if entry.deleted is None else why(entry, side.table.clock, max_idle_ns),
        key=entry.key,
        mask=entry.mask,
        actions=entry.actions,
        order=entry.order,
        dumped=entry.dumped,
        interface=side.interface,
    )


def flows(analysis: Analysis, *, probes: bool = False) -> Iterator[findings.Flow]:
    """Yield the flows in the tables, in the order of their numbers."""
    for entry in merge(*(side.table.flows.values() for side in analysis.sides.values())):
        if probes or not entry.probe:
            yield flow(entry, analysis.sides[entry.dp], analysis.last_ns)


def datapaths(analysis: Analysis) -> list[findings.Datapath]:
    """Return the datapaths that have polls or portids, by number."""
    told = (side for _, side in sorted(analysis.sides.items()) if side.counters.polls or side.counters.pids is not None)
    return [replace(side.counters.finding(len(side.table.flows)), interface=side.interface) for side in told]


def ports(analysis: Analysis) -> list[findings.Port]:
    """Return the ports that a reply named or an upcall came from; those of upcalls without a port come first."""
    return [
        replace(port.finding(side.counters.name), interface=side.interface)
        for _, side in sorted(analysis.sides.items())
        for _, port in sorted(side.counters.ports.items(), key=lambda item: -1 if item[0] is None else item[0])
    ]


def handlers(analysis: Analysis) -> list[findings.Handler]:
    """Return the handlers named in PER_CPU_PIDS or in an EXECUTE, by portid."""
    return [one for _, side in sorted(analysis.sides.items()) for one in _handlers(side)]


def _handlers(side: Side) -> Iterator[findings.Handler]:
    pids = side.counters.pids or ()
    for pid in sorted({*pids, *side.handlers} - {0}):
        seen = side.handlers.get(pid)
        answers = seen.answers if seen is not None else 0
        yield findings.Handler(
            dp_ifindex(side.dp),
            side.counters.name,
            portid(pid),
            tuple(cpu for cpu, one in enumerate(pids) if one == pid),
            seen.executes if seen is not None else 0,
            answers,
            seen.max_queue if seen is not None and answers else None,
            seen.max_number if seen is not None and answers else None,
            side.interface,
        )


def errors(analysis: Analysis, *, passed: bool = False) -> list[findings.ErrorGroup]:
    """Return the errors, most frequent first. passed: only groups in which an error passes the display filter."""
    return analysis.failures.groups.findings(passed=passed, several=analysis.sides.several)


def churn(analysis: Analysis) -> Churn:
    """Return how flows came and went, in all datapaths."""
    sides = list(analysis.sides.values())
    lifetimes = Histogram()
    for side in sides:
        lifetimes.merge(side.comings.lifetimes)
    busiest = max(sides, key=lambda side: side.comings.puts, default=None)
    spread = busiest.comings.spread if busiest is not None else None
    cycles = sorted((cycle for side in sides for cycle in side.comings.cycles), key=lambda cycle: (-cycle.count, cycle.numbers))
    return Churn(
        sum(side.comings.puts for side in sides),
        sum(side.comings.deleted for side in sides),
        sum(side.comings.flushes for side in sides),
        sum(never_hit(side) for side in sides),
        lifetimes.latency(),
        max_idle_ns(analysis),
        tuple(cycles),
        tuple(spread.top(TOP_FIELDS)) if spread is not None else (),
    )


def max_idle_ns(analysis: Analysis) -> int | None:
    """Return the idle age at which flows are deleted, from the datapath with most deletions that show it."""
    told = [side for side in analysis.sides.values() if side.comings.max_idle_ns is not None]
    return max(told, key=lambda side: side.comings.deleted).comings.max_idle_ns if told else None


def names(analysis: Analysis) -> dict[tuple[int, int], Mapping[int, str]]:
    """Return the names of the ports of all datapaths, by conversation and dp_ifindex."""
    return {(side.dp >> CONVERSATION_SHIFT, dp_ifindex(side.dp)): port_names(side) for side in analysis.sides.values()}


def port_names(side: Side) -> Mapping[int, str]:
    """Return the names of a datapath's ports, in the form that Open vSwitch's texts need."""
    return {number: port.name for number, port in side.counters.ports.items() if number is not None and port.name is not None}
