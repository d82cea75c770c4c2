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
    """Return a line of `flows --history --json`."""
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
    """Yield a line for each event, and two more if the kernel's key and mask of a flow differ from those that were put: the differences."""
    puts: dict[tuple[int, bytes | None], str | None] = {}
    for event in events:
        flow = (event.dp_ifindex, event.ufid)
        asked = puts.get(flow)
        yield f"{event.number:>10}  {seconds(event.time_ns - start_ns):>9}  {event.event:<6}  {escape(_text(event, style, asked))}".rstrip()
        if event.event == "put":
            puts[flow] = _flow(event, style)
        elif event.event == "told" and event.mask is not None and asked is not None:
            put, kernel = list(_members(asked)), list(_members(_flow(event, style) or ""))
            if put != kernel:
                yield f"{'':>29}put    {escape(', '.join(one for one in put if one not in kernel) or '-')}"
                yield f"{'':>29}kernel {escape(', '.join(one for one in kernel if one not in put) or '-')}"
    if not events:
        yield "no such flow"


def _members(text: str) -> Iterator[str]:
    """Yield the attributes in the text of a key."""
    depth = start = 0
    for place, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if char == "," and not depth:
            yield text[start:place]
            start = place + 1
    yield text[start:]


def _text(event: FlowEvent, style: Style, put: str | None) -> str:
    """Return what an event tells; put: the text of the put before it."""
    if event.event == "miss":
        why = f", {event.why}" if event.why else ""
        flow = f", flow #{event.flow}" if event.flow is not None else ""
        return answer_text("miss", event.answer or "none") + why + flow
    ufid = ufid_text(event.ufid, event.order)
    if event.event == "told":
        used = f", used {duration(event.used_ago_ns)} ago" if event.used_ago_ns is not None else ""
        text = _flow(event, style) if event.mask is not None else None
        full = "" if text is None else ", key and mask as put" if text == put else f", {text}"
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
