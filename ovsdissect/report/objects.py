"""Findings as the objects that `--json` prints: one per line, `kind` first, with every field always present."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from threading import Lock
from typing import Any, Final

from ovsdissect.analysis.churn import Churn
from ovsdissect.analysis.findings import Datapath, ErrorGroup, Flow, Handler, Port, Upcall
from ovsdissect.analysis.latency import Latency
from ovsdissect.analysis.summaries import ErrorSummary, FlowSummary, PortSummary, ReportSummary, UpcallSummary
from ovsdissect.analysis.verdicts import Verdict
from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture.timestamp import time_text
from ovsdissect.engine.available import engine
from ovsdissect.families import OVS_FLOW
from ovsdissect.grammar.attrs import NLA_HEADER
from ovsdissect.grammar.wire import UFID
from ovsdissect.json.jsonline import render
from ovsdissect.odp import format_actions, format_key
from ovsdissect.report.flowtext import Style, flow_text
from ovsdissect.tree.tree import Tree

Object = dict[str, Any]
LONGEST: Final = 0xFFFF  # of an attribute with its header


def latency_object(latency: Latency) -> Object:
    """Return durations in nanoseconds."""
    return {"n": latency.n, "p50": latency.p50, "p90": latency.p90, "p99": latency.p99, "max": latency.max}


def ufid_text(ufid: bytes | None, order: ByteOrder) -> str | None:
    """Return a UFID as four words in the host's order; in hex if it is not 16 bytes."""
    if ufid is None:
        return None
    return str(UFID.value(UFID.reader(order)(ufid, 0))) if len(ufid) == UFID.size else ufid.hex()


def upcall_object(upcall: Upcall, style: Style | None = None) -> Object:
    """Return a line of `upcalls`; style: with Open vSwitch's text of key and actions."""
    line: Object = {
        "kind": "upcall",
        **_place(upcall.interface),
        "number": upcall.number,
        "time": time_text(upcall.time_ns),
        "time_ns": upcall.time_ns,
        "cmd": upcall.cmd,
        "dp_ifindex": upcall.dp_ifindex,
        "datapath": upcall.datapath,
        "in_port": upcall.in_port,
        "port": upcall.port,
        "recirc_id": upcall.recirc_id,
        "reason": upcall.reason,
        "slow_path": None if upcall.slow_path is None else list(upcall.slow_path),
        "answer": upcall.answer,
        "why": upcall.why,
        "flow": upcall.flow,
        "ufid": ufid_text(upcall.ufid, upcall.order),
        "execute": upcall.execute,
        "sub_executes": list(upcall.sub_executes),
        "flow_error": upcall.flow_error,
        "execute_error": upcall.execute_error,
        "to_flow_ns": upcall.to_flow_ns,
        "to_execute_ns": upcall.to_execute_ns,
        "batch_size": upcall.batch_size,
        "batch_index": upcall.batch_index,
        "handler": upcall.handler,
        "after_delete_ns": upcall.after_delete_ns,
        "parent": upcall.parent,
        "parent_by": upcall.parent_by,
        "certain": upcall.certain,
    }
    if style is not None:
        ports = style.ports(upcall)
        key, actions, order = upcall.key, upcall.actions, upcall.order
        line["odp"] = {
            "key": "" if key is None else format_key(key, names=ports, ovs=style.ovs, byteorder=order),
            "actions": None if actions is None else format_actions(actions, names=ports, ovs=style.ovs, byteorder=order),
        }
    return line


def upcall_summary_object(summary: UpcallSummary) -> Object:
    """Return the last line of `upcalls`."""
    executes = summary.executes
    return {
        "upcalls": summary.upcalls,
        "miss": summary.miss,
        "action": summary.action,
        "answers": [
            {
                "cmd": one.cmd,
                "answer": one.answer,
                "why": one.why,
                "reason": one.reason,
                "slow_path": None if one.slow_path is None else list(one.slow_path),
                "count": one.count,
            }
            for one in summary.answers
        ],
        "unexplained": summary.unexplained,
        "executes": {
            "total": executes.total,
            "answers": executes.answers,
            "again": executes.again,
            "sub_executes": executes.sub_executes,
            "sent": executes.sent,
            "unpaired": executes.unpaired,
            "cut": executes.cut,
            "probes": executes.probes,
        },
        "to_flow_ns": latency_object(summary.to_flow_ns),
        "to_execute_ns": latency_object(summary.to_execute_ns),
        "peak_per_second": summary.peak_per_second,
    }


