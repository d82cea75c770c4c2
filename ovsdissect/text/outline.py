"""The tree of a message as lines: values with their names, Open vSwitch's own text at keys, masks and actions, problems where they occur.

Callers draw the lines: texts are escaped, and offsets are those of the record's bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from ovsdissect.dissect.message import Message
from ovsdissect.families.actions import ACTIONS
from ovsdissect.families.cookies import HEAD, USERDATA
from ovsdissect.families.flow_key import KEY, MASK
from ovsdissect.families.tunnel_key import TUNNEL_KEY
from ovsdissect.frame import Checksum, frame
from ovsdissect.grammar import Command, Wire
from ovsdissect.grammar.attrs import NLA_HEADER
from ovsdissect.grammar.wire import Bits, Part
from ovsdissect.netlink.headers import CONTROL_TYPES, NLMSG_MIN_TYPE
from ovsdissect.netlink.rtnetlink import NETLINK_ROUTE, type_name
from ovsdissect.odp.actions import action_text, actions_text
from ovsdissect.odp.key import flow_text
from ovsdissect.odp.text import Source
from ovsdissect.odp.tunnel import tunnel_text
from ovsdissect.odp.userspace import cookie_text
from ovsdissect.problem import Problem, counted
from ovsdissect.text.screen import escape
from ovsdissect.text.summary import lost_text
from ovsdissect.text.values import Scope, hex_text, part_text, scope, value_text
from ovsdissect.tree.node import Node, join

Sort = Literal["set", "field", "part", "padding", "undecoded"]


class Line(NamedTuple):
    """One line of a tree.

    depth: from 0. path: as in JSON and filters. label, text: escaped; text is "" if only the children say something.
    offset, length: the value's bytes in the record. start, end: the bytes that only this line covers (an attribute's header and, without
    children, its value and padding); equal if the previous line covers them.
    sort: "set" if children follow; "part" for a slice of an integer on a line above, which shows it too; "undecoded" for undecoded bytes.
    problems: those at this line.
    """

    depth: int
    path: str
    label: str
    text: str
    offset: int
    length: int
    start: int
    end: int
    sort: Sort
    problems: tuple[Problem, ...] = ()


def outline(message: Message, surroundings: Scope | None = None) -> list[Line]:
    """Return the tree of a message; problems without a line of their own are at the nearest line above, the record's at the first."""
    walk = _Outline(message, surroundings or scope(message))
    for child in message.root.children:
        walk.node(child, child.name or child.row.name, 0)
    return [*around(message), *place(walk.lines, (*message.problems, *walk.inner))]


def lines_below(message: Message, where: Scope, node: Node, path: str, parent: Node, *, mask: bool = False) -> list[Line]:
    """Return the lines at and below a node, without problems. mask: the node is part of a mask."""
    walk = _Outline(message, where)
    walk.node(node, path, 0, parent, mask)
    return walk.lines


def own_line(message: Message, where: Scope, node: Node, path: str, parent: Node) -> Line:
    """Return the line of a set, list or struct, without those below it and without problems."""
    walk = _Outline(message, where)
    text = escape(walk.text(node, path, parent, node.name == "mask"))
    start = node.offset - node.header
    return Line(0, path, escape(node.name or node.row.name), text, node.offset, node.length, start, node.offset, "set")


def around(message: Message) -> list[Line]:
    """Return what the capture says about a message's record besides its bytes; empty if it has a single interface and says nothing."""
    told: list[tuple[str, str]] = []
    if len(message.interfaces) > 1:
        told.append(("interface_id", str(message.interface)))
        told += [("interface_name", message.interface_name)] if message.interface_name else []
    if message.lost is not None:
        told.append(("drop_count", lost_text(message.lost)))
    told += [("link_error", text) for text in message.link_errors]
    told += [("comment", text) for text in message.comments]
    head = [Line(0, "frame", "frame", "", 0, 0, 0, 0, "set")] if told else []
    return head + [Line(1, f"frame.{name}", name, escape(text), 0, 0, 0, 0, "field") for name, text in told]


def place(lines: list[Line], problems: tuple[Problem, ...]) -> list[Line]:
    """Put each problem on the line of its path, or of the nearest path above."""
    where: dict[str, int] = {}
    for at, line in enumerate(lines):
        where.setdefault(line.path, at)
    found: dict[int, list[Problem]] = {}
    for problem in dict.fromkeys(problems):
        path = problem.path
        while path and path not in where:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        found.setdefault(where.get(path, 0), []).append(problem)
    return [line._replace(problems=tuple(found[at])) if at in found else line for at, line in enumerate(lines)]


