"""The JSON Schema of `ovsdissect json`, made from the rows: a new attribute is in it as soon as it is declared.

Everything that a message can hold is listed, anything else is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from ovsdissect.families import FAMILIES
from ovsdissect.filter.told import FIELDS as TOLD
from ovsdissect.filter.types import BOOL
from ovsdissect.grammar import Command, Family
from ovsdissect.json.jsonline import SCHEMA_VERSION
from ovsdissect.json.layer_schema import layers_schema
from ovsdissect.json.value_schema import (
    COUNT,
    HEX_BYTES,
    LAYERS,
    NULL,
    NUMBER,
    PROBLEM,
    STRING,
    Definitions,
    Schema,
    flag_list,
    keyed,
    or_null,
    said,
    scalar,
)
from ovsdissect.netlink.headers import EXTACK, FLAG_NAMES, PROTOCOLS

KINDS: Final = ("message", "error", "ack", "done", "noop", "overrun", "record")
ANSWERS: Final = ("error", "ack", "done")


def schema() -> Schema:
    """Return the schema of one line."""
    definitions = Definitions()
    top = _top(definitions)
    decoded = [_if({"kind": "message", "family": name}, _of_family(family, definitions)) for name, family in FAMILIES.items()]
    requests = [
        _if({"family": name}, {"cmd": _commands(family), "attrs": definitions.of(family.attrs)}) for name, family in FAMILIES.items()
    ]
    answered = [
        {"if": _all(_has("kind", list(ANSWERS)), _has("family", [name])), "then": {"properties": {"cmd": _commands(family)}}}
        for name, family in FAMILIES.items()
    ]
    nothing = {"version": NULL, "dp_ifindex": NULL, "attrs": NULL}
    others = {"if": {"properties": {"kind": {"const": "message"}, "family": {"enum": list(FAMILIES)}}}, "else": {"properties": nothing}}
    unnamed = {"if": _has("family", list(FAMILIES)), "else": {"properties": {"cmd": NULL, "datapath": NULL, "port": NULL}}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:ovsdissect:json:{SCHEMA_VERSION}",
        "title": f"A line of `ovsdissect json`, version {SCHEMA_VERSION}",
        "type": "object",
        "properties": top,
        "required": [name for name in top if name not in _OPTIONAL],
        "additionalProperties": False,
        "allOf": [
            *decoded,
            *answered,
            others,
            unnamed,
            {"if": _has("kind", ["error", "ack"]), "then": {"required": ["error", "request"]}},
            {"if": _has("kind", list(ANSWERS)), "else": {"properties": {"error": False}}},
            {"if": _has("kind", ["message", *ANSWERS]), "else": {"properties": {"family": NULL}}},
            {"if": _has("kind", ["record"]), "then": {"properties": {"number": NULL, "nlmsg": NULL}}},
        ],
        "$defs": {
            **dict(sorted(definitions.made.items())),
            "layers": layers_schema(scalar, LAYERS),
            "undecoded": {
                "description": "A value whose bytes are not of its type's length, or that the capture cut.",
                **keyed({"undecoded": {**HEX_BYTES, "description": "The bytes."}}),
            },
            "request": {
                "description": "The request that a message answers; attrs only where an error echoes it.",
                "type": "object",
                "properties": {
                    "number": said(or_null(COUNT), "Its message number; null where it is not in the capture."),
                    "family": said(or_null(STRING), "Its generic netlink family."),
                    "cmd": {"description": "Its command, the number as text where it has no name."},
                    "attrs": {"description": "Its attributes, as far as the error echoes them."},
                },
                "required": ["number", "family", "cmd"],
                "additionalProperties": False,
                "allOf": requests,
            },
        },
    }


_OPTIONAL: Final = (
    *("capture", "interface", "lost", "link_errors", "comments", "protocol", "error", "request", "upcall", "flow", "odp", "raw", "fields"),
)


def version_1() -> Schema:
    """Return the schema of version 1, as published."""
    made: Schema = json.loads(files("ovsdissect.json").joinpath("schema-1.json").read_text(encoding="utf-8"))
    return made


def _top(definitions: Definitions) -> Schema:
    """Return the keys of a line, in order."""
    flags = sorted({name for names in FLAG_NAMES.values() for name in names.numbers} | {"dump"})
    nlmsg = {
        "len": said(COUNT, "nlmsg_len: length of the message, its header included."),
        "type": said(COUNT, "nlmsg_type: for generic netlink the family's id."),
        "flags": said(flag_list(flags), "nlmsg_flags; which names the upper bits have depends on the kind of message."),
        "seq": said(COUNT, "nlmsg_seq: sequence number."),
        "pid": said(COUNT, "nlmsg_pid: netlink port of the sender; in an answer, of the one who asked."),
    }
    moment = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}Z$"}
    return {
        "kind": said({"enum": list(KINDS)}, "Kind of netlink message; record: bytes outside of any message."),
        "capture": said(STRING, "The capture, as it was named; where several were."),
        "number": said(or_null(COUNT), "Counts every netlink message of the capture."),
        "record": said(or_null(COUNT), "Wireshark's frame number."),
        "index": said(or_null(COUNT), "The message's place in its record."),
        "interface": said(COUNT, "Number of the interface that the record was captured on, where the capture has several."),
        "time": said(or_null(moment), "When it was captured, UTC; null where the capture has no time."),
        "time_ns": said(or_null({"type": "integer"}), "The same time in nanoseconds since 1970."),
        "direction": said({"enum": ["to-kernel", "to-user", None]}, "to-kernel for a request, else to-user."),
        "nlmsg": said(or_null(keyed(nlmsg)), "struct nlmsghdr."),
        "family": said(or_null(STRING), "Generic netlink family, of an answer that of its request; null where it is not known."),
        "cmd": said(or_null(STRING), "Command, its number as text where it has no name; of an error, ACK or DONE that of its request."),
        "version": said(or_null({"type": "integer", "minimum": 0, "maximum": 255}), "Version of the family that the sender uses."),
        "dp_ifindex": said(or_null({"type": "integer"}), "Datapath: interface index of its local port."),
        "datapath": said(or_null(STRING), "Name of the datapath at the time; for an error, ACK or DONE, that of its request."),
        "port": said(or_null(STRING), "Name of the vport or of key.in_port at the time; for an answer, that of its request."),
        "attrs": {"description": "The attributes; null where the family is not decoded."},
        "problems": said({"type": "array", "items": PROBLEM}, "What is wrong with the message, in the order of its bytes."),
        "lost": said(COUNT, "In the first message of a record: how many records the capture says were lost before it."),
        "link_errors": said({"type": "array", "items": STRING}, "Errors of the link layer that the capture tells of the record."),
        "comments": said({"type": "array", "items": STRING}, "Comment on the record in the capture."),
        "protocol": said({"anyOf": [{"enum": list(PROTOCOLS.values())}, NUMBER]}, "Netlink protocol, if it is not generic netlink."),
        "error": said(_error(definitions), "What an error, an ACK or the end of a dump says."),
        "request": {"$ref": "#/$defs/request", "description": "The request that the message answers."},
        "upcall": said(_told("upcall"), "With --upcalls: what became of an upcall; of a put or an EXECUTE, which it answers."),
        "flow": said(_told("flow"), "With --upcalls: of the message that put a flow, and of the one that ended it."),
        "odp": said(keyed({name: said(STRING, doc) for name, doc in ODP.items()}, required=()), "With --odp: Open vSwitch's own text."),
        "raw": said(HEX_BYTES, "With --raw: the message's bytes."),
        "fields": {
            "description": "With --raw: where the value at each path stands: offset in the record, length, nla flags.",
            "type": "object",
            "additionalProperties": {"type": "array", "items": COUNT, "minItems": 3, "maxItems": 3},
        },
    }


ODP: Final[Mapping[str, str]] = {
    "key": "The flow key.",
    "mask": "The mask.",
    "flow": "Key and mask as ovs-dpctl dump-flows prints them.",
    "actions": "The actions.",
    "line": "The line that Open vSwitch logs or prints for the message.",
}


def _told(kind: str) -> Schema:
    """Return the fields of a kind that later messages tell, with durations in nanoseconds."""
    members = {}
    for field in TOLD:
        of, _, name = field.name.partition(".")
        if of == kind:
            words = {"enum": list(field.type.words)} if field.type.words else {"type": "boolean"} if field.type is BOOL else COUNT
            members[name] = {**words, "description": field.doc}
    return keyed(members, ())


def _error(definitions: Definitions) -> Schema:
    """Return the schema of an error: the number with its name and text, and the extended ACK's attributes beside them."""
    extack = definitions.members(EXTACK, "#/properties/error")
    own = {
        "number": said(or_null({"type": "integer"}), "Negative errno; 0 is an acknowledgement."),
        "name": said(STRING, "Name of the error."),
        "text": said(STRING, "Text of the error."),
        "path": said(STRING, "Path, in the request, of the attribute that `offset` points at."),
        "missing": said(STRING, "Path, in the request, of the attribute that is missing."),
    }
    return {**extack, "properties": own | extack["properties"], "required": ["number"]}


def _of_family(family: Family, definitions: Definitions) -> Schema:
    return {
        "cmd": or_null(_commands(family)),
        "attrs": or_null(definitions.of(family.attrs)),
        "dp_ifindex": or_null({"type": "integer"}) if family.header else NULL,
    }


def _commands(family: Family) -> Schema:
    """Return the schema of a command's name, or its number as text; null in a request whose command is unknown."""
    told: list[Command] = list(family.commands)
    return {"anyOf": [{"enum": [command.name for command in told]}, NUMBER, NULL]}


def _if(where: Mapping[str, str], then: Schema) -> Schema:
    """Return a condition: properties of an object whose other properties have these values."""
    return {"if": {"properties": {name: {"const": value} for name, value in where.items()}}, "then": {"properties": then}}


def _has(name: str, values: list[str]) -> Schema:
    return {"properties": {name: {"enum": values}}}


def _all(*schemas: Schema) -> Schema:
    """Return the conjunction of schemas of an object's properties."""
    return {"properties": {name: value for schema in schemas for name, value in schema["properties"].items()}}
