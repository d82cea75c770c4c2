"""The common part of the contenders' declarations, which are derived from the rows."""

from __future__ import annotations

from ovsdissect.grammar import Array, Member, Struct, Variant, Wire
from ovsdissect.grammar.masks import Masked
from ovsdissect.grammar.wire import Bits, Pad, Part
from ovsdissect.tree.node import join

NLA_TYPE_MASK = 0x3FFF


def values(wire: Wire, name: str) -> list[tuple[str, Wire]]:
    """The values of a type of fixed size, as they stand one behind another, with dotted names."""
    inner: tuple[Member, ...] = ()
    if isinstance(wire, Struct):
        inner = wire.members
    elif isinstance(wire, Masked):
        inner = wire.halves
    elif isinstance(wire, Array):
        inner = tuple(Member(str(place), wire.element.wire) for place in range(wire.count or 0))
    else:
        return [(name, wire)]
    return [one for member in inner for one in values(member.wire, join(name, member.name))]


def cases(wire: Variant) -> dict[int, list[tuple[str, Wire]]]:
    """The values of a union with a tag, by the tag."""
    return {tag: [*values(wire.head, ""), *values(member.wire, member.name)] for tag, member in wire.cases.items()}


def without_pad(fields: list[tuple[str, Wire]]) -> list[tuple[str, Wire]]:
    """The same values without the padding at their end."""
    return fields[:-1] if fields and isinstance(fields[-1][1], Pad) else fields


def bit_fields(wire: Bits) -> list[tuple[Part | None, int]]:
    """The slices of an integer with their widths, the highest first; None for bits between them."""
    found: list[tuple[Part | None, int]] = []
    above = 8 * (wire.size or 0)
    for part in sorted(wire.parts, key=lambda part: -part.shift):
        gap = above - part.shift - part.width
        found += [(None, gap)] * (gap > 0) + [(part, part.width)]
        above = part.shift
    return found + [(None, above)] * (above > 0)
