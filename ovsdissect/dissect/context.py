"""What messages say about each other: family ids, names of ports and datapaths, requests and their answers.

It sees every message of a capture once, in order. What messages say applies to their own conversation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Generic, TypeVar

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import NETLINK_LINK_TYPES, Interface, Record
from ovsdissect.dissect.conversation import CONVERSATIONS, Conversation, Met, Registries
from ovsdissect.dissect.flow_keys import FlowKey
from ovsdissect.dissect.known import Printed
from ovsdissect.dissect.message import Ahead, Daemon, Message, Request
from ovsdissect.dissect.naming import Naming
from ovsdissect.dissect.requests import Pending, Requests
from ovsdissect.families import FAMILIES, GENL_ID_CTRL, OVS_FLOW
from ovsdissect.families.headers import OVS_HEADER
from ovsdissect.families.registry import LONGEST_NAME, Announcement, Registry, announcement
from ovsdissect.grammar import Command, Family
from ovsdissect.grammar.attrs import attributes, payloads
from ovsdissect.netlink.framing import Frame, Framing, framing, is_foreign, is_netlink
from ovsdissect.netlink.headers import (
    GENLMSGHDR_LEN,
    NETLINK_GENERIC,
    NLM_F_MULTI,
    NLM_F_REQUEST,
    NLMSG_DONE,
    NLMSG_ERROR,
    NLMSG_MIN_TYPE,
    NLMSGHDR_LEN,
)
from ovsdissect.netlink.rtnetlink import NETLINK_ROUTE, interface

M = TypeVar("M", bound=Message)
FLOW_HEADERS: Final = NLMSGHDR_LEN + GENLMSGHDR_LEN + (OVS_HEADER.size or 0)
NOBODY: Final = -1  # the conversation before the first record
_NO_FRAME: Final = Frame(0, 0, 0, 0, 0, 0, 0, 0)


def _unknown(_conversation: int) -> None:
    """Know nothing of a daemon: the default."""


def _nothing(_conversation: Conversation) -> None:
    """Do nothing: the default, if nobody else keeps records of a conversation."""


class Context(Generic[M]):
    """The state of one pass over a capture.

    registries: the family ids of each conversation; a Registry is that of the first. numbers: netlink messages seen so far.
    met: what kinds of record were met. current: the conversation of the last record. interfaces: those of the capture.
    make: the class of the messages, Message or a subclass.
    daemon: returns what is known of the ovs-vswitchd in a conversation. ahead: what the whole capture tells of a message.
    printed: what is printed of the capture's messages, None if the capture can be read only once.
    opened: called with each new conversation.
    """

    def __init__(self, registries: Registries | Registry, make: type[M]) -> None:
        self.registries = Registries.of(registries) if isinstance(registries, Registry) else registries
        self._make = make
        self.numbers = 0
        self.met = Met()
        self.daemon: Callable[[int], Daemon | None] = _unknown
        self.ahead: Ahead | None = None
        self.printed: Printed | None = None
        self.interfaces: Sequence[Interface] = ()
        self.opened: Callable[[Conversation], None] = _nothing
        self.conversations: dict[int, Conversation] = {}
        self.current = Conversation(NOBODY, Registry(self.registries.given))

    def copy(self) -> Context[M]:
        """Return an independent copy of the state, without the requests, which the caller must add."""
        other = Context(self.registries.copy(), self._make)
        other.numbers = self.numbers
        other.daemon, other.ahead, other.interfaces = self.daemon, self.ahead, self.interfaces
        other.printed = self.printed
        for key, one in self.conversations.items():
            ids = other.registries[key] if key in other.registries else one.registry.copy()
            other.conversations[key] = other.current = one.copy(ids)
        return other

    def turn(self, key: int) -> Conversation:
        """Continue in a conversation."""
        if key != self.current.key:
            found = self.conversations.pop(key, None)
            if found is None:
                found = self._open(key)
            self.conversations[key] = self.current = found  # the most recent ones are last
        return self.current

    def _open(self, key: int) -> Conversation:
        """Begin a conversation; if there are too many, the one that was silent longest is forgotten."""
        if len(self.conversations) >= CONVERSATIONS:
            del self.conversations[next(iter(self.conversations))]
        made = self.conversations[key] = Conversation(key, self.registries[key])
        self.opened(made)
        return made

    @property
    def registry(self) -> Registry:
        """The family ids of the current conversation."""
        return self.current.registry

    @property
    def requests(self) -> Requests:
        """The requests of the current conversation that may still be answered."""
        return self.current.requests

    @property
    def ports(self) -> Naming[tuple[int, int]]:
        """The names of the current conversation's ports."""
        return self.current.ports

    @property
    def datapaths(self) -> Naming[int]:
        """The names of the current conversation's datapaths."""
        return self.current.datapaths

    def messages(self, record: Record) -> Iterator[M]:
        """Yield the messages of the next record, and one more for bytes that belong to none."""
        cut = self.framed(record)
        for frame in cut.frames:
            yield self.message(record, frame, cut.protocol or 0)
        rest = self.rest(record, cut)
        if rest is not None:
            yield rest

    def framed(self, record: Record) -> Framing:
        """Split the next record into its messages."""
        cut = framing(record.data, record.link_type, record.wire_length, record.byteorder)
        met = self.met
        if cut.protocol is None:
            if record.link_type not in NETLINK_LINK_TYPES:
                met.link_types[record.link_type] += 1
                met.foreign += 1
            else:
                met.foreign += is_foreign(record.data, record.link_type)
        elif len(record.data) >= cut.start + NLMSGHDR_LEN:
            self.turn(record.conversation)
            met.orders[record.byteorder] += bool(cut.frames)
            met.bare += not cut.start
            met.strange += bool(cut.start) and not is_netlink(record.data, record.link_type)
        return cut

    def rest(self, record: Record, cut: Framing) -> M | None:
        """Return the entry of a record for bytes that belong to none of its messages; None if there are no such bytes."""
        if not cut.problems:
            return None
        start, length = cut.rest
        message = self._make(
            number=None,
            record=record.number,
            time_ns=record.time_ns,
            data=record.data,
            wire_length=record.wire_length,
            byteorder=record.byteorder,
            protocol=cut.protocol,
            frame=_NO_FRAME._replace(place=len(cut.frames), offset=start, end=start + length, length=length),
            interface=record.interface,
            notes=record.notes,
            problems=tuple(cut.problems),
        )
        message.interfaces = self.interfaces
        return message

    def message(self, record: Record, frame: Frame, protocol: int) -> M:
        """Return the next message of the capture."""
        self.numbers += 1
        generic = protocol == NETLINK_GENERIC
        family, name = None, None
        if generic and frame.type >= NLMSG_MIN_TYPE:
            body = record.data[frame.offset + NLMSGHDR_LEN : frame.end]
            cut = frame.end > len(record.data)
            family, name = self._family(frame.type, body, record, cut)
            if frame.type == GENL_ID_CTRL:
                said = announcement(body, record.byteorder)
                if said is not None:
                    self._learn(said, self.numbers)
        _, start, end, _, kind, flags, seq, pid = frame
        request = self.answered(protocol, kind, flags, seq, pid, record.data, start, end, record.byteorder)
        message = self._make(
            number=self.numbers,
            record=record.number,
            time_ns=record.time_ns,
            data=record.data,
            wire_length=record.wire_length,
            byteorder=record.byteorder,
            protocol=protocol,
            frame=frame,
            family=family,
            name=name,
            request=request,
            ports=self.ports,
            datapaths=self.datapaths,
            daemon=self.daemon(record.conversation),
            interface=record.interface,
            notes=record.notes,
        )
        message.ahead, message.interfaces = self.ahead, self.interfaces
        if protocol == NETLINK_ROUTE:
            self._link(message)
        if family is OVS_FLOW or (request is not None and request.declaration is OVS_FLOW):
            message.flow_key = self._flow_key(message)
        if frame.flags & NLM_F_REQUEST and frame.type >= NLMSG_MIN_TYPE:
            self._remember(message, protocol)
            return message
        if generic and frame.flags & NLM_F_MULTI and frame.type >= NLMSG_MIN_TYPE:
            self.requests.speaks(protocol, frame.pid, frame.seq, frame.type)
        if family is not None and family.name in ("ovs_vport", "ovs_datapath"):
            self._name(message)
        return message

    def _link(self, message: Message) -> None:
        """Take the name of an interface from a message of NETLINK_ROUTE, and give the message those that are known."""
        frame = message.frame
        number, name = interface(message.data[frame.offset : frame.end], frame.type, message.byteorder)
        if number is not None and name is not None and len(name) <= LONGEST_NAME and self.current.links.get(number) != name:
            self.current.links = self.current.links.named(number, name)
        message.links = self.current.links

    def _family(self, number: int, body: bytes, record: Record, cut: bool) -> tuple[Family | None, str | None]:
        registry = self.registry
        family = registry.family(number) or registry.presumed(number, body, record.byteorder, cut=cut)
        if family is not None:
            return family, family.name
        known = registry.known(number)
        return None, known.name if known and known.name not in FAMILIES else None

    def _flow_key(self, message: Message) -> FlowKey | None:
        """Take a flow's key from an ovs_flow message. Returns the key of the flow named by it or by the request that it answers."""
        frame, request, order, datapath = message.frame, message.request, message.byteorder, message.dp_ifindex
        asked = message.data[frame.offset : frame.end] if request is None else request.body
        if message.command is not None and datapath is not None:
            attrs = dict(payloads(message.data[frame.offset + FLOW_HEADERS : frame.end], order)[0])
            self.current.flow_keys.see(message.command.number, frame.flags, datapath, attrs)
        if len(asked) < FLOW_HEADERS or (request is None and not frame.flags & NLM_F_REQUEST):
            return None
        number = int.from_bytes(asked[NLMSGHDR_LEN + GENLMSGHDR_LEN : FLOW_HEADERS], order, signed=True)
        return self.current.flow_keys.find(number, dict(payloads(asked[FLOW_HEADERS:], order)[0]))

    def _remember(self, message: Message, protocol: int) -> None:
        frame = message.frame
        body = message.data[frame.offset : frame.end]
        self.requests.note(
            protocol, frame.pid, frame.seq, Pending(frame.type, message.declaration, message.command, message.number or 0, body)
        )

    def answered(
        self, protocol: int, kind: int, flags: int, seq: int, pid: int, data: bytes, start: int, end: int, order: ByteOrder
    ) -> Request | None:
        """Return the request that a message (in `data` from start to end) answers: the latest with its protocol, portid and sequence
        number, and the type that an error echoes.
        """
        if flags & NLM_F_REQUEST:
            return None
        if kind == NLMSG_ERROR:
            return self._failed(protocol, seq, pid, data, start + NLMSGHDR_LEN + 4, end, order)
        if not pid and not seq:
            return None
        number: int | None = kind
        if kind == NLMSG_DONE:
            number = self.requests.latest(protocol, pid, seq)
        if number is None:
            return None
        seen = self.requests.find(protocol, pid, seq, number)
        if seen is None and kind == NLMSG_DONE:
            # The capture lacks the dump's request, or the request named another portid than its socket's: the replies tell the family.
            return self._asked(protocol, Pending(number, self._known(protocol, number), None, 0, b""))
        return seen and self._asked(protocol, seen)

    def _failed(self, protocol: int, seq: int, pid: int, data: bytes, at: int, end: int, order: ByteOrder) -> Request | None:
        """Return the request of an error that echoes its header at `at`: the one seen before, with the echo if the error has one."""
        header = data[at : min(at + NLMSGHDR_LEN, end)]
        if len(header) < NLMSGHDR_LEN:
            return None
        number = int.from_bytes(header[4:6], order)
        sequence, asker = int.from_bytes(header[8:12], order), int.from_bytes(header[12:16], order)
        seen = self.requests.find(protocol, asker, sequence, number) or self.requests.find(protocol, pid, seq, number)
        if seen is not None:
            return self._asked(protocol, seen)
        family = self._known(protocol, number)
        body = data[at:end]
        command = family.command(body[NLMSGHDR_LEN]) if family and len(body) > NLMSGHDR_LEN else None
        return self._asked(protocol, Pending(number, family, command, 0, body))

    def _known(self, protocol: int, number: int) -> Family | None:
        """Return the family of a type."""
        return self.registry.family(number) if protocol == NETLINK_GENERIC else None

    def _asked(self, protocol: int, pending: Pending) -> Request:
        """Return a request in the form that its answers use; number 0: it is not in the capture."""
        kind, family, command, number, body = pending
        name = None if family is None else family.name
        if family is None and protocol == NETLINK_GENERIC:
            known = self.registry.known(kind)
            name = known.name if known is not None and known.name not in FAMILIES else None
        return Request(number or None, kind, family, command, body, name)

    def _learn(self, said: Announcement, message: int) -> None:
        """Take a family's announcement in a message."""
        self.registry.learn(said)
        self.met.announced(self.current.key, message, said)

    def hear(self, data: bytes, order: ByteOrder, message: int) -> None:
        """Take a name, or a flow's key, from a message without problems that was read elsewhere.

        nlctrl's messages name a family; replies name a port or datapath. data: the message, from its nlmsghdr on. message: its number.
        """
        number, body = int.from_bytes(data[4:6], order), data[NLMSGHDR_LEN:]
        if number == GENL_ID_CTRL:
            said = announcement(body, order)
            if said is not None:
                self._learn(said, message)
            return
        family = self.registry.family(number)
        if family is None or family.header is None:
            return
        header = GENLMSGHDR_LEN + (family.header.size or 0)
        (datapath,) = family.header.readers[order](body, GENLMSGHDR_LEN)
        if family is OVS_FLOW:
            self.current.flow_keys.see(body[0], int.from_bytes(data[6:8], order), datapath, dict(payloads(body[header:], order)[0]))
            return
        values = {}
        for kind, _flags, start, end, _padding in attributes(body[header:], order):
            row = family.attrs.row(kind)
            if row.name in ("name", "port_no"):
                values[row.name] = row.wire.parse(body[header + start : header + end], byteorder=order)
        self.named(family, family.command(body[0]), datapath, values.get("name"), values.get("port_no"))

    def _name(self, message: Message) -> None:
        """Take port and datapath names from a message of the kernel."""
        attrs, datapath, command = message.attrs, message.dp_ifindex, message.command
        if attrs is not None and datapath is not None and command is not None and message.declaration is not None:
            values = {child.name: child.value for child in attrs.children if child.name in ("name", "port_no")}
            self.named(message.declaration, command, datapath, values.get("name"), values.get("port_no"))

    def named(self, family: Family, command: Command, datapath: int, name: object, port: object) -> None:
        """Take the name of a port or a datapath from a reply of ovs_vport or ovs_datapath; values of the wrong type are ignored."""
        if not isinstance(name, str) or len(name) > LONGEST_NAME:
            return
        gone, current = command.name == "del", self.current
        ports, datapaths = current.ports, current.datapaths
        if family.name == "ovs_datapath":
            if gone:
                current.datapaths, current.ports = datapaths.without(datapath), ports.without_group(datapath)
            elif datapaths.get(datapath) != name:
                current.datapaths = datapaths.named(datapath, name)
            return
        if not isinstance(port, int):
            return
        if gone:
            current.ports = ports.without((datapath, port))
        elif ports.get((datapath, port)) != name:
            current.ports = ports.named((datapath, port), name)
