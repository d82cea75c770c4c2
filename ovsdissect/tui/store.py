"""A capture with random access: its table, and the context of each message; messages are made on demand."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import compress
from typing import Final, NamedTuple

from ovsdissect.api import Message, is_ovs
from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import Interface, Record
from ovsdissect.capture.spool import Spool
from ovsdissect.dissect.message import Ahead, Daemon, Ports, Request
from ovsdissect.engine.table import Table
from ovsdissect.grammar import Family
from ovsdissect.netlink.framing import Frame, cooked, frame_at, framing
from ovsdissect.netlink.headers import NETLINK_GENERIC, NLMSG_MIN_TYPE
from ovsdissect.netlink.rtnetlink import NETLINK_ROUTE, interface
from ovsdissect.problem import Problem

_NO_FRAME: Final = Frame(0, 0, 0, 0, 0, 0, 0, 0)


class Names(NamedTuple):
    """The names of ports, datapaths and interfaces that apply to one conversation from a line on."""

    ports: Ports
    datapaths: Mapping[int, str]
    links: Mapping[int, str]


_NO_NAMES: Final = Names({}, {}, {})


class _Said:
    """The names of a conversation, by the line from which they apply."""

    __slots__ = ("lines", "names")

    def __init__(self) -> None:
        self.lines = array("I", [0])
        self.names = [_NO_NAMES]

    def rename(self, line: int, names: Names) -> None:
        """Store the names that apply from a line on."""
        last = self.names[-1]
        if any(old is not new for old, new in zip(last, names, strict=True)) and last != names:
            self.names.append(names)
            self.lines.append(line)

    def at(self, line: int) -> Names:
        """The names that apply at a line."""
        return self.names[bisect_right(self.lines, line) - 1]


class Rows(NamedTuple):
    """Consecutive messages: for each the index of its family, whether it is shown by default, and the number of the message that it
    answers, 0 for none.

    links: the places of those that may name an interface, with their conversations.  unnamed: how many there are of each generic netlink
    type of a conversation that has no name.  names: the ports' and datapaths' of each conversation, the same for all of these messages.
    """

    families: list[int]
    ovs: bytes
    requests: list[int]
    links: list[tuple[int, int]]
    unnamed: Mapping[tuple[int, int], int]
    names: Mapping[int, tuple[Ports, Mapping[int, str]]]


class Store:
    """Every line of a capture (a message, or the entry of a record), by index from 0.

    Written by one thread (add, publish) and read by others; `count` lines are complete.
    daemon: what is known of the ovs-vswitchd that speaks in a conversation.  interfaces: those of the capture so far.
    ahead: what the whole capture tells of a message.
    """

    def __init__(self, spool: Spool, daemon: Callable[[int], Daemon], interfaces: Callable[[], Sequence[Interface]] = tuple) -> None:
        self.table = Table(spool)
        self._daemon, self._interfaces = daemon, interfaces
        self.ahead: Ahead | None = None
        self.count = 0
        self._family, self._ovs, self._request = array("B"), bytearray(), array("I")
        self._families: list[tuple[Family | None, str | None]] = []
        self._family_places: dict[tuple[Family | None, str | None], int] = {}
        # lines that are entries of records, with the record
        self._unnumbered, self._unnumbered_records = array("I"), array("I")
        self._foreign: dict[int, Request] = {}
        self._unnamed: Counter[tuple[int, int]] = Counter()
        self._names: dict[int, _Said] = {}
        # a dump's record holds hundreds of messages, all answering one request
        self._opened = lru_cache(maxsize=16)(self._open)
        self._requested = lru_cache(maxsize=64)(self._make_request)

    # writing

    def add(self, record: Record, messages: list[Message]) -> None:
        """Add the next record with its messages."""
        self.table.add(record)
        for message in messages:
            self.add_message(message)

    def add_message(self, message: Message) -> None:
        """Add the next message, or a record's own line; its record is in the table."""
        key = message.conversation
        line, request = len(self._family), 0
        if message.number is None:
            self._unnumbered_records.append(message.record - 1)
            self._unnumbered.append(line)
        else:
            self._rename(key, line, message.ports, message.datapaths)
            if message.protocol == NETLINK_ROUTE:
                frame = message.frame
                self._link(key, line, message.data[frame.offset : frame.end], frame.type, message.byteorder)
        if message.family is None and message.protocol == NETLINK_GENERIC and message.frame.type >= NLMSG_MIN_TYPE:
            self._unnamed[key, message.frame.type] += 1
        if message.request is not None:
            if message.request.number is None:
                self._foreign[line] = message.request
            else:
                request = self.line(message.request.number) + 1
        place = self.place(message.declaration, message.family if message.kind == "message" else None)
        self._ovs.append(is_ovs(message))
        self._request.append(request)
        self._family.append(place)

    def place(self, family: Family | None, name: str | None) -> int:
        """The number of a family, or of the name of one that is not decoded."""
        place = self._family_places.get((family, name))
        if place is None:
            place = self._family_places[family, name] = len(self._families)
            self._families.append((family, name))
            if place == 0x100:
                self._family = array("I", self._family)
        return place

    def extend(self, rows: Rows) -> None:
        """Add messages that the engine read; they are in the table, and none answers a request that the capture lacks."""
        first = len(self._family)
        for key, (ports, datapaths) in rows.names.items():
            self._rename(key, first, ports, datapaths)
        self._family.extend(rows.families)
        self._ovs.extend(rows.ovs)
        self._request.extend([self.line(number) + 1 if number else 0 for number in rows.requests])
        self._unnamed.update(rows.unnamed)

        if rows.links:
            self.table.spool.flush()
        for place, key in rows.links:
            number = first + place + 1 - len(self._unnumbered)
            at = self.table.record[number - 1]
            record = self.table.fetch(at)
            frame = frame_at(record, number - 1 - self.table.first(at), self.table.offset[number - 1])
            self._link(key, first + place, record.data[frame.offset : frame.end], frame.type, record.byteorder)

    def _rename(self, key: int, line: int, ports: Ports, datapaths: Mapping[int, str]) -> None:
        """Store the names of ports and datapaths that apply in a conversation from a line on."""
        said = self._names.get(key)
        if said is None:
            if not ports and not datapaths:
                return
            said = self._names[key] = _Said()
        said.rename(line, said.names[-1]._replace(ports=ports, datapaths=datapaths))

    def _link(self, key: int, line: int, message: bytes, kind: int, order: ByteOrder) -> None:
        """Store the name of an interface from a message of NETLINK_ROUTE."""
        index, name = interface(message, kind, order)
        if index is None or name is None:
            return
        said = self._names.setdefault(key, _Said())
        last = said.names[-1]
        if last.links.get(index) != name:
            said.rename(line, last._replace(links={**last.links, index: name}))

    def publish(self) -> None:
        """Publish the added lines to readers."""
        self.table.spool.flush()
        self.count = len(self._family)

    # reading

    @property
    def interfaces(self) -> Sequence[Interface]:
        """The interfaces of the capture so far."""
        return self._interfaces()

    def ovs(self, line: int) -> bool:
        """Whether a line is shown by default."""
        return bool(self._ovs[line])

    def shown(self, start: int, end: int) -> Iterator[int]:
        """Yield the lines in a range that are shown by default."""
        return compress(range(start, end), self._ovs[start:end])

    def number(self, line: int) -> int | None:
        """The message number of a line; None for the entry of a record."""
        before = bisect_left(self._unnumbered, line)
        if before < len(self._unnumbered) and self._unnumbered[before] == line:
            return None
        return line + 1 - before

    def line(self, number: int) -> int:
        """The line of a message number."""
        line = number - 1
        while self._unnumbered:
            there = number - 1 + bisect_right(self._unnumbered, line)
            if there == line:
                return line
            line = there
        return line

    def lines(self, numbers: list[int]) -> Iterable[int]:
        """The lines of message numbers."""
        return map(self.line, numbers) if self._unnumbered else (number - 1 for number in numbers)

    def line_of(self, message: Message) -> int:
        """The line of a message that another pass made, or of a record's own."""
        if message.number is not None:
            return self.line(message.number)
        return self._unnumbered[bisect_left(self._unnumbered_records, message.record - 1)]

    def record(self, line: int) -> int:
        """The record of a line, from 0."""
        number = self.number(line)
        return self._unnumbered_records[bisect_left(self._unnumbered, line)] if number is None else self.table.record[number - 1]

    def time(self, line: int) -> int | None:
        """A line's time in nanoseconds."""
        return self.table.time(self.record(line))

    @property
    def start_ns(self) -> int:
        """The time of the first line, from which relative times count; 0 if there is none."""
        return (self.time(0) or 0) if self.count else 0

    def request(self, line: int) -> int | None:
        """The line of the request that a line answers."""
        return self._request[line] - 1 if self._request[line] else None

    def of_family(self, name: str) -> list[int]:
        """The lines of a family."""
        wanted = {at for at, (_, known) in enumerate(self._families) if known == name}
        return [line for line, family in enumerate(self._family[: self.count]) if family in wanted]

    def record_of(self, number: int) -> Record:
        """A record by its number, from 1."""
        return self.table.fetch(number - 1)

    def answers(self, line: int) -> list[int]:
        """The lines that answer a request, at most the first hundred."""
        found: list[int] = []
        start, count = line + 1, self.count
        while len(found) < 100:
            try:
                start = self._request.index(line + 1, start, count) + 1
            except ValueError:
                break
            found.append(start - 1)
        return found

    def unnamed(self) -> Counter[tuple[int, int]]:
        """How many messages there are of each generic netlink type of a conversation that has no name."""
        return Counter(self._unnamed)

    def _open(self, at: int) -> tuple[Record, int | None, int]:
        """A record, its netlink protocol and its first message."""
        record = self.table.fetch(at)
        place = cooked(record.data, record.link_type)
        return record, place and place[1], self.table.first(at)

    def message(self, line: int) -> Message:
        """The message of a line, made on demand."""
        number = self.number(line)
        at = self.record(line) if number is None else self.table.record[number - 1]
        record, protocol, first = self._opened(at)
        family, name = self._families[self._family[line]]
        problems: tuple[Problem, ...] | None = None
        if number is None:
            cut = framing(record.data, record.link_type, record.wire_length, record.byteorder)
            start, length = cut.rest
            frame = _NO_FRAME._replace(place=len(cut.frames), offset=start, end=start + length, length=length)
            problems = tuple(cut.problems)
        else:
            frame = frame_at(record, number - 1 - first, self.table.offset[number - 1])
        said = self._names.get(record.conversation)
        names = _NO_NAMES if said is None else said.at(line)
        made = Message(
            number=number,
            record=at + 1,
            time_ns=record.time_ns,
            data=record.data,
            wire_length=record.wire_length,
            byteorder=record.byteorder,
            protocol=protocol,
            frame=frame,
            family=family,
            name=name,
            request=self._asked(line),
            ports=names.ports,
            datapaths=names.datapaths,
            daemon=self._daemon(record.conversation),
            interface=record.interface,
            notes=record.notes,
            problems=problems,
        )
        made.ahead, made.interfaces = self.ahead, self._interfaces()
        if protocol == NETLINK_ROUTE:
            made.links = names.links
        return made

    def _asked(self, line: int) -> Request | None:
        asked = self.request(line)
        if asked is None:
            return self._foreign.get(line)
        return self._requested(asked)

    def _make_request(self, line: int) -> Request:
        message = self.message(line)
        frame = message.frame
        body = message.data[frame.offset : frame.end]
        return Request(message.number, frame.type, message.declaration, message.command, body, message.family)
