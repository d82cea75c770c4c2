"""Families and commands: the declaration of a generic netlink family.

Ids are not declared: the kernel assigns them at run time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ovsdissect.grammar.attrs import AttrSet
from ovsdissect.grammar.compound import Struct


@dataclass(frozen=True, slots=True, eq=False)
class Command:
    """One command of a family.

    to_user: True if only the kernel sends it, False if only user space does, None if both do (a request and its reply).
    allowed: the attributes that it uses, None for any; required: those without which the receiver refuses it.
    """

    number: int
    name: str
    to_user: bool | None = None
    allowed: frozenset[str] | None = None
    required: frozenset[str] = frozenset()
    doc: str = ""

    def __repr__(self) -> str:
        return f"<Command {self.name}>"

    @property
    def verb(self) -> str:
        """The meaning of the upper bits of nlmsg_flags in its requests: those of a "get", a "new" or a "del"."""
        verb = self.name[:3]
        return "get" if self.name == "features" else verb if verb in ("get", "del") else "new"


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """One generic netlink family: name, version, the header between genlmsghdr and the attributes (None if it has none), commands,
    attributes.
    """

    name: str
    version: int
    header: Struct | None
    commands: tuple[Command, ...]
    attrs: AttrSet
    doc: str = ""
    by_number: dict[int, Command] = field(init=False)
    by_name: dict[str, Command] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_number", {command.number: command for command in self.commands})
        object.__setattr__(self, "by_name", {command.name: command for command in self.commands})

    def __repr__(self) -> str:
        return f"<Family {self.name}>"

    def command(self, number: int) -> Command:
        """Return the command with a number; a new one for a number that the family does not declare."""
        return self.by_number.get(number) or Command(number, str(number))


def names(text: str) -> frozenset[str]:
    """Return a set of attribute names from one string."""
    return frozenset(text.split())