class _Outline:
    """One walk over a message's tree. lines: those made so far. inner: the problems of the packets inside, complete with the lines."""

    def __init__(self, message: Message, surroundings: Scope) -> None:
        self.message, self.scope = message, surroundings
        self.source = surroundings.source(message)
        self.lines: list[Line] = []
        self.inner: list[Problem] = []
        self._checksums: dict[str, Checksum] = {}

    def node(self, node: Node, path: str, depth: int, parent: Node | None = None, mask: bool = False) -> None:
        """Add the lines at and below a node."""
        wire, kind = node.wire, node.wire.kind
        start, end = node.offset - node.header, node.offset + node.length + node.padding
        if not node.name and isinstance(wire, Bits):
            self._parts(node, wire.parts, path, depth, start, end, "field")
            return
        if not node.name and not node.row.name:
            # genlmsghdr and the family's header: their members belong to the message itself
            for child in node.children:
                self.node(child, join(path, child.name), depth, node, mask)
            return
        mask = mask or node.name == "mask"
        children = self._layers(node, path, parent) if kind == "packet" else node.children
        text = escape(self.text(node, path, parent, mask))
        sort: Sort = "padding" if kind == "pad" else "undecoded" if kind == "undecoded" else "set" if children else "field"
        own = node.offset if children else end
        self.lines.append(Line(depth, path, escape(node.name or node.row.name), text, node.offset, node.length, start, own, sort))
        if isinstance(wire, Bits):
            self._parts(node, wire.parts, path, depth + 1, end, end, "part")
        for child in children:
            self.node(child, join(path, child.name), depth + 1, node, mask)
        if children and node.padding:
            at = end - node.padding
            text = hex_text(self.message.data[at:end])
            self.lines.append(Line(depth + 1, path, "padding", text, at, node.padding, at, end, "padding"))

    def _parts(self, node: Node, parts: tuple[Part, ...], path: str, depth: int, start: int, end: int, sort: Sort) -> None:
        for part in parts:
            name = join(path, part.name)
            self.lines.append(Line(depth, name, part.name, part_text(node.raw, part), node.offset, node.length, start, end, sort))
            start = end

    def _layers(self, node: Node, path: str, parent: Node | None) -> tuple[Node, ...]:
        """Return the layers of a packet, under Wireshark's names."""
        data, end = self.message.data, node.offset + node.length
        key = parent.child("key") if parent is not None else None
        layer3 = key.child("ethertype") if key is not None and key.child("ethernet") is None else None
        said = int.from_bytes(data[node.offset - NLA_HEADER : node.offset - 2], self.message.byteorder) - NLA_HEADER
        length = parent.child("len") if parent is not None else None
        found = frame(
            data,
            node.offset,
            end,
            ethertype=layer3.raw if layer3 is not None and isinstance(layer3.raw, int) else None,
            wire_length=length.raw if length is not None and isinstance(length.raw, int) else said,
            path=path,
        )
        self.inner += found.problems
        self._checksums |= {checksum.path: checksum for checksum in found.checksums}
        return found.layers

    def text(self, node: Node, path: str, parent: Node | None, mask: bool) -> str:
        """Return the text of a node's line."""
        known = KNOWN.get(path)
        if known is not None and isinstance(node.raw, int):
            return known(node, self.message)
        wire = node.wire
        source = self.source
        if parent is not None and parent.wire is ACTIONS and node.children:
            return action_text(node, source)
        if wire in TEXTS:
            return TEXTS[wire](node, parent, source)
        if wire.kind == "packet":
            return counted(node.length, "byte")
        checksum = self._checksums.get(path)
        if checksum is not None:
            verdict = "correct" if checksum.good else f"should be 0x{checksum.expected:04x}, or is left to the hardware"
            return f"0x{checksum.value:04x} ({verdict})"
        return value_text(node, self.scope, mask=mask)


def _key(node: Node, parent: Node | None, source: Source) -> str:
    # the text of a key already includes the keys inside VLAN tags
    return "" if parent is not None and parent.wire is KEY else flow_text(node.children, None, source)


def _mask(node: Node, parent: Node | None, source: Source) -> str:
    key = parent.child("key") if parent is not None else None
    return "" if key is None else flow_text(key.children, node.children, source)


def _tunnel(node: Node, parent: Node | None, source: Source) -> str:
    return "" if parent is not None and parent.wire is KEY else tunnel_text(node, None, source)


def _cookie(node: Node, parent: Node | None, source: Source) -> str:
    return cookie_text(node, source) if len(node.children) > len(HEAD.members) else ""


TEXTS: Final[dict[Wire, Callable[[Node, Node | None, Source], str]]] = {
    KEY: _key,
    MASK: _mask,
    TUNNEL_KEY: _tunnel,
    ACTIONS: lambda node, parent, source: actions_text(node.children, source),
    USERDATA: _cookie,
}


def _type(number: int, name: str | None) -> str:
    word = name if number >= NLMSG_MIN_TYPE else CONTROL_TYPES.get(number)
    return f"{number} ({word})" if word else str(number)


def _request_type(node: Node, message: Message) -> str:
    request = message.request
    name = request.family if request is not None else None
    return _type(node.raw, type_name(node.raw) if message.protocol == NETLINK_ROUTE else name)


def _command(node: Node, message: Message) -> str:
    return _named(node.raw, message.command)


def _request_command(node: Node, message: Message) -> str:
    return _named(node.raw, message.request.command if message.request is not None else None)


def _named(number: int, command: Command | None) -> str:
    return str(number) if command is None or command.name == str(number) else f"{number} ({command.name})"


def _fault(node: Node, message: Message) -> str:
    return _at(node, message.fault_path)


def _missing(node: Node, message: Message) -> str:
    return _at(node, message.missing_path)


def _at(node: Node, path: str | None) -> str:
    return str(node.raw) if path is None else f"{node.raw} ({path})"


# lines whose text depends on the message, not only on the value
KNOWN: Final[dict[str, Callable[[Node, Message], str]]] = {
    "nlmsg.type": lambda node, message: _type(
        node.raw, type_name(node.raw) if message.protocol == NETLINK_ROUTE and message.kind == "message" else message.family
    ),
    "nlmsg.flags": lambda node, message: "|".join(message.flags) or "0",
    "request.nlmsg.type": _request_type,
    "cmd": _command,
    "request.cmd": _request_command,
    "error.offset": _fault,
    "error.miss_type": _missing,
}
