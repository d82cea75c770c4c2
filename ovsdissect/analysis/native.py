"""Facts by the compiled engine: the same as read.py makes of the tree's messages, whose work the few remain that the engine leaves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ovsdissect.analysis.facts import (
    ACTION,
    DATAPATH_REPLY,
    DATAPATH_REQUEST,
    EXECUTE,
    FLOW_DEL,
    FLOW_GET,
    FLOW_REPLY,
    FLOW_SET,
    HEAD,
    MISS,
    OFFLOAD,
    PUT,
    REPLY,
    REQUEST,
    TAIL,
    VPORT_REPLY,
    VPORT_REQUEST,
    Batch,
    DatapathFact,
    Fact,
    FlowFact,
    PacketFact,
    VportFact,
)
from ovsdissect.analysis.moment import Moment
from ovsdissect.analysis.read import NETLINK_ROUTE, RTM_NEWTFILTER, array_of, cookie, event_of, fact, text_of
from ovsdissect.capture import Records
from ovsdissect.dissect.context import Context, M
from ovsdissect.engine import columncodes as c
from ovsdissect.engine.answers import Answer
from ovsdissect.engine.column_tables import Column, ColumnTables
from ovsdissect.engine.columns import Columns
from ovsdissect.engine.output import Output
from ovsdissect.engine.passes import Pass
from ovsdissect.engine.tables import Tables, tables
from ovsdissect.engine.tuples import Headers, Shape, Tuples
from ovsdissect.engine.walk import Walk
from ovsdissect.families import OVS_FLOW, OVS_PACKET
from ovsdissect.families.ovs_datapath import OVS_DATAPATH
from ovsdissect.families.ovs_vport import OVS_VPORT
from ovsdissect.grammar import ByteOrder
from ovsdissect.netlink.framing import framing

ROWS: Final = 1024
ROOM: Final = 4 * 1024 * 1024  # bytes of keys, actions and the like in so many rows; what needs more is the tree's

# the columns of every message, and where those of its attributes begin; each family uses them in its own way
_KIND, _NUMBER, _RECORD, _PLACE, _SIZE, _TIME, _TYPE, _FLAGS, _SEQ, _PID, _DP, _PROTOCOL, _CONVERSATION, _ORDER, _OWN = range(15)
_HEADERS: Final = (
    (_KIND, c.OF_KIND),
    (_NUMBER, c.OF_NUMBER),
    (_RECORD, c.OF_RECORD),
    (_PLACE, c.OF_PLACE),
    (_SIZE, c.OF_SIZE),
    (_TIME, c.OF_TIME),
    (_TYPE, c.OF_TYPE),
    (_FLAGS, c.OF_FLAGS),
    (_SEQ, c.OF_SEQUENCE),
    (_PID, c.OF_PORTID),
    (_DP, c.OF_DATAPATH),
    (_PROTOCOL, c.OF_PROTOCOL),
    (_CONVERSATION, c.OF_CONVERSATION),
    (_ORDER, c.OF_ORDER),
)
_UPCALLS: Final = frozenset(("miss", "action"))
_EXECUTES: Final = frozenset(("execute",))


class _Layout:
    """Columns that are behind one another, and the items that are made of them."""

    def __init__(self, family: str) -> None:
        self._family = family
        self._next = _OWN
        self.columns: list[Column] = []

    def item(self, op: int, what: int, path: str, limit: int = 0, commands: frozenset[str] | None = None) -> tuple[int, int, None]:
        """An item of one attribute."""
        place = self._next
        self._next += 2 if what in (c.CONTENT, c.ENDING, c.DIGEST) else 1
        self.columns.append(Column(place, what, self._family, path, limit, commands))
        return op, place, None


_NOTHING: Final = (c.CONSTANT, 0, None)
_FALSE: Final = (c.CONSTANT, 0, False)


def _packets() -> tuple[list[Column], Shape, Shape]:
    """Columns of ovs_packet, the shape of upcalls and that of an EXECUTE."""
    layout = _Layout(OVS_PACKET.name)
    item = layout.item
    key = item(c.BYTES_ITEM, c.CONTENT, "key")
    digest = item(c.DIGEST_ITEM, c.DIGEST, "key", commands=_UPCALLS)
    known = (item(c.UNSIGNED_ITEM, c.VALUE, "key.in_port"), item(c.OR_ZERO, c.VALUE, "key.recirc_id"))
    packet = (
        item(c.DIGEST_ITEM, c.DIGEST, "packet"),
        item(c.OR_ZERO, c.SIZE, "packet"),
        item(c.OR_EMPTY, c.CONTENT, "packet", HEAD),
        item(c.OR_EMPTY, c.ENDING, "packet", TAIL),
        item(c.UNSIGNED_ITEM, c.VALUE, "hash"),
    )
    actions = item(c.BYTES_ITEM, c.CONTENT, "actions", commands=_EXECUTES)
    _, userdata, _ = item(c.BYTES_ITEM, c.CONTENT, "userdata")
    rest = (
        item(c.UNSIGNED_ITEM, c.VALUE, "upcall_pid"),
        item(c.TRUTH, c.PRESENCE, "probe"),
        (c.CALLED, userdata, _reason),
        (c.CALLED, userdata, _slow_path),
        _FALSE,
    )
    upcall = Shape(PacketFact, (key, digest, *known, *packet, _NOTHING, *rest))
    return layout.columns, upcall, Shape(PacketFact, (key, _NOTHING, *known, *packet, actions, *rest))


def _reason(data: bytes | None, order: ByteOrder) -> int | None:
    return None if data is None else cookie(data, order)[0]


def _slow_path(data: bytes | None, order: ByteOrder) -> int:
    return 0 if data is None else cookie(data, order)[1]


def _flows() -> tuple[list[Column], Shape]:
    layout = _Layout(OVS_FLOW.name)
    item = layout.item
    items = (
        item(c.BYTES_ITEM, c.CONTENT, "key"),
        item(c.DIGEST_ITEM, c.DIGEST, "key"),
        item(c.BYTES_ITEM, c.CONTENT, "mask"),
        item(c.BYTES_ITEM, c.CONTENT, "actions"),
        item(c.BYTES_ITEM, c.CONTENT, "ufid"),
        item(c.OR_ZERO, c.VALUE, "ufid_flags"),
        item(c.TRUTH, c.PRESENCE, "probe"),
        item(c.TRUTH, c.PRESENCE, "clear"),
        item(c.UNSIGNED_ITEM, c.VALUE, "stats.n_packets"),
        item(c.UNSIGNED_ITEM, c.VALUE, "stats.n_bytes"),
        item(c.UNSIGNED_ITEM, c.VALUE, "used"),
        item(c.OR_ZERO, c.VALUE, "tcp_flags"),
        _FALSE,
    )
    return layout.columns, Shape(FlowFact, items)


def _datapaths() -> tuple[list[Column], Shape]:
    layout = _Layout(OVS_DATAPATH.name)
    item = layout.item
    _, name, _ = item(c.BYTES_ITEM, c.CONTENT, "name")
    stats = [item(c.UNSIGNED_ITEM, c.VALUE, f"stats.{member}") for member in ("n_hit", "n_missed", "n_lost", "n_flows")]
    _, pids, _ = item(c.BYTES_ITEM, c.CONTENT, "per_cpu_pids")
    items = ((c.CALLED, name, _text), (c.NUMBERS_ITEM, stats[0][1], 4), (c.CALLED, pids, array_of))
    return layout.columns, Shape(DatapathFact, items)


def _vports() -> tuple[list[Column], Shape]:
    layout = _Layout(OVS_VPORT.name)
    item = layout.item
    _, name, _ = item(c.BYTES_ITEM, c.CONTENT, "name")
    numbers = item(c.UNSIGNED_ITEM, c.VALUE, "type"), item(c.UNSIGNED_ITEM, c.VALUE, "port_no")
    _, pids, _ = item(c.BYTES_ITEM, c.CONTENT, "upcall_pid")
    _, success, _ = item(c.UNSIGNED_ITEM, c.VALUE, "upcall_stats.success")
    item(c.UNSIGNED_ITEM, c.VALUE, "upcall_stats.fail")
    items = ((c.CALLED, name, _text), *numbers, (c.CALLED, pids, array_of), (c.NUMBERS_ITEM, success, 2))
    return layout.columns, Shape(VportFact, items)


def _text(data: bytes | None, order: ByteOrder) -> str | None:
    return text_of(data)


def _fact(event: int, family: str, command: int | None, body: Shape | None) -> Shape:
    """The shape of a fact."""
    number, flags = (c.SIGNED_ITEM, _TYPE, None), (c.SIGNED_ITEM, _FLAGS, None)
    place = tuple((c.SIGNED_ITEM, column, None) for column in (_NUMBER, _RECORD, _PLACE, _SIZE, _TIME))
    what = tuple((c.CONSTANT, 0, value) for value in (event, family, command))
    if event == OFFLOAD:
        host: tuple[tuple[int, int, object], ...] = ((c.CONSTANT, 0, 0),) * 3
    else:
        host = ((c.SIGNED_ITEM, _SEQ, None), (c.OF_HOST, _PID, None), (c.OF_HOST, _DP, None))
    inside = _NOTHING if body is None else (c.NESTED, 0, body)
    return Shape(Fact, (*place, *what, number, flags, *host, (c.ORDER_ITEM, 0, None), inside))


class Native:
    """What facts are made of, for one set of tables."""

    def __init__(self, made: Tables) -> None:
        packets, upcall, execute = _packets()
        flows, flow = _flows()
        datapaths, datapath = _datapaths()
        vports, vport = _vports()
        headers = [Column(place, what) for place, what in _HEADERS]
        self.tables = ColumnTables(made, [*headers, *packets, *flows, *datapaths, *vports])
        bodies = {MISS: upcall, ACTION: upcall, EXECUTE: execute, DATAPATH_REQUEST: datapath, DATAPATH_REPLY: datapath}
        bodies |= {VPORT_REQUEST: vport, VPORT_REPLY: vport} | dict.fromkeys((PUT, FLOW_SET, FLOW_DEL, FLOW_GET, FLOW_REPLY), flow)
        self._bodies = bodies
        self.requests, self.replies = (
            [self._shape(event_of(family, command, request=request), family.name, command.number) for family, command in made.declared]
            for request in (True, False)
        )
        self.others = {NETLINK_ROUTE << 16 | RTM_NEWTFILTER: _fact(OFFLOAD, "", None, None)}

    def _shape(self, event: int, family: str, command: int) -> Shape:
        return _fact(event, family, command, None if event in (REQUEST, REPLY) else self._bodies[event])


def batches(context: Context[M], records: Records, *, until: Moment | None = None) -> Iterator[Batch]:
    """The facts of records.  until: where reading ends."""
    native = Native(tables())
    facts: list[Fact] = []
    made_rows: list[Tuples] = []

    walks: list[Walk] = []

    def make(walk: Walk, answer: Answer, output: Output, made: Tables) -> Columns:
        columns = Columns(walk, answer, output, native.tables, capacity=ROWS, room=ROOM, by_row=True, answers=False, everything=True)
        headers = Headers(_KIND, _NUMBER, _TYPE, _PROTOCOL, _CONVERSATION, _ORDER, _TIME, _FLAGS)
        walks.append(walk)
        made_rows.append(Tuples(columns, headers, native.requests, native.replies, native.others))
        return columns

    sizes = [0, 0]  # the number of a record, and how many messages it holds

    def take(message: M) -> None:
        record = over.record
        assert record is not None
        facts.extend(rows.take())
        number, time_ns = message.number, rows.last_time if message.time_ns is None else message.time_ns
        rows.begin_at(time_ns)
        if number is None or rows.ended or number > rows.until_number or time_ns > rows.until_time:
            return
        rows.last_number, rows.last_time = number, time_ns
        if sizes[0] != record.number:  # a record may hold very many messages
            sizes[:] = record.number, len(framing(record.data, record.link_type, record.wire_length, record.byteorder).frames)
        made = fact(message, sizes[1], time_ns, record.conversation)
        if made is not None:
            facts.append(made)

    over = Pass(tables(), context, make, take, 0)
    (rows,), (begun,) = made_rows, walks
    if until is not None:
        if until.number is not None:
            rows.until_number = until.number
        if until.seconds is not None:
            rows.until_time, rows.relative = until.last
    for _ in over.run(records):
        facts.extend(rows.take())
        yield Batch(list(facts), rows.last_number, rows.last_time, begun.started, interfaces=context.interfaces)
        facts.clear()
        if rows.ended:
            return
