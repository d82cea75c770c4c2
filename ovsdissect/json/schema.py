"""The JSON Schema of `ovsdissect json`, made from the rows: a new attribute is in it as soon as it is declared.

A set of attributes is one definition, named after the set. Everything that a message can hold is listed; anything else is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from ovsdissect.families import FAMILIES
from ovsdissect.filter.told import FIELDS as TOLD
from ovsdissect.filter.types import BOOL
from ovsdissect.grammar import Array, AttrList, AttrSet, Command, Family, Masked, MaskedSet, Options, Struct, Variant
from ovsdissect.grammar.wire import Bits, Enum, Flag, Flags, Hex, Int, Packet, Pad, Part, Sized, Text, Wire
from ovsdissect.json.jsonline import SCHEMA_VERSION
from ovsdissect.json.layer_schema import layers_schema
from ovsdissect.json.symbols import has_symbols
from ovsdissect.netlink.headers import EXTACK, FLAG_NAMES, PROTOCOLS
from ovsdissect.problem import ProblemKind

Schema = dict[str, Any]

KINDS: Final = ("message", "error", "ack", "done", "noop", "overrun", "record")
ANSWERS: Final = ("error", "ack", "done")

NULL: Final[Schema] = {"type": "null"}
STRING: Final[Schema] = {"type": "string"}
HEX_BYTES: Final[Schema] = {"type": "string", "pattern": "^([0-9a-f]{2})*$"}
HEX_NUMBER: Final[Schema] = {"type": "string", "pattern": "^0x[0-9a-f]+$"}
UUID: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
UNDECODED: Final[Schema] = {"$ref": "#/$defs/undecoded"}
LEFT: Final[Schema] = {**HEX_BYTES, "description": "Bytes after the last attribute that can be read."}
REST: Final[Schema] = {**HEX_BYTES, "description": "Bytes that no member has in full: the struct is longer or shorter than it is known."}
NUMBER: Final[Schema] = {"type": "string", "pattern": "^-?[0-9]+$", "description": "The number of a value that has no name."}

# the text forms of values with a fixed number of bytes, by kind
OCTETS: Final[Mapping[str, Schema]] = {
    "ipv4": {"type": "string", "format": "ipv4", "pattern": r"^[0-9]{1,3}(\.[0-9]{1,3}){3}$"},
    "ipv6": {"type": "string", "format": "ipv6", "pattern": "^[0-9a-f:.]{2,45}$"},
    "mac": {"type": "string", "pattern": "^[0-9a-f]{2}(:[0-9a-f]{2}){5}$"},
    "uuid": UUID,
}


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
            "layers": layers_schema(_scalar, LAYERS),
            "undecoded": {
                "description": "A value whose bytes are not of its type's length, or that the capture cut.",
                **_object({"undecoded": {**HEX_BYTES, "description": "The bytes."}}),
            },
            "request": {
                "description": "The request that a message answers; attrs only where an error echoes it.",
                "type": "object",
                "properties": {
                    "number": _said(_or_null(COUNT), "Its message number; null where it is not in the capture."),
                    "family": _said(_or_null(STRING), "Its generic netlink family."),
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
        "len": _said(COUNT, "nlmsg_len: length of the message, its header included."),
        "type": _said(COUNT, "nlmsg_type: for generic netlink the family's id."),
        "flags": _said(_flag_list(flags), "nlmsg_flags; which names the upper bits have depends on the kind of message."),
        "seq": _said(COUNT, "nlmsg_seq: sequence number."),
        "pid": _said(COUNT, "nlmsg_pid: netlink port of the sender; in an answer, of the one who asked."),
    }
    moment = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}Z$"}
    return {
        "kind": _said({"enum": list(KINDS)}, "Kind of netlink message; record: bytes outside of any message."),
        "capture": _said(STRING, "The capture, as it was named; where several were."),
        "number": _said(_or_null(COUNT), "Counts every netlink message of the capture."),
        "record": _said(_or_null(COUNT), "Wireshark's frame number."),
        "index": _said(_or_null(COUNT), "The message's place in its record."),
        "interface": _said(COUNT, "Number of the interface that the record was captured on, where the capture has several."),
        "time": _said(_or_null(moment), "When it was captured, UTC; null where the capture has no time."),
        "time_ns": _said(_or_null({"type": "integer"}), "The same time in nanoseconds since 1970."),
        "direction": _said({"enum": ["to-kernel", "to-user", None]}, "to-kernel for a request, else to-user."),
        "nlmsg": _said(_or_null(_object(nlmsg)), "struct nlmsghdr."),
        "family": _said(_or_null(STRING), "Generic netlink family, of an answer that of its request; null where it is not known."),
        "cmd": _said(_or_null(STRING), "Command, its number as text where it has no name; of an error, ACK or DONE that of its request."),
        "version": _said(_or_null({"type": "integer", "minimum": 0, "maximum": 255}), "Version of the family that the sender uses."),
        "dp_ifindex": _said(_or_null({"type": "integer"}), "Datapath: interface index of its local port."),
        "datapath": _said(_or_null(STRING), "Name of the datapath at the time; for an error, ACK or DONE, that of its request."),
        "port": _said(_or_null(STRING), "Name of the vport or of key.in_port at the time; for an answer, that of its request."),
        "attrs": {"description": "The attributes; null where the family is not decoded."},
        "problems": _said({"type": "array", "items": PROBLEM}, "What is wrong with the message, in the order of its bytes."),
        "lost": _said(COUNT, "In the first message of a record: how many records the capture says were lost before it."),
        "link_errors": _said({"type": "array", "items": STRING}, "Errors of the link layer that the capture tells of the record."),
        "comments": _said({"type": "array", "items": STRING}, "Comment on the record in the capture."),
        "protocol": _said({"anyOf": [{"enum": list(PROTOCOLS.values())}, NUMBER]}, "Netlink protocol, if it is not generic netlink."),
        "error": _said(_error(definitions), "What an error, an ACK or the end of a dump says."),
        "request": {"$ref": "#/$defs/request", "description": "The request that the message answers."},
        "upcall": _said(_told("upcall"), "With --upcalls: what became of an upcall; of a put or an EXECUTE, which it answers."),
        "flow": _said(_told("flow"), "With --upcalls: of the message that put a flow, and of the one that ended it."),
        "odp": _said(_object({name: _said(STRING, doc) for name, doc in ODP.items()}, required=()), "With --odp: Open vSwitch's own text."),
        "raw": _said(HEX_BYTES, "With --raw: the message's bytes."),
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
    return _object(members, ())


def _error(definitions: Definitions) -> Schema:
    """Return the schema of an error: the number with its name and text, and the extended ACK's attributes beside them."""
    said = definitions.members(EXTACK, "#/properties/error")
    own = {
        "number": _said(_or_null({"type": "integer"}), "Negative errno; 0 is an acknowledgement."),
        "name": _said(STRING, "Name of the error."),
        "text": _said(STRING, "Text of the error."),
        "path": _said(STRING, "Path, in the request, of the attribute that `offset` points at."),
        "missing": _said(STRING, "Path, in the request, of the attribute that is missing."),
    }
    return {**said, "properties": own | said["properties"], "required": ["number"]}


