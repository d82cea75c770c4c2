"""What a message is about: a datapath and a port. Errors, acknowledgements and ends of dumps are about what their request is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from ovsdissect.dissect.message import Message
from ovsdissect.families.ovs_vport import OVS_VPORT
from ovsdissect.grammar import Family
from ovsdissect.netlink.headers import GENLMSGHDR_LEN, NLMSGHDR_LEN
from ovsdissect.tree.node import Node
from ovsdissect.tree.tree import Tree

NO_PORT: Final = 0xFFFFFFFF  # ODPP_NONE
HEADERS: Final = NLMSGHDR_LEN + GENLMSGHDR_LEN


class Port(NamedTuple):
    """A port as a message names it. number: None if it gives only the name. name: a vport's, as given in the message itself."""

    number: int | None
    name: str | None = None


def dp_ifindex(message: Message) -> int | None:
    """Return the datapath of a message, or of the request that an error, an ACK or a DONE answers; None if neither has one."""
    request = message.request
    family = request.declaration if request is not None else None
    if message.kind == "message" or request is None or family is None or family.header is None or len(request.body) < HEADERS + 4:
        return message.dp_ifindex
    return int.from_bytes(request.body[HEADERS : HEADERS + 4], message.byteorder, signed=True)


def datapath_name(message: Message) -> str | None:
    """Return the name of that datapath, as known when the message was sent."""
    number = dp_ifindex(message)
    return None if number is None else message.datapaths.get(number)


def port(message: Message, *, by_name: bool = True) -> Node | None:
    """Return the node that identifies the port: the name or number of a vport, else the input port of a packet or a flow."""
    attrs = message.attrs
    if message.declaration is not None:
        return None if attrs is None else port_of(message.declaration, {child.name: child for child in attrs.children}, by_name=by_name)
    request = message.request
    if message.kind == "message" or request is None or request.declaration is None or request.command is None:
        return None
    return port_of(request.declaration, {node.name: node for node in request_attributes(message)[0]}, by_name=by_name)


def port_of(family: Family, attrs: Mapping[str, Node], *, by_name: bool = True) -> Node | None:
    """Return the node that identifies the port, from the top attributes of a family's message. by_name: prefer a vport's name."""
    if family is OVS_VPORT:
        name = attrs.get("name")
        return name if by_name and name is not None and name.wire.kind == "text" else attrs.get("port_no")
    key = attrs.get("key")
    return None if key is None else key.child("in_port")


def told_port(message: Message) -> Port | None:
    """Return the port's number and name; None if the message is about none, or the bytes are malformed."""
    node = port(message)
    if node is None:
        return None
    if node.wire.kind == "text":
        number = _number(message)
        return Port(number, str(node.wire.value(node.raw)))
    if not isinstance(node.raw, int):
        return None
    return Port(node.raw, message.ports.get((dp_ifindex(message) or 0, node.raw)))


def _number(message: Message) -> int | None:
    """Return the number of a vport whose message has its name."""
    attrs = message.attrs.children if message.attrs is not None else request_attributes(message)[0]
    node = next((child for child in attrs if child.name == "port_no"), None)
    return node.raw if node is not None and isinstance(node.raw, int) else None


def port_name(message: Message) -> str | None:
    """Return the name of the port, as known when the message was sent."""
    told = told_port(message)
    return None if told is None else told.name


def request_attributes(message: Message) -> tuple[Sequence[Node], bytes]:
    """Return the top attributes of the request that a message answers, and their bytes: from the echo, else from the request."""
    echoed = message.root.child("request")
    attrs = echoed.child("attrs") if echoed else None
    if attrs is not None and attrs.children:
        return attrs.children, message.data
    request = message.request
    if request is None or request.declaration is None:
        return (), b""
    start = HEADERS + (request.declaration.header.size or 0 if request.declaration.header else 0)
    body = request.body
    return Tree(body, message.byteorder, []).attrs(request.declaration.attrs, start, len(body), "") if len(body) > start else (), body
