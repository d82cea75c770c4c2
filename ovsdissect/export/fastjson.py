"""JSON lines straight from records: each plain message by the templates of its shapes, every other one by its tree; the text is the same.

A message is plain when it is whole, of a known Open vSwitch family, has no problem, and every attribute's shape is one that a plan was made
of.  The context (numbers, requests, ids, names) is kept as `Context.message` keeps it, which every other message goes through.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Generic, NamedTuple

import orjson

from ovsdissect.capture import ByteOrder, Record
from ovsdissect.capture.record import LINKTYPE_NETLINK
from ovsdissect.dissect.context import Context, M
from ovsdissect.dissect.generations import Generations
from ovsdissect.dissect.glance import agrees
from ovsdissect.dissect.message import flag_names
from ovsdissect.dissect.plan import Refused
from ovsdissect.dissect.requests import REQUESTS, Pending
from ovsdissect.dissect.shapes import Sequences
from ovsdissect.export.jsonline import time_text, to_dict
from ovsdissect.export.spelling import json_reader
from ovsdissect.families import OVS_FAMILIES, OVS_PACKET
from ovsdissect.families.headers import OVS_HEADER
from ovsdissect.families.registry import How
from ovsdissect.grammar import Attr, Command, Family
from ovsdissect.grammar.attrs import NLA_HEADER
from ovsdissect.grammar.wire import PREFIX
from ovsdissect.netlink.framing import Frame, framing
from ovsdissect.netlink.headers import (
    GENLMSGHDR_LEN,
    NETLINK_GENERIC,
    NLM_F_MULTI,
    NLM_F_REQUEST,
    NLMSG_MIN_TYPE,
    NLMSGHDR_LEN,
    PROTOCOLS,
)

HEADS: Final = 4096
ANSWERS: Final = ("error", "ack", "done")
ANSWERS_KEPT: Final = 256
FIRST: Final = 16  # where the first message of a record of nlmon stands
ATTRS: Final = NLMSGHDR_LEN + GENLMSGHDR_LEN + (OVS_HEADER.size or 0)
NAMING: Final = ("ovs_vport", "ovs_datapath")  # what the kernel says in them are names, which the context takes from the tree
MOST_NOTED: Final = 3 * REQUESTS
EARLIEST, LATEST = 10**9, 253_402_300_800 * 10**9  # times of ten digits and nine, up to the year 9999

_GENERIC: Final = NETLINK_GENERIC.to_bytes(2, "big")
_MESSAGE: Final = {order: struct.Struct(prefix + "IHHIIBB2xi").unpack_from for order, prefix in PREFIX.items()}
_NLMSGHDR: Final = {order: struct.Struct(prefix + "IHHII").unpack_from for order, prefix in PREFIX.items()}
_LENGTH: Final = {order: struct.Struct(prefix + "I").unpack_from for order, prefix in PREFIX.items()}
_ATTRIBUTE: Final = {order: struct.Struct(prefix + "HH").unpack_from for order, prefix in PREFIX.items()}

_FRONT: Final = '{"kind":"message","number":%d,"record":%d,"index":%d,"time":"%s%sZ","time_ns":%s,'
_NLMSG: Final = '"direction":"DIRECTION","nlmsg":{"len":%d,"type":TYPE,"flags":FLAGS,"seq":%d,"pid":%d},'
_GENL: Final = '"family":"FAMILY","cmd":"CMD","version":%d,"dp_ifindex":%d,"attrs":{%s}%s,"problems":[]}'
_BARE: Final = '"family":NAME,"cmd":null,"version":null,"dp_ifindex":null,"attrs":nullPROTOCOL%s,"problems":[]}'


class Head(NamedTuple):
    """What messages of one type, flags and command have in common.  sequences: None where they have no attributes that are decoded.

    naming: they say names, which the context takes from the tree when they are new.  upcall: their packet must agree with their key.
    """

    template: str
    request: bool
    multi: bool
    family: Family | None = None
    cmd: Command | None = None
    sequences: Sequences | None = None
    naming: bool = False
    upcall: bool = False


class _Seconds(dict[str, str]):
    """The text of a second, from its digits."""

    def __missing__(self, digits: str) -> str:
        if len(self) >= HEADS:
            self.clear()
        text = self[digits] = (time_text(int(digits) * 10**9) or "")[:-10]
        return text


class JsonLines(Generic[M]):
    """The JSON lines of a pass over a capture; `malformed` counts those with problems.

    shown: whether a message is wanted; line: its object.  templates: plain messages need neither, as all decoded ones are wanted, with
    `everything` the others too, and the object is that of to_dict().
    """

    def __init__(
        self,
        context: Context[M],
        shown: Callable[[M], bool],
        line: Callable[[M], dict[str, Any]] = to_dict,
        *,
        everything: bool = False,
        templates: bool = True,
    ) -> None:
        self.malformed = 0
        self._context, self._shown, self._line, self._everything, self._templates = context, shown, line, everything, templates
        self._lines: list[str] = []
        self._heads: dict[tuple[int, int, int, int, ByteOrder], Head | None] = {}
        self._readers: dict[tuple[Attr, ByteOrder], Callable[[bytes], str]] = {}
        self._sequences: dict[tuple[Command, bool, ByteOrder], Sequences] = {}
        self._seconds = _Seconds()
        self._changes = -1
        self._said: set[object] = set()
        self._saying: object = None
        self._answers: Generations[tuple[object, ...], dict[str, Any]] = Generations(ANSWERS_KEPT)

    def go_on(self, context: Context[M]) -> None:
        """Continue with another context, in another part of the capture; what was learnt of shapes stays."""
        self._context, self._changes = context, -1
        self._said.clear()

    def batches(self, records: Iterable[Record], least: int) -> Iterator[list[str]]:
        """The lines of the records, without their ends, in lists of at least that many as long as there are more."""
        registry, everything = self._context.registry, self._everything
        for record in records:
            if registry.changes != self._changes:
                self._changes = registry.changes
                self._heads.clear()
            data, time_ns = record.data, record.time_ns
            if not self._templates or record.link_type != LINKTYPE_NETLINK or time_ns is None or not EARLIEST <= time_ns < LATEST:
                self._slow(record, 0)
            elif data[14:FIRST] == _GENERIC:
                self._generic(record)
            elif len(data) < FIRST:
                self._slow(record, 0)
            elif everything:
                self._foreign(record, int.from_bytes(data[14:FIRST], "big"))
            else:
                self._count(record)
            if len(self._lines) >= least:
                yield self._lines
                self._lines = []
        yield self._lines

    def _count(self, record: Record) -> None:
        """Messages that nobody sees still have numbers."""
        length_of, data, offset = _LENGTH[record.byteorder], record.data, FIRST
        limit = len(data) - NLMSGHDR_LEN
        while offset <= limit:
            length = length_of(data, offset)[0]
            if length < NLMSGHDR_LEN:
                break
            self._context.numbers += 1
            offset += length + 3 & ~3

    def _foreign(self, record: Record, protocol: int) -> None:
        """The messages of another netlink protocol, headers only."""
        record_number, time_ns, _, data, wire, _, _, order = record
        context, heads, unpack = self._context, self._heads, _NLMSGHDR[order]
        requests = context.requests[protocol]
        digits = str(time_ns)
        second, fraction = self._seconds[digits[:-9]], digits[-9:]
        limit, offset, place = len(data), FIRST, 0
        while offset + NLMSGHDR_LEN <= limit:
            length, kind, flags, seq, pid = unpack(data, offset)
            end = offset + length
            if length < NLMSGHDR_LEN or kind < NLMSG_MIN_TYPE or end > limit:
                break
            head = heads.get((kind, flags, 0, protocol, order))
            if head is None:
                name = f',"protocol":{orjson.dumps(PROTOCOLS.get(protocol, protocol)).decode()}'
                template = _template(_BARE, kind, flags, "").replace("NAME", "null").replace("PROTOCOL", name)
                head = Head(template, bool(flags & NLM_F_REQUEST), bool(flags & NLM_F_MULTI))
                heads[kind, flags, 0, protocol, order] = head
            number = context.numbers = context.numbers + 1
            link = ""
            if head.request:
                requests.note((pid, seq, kind, number, None, None, data, offset, end))
            elif pid or seq:
                pending = requests.find(pid, seq, kind)
                if pending is not None:
                    link = _link(pending)
                if head.multi:
                    requests.speaks(pid, seq, kind)
            self._lines.append(head.template % (number, record_number, place, second, fraction, digits, length, seq, pid, link))
            offset += length + 3 & ~3
            place += 1
        if offset < limit or offset < wire:
            self._slow(record, place)

    def _generic(self, record: Record) -> None:
        """The generic netlink messages of a record, each by its template or by its tree."""
        record_number, time_ns, _, data, wire, _, _, order = record
        context, heads, unpack = self._context, self._heads, _MESSAGE[order]
        digits = str(time_ns)
        limit, offset, place = len(data), FIRST, 0
        while offset + ATTRS <= limit:
            length, kind, flags, seq, pid, cmd, version, datapath = unpack(data, offset)
            if length < NLMSGHDR_LEN:
                break
            end = offset + length
            try:
                head = heads[kind, flags, cmd, NETLINK_GENERIC, order]
            except KeyError:
                head = self._head(kind, flags, cmd, order)
            try:
                if head is None or end > limit or (length < ATTRS and head.sequences is not None):
                    raise Refused
                text = "" if head.sequences is None else self._attrs(head, datapath, data, offset + ATTRS, end, order)
            except (Refused, struct.error):
                frame = Frame(place, offset, min(end, max(limit, wire)), length, kind, flags, seq, pid)
                self._tree(record, frame)
            else:
                number = context.numbers = context.numbers + 1
                link = ""
                requests = context.requests[NETLINK_GENERIC]
                if head.request:
                    requests.noted.append((pid, seq, kind, number, head.family, head.cmd, data, offset, end))
                    if len(requests.noted) >= MOST_NOTED:
                        requests.trim()
                elif pid or seq:
                    pending = requests.find(pid, seq, kind)
                    if pending is not None:
                        link = _link(pending)
                    if head.multi:
                        requests.speaks(pid, seq, kind)
                second, fraction = self._seconds[digits[:-9]], digits[-9:]
                if head.sequences is not None:
                    told = (number, record_number, place, second, fraction, digits, length, seq, pid, version, datapath, text, link)
                    self._lines.append(head.template % told)
                elif self._everything:
                    self._lines.append(head.template % (number, record_number, place, second, fraction, digits, length, seq, pid, link))
            offset += length + 3 & ~3
            place += 1
        if offset < limit or offset < wire:
            self._slow(record, place)

    def _head(self, kind: int, flags: int, number: int, order: ByteOrder) -> Head | None:
        """What is common to messages; None where they are for the tree."""
        if len(self._heads) >= HEADS:
            self._heads.clear()
        head = self._heads[kind, flags, number, NETLINK_GENERIC, order] = self._make_head(kind, flags, number, order)
        return head

    def _make_head(self, kind: int, flags: int, number: int, order: ByteOrder) -> Head | None:
        family, known = self._context.registry.family(kind), self._context.registry.known(kind)
        request, multi = bool(flags & NLM_F_REQUEST), bool(flags & NLM_F_MULTI)
        if kind < NLMSG_MIN_TYPE:
            return None
        if family is None:
            if known is not None and known.how is How.PRESUMED:
                return None
            name = orjson.dumps(known.name).decode() if known else "null"
            return Head(_template(_BARE, kind, flags, "").replace("NAME", name).replace("PROTOCOL", ""), request, multi)
        command = family.by_number.get(number)
        if command is None or family not in OVS_FAMILIES:
            return None
        key = (command, request, order)
        if key not in self._sequences:
            self._sequences[key] = Sequences(family, command, request, lambda row: self._reader(row, order))
        template = _template(_GENL, kind, flags, command.verb if request else "")
        template = template.replace("FAMILY", family.name).replace("CMD", command.name)
        naming = family.name in NAMING and not request
        if naming and command.name == "del":
            return None
        upcall = family is OVS_PACKET and bool(command.to_user)
        return Head(template, request, multi, family, command, self._sequences[key], naming, upcall)

    def _reader(self, row: Attr, order: ByteOrder) -> Callable[[bytes], str]:
        if (row, order) not in self._readers:
            self._readers[row, order] = json_reader(row, order)
        return self._readers[row, order]

    def _attrs(self, head: Head, datapath: int, data: bytes, offset: int, end: int, order: ByteOrder) -> str:
        """The members of the object of the attributes; raises Refused, or struct.error, where they are for the tree."""
        assert head.sequences is not None
        state, header = head.sequences.start, _ATTRIBUTE[order]
        text, payloads = "", []
        while offset < end:
            length, kind = header(data, offset)
            after = offset + length
            if length < NLA_HEADER or after > end:
                raise Refused
            key, read, state = state.steps.get(kind) or head.sequences.step(state, kind)
            payloads.append(payload := data[offset + NLA_HEADER : after])
            text += key + read(payload)
            offset += length + 3 & ~3
        if not state.complete:
            raise Refused
        if head.upcall and "key" in state.places and "packet" in state.places:
            flow = payloads[state.places["key"]]
            if flow and not agrees(flow, payloads[state.places["packet"]], order):
                raise Refused
        if head.naming:
            said = (head.cmd, datapath, *(payloads[state.places[name]] for name in ("name", "port_no") if name in state.places))
            if said not in self._said:
                self._saying = said
                raise Refused
        return text

    def _slow(self, record: Record, place: int) -> None:
        """The rest of a record, from its message number `place` on, by the tree."""
        cut = framing(record.data, record.link_type, record.wire_length, record.byteorder)
        for frame in cut.frames[place:]:
            self._tree(record, frame, cut.protocol or 0)
        rest = self._context.rest(record, cut)
        if rest is not None:
            self._write(rest)

    def _tree(self, record: Record, frame: Frame, protocol: int = NETLINK_GENERIC) -> None:
        """One message by its tree.  What it says of names holds until the next one says otherwise."""
        context = self._context
        ports, datapaths = context.ports, context.datapaths
        self._write(context.message(record, frame, protocol))
        if context.ports is not ports or context.datapaths is not datapaths or len(self._said) >= HEADS:
            self._said.clear()
        if self._saying is not None:
            self._said.add(self._saying)
            self._saying = None

    def _write(self, message: M) -> None:
        if self._shown(message):
            line = self._answer(message) if self._templates and message.kind in ANSWERS else self._line(message)
            self.malformed += bool(line["problems"])
            self._lines.append(orjson.dumps(line).decode())


    def _answer(self, message: M) -> dict[str, Any]:
        """The object of an error, acknowledgement or end of a dump: that of an earlier one of the same bytes, with its own numbers."""
        frame, request, data = message.frame, message.request, message.data
        at = frame.offset
        # without the sequence numbers and portids, its own and those of the request that it echoes, neither of which the object shows
        echo = slice(at + 28, at + 36) if message.kind != "done" else slice(at + 16, at + 16)
        key: tuple[object, ...] = (message.order, message.protocol, at, frame.end, len(data))
        key += (data[at : at + 8], data[at + 16 : echo.start], data[echo.stop : frame.end + 3])
        if request is not None:
            command = request.cmd and request.cmd.number
            key += (request.number is None, request.family, command, request.body[:8], request.body[16:])
        line = self._answers.get(key)
        if line is None:
            line = self._line(message)
            self._answers.put(key, line)
            return line
        line |= {"number": message.number, "record": message.record, "index": message.index}
        line |= {"time": time_text(message.time_ns), "time_ns": message.time_ns}
        line["nlmsg"] |= {"seq": frame.seq, "pid": frame.pid}
        if request is not None:
            line["request"]["number"] = request.number
        return line


def lines_of(writer: JsonLines[Any], records: Iterable[Record], array: bool, least: int) -> Iterator[tuple[bytes, int]]:
    """The lines of the records, joined, with how many of them were malformed."""
    malformed = 0
    for lines in writer.batches(records, least):
        yield joined(lines, array), writer.malformed - malformed
        malformed = writer.malformed


def joined(lines: list[str], array: bool) -> bytes:
    """Lines with their ends; elements of an array with what stands between them."""
    if array:
        return ",\n".join(lines).encode()
    return "\n".join([*lines, ""]).encode()


def _template(rest: str, kind: int, flags: int, verb: str) -> str:
    direction = "to-kernel" if flags & NLM_F_REQUEST else "to-user"
    names = orjson.dumps(flag_names(verb, flags)).decode()
    return (_FRONT + _NLMSG + rest).replace("DIRECTION", direction).replace("TYPE", str(kind)).replace("FLAGS", names)


def _link(pending: Pending) -> str:
    _, _, _, number, family, cmd, _, _, _ = pending
    command = None if cmd is None else cmd.name if family and cmd.number in family.by_number else cmd.number
    return f',"request":{orjson.dumps({"number": number, "family": family and family.name, "cmd": command}).decode()}'
