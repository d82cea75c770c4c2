"""What the offsets and numbers of an extended ACK mean: attributes of the request that it answers."""

from __future__ import annotations

from typing import Final

from ovsdissect.byteorder import ByteOrder
from ovsdissect.grammar import AttrSet, Family, Member
from ovsdissect.netlink.headers import GENLMSGHDR_LEN, NLMSGHDR_LEN
from ovsdissect.tree.node import Node, fields
from ovsdissect.tree.tree import Tree

Offender = tuple[str, Node | None]  # the path of the offending attribute, and the attribute
ALL: Final[Offender] = ("attrs", None)  # the attributes of the message itself


def attribute_at(body: bytes, family: Family, offset: int, order: ByteOrder) -> Offender | None:
    """Return the attribute whose header is at an offset of a message, None if there is none."""
    start = NLMSGHDR_LEN + GENLMSGHDR_LEN + (family.header.size or 0 if family.header else 0)
    row = Member("attrs", family.attrs)
    node = Tree(body, order, []).value(row, family.attrs, "attrs", start, len(body), "attrs")
    found = ((path, item.node) for path, item in fields(node, "attrs") if item.node.header and item.offset - item.node.header == offset)
    return next(found, None)


def missing(family: Family, number: int, nest: Offender | None) -> str | None:
    """Return the path of the attribute with a number that a nest lacks; None if the nest is unknown, or holds no attributes."""
    if nest is None:
        return None
    path, node = nest
    attrs = node.wire if node else family.attrs
    return f"{path}.{attrs.row(number).name}" if isinstance(attrs, AttrSet) else None
