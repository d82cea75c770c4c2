"""A pass over records as fast as it goes: every message is counted, its request remembered, and only what a front asks for is looked at.

It keeps the same books as `Context.message`, which every message goes through that is not plain.  A message is plain when it is whole,
its headers are as they should be, and the front has a writer for its kind that does not refuse it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from struct import Struct, error
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from ovsdissect.capture import Record, Records, Stretch
from ovsdissect.capture.pcap import HEADER_LENGTHS
from ovsdissect.capture.record import LINKTYPE_NETLINK
from ovsdissect.dissect.context import Context, M
from ovsdissect.dissect.plan import Refused
from ovsdissect.dissect.requests import REQUESTS, Asked
from ovsdissect.families import OVS_FAMILIES
from ovsdissect.families.headers import OVS_HEADER
from ovsdissect.families.registry import How
from ovsdissect.grammar import ByteOrder, Command, Family
from ovsdissect.grammar.attrs import NLA_HEADER, NLA_TYPE_MASK
from ovsdissect.grammar.wire import PREFIX, Text
from ovsdissect.netlink.framing import frame_at, framing
from ovsdissect.netlink.headers import (
    GENLMSGHDR_LEN,
    NETLINK_GENERIC,
    NLM_F_MULTI,
    NLM_F_REQUEST,
    NLMSG_MIN_TYPE,
    NLMSGHDR_LEN,
)
from ovsdissect.netlink.numbers import FIRST

M_contra = TypeVar("M_contra", contravariant=True)

ATTRS: Final = NLMSGHDR_LEN + GENLMSGHDR_LEN + (OVS_HEADER.size or 0)
HEADS: Final = 4096
NAMING: Final = ("ovs_vport", "ovs_datapath")
MOST_NOTED: Final = 3 * REQUESTS

# of a message: length; type and flags as one number, seq, pid; cmd and version as one number, dp_ifindex
_MESSAGE: Final = "IIIIH2xi"
_HEADERS: Final = {order: Struct(prefix + _MESSAGE).unpack_from for order, prefix in PREFIX.items()}
_NLMSGHDR: Final = {order: Struct(prefix + "IIII").unpack_from for order, prefix in PREFIX.items()}
_ATTRIBUTE: Final = {order: Struct(prefix + "HH").unpack_from for order, prefix in PREFIX.items()}
# the same with what stands before it in a pcap file: seconds and ticks, captured bytes and how many there were; netlink protocol
_RECORD: Final = {
    (order, header): Struct(f"{prefix}4I{header - 16 + FIRST - 2}xH{_MESSAGE}").unpack_from
    for order, prefix in PREFIX.items()
    for header in HEADER_LENGTHS
}
_GENERIC: Final = NETLINK_GENERIC.to_bytes(2, "big")

# What a writer gets, and may change nothing of where it raises Refused or struct.error: the message is for the tree then, as it is where
# the writer says True.  record: its number; place: the message's in it; data: some bytes, in which the message stands from start to end,
# and its record ends at `limit`; where place is 0, FIRST bytes of that stand before start.  pending: what is answered, a Pending, or
# for errors, acknowledgements and ends of dumps a Request.
ARGUMENTS: Final = "number, record, place, time_ns, seq, pid, datapath, data, start, end, limit, pending"
Write = Callable[[int, int, int, "int | None", int, int, int, bytes, int, int, int, Any], "bool | None"]


class Kind(NamedTuple):
    """What messages have in common whose headers agree but for lengths, numbers and datapath.

    family, command: None where they are not decoded; then cmd and version may be anything.  name: the family's, where it is known.
    """

    protocol: int
    order: ByteOrder
    type: int
    flags: int
    version: int
    family: Family | None
    command: Command | None
    name: str | None

    @property
    def control(self) -> bool:
        """Whether it is netlink's own: an error or acknowledgement, the end of a dump, ..."""
        return self.type < NLMSG_MIN_TYPE

    @property
    def request(self) -> bool:
        """Whether it goes down to the kernel."""
        return bool(self.flags & NLM_F_REQUEST)


class Front(Protocol[M_contra]):
    """What a pass is made for.  out: what it made so far."""

    out: list[Any]

    def writer(self, kind: Kind) -> Write | None:
        """What is done with plain messages of a kind; None where they are for the tree.  Asked once for each kind."""

    def message(self, message: M_contra) -> None:
        """Any other message, or a record's own line."""


