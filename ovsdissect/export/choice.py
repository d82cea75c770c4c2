"""The messages of a fixture: the selected ones, what names their families, datapaths and ports, and the requests that they answer.

Each is kept alone in a record; what names something is taken once, and as it was when the message that needs it was sent.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from ovsdissect.capture import Record
from ovsdissect.dissect.message import Message
from ovsdissect.dissect.node import Node
from ovsdissect.dissect.requests import REQUESTS
from ovsdissect.export.carving import alone
from ovsdissect.export.selection import families
from ovsdissect.export.values import dp_ifindex
from ovsdissect.families import GENL_ID_CTRL, NLCTRL
from ovsdissect.families.actions import ACTIONS, USERSPACE
from ovsdissect.families.cookies import FLOW_SAMPLE, IPFIX
from ovsdissect.families.flow_key import KEY
from ovsdissect.families.registry import announcement
from ovsdissect.grammar import Attr
from ovsdissect.grammar.attrs import Element
from ovsdissect.grammar.wire import PREFIX
from ovsdissect.netlink.framing import cooked
from ovsdissect.netlink.headers import NETLINK_GENERIC, NLMSGHDR_LEN

PORTS: Final = frozenset(
    (
        KEY.by_name["in_port"],
        ACTIONS.by_name["output"],
        USERSPACE.by_name["egress_tun_port"],
        FLOW_SAMPLE.fields["output_odp_port"],
        IPFIX.fields["output_odp_port"],
    )
)


class Chosen(NamedTuple):
    """A message of the capture, alone in its record."""

    record: Record
    message: Message


Named = tuple[int, int | None]  # a datapath; a port of it, None for itself


class _Announced(NamedTuple):
    """A family's id as a message announces it."""

    number: int
    chosen: Chosen


class Choice:
    """Sees every message of a capture in order, and is told which are selected.

    selected: how many were.  left: how many could not be taken, because they are bytes that form no generic netlink message.
    """

    def __init__(self) -> None:
        self.selected = 0
        self.left = 0
        self._chosen: dict[int, Chosen] = {}
        self._requests: dict[int, Chosen] = {}
        self._announced: dict[tuple[str, int], list[_Announced]] = {}
        self._names: dict[Named, tuple[object, Chosen]] = {}

    def see(self, record: Record, message: Message, selected: bool) -> None:
        """Take the next message."""
        if message.number is None or message.protocol != NETLINK_GENERIC:
            self.left += selected
            return
        self._remember(record, message)
        if selected:
            self.selected += 1
            self._take(Chosen(record, message))

    def messages(self) -> list[Record]:
        """The records of the fixture, one message each."""
        needed: dict[tuple[str, int], int] = {}
        for number in sorted(self._chosen):
            for family in families(self._chosen[number].message).items():
                needed.setdefault(family, number)
        made = []
        for (name, number), first in needed.items():
            known = self._announced.get((name, number))
            if known:
                # the last one before the first message that needs it, else the next one after that
                best = next((one for one in reversed(known) if one.number <= first), known[0])
                self._chosen.setdefault(best.number, best.chosen)
            else:
                made.append(_announcement(name, number, self._chosen[first].record))
        return made + [alone(*self._chosen[number]) for number in sorted(self._chosen)]

    def originals(self) -> Iterator[Message]:
        """The messages of the capture that messages() has at its end, in its order; those that it makes itself stand before."""
        return (self._chosen[number].message for number in sorted(self._chosen))

    def _take(self, chosen: Chosen) -> None:
        message = chosen.message
        self._add(chosen)
        request = self._requests.get(message.request.number or 0) if message.request else None
        if request is not None:
            self._add(request)
        datapath = dp_ifindex(message)
        if datapath is not None:
            spoken_of: list[int | None] = [None] if datapath in message.datapaths else []
            for one in (chosen, request) if request is not None else (chosen,):
                spoken_of += [port for port in _ports(one.message.root) if (datapath, port) in message.ports]
            for port in spoken_of:
                if (datapath, port) in self._names:
                    self._add(self._names[datapath, port][1])

    def _add(self, chosen: Chosen) -> None:
        self._chosen[chosen.message.number or 0] = chosen

    def _remember(self, record: Record, message: Message) -> None:
        chosen = Chosen(record, message)
        assert message.number is not None
        if message.direction == "to-kernel":
            self._requests[message.number] = chosen
            if len(self._requests) > 2 * REQUESTS:  # the context remembers no more
                del self._requests[next(iter(self._requests))]
        elif message.family is NLCTRL:
            said = announcement(message.data[message.frame.offset + NLMSGHDR_LEN : message.frame.end], message.order)
            if said is not None and said.id is not None:
                self._announced.setdefault((said.name, said.id), []).append(_Announced(message.number, chosen))
        elif message.family is not None and message.family.name in ("ovs_vport", "ovs_datapath"):
            self._name(chosen)

    def _name(self, chosen: Chosen) -> None:
        """Keep what names a datapath or a port, until another message gives it another name."""
        message = chosen.message
        attrs, datapath = message.attrs, message.dp_ifindex
        name = attrs.child("name") if attrs else None
        if attrs is None or name is None or datapath is None:
            return
        port = attrs.child("port_no")
        own = message.family is not None and message.family.name == "ovs_datapath"
        if own or (port is not None and isinstance(port.raw, int)):
            named = (datapath, None if own or port is None else port.raw)
            if named not in self._names or self._names[named][0] != name.raw:
                self._names[named] = (name.raw, chosen)


def _ports(node: Node) -> Iterator[int]:
    """The datapath ports that a message speaks of."""
    row = node.row.origin if isinstance(node.row, Attr) else node.row
    if row in PORTS and isinstance(node.raw, int):
        yield node.raw
    for child in node.children:
        yield from _ports(child)


def _announcement(name: str, number: int, record: Record) -> Record:
    """The message by which nlctrl would have announced a family, at the time of a record, where the capture holds none."""
    start, _protocol = cooked(record.data, record.link_type) or (0, 0)
    values = {"family_name": name, "family_id": number}
    elements = [Element(NLCTRL.attrs.by_name[row], 0, value) for row, value in values.items()]
    attrs = NLCTRL.attrs.build(elements, byteorder=record.byteorder)
    body = struct.pack("BBxx", NLCTRL.by_name["newfamily"].number, NLCTRL.version) + attrs
    head = struct.pack(PREFIX[record.byteorder] + "IHHII", NLMSGHDR_LEN + len(body), GENL_ID_CTRL, 0, 0, 0)
    data = record.data[:start] + head + body
    return record._replace(data=data, wire_length=len(data))
