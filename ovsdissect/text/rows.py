"""A message as a row: number, time, direction, family, command, datapath, port, summary; and its tone, which decides its colour.

A column is a function of a message: columns that are not shown cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

from ovsdissect.capture.record import Interface
from ovsdissect.capture.timestamp import time_text
from ovsdissect.dissect.message import Message
from ovsdissect.dissect.subject import NO_PORT, dp_ifindex
from ovsdissect.dissect.subject import port as port_node
from ovsdissect.families import OVS_FLOW, OVS_PACKET
from ovsdissect.families.ovs_vport import OVS_VPORT
from ovsdissect.grammar import Command, Family
from ovsdissect.netlink.headers import NETLINK_GENERIC, PROTOCOLS
from ovsdissect.netlink.rtnetlink import NETLINK_ROUTE, type_name
from ovsdissect.text.screen import cells, escape
from ovsdissect.text.summary import summary
from ovsdissect.text.values import Scope, scope
from ovsdissect.tree.node import Node

ENODEV: Final = 19
TimeStyle = Literal["relative", "absolute", "delta", "epoch"]
TIME_STYLES: Final[tuple[TimeStyle, ...]] = ("relative", "absolute", "delta", "epoch")

# tones: kinds of rows, for colouring; the first that applies
TONES: Final = ("problem", "error", "miss", "action", "execute", "flow", "configuration", "control", "other")
ARROWS: Final = {"to-kernel": "↓", "to-user": "↑"}


class Row(NamedTuple):
    """A message for a list; texts are escaped.

    number: None for the entry of a record. direction: "to-kernel" or "to-user", "" if there is none. family, cmd, datapath, port: for an
    answer, those of its request. datapath, port: names if known, else numbers, "" if there is none.
    """

    number: int | None
    record: int
    time_ns: int | None
    direction: str
    family: str
    cmd: str
    datapath: str
    port: str
    summary: str
    tone: str


def row(message: Message, surroundings: Scope | None = None, *, width: int | None = None) -> Row:
    """Return the row of a message; width: cells available for its summary."""
    where = surroundings or scope(message)
    return Row(
        message.number,
        message.record,
        message.time_ns,
        direction(message),
        family(message),
        cmd(message),
        datapath(message, where),
        port(message, where),
        summary(message, where, width=width),
        tone(message),
    )


def direction(message: Message) -> str:
    """Return "to-kernel" or "to-user"; "" for the entry of a record."""
    return "" if message.number is None else message.direction


def family(message: Message) -> str:
    """Return the family's name (for an answer, its request's), another netlink protocol's name, or "type 28" if there is no name."""
    if message.kind == "record":
        return ""
    if message.family is not None:
        return escape(message.family)
    if message.protocol not in (None, NETLINK_GENERIC):
        return PROTOCOLS.get(message.protocol, f"protocol {message.protocol}")
    return f"type {message.frame.type}" if message.kind == "message" else "generic"


def cmd(message: Message) -> str:
    """Return the command (for an answer, its request's), or the kind of an answer to a request that is not decoded."""
    if message.kind != "message":
        return message.cmd or message.kind
    if message.protocol == NETLINK_ROUTE and (name := type_name(message.frame.type)) is not None:
        return name
    return message.cmd or ("" if message.declaration is not None else f"type {message.frame.type}")


def datapath(message: Message, where: Scope) -> str:
    """Return the datapath's name, or its dp_ifindex; "" if the message has none."""
    return datapath_name(dp_ifindex(message), where)


def datapath_name(number: int | None, where: Scope) -> str:
    """Return a datapath's name if known, else its dp_ifindex; "" for none."""
    if not number:
        return ""
    name = where.datapaths.get(number)
    return str(number) if name is None else escape(name)


def port(message: Message, where: Scope) -> str:
    """Return the port that a message is about: a vport, or the input port of a packet or flow; for an answer, its request's."""
    return port_text(port_node(message, by_name=where.ports is not None), where)


def port_text(node: Node | None, where: Scope) -> str:
    """Return a port's name or number, from the node that identifies it."""
    if node is None:
        return ""
    return escape(str(node.wire.value(node.raw))) if node.wire.kind == "text" else port_name(node.raw, where)


def port_name(number: object, where: Scope) -> str:
    """Return a port's name if known, else its number; "none" for the number that means no port."""
    if not isinstance(number, int):
        return "?"
    if number == NO_PORT:
        return "none"
    name = where.ports.get(number) if where.ports is not None else None
    return str(number) if name is None else escape(name)