def _of_family(family: Family, definitions: Definitions) -> Schema:
    return {
        "cmd": _or_null(_commands(family)),
        "attrs": _or_null(definitions.of(family.attrs)),
        "dp_ifindex": _or_null({"type": "integer"}) if family.header else NULL,
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


def _said(one: Schema, text: str) -> Schema:
    """Return a value's schema with a description."""
    return {**one, "description": text}


def _or_null(one: Schema) -> Schema:
    return {"anyOf": [one, NULL]}


def _object(properties: Schema, required: tuple[str, ...] | None = None) -> Schema:
    """Return an object with these keys and no others, all required unless `required` lists them."""
    needed = list(properties if required is None else required)
    return {"type": "object", "properties": properties, "additionalProperties": False} | ({"required": needed} if needed else {})


def _flag_list(names: list[str]) -> Schema:
    """Return a list of flag names; an unknown bit is a hex number."""
    return {"type": "array", "items": {"anyOf": [{"enum": names}, HEX_NUMBER]}}


PROBLEM: Final = _object(
    {
        "kind": _said({"enum": [str(kind) for kind in ProblemKind]}, "Kind of the problem."),
        "path": _said(STRING, "Path of the value that it is about."),
        "offset": _said(COUNT, "Where the bytes stand in the record, or in the packet."),
        "length": _said(COUNT, "How many bytes."),
        "text": _said(STRING, "A sentence."),
    }
)
CHECKSUM: Final = _object(
    {
        "path": _said(STRING, "Path of the checksum."),
        "value": _said(COUNT, "As it stands in the packet."),
        "expected": _said(COUNT, "As it should be."),
        "good": _said({"type": "boolean"}, "Whether they are equal; hardware offload leaves unfinished ones."),
    }
)


class Definitions:
    """The definitions of attribute sets, each made when the first value of its type is met."""

    def __init__(self) -> None:
        self.made: dict[str, Schema] = {}
        self._sets: dict[str, AttrSet] = {}

    def of(self, attrs: AttrSet) -> Schema:
        """Return a reference to a set's definition."""
        name = attrs.set_name
        if self._sets.setdefault(name, attrs) is not attrs:
            raise ValueError(f"two attribute sets are called {name}")
        if name not in self.made:
            self.made[name] = {}  # rows of the set may refer to it
            self.made[name] = self._actions(attrs) if attrs.ordered else self.members(attrs, f"#/$defs/{name}")
        return {"$ref": f"#/$defs/{name}"}

    def members(self, attrs: AttrSet, place: str) -> Schema:
        """Return a set as an object: a key for each row, "name#2" for a second one, unknown attributes by number, broken ones as
        "undecoded".

        `place` is where the object itself is in the schema.
        """
        properties: Schema = {}
        patterns: Schema = {}
        for row in attrs.rows:
            if row.wire.kind != "pad":
                properties[row.name] = _said(self.broken(row.wire), row.doc)
                patterns[f"^{row.name}#[0-9]+$"] = {"$ref": f"{place}/properties/{row.name}"}
        patterns["^attr_[0-9]+(#[0-9]+)?$"] = HEX_BYTES
        properties["undecoded"] = LEFT
        return {"type": "object", "properties": properties, "patternProperties": patterns, "additionalProperties": False}

    def _actions(self, attrs: AttrSet) -> Schema:
        """Return a set whose order counts: an array of objects with one key each."""
        one = self.members(attrs, "") | {"patternProperties": {"^attr_[0-9]+$": HEX_BYTES}, "minProperties": 1, "maxProperties": 1}
        return {"type": "array", "items": one}

    def broken(self, wire: Wire) -> Schema:
        """Return a value or, if its length does not fit its type, its bytes; for a struct, the members that these bytes completely hold."""
        whole = _object(self._members(wire) | {"rest": REST}, ()) if isinstance(wire, Struct) else self.value(wire)
        return whole if whole is HEX_BYTES or isinstance(wire, Text) else {"anyOf": [whole, UNDECODED]}

    def value(self, wire: Wire) -> Schema:
        """Return the schema of a type's values."""
        if isinstance(wire, AttrSet):
            return self.of(wire)
        if isinstance(wire, AttrList):
            one = self.broken(wire.row(0).wire)
            if not wire.keyed:
                return {"type": "array", "items": one}
            numbered = {"^[0-9]+(#[0-9]+)?$": one}
            return {"type": "object", "properties": {"undecoded": LEFT}, "patternProperties": numbered, "additionalProperties": False}
        if isinstance(wire, (Masked, MaskedSet)):
            return _object({half.name: _said(self.broken(half.wire), half.doc) for half in wire.halves})
        if isinstance(wire, (Array, Options)):
            return {"type": "array", "items": self.broken(wire.element.wire if isinstance(wire, Array) else self._option(wire))}
        if isinstance(wire, Variant):
            head = self._members(wire.head)
            cases = [_object(head | {case.name: _said(self.value(case.wire), case.doc)}) for case in wire.cases.values()]
            return {"anyOf": [*cases, UNDECODED]}
        if isinstance(wire, Struct):
            members = self._members(wire)
            return _object(members, tuple(name for name in members if name != "reserved" or name in wire.fields))
        if isinstance(wire, Sized):
            wires = [*wire.cases.values(), *([wire.other] if wire.other else [])]
            return {"anyOf": [self.value(one) for one in wires]}
        return _scalar(wire)

    def _option(self, wire: Options) -> Struct:
        return Struct(*wire.head.members, wire.data)

    def _members(self, wire: Struct) -> Schema:
        members: Schema = {}
        for member in wire.members:
            if isinstance(member.wire, Pad):
                continue
            if member.inline:
                members |= _scalar(member.wire)["properties"]
            else:
                value = self.value(member.wire)
                members[member.name] = _said(value, member.doc)
        return members


def _scalar(wire: Wire) -> Schema:
    """Return the schema of a single value."""
    if isinstance(wire, Packet):
        return _packet()
    if isinstance(wire, Text):
        return STRING
    if isinstance(wire, Flag):
        return {"const": True}
    if isinstance(wire, Bits):
        parts = {part.name: _said(_part(part), part.doc or _bits(part)) for part in wire.parts}
        return _object(parts | {"reserved": _said(HEX_NUMBER, "Bits that have no name, where one is set.")}, tuple(parts))
    if isinstance(wire, Flags):
        return _flag_list(list(wire.numbers))
    if isinstance(wire, Enum):
        return {"anyOf": [{"enum": list(wire.numbers)}, NUMBER]}
    if isinstance(wire, Hex):
        return HEX_NUMBER
    if isinstance(wire, Int):
        return {"anyOf": [_range(wire), SYMBOL]} if has_symbols(wire) else _range(wire)
    return OCTETS.get(wire.kind, HEX_BYTES)


SYMBOL: Final[Schema] = {"type": "string", "description": "With --symbols: the number's name, or the number as text."}


LAYERS: Final = "#/$defs/layers"


def _packet() -> Schema:
    inner = {
        "length": _said(COUNT, "Bytes of the packet in the message; the capture may have cut them."),
        "hex": _said(HEX_BYTES, "The bytes."),
        "summary": _said(STRING, "With --inner: the packet in one line."),
        "layers": {"$ref": LAYERS, "description": "With --inner: the layers, whose paths are the names of the filter's fields."},
        "checksums": _said({"type": "array", "items": CHECKSUM}, "With --inner: the checksums that could be verified."),
        "problems": _said({"type": "array", "items": PROBLEM}, "With --inner: what is wrong with the packet."),
    }
    return _object(inner, ("length", "hex"))


def _bits(part: Part) -> str:
    """Return in words which bits a part is."""
    return f"Bit {part.shift}." if part.width == 1 else f"Bits {part.shift} to {part.shift + part.width - 1}."


def _part(part: Part) -> Schema:
    if part.kind == "bool":
        return {"type": "boolean"}
    return HEX_NUMBER if part.kind == "id" else {"type": "integer", "minimum": 0, "maximum": part.mask}


def _range(wire: Int) -> Schema:
    bits = 8 * (wire.size or 0)
    return {"type": "integer", "minimum": -(1 << bits - 1) if wire.signed else 0, "maximum": (1 << bits - wire.signed) - 1}
