"""The JSON Schema of `ovsdissect json`, made from the rows: a new attribute is in it as soon as it is declared.

A set of attributes is one definition, named after the set; everything that a message can hold is listed, anything else is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ovsdissect.families import FAMILIES
from ovsdissect.filter.told import FIELDS as TOLD
from ovsdissect.filter.types import BOOL
from ovsdissect.grammar import Array, AttrList, AttrSet, Command, Family, Masked, MaskedSet, Options, Struct, Variant
from ovsdissect.grammar.wire import Bits, Enum, Flag, Flags, Hex, Int, Packet, Pad, Part, Sized, Text, Wire
from ovsdissect.json.jsonline import SCHEMA_VERSION
from ovsdissect.netlink.headers import EXTACK, FLAG_NAMES, PROTOCOLS
from ovsdissect.problem import ProblemKind

Schema = dict[str, Any]

KINDS: Final = ("message", "error", "ack", "done", "noop", "overrun", "record")

NULL: Final[Schema] = {"type": "null"}
STRING: Final[Schema] = {"type": "string"}
HEX_BYTES: Final[Schema] = {"type": "string", "pattern": "^([0-9a-f]{2})*$"}
HEX_NUMBER: Final[Schema] = {"type": "string", "pattern": "^0x[0-9a-f]+$"}
UUID: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
UNDECODED: Final[Schema] = {"$ref": "#/$defs/undecoded"}
REST: Final[Schema] = {**HEX_BYTES, "description": "Bytes that no member has in full: the struct is longer or shorter than it is known."}

# the text forms of values of a fixed number of bytes, by kind
OCTETS: Final[Mapping[str, Schema]] = {
    "ipv4": {"type": "string", "format": "ipv4", "pattern": r"^[0-9]{1,3}(\.[0-9]{1,3}){3}$"},
    "ipv6": {"type": "string", "format": "ipv6", "pattern": "^[0-9a-f:.]{2,45}$"},
    "mac": {"type": "string", "pattern": "^[0-9a-f]{2}(:[0-9a-f]{2}){5}$"},
    "uuid": UUID,
}


def schema() -> Schema:
    """The schema of one line."""
    definitions = Definitions()
    top = _top(definitions)
    decoded = [_if({"kind": "message", "family": name}, _of_family(family, definitions)) for name, family in FAMILIES.items()]
    requests = [
        _if({"family": name}, {"cmd": _commands(family), "attrs": definitions.of(family.attrs)}) for name, family in FAMILIES.items()
    ]
    nothing = {"cmd": NULL, "version": NULL, "dp_ifindex": NULL, "attrs": NULL}
    others = {"if": {"properties": {"kind": {"const": "message"}, "family": {"enum": list(FAMILIES)}}}, "else": {"properties": nothing}}
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
            others,
            {"if": _has("kind", ["error", "ack"]), "then": {"required": ["error", "request"]}},
            {"if": _has("kind", ["error", "ack", "done"]), "else": {"properties": {"error": False}}},
            {"if": _has("kind", ["message"]), "else": {"properties": {"family": NULL}}},
            {"if": _has("kind", ["record"]), "then": {"properties": {"number": NULL, "nlmsg": NULL}}},
        ],
        "$defs": {
            **dict(sorted(definitions.made.items())),
            "undecoded": {
                "description": "A value whose bytes are not of its type's length, or that the capture cut.",
                **_object({"undecoded": HEX_BYTES}),
            },
            "request": {
                "description": "The request that a message answers; attrs only where an error echoes it.",
                "type": "object",
                "properties": {"number": _or_null(COUNT), "family": _or_null(STRING), "cmd": {}, "attrs": {}},
                "required": ["number", "family", "cmd"],
                "additionalProperties": False,
                "allOf": requests,
            },
        },
    }


_OPTIONAL: Final = ("protocol", "error", "request", "upcall", "flow", "odp", "raw", "fields")


def _top(definitions: Definitions) -> Schema:
    """The keys of a line, in their order."""
    flags = sorted({name for names in FLAG_NAMES.values() for name in names.numbers} | {"dump"})
    nlmsg = {"len": COUNT, "type": COUNT, "flags": _flag_list(flags), "seq": COUNT, "pid": COUNT}
    return {
        "kind": {"enum": list(KINDS)},
        "number": _or_null({**COUNT, "description": "Counts every netlink message of the capture."}),
        "record": _or_null({**COUNT, "description": "Wireshark's frame number."}),
        "index": _or_null({**COUNT, "description": "The message's place in its record."}),
        "time": _or_null({"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}Z$"}),
        "time_ns": _or_null({"type": "integer"}),
        "direction": {"enum": ["to-kernel", "to-user", None]},
        "nlmsg": _or_null(_object(nlmsg)),
        "family": _or_null(STRING),
        "cmd": {"type": ["string", "integer", "null"]},
        "version": _or_null({"type": "integer", "minimum": 0, "maximum": 255}),
        "dp_ifindex": _or_null({"type": "integer"}),
        "attrs": {},
        "problems": {"type": "array", "items": PROBLEM},
        "protocol": {"description": "Where it is not generic netlink.", "anyOf": [{"enum": list(PROTOCOLS.values())}, COUNT]},
        "error": _error(definitions),
        "request": {"$ref": "#/$defs/request"},
        "upcall": {"description": "With --upcalls: what became of an upcall; of a put or an EXECUTE, which it answers.", **_told("upcall")},
        "flow": {"description": "With --upcalls: of the message that put a flow, and of the one that ended it.", **_told("flow")},
        "odp": _object(dict.fromkeys(("key", "mask", "flow", "actions", "line"), STRING), required=()),
        "raw": {**HEX_BYTES, "description": "The message's bytes."},
        "fields": {
            "description": "Where the value at each path stands: offset in the record, length, nla flags.",
            "type": "object",
            "additionalProperties": {"type": "array", "items": COUNT, "minItems": 3, "maxItems": 3},
        },
    }


def _told(kind: str) -> Schema:
    """The fields of a kind that later messages tell, with durations in nanoseconds."""
    members = {}
    for field in TOLD:
        of, _, name = field.name.partition(".")
        if of == kind:
            words = {"enum": list(field.type.words)} if field.type.words else {"type": "boolean"} if field.type is BOOL else COUNT
            members[name] = {**words, "description": field.doc}
    return _object(members, ())


def _error(definitions: Definitions) -> Schema:
    """What failed: the number with its words, and the extended ACK's attributes beside them."""
    said = definitions.members(EXTACK, "#/properties/error")
    own = {"number": _or_null({"type": "integer"}), "name": STRING, "text": STRING, "path": STRING, "missing": STRING}
    return {**said, "properties": own | said["properties"], "required": ["number"]}


