"""Which field makes flows differ: for each field its number of values, and how many fewer flows there would be without it.

This takes one pass: a flow is the xor of the hashes of its masked fields, and the flow without a field is the xor without that hash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from struct import Struct as Layout
from typing import Any, Final, NamedTuple

from ovsdissect.analysis.distinct import Distinct
from ovsdissect.analysis.keys import flat
from ovsdissect.byteorder import ByteOrder
from ovsdissect.families.flow_key import KEY
from ovsdissect.grammar import AttrSet, Struct
from ovsdissect.grammar.attrs import NLA_HEADER, attributes
from ovsdissect.grammar.wire import MalformedError, Pad

PLANS: Final = 1024
VALUES: Final = 4096  # hashes of values that are remembered
TOP: Final = 5
DEEPEST: Final = 8


@dataclass(frozen=True, slots=True)
class FieldSpread:
    """field: a name of the display filter. values: how many different ones.

    factor: the number of flows that have the field, divided by the number that would remain without it.
    """

    field: str
    values: int
    factor: float


class Place(NamedTuple):
    """A field of a key: its path as in keys.flat(), and its offset in that attribute's payload and in the key."""

    name: str
    path: tuple[int, ...]
    inside: int
    start: int
    end: int


class Field:
    """A field's counters: of its values, of the flows that have it (per set of masked fields), and of those flows without it."""

    __slots__ = ("flows", "values", "without")

    def __init__(self) -> None:
        self.values, self.without = Distinct(), Distinct()
        self.flows: dict[int, Distinct] = {}

    @property
    def factor(self) -> float:
        """How many times fewer flows there would be without it."""
        return sum(flows.count for flows in self.flows.values()) / max(self.without.count, 1)


class Masked:
    """A field under one mask. hashes: those of recent values, by the unmasked value."""

    __slots__ = ("field", "hashes", "mask", "name")

    def __init__(self, name: bytes, mask: bytes, field: Field) -> None:
        self.name, self.mask, self.field = name, mask, field
        self.hashes: dict[bytes, int] = {}

    def hash(self, value: bytes) -> int:
        """Return the hash of a value."""
        found = self.hashes.get(value)
        if found is None:
            found = _hash(self.name, value, self.mask)
            if len(self.hashes) >= VALUES:
                self.hashes.clear()
            self.hashes[value] = found
        return found


class Plan:
    """Where the masked fields are in keys with a certain layout of attributes.

    heads, under bits: the attribute headers of such a key. flows: those with exactly these masked fields.
    """

    __slots__ = ("bits", "fields", "flows", "heads", "unpack")

    def __init__(self, bits: int, heads: int, unpack: Callable[[bytes], tuple[Any, ...]], fields: list[Masked], flows: Distinct) -> None:
        self.bits, self.heads, self.unpack, self.fields, self.flows = bits, heads, unpack, fields, flows


class Spread:
    """The fields of the flows that were put."""

    def __init__(self) -> None:
        self._fields: dict[str, Field] = {}
        self._plans: dict[tuple[bytes | None, int], list[Plan]] = {}
        self._flows: dict[tuple[tuple[bytes, bytes], ...], Distinct] = {}
        self._count = 0

    def add(self, key: bytes, mask: bytes | None, order: ByteOrder) -> None:
        """Take a flow that was put; without a mask every bit counts."""
        plan = self._plan(key, mask, order)
        hashes = [one.hash(value) for one, value in zip(plan.fields, plan.unpack(key), strict=True)]
        whole = 0
        for one_hash in hashes:
            whole ^= one_hash
        plan.flows.add(whole)
        for at, one in enumerate(plan.fields):
            one_hash = hashes[at]
            one.field.values.add(one_hash)
            one.field.without.add(one_hash ^ whole)

    def top(self, most: int = TOP) -> list[FieldSpread]:
        """Return the fields with the highest factors."""
        found = [FieldSpread(name, field.values.count, field.factor) for name, field in self._fields.items()]
        return sorted(found, key=lambda one: (-one.factor, -one.values, one.field))[:most]

    def _plan(self, key: bytes, mask: bytes | None, order: ByteOrder) -> Plan:
        number = int.from_bytes(key, "little")
        plans = self._plans.get((mask, len(key)))
        if plans is not None:
            for plan in plans:
                if number & plan.bits == plan.heads:
                    return plan
        if self._count >= PLANS:
            self._plans.clear()
            self._count = 0
        made = self._made(key, mask, order)
        self._plans.setdefault((mask, len(key)), []).append(made)
        self._count += 1
        return made

    def _made(self, key: bytes, mask: bytes | None, order: ByteOrder) -> Plan:
        masks = None if mask is None else flat(mask, order)
        heads = bytearray(len(key))
        layout, at, fields = "<", 0, list[Masked]()
        for place in places(key, order, heads):
            size = place.end - place.start
            bits = b"\xff" * size
            if masks is not None:
                bits = masks.get(place.path, b"")[place.inside : place.inside + size].ljust(size, b"\0")
            if any(bits):
                layout += f"{place.start - at}x{size}s"
                at = place.end
                field = self._fields.setdefault(place.name, Field())
                fields.append(Masked(place.name.encode(), bits, field))
        layout += f"{len(key) - at}x"
        # keys that differ only in what is not masked have the same masked fields
        signature = tuple((one.name, one.mask) for one in fields)
        flows = self._flows.get(signature)
        if flows is None:
            if len(self._flows) >= PLANS:
                signature = ()
            flows = self._flows.setdefault(signature, Distinct())
        for one in fields:
            one.field.flows[id(flows)] = flows
        bits_of_heads = int.from_bytes(heads, "little")
        return Plan(bits_of_heads, int.from_bytes(key, "little") & bits_of_heads, Layout(layout).unpack, fields, flows)


def _hash(name: bytes, value: bytes, mask: bytes) -> int:
    masked = (int.from_bytes(value, "little") & int.from_bytes(mask, "little")).to_bytes(len(value), "little")
    return int.from_bytes(blake2b(name + b"\0" + masked + mask, digest_size=8).digest(), "little")


def places(key: bytes, order: ByteOrder, heads: bytearray) -> Iterator[Place]:
    """Yield the fields of a key in the order of its bytes; sets the bits of attribute headers in `heads`."""
    yield from _places(key, 0, len(key), order, KEY, (), "key", heads)


def _places(
    key: bytes, begin: int, after: int, order: ByteOrder, attrs: AttrSet, path: tuple[int, ...], name: str, heads: bytearray
) -> Iterator[Place]:
    try:
        for number, _flags, first, last, _padding in attributes(key[begin:after], order):
            start, end = begin + first, begin + last
            heads[start - NLA_HEADER : start] = b"\xff" * NLA_HEADER
            row = attrs.row(number)
            below = (*path, number)
            if isinstance(row.wire, AttrSet) and len(path) < DEEPEST:
                yield from _places(key, start, end, order, row.wire, below, f"{name}.{row.name}", heads)
            elif isinstance(row.wire, Struct) and row.wire.size == end - start:
                for member, offset in zip(row.wire.members, row.wire.offsets, strict=True):
                    if not isinstance(member.wire, Pad):
                        size = member.wire.size or 0
                        yield Place(f"{name}.{row.name}.{member.name}", below, offset, start + offset, start + offset + size)
            elif end > start:
                yield Place(f"{name}.{row.name}", below, 0, start, end)
    except MalformedError:
        return
