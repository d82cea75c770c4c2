"""The index of a capture: where each record and message is, when it came and what it is, in arrays.  Decodes nothing beyond fixed headers.

A million messages take about a second and 30 MB.  Records come back by number: out of the file itself, or where that is compressed or a
pipe, out of a temporary one that is filled on the way.
"""

from __future__ import annotations

import os
import tempfile
from array import array
from struct import Struct
from typing import BinaryIO, Final, Self, cast

from ovsdissect.capture import ByteOrder, Record, open_capture
from ovsdissect.capture.record import LINKTYPE_NETLINK
from ovsdissect.grammar.wire import PREFIX
from ovsdissect.netlink.framing import framing
from ovsdissect.netlink.headers import GENLMSGHDR_LEN, NETLINK_GENERIC, NLMSGHDR_LEN
from ovsdissect.problem import Problem

NO_TIME: Final = -(2**63)
NO_COMMAND: Final = 0xFFFF
_FIRST: Final = 16  # where the first message of a record of nlmon stands
_GENERIC: Final = NETLINK_GENERIC.to_bytes(2, "big")
_HEADS: Final = {order: Struct(prefix + "IHH8xB").unpack_from for order, prefix in PREFIX.items()}


class Index:
    """An indexed capture: a context manager, as it holds a file open.

    Of each record, counted from 0: `times` (NO_TIME where it has none), `first` (its first message).  Of each message, counted from 0:
    `record`, `offset` in it, nlmsg_type and nlmsg_flags, and the command (NO_COMMAND outside generic netlink).
    """

    def __init__(self, source: str | os.PathLike[str] | BinaryIO) -> None:
        self.times, self.first = array("q"), array("Q")
        self.record, self.offset = array("I"), array("I")
        self.type, self.flags, self.command = array("H"), array("H"), array("H")
        self.cut: Problem | None = None
        self._places, self._captured, self._wire, self._kinds = array("Q"), array("I"), array("I"), array("H")
        self._known: dict[tuple[int, int, ByteOrder], int] = {}
        self._file: BinaryIO | None = None
        with open_capture(source) as capture:
            if capture.compression or not capture.seekable or not isinstance(source, (str, os.PathLike)):
                self._file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - it lives as long as the index
            self._scan(capture, self._file)
            self.cut = capture.cut
        if self._file is None:
            self._file = cast(BinaryIO, open(cast(str, source), "rb"))  # noqa: SIM115 - a path, as above

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file that records come back from."""
        if self._file is not None:
            self._file.close()

    def __len__(self) -> int:
        """How many messages there are."""
        return len(self.record)

    def fetch(self, place: int) -> Record:
        """A record by its index, which is one less than its number."""
        assert self._file is not None
        link_type, interface, order = list(self._known)[self._kinds[place]]
        self._file.seek(self._places[place])
        data = self._file.read(self._captured[place])
        time = None if self.times[place] == NO_TIME else self.times[place]
        return Record(place + 1, time, link_type, data, self._wire[place], self._places[place], interface, order)

    def _scan(self, capture: object, spool: BinaryIO | None) -> None:
        add_time, add_first, add_place, add_captured = self.times.append, self.first.append, self._places.append, self._captured.append
        add_wire, add_kind, add_record, add_offset = self._wire.append, self._kinds.append, self.record.append, self.offset.append
        add_type, add_flags, add_command = self.type.append, self.flags.append, self.command.append
        known, messages, spooled = self._known, 0, 0
        unpack = _HEADS["little"]
        last: tuple[int, int, ByteOrder] | None = None
        kind = 0
        for number, time_ns, link_type, data, wire, at, interface, order in capture:  # type: ignore[attr-defined]
            if spool is not None:
                spool.write(data)
                at, spooled = spooled, spooled + len(data)
            if (link_type, interface, order) != last:
                last = (link_type, interface, order)
                kind = known.setdefault(last, len(known))
                unpack = _HEADS[order]
            add_time(NO_TIME if time_ns is None else time_ns)
            add_first(messages)
            add_place(at)
            add_captured(len(data))
            add_wire(wire)
            add_kind(kind)
            generic, offset, limit = data[14:_FIRST] == _GENERIC, _FIRST, len(data)
            if link_type != LINKTYPE_NETLINK:
                offset = limit
                cut = framing(data, link_type, wire, order)
                generic = cut.protocol == NETLINK_GENERIC
                offset = cut.start if cut.frames else limit
            while offset + NLMSGHDR_LEN <= limit:
                length = limit - offset
                if length > NLMSGHDR_LEN:
                    length, nlmsg_type, nlmsg_flags, command = unpack(data, offset)
                else:
                    length, nlmsg_type, nlmsg_flags, command = unpack(data + b"\0", offset)
                if length < NLMSGHDR_LEN:
                    break
                messages += 1
                add_record(number - 1)
                add_offset(offset)
                add_type(nlmsg_type)
                add_flags(nlmsg_flags)
                add_command(command if generic and length >= NLMSGHDR_LEN + GENLMSGHDR_LEN else NO_COMMAND)
                offset += length + 3 & ~3