def tone(message: Message) -> str:
    """Return one of TONES."""
    if message.problems:
        return "problem"
    kind = message.kind
    if kind != "message":
        failed = kind in ("error", "done") and bool(message.error.get("number"))
        return "error" if kind == "overrun" or (failed and not expected(message)) else "control"
    return "other" if message.declaration is None or message.command is None else command_tone(message.declaration, message.command)


def command_tone(family: Family, command: Command) -> str:
    """Return the tone of a command's messages without problems."""
    if family is OVS_PACKET:
        return command.name if command.name in TONES else "other"
    return "flow" if family is OVS_FLOW else "configuration"


def expected(message: Message) -> bool:
    """Whether an error is one that ovs-vswitchd provokes all the time: it asks for every network device whether it is a port."""
    request = message.request
    asked = request is not None and request.declaration is OVS_VPORT and request.command is not None and request.command.name == "get"
    return asked and message.error.get("number") == -ENODEV


class Clock:
    """The time column: seconds since the capture's first message, since the previous row, since 1970, or the date.

    digits: after the second; 9 if the capture's clock is finer than a microsecond. first: the time of the first message.
    """

    def __init__(self, style: TimeStyle, digits: int = 6) -> None:
        self.style, self.digits = style, digits
        self.first: int | None = None
        self._before: int | None = None

    @property
    def width(self) -> int:
        """The number of cells that a time usually takes."""
        return {"relative": 5, "delta": 5, "absolute": 20, "epoch": 11}[self.style] + self.digits

    @property
    def state(self) -> tuple[int | None, int | None]:
        """The time of the first message, and of the previous row; None until there is one."""
        return self.first, self._before

    def go_on(self, first: int | None, before: int | None) -> None:
        """Continue from such a state."""
        self.first, self._before = first, before

    def start(self, time_ns: int | None) -> None:
        """Take every message's time; the first one counts."""
        if self.first is None:
            self.first = time_ns

    def text(self, time_ns: int | None) -> str:
        """Return the time of the next row; "-" if the capture has none."""
        if time_ns is None:
            return "-"
        before = time_ns if self._before is None else self._before
        self._before = time_ns
        if self.style == "absolute":
            text = time_text(time_ns)
            return "-" if text is None else text[: len(text) - 10 + self.digits].replace("T", " ")
        base = {"relative": self.first or 0, "delta": before, "epoch": 0}[self.style]
        return seconds(time_ns - base, self.digits)


def seconds(time_ns: int, digits: int) -> str:
    """Return nanoseconds as decimal seconds, truncated to `digits`."""
    whole, fraction = divmod(abs(time_ns), 1_000_000_000)
    return f"{'-' if time_ns < 0 else ''}{whole}.{fraction:09}"[: None if digits == 9 else digits - 9]


class Column(NamedTuple):
    """One column of a list. width: cells reserved for it, 0 for a last column of any length; right: for numbers."""

    name: str
    width: int
    right: bool
    text: Callable[[Message, Scope], str]


def interface_texts(interfaces: Sequence[Interface], *, names: bool = True) -> list[str]:
    """Return each interface's number, and its name if the capture has it."""
    return [f"{place} {escape(one.name)}" if names and one.name else str(place) for place, one in enumerate(interfaces)]


def interface_text(message: Message, *, names: bool = True) -> str:
    """Return the interface of a message."""
    texts = interface_texts(message.interfaces, names=names)
    return texts[message.interface] if message.interface < len(texts) else str(message.interface)


def interface_column(interfaces: Sequence[Interface] = (), *, names: bool = True) -> Column:
    """Return the interface column, as wide as the texts of the known interfaces. names: with the names in the capture."""
    width = max(map(cells, interface_texts(interfaces, names=names)), default=1)
    return Column("interface", width, False, lambda message, where: interface_text(message, names=names))


def columns(clock: Clock, *, arrows: bool = True) -> dict[str, Column]:
    """Return the columns that a list has of its own, by name.

    arrows: for human readers: directions as arrows, down to the kernel and up to user space, and the names of interfaces.
    """
    found = (
        Column("number", 6, True, lambda message, where: "" if message.number is None else str(message.number)),
        Column("record", 6, True, lambda message, where: str(message.record)),
        Column("time", clock.width, True, lambda message, where: clock.text(message.time_ns)),
        interface_column(names=arrows),
        Column("direction", 1, False, lambda message, where: ARROWS.get(direction(message), "") if arrows else direction(message)),
        Column("family", 12, False, lambda message, where: family(message)),
        Column("cmd", 9, False, lambda message, where: cmd(message)),
        Column("datapath", 10, False, datapath),
        Column("port", 14, False, port),
        Column("summary", 0, False, lambda message, where: summary(message, where)),
    )
    return {column.name: column for column in found}
