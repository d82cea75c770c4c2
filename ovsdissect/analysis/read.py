"""Makes facts from the messages of a capture: reads the attributes of a message and of its key, without building a tree.

Like the tree, it accepts any bytes: what is cut or malformed counts as absent.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final

from ovsdissect.analysis.collecting import collect_trees
from ovsdissect.analysis.facts import (
    ACTION,
    CONVERSATION_SHIFT,
    DATAPATH_REPLY,
    DATAPATH_REQUEST,
    DEL_CMD,
    DONE,
    ERROR,
    EXECUTE,
    FLOW_DEL,
    FLOW_GET,
    FLOW_REPLY,
    FLOW_SET,
    GET_CMD,
    HEAD,
    MISS,
    NEW_CMD,
    OFFLOAD,
    PUT,
    REPLY,
    REQUEST,
    SET_CMD,
    TAIL,
    VPORT_REPLY,
    VPORT_REQUEST,
    Batch,
    Body,
    DatapathFact,
    ErrorFact,
    Fact,
    FlowFact,
    PacketFact,
    Place,
    VportFact,
    digest,
)
from ovsdissect.analysis.moment import Moment
from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import Record
from ovsdissect.dissect.context import Context, M
from ovsdissect.dissect.message import Message
from ovsdissect.families import OVS_FLOW, OVS_PACKET
from ovsdissect.families.cookies import SLOW_PATH, USERDATA
from ovsdissect.families.flow_key import KEY
from ovsdissect.families.ovs_datapath import OVS_DATAPATH
from ovsdissect.families.ovs_vport import OVS_VPORT, UPCALL_STATS
from ovsdissect.grammar import AttrSet, Command, Family
from ovsdissect.grammar.attrs import NLA_HEADER, NLA_TYPE_MASK
from ovsdissect.grammar.wire import PREFIX
from ovsdissect.netlink.headers import GENLMSGHDR_LEN, NLM_F_CAPPED, NLM_F_REQUEST, NLMSGHDR_LEN
from ovsdissect.netlink.numbers import NETLINK_GENERIC

RECORDS: Final = 256  # in a batch
LATEST_NS: Final = 1 << 62  # the clocks of damaged files exceed this: then there is no time
NAME: Final = 255  # bytes of a name that are kept; IFNAMSIZ is 16
PIDS: Final = 8192  # of an array of portids: as many CPUs as Linux can be built for
TEXT: Final = 1024  # characters of an extended ACK's text
NETLINK_ROUTE: Final = 0
RTM_NEWTFILTER: Final = 44  # include/uapi/linux/rtnetlink.h

# offsets in the 48-byte cookie: the type, and the reason of a slow path after the head that all cookies share
COOKIE_SIZE: Final = USERDATA.total
SLOW_PATH_TYPE: Final = next(number for number, member in USERDATA.cases.items() if member.wire is SLOW_PATH)
SLOW_PATH_AT: Final = (USERDATA.head.size or 0) + SLOW_PATH.offsets[[member.name for member in SLOW_PATH.members].index("reason")]

_REQUESTS: Final = {
    OVS_DATAPATH.name: DATAPATH_REQUEST,
    OVS_VPORT.name: VPORT_REQUEST,
}
_REPLIES: Final = {OVS_DATAPATH.name: DATAPATH_REPLY, OVS_VPORT.name: VPORT_REPLY, OVS_FLOW.name: FLOW_REPLY}
_FLOW_REQUESTS: Final = {NEW_CMD: PUT, SET_CMD: FLOW_SET, DEL_CMD: FLOW_DEL, GET_CMD: FLOW_GET}
_PACKETS: Final = {command.number: event for name, event in (("miss", MISS), ("action", ACTION), ("execute", EXECUTE))
                   for command in (OVS_PACKET.by_name[name],)}  # fmt: skip


def numbers(attrs: AttrSet, names: str) -> tuple[int, ...]:
    """Return the numbers of attributes."""
    return tuple(attrs.by_name[name].number for name in names.split())


_PACKET, _KEY, _ACTIONS, _USERDATA, _PROBE, _HASH, _UPCALL_PID = numbers(
    OVS_PACKET.attrs, "packet key actions userdata probe hash upcall_pid"
)
_IN_PORT, _RECIRC_ID = numbers(KEY, "in_port recirc_id")
_F_KEY, _F_ACTIONS, _F_STATS, _F_TCP_FLAGS, _F_USED, _F_CLEAR, _F_MASK, _F_PROBE, _F_UFID, _F_UFID_FLAGS = numbers(
    OVS_FLOW.attrs, "key actions stats tcp_flags used clear mask probe ufid ufid_flags"
)
_D_NAME, _D_STATS, _D_PIDS = numbers(OVS_DATAPATH.attrs, "name stats per_cpu_pids")
_V_PORT_NO, _V_TYPE, _V_NAME, _V_PIDS, _V_UPCALL_STATS = numbers(OVS_VPORT.attrs, "port_no type name upcall_pid upcall_stats")
_SUCCESS, _FAIL = numbers(UPCALL_STATS, "success fail")


def batches(
    context: Context[M],
    records: Iterable[Record],
    *,
    size: int = RECORDS,
    until: Moment | None = None,
    passes: Callable[[M, int | None], bool] | None = None,
) -> Iterator[Batch]:
    """Yield the facts of records.

    size: records in a batch. until: where reading ends. passes: the display filter, called with each message and its event (None if the
    message is not a fact).
    """
    facts: list[Fact] = []
    passed: set[int] = set()
    count, time_ns, messages = 0, 0, 0
    until_number = until.number if until is not None else None
    start_ns = None
    for record in records:
        if record.time_ns is not None and abs(record.time_ns) < LATEST_NS:
            if until is not None and until.before(record.time_ns, record.time_ns if start_ns is None else start_ns):
                break
            time_ns = record.time_ns
        inside = [message for message in context.messages(record) if message.number is not None]
        if inside and start_ns is None:
            start_ns = inside[0].time_ns
        for message in inside:
            number = message.number or 0
            if until_number is not None and number > until_number:
                break
            messages = number
            made = fact(message, len(inside), time_ns, record.conversation)
            if made is not None:
                facts.append(made)
            if passes is not None and passes(message, None if made is None else made.event):
                passed.add(number)
        count += 1
        ended = until_number is not None and messages >= until_number
        if count >= size or ended:
            yield Batch(facts, messages, time_ns, start_ns, None if passes is None else frozenset(passed), context.interfaces)
            facts, passed, count = [], set(), 0
            collect_trees()
        if ended:
            return
    yield Batch(facts, messages, time_ns, start_ns, None if passes is None else frozenset(passed), context.interfaces)


def fact(message: Message, size: int, time_ns: int, conversation: int) -> Fact | None:
    """Return what the rules need of a message; None if no rule looks at it.

    size: the number of messages in its record.
    """
    frame, kind = message.frame, message.kind
    family, command, number = message.declaration, message.command, frame.type
    shift = conversation << CONVERSATION_SHIFT
    where = message.number or 0, message.record, message.index, size, time_ns
    if kind == "message" and family is not None:
        if command is None:
            return None
        dp = ((message.dp_ifindex or 0) & 0xFFFFFFFF) + shift
        event = event_of(family, command, request=bool(frame.flags & NLM_F_REQUEST))
        what = event, family.name, command.number, number, frame.flags, frame.seq, frame.pid + shift, dp, message.byteorder
        return _told(message, (*where, *what))
    if kind == "message" and message.protocol == NETLINK_ROUTE and frame.type == RTM_NEWTFILTER:
        return Fact(*where, OFFLOAD, "", None, number, frame.flags, 0, 0, 0, message.byteorder)
    if kind not in ("error", "done") or message.protocol != NETLINK_GENERIC:
        return None
    rest = frame.flags, frame.seq, frame.pid + shift, shift, message.byteorder
    request, said = message.request, message.error
    failed = kind == "error" or bool(said.get("number"))
    if request is None or request.declaration is None:
        # a dump may take long: the rules remember more requests than the context
        return None if failed else Fact(*where, DONE, "", None, number, *rest)
    family, command, number = request.declaration, request.command, request.type
    body = _error(message, said, shift) if failed else None
    return Fact(*where, ERROR if failed else DONE, family.name, command.number if command else None, number, *rest, body)


def event_of(family: Family, command: Command, *, request: bool) -> int:
    """Return the event of a message with a command."""
    if family is OVS_PACKET and command.number in _PACKETS:
        return _PACKETS[command.number]
    if not request:
        return _REPLIES.get(family.name, REPLY)
    return _FLOW_REQUESTS.get(command.number, REQUEST) if family is OVS_FLOW else _REQUESTS.get(family.name, REQUEST)


def _told(message: Message, place: Place) -> Fact:
    """Return a fact with the attributes' values, if the rules need anything of the family."""
    family, event, order = message.declaration, place[5], message.byteorder
    assert family is not None
    end = message.frame.end
    start = message.frame.offset + NLMSGHDR_LEN + GENLMSGHDR_LEN + (family.header.size or 0 if family.header else 0)
    cut = end > len(message.data)
    if event in (MISS, ACTION, EXECUTE):
        return _packet(message.data[start:end], order, place, cut)
    if event in (PUT, FLOW_SET, FLOW_DEL, FLOW_GET, FLOW_REPLY):
        return _flow(message.data[start:end], order, place, cut)
    body: Body = None
    if event in (DATAPATH_REQUEST, DATAPATH_REPLY):
        body = _datapath(message.data[start:end], order)
    elif event in (VPORT_REQUEST, VPORT_REPLY):
        body = _vport(message.data[start:end], order)
    return Fact(*place, body)


