"""The types of values in the filter: how they compare, and how literals of them are written.

Each is attached to a wire type by the wire type's kind.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Literal

from ovsdissect.grammar.wire import Bits, Enum, Flags, Int, Part, Wire, Words

Group = Literal["number", "octets", "text", "none"]


@dataclass(frozen=True, slots=True, eq=False)
class Type:
    """A type of value. Instances compare by identity, so that each can be a key.

    kind: a wire type's kind, "time" or "duration" (nanoseconds), or "bool". group: what it compares as: number, octets, text or none.
    size: bits of a number, bytes of octets, None if any.
    names: words for numbers. words: the texts that it can be; `open`: others are accepted too.
    decode: from the raw value to what is compared. parts: the slices that a number consists of.
    """

    kind: str
    group: Group
    size: int | None = None
    signed: bool = False
    names: Mapping[str, int] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    open: bool = True
    decode: Callable[[Any], Any] | None = None
    parts: tuple[Part, ...] = ()


NUMBERS: Final = frozenset(("uint", "int", "id", "enum", "flags", "bits"))
OCTETS: Final = frozenset(("ipv4", "ipv6", "mac", "uuid", "bytes", "packet"))

UINT: Final = Type("uint", "number")
TIME: Final = Type("time", "number", signed=True)
DURATION: Final = Type("duration", "number", signed=True)
BOOL: Final = Type("bool", "number", 1)
TEXT: Final = Type("text", "text")
BYTES: Final = Type("bytes", "octets")
NONE: Final = Type("none", "none")

Key = Wire | Part | Type


@cache
def type_of(key: Key) -> Type:
    """Return the type of what a wire type, or one slice of an integer, holds."""
    if isinstance(key, Type):
        return key
    if isinstance(key, Part):
        return BOOL if key.kind == "bool" else Type("id" if key.kind == "id" else "uint", "number", _width(key))
    kind = key.kind
    if kind == "flag":
        return Type("flag", "number", 1)
    if kind in NUMBERS:
        names = {name: number for number, name in key.names.items()} if isinstance(key, Int) else {}
        parts = key.parts if isinstance(key, Bits) else ()
        return Type(kind, "number", (key.size or 0) * 8, isinstance(key, Int) and key.signed, names, open=not _closed(key), parts=parts)
    if isinstance(key, Words):
        return Type(kind, "octets", key.size, decode=lambda raw: struct.pack(">4I", *raw))
    if kind in OCTETS:
        return Type(kind, "octets", key.size)
    if kind == "text":
        return Type("text", "text", decode=key.value)
    return NONE


def _width(part: Part) -> int:
    """Return the bits of a slice's largest value, which may be a multiple of the number that its bits hold."""
    most = part.of(part.mask << part.shift)
    return max(part.width, most.bit_length()) if isinstance(most, int) else part.width


def _closed(wire: Wire) -> bool:
    return isinstance(wire, Flags) or (isinstance(wire, Enum) and wire.closed)


SINGULAR: Final = {
    "uint": "a number",
    "int": "a number",
    "id": "a number",
    "bits": "a number",
    "enum": "a name or its number",
    "flags": "names joined by | or as +new+trk, or a number",
    "bool": "true or false",
    "flag": "true or false",
    "ipv4": "an IPv4 address, with /prefix or without",
    "ipv6": "an IPv6 address, with /prefix or without",
    "mac": "a MAC address",
    "uuid": "a UUID, or the beginning of one",
    "bytes": 'bytes as 0a:1b:2c, or "text"',
    "packet": 'bytes as 0a:1b:2c, or "text"',
    "text": "a text in quotes",
    "time": 'a time as 2026-11-23T05:48:14.5Z, "2026-11-23 05:48:14" or seconds since 1970',
    "duration": "a number of seconds, or one with s, ms, us or ns",
}


def literal_form(type_: Type) -> str:
    """Return how a literal of a type is written."""
    return SINGULAR[type_.kind]
