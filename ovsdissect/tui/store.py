"""A capture with random access: where each message stands, in arrays; a message is made again whenever it is asked for."""

from __future__ import annotations

import os
import tempfile
import weakref
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from ovsdissect.api import Message, is_ovs
from ovsdissect.capture import Record
from ovsdissect.dissect.message import Ports, Request
from ovsdissect.grammar import Family
from ovsdissect.grammar.wire import ByteOrder
from ovsdissect.netlink.framing import Frame, Framing, framing
from ovsdissect.netlink.headers import NETLINK_GENERIC, NLMSG_MIN_TYPE

_NO_TIME: Final = -(2**63)
_NO_FRAME: Final = Frame(0, 0, 0, 0, 0, 0, 0, 0)
_FLUSH: Final = 512 * 1024


class _Sort(NamedTuple):
    """What many records have in common."""

    link_type: int
    interface: int
    order: ByteOrder


class _Names(NamedTuple):
    """The names of ports and datapaths from one line on."""

    ports: Ports
    datapaths: Mapping[int, str]


class Spool:
    """Where records' bytes are read again: the capture itself where it is a plain file, else a temporary file without a name."""

    def __init__(self, path: str | None) -> None:
        self._own = path is None
        if path is None:
            with tempfile.TemporaryFile(prefix="ovsdissect-") as unnamed:
                self._fd = os.dup(unnamed.fileno())
        else:
            self._fd = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._fd)
        self._end = 0
        self._pending = bytearray()

    def keep(self, record: Record) -> int:
        """Where the record's bytes can be read from now on, after flush()."""
        if not self._own:
            return record.offset
        at = self._end + len(self._pending)
        self._pending += record.data
        if len(self._pending) > _FLUSH:
            self.flush()
        return at

    def flush(self) -> None:
        """Make everything kept readable."""
        if self._pending:
            view = memoryview(self._pending)
            done = 0
            while done < len(view):
                done += os.pwrite(self._fd, view[done:], self._end + done)
            view.release()
            self._end += done
            self._pending = bytearray()

    def read(self, offset: int, length: int) -> bytes:
        """The bytes at a place."""
        return os.pread(self._fd, length, offset)