def payloads(data: bytes, order: ByteOrder) -> dict[int, bytes]:
    """Return the attributes in some bytes, by number; if a number is repeated the last one counts, as in the kernel."""
    found: dict[int, bytes] = {}
    head, at, size = _struct(PREFIX[order] + "HH").unpack_from, 0, len(data)
    while at + NLA_HEADER <= size:
        length, kind = head(data, at)
        if length < NLA_HEADER or at + length > size:
            break  # what precedes counts
        found[kind & NLA_TYPE_MASK] = data[at + NLA_HEADER : at + length]
        at += length + 3 & ~3
    return found


def ending(data: bytes, order: ByteOrder) -> tuple[int, bytes]:
    """Return number and available payload of the attribute that the capture cut; number -1 if even its header is incomplete."""
    head, at = _struct(PREFIX[order] + "HH"), 0
    while at + NLA_HEADER <= len(data):
        length, kind = head.unpack_from(data, at)
        if length < NLA_HEADER or at + length > len(data):
            return kind & NLA_TYPE_MASK, data[at + NLA_HEADER :]
        at += length + 3 & ~3
    return -1, b""


def _packet(data: bytes, order: ByteOrder, place: Place, cut: bool) -> PacketFact:
    found, event = payloads(data, order), place[5]
    key, packet, said = found.get(_KEY), found.get(_PACKET), found.get(_USERDATA)
    in_port, recirc_id = None, 0
    known = key
    if cut and key is None:
        number, rest = ending(data, order)
        known = rest if number == _KEY else None
    if known is not None:
        inside = payloads(known, order)
        in_port, recirc_id = _integer(inside.get(_IN_PORT), 4, order), _integer(inside.get(_RECIRC_ID), 4, order) or 0
    reason, slow_path = cookie(said, order) if said is not None else (None, 0)
    return PacketFact(
        place,
        key,
        None if key is None or event == EXECUTE else digest(key),
        in_port,
        recirc_id,
        None if packet is None else digest(packet),
        len(packet or b""),
        (packet or b"")[:HEAD],
        (packet or b"")[-TAIL:],
        _integer(found.get(_HASH), 8, order),
        found.get(_ACTIONS) if event == EXECUTE else None,
        _integer(found.get(_UPCALL_PID), 4, order) or 0,
        _PROBE in found,
        reason,
        slow_path,
        cut,
    )


