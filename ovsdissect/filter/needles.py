"""What must stand in the bytes of a message that passes a condition, found by a search that knows nothing of the message's structure.

A value of a fixed layout stands behind its attribute's header, wherever that is nested.  Where the two occur nowhere, no walk finds them;
where they do occur, it may be by chance.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Final, NamedTuple

from ovsdissect.filter.checks import Check, Clue
from ovsdissect.filter.fields import ATTRIBUTES, INNER
from ovsdissect.filter.gather import ROOTS, Leaf, Selection, leaves
from ovsdissect.filter.literals import Constant
from ovsdissect.filter.types import Key
from ovsdissect.grammar import Attr, ByteOrder, Masked, MaskedSet, Struct
from ovsdissect.grammar.attrs import NLA_F_NESTED, NLA_F_NET_BYTEORDER, NLA_HEADER
from ovsdissect.grammar.fieldnames import Place, slice_of
from ovsdissect.grammar.wire import PREFIX, Label, Octets, Part, Wire
from ovsdissect.tree.node import UNDECODED

Search = Callable[[bytes, int, int], object]

_FLAGS: Final = (0, NLA_F_NET_BYTEORDER, NLA_F_NESTED, NLA_F_NET_BYTEORDER | NLA_F_NESTED)
_SHORTEST: Final = 2  # bytes of a value of the inner packet: one byte is in every message


class Held(NamedTuple):
    """How an attribute of fixed layout holds a value: the attribute's number and size, the value's leaf, the slice that it is.

    size: None where the attribute may have any, as a struct.
    """

    number: int
    size: int | None
    leaf: Leaf
    part: Part | None

    @property
    def key(self) -> Key:
        """The type of the value."""
        return self.part or self.leaf.key


def search(clue: Clue, family: str, order: ByteOrder) -> Search | None:
    """What finds nothing in messages of a family that a clue's condition does not hold of; None where every message must be looked at.

    It searches the bytes of a record from the start to the end of a message that is there in full.
    """
    field = clue.field
    if clue.quantifier == "there" or clue.rules(UNDECODED) is not None:
        return None  # bytes that nothing decodes pass too
    if field.cost == INNER:
        return _pattern([_inner(key, clue) for key in field.types])
    if field.cost != ATTRIBUTES or field.source != "attrs":
        return None
    alive = Selection(field.places).alive(ROOTS[family])
    patterns: list[bytes | None] = []
    searches: list[Search] = []
    for place in field.places:
        if place not in alive:
            continue
        held = _held(place, alive, order)
        if held is None:
            return None
        check = clue.checks(held.key)
        if check is not None:
            pattern = _equal(held, clue, order)
            if pattern is not None:
                patterns.append(pattern)
            else:
                searches.append(_checked(held, check, order))
    if patterns:
        searches += [found for found in [_pattern(patterns)] if found]
    if len(searches) == 1:
        return searches[0]
    return lambda data, start, end: any(one(data, start, end) for one in searches)


def _held(place: Place, alive: frozenset[Place], order: ByteOrder) -> Held | None:
    """How a place's value is held; None where its attribute's layout is not fixed, or its number is any."""
    route = (*place.above, place)
    at = max(i for i, one in enumerate(route) if one.part is None and (isinstance(one.row, Attr) or not i))
    holder = route[at]
    row = holder.row
    # the attributes of a masked set are doubled; elements of a list are numbered
    if not isinstance(row, Attr) or any(isinstance(one.wire, MaskedSet) for one in route) or route[at - 1].element is holder:
        return None
    if holder.wire.size is None or (isinstance(holder.wire, Masked) and isinstance(holder.wire.halves[0].wire, Struct)):
        return None
    size = None if isinstance(holder.wire, Struct) else holder.wire.size
    for leaf in leaves(holder, holder.wire, 0, alive, order):
        if leaf is None:
            return None
        if leaf.place is place:
            return Held(row.number, size, leaf, None)
        for below, part in leaf.slices:
            if below is place:
                return Held(row.number, size, leaf, part)
    return None


def _header(held: Held, order: ByteOrder) -> tuple[bytes, bytes]:
    """The patterns of the first byte of an attribute's header, and of the others, with any flags."""
    kinds = [struct.pack(PREFIX[order] + "H", held.number | flags) for flags in _FLAGS]
    kind = b"(?:" + b"|".join(re.escape(kind) for kind in kinds) + b")"
    if held.size is None:
        return b".", b"." + kind
    length = struct.pack(PREFIX[order] + "H", NLA_HEADER + held.size)
    return re.escape(length[:1]), re.escape(length[1:]) + kind


def _equal(held: Held, clue: Clue, order: ByteOrder) -> bytes | None:
    """The pattern of an attribute that has one of the clue's values."""
    values = [_value(held.key, one, order) for one in clue.equal.get(held.key, ())]
    if not values or None in values:
        return None
    after = b".{%d}(?:" % held.leaf.offset + b"|".join(value for value in values if value is not None) + b")"
    return b"".join(_header(held, order)) + after


def _value(key: Key, constant: Constant, order: ByteOrder) -> bytes | None:
    """The pattern of the bytes of a value, or of those that begin with a prefix of whole bytes."""
    value, mask = constant
    if not isinstance(key, Wire) or key.size is None:
        return None
    try:
        packed = key.packed(value, order)
    except (ValueError, TypeError, struct.error):
        return None
    if mask is None:
        return re.escape(packed)
    kept = mask.to_bytes(len(packed), "big")
    if any(0 < bits < 255 for bits in kept):
        return None
    return b"".join(re.escape(bytes((byte,))) if bits else b"." for byte, bits in zip(packed, kept, strict=True))


def _inner(key: Key, clue: Clue) -> bytes | None:
    """The pattern of the values of a field of the inner packet: bytes in a row, in network order."""
    if not isinstance(key, Wire) or isinstance(key, Label) or (key.size or 0) < _SHORTEST:
        return None
    if not isinstance(key, Octets) and not key.code.startswith(">"):
        return None
    values = [_value(key, one, "big") for one in clue.equal.get(key, ())]
    return None if not values or None in values else b"|".join(value for value in values if value is not None)


def _pattern(patterns: list[bytes | None]) -> Search | None:
    """The search for one of some patterns; None where one of them is any bytes."""
    if None in patterns:
        return None
    return re.compile(b"|".join(dict.fromkeys(pattern for pattern in patterns if pattern is not None)), re.DOTALL).search


def _checked(held: Held, check: Check, order: ByteOrder) -> Search:
    """The search for an attribute whose value passes a check."""
    # what looks like a header may hide one that begins inside it: a match is one byte, and looks ahead at the others
    first, rest = _header(held, order)
    wire = held.leaf.key
    size = (wire.size if isinstance(wire, Wire) else None) or 0
    find = re.compile(first + b"(?=" + rest + b".{%d}(.{%d}))" % (held.leaf.offset, size), re.DOTALL).findall
    read, part = held.leaf.read, held.part

    def passes(data: bytes, start: int, end: int) -> bool:
        for value in find(data, start, end):
            raw = read(value, 0)
            if check(raw if part is None else slice_of(part, raw)):
                return True
        return False

    return passes
