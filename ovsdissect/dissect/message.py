"""One netlink message. Its header is read at once, its tree when it is first needed.

It holds its record's bytes, and knows the family, the request it answers and the names known at its time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ovsdissect.capture.record import Interface
from ovsdissect.dissect.body import ERROR_ROW, EXTACK_ROW, NLMSG, ROOT, done, generic, refused
from ovsdissect.dissect.extack import ALL, Offender, attribute_at, missing
from ovsdissect.dissect.head import Head
from ovsdissect.dissect.head import Ports as Ports
from ovsdissect.dissect.known import Ahead as Ahead
from ovsdissect.dissect.known import Daemon as Daemon
from ovsdissect.dissect.quick_agreement import agrees
from ovsdissect.dissect.request import Request as Request
from ovsdissect.dissect.request import command_name as command_name
from ovsdissect.dissect.request import flag_names as flag_names
from ovsdissect.dissect.specification import check
from ovsdissect.families import FAMILIES, OVS_PACKET
from ovsdissect.families.ovs_meter import OVS_METER
from ovsdissect.grammar.attrs import NLA_HEADER
from ovsdissect.netlink.headers import NLM_F_REQUEST, NLMSGHDR_LEN
from ovsdissect.problem import Problem, ProblemKind, counted_verb
from ovsdissect.tree.node import UNDECODED, UNDECODED_ROW, Field, Node, fields
from ovsdissect.tree.tree import Tree

if TYPE_CHECKING:
    from ovsdissect.dissect.flow_keys import FlowKey
    from ovsdissect.frame import Frame as InnerFrame


class Message(Head):
    """One netlink message of a capture: its head, and its tree when somebody asks."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        request, asked = self.request, None
        if request is not None:
            asked = (*request[:2], request.family, request.command.number if request.command else None, request.body)
        given = {
            "number": self.number,
            "record": self.record,
            "time_ns": self.time_ns,
            "data": self.data,
            "wire_length": self.wire_length,
            "byteorder": self.byteorder,
            "protocol": self.protocol,
            "frame": self.frame,
            "name": self._name,
            "ports": dict(self.ports),
            "datapaths": dict(self.datapaths),
            "daemon": self.daemon,
            "interface": self.interface,
            "notes": self.notes,
            "problems": self._problems if self.number is None else None,
        }
        return _sent, (type(self), given, self.declaration.name if self.declaration else None, asked, self.flow_key, tuple(self.interfaces))

    @property
    def root(self) -> Node:
        """The tree. Its root has no name; its children are nlmsg, the headers, and attrs or the content of an error."""
        return self._root or self._dissect()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the message, in the order of its bytes."""
        if self._root is None:
            self._dissect()
        return self._problems

    @property
    def attrs(self) -> Node | None:
        """The attributes; None if the message has no decoded ones."""
        if self._root is None:
            self._dissect()
        return self._attrs

    @property
    def inner(self) -> InnerFrame | None:
        """The packet inside OVS_PACKET_ATTR_PACKET; None if there is none."""
        packet = self.attrs.child("packet") if self.attrs else None
        if packet is None or packet.wire.kind != "packet":
            return None
        if self._inner is None:
            # loading the inner frame's layers takes as long as everything else, and most passes over a capture never look inside
            from ovsdissect.dissect.agreement import without_ethernet
            from ovsdissect.frame import frame as inner_frame

            length = self.attrs.child("len") if self.attrs else None
            self._inner = inner_frame(
                self.data,
                packet.offset,
                packet.offset + packet.length,
                ethertype=without_ethernet(self.attrs.child("key") if self.attrs else None),
                wire_length=length.raw if length is not None and isinstance(length.raw, int) else self.declared_length(packet),
            )
        return self._inner

    @property
    def request_inner(self) -> InnerFrame | None:
        """The packet inside the request that an error echoes; None if there is none."""
        echoed = self.root.child("request") if self.kind in ("error", "ack") else None
        attrs = echoed.child("attrs") if echoed else None
        packet = attrs.child("packet") if attrs else None
        if attrs is None or packet is None or packet.wire.kind != "packet":
            return None
        from ovsdissect.dissect.agreement import without_ethernet
        from ovsdissect.frame import frame as inner_frame

        at = packet.offset
        ethertype = without_ethernet(attrs.child("key"))
        return inner_frame(self.data, at, at + packet.length, ethertype=ethertype, wire_length=self.declared_length(packet))

    def declared_length(self, attribute: Node) -> int:
        """Return the length of a payload that its attribute's header declares: the capture may have cut it."""
        at = attribute.offset - NLA_HEADER
        return int.from_bytes(self.data[at : at + 2], self.byteorder) - NLA_HEADER

    def walk(self) -> Iterator[tuple[str, Field]]:
        """Yield every value of the message with its path, in byte order."""
        return (item for child in self.root.children for item in fields(child, child.name or child.row.name))

    def __getitem__(self, path: str) -> Field:
        """Return the value at a path. Raises KeyError if there is none."""
        for name, item in self.walk():
            if name == path:
                return item
        raise KeyError(path)

    def _dissect(self) -> Node:
        if self.number is None:
            at, length = self.frame.offset, self.frame.end - self.frame.offset
            rest = Node("undecoded", UNDECODED_ROW, UNDECODED, at, length, self.data[at : at + length])
            self._root = Node("", ROOT, ROOT.wire, at, length, None, (rest,) if length else ())
            return self._root
        problems: list[Problem] = []
        tree = Tree(self.data, self.byteorder, problems)
        _, start, end, length, _, flags, _, _ = self.frame
        limit = tree.limit
        stop = end if end < limit else limit
        row = NLMSG[self.flag_kind]
        nodes = [tree.value(row, row.wire, "nlmsg", start, start + NLMSGHDR_LEN, "nlmsg")]
        body = start + NLMSGHDR_LEN
        if self.kind in ("error", "ack"):
            nodes += refused(tree, flags, self.request, self.protocol, body, end)
        elif self.kind == "done" and end - body >= 4:
            nodes += done(tree, flags, body, end)
        elif self.declaration:
            nodes += generic(tree, self.declaration, body, end, "")
        elif body < stop:
            nodes.append(tree.undecoded(body, stop))
        if start + length > end:
            text = f"the message says {length} bytes, {end - start} are there"
            tree.problems.append(Problem(ProblemKind.BAD_LENGTH, "nlmsg.len", start, 4, text))
        elif stop < end:
            tree.problem(ProblemKind.TRUNCATED, "", stop, 0, f"{counted_verb(end - stop, 'byte', 'is', 'are')} missing")
        padding = max(min(-length % 4, limit - end), 0)
        self._root = Node("", ROOT, ROOT.wire, start, stop - start, None, tuple(nodes), 0, 0, padding)
        if self.declaration and self.command:
            self._attrs = nodes[-1] if nodes[-1].name == "attrs" else None
            if self.declaration is OVS_METER and self.command.name == "set" and not flags & NLM_F_REQUEST:
                # ovs_meter_cmd_set() writes the id into its reply twice, in every kernel
                problems[:] = [one for one in problems if (one.kind, str(one.path)) != (ProblemKind.DUPLICATE, "attrs.id#2")]
            problems += check(self.command, self._attrs, tree.cut, bool(flags & NLM_F_REQUEST))
            if self.declaration is OVS_PACKET and self.command.to_user and not problems:
                problems += self._disagreements()
        self._problems = tuple(problems)
        return self._root

    def _disagreements(self) -> list[Problem]:
        """Return where an upcall's packet differs from what its key describes."""
        attrs = self.attrs
        key, packet = (attrs.child("key"), attrs.child("packet")) if attrs else (None, None)
        if key is None or packet is None or not key.inside or agrees(key, packet.raw):
            return []
        from ovsdissect.dissect.agreement import disagreements, without_ethernet
        from ovsdissect.frame import layers

        length = attrs.child("len") if attrs else None
        return disagreements(
            key,
            layers(self.data, packet.offset, packet.offset + packet.length, without_ethernet(key)),
            action=self.command is OVS_PACKET.by_name["action"],
            cut=length is not None and length.raw > packet.length,
        )

    def payload(self, node: Node) -> bytes:
        """Return the bytes of a value."""
        return self.data[node.offset : node.offset + node.length]

    @property
    def error(self) -> dict[str, Any]:
        """The content of an error or acknowledgement: number, and what the extended ACK has (message, offset, cookie, policy, ...)."""
        said: dict[str, Any] = {}
        for node in self.root.children:
            if node.row in (ERROR_ROW, EXTACK_ROW):
                said.update(node.value)
        return said

    @property
    def fault_path(self) -> str | None:
        """The path, in the request, of the attribute that the extended ACK's offset points at; None if it is not a known attribute."""
        found = self._offender(self.error.get("offset"))
        return found and found[0]

    @property
    def missing_path(self) -> str | None:
        """The path, in the request, of the attribute that the extended ACK reports as missing; None if it reports none."""
        error, request = self.error, self.request
        number = error.get("miss_type")
        if request is None or request.declaration is None or not isinstance(number, int):
            return None
        return missing(request.declaration, number, self._offender(error["miss_nest"]) if "miss_nest" in error else ALL)

    def _offender(self, offset: object) -> Offender | None:
        """Return the attribute at an offset of the request: of the echo if there is one, else of the request seen before."""
        request = self.request
        if not isinstance(offset, int) or request is None or request.declaration is None:
            return None
        echo = self.root.child("request")
        body = self.payload(echo) if echo and echo.length > NLMSGHDR_LEN else request.body
        return attribute_at(body, request.declaration, offset, self.byteorder)


def _sent(
    make: type[Message],
    given: dict[str, Any],
    family: str | None,
    asked: tuple[Any, ...] | None,
    flow_key: FlowKey | None,
    interfaces: tuple[Interface, ...],
) -> Message:
    """Return a message that was pickled; nobody looks ahead for it."""
    request = None
    if asked is not None:
        number, kind, name, command, body = asked
        declaration = FAMILIES[name] if name is not None else None
        asked_for = declaration.command(command) if declaration and command is not None else None
        request = Request(number, kind, declaration, asked_for, body, name)
    message = make(family=FAMILIES[family] if family is not None else None, request=request, **given)
    message.flow_key, message.interfaces = flow_key, interfaces
    return message