class Store:
    """Every line of a capture (a message, or a record's own line), by its place from 0.

    Written by one thread (add, publish) and read by others; `count` lines are complete.
    """

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.count = 0
        self._offset, self._captured, self._wire, self._time, self._sort = array("Q"), array("I"), array("I"), array("q"), bytearray()
        self._record, self._place, self._family, self._ovs, self._request = array("I"), array("H"), bytearray(), bytearray(), array("I")
        self._sorts: list[_Sort] = []
        self._families: list[tuple[Family | None, str | None]] = []
        self._unnumbered = array("I")
        self._foreign: dict[int, Request] = {}
        self._unnamed: Counter[int] = Counter()
        self._names_from = array("I")
        self._names: list[_Names] = []
        # a dump's record holds hundreds of messages, all of one request
        self._cut = lru_cache(maxsize=16)(self._cut_record)
        self._requested = lru_cache(maxsize=64)(self._make_request)

    # writing

    def add(self, record: Record, messages: list[Message]) -> None:
        """Take the next record with its messages."""
        sort = _Sort(record.link_type, record.interface, record.byteorder)
        if sort not in self._sorts:
            self._sorts.append(sort)
        self._offset.append(self.spool.keep(record))
        self._captured.append(len(record.data))
        self._wire.append(record.wire_length)
        self._time.append(_NO_TIME if record.time_ns is None else record.time_ns)
        self._sort.append(self._sorts.index(sort))
        at = len(self._offset) - 1
        for message in messages:
            self._line(at, message)

    def _line(self, at: int, message: Message) -> None:
        line = len(self._record)
        if message.number is None:
            self._unnumbered.append(line)
        family = (message.family, message.name)
        if family not in self._families:
            self._families.append(family)
        last = self._names[-1] if self._names else None
        changed = last is None or last.ports is not message.ports or last.datapaths is not message.datapaths
        if message.number is not None and changed:
            self._names_from.append(line)
            self._names.append(_Names(message.ports, message.datapaths))
        if message.name is None and message.protocol == NETLINK_GENERIC and message.frame.type >= NLMSG_MIN_TYPE:
            self._unnamed[message.frame.type] += 1
        request = 0
        if message.request is not None:
            if message.request.number is None:
                self._foreign[line] = message.request
            else:
                request = self.line(message.request.number) + 1
        self._place.append(message.index)
        self._family.append(self._families.index(family))
        self._ovs.append(is_ovs(message))
        self._request.append(request)
        self._record.append(at)

    def publish(self) -> None:
        """Let readers see what was added."""
        self.spool.flush()
        self.count = len(self._record)

    # reading

    def ovs(self, line: int) -> bool:
        """Whether a line is shown by default."""
        return bool(self._ovs[line])

    def number(self, line: int) -> int | None:
        """A line's message number, None for a record's own line."""
        before = bisect_left(self._unnumbered, line)
        if before < len(self._unnumbered) and self._unnumbered[before] == line:
            return None
        return line + 1 - before

    def line(self, number: int) -> int:
        """The line of a message number."""
        line = number - 1
        while True:
            there = number - 1 + bisect_right(self._unnumbered, line)
            if there == line:
                return line
            line = there

    def record(self, line: int) -> int:
        """The record of a line, from 0."""
        return self._record[line]

    def time(self, line: int) -> int | None:
        """A line's time in nanoseconds."""
        time = self._time[self._record[line]]
        return None if time == _NO_TIME else time

    def request(self, line: int) -> int | None:
        """The line of the request that a line answers."""
        return self._request[line] - 1 if self._request[line] else None

    def of_family(self, name: str) -> list[int]:
        """The lines of a family."""
        wanted = {at for at, (_, known) in enumerate(self._families) if known == name}
        return [line for line, family in enumerate(self._family[: self.count]) if family in wanted]

    def record_of(self, number: int) -> Record:
        """A record by its number, from 1."""
        at = number - 1
        sort, time = self._sorts[self._sort[at]], self._time[at]
        data = self.spool.read(self._offset[at], self._captured[at])
        return Record(
            number, None if time == _NO_TIME else time, sort.link_type, data, self._wire[at], self._offset[at], sort.interface, sort.order
        )

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

    def unnamed(self) -> Counter[int]:
        """How many messages there are of each generic netlink type that has no name."""
        return Counter(self._unnamed)

    def _cut_record(self, at: int) -> tuple[Record, Framing]:
        record = self.record_of(at + 1)
        return record, framing(record.data, record.link_type, record.wire_length, record.byteorder)

    def message(self, line: int) -> Message:
        """The message of a line, made anew."""
        at = self._record[line]
        record, cut = self._cut(at)
        number, place = self.number(line), self._place[line]
        family, name = self._families[self._family[line]]
        if number is None:
            start, length = cut.rest
            frame = _NO_FRAME._replace(place=place, offset=start, end=start + length, length=length)
        else:
            frame = cut.frames[place]
        names = self._names[max(bisect_right(self._names_from, line) - 1, 0)] if self._names else _Names({}, {})
        return Message(
            number=number,
            record=at + 1,
            time_ns=record.time_ns,
            data=record.data,
            wire_length=record.wire_length,
            order=record.byteorder,
            protocol=cut.protocol if number is None else cut.protocol or 0,
            frame=frame,
            family=family,
            name=name,
            request=self._asked(line),
            ports=names.ports,
            datapaths=names.datapaths,
            problems=tuple(cut.problems) if number is None else None,
        )

    def _asked(self, line: int) -> Request | None:
        asked = self.request(line)
        if asked is None:
            return self._foreign.get(line)
        return self._requested(asked)

    def _make_request(self, line: int) -> Request:
        message = self.message(line)
        frame = message.frame
        return Request(message.number, frame.type, message.family, message.cmd, message.data[frame.offset : frame.end])
