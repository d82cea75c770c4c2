"""Dissects the attributes of a message, given as bytes, without a capture around them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ovsdissect.byteorder import ByteOrder, check_order
from ovsdissect.dissect.specification import check
from ovsdissect.errors import OvsDissectError
from ovsdissect.families import FAMILIES
from ovsdissect.grammar import Member
from ovsdissect.grammar.octets import octets
from ovsdissect.problem import Problem
from ovsdissect.tree.node import Field, Node, fields
from ovsdissect.tree.tree import Tree


class Dissection(NamedTuple):
    """The tree of the attributes and its problems; offsets count from the first attribute, paths begin with "attrs"."""

    attrs: Node
    problems: tuple[Problem, ...]

    def walk(self) -> Iterator[tuple[str, Field]]:
        """Yield every value with its path."""
        return fields(self.attrs, "attrs")


def dissect(data: bytes, *, family: str, cmd: str | None = None, byteorder: ByteOrder = "little") -> Dissection:
    """Dissect the attributes of a message: the bytes after the family's own header.

    If a command is given, its rules (required and unused attributes) are checked too.
    Raises OvsDissectError for an unknown family, command or byte order, TypeError if data is not bytes.
    """
    known = FAMILIES.get(family)
    if known is None:
        raise OvsDissectError(f"no family {family}; the families are {', '.join(FAMILIES)}")
    if cmd is not None and cmd not in known.by_name:
        raise OvsDissectError(f"{family} has no command {cmd}; it has {', '.join(known.by_name)}")
    check_order(byteorder)
    data = octets(data, "data")
    problems: list[Problem] = []
    tree = Tree(data, byteorder, problems)
    node = tree.value(Member("attrs", known.attrs), known.attrs, "attrs", 0, len(data), "attrs")
    if cmd is not None:
        command = known.by_name[cmd]
        problems += check(command, node, tree.cut, not command.to_user)
    return Dissection(node, tuple(problems))
