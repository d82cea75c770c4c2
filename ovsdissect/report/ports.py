"""Datapaths, ports and handlers as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ovsdissect.analysis.findings import Datapath, Handler, Port
from ovsdissect.analysis.latency import Latency
from ovsdissect.report.columns import NOTHING, Column, Line, Show, field_column, named
from ovsdissect.report.objects import Object, port_object
from ovsdissect.report.units import SECOND_NS, count, duration
from ovsdissect.text.screen import escape

COLUMNS: Final = "datapath,no,port,type,dispatch,upcalls,miss,action,rate,peak,success,fail,to-execute-p50"
NAMED: Final = 3


def columns(datapaths: Sequence[Datapath], seconds: float) -> Mapping[str, Column]:
    """Return the columns that are made from several fields; seconds: the duration of the capture."""
    dispatch = {(one.interface, one.dp_ifindex): one.dispatch for one in datapaths}

    def of_latency(what: str) -> Column:
        def text(line: Line, show: Show) -> str:
            value = getattr(line.finding.to_execute_ns, what)
            return (NOTHING if show.screen else "") if value is None else duration(value)

        return Column(f"to-execute-{what}", text, lambda line: getattr(line.finding.to_execute_ns, what))

    made = (
        named("dp_ifindex", "datapath", "datapath"),
        field_column("port_no", "no"),
        named("port_no", "port", "port"),
        field_column("type", right=False),
        Column("dispatch", lambda line, show: dispatch.get(_place(line.fields)) or NOTHING, lambda line: None, False),
        *(field_column(name, counts=True) for name in ("upcalls", "miss", "action", "polls", "success", "fail", "upcalls_between")),
        Column("rate", lambda line, show: f"{line.fields['upcalls'] / seconds:,.0f}/s", lambda line: line.fields["upcalls"]),
        field_column("peak_per_second", "peak", counts=True),
        *(of_latency(what) for what in ("p50", "p90", "p99", "max")),
    )
    return {column.name: column for column in made}


def _place(fields: Object) -> tuple[int | None, int]:
    """Return interface and datapath of a port's line."""
    return fields.get("interface"), fields["dp_ifindex"]


def example() -> Object:
    """Return an object with all fields."""
    latency = Latency(0, None, None, None, None)
    return port_object(Port(0, None, None, None, None, None, 0, 0, 0, 0, 0, None, None, None, latency, interface=0))


def handler_lines(handlers: Sequence[Handler]) -> Iterator[str]:
    """Yield how many upcalls each handler took, and how many waited."""
    for one in handlers:
        cpus = f"cpu {', '.join(map(str, one.cpus))}" if one.cpus else "no cpu of PER_CPU_PIDS"
        where = "" if one.interface is None else f"interface {one.interface}  "
        text = f"{where}handler {one.pid:#x}  {cpus}  {count(one.answers, 'answer')}"
        yield text if one.max_queue is None else f"{text}, queue at most {one.max_queue:,} (#{one.max_queue_number})"


def counter_lines(datapaths: Sequence[Datapath], ports: Sequence[Port]) -> Iterator[str]:
    """Yield what the counters show, and since when."""
    for one in datapaths:
        name = escape(one.datapath or str(one.dp_ifindex)) + ("" if one.interface is None else f" on interface {one.interface}")
        if one.polls:
            text = f"{name}: hit {one.hit:,}, missed {one.missed:,} ({one.miss_seen:,} seen), lost {one.lost:,}"
            text += f" between #{one.first_poll} and #{one.last_poll}"
            yield text + (f"; made anew {count(one.resets, 'time')}" if one.resets else "")
    lossy = [port for port in ports if port.success is not None and port.upcalls_between not in (None, port.upcalls)]
    if lossy:
        between = ((port, count(port.upcalls_between or 0, "upcall")) for port in lossy[:NAMED])
        said = [f"{escape(port.port or str(port.port_no))}: {upcalls} between its polls" for port, upcalls in between]
        said += [f"{len(lossy) - NAMED} more"] if len(lossy) > NAMED else []
        yield f"success and fail count from the first poll of each port on ({', '.join(said)})"


def shown(port: Port) -> bool:
    """Whether a port is worth a line on a screen."""
    return bool(port.upcalls or port.success or port.fail)


def seconds_of(first_ns: int | None, last_ns: int) -> float:
    """Return the duration of a capture, at least a second."""
    return max((last_ns - (first_ns if first_ns is not None else last_ns)) / SECOND_NS, 1.0)
