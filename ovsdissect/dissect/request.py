"""The request that a message answers, and the names of commands and flags."""

from __future__ import annotations

from typing import NamedTuple

from ovsdissect.grammar import Command, Family
from ovsdissect.netlink.headers import (
    FLAG_NAMES,
)
from ovsdissect.netlink.rtnetlink import NETLINK_ROUTE, verb


class Request(NamedTuple):
    """The request that an error, an acknowledgement or a reply answers.

    number: the message's number, None if it is not in the capture. declaration, command: the family and what it was asked.
    body: its known bytes, from the nlmsghdr on. name: of its family, decoded or not, if known.
    """

    number: int | None
    type: int
    declaration: Family | None
    command: Command | None
    body: bytes = b""
    name: str | None = None

    def __repr__(self) -> str:
        words = (self.number, self.family or self.type, self.cmd)
        return f"<Request {' '.join(str(word) for word in words if word is not None)}>"

    def verb(self, protocol: int | None) -> str:
        """Which names the upper bits of its nlmsg_flags have."""
        return verb(self.type) if protocol == NETLINK_ROUTE else self.command.verb if self.command else ""

    @property
    def family(self) -> str | None:
        """The family's name, even if it is not decoded; None if unknown."""
        return self.declaration.name if self.declaration else self.name

    @property
    def cmd(self) -> str | None:
        """The command's name, or its number as text; None if unknown."""
        return command_name(self.declaration, self.command)


def command_name(family: Family | None, command: Command | None) -> str | None:
    """Return a command's name; its number as text if the family has no such command."""
    if family is None or command is None:
        return None
    return command.name if command.number in family.by_number else str(command.number)


def flag_names(kind: str, flags: int) -> list[str]:
    """Return the names of nlmsg_flags for a kind of message; NLM_F_ROOT with NLM_F_MATCH is "dump", as in the kernel's header."""
    names: list[str] = FLAG_NAMES[kind].value(flags)
    if kind == "get" and "root" in names and "match" in names:
        names[names.index("root")] = "dump"
        names.remove("match")
    return names
