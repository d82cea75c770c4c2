"""What happened to a flow, event by event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ovsdissect.analysis.kernelflow import kernel_flow
from ovsdissect.analysis.life import FlowEvent
from ovsdissect.capture.timestamp import time_text
from ovsdissect.odp import format_actions, format_flow
from ovsdissect.report.flowtext import Style
from ovsdissect.report.objects import Object, ufid_text
from ovsdissect.report.units import duration, seconds
from ovsdissect.report.upcalls import answer_text
from ovsdissect.text.screen import escape


def event_object(event: FlowEvent, style: Style) -> Object:
    """A line of `flows --history --json`."""
    return {
        "kind": "event",
        "number": event.number,
        "time": time_text(event.time_ns),
        "time_ns": event.time_ns,
        "event": event.event,
        "dp_ifindex": event.dp_ifindex,
        "ufid": ufid_text(event.ufid, event.order),
        "packets": event.packets,
        "bytes": event.bytes,
        "used_ago_ns": event.used_ago_ns,
        "answer": event.answer,
        "why": event.why,
        "flow": event.flow,
        "odp": {"flow": _flow(event, style), "actions": _actions(event, style)},
    }


def event_lines(events: Sequence[FlowEvent], style: Style, start_ns: int) -> Iterator[str]:
    """A line for each event, and one more where what the kernel says of a flow is not what was put."""
    put: FlowEvent | None = None
    for event in events:
        yield f"{event.number:>10}  {seconds(event.time_ns - start_ns):>9}  {event.event:<6}  {escape(_text(event, style))}".rstrip()
        if event.event == "put":
            put = event
        elif event.event == "told" and event.mask is not None and put is not None and put.ufid == event.ufid:
            asked, told = _flow(put, style), _flow(event, style)
            if asked != told:
                yield f"{'':>29}put    {escape(asked or '')}"
                yield f"{'':>29}kernel {escape(told or '')}"
    if not events:
        yield "no such flow"


def _text(event: FlowEvent, style: Style) -> str:
    if event.event == "miss":
        why = f", {event.why}" if event.why else ""
        flow = f", flow #{event.flow}" if event.flow is not None else ""
        return answer_text("miss", event.answer or "none") + why + flow
    ufid = ufid_text(event.ufid, event.order)
    if event.event == "told":
        used = f", used {duration(event.used_ago_ns)} ago" if event.used_ago_ns is not None else ""
        full = f", {_flow(event, style)}" if event.mask is not None else ""
        return f"{ufid} packets:{event.packets}, bytes:{event.bytes}{used}{full}"
    if event.event in ("delete", "gone", "error"):
        return f"{ufid}{f' ({event.why})' if event.why else ''}"
    parts = [str(ufid), *([_flow(event, style) or ""] if event.event == "put" else [])]
    actions = _actions(event, style)
    return ", ".join([*parts, *([f"actions:{actions}"] if actions is not None else [])])


def _flow(event: FlowEvent, style: Style) -> str | None:
    if event.key is None:
        return None
    key, mask = (event.key, event.mask or b"") if event.event == "told" else kernel_flow(event.key, event.mask, event.order)
    form = "dump-m" if style.verbose else "dump"
    names = style.ports(event)
    return format_flow(key, mask, form=form, names=names, ovs=style.ovs, byteorder=event.order)  # type: ignore[arg-type]  # one of two


def _actions(event: FlowEvent, style: Style) -> str | None:
    if event.actions is None:
        return None
    return format_actions(event.actions, names=style.ports(event), ovs=style.ovs, byteorder=event.order)
