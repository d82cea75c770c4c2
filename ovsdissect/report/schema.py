"""The JSON Schemas of the analyses' commands: a line is one of several kinds.

Fields and kinds may be added later: readers must ignore those that they do not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ovsdissect.analysis.answers import ANSWERS, NOT_DUE, WHYS
from ovsdissect.analysis.verdicts import NAMES, SEVERITIES
from ovsdissect.families import FAMILIES
from ovsdissect.families.actions import ACTIONS
from ovsdissect.families.cookies import SLOW_PATH_REASONS
from ovsdissect.families.flow_key import KEY, MASK
from ovsdissect.json.value_schema import COUNT, NULL, STRING, UUID, Definitions, Schema
from ovsdissect.report.meanings import meaning
from ovsdissect.report.upcalls import GROUPS

VERSION: Final = 1

INTEGER: Final[Schema] = {"type": "integer"}
NUMBER: Final[Schema] = {"type": "integer", "minimum": 1, "description": "A message number."}
TIME_NS: Final[Schema] = {"type": "integer", "description": "Nanoseconds since 1970."}
DURATION: Final[Schema] = {"type": "integer", "minimum": 0, "description": "Nanoseconds."}
BOOLEAN: Final[Schema] = {"type": "boolean"}
TIME: Final[Schema] = {"type": "string", "format": "date-time"}
SHARE: Final[Schema] = {"type": "number", "minimum": 0, "maximum": 1}
REASONS: Final[Schema] = {"type": "array", "items": {"enum": list(SLOW_PATH_REASONS.values())}}
ERRNO: Final[Schema] = {"type": "string", "pattern": "^[A-Z0-9]+$", "description": "The name of an error, or its number if it has none."}
COUNTS: Final[Schema] = {"type": "object", "additionalProperties": COUNT}


def _or_null(one: Schema) -> Schema:
    return {"anyOf": [one, NULL]}


def _list(one: Schema) -> Schema:
    return {"type": "array", "items": one}


def _object(properties: Mapping[str, Schema]) -> Schema:
    """Return the schema of an object with at least these keys."""
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


def _line(kind: str, doc: str, properties: Mapping[str, Schema]) -> Schema:
    described = {name: {**one, "description": said} if (said := meaning(kind, name)) else one for name, one in properties.items()}
    made = _object({"kind": {"const": kind}, **described})
    capture = {"type": "string", "description": "Path of the capture as given, if there are several."}
    place = {**COUNT, "description": "Index of the interface in the capture, if it has several."}
    return {"description": doc, **made, "properties": {**made["properties"], "capture": capture, "interface": place}}


LATENCY: Final = _object(
    {
        "n": {**COUNT, "description": "Number of values."},
        **{f"p{part}": {**_or_null(DURATION), "description": f"{part}th percentile, in nanoseconds."} for part in (50, 90, 99)},
        "max": {**_or_null(DURATION), "description": "Largest value, in nanoseconds."},
    }
)
DATAPATH: Final[Mapping[str, Schema]] = {"dp_ifindex": INTEGER, "datapath": _or_null(STRING)}
CLASS: Final[Mapping[str, Schema]] = {
    "cmd": {"enum": ["miss", "action"]},
    "answer": {"enum": list(ANSWERS.values())},
    "why": {"enum": [None, *WHYS]},
    "reason": {"enum": [None, *NOT_DUE]},
    "slow_path": _or_null(REASONS),
}
EXECUTES: Final = _object(dict.fromkeys(("total", "answers", "again", "sub_executes", "sent", "unpaired", "cut", "probes"), COUNT))
UPCALL_SUMMARY: Final[Mapping[str, Schema]] = {
    "upcalls": COUNT,
    "miss": COUNT,
    "action": COUNT,
    "answers": _list(_object({**CLASS, "count": COUNT})),
    "unexplained": COUNT,
    "executes": EXECUTES,
    "to_flow_ns": LATENCY,
    "to_execute_ns": LATENCY,
    "peak_per_second": COUNT,
}
PUTS: Final = _object(
    dict.fromkeys(("total", "answers", "unprompted", "probes", "modify"), COUNT)
    | {"refused": COUNTS, "probes_refused": COUNT, "flushes": COUNT}
)
FLOW_SUMMARY: Final[Mapping[str, Schema]] = {
    "at_number": COUNT,
    "at_time_ns": TIME_NS,
    "flows": COUNT,
    "probes": COUNT,
    "stale": COUNT,
    "stats_age_ns": _or_null(DURATION),
    "puts": PUTS,
    "datapaths": _list(
        _object(
            {
                **DATAPATH,
                "flows": COUNT,
                "n_flows": _or_null(COUNT),
                "n_flows_number": _or_null(NUMBER),
                "n_flows_time_ns": _or_null(TIME_NS),
                "polls": COUNT,
                "polls_equal": COUNT,
            }
        )
    ),
}
PORT_SUMMARY: Final[Mapping[str, Schema]] = {"ports": COUNT, "handlers": COUNT}
ERROR_SUMMARY: Final[Mapping[str, Schema]] = {"errors": COUNT, "harmless": COUNT, "unmatched": COUNT}

FIGURES: Final[Mapping[str, Mapping[str, Schema]]] = {
    "upcalls-lost": {"lost": COUNT, "missed": COUNT, "intervals": COUNT, "ports": COUNTS},
    "nobody-listens": {"lost": COUNT},
    "handler-overflow": {"handler": COUNT, "max_queue": COUNT, "queue": COUNT, "gap_ns": INTEGER},
    "capture-incomplete": {"missing_misses": COUNT, "unmatched_replies": COUNT, "unpaired_executes": COUNT},
    "flows-refused": {"puts": COUNT, "keys": COUNT, "errors": COUNTS},
    "packets-refused": {"executes": COUNT, "errors": COUNTS},
    "slow-answers": {"to_execute_ns": LATENCY},
    "cpu-without-socket": {"cpus": COUNT, "pids": COUNT},
    "megaflow-explosion": {"puts": COUNT, "never_hit": COUNT, "field": STRING, "values": COUNT, "factor": {"type": "number"}},
    "storm": {"peak_per_second": COUNT, "port": STRING, "port_share": SHARE, "arp_nd_share": SHARE},
    "slow-dump": {"dumps": COUNT, "longest_ns": DURATION},
    "install-delete-miss": {"keys": COUNT, "cycles": COUNT},
    "deleted-behind": {"misses": COUNT, "keys": COUNT},
    "flow-limit": {"misses": COUNT, "n_flows": COUNT},
    "cut": {"upcalls": COUNT},
    "duplicates": {"misses": COUNT, "early": COUNT, "late": COUNT},
    "gone-flows": {"requests": COUNT},
    "slow-path": {"upcalls": COUNT, "reasons": COUNTS},
    "sampling-controller": {"upcalls": COUNT, "reasons": COUNTS},
    "offloaded": {"messages": COUNT},
    "gso": {"miss_seen": COUNT, "missed": COUNT},
}


def schema(command: str) -> Schema:
    """Return the schema of a line of a command, one of COMMANDS."""
    definitions = Definitions()
    kinds = COMMANDS[command](definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:ovsdissect:{command}:{VERSION}",
        "title": f"A line of `ovsdissect {command} --json`, version {VERSION}",
        "type": "object",
        "properties": {"kind": STRING},
        "required": ["kind"],
        "allOf": [{"if": {"properties": {"kind": {"const": kind}}}, "then": {"$ref": f"#/$defs/line-{kind}"}} for kind in kinds],
        "$defs": {
            **{f"line-{kind}": line for kind, line in kinds.items()},
            **dict(sorted(definitions.made.items())),
            "undecoded": _object({"undecoded": {"type": "string", "pattern": "^([0-9a-f]{2})*$"}}),
        },
    }


def _summary(command: str, figures: Mapping[str, Schema]) -> Schema:
    doc = "The last line: without it the output is incomplete."
    return _line("summary", doc, {"command": {"const": command}, "messages": COUNT, **figures, "not_known": _list(STRING)})


def _upcalls(definitions: Definitions) -> dict[str, Schema]:
    upcall = {
        "number": NUMBER,
        "time": TIME,
        "time_ns": TIME_NS,
        "cmd": CLASS["cmd"],
        **DATAPATH,
        "in_port": _or_null(COUNT),
        "port": _or_null(STRING),
        "recirc_id": COUNT,
        "reason": CLASS["reason"],
        "slow_path": CLASS["slow_path"],
        "answer": CLASS["answer"],
        "why": CLASS["why"],
        "flow": _or_null(NUMBER),
        "ufid": _or_null(UUID),
        "execute": _or_null(NUMBER),
        "sub_executes": _list(NUMBER),
        "flow_error": _or_null(ERRNO),
        "execute_error": _or_null(ERRNO),
        "to_flow_ns": _or_null(DURATION),
        "to_execute_ns": _or_null(DURATION),
        "batch_size": _or_null(NUMBER),
        "batch_index": _or_null(COUNT),
        "handler": _or_null(COUNT),
        "after_delete_ns": _or_null(DURATION),
        "parent": _or_null(NUMBER),
        "parent_by": {"enum": ["packet", "hash", None]},
        "certain": BOOLEAN,
    }
    line = _line("upcall", "An upcall and its final answer.", upcall)
    line["properties"]["odp"] = _object({"key": STRING, "actions": _or_null(STRING)})
    figures: dict[str, Schema] = dict.fromkeys(("upcalls", "miss", "action", "unanswered"), COUNT)
    figures |= {f"to_execute_{what}_ns": _or_null(DURATION) for what in ("p50", "p99", "max")}
    group = _line("group", "With --by: a group of upcalls.", figures)
    group["properties"] |= dict.fromkeys(GROUPS, STRING)
    return {"upcall": line, "group": group, "summary": _summary("upcalls", UPCALL_SUMMARY)}


def _flows(definitions: Definitions) -> dict[str, Schema]:
    attrs = {"key": KEY, "mask": MASK, "actions": ACTIONS}
    flow = {
        "number": NUMBER,
        "time_ns": TIME_NS,
        "known_from": {"enum": ["put", "dump"]},
        **DATAPATH,
        "ufid": _or_null(STRING),
        "upcall": _or_null(NUMBER),
        "puts": COUNT,
        "packets": _or_null(COUNT),
        "bytes": _or_null(COUNT),
        "stats_time_ns": _or_null(TIME_NS),
        "used_ago_ns": _or_null(DURATION),
        "stale": BOOLEAN,
        "probe": BOOLEAN,
        "deleted": _or_null(NUMBER),
        "deleted_time_ns": _or_null(TIME_NS),
        "deleted_why": {"enum": ["idle", "flush", "sooner", "refused", "gone", "datapath-deleted", None]},
        "attrs": _object({name: _or_null(definitions.broken(wire)) for name, wire in attrs.items()}),
        "odp": _or_null(_object({"flow": STRING, "actions": STRING, "line": STRING})),
    }
    churn = {
        "puts": COUNT,
        "deleted": COUNT,
        "flushes": COUNT,
        "never_hit": COUNT,
        "lifetime_ns": LATENCY,
        "max_idle_ns": _or_null(DURATION),
        "cycles": _list(_object({"ufid": _or_null(STRING), "count": COUNT})),
        "fields": _list(_object({"field": STRING, "values": COUNT, "factor": {"type": "number"}})),
    }
    event = {
        "number": NUMBER,
        "time": TIME,
        "time_ns": TIME_NS,
        "event": {"enum": ["miss", "put", "set", "told", "delete", "error", "gone"]},
        "dp_ifindex": INTEGER,
        "ufid": _or_null(STRING),
        "packets": _or_null(COUNT),
        "bytes": _or_null(COUNT),
        "used_ago_ns": _or_null(DURATION),
        "answer": _or_null(CLASS["answer"]),
        "why": _or_null(STRING),
        "flow": _or_null(NUMBER),
        "odp": _object({"flow": _or_null(STRING), "actions": _or_null(STRING)}),
    }
    summary = _summary("flows", FLOW_SUMMARY)
    summary["required"] = ["kind", "command", "messages", "not_known"]  # that of --history counts events instead
    return {
        "flow": _line("flow", "A flow of the table; with --deleted also one that is gone.", flow),
        "churn": _line("churn", "With --explain: how flows came and went.", churn),
        "event": _line("event", "With --history: something that happened to a flow.", event),
        "summary": summary,
    }


def _ports(definitions: Definitions) -> dict[str, Schema]:
    datapath: dict[str, Schema] = {
        **DATAPATH,
        "dispatch": {"enum": ["per-cpu", "per-vport", None]},
        "per_cpu_pids": _or_null(_list(COUNT)),
        **dict.fromkeys(("polls", "resets", "hit", "missed", "lost", "miss_seen"), COUNT),
        "n_flows": _or_null(COUNT),
        "first_poll": _or_null(NUMBER),
        "last_poll": _or_null(NUMBER),
    }
    port: dict[str, Schema] = {
        **DATAPATH,
        "port_no": _or_null(COUNT),
        "port": _or_null(STRING),
        "type": _or_null(STRING),
        "upcall_pids": _or_null(_list(COUNT)),
        **dict.fromkeys(("upcalls", "miss", "action", "peak_per_second", "polls"), COUNT),
        **{name: _or_null(COUNT) for name in ("success", "fail", "upcalls_between")},
        "to_execute_ns": LATENCY,
    }
    handler: dict[str, Schema] = {
        **DATAPATH,
        "pid": COUNT,
        "cpus": _list(COUNT),
        "executes": COUNT,
        "answers": COUNT,
        "max_queue": _or_null(COUNT),
        "max_queue_number": _or_null(NUMBER),
    }
    return {
        "datapath": _line("datapath", "A datapath with statistics or handlers.", datapath),
        "port": _line("port", "A port that a reply named or that an upcall came from.", port),
        "handler": _line("handler", "An upcall socket.", handler),
        "summary": _summary("ports", PORT_SUMMARY),
    }


def _errors(definitions: Definitions) -> dict[str, Schema]:
    commands = {command.name for family in FAMILIES.values() for command in family.commands}
    group: dict[str, Schema] = {
        "family": {"enum": [*FAMILIES, None]},
        "cmd": _or_null({"anyOf": [{"enum": sorted(commands)}, {"type": "string", "pattern": "^[0-9]+$"}]}),
        "error": ERRNO,
        "error_number": {"type": "integer"},
        "message": _or_null(STRING),
        "probe": BOOLEAN,
        "path": _or_null(STRING),
        "count": NUMBER,
        "harmless": BOOLEAN,
        "note": _or_null(STRING),
        "keys": _or_null(COUNT),
        "in_the_way": {"type": "array", "maxItems": 10, "items": _object({"ufid": _or_null(STRING), "number": NUMBER})},
        "first_request": _or_null(NUMBER),
        "first_error": NUMBER,
        "last_error": NUMBER,
    }
    return {"error_group": _line("error_group", "A group of errors.", group), "summary": _summary("errors", ERROR_SUMMARY)}


def _report(definitions: Definitions) -> dict[str, Schema]:
    verdict = {
        "name": {"enum": list(NAMES)},
        "severity": {"enum": list(SEVERITIES)},
        "text": STRING,
        "dp_ifindex": _or_null(INTEGER),
        "datapath": _or_null(STRING),
        "from_time_ns": _or_null(TIME_NS),
        "to_time_ns": _or_null(TIME_NS),
        "messages": {"type": "array", "items": NUMBER, "minItems": 1, "maxItems": 10},
        "figures": {"type": "object"},
    }
    line: dict[str, Any] = _line("verdict", "Something that is wrong or worth noting.", verdict)
    line["allOf"] = [
        {"if": {"properties": {"name": {"const": name}}}, "then": {"properties": {"figures": _object(figures)}}}
        for name, figures in FIGURES.items()
    ]
    summary = {
        "first_time_ns": _or_null(TIME_NS),
        "last_time_ns": _or_null(TIME_NS),
        "complete": BOOLEAN,
        "transactions": _object(dict.fromkeys(("replies", "unmatched_replies", "flow_dumps"), COUNT)),
        "upcalls": _object(UPCALL_SUMMARY),
        "flows": _object(FLOW_SUMMARY),
        "ports": _object({**PORT_SUMMARY, "missed": COUNT, "lost": COUNT}),
        "errors": _object(ERROR_SUMMARY),
    }
    return {"verdict": line, "summary": _summary("report", summary)}


COMMANDS: Final[Mapping[str, Callable[[Definitions], dict[str, Schema]]]] = {
    "upcalls": _upcalls,
    "flows": _flows,
    "ports": _ports,
    "errors": _errors,
    "report": _report,
}
