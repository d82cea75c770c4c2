"""Facts from the compiled engine: equal to those that read.py makes from messages, which handles the few that the engine leaves to the
tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ovsdissect.analysis import factcolumns as f
from ovsdissect.analysis.collecting import collect_trees
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
    PUT,
    TAIL,
    VPORT_REPLY,
    VPORT_REQUEST,
    Batch,
    Fact,
)
from ovsdissect.analysis.moment import Moment
from ovsdissect.analysis.read import LATEST_NS, event_of, fact
from ovsdissect.analysis.rows import DATAPATH, FLOW, NOTHING, PACKET, VPORT, Rows
from ovsdissect.capture import Records
from ovsdissect.dissect.context import Context, M
from ovsdissect.engine import columncodes as c
from ovsdissect.engine.answers import Answer
from ovsdissect.engine.column_tables import Column, ColumnTables
from ovsdissect.engine.columns import Columns
from ovsdissect.engine.output import Output
from ovsdissect.engine.passes import Pass
from ovsdissect.engine.tables import Tables, tables
from ovsdissect.engine.walk import Walk
from ovsdissect.families import OVS_FLOW, OVS_PACKET
from ovsdissect.families.ovs_datapath import OVS_DATAPATH
from ovsdissect.families.ovs_vport import OVS_VPORT
from ovsdissect.netlink.framing import framing

ROWS: Final = 1024
TREES: Final = 250  # messages that the tree reads before its garbage is collected
ROOM: Final = 4 * 1024 * 1024  # bytes of keys, actions and the like for these rows; a message that does not fit is left to the tree

_HEADERS: Final = (
    (f.H_KIND, c.OF_KIND),
    (f.H_NUMBER, c.OF_NUMBER),
    (f.H_RECORD, c.OF_RECORD),
    (f.H_PLACE, c.OF_PLACE),
    (f.H_SIZE, c.OF_SIZE),
    (f.H_TIME, c.OF_TIME),
    (f.H_TYPE, c.OF_TYPE),
    (f.H_FLAGS, c.OF_FLAGS),
    (f.H_SEQ, c.OF_SEQUENCE),
    (f.H_PID, c.OF_PORTID),
    (f.H_DP, c.OF_DATAPATH),
    (f.H_PROTOCOL, c.OF_PROTOCOL),
    (f.H_CONVERSATION, c.OF_CONVERSATION),
    (f.H_ORDER, c.OF_ORDER),
)
_UPCALLS: Final = frozenset(("miss", "action"))
_EXECUTES: Final = frozenset(("execute",))
_PACKETS: Final = (
    Column(f.P_KEY, c.CONTENT, OVS_PACKET.name, "key"),
    Column(f.P_KEY_DIGEST, c.DIGEST, OVS_PACKET.name, "key", commands=_UPCALLS),
    Column(f.P_IN_PORT, c.VALUE, OVS_PACKET.name, "key.in_port"),
    Column(f.P_RECIRC_ID, c.VALUE, OVS_PACKET.name, "key.recirc_id"),
    Column(f.P_DIGEST, c.DIGEST, OVS_PACKET.name, "packet"),
    Column(f.P_LENGTH, c.SIZE, OVS_PACKET.name, "packet"),
    Column(f.P_HEAD, c.CONTENT, OVS_PACKET.name, "packet", HEAD),
    Column(f.P_TAIL, c.ENDING, OVS_PACKET.name, "packet", TAIL),
    Column(f.P_HASH, c.VALUE, OVS_PACKET.name, "hash"),
    Column(f.P_ACTIONS, c.CONTENT, OVS_PACKET.name, "actions", commands=_EXECUTES),
    Column(f.P_USERDATA, c.CONTENT, OVS_PACKET.name, "userdata"),
    Column(f.P_UPCALL_PID, c.VALUE, OVS_PACKET.name, "upcall_pid"),
    Column(f.P_PROBE, c.PRESENCE, OVS_PACKET.name, "probe"),
)
_FLOWS: Final = (
    Column(f.F_KEY, c.CONTENT, OVS_FLOW.name, "key"),
    Column(f.F_KEY_DIGEST, c.DIGEST, OVS_FLOW.name, "key"),
    Column(f.F_MASK, c.CONTENT, OVS_FLOW.name, "mask"),
    Column(f.F_ACTIONS, c.CONTENT, OVS_FLOW.name, "actions"),
    Column(f.F_UFID, c.CONTENT, OVS_FLOW.name, "ufid"),
    Column(f.F_UFID_FLAGS, c.VALUE, OVS_FLOW.name, "ufid_flags"),
    Column(f.F_PROBE, c.PRESENCE, OVS_FLOW.name, "probe"),
    Column(f.F_CLEAR, c.PRESENCE, OVS_FLOW.name, "clear"),
    Column(f.F_PACKETS, c.VALUE, OVS_FLOW.name, "stats.n_packets"),
    Column(f.F_BYTES, c.VALUE, OVS_FLOW.name, "stats.n_bytes"),
    Column(f.F_USED, c.VALUE, OVS_FLOW.name, "used"),
    Column(f.F_TCP_FLAGS, c.VALUE, OVS_FLOW.name, "tcp_flags"),
)
_DATAPATHS: Final = (
    Column(f.D_NAME, c.CONTENT, OVS_DATAPATH.name, "name"),
    *(
        Column(f.D_STATS + i, c.VALUE, OVS_DATAPATH.name, f"stats.{member}")
        for i, member in enumerate(("n_hit", "n_missed", "n_lost", "n_flows"))
    ),
    Column(f.D_PIDS, c.CONTENT, OVS_DATAPATH.name, "per_cpu_pids"),
)
_VPORTS: Final = (
    Column(f.V_NAME, c.CONTENT, OVS_VPORT.name, "name"),
    Column(f.V_TYPE, c.VALUE, OVS_VPORT.name, "type"),
    Column(f.V_PORT_NO, c.VALUE, OVS_VPORT.name, "port_no"),
    Column(f.V_PIDS, c.CONTENT, OVS_VPORT.name, "upcall_pid"),
    Column(f.V_SUCCESS, c.VALUE, OVS_VPORT.name, "upcall_stats.success"),
    Column(f.V_FAIL, c.VALUE, OVS_VPORT.name, "upcall_stats.fail"),
)
_SAID: Final = (
    dict.fromkeys((MISS, ACTION, EXECUTE), PACKET)
    | dict.fromkeys((PUT, FLOW_SET, FLOW_DEL, FLOW_GET, FLOW_REPLY), FLOW)
    | {DATAPATH_REQUEST: DATAPATH, DATAPATH_REPLY: DATAPATH, VPORT_REQUEST: VPORT, VPORT_REPLY: VPORT}
)


def _events(made: Tables, *, request: bool) -> list[tuple[int, int]]:
    """Return (event, kind of body) for each command."""
    events = [event_of(family, command, request=request) for family, command in made.declared]
    return [(event, _SAID.get(event, NOTHING)) for event in events]


def batches(context: Context[M], records: Records, *, until: Moment | None = None) -> Iterator[Batch]:
    """Yield the facts of records. until: where reading ends."""
    made = tables()
    wanted = ColumnTables(made, [*(Column(place, what) for place, what in _HEADERS), *_PACKETS, *_FLOWS, *_DATAPATHS, *_VPORTS])
    facts: list[Fact] = []
    begun: list[tuple[Walk, Rows]] = []

    def make(walk: Walk, answer: Answer, output: Output, _: Tables) -> Columns:
        columns = Columns(walk, answer, output, wanted, capacity=ROWS, room=ROOM, by_row=True, answers=False, everything=True)
        begun.append((walk, Rows(columns, made.declared, _events(made, request=True), _events(made, request=False))))
        return columns

    trees = 0
    sizes = [0, 0]  # a record's number, and how many messages it holds

    def take(message: M) -> None:
        nonlocal trees
        trees += 1
        record = over.record
        assert record is not None
        facts.extend(rows.take())
        number, time_ns = message.number, message.time_ns
        if time_ns is None or abs(time_ns) >= LATEST_NS:
            time_ns = rows.last_time
        rows.begin_at(time_ns)
        if number is None or rows.ended or number > rows.until_number or time_ns > rows.until_time:
            return
        rows.last_number, rows.last_time = number, time_ns
        if sizes[0] != record.number:  # a record may hold very many messages
            sizes[:] = record.number, len(framing(record.data, record.link_type, record.wire_length, record.byteorder).frames)
        told = fact(message, sizes[1], time_ns, record.conversation)
        if told is not None:
            facts.append(told)

    over = Pass(made, context, make, take, 0)
    ((walk, rows),) = begun
    if until is not None:
        if until.number is not None:
            rows.until_number = until.number
        if until.seconds is not None:
            rows.until_time, rows.relative = until.last
    for _ in over.run(records):
        facts.extend(rows.take())
        yield Batch(list(facts), rows.last_number, rows.last_time, walk.started, interfaces=context.interfaces)
        facts.clear()
        if trees >= TREES:
            collect_trees()
            trees = 0
        if rows.ended:
            return
