"""Flows as the lines of `dump-flows`, as a table, and what a pass tells about all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ovsdissect.analysis.churn import Churn
from ovsdissect.analysis.findings import Flow
from ovsdissect.analysis.summaries import FlowSummary
from ovsdissect.report.columns import Column, Line, Show, field_column, named
from ovsdissect.report.flowtext import Style, flow_text
from ovsdissect.report.objects import Object, flow_object, ufid_text
from ovsdissect.report.units import SECOND_NS, count, duration, seconds
from ovsdissect.report.upcalls import percentiles
from ovsdissect.text.screen import escape

COLUMNS: Final = "number,put-time,upcall,age,used-ago,packets,bytes,stats-age,lifetime,deleted,deleted-why"
SEVERAL: Final = 1000  # from this many flows on, no field with a factor above FACTOR means that several fields vary together
FACTOR: Final = 2


def flow_line(flow: Flow, style: Style, start_ns: int) -> str:
    """Return a flow as `dump-flows` prints it, followed by what else is known."""
    text = flow_text(flow, style)
    ufid = ufid_text(flow.ufid, flow.order)
    line = escape(text.line) if text is not None else f"ufid:{ufid}, key not known"
    return f"{line}   # {_origin(flow, start_ns)}"


def _origin(flow: Flow, start_ns: int) -> str:
    what = "put" if flow.known_from == "put" else "known from"
    told = f"{what} #{flow.number} at {seconds(flow.time_ns - start_ns)}"
    if flow.upcall is not None:
        told += f" for miss #{flow.upcall}"
    if flow.puts > 1:
        told += f", put {flow.puts} times"
    if flow.probe:
        told += ", a probe"
    if flow.stale:
        told += ", absent from the last dumps"
    if flow.deleted is not None and flow.deleted_time_ns is not None:
        told += f", gone #{flow.deleted} at {seconds(flow.deleted_time_ns - start_ns)}"
        told += f" ({flow.deleted_why})" if flow.deleted_why else ""
    if flow.interface is not None:
        told += f", on interface {flow.interface}"
    return told


def columns(now_ns: int) -> Mapping[str, Column]:
    """Return the columns of `flows --stats` that are made from several fields; now_ns: the moment of the table."""

    def until_now(time_ns: int | None) -> int | None:
        return None if time_ns is None else max(now_ns - time_ns, 0)

    def age(flow: Flow) -> int | None:
        return max((now_ns if flow.deleted_time_ns is None else flow.deleted_time_ns) - flow.time_ns, 0)

    made = [field_column("time_ns", "put-time"), named("dp_ifindex", "datapath", "datapath")]
    computed = (
        ("age_ns", age),
        ("stats_age_ns", lambda flow: until_now(flow.stats_time_ns)),
        ("lifetime_ns", lambda flow: flow.lifetime_ns),
    )
    for field, of in computed:
        plain = field_column(field)
        made.append(
            Column(
                plain.name,
                lambda line, show, plain=plain, of=of, field=field: plain.text(Line({field: of(line.finding)}, None), show),  # type: ignore[misc]
                lambda line, of=of: of(line.finding),  # type: ignore[misc]
            )
        )
    made += [field_column(field, counts=True) for field in ("packets", "bytes")]
    return {column.name: column for column in made}


def example(style: Style) -> Object:
    """Return an object with all fields."""
    return flow_object(
        Flow(
            *(1, 0, "put", 0, None, None, None, 0, None, None, None, 0, None, None, False, False),
            *(None, None, None, None, None, None, "little"),
            interface=0,
        ),
        style,
    )


def summary_line(summary: FlowSummary, start_ns: int) -> str:
    """Return the last line but one: our count, the kernel's, and the age of the statistics."""
    text = count(summary.flows, "flow")
    if summary.probes:
        text += f" and {count(summary.probes, 'probe')}"
    for one in summary.datapaths:
        if one.n_flows is not None and one.n_flows_time_ns is not None:
            of = f" in {escape(one.datapath or str(one.dp_ifindex))}" if len(summary.datapaths) > 1 else ""
            text += f"; the kernel said {one.n_flows:,}{of} at {seconds(one.n_flows_time_ns - start_ns, 1)} s"
    if summary.stats_age_ns is not None:
        text += f"; statistics are up to {summary.stats_age_ns / SECOND_NS:.1f} s old"
    return text


def churn_lines(churn: Churn, show: Show) -> Iterator[str]:
    """Yield how flows came and went."""
    share = f" ({100 * churn.never_hit / churn.puts:.0f} %)" if churn.puts else ""
    ended = f"{churn.deleted:,} deleted, {count(churn.flushes, 'flush', 'flushes')}"
    yield f"{count(churn.puts, 'put')}, {ended}; {churn.never_hit:,}{share} never hit"
    if churn.lifetime_ns.n:
        yield f"lifetime  {percentiles(churn.lifetime_ns)}"
    if churn.max_idle_ns is not None:
        yield f"max-idle  {duration(churn.max_idle_ns)}, as idle ages at deletion show"
    for cycle in churn.cycles[:10]:
        numbers = ", ".join(f"#{number}" for number in cycle.numbers)
        ufid = ufid_text(cycle.ufid, cycle.order) or "without UFID"
        yield f"deleted and missed again within a second: {ufid}, {count(cycle.count, 'time')} ({numbers})"
    if churn.fields:
        yield "flows differ in"
        width = max(len(one.field) for one in churn.fields)
        for one in churn.fields:
            yield f"  {one.field:<{width}}  {count(one.values, 'value'):>14}  without it {one.factor:,.1f} times fewer flows"
        if churn.puts >= SEVERAL and churn.fields[0].factor < FACTOR:
            yield "  several fields vary together: no one of them makes the flows many"