class Head(NamedTuple):
    """What is done with the messages of a kind.  writer: one element, which may be replaced.  naming: the kernel says names in them."""

    writer: list[Write]
    asked: Asked
    request: bool
    multi: bool
    naming: bool
    kind: Kind


class Naming(NamedTuple):
    """What a reply says of a name, as Context.named takes it."""

    family: Family
    command: Command
    name: object
    port: object


class Heads(NamedTuple):
    """What is known of a protocol's messages by type and flags, and by command and version, as the host's integers have them.

    plain: writer, asked and request of those that want no more than that.
    """

    all: dict[tuple[int, int], Head | None]
    plain: dict[tuple[int, int], tuple[list[Write], Asked, bool]]


class Lane(Generic[M]):
    """A pass that goes on from a context.  foreign: the front wants messages of other netlink protocols, which else are only counted."""

    def __init__(self, context: Context[M], front: Front[M], *, foreign: bool) -> None:
        self._context, self._front, self._foreign = context, front, foreign
        self._heads: dict[tuple[ByteOrder, int], Heads] = {}
        self._writers: dict[Kind, list[Write] | None] = {}
        self._changes = context.registry.changes

    def go_on(self, context: Context[M]) -> None:
        """Continue with another context, in another part of the capture; what was learnt stays with the front."""
        self._context = context
        self._heads.clear()
        self._changes = context.registry.changes

    def run(self, records: Iterable[Record], least: int) -> Iterator[list[Any]]:
        """What the front makes of the records, in pieces of at least that many as long as there are more; use each before the next."""
        out = self._front.out
        for piece in Records.of(records).pieces():
            if isinstance(piece, Stretch) and piece.layout.link_type == LINKTYPE_NETLINK:
                while self._stretch(piece, least):
                    yield out
                    out.clear()
                continue
            for record in piece.records() if isinstance(piece, Stretch) else piece:
                self._record(record)
                if len(out) >= least:
                    yield out
                    out.clear()
        yield out
        out.clear()

    def _stretch(self, piece: Stretch, least: int) -> bool:
        """Go over records where they stand, until there is enough; False where there are no more whole ones."""
        # This loop decides how long a large capture takes: what it touches is local, and the everyday case stands in it.
        context, out, data = self._context, self._front.out, piece.data
        order, tick, header = piece.layout.byteorder, piece.layout.tick, piece.layout.header_length
        generic = int.from_bytes(_GENERIC, order)
        plain = self._table(order, NETLINK_GENERIC).plain
        requests = context.requests[NETLINK_GENERIC]
        noted, find = requests.noted, requests.find
        position, record_number, number, limit = piece.position, piece.number, context.numbers, len(data)
        unpack, first, last = _RECORD[order, header], header + FIRST, limit - header - FIRST - ATTRS
        while position + header <= limit and len(out) < least:
            if position <= last:
                seconds, ticks, captured, wire, protocol, length, kind, seq, pid, command, datapath = unpack(data, position)
            else:
                captured, length, protocol = piece.layout.unpack(data, position)[2], 0, -1
            after = position + header + captured
            if after > limit:
                break
            record_number += 1
            start = position + first
            # a record of one message, whole, in generic netlink
            if (
                protocol != generic
                or start + length != after
                or captured != wire
                or length < ATTRS
                or (head := plain.get((kind, command))) is None
            ):
                context.numbers = number
                self._record(piece.record(position, record_number))
                number, plain = context.numbers, self._table(order, NETLINK_GENERIC).plain
            else:
                (write,), asked, request = head
                number += 1
                time_ns = seconds * 1_000_000_000 + ticks * tick
                pending = find(pid, seq, asked.type) if not request and (pid or seq) else None
                try:
                    look = write(number, record_number, 0, time_ns, seq, pid, datapath, data, start, after, after, pending)
                except (Refused, error):
                    look = True
                if look:
                    context.numbers = number - 1
                    self._special(piece.record(position, record_number), 0, FIRST, NETLINK_GENERIC)
                    plain = self._table(order, NETLINK_GENERIC).plain
                elif request:
                    noted.append((pid, seq, asked, number, data[start:after]))
                    if len(noted) >= MOST_NOTED:
                        requests.trim()
            position = after
        piece.position, piece.number, context.numbers = position, record_number, number
        return len(out) >= least

    def _record(self, record: Record) -> None:
        """The messages of any record."""
        context = self._context
        record_number, time_ns, link_type, data, wire, _, _, order = record
        limit = len(data)
        if link_type != LINKTYPE_NETLINK or wire != limit or limit < FIRST + NLMSGHDR_LEN:
            self._slow(record, 0)
            return
        protocol = NETLINK_GENERIC if data[14:FIRST] == _GENERIC else int.from_bytes(data[14:FIRST], "big")
        if protocol != NETLINK_GENERIC:
            self._other(record, protocol)
            return
        unpack, heads, requests = _HEADERS[order], self._table(order, protocol).all, context.requests[protocol]
        place, start = 0, FIRST
        while start + ATTRS <= limit:
            length, kind, seq, pid, command, datapath = unpack(data, start)
            end = start + length
            if length < NLMSGHDR_LEN:
                break
            head = heads[kind, command] if (kind, command) in heads else self._meet(kind, command, order, protocol)
            look: bool | None = True
            if head is not None and end <= limit and length >= ATTRS:
                (write,), asked, request, multi, naming, what = head
                names = self._names(what, data, start + ATTRS, end) if naming else None
                pending = requests.find(pid, seq, asked.type) if not request and (pid or seq) else None
                number = context.numbers + 1
                try:
                    if names is not None or not naming:
                        look = write(number, record_number, place, time_ns, seq, pid, datapath, data, start, end, limit, pending)
                except (Refused, error):
                    pass
                if not look:
                    context.numbers = number
                    if names:
                        context.named(names.family, names.command, datapath, names.name, names.port)
                    if request:
                        requests.note((pid, seq, asked, number, data[start:end]))
                    elif multi:
                        requests.speaks(pid, seq, asked.type)
            if look:
                self._special(record, place, start, protocol)
                heads = self._table(order, protocol).all
            start += length + 3 & ~3
            place += 1
        if start < limit:
            self._rest(record, place, start, protocol)

    def _other(self, record: Record, protocol: int) -> None:
        """The messages of another netlink protocol."""
        record_number, time_ns, _, data, _, _, _, order = record
        context, unpack, limit = self._context, _NLMSGHDR[order], len(data)
        heads, requests = self._table(order, protocol).all, context.requests[protocol]
        start, place = FIRST, 0
        while start + NLMSGHDR_LEN <= limit:
            length, kind, seq, pid = unpack(data, start)
            end = start + length
            if length < NLMSGHDR_LEN:
                break
            if not self._foreign:
                context.numbers += 1
            else:
                head = heads[kind, 0] if (kind, 0) in heads else self._meet(kind, 0, order, protocol)
                number, look = context.numbers + 1, True
                if head is not None and end <= limit:
                    (write,), asked, request, multi, _, _ = head
                    pending = requests.find(pid, seq, asked.type) if not request and (pid or seq) else None
                    try:
                        look = bool(write(number, record_number, place, time_ns, seq, pid, 0, data, start, end, limit, pending))
                    except (Refused, error):
                        look = True
                if look:
                    self._special(record, place, start, protocol)
                else:
                    context.numbers = number
                    if request:
                        requests.note((pid, seq, asked, number, data[start:end]))
                    elif multi:
                        requests.speaks(pid, seq, asked.type)
            start += length + 3 & ~3
            place += 1
        if start < limit:
            self._slow(record, place)

    def _table(self, order: ByteOrder, protocol: int) -> Heads:
        """The heads that are known; none after the registry learnt an id."""
        changes = self._context.registry.changes
        if changes != self._changes:
            self._changes = changes
            self._heads.clear()
        known = self._heads.get((order, protocol))
        if known is None:
            known = self._heads[order, protocol] = Heads({}, {})
        return known

    def _meet(self, packed: int, command: int, order: ByteOrder, protocol: int) -> Head | None:
        """The head of messages not seen before; None where they are for the tree."""
        heads = self._table(order, protocol)
        if len(heads.all) >= HEADS:
            heads.all.clear()
            heads.plain.clear()
        kind, flags = _halves(packed, 16, order)
        cmd, version = _halves(command, 8, order)
        head = heads.all[packed, command] = self._head(order, protocol, kind, flags, cmd, version)
        if head is not None and not head.naming and not head.multi:
            heads.plain[packed, command] = head[:3]
        return head

    def _head(self, order: ByteOrder, protocol: int, kind: int, flags: int, number: int, version: int) -> Head | None:
        if kind < NLMSG_MIN_TYPE:
            return None
        what = Kind(protocol, order, kind, flags, version, None, None, None)
        naming = False
        if protocol == NETLINK_GENERIC:
            registry = self._context.registry
            family, known = registry.family(kind), registry.known(kind)
            what = what._replace(name=known.name if known else None)
            if family is not None:
                command = family.by_number.get(number)
                if command is None or family not in OVS_FAMILIES:
                    return None
                what = what._replace(family=family, command=command)
                naming = family.name in NAMING and not what.request
            elif known is not None and known.how is How.PRESUMED:
                return None
        writer = self._writer(what)
        asked = Asked(kind, what.family, what.command)
        return None if writer is None else Head(writer, asked, what.request, bool(flags & NLM_F_MULTI), naming, what)

    def _writer(self, what: Kind) -> list[Write] | None:
        """The front's writer of a kind, asked for once: what it learnt holds whatever the ids are."""
        if what not in self._writers:
            if len(self._writers) >= HEADS:
                self._writers.clear()
            write = self._front.writer(what)
            self._writers[what] = write and [write]
        return self._writers[what]

    def replace(self, kind: Kind, write: Write) -> None:
        """From now on this is the writer of a kind's messages."""
        writer = self._writers.get(kind)
        if writer:
            writer[0] = write

    def _names(self, what: Kind, data: bytes, start: int, end: int) -> Naming | None:
        """What a reply of ovs_vport or ovs_datapath names; None where that is for the tree."""
        assert what.family is not None
        assert what.command is not None
        header, rows = _ATTRIBUTE[what.order], what.family.attrs.by_number
        said: dict[str, object] = {}
        while start + NLA_HEADER <= end:
            length, number = header(data, start)
            row = rows.get(number & NLA_TYPE_MASK)
            if length < NLA_HEADER or start + length > end:
                return None
            if row is not None and row.name in ("name", "port_no"):
                raw = data[start + NLA_HEADER : start + length]
                if row.name in said or row.wire.size not in (None, len(raw)) or (isinstance(row.wire, Text) and row.wire.fault(raw)):
                    return None
                said[row.name] = row.wire.value(raw if row.wire.size is None else row.wire.reader(what.order)(raw, 0))
            start += length + 3 & ~3
        return Naming(what.family, what.command, said.get("name"), said.get("port_no"))

    def _rest(self, record: Record, place: int, start: int, protocol: int) -> None:
        """What is too short for the headers of generic netlink: the end of a dump, as a rule."""
        if start + NLMSGHDR_LEN <= len(record.data) == start + (frame_at(record, place, start).length + 3 & ~3):
            self._special(record, place, start, protocol)
        else:
            self._slow(record, place)

    def _slow(self, record: Record, place: int) -> None:
        """The rest of a record, from its message number `place` on, by the tree."""
        cut = framing(record.data, record.link_type, record.wire_length, record.byteorder)
        for frame in cut.frames[place:]:
            self._front.message(self._context.message(record, frame, cut.protocol or 0))
        rest = self._context.rest(record, cut)
        if rest is not None:
            self._front.message(rest)

    def _special(self, record: Record, place: int, start: int, protocol: int) -> None:
        """Errors, acknowledgements and ends of dumps, where the front has a writer of them; every other message by its tree."""
        record_number, time_ns, _, data, _, _, _, order = record
        frame, context = frame_at(record, place, start), self._context
        _, _, end, length, kind, flags, seq, pid = frame
        if kind < NLMSG_MIN_TYPE and start + length <= len(data):
            what = Kind(protocol, order, kind, flags, 0, None, None, None)
            writer = self._writer(what)
            if writer:
                number = context.numbers + 1
                request = context.answered(protocol, kind, flags, seq, pid, data, start, end, order)
                try:
                    look = writer[0](number, record_number, place, time_ns, seq, pid, 0, data, start, end, len(data), request)
                except (Refused, error):
                    look = True
                if not look:
                    context.numbers = number
                    return
        self._front.message(context.message(record, frame, protocol))


def _halves(packed: int, bits: int, order: ByteOrder) -> tuple[int, int]:
    """Two neighbours in memory that were read as one integer."""
    low, high = packed & (1 << bits) - 1, packed >> bits
    return (low, high) if order == "little" else (high, low)