def _of_family(family: Family, definitions: Definitions) -> Schema:
    return {
        "cmd": _or_null(_commands(family)),
        "attrs": _or_null(definitions.of(family.attrs)),
        "dp_ifindex": _or_null({"type": "integer"}) if family.header else NULL,
    }


def _commands(family: Family) -> Schema:
    """A command's name, its number where it has none; null in a request whose command is not known."""
    told: list[Command] = list(family.commands)
    return {"anyOf": [{"enum": [command.name for command in told]}, {"type": ["integer", "null"]}]}


def _if(where: Mapping[str, str], then: Schema) -> Schema:
    """Properties of an object whose other properties have these values."""
    return {"if": {"properties": {name: {"const": value} for name, value in where.items()}}, "then": {"properties": then}}


def _has(name: str, values: list[str]) -> Schema:
    return {"properties": {name: {"enum": values}}}


def _or_null(one: Schema) -> Schema:
    return {"anyOf": [one, NULL]}


def _object(properties: Schema, required: tuple[str, ...] | None = None) -> Schema:
    """An object with these keys and no others, all of them there unless `required` says which."""
    needed = list(properties if required is None else required)
    return {"type": "object", "properties": properties, "additionalProperties": False} | ({"required": needed} if needed else {})


def _flag_list(names: list[str]) -> Schema:
    """Names of flags; an unknown bit is a hex number."""
    return {"type": "array", "items": {"anyOf": [{"enum": names}, HEX_NUMBER]}}


PROBLEM: Final = _object(
    {"kind": {"enum": [str(kind) for kind in ProblemKind]}, "path": STRING, "offset": COUNT, "length": COUNT, "text": STRING}
)
CHECKSUM: Final = _object({"path": STRING, "value": COUNT, "expected": COUNT, "good": {"type": "boolean"}})