def flow_object(flow: Flow, style: Style) -> Object:
    """Return a line of `flows`."""
    text = flow_text(flow, style)
    return {
        "kind": "flow",
        **_place(flow.interface),
        "number": flow.number,
        "time_ns": flow.time_ns,
        "known_from": flow.known_from,
        "dp_ifindex": flow.dp_ifindex,
        "datapath": flow.datapath,
        "ufid": ufid_text(flow.ufid, flow.order),
        "upcall": flow.upcall,
        "puts": flow.puts,
        "packets": flow.packets,
        "bytes": flow.bytes,
        "stats_time_ns": flow.stats_time_ns,
        "used_ago_ns": flow.used_ago_ns,
        "stale": flow.stale,
        "probe": flow.probe,
        "deleted": flow.deleted,
        "deleted_time_ns": flow.deleted_time_ns,
        "deleted_why": flow.deleted_why,
        "attrs": flow_attributes(flow),
        "odp": None if text is None else text._asdict(),
    }


def flow_attributes(flow: Flow, wanted: Iterable[str] = ("key", "mask", "actions")) -> Object:
    """Return key, mask and actions of a flow, or some of them, as in `ovsdissect json`. Unknown ones are None."""
    known = {"key": flow.key, "mask": flow.mask, "actions": flow.actions}
    payloads = {name: known[name] for name in wanted}
    made = _reader()(payloads, flow.order) if engine().compiled else None
    return {name: attribute_object(name, payload, flow.order) for name, payload in payloads.items()} if made is None else made


def attribute_object(name: str, payload: bytes | None, order: ByteOrder) -> Any:
    """Return an attribute of ovs_flow as in `ovsdissect json`, read by the tree."""
    if payload is None:
        return None
    row = OVS_FLOW.attrs.by_name[name]
    return render(Tree(payload, order, []).value(row, row.wire, name, 0, len(payload), name))


@cache
def _reader() -> Callable[[Mapping[str, bytes | None], ByteOrder], Object | None]:
    """Return a function that reads attributes of ovs_flow with the engine; it returns None for those that the engine refuses."""
    from ovsdissect.engine.objects import Objects
    from ovsdissect.engine.tables import tables

    made, lock = Objects(tables()), Lock()
    command = next(n for n, (family, one) in enumerate(tables().declared) if family is OVS_FLOW and one.name == "new")
    numbers = {name: row.number for name, row in OVS_FLOW.attrs.by_name.items()}

    def read(payloads: Mapping[str, bytes | None], order: ByteOrder) -> Object | None:
        parts = []
        for name, payload in payloads.items():
            if payload is not None:
                size = NLA_HEADER + len(payload)
                if size > LONGEST:
                    return None
                parts += [size.to_bytes(2, order), numbers[name].to_bytes(2, order), payload, bytes(-size % 4)]
        message = b"".join(parts)
        with lock:
            found = made.attributes(message, command, 0, len(message), order == "big", False)
        return None if found is None else dict.fromkeys(payloads) | found

    return read


def churn_object(churn: Churn) -> Object:
    """Return the line that `flows --explain` adds."""
    return {
        "kind": "churn",
        "puts": churn.puts,
        "deleted": churn.deleted,
        "flushes": churn.flushes,
        "never_hit": churn.never_hit,
        "lifetime_ns": latency_object(churn.lifetime_ns),
        "max_idle_ns": churn.max_idle_ns,
        "cycles": [{"ufid": ufid_text(cycle.ufid, cycle.order), "count": cycle.count} for cycle in churn.cycles],
        "fields": [{"field": one.field, "values": one.values, "factor": round(one.factor, 4)} for one in churn.fields],
    }


def flow_summary_object(summary: FlowSummary) -> Object:
    """Return the last line of `flows`."""
    puts = summary.puts
    return {
        "at_number": summary.at_number,
        "at_time_ns": summary.at_time_ns,
        "flows": summary.flows,
        "probes": summary.probes,
        "stale": summary.stale,
        "stats_age_ns": summary.stats_age_ns,
        "puts": {
            "total": puts.total,
            "answers": puts.answers,
            "unprompted": puts.unprompted,
            "probes": puts.probes,
            "modify": puts.modify,
            "refused": dict(puts.refused),
            "probes_refused": puts.probes_refused,
            "flushes": puts.flushes,
        },
        "datapaths": [
            {
                "dp_ifindex": one.dp_ifindex,
                "datapath": one.datapath,
                "flows": one.flows,
                "n_flows": one.n_flows,
                "n_flows_number": one.n_flows_number,
                "n_flows_time_ns": one.n_flows_time_ns,
                "polls": one.polls,
                "polls_equal": one.polls_equal,
            }
            for one in summary.datapaths
        ],
    }


