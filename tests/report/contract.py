"""The JSON of the analyses as it was agreed: every field of every line in its order, with what may stand in it.

"int", "text", "bool" and "number" are types; "a|b" are the words themselves; "?" behind one allows null; "[..]" is a list of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

ANSWERS: Final = (
    "flow+execute|flow+drop|flow+execute-refused|flow+sub-execute|flow"
    "|refused+execute|refused+drop|refused+execute-refused|refused+sub-execute|refused"
    "|execute|drop|execute-refused|sub-execute|none"
)
WHY: Final = "early|late|deleted|not-put|drop|consumed|not-due|cut|capture-end|unexplained?"
CMD: Final = "miss|action"
REASON: Final = "sflow|slow_path|flow_sample|ipfix|controller?"
SLOW_PATH: Final = "[cfm|bfd|lacp|stp|lldp|action|match]?"
LATENCY: Final = {"n": "int", "p50": "int?", "p90": "int?", "p99": "int?", "max": "int?"}
DATAPATH: Final = {"dp_ifindex": "int", "datapath": "text?"}

_ANSWER: Final = {"cmd": CMD, "answer": ANSWERS, "why": WHY, "reason": REASON, "slow_path": SLOW_PATH, "count": "int"}
_EXECUTES: Final = dict.fromkeys(("total", "answers", "again", "sub_executes", "sent", "unpaired", "cut", "probes"), "int")
_UPCALLS: Final = {
    **dict.fromkeys(("upcalls", "miss", "action"), "int"),
    "answers": [_ANSWER],
    "unexplained": "int",
    "executes": _EXECUTES,
    "to_flow_ns": LATENCY,
    "to_execute_ns": LATENCY,
    "peak_per_second": "int",
}
_PUTS: Final = {
    **dict.fromkeys(("total", "answers", "unprompted", "probes", "modify"), "int"),
    "refused": "counts",
    "probes_refused": "int",
    "flushes": "int",
}
_POLLED: Final = {
    **DATAPATH,
    "flows": "int",
    "n_flows": "int?",
    "n_flows_number": "int?",
    "n_flows_time_ns": "int?",
    "polls": "int",
    "polls_equal": "int",
}
_FLOWS: Final = {
    **dict.fromkeys(("at_number", "at_time_ns", "flows", "probes", "stale"), "int"),
    "stats_age_ns": "int?",
    "puts": _PUTS,
    "datapaths": [_POLLED],
}
_PORTS: Final = {"ports": "int", "handlers": "int"}
_ERRORS: Final = dict.fromkeys(("errors", "harmless", "unmatched"), "int")
_REPORT: Final = {
    "first_time_ns": "int?",
    "last_time_ns": "int?",
    "complete": "bool",
    "transactions": dict.fromkeys(("replies", "unmatched_replies", "flow_dumps"), "int"),
    "upcalls": _UPCALLS,
    "flows": _FLOWS,
    "ports": {**_PORTS, "missed": "int", "lost": "int"},
    "errors": _ERRORS,
}
SUMMARIES: Final[Mapping[str, Mapping[str, Any]]] = {
    command: {"kind": "summary", "command": command, "messages": "int", **fields, "not_known": "[text]"}
    for command, fields in (("upcalls", _UPCALLS), ("flows", _FLOWS), ("ports", _PORTS), ("errors", _ERRORS), ("report", _REPORT))
}
LINES: Final[Mapping[str, Mapping[str, Any]]] = {
    "upcall": {
        "kind": "upcall",
        "number": "int",
        "time": "text",
        "time_ns": "int",
        "cmd": CMD,
        **DATAPATH,
        "in_port": "int?",
        "port": "text?",
        "recirc_id": "int",
        "reason": REASON,
        "slow_path": SLOW_PATH,
        "answer": ANSWERS,
        "why": WHY,
        "flow": "int?",
        "ufid": "text?",
        "execute": "int?",
        "sub_executes": "[int]",
        "flow_error": "text?",
        "execute_error": "text?",
        **dict.fromkeys(("to_flow_ns", "to_execute_ns", "batch_size", "batch_index", "handler", "after_delete_ns", "parent"), "int?"),
        "parent_by": "packet|hash?",
        "certain": "bool",
    },
    "flow": {
        "kind": "flow",
        "number": "int",
        "time_ns": "int",
        "known_from": "put|dump",
        **DATAPATH,
        "ufid": "text?",
        "upcall": "int?",
        "puts": "int",
        "packets": "int?",
        "bytes": "int?",
        "stats_time_ns": "int?",
        "used_ago_ns": "int?",
        "stale": "bool",
        "probe": "bool",
        "deleted": "int?",
        "deleted_time_ns": "int?",
        "deleted_why": "idle|flush|sooner|refused|gone|datapath-deleted?",
        "attrs": {"key": "any", "mask": "any", "actions": "any"},
        "odp": ({"flow": "text", "actions": "text", "line": "text"}, None),
    },
    "churn": {
        "kind": "churn",
        "puts": "int",
        "deleted": "int",
        "flushes": "int",
        "never_hit": "int",
        "lifetime_ns": LATENCY,
        "max_idle_ns": "int?",
        "cycles": [{"ufid": "text?", "count": "int"}],
        "fields": [{"field": "text", "values": "int", "factor": "number"}],
    },
    "datapath": {
        "kind": "datapath",
        **DATAPATH,
        "dispatch": "per-cpu|per-vport?",
        "per_cpu_pids": "[int]?",
        **dict.fromkeys(("polls", "resets", "hit", "missed", "lost", "miss_seen"), "int"),
        **dict.fromkeys(("n_flows", "first_poll", "last_poll"), "int?"),
    },
    "port": {
        "kind": "port",
        **DATAPATH,
        "port_no": "int?",
        "port": "text?",
        "type": "text?",
        "upcall_pids": "[int]?",
        **dict.fromkeys(("upcalls", "miss", "action", "peak_per_second", "polls"), "int"),
        "success": "int?",
        "fail": "int?",
        "upcalls_between": "int?",
        "to_execute_ns": LATENCY,
    },
    "handler": {
        "kind": "handler",
        **DATAPATH,
        "pid": "int",
        "cpus": "[int]",
        "executes": "int",
        "answers": "int",
        "max_queue": "int?",
        "max_queue_number": "int?",
    },
    "error_group": {
        "kind": "error_group",
        "family": "text?",
        "cmd": "text?",
        "error": "text",
        "error_number": "int",
        "message": "text?",
        "probe": "bool",
        "path": "text?",
        "count": "int",
        "harmless": "bool",
        "note": "text?",
        "keys": "int?",
        "in_the_way": [{"ufid": "text?", "number": "int"}],
        "first_request": "int?",
        "first_error": "int",
        "last_error": "int",
    },
    "verdict": {
        "kind": "verdict",
        "name": "text",
        "severity": "bad|warn|note",
        "text": "text",
        "dp_ifindex": "int?",
        "datapath": "text?",
        "from_time_ns": "int?",
        "to_time_ns": "int?",
        "messages": "[int]",
        "figures": "any",
    },
}
FIGURES: Final[Mapping[str, Mapping[str, Any]]] = {
    "upcalls-lost": {"lost": "int", "missed": "int", "intervals": "int", "ports": "counts"},
    "nobody-listens": {"lost": "int"},
    "handler-overflow": {"handler": "int", "max_queue": "int", "queue": "int", "gap_ns": "int"},
    "capture-incomplete": {"missing_misses": "int", "unmatched_replies": "int", "unpaired_executes": "int"},
    "flows-refused": {"puts": "int", "keys": "int", "errors": "counts"},
    "packets-refused": {"executes": "int", "errors": "counts"},
    "slow-answers": {"to_execute_ns": LATENCY},
    "cpu-without-socket": {"cpus": "int", "pids": "int"},
    "megaflow-explosion": {"puts": "int", "never_hit": "int", "field": "text", "values": "int", "factor": "number"},
    "storm": {"peak_per_second": "int", "port": "text", "port_share": "number", "arp_nd_share": "number"},
    "slow-dump": {"dumps": "int", "longest_ns": "int"},
    "install-delete-miss": {"keys": "int", "cycles": "int"},
    "deleted-behind": {"misses": "int", "keys": "int"},
    "flow-limit": {"misses": "int", "n_flows": "int"},
    "cut": {"upcalls": "int"},
    "duplicates": {"misses": "int", "early": "int", "late": "int"},
    "gone-flows": {"requests": "int"},
    "slow-path": {"upcalls": "int", "reasons": "counts"},
    "sampling-controller": {"upcalls": "int", "reasons": "counts"},
    "offloaded": {"messages": "int"},
    "gso": {"miss_seen": "int", "missed": "int"},
}
ORDER: Final = ("bad", "warn", "note")


def faults(command: str, line: Mapping[str, Any]) -> Iterator[str]:
    """What of a line is not as agreed."""
    shape = SUMMARIES[command] if line["kind"] == "summary" else dict(LINES[line["kind"]])
    if "odp" in line and line["kind"] == "upcall":
        shape = {**shape, "odp": {"key": "text", "actions": "text?"}}
    yield from _faults(line, shape, line["kind"])
    if line["kind"] == "verdict":
        yield from _faults(line["figures"], FIGURES[line["name"]], line["name"])
        if not (1 <= len(line["messages"]) <= 10 and line["messages"] == sorted(set(line["messages"]))):
            yield f"messages: {line['messages']}"
    if line["kind"] == "upcall":
        yield from _nulls(line)


def _faults(value: Any, shape: Any, where: str) -> Iterator[str]:
    if isinstance(shape, tuple):
        shape = shape[value is None]
    if isinstance(shape, Mapping):
        if not isinstance(value, Mapping) or list(value) != list(shape):
            yield f"{where}: {list(value) if isinstance(value, Mapping) else value} where {list(shape)} is agreed"
        else:
            for name, one in shape.items():
                yield from _faults(value[name], one, f"{where}.{name}")
    elif isinstance(shape, list):
        for one in value:
            yield from _faults(one, shape[0], where)
    elif not (value is None if shape is None else _is(value, shape)):
        yield f"{where}: {value!r} is not {shape}"


def _is(value: Any, word: str) -> bool:
    if word.endswith("?"):
        return value is None or _is(value, word[:-1])
    if word.startswith("["):
        return isinstance(value, list) and all(_is(one, word[1:-1]) for one in value)
    if word == "counts":
        return isinstance(value, dict) and all(type(one) is int and one > 0 for one in value.values())
    if word in ("int", "text", "bool", "number", "any"):
        types: dict[str, tuple[type, ...]] = {"int": (int,), "text": (str,), "bool": (bool,), "number": (int, float), "any": (object,)}
        return word == "any" or type(value) in types[word]
    return value in word.split("|")


def _nulls(line: Mapping[str, Any]) -> Iterator[str]:
    """Fields of an upcall that are null together."""
    for one, others in (
        ("flow", ("to_flow_ns",)),
        ("execute", ("to_execute_ns",)),
        ("batch_size", ("batch_index",)),
        ("parent", ("parent_by",)),
    ):
        for other in others:
            if (line[one] is None) != (line[other] is None):
                yield f"{one} and {other}: {line[one]}, {line[other]}"
    if (line["flow"] is None and line["execute"] is None) != (line["batch_size"] is None):
        yield f"batch_size: {line['batch_size']}"
    if line["flow"] is None and (line["ufid"] or line["flow_error"]):
        yield "there is no put"
    if line["cmd"] == "miss" and line["reason"] is not None:
        yield f"reason: {line['reason']}"
    if line["sub_executes"] != sorted(line["sub_executes"]):
        yield f"sub_executes: {line['sub_executes']}"