class Definitions:
    """The definitions of attribute sets, each made once, when the first value of its type is met."""

    def __init__(self) -> None:
        self.made: dict[str, Schema] = {}
        self._sets: dict[str, AttrSet] = {}

    def of(self, attrs: AttrSet) -> Schema:
        """A reference to a set's definition."""
        name = attrs.set_name
        if self._sets.setdefault(name, attrs) is not attrs:
            raise ValueError(f"two attribute sets are called {name}")
        if name not in self.made:
            self.made[name] = {}  # its rows may refer to it
            self.made[name] = self._actions(attrs) if attrs.ordered else self.members(attrs, f"#/$defs/{name}")
        return {"$ref": f"#/$defs/{name}"}

    def members(self, attrs: AttrSet, place: str) -> Schema:
        """A set as an object: a key for each row, "name#2" for a second one, what is unknown by its number, what is broken as "undecoded".

        `place` is where the object itself stands in the schema.
        """
        properties: Schema = {}
        patterns: Schema = {}
        for row in attrs.rows:
            if row.wire.kind != "pad":
                value = self.broken(row.wire)
                properties[row.name] = {"description": row.doc, **value} if row.doc else value
                patterns[f"^{row.name}#[0-9]+$"] = {"$ref": f"{place}/properties/{row.name}"}
        patterns["^attr_[0-9]+(#[0-9]+)?$"] = HEX_BYTES
        properties["undecoded"] = {**HEX_BYTES, "description": "Bytes after the last attribute that can be read."}
        return {"type": "object", "properties": properties, "patternProperties": patterns, "additionalProperties": False}

    def _actions(self, attrs: AttrSet) -> Schema:
        """A set whose order counts: an array of objects of one key each, in which no name stands twice."""
        one = self.members(attrs, "") | {"patternProperties": {"^attr_[0-9]+$": HEX_BYTES}, "minProperties": 1, "maxProperties": 1}
        return {"type": "array", "items": one}

    def broken(self, wire: Wire) -> Schema:
        """A value, or its bytes where they are not of its type's length; of a struct the members that these bytes have in full."""
        whole = _object(self._members(wire) | {"rest": REST}, ()) if isinstance(wire, Struct) else self.value(wire)
        return whole if whole is HEX_BYTES or isinstance(wire, Text) else {"anyOf": [whole, UNDECODED]}

    def value(self, wire: Wire) -> Schema:
        """A value of a type."""
        if isinstance(wire, AttrSet):
            return self.of(wire)
        if isinstance(wire, AttrList):
            one = self.broken(wire.row(0).wire)
            if not wire.keyed:
                return {"type": "array", "items": one}
            numbered = {"^[0-9]+(#[0-9]+)?$": one}
            return {"type": "object", "properties": {"undecoded": HEX_BYTES}, "patternProperties": numbered, "additionalProperties": False}
        if isinstance(wire, (Masked, MaskedSet)):
            return _object({half.name: self.broken(half.wire) for half in wire.halves})
        if isinstance(wire, (Array, Options)):
            return {"type": "array", "items": self.broken(wire.element.wire if isinstance(wire, Array) else self._option(wire))}
        if isinstance(wire, Variant):
            head = self._members(wire.head)
            cases = [_object(head | {case.name: self.value(case.wire)}) for case in wire.cases.values()]
            return {"anyOf": [*cases, HEX_BYTES]}
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
                members[member.name] = {"description": member.doc, **value} if member.doc else value
        return members


def _scalar(wire: Wire) -> Schema:
    """A value that is no collection of others."""
    if isinstance(wire, Packet):
        inner = {
            "summary": {**STRING, "description": "With --inner: the packet in one line."},
            "layers": {"type": "object", "description": "With --inner: the fields of each layer, by Wireshark's names."},
            "checksums": {"type": "array", "items": CHECKSUM, "description": "With --inner: the checksums that could be verified."},
            "problems": {"type": "array", "items": PROBLEM, "description": "With --inner: what is wrong with the packet."},
        }
        return _object({"length": COUNT, "hex": HEX_BYTES, **inner}, ("length", "hex"))
    if isinstance(wire, Text):
        return STRING
    if isinstance(wire, Flag):
        return {"const": True}
    if isinstance(wire, Bits):
        parts = {part.name: _part(part) for part in wire.parts}
        return _object(parts | {"reserved": HEX_NUMBER}, tuple(parts))
    if isinstance(wire, Flags):
        return _flag_list(list(wire.numbers))
    if isinstance(wire, Enum):
        return {"anyOf": [{"enum": list(wire.numbers)}, _range(wire)]}
    if isinstance(wire, Hex):
        return HEX_NUMBER
    if isinstance(wire, Int):
        return _range(wire)
    return OCTETS.get(wire.kind, HEX_BYTES)


def _part(part: Part) -> Schema:
    if part.kind == "bool":
        return {"type": "boolean"}
    return HEX_NUMBER if part.kind == "id" else {"type": "integer", "minimum": 0, "maximum": part.mask}


def _range(wire: Int) -> Schema:
    bits = 8 * (wire.size or 0)
    return {"type": "integer", "minimum": -(1 << bits - 1) if wire.signed else 0, "maximum": (1 << bits - wire.signed) - 1}
