"""What the headers of a message tell, and what was known when it was sent; its attributes are read by ovsdissect.dissect.message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture.record import Interface, Notes, conversation
from ovsdissect.dissect.known import Ahead, Daemon
from ovsdissect.dissect.request import Request, command_name, flag_names
from ovsdissect.grammar import Command, Family
from ovsdissect.netlink.framing import Frame
from ovsdissect.netlink.headers import (
    GENLMSGHDR_LEN,
    NLM_F_REQUEST,
    NLMSG_DONE,
    NLMSG_ERROR,
    NLMSG_MIN_TYPE,
    NLMSG_NOOP,
    NLMSG_OVERRUN,
    NLMSGHDR_LEN,
)
from ovsdissect.netlink.rtnetlink import NETLINK_ROUTE, verb
from ovsdissect.problem import Problem

if TYPE_CHECKING:
    from ovsdissect.dissect.flow_keys import FlowKey
    from ovsdissect.frame import Frame as InnerFrame
    from ovsdissect.tree.node import Node

Ports = Mapping[tuple[int, int], str]

_KINDS: Final = {NLMSG_NOOP: "noop", NLMSG_DONE: "done", NLMSG_OVERRUN: "overrun"}


class Head:
    """A netlink message but for reading its tree, which is kept here.

    number: counts every netlink message of the capture; None for the entry of a record (kind "record").
    record: Wireshark's frame number. index: index in the record. time_ns: None if the capture has no time.
    kind: "message", "error", "ack", "done", "noop", "overrun" or "record".
    declaration, command: the family and the command as the grammar declares them; they, version and dp_ifindex are None unless the message
    is of a decoded family. byteorder: that of the host that sent the message.
    interface: the index of the record's interface in the capture. interfaces: those of the capture known so far.
    notes: what the capture says about the record, None if nothing.
    ports, datapaths: the names that were known when it was sent. daemon: None if nothing is known of it.
    links: names of interfaces by index, for messages of NETLINK_ROUTE.
    ahead: what the whole capture tells about the message with a number, as fields of the display filter; None if nobody can look ahead.
    flow_key: of the flow that a request of ovs_flow, or the request that it answers, names; None if no earlier message had it.
    """

    __slots__ = (
        "_attrs",
        "_inner",
        "_name",
        "_problems",
        "_root",
        "ahead",
        "byteorder",
        "command",
        "daemon",
        "data",
        "datapaths",
        "declaration",
        "flow_key",
        "frame",
        "index",
        "interface",
        "interfaces",
        "kind",
        "links",
        "notes",
        "number",
        "ports",
        "protocol",
        "record",
        "request",
        "time_ns",
        "wire_length",
    )

    def __init__(
        self,
        *,
        number: int | None,
        record: int,
        time_ns: int | None,
        data: bytes,
        wire_length: int,
        byteorder: ByteOrder,
        protocol: int | None,
        frame: Frame,
        family: Family | None = None,
        name: str | None = None,
        request: Request | None = None,
        ports: Ports | None = None,
        datapaths: Mapping[int, str] | None = None,
        daemon: Daemon | None = None,
        interface: int = 0,
        notes: Notes | None = None,
        problems: tuple[Problem, ...] | None = None,
    ) -> None:
        self.number, self.record, self.index, self.time_ns = number, record, frame.place, time_ns
        self.data, self.wire_length, self.byteorder, self.protocol, self.frame = data, wire_length, byteorder, protocol, frame
        self.request = request
        self.ports = {} if ports is None else ports
        self.datapaths = {} if datapaths is None else datapaths
        self.daemon = daemon
        self.interface, self.notes = interface, notes
        self.ahead: Ahead | None = None
        self.links: Mapping[int, str] = {}
        self.interfaces: Sequence[Interface] = ()
        self.flow_key: FlowKey | None = None
        self._root: Node | None = None
        self._attrs: Node | None = None
        self._inner: InnerFrame | None = None
        self._problems: tuple[Problem, ...] = problems or ()
        self.kind = "record" if number is None else self._kind()
        self.declaration = family if self.kind == "message" else None
        self._name = name
        self.command: Command | None = None
        body = frame.offset + NLMSGHDR_LEN
        if self.declaration and body + GENLMSGHDR_LEN <= min(len(data), frame.end):
            self.command = self.declaration.command(data[body])

    def _kind(self) -> str:
        if self.frame.type >= NLMSG_MIN_TYPE:
            return "message"
        if self.frame.type == NLMSG_ERROR:
            at = self.frame.offset + NLMSGHDR_LEN
            number = self.data[at : at + 4]
            return "ack" if len(number) == 4 and not any(number) else "error"
        return _KINDS.get(self.frame.type, "message")

    @property
    def conversation(self) -> int:
        """The conversation to which it belongs."""
        return conversation(self.interface, self.byteorder)

    @property
    def interface_name(self) -> str | None:
        """The name of its interface; None if the capture does not have it."""
        return (self.interfaces[self.interface].name or None) if self.interface < len(self.interfaces) else None

    @property
    def comments(self) -> tuple[str, ...]:
        """The comments on its record in the capture."""
        return self.notes.comments if self.notes is not None else ()

    @property
    def lost(self) -> int | None:
        """How many records were lost before its own on its interface; None if the capture reports no loss, and for every message but the
        first of a record.
        """
        return (self.notes.lost or None) if self.notes is not None and not self.index else None

    @property
    def link_errors(self) -> tuple[str, ...]:
        """The link-layer errors that the capture reports for its record."""
        return self.notes.errors if self.notes is not None else ()

    @property
    def family(self) -> str | None:
        """The family's name, even if it is not decoded; for an answer, that of its request; None if unknown."""
        if self.kind == "message":
            return self._name
        return self.request.family if self.request else None

    @property
    def cmd(self) -> str | None:
        """The command's name, or its number as text; for an answer, that of its request; None if unknown."""
        if self.kind == "message":
            return command_name(self.declaration, self.command)
        return self.request.cmd if self.request else None

    @property
    def direction(self) -> str:
        """"to-kernel" for a request, "to-user" for everything else, including the entry of a record."""
        return "to-kernel" if self.frame.flags & NLM_F_REQUEST else "to-user"

    @property
    def version(self) -> int | None:
        """The family's version as sent."""
        return self.data[self.frame.offset + NLMSGHDR_LEN + 1] if self.command else None

    @property
    def dp_ifindex(self) -> int | None:
        """The datapath; None if the message has no ovs_header, or a cut one."""
        at = self.frame.offset + NLMSGHDR_LEN + GENLMSGHDR_LEN
        if not self.command or not self.declaration or self.declaration.header is None or at + 4 > min(len(self.data), self.frame.end):
            return None
        return int.from_bytes(self.data[at : at + 4], self.byteorder, signed=True)

    @property
    def flag_kind(self) -> str:
        """Which names the upper bits of nlmsg_flags have."""
        if self.kind in ("error", "ack", "done"):
            return "ack"
        if self.protocol == NETLINK_ROUTE and self.frame.flags & NLM_F_REQUEST:
            return verb(self.frame.type)
        return self.command.verb if self.command and self.frame.flags & NLM_F_REQUEST else ""

    @property
    def flags(self) -> list[str]:
        """The names of nlmsg_flags."""
        return flag_names(self.flag_kind, self.frame.flags)
