"""A context in the middle of a capture as plain data: what another process needs to say of a part of it what this one would."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, NamedTuple, TypeVar

from ovsdissect.capture import Record
from ovsdissect.dissect.context import Context
from ovsdissect.dissect.message import Message
from ovsdissect.dissect.requests import Part, Pending
from ovsdissect.families import FAMILIES
from ovsdissect.families.registry import How, Registry
from ovsdissect.netlink.framing import framing
from ovsdissect.netlink.headers import NETLINK_GENERIC, NLM_F_MULTI, NLM_F_REQUEST, NLMSG_MIN_TYPE, NLMSGHDR_LEN

M = TypeVar("M", bound=Message)

# a Pending with the names of its family and command instead of their declarations
Told = tuple[int, int, int, int, str | None, int | None, bytes]
TELLING: Final = ("nlctrl", "ovs_vport", "ovs_datapath")  # families whose messages say ids and names


class Handover(NamedTuple):
    """The state of a context before a part of a capture; of the requests before it, those that the part asks for."""

    numbers: int
    registry: Registry
    ports: dict[tuple[int, int], str]
    datapaths: dict[int, str]
    requests: dict[int, tuple[Part, dict[int, Told]]]

    def context(self, make: type[M]) -> Context[M]:
        """The context that goes on from here."""
        context = Context(self.registry, make)
        context.numbers = self.numbers
        context.ports, context.datapaths = MappingProxyType(self.ports), MappingProxyType(self.datapaths)
        for protocol, (part, used) in self.requests.items():
            context.requests[protocol].go_on(part, {number: _pending(told) for number, told in used.items()})
        return context


def skim(context: Context[M], records: list[Record]) -> Handover:
    """Take a context over a part of a capture without making its messages; returns the state before it."""
    numbers, registry = context.numbers, context.registry.copy()
    ports, datapaths = dict(context.ports), dict(context.datapaths)
    parts = {protocol: requests.part() for protocol, requests in context.requests.items()}
    for requests in context.requests.values():
        requests.used = {}
    for record in records:
        cut = framing(record.data, record.link_type, record.wire_length, record.byteorder)
        protocol = cut.protocol or 0
        for frame in cut.frames:
            _, offset, end, _, kind, flags, seq, pid = frame
            known = context.registry.known(kind) if protocol == NETLINK_GENERIC else None
            tells = known is not None and (known.how is How.PRESUMED or known.name in TELLING)
            if kind < NLMSG_MIN_TYPE or tells:
                context.message(record, frame, protocol)
                continue
            context.numbers += 1
            requests = context.requests[protocol]
            if flags & NLM_F_REQUEST:
                family = FAMILIES.get(known.name) if known else None
                at = offset + NLMSGHDR_LEN
                command = family.command(record.data[at]) if family and at + 4 <= min(end, len(record.data)) else None
                requests.note((pid, seq, kind, context.numbers, family, command, record.data, offset, end))
            else:
                if pid or seq:
                    requests.find(pid, seq, kind)
                if flags & NLM_F_MULTI:
                    requests.speaks(pid, seq, kind)
    requests_before = {}
    for protocol, requests in context.requests.items():
        used, requests.used = requests.used or {}, None
        part = parts.get(protocol, (0, {}))
        requests_before[protocol] = (part, {number: _told(one) for number, one in used.items() if number < part[0]})
    return Handover(numbers, registry, ports, datapaths, requests_before)


def _told(pending: Pending) -> Told:
    pid, seq, kind, number, family, command, data, start, end = pending
    return pid, seq, kind, number, family.name if family else None, None if command is None else command.number, data[start:end]


def _pending(told: Told) -> Pending:
    pid, seq, kind, number, name, cmd, data = told
    family = FAMILIES[name] if name else None
    return pid, seq, kind, number, family, family.command(cmd) if family and cmd is not None else None, data, 0, len(data)
