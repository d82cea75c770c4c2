"""A context in the middle of a capture as plain data: what another process needs to say of a part of it what this one would.

What is remembered at the start of a part follows from all messages before it, so one process passes over them all, as fast as it can.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from ovsdissect.capture import Record
from ovsdissect.dissect.context import Context
from ovsdissect.dissect.lane import Kind, Lane, Write
from ovsdissect.dissect.message import Message
from ovsdissect.dissect.requests import Asked, Pending, Used
from ovsdissect.errors import CaptureError
from ovsdissect.families import FAMILIES
from ovsdissect.families.registry import Registry

M = TypeVar("M", bound=Message)

# a Pending with the names of its family and command instead of their declarations
Told = tuple[int, int, int, int, str | None, int | None, bytes]
Uses = tuple[int, dict[int, Told], dict[tuple[int, int], tuple[int, int]]]  # Used, likewise


class Handover(NamedTuple):
    """The state of a context before a part of a capture; of the requests before it, those that the part asks for."""

    numbers: int
    registry: Registry
    ports: dict[tuple[int, int], str]
    datapaths: dict[int, str]
    requests: dict[int, Uses]

    def context(self, make: type[M]) -> Context[M]:
        """The context that goes on from here."""
        context = Context(self.registry, make)
        context.ports, context.datapaths = MappingProxyType(self.ports), MappingProxyType(self.datapaths)
        self._count(context)
        return context

    def go_on(self, context: Context[M]) -> bool:
        """Take a context of an earlier part of the capture here; False where it knows other ids or names, and another one is needed."""
        if context.registry.changes != self.registry.changes or context.ports != self.ports or context.datapaths != self.datapaths:
            return False
        context.requests.clear()
        self._count(context)
        return True

    def _count(self, context: Context[M]) -> None:
        context.numbers = self.numbers
        for protocol, (first, found, latest) in self.requests.items():
            context.requests[protocol].go_on(Used(first, {number: _pending(told) for number, told in found.items()}, latest))


def handovers(context: Context[M], records: Iterable[Record], size: int, *, foreign: bool) -> Iterator[tuple[Handover, list[Record]]]:
    """Take a context over a capture without making its messages: its parts of some size in bytes, each with the state before it.

    foreign: what is remembered of other netlink protocols is wanted too.
    """
    lane = Lane(context, _Nothing(), foreign=foreign)
    cuts = _Cuts(records, context.registry, size)
    while cuts.next is not None:
        numbers, registry = context.numbers, context.registry.copy()
        # who goes over the part sees the ids change as often, and so may compare how often they did
        registry.changes = context.registry.changes
        ports, datapaths = dict(context.ports), dict(context.datapaths)
        uses = {protocol: requests.use() for protocol, requests in context.requests.items()}
        for _ in lane.run(cuts.part(), 1):
            pass
        asked = {
            protocol: (used.first, {number: _told(one) for number, one in used.found.items()}, used.latest)
            for protocol, used in uses.items()
        }
        yield Handover(numbers, registry, ports, datapaths, asked), cuts.records
    if cuts.error is not None:
        raise cuts.error


class _Cuts:
    """The records of a capture, part by part.  next: the first of the next part; error: why there are no more."""

    def __init__(self, records: Iterable[Record], registry: Registry, size: int) -> None:
        self._rest, self._registry, self._size = iter(records), registry, size
        self.records: list[Record] = []
        self.next: Record | None = None
        self.error: CaptureError | None = None
        try:
            self.next = next(self._rest, None)
        except CaptureError as error:
            self.error = error

    def part(self) -> Iterator[Record]:
        """The next part, which ends early where reading on told an id: whoever goes over it sees what comes, but not what was read."""
        registry, first = self._registry, self.next
        assert first is not None
        self.records = taken = [first]
        end = first.offset + self._size
        append = taken.append
        yield first
        changes = registry.changes
        try:
            for record in self._rest:
                if record.offset >= end or registry.changes != changes:
                    self.next = record
                    return
                append(record)
                yield record
                changes = registry.changes
        except CaptureError as error:
            # what was read before it is a part like any other
            self.error = error
        self.next = None


class _Nothing:
    """The front of a pass that looks at nothing: the context alone is wanted."""

    def __init__(self) -> None:
        self.out: list[Any] = []

    def writer(self, _kind: Kind) -> Write:
        """Plain messages are counted and remembered by the lane."""
        return _pass

    def message(self, _message: Message) -> None:
        """The context has seen it."""


def _pass(*_: object) -> None:
    """A message that nobody looks at."""


def _told(pending: Pending) -> Told:
    pid, seq, (kind, family, command), number, body = pending
    return pid, seq, kind, number, family.name if family else None, None if command is None else command.number, body


def _pending(told: Told) -> Pending:
    pid, seq, kind, number, name, cmd, body = told
    family = FAMILIES[name] if name else None
    return pid, seq, Asked(kind, family, family.command(cmd) if family and cmd is not None else None), number, body