def cookie(said: bytes, order: ByteOrder) -> tuple[int | None, int]:
    """Return, from the payload of USERDATA, the cookie's type (None unless it is Open vSwitch's 48 bytes) and a slow path's reasons."""
    if len(said) != COOKIE_SIZE:
        return None, 0
    kind = int.from_bytes(said[:2], order)
    return kind, int.from_bytes(said[SLOW_PATH_AT : SLOW_PATH_AT + 4], order) if kind == SLOW_PATH_TYPE else 0


def _flow(data: bytes, order: ByteOrder, place: Place, cut: bool) -> FlowFact:
    found = payloads(data, order)
    key, stats = found.get(_F_KEY), _integers(found.get(_F_STATS), "QQ", order)
    return FlowFact(
        place,
        key,
        None if key is None else digest(key),
        found.get(_F_MASK),
        found.get(_F_ACTIONS),
        found.get(_F_UFID),
        _integer(found.get(_F_UFID_FLAGS), 4, order) or 0,
        _F_PROBE in found,
        _F_CLEAR in found,
        stats[0] if stats else 0,
        stats[1] if stats else 0,
        _integer(found.get(_F_USED), 8, order) or 0,
        _integer(found.get(_F_TCP_FLAGS), 1, order) or 0,
        stats is not None or (_F_STATS not in found and (not cut or ending(data, order)[0] == _F_ACTIONS)),  # ACTIONS come last
        cut,
    )


