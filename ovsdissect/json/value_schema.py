"""The JSON Schema of values, by their wire types: scalars, structs, sets of attributes.

A set of attributes is one definition, named after the set; everything that it can hold is listed, anything else is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ovsdissect.grammar import Array, AttrList, AttrSet, Masked, MaskedSet, Options, Struct, Variant
from ovsdissect.grammar.wire import Bits, Enum, Flag, Flags, Hex, Int, Packet, Pad, Part, Sized, Text, Wire
from ovsdissect.json.symbols import has_symbols
from ovsdissect.problem import ProblemKind

Schema = dict[str, Any]

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


def said(one: Schema, text: str) -> Schema:
    """Return a value's schema with a description."""
    return {**one, "description": text}


def or_null(one: Schema) -> Schema:
    return {"anyOf": [one, NULL]}


def keyed(properties: Schema, required: tuple[str, ...] | None = None) -> Schema:
    """Return an object with these keys and no others, all required unless `required` lists them."""
    needed = list(properties if required is None else required)
    return {"type": "object", "properties": properties, "additionalProperties": False} | ({"required": needed} if needed else {})


def flag_list(names: list[str]) -> Schema:
    """Return a list of flag names; an unknown bit is a hex number."""
    return {"type": "array", "items": {"anyOf": [{"enum": names}, HEX_NUMBER]}}


PROBLEM: Final = keyed(
    {
        "kind": said({"enum": [str(kind) for kind in ProblemKind]}, "Kind of the problem."),
        "path": said(STRING, "Path of the value that it is about."),
        "offset": said(COUNT, "Where the bytes stand in the record, or in the packet."),
        "length": said(COUNT, "How many bytes."),
        "text": said(STRING, "A sentence."),
    }
)
CHECKSUM: Final = keyed(
    {
        "path": said(STRING, "Path of the checksum."),
        "value": said(COUNT, "As it stands in the packet."),
        "expected": said(COUNT, "As it should be."),
        "good": said({"type": "boolean"}, "Whether they are equal; hardware offload leaves unfinished ones."),
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
                properties[row.name] = said(self.broken(row.wire), row.doc)
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
        whole = keyed(self._members(wire) | {"rest": REST}, ()) if isinstance(wire, Struct) else self.value(wire)
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
            return keyed({half.name: said(self.broken(half.wire), half.doc) for half in wire.halves})
        if isinstance(wire, (Array, Options)):
            return {"type": "array", "items": self.broken(wire.element.wire if isinstance(wire, Array) else self._option(wire))}
        if isinstance(wire, Variant):
            head = self._members(wire.head)
            cases = [keyed(head | {case.name: said(self.value(case.wire), case.doc)}) for case in wire.cases.values()]
            return {"anyOf": [*cases, UNDECODED]}
        if isinstance(wire, Struct):
            members = self._members(wire)
            return keyed(members, tuple(name for name in members if name != "reserved" or name in wire.fields))
        if isinstance(wire, Sized):
            wires = [*wire.cases.values(), *([wire.other] if wire.other else [])]
            return {"anyOf": [self.value(one) for one in wires]}
        return scalar(wire)

    def _option(self, wire: Options) -> Struct:
        return Struct(*wire.head.members, wire.data)

    def _members(self, wire: Struct) -> Schema:
        members: Schema = {}
        for member in wire.members:
            if isinstance(member.wire, Pad):
                continue
            if member.inline:
                members |= scalar(member.wire)["properties"]
            else:
                value = self.value(member.wire)
                members[member.name] = said(value, member.doc)
        return members


def scalar(wire: Wire) -> Schema:
    """Return the schema of a single value."""
    if isinstance(wire, Packet):
        return _packet()
    if isinstance(wire, Text):
        return STRING
    if isinstance(wire, Flag):
        return {"const": True}
    if isinstance(wire, Bits):
        parts = {part.name: said(_part(part), part.doc or _bits(part)) for part in wire.parts}
        return keyed(parts | {"reserved": said(HEX_NUMBER, "Bits that have no name, where one is set.")}, tuple(parts))
    if isinstance(wire, Flags):
        return flag_list(list(wire.numbers))
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
        "length": said(COUNT, "Bytes of the packet in the message; the capture may have cut them."),
        "hex": said(HEX_BYTES, "The bytes."),
        "summary": said(STRING, "With --inner: the packet in one line."),
        "layers": {"$ref": LAYERS, "description": "With --inner: the layers, whose paths are the names of the filter's fields."},
        "checksums": said({"type": "array", "items": CHECKSUM}, "With --inner: the checksums that could be verified."),
        "problems": said({"type": "array", "items": PROBLEM}, "With --inner: what is wrong with the packet."),
    }
    return keyed(inner, ("length", "hex"))


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