def datapath_object(datapath: Datapath) -> Object:
    """Return a datapath's line of `ports`."""
    return {
        "kind": "datapath",
        **_place(datapath.interface),
        "dp_ifindex": datapath.dp_ifindex,
        "datapath": datapath.datapath,
        "dispatch": datapath.dispatch,
        "per_cpu_pids": _list(datapath.per_cpu_pids),
        "polls": datapath.polls,
        "resets": datapath.resets,
        "hit": datapath.hit,
        "missed": datapath.missed,
        "lost": datapath.lost,
        "miss_seen": datapath.miss_seen,
        "n_flows": datapath.n_flows,
        "first_poll": datapath.first_poll,
        "last_poll": datapath.last_poll,
    }


def port_object(port: Port) -> Object:
    """Return a port's line of `ports`."""
    return {
        "kind": "port",
        **_place(port.interface),
        "dp_ifindex": port.dp_ifindex,
        "datapath": port.datapath,
        "port_no": port.port_no,
        "port": port.port,
        "type": port.type,
        "upcall_pids": _list(port.upcall_pids),
        "upcalls": port.upcalls,
        "miss": port.miss,
        "action": port.action,
        "peak_per_second": port.peak_per_second,
        "polls": port.polls,
        "success": port.success,
        "fail": port.fail,
        "upcalls_between": port.upcalls_between,
        "to_execute_ns": latency_object(port.to_execute_ns),
    }


def handler_object(handler: Handler) -> Object:
    """Return a handler's line of `ports`."""
    return {
        "kind": "handler",
        **_place(handler.interface),
        "dp_ifindex": handler.dp_ifindex,
        "datapath": handler.datapath,
        "pid": handler.pid,
        "cpus": list(handler.cpus),
        "executes": handler.executes,
        "answers": handler.answers,
        "max_queue": handler.max_queue,
        "max_queue_number": handler.max_queue_number,
    }


def port_summary_object(summary: PortSummary) -> Object:
    """Return the last line of `ports`."""
    return {"ports": summary.ports, "handlers": summary.handlers}


def error_object(group: ErrorGroup) -> Object:
    """Return a line of `errors`."""
    return {
        "kind": "error_group",
        **_place(group.interface),
        "family": group.family,
        "cmd": group.cmd,
        "error": group.error,
        "error_number": group.error_number,
        "message": group.message,
        "probe": group.probe,
        "path": group.path,
        "count": group.count,
        "harmless": group.harmless,
        "note": group.note,
        "keys": group.keys,
        "in_the_way": [{"ufid": ufid_text(one.ufid, one.order), "number": one.number} for one in group.in_the_way],
        "first_request": group.first_request,
        "first_error": group.first_error,
        "last_error": group.last_error,
    }


def error_summary_object(summary: ErrorSummary) -> Object:
    """Return the last line of `errors`."""
    return {"errors": summary.errors, "harmless": summary.harmless, "unmatched": summary.unmatched}


def verdict_object(verdict: Verdict) -> Object:
    """Return a line of `report`."""
    return {
        "kind": "verdict",
        **_place(verdict.interface),
        "name": verdict.name,
        "severity": verdict.severity,
        "text": verdict.text,
        "dp_ifindex": verdict.dp_ifindex,
        "datapath": verdict.datapath,
        "from_time_ns": verdict.from_time_ns,
        "to_time_ns": verdict.to_time_ns,
        "messages": list(verdict.messages),
        "figures": {name: _figure(value) for name, value in verdict.figures.items()},
    }


def _figure(value: Any) -> Any:
    if isinstance(value, Latency):
        return latency_object(value)
    if isinstance(value, Mapping):
        return dict(value)
    return round(value, 4) if isinstance(value, float) else value


def report_summary_object(summary: ReportSummary) -> Object:
    """Return the last line of `report`."""
    ports = summary.ports
    return {
        "first_time_ns": summary.first_time_ns,
        "last_time_ns": summary.last_time_ns,
        "complete": summary.complete,
        "transactions": {
            "replies": summary.transactions.replies,
            "unmatched_replies": summary.transactions.unmatched_replies,
            "flow_dumps": summary.transactions.flow_dumps,
        },
        "upcalls": upcall_summary_object(summary.upcalls),
        "flows": flow_summary_object(summary.flows),
        "ports": {**port_summary_object(ports), "missed": ports.missed, "lost": ports.lost},
        "errors": error_summary_object(summary.errors),
    }


def summary_object(command: str, messages: int, figures: Object, unknown: list[str]) -> Object:
    """Return the last line of a command. unknown: what no capture can tell and matters to it."""
    return {"kind": "summary", "command": command, "messages": messages, **figures, "not_known": unknown}


def _place(interface: int | None) -> Object:
    """Return the interface of a finding; empty if the capture has only one."""
    return {} if interface is None else {"interface": interface}


def _list(values: tuple[int, ...] | None) -> list[int] | None:
    return None if values is None else list(values)