def _datapath(data: bytes, order: ByteOrder) -> DatapathFact:
    found = payloads(data, order)
    stats = _integers(found.get(_D_STATS), "QQQQ", order)
    return DatapathFact(
        text_of(found.get(_D_NAME)),
        (stats[0], stats[1], stats[2], stats[3]) if stats else None,
        array_of(found.get(_D_PIDS), order),
    )


def _vport(data: bytes, order: ByteOrder) -> VportFact:
    found = payloads(data, order)
    counters = None
    if _V_UPCALL_STATS in found:
        inside = payloads(found[_V_UPCALL_STATS], order)
        success, fail = _integer(inside.get(_SUCCESS), 8, order), _integer(inside.get(_FAIL), 8, order)
        counters = (success, fail) if success is not None and fail is not None else None
    return VportFact(
        text_of(found.get(_V_NAME)),
        _integer(found.get(_V_TYPE), 4, order),
        _integer(found.get(_V_PORT_NO), 4, order),
        array_of(found.get(_V_PIDS), order),
        counters,
    )


def _error(message: Message, said: dict[str, object], shift: int) -> ErrorFact:
    number, text = said.get("number"), said.get("message")
    echo = message.root.child("request")
    attrs = echo.child("attrs") if echo is not None and not message.frame.flags & NLM_F_CAPPED else None
    key = attrs.child("key") if attrs is not None else None
    head = echo.child("nlmsg") if echo is not None else None
    values = {child.name: child.raw for child in head.children} if head is not None else {}
    request = message.request
    return ErrorFact(
        number if isinstance(number, int) else 0,
        text[:TEXT] if isinstance(text, str) else None,
        message.fault_path or message.missing_path,
        values.get("type") or (request.type if request else 0),
        values.get("seq", message.frame.seq),
        values.get("pid", message.frame.pid) + shift,
        attrs is not None and attrs.child("probe") is not None,
        digest(message.data[key.offset : key.offset + key.length]) if key is not None else None,
    )


def _integer(data: bytes | None, size: int, order: ByteOrder) -> int | None:
    """Return an integer; a longer payload than known begins with the known integer."""
    return None if data is None or len(data) < size else int.from_bytes(data[:size], order)


def _integers(data: bytes | None, code: str, order: ByteOrder) -> tuple[int, ...] | None:
    layout = _struct(PREFIX[order] + code)
    return None if data is None or len(data) < layout.size else layout.unpack_from(data)


def array_of(data: bytes | None, order: ByteOrder) -> tuple[int, ...] | None:
    """Return an array of 32-bit numbers, truncated if it is longer than any host would send."""
    return None if data is None else tuple(int.from_bytes(data[at : at + 4], order) for at in range(0, min(len(data) - 3, 4 * PIDS), 4))


def text_of(data: bytes | None) -> str | None:
    """Return a name up to its NUL, truncated far beyond the length that the kernel allows."""
    return None if data is None else data.split(b"\0")[0][:NAME].decode("utf-8", "backslashreplace")


@lru_cache
def _struct(code: str) -> struct.Struct:
    return struct.Struct(code)
