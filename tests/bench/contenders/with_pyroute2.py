"""pyroute2's message classes of a family, derived from its rows: nla_map by kind and size, `fields` for structs, its own atoms.

Options of variable length, stacks of labels and NSH under set_masked stay bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from socket import AF_INET6, inet_ntoa, inet_ntop
from struct import unpack_from
from typing import Any

import orjson

from ovsdissect.grammar import AttrSet, Family, Variant, Wire
from ovsdissect.grammar.wire import Bits, Enum, Flag, Flags, Int, Label, Pad, Sized, Text
from tests.bench.contenders.declared import cases, values, without_pad

netlink: Any = import_module("pyroute2.netlink")

ATOMS = {"B": "uint8", "H": "uint16", "I": "uint32", "Q": "uint64", "i": "int32", "q": "int64", ">H": "be16", ">I": "be32", ">Q": "be64"}
ADDRESSES: dict[str, Callable[[bytes], str]] = {"ipv4": inet_ntoa, "ipv6": partial(inet_ntop, AF_INET6), "mac": lambda raw: raw.hex(":")}
_sets: dict[AttrSet, Any] = {}


def texts(family: Family) -> Callable[[bytes], bytes]:
    """The function from a message, from its nlmsghdr on, to JSON text."""
    header = values(family.header, "") if family.header else []
    fields = (*netlink.genlmsg.fields, *((name, code(wire)) for name, wire in header))
    message = type(family.name, (netlink.genlmsg,), {"fields": fields, **attributes(family.attrs)})

    def text(data: bytes) -> bytes:
        decoded = message(data)
        decoded.decode()
        return orjson.dumps(decoded.dump(), default=bytes.hex)

    return text


def attributes(attrs: AttrSet) -> dict[str, Any]:
    """What a class of a set has: the map of its attributes, and their classes where pyroute2 has none."""
    rows = [(row.number, row.name, found(row.wire)) for row in attrs.rows]
    own = {name: made for _, name, made in rows if not isinstance(made, str)}
    return own | {"nla_map": tuple((number, name, made if isinstance(made, str) else name) for number, name, made in rows)}


def found(wire: Wire) -> Any:
    """The class of a type, or the name of pyroute2's own."""
    if isinstance(wire, AttrSet):
        if wire not in _sets:
            _sets[wire] = type(wire.set_name, (netlink.nla,), {})  # sets are in themselves
            for name, value in attributes(wire).items():
                setattr(_sets[wire], name, value)
        return _sets[wire]
    if isinstance(wire, Flag):
        return "flag"
    if isinstance(wire, Text):
        return "asciiz"
    if isinstance(wire, Sized):
        return "ipaddr" if all(one.kind.startswith("ip") for one in wire.cases.values()) else Octets
    if isinstance(wire, Variant):
        return union(wire)
    if wire.size is None or wire.kind == "pad":
        return Octets
    fields = values(wire, "")
    if fields == [("", wire)]:
        made = conversion(wire)
        return ATOMS[wire.code] if made is None else atom(wire, made)
    return record(fields)


def atom(wire: Wire, made: Callable[[Any], Any]) -> Any:
    """The class of one value that pyroute2 has no class for."""

    def decode(self: Any) -> None:
        netlink.nla.decode(self)
        self.value = made(self["value"])

    return type("atom", (netlink.nla,), {"fields": (("value", code(wire)),), "decode": decode})


def record(fields: list[tuple[str, Wire]]) -> Any:
    """The class of a struct: one unpacking of all its fields where they have one byte order, as nla_struct does it."""
    fields = without_pad(fields)
    codes = [code(wire) for _, wire in fields]
    network = {one[0] == ">" for (_, wire), one in zip(fields, codes, strict=True) if one[-1] not in "sxB"}
    base = netlink.nla
    if len(network) < 2:
        base = netlink.nla_struct
        codes = [one.lstrip(">=") for one in codes]
        codes[0] = (">" if True in network else "=") + codes[0]
    names = [f"_{name}" if isinstance(wire, Pad) else name for name, wire in fields]
    convert = [(name, made) for name, wire in fields if (made := conversion(wire)) is not None]

    def decode(self: Any) -> None:
        base.decode(self)
        for name, made in convert:
            self[name] = made(self[name])

    return type("record", (base,), {"fields": tuple(zip(names, codes, strict=True)), "decode": decode})


def union(wire: Variant) -> Any:
    """A function that gives the class of the case, as pyroute2's own families have them."""
    tag = code(wire.head.members[0].wire)
    classes = {number: record(fields) for number, fields in cases(wire).items()}

    def choose(parent: Any, data: bytes, offset: int) -> Any:
        return classes.get(unpack_from(tag, data, offset + 4)[0], Octets)

    return staticmethod(choose)


def code(wire: Wire) -> str:
    """The struct letters of a value."""
    letters = f"{wire.size}x" if isinstance(wire, Pad) else wire.code if isinstance(wire, Int) else f"{wire.size}s"
    return letters if letters[0] == ">" else f"={letters}"


def conversion(wire: Wire) -> Callable[[Any], Any] | None:
    """What makes a value of what unpacking gives; None where that is the value."""
    if isinstance(wire, Label):
        return lambda raw: int.from_bytes(raw, "little")
    if isinstance(wire, Enum):
        known = wire.names
        return lambda raw: known.get(raw, raw)
    if isinstance(wire, Flags):
        bits = tuple(wire.names.items())
        return lambda raw: [name for bit, name in bits if raw & bit]
    if isinstance(wire, Bits):
        parts = tuple((part.name, part.shift, part.mask) for part in wire.parts)
        return lambda raw: {name: raw >> shift & mask for name, shift, mask in parts}
    if isinstance(wire, (Int, Pad)):
        return None
    return ADDRESSES.get(wire.kind, bytes.hex)


def _decode_octets(self: Any) -> None:
    netlink.nla_string.decode(self)
    self.value = self["value"].hex()


# faster than pyroute2's own "hex", which writes each byte by itself
Octets: Any = type("Octets", (netlink.nla_string,), {"decode": _decode_octets})
