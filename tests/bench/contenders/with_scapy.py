"""scapy's packets of a family, derived from its rows: a Packet for each attribute, found by its number, with scapy's fields in it.

Options of variable length, stacks of labels and NSH under set_masked stay bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from struct import Struct
from typing import Any

import orjson

from ovsdissect.grammar import AttrSet, Family, Variant, Wire
from ovsdissect.grammar.wire import Bits, Enum, Flag, Flags, Int, Label, Sized
from tests.bench.contenders.declared import NLA_TYPE_MASK, bit_fields, cases, values, without_pad

f: Any = import_module("scapy.fields")
Packet: Any = import_module("scapy.packet").Packet

HOST = {"B": f.ByteField, "H": f.LEShortField, "I": f.LEIntField, "Q": f.LELongField, "i": f.LESignedIntField, "q": f.LESignedLongField}
INTEGERS = HOST | {">H": f.ShortField, ">I": f.IntField, ">Q": f.LongField}
ADDRESSES = {"ipv4": f.IPField, "ipv6": f.IP6Field, "mac": f.MACField}
HEADER = Struct("<HH").unpack_from
_sets: dict[AttrSet, Callable[..., Any]] = {}


def texts(family: Family) -> Callable[[bytes], bytes]:
    """The function from a message, from its nlmsghdr on, to JSON text."""
    header = [f.LEIntField("len", 0), f.LEShortField("type", 0), f.LEShortField("flags", 0), f.LEIntField("seq", 0), f.LEIntField("pid", 0)]
    header += [f.ByteField("cmd", 0), f.ByteField("version", 0), f.LEShortField("reserved", 0)]
    header += [one for name, wire in (values(family.header, "") if family.header else []) for one in fields(name, wire)]
    header.append(f.PacketListField("attrs", [], next_cls_cb=attributes(family.attrs)))
    message = type(family.name, (Packet,), {"fields_desc": header, "words": {}})
    return lambda data: orjson.dumps(plain(message(data)), default=opaque)


def attributes(attrs: AttrSet) -> Callable[..., Any]:
    """The callback of a set's PacketListField: which class the next attribute is of."""
    if attrs not in _sets:
        classes: dict[int, Any] = {}

        def next_class(packet: Any, before: Any, last: Any, rest: bytes) -> Any:
            if len(rest) < 4:
                return None
            found = classes.get(HEADER(rest)[1] & NLA_TYPE_MASK, Unknown)
            return found if isinstance(found, type) else found(rest)

        _sets[attrs] = next_class  # sets are in themselves
        classes |= {row.number: packet(row.name, row.wire) for row in attrs.rows}
    return _sets[attrs]


def packet(name: str, wire: Wire) -> Any:
    """The class of an attribute, or a function that finds it by the attribute's bytes."""
    if isinstance(wire, AttrSet):
        return attribute(name, [f.PacketListField(name, [], next_cls_cb=attributes(wire), length_from=payload)], None)
    if isinstance(wire, Sized):
        found = [(fields(name, one)[0], lambda packet, size=size: packet.nla_len == size + 4) for size, one in wire.cases.items()]
        return attribute(name, [f.MultipleTypeField(found, octets(name))], None)
    if isinstance(wire, Variant):
        tag = Struct(f"<4x{wire.head.members[0].wire.code}").unpack_from
        classes = {number: whole(name, one, None) for number, one in cases(wire).items()}
        return lambda rest: classes.get(tag(rest)[0], Unknown)
    if wire.size is None or wire.kind == "pad":
        return attribute(name, [octets(name)], None)
    return whole(name, values(wire, "" if values(wire, "") != [("", wire)] else name), wire.size)


def whole(name: str, inside: list[tuple[str, Wire]], size: int | None) -> Any:
    """The class of an attribute of values of fixed size; size: that of the payload, where it is known."""
    shown = [(field.replace(".", "__"), wire) for field, wire in without_pad(inside)]
    words = {field: made for field, wire in shown if (made := conversion(wire)) is not None}
    used = sum(wire.size or 0 for _, wire in shown)
    return attribute(name, [one for field, wire in shown for one in fields(field, wire)], (used, size), words)


def attribute(name: str, inside: list[Any], sizes: tuple[int, int | None] | None, words: dict[str, Any] | None = None) -> Any:
    """The class of an attribute.  sizes: bytes in fields and in the payload, None where the fields take the whole payload."""
    if sizes is None:

        def extract_padding(self: Any, rest: bytes) -> tuple[bytes, bytes]:
            return b"", rest[-self.fields["nla_len"] % 4 :]
    elif sizes[1] is None:

        def extract_padding(self: Any, rest: bytes) -> tuple[bytes, bytes]:
            return b"", rest[(self.fields["nla_len"] - 4 + 3 & ~3) - sizes[0] :]
    else:
        skip = (sizes[1] + 3 & ~3) - sizes[0]

        def extract_padding(self: Any, rest: bytes) -> tuple[bytes, bytes]:
            return b"", rest[skip:]

    desc = [f.LEShortField("nla_len", 4), f.LEShortField("nla_type", 0), *inside]
    return type(name, (Packet,), {"fields_desc": desc, "extract_padding": extract_padding, "words": words or {}})


def fields(name: str, wire: Wire) -> list[Any]:
    """The fields of a value."""
    size = wire.size or 0
    if isinstance(wire, Flag) or wire.kind in ADDRESSES:
        return [ADDRESSES[wire.kind](name, None)] if wire.size else []
    if isinstance(wire, Label) or not isinstance(wire, Int):
        return [f.StrFixedLenField(name, b"", size)]
    swapped = -1 if not wire.code.startswith(">") and size > 1 else 1
    if isinstance(wire, Enum):
        return [f.EnumField(name, 0, wire.names, wire.code if swapped == 1 else f"<{wire.code}")]
    if isinstance(wire, Flags):
        return [f.FlagsField(name, 0, swapped * 8 * size, wire.names)]
    if isinstance(wire, Bits):
        places = [(f"{name}__{part.name if part else place}", width) for place, (part, width) in enumerate(bit_fields(wire))]
        # tot_size: the byte order of them all; for dissecting it is enough that the first says it
        return [f.BitField(one, 0, width, **({} if place else {"tot_size": swapped * size})) for place, (one, width) in enumerate(places)]
    return [INTEGERS[wire.code](name, 0)]


def payload(packet: Any) -> Any:
    """How long an attribute's payload is."""
    return packet.fields["nla_len"] - 4


def octets(name: str) -> Any:
    """A field of all the payload's bytes."""
    return f.StrLenField(name, b"", length_from=payload)


def plain(packet: Any) -> dict[str, Any]:
    """A packet's fields as a dictionary; scapy has none for JSON."""
    made = {name: [plain(one) for one in value] if type(value) is list else value for name, value in packet.fields.items()}
    for name, convert in packet.words.items():
        made[name] = convert(made[name])
    return made


def conversion(wire: Wire) -> Callable[[Any], Any] | None:
    """What is left to do for a value: scapy keeps the numbers of enumerations, and has no integers of 16 bytes in the host's order."""
    if isinstance(wire, Label):
        return lambda raw: int.from_bytes(raw, "little")
    return (lambda number: wire.names.get(number, number)) if isinstance(wire, Enum) else None


def opaque(value: Any) -> Any:
    """What orjson takes of bytes, and of flags."""
    return value.hex() if isinstance(value, bytes) else str(value).split("+") if value else []


Unknown: Any = attribute("unknown", [octets("data")], None)
