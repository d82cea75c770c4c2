"""What Open vSwitch prints for a whole message: the parts that have a text, and its line of the log or of dump-flows.

Each text is made on demand, and is None if the message has none.
"""

from __future__ import annotations

from functools import cached_property

from ovsdissect.byteorder import ByteOrder
from ovsdissect.dissect.message import Message, Request
from ovsdissect.families import OVS_FLOW, OVS_PACKET
from ovsdissect.families.headers import OVS_HEADER
from ovsdissect.grammar import Family
from ovsdissect.netlink import errno
from ovsdissect.netlink.headers import (
    GENLMSGHDR_LEN,
    NLM_F_DUMP,
    NLM_F_ECHO,
    NLM_F_MULTI,
    NLM_F_REQUEST,
    NLMSGHDR_LEN,
)
from ovsdissect.odp.attributes import Attributes, Shown, flow_line, packet_line
from ovsdissect.odp.key import flow_text
from ovsdissect.odp.releases import AUTO, Release, Version, release_of
from ovsdissect.odp.text import Nodes
from ovsdissect.problem import ProblemKind
from ovsdissect.tree.tree import Tree


class Texts:
    """The texts of one message.

    ovs: the release or its name; AUTO: the one that the capture reveals.
    names: True for port names wherever OVS can print them, False for numbers, None for OVS's own habit (names in `dump-flows -m` only).
    """

    def __init__(self, message: Message, *, names: bool | None = None, ovs: Version = AUTO) -> None:
        self._message = message
        self._names = names
        self._ovs = ovs

    def __call__(self, *, names: bool | None = None, ovs: Version = AUTO) -> Texts:
        """Return the texts of the same message for another release, or with other names."""
        return Texts(self._message, names=names, ovs=ovs)

    def __repr__(self) -> str:
        return f"<Texts {self._message.number} ovs={self.release.version}: {self.line or self.flow or self.actions}>"

    @cached_property
    def release(self) -> Release:
        """The release whose texts they are."""
        return release_of(self._ovs, self._message.daemon)

    @cached_property
    def _attributes(self) -> Attributes | None:
        """Return the attributes that have texts: the message's own, or those of the request that an error echoes."""
        message = self._message
        if message.kind == "message" and message.declaration in (OVS_PACKET, OVS_FLOW):
            return self._read(message.attrs.children if message.attrs else (), message.data)
        request = message.request
        if message.kind == "error" and request is not None and request.declaration in (OVS_PACKET, OVS_FLOW):
            echoed = message.root.child("request")
            attrs = echoed.child("attrs") if echoed else None
            return self._read(attrs.children, message.data) if attrs else None
        return None

    def _read(self, nodes: Nodes, data: bytes) -> Attributes:
        message = self._message
        ports = {port: name for (at, port), name in message.ports.items() if at == message.dp_ifindex}
        return Attributes(nodes, data, Shown(ports, self.release, message.byteorder))

    @cached_property
    def _cut(self) -> tuple[str, ...]:
        """Return where the capture cut the message: incomplete parts have no text."""
        return tuple(problem.path for problem in self._message.problems if problem.kind is ProblemKind.TRUNCATED)

    def _whole(self, name: str) -> Attributes | None:
        """Return the attributes if the named one is complete."""
        attributes = self._attributes
        if attributes is None or name not in attributes:
            return None
        at = f"attrs.{name}"
        return None if any(path == at or path.startswith((at + ".", at + "[")) for path in self._cut) else attributes

    @cached_property
    def key(self) -> str | None:
        """The flow key, as the log prints that of an upcall."""
        attributes = self._whole("key")
        return attributes.key(names=bool(self._names)) if attributes else None

    @cached_property
    def mask(self) -> str | None:
        """The mask, printed as a key."""
        attributes = self._whole("mask")
        return flow_text(attributes.found["mask"].children, None, attributes.source(verbose=True)) if attributes else None

    @cached_property
    def flow(self) -> str | None:
        """Key and mask together, as `dump-flows` prints them."""
        attributes = self._whole("key") and self._whole("mask")
        return attributes.flow(verbose=False, names=bool(self._names)) if attributes else None

    @cached_property
    def actions(self) -> str | None:
        """The actions."""
        attributes = self._whole("actions")
        return attributes.actions(names=bool(self._names)) if attributes else None

    @cached_property
    def line(self) -> str | None:
        """The line of the log, or of `dump-flows -m` for a flow that the kernel reports.

        ovs-vswitchd logs a delete with NLM_F_ECHO, and every get, when the answer arrives: then the answer has the line, not the request.
        None if it prints none: for probes, and messages that the capture cut.
        """
        attributes, message = self._attributes, self._message
        if attributes is None or "probe" in attributes or self._cut:
            return None
        request = message.request
        if message.kind == "error" and request is not None and request.command is not None:
            error = errno.text(-int(message.error["number"]))
            return self._operation(request.declaration, request.command.number, _flags(request, message.byteorder), attributes, error=error)
        if message.command is None:
            return None
        flags = message.frame.flags
        if flags & NLM_F_REQUEST:
            awaited = message.declaration is OVS_FLOW and (
                message.command.name == "get" or (message.command.name == "del" and flags & NLM_F_ECHO)
            )
            return None if awaited else self._operation(message.declaration, message.command.number, flags, attributes)
        if (
            message.declaration is OVS_FLOW
            and not flags & NLM_F_MULTI
            and request is not None
            and request.body
            and request.command is not None
        ):
            asked = _flags(request, message.byteorder)
            if request.command.name in ("del", "get") and asked & NLM_F_DUMP != NLM_F_DUMP:
                if len(request.body) < int.from_bytes(request.body[:4], message.byteorder):
                    return None
                return self._operation(OVS_FLOW, request.command.number, asked, self._asked(request.body), reply=attributes)
        return self._operation(message.declaration, message.command.number, flags, attributes)

    def _asked(self, body: bytes) -> Attributes:
        """Return the attributes of a request of ovs_flow."""
        start = NLMSGHDR_LEN + GENLMSGHDR_LEN + (OVS_HEADER.size or 0)
        return self._read(Tree(body, self._message.byteorder, []).attrs(OVS_FLOW.attrs, start, len(body), "attrs"), body)

    def _operation(
        self,
        family: Family | None,
        command: int,
        flags: int,
        attributes: Attributes,
        *,
        error: str | None = None,
        reply: Attributes | None = None,
    ) -> str | None:
        if family is OVS_PACKET:
            return packet_line(command, attributes, error=error)
        named = self._names is not False
        return flow_line(command, flags, attributes, reply=reply, error=error, names=named, known=self._message.flow_key)

    def to_dict(self) -> dict[str, str]:
        """Return the texts that apply, by name."""
        texts = {name: getattr(self, name) for name in ("key", "mask", "flow", "actions", "line")}
        return {name: text for name, text in texts.items() if text is not None}


def _flags(request: Request, order: ByteOrder) -> int:
    """Return the nlmsg_flags of a request."""
    return int.from_bytes(request.body[6:8], order)
