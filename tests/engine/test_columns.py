"""The engine's columns hold the tree's values: recorded, spoiled and random messages, both byte orders and buffer layouts."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ovsdissect.api import Message, is_ovs
from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import Record, Records
from ovsdissect.dissect.context import Context
from ovsdissect.engine import column_tables, columncodes, columns, digests, passes, tables
from ovsdissect.families.registry import Registry
from tests import recorded, traffic
from tests.engine.uncompiled import uncompiled

c = columncodes
Modules = tuple[ModuleType, ...]
HERE: Modules = (columns, column_tables, passes, tables)
HEADERS = (
    c.OF_KIND,
    c.OF_NUMBER,
    c.OF_RECORD,
    c.OF_PLACE,
    c.OF_SIZE,
    c.OF_TIME,
    c.OF_LENGTH,
    c.OF_TYPE,
    c.OF_FLAGS,
    c.OF_SEQUENCE,
    c.OF_PORTID,
    c.OF_PROTOCOL,
    c.OF_INTERFACE,
    c.OF_ORDER,
    c.OF_START,
    c.OF_DATAPATH,
    c.OF_VERSION,
    c.OF_ERROR,
    c.OF_REQUEST,
    c.OF_REQUESTED,
    c.OF_REQUESTED_FAMILY,
)
# what is kept, family, path, limit
ATTRIBUTES = (
    (c.VALUE, "ovs_packet", "key.in_port", 0),
    (c.VALUE, "ovs_packet", "key.tunnel.id", 0),
    (c.VALUE, "ovs_packet", "key.ipv4.proto", 0),
    (c.VALUE, "ovs_packet", "key.ct_state", 0),
    (c.VALUE, "ovs_packet", "key.vlan.vid", 0),
    (c.VALUE, "ovs_packet", "hash", 0),
    (c.CONTENT, "ovs_packet", "key.ethernet.src", 0),
    (c.CONTENT, "ovs_packet", "packet", 20),
    (c.ENDING, "ovs_packet", "packet", 5),
    (c.DIGEST, "ovs_packet", "packet", 0),
    (c.SIZE, "ovs_packet", "packet", 0),
    (c.PRESENCE, "ovs_packet", "probe", 0),
    (c.VALUE, "ovs_flow", "stats.n_packets", 0),
    (c.VALUE, "ovs_flow", "used", 0),
    (c.VALUE, "ovs_flow", "mask.encap.ipv4.ttl", 0),
    (c.CONTENT, "ovs_flow", "actions", 0),
    (c.DIGEST, "ovs_flow", "key", 0),
    (c.CONTENT, "ovs_vport", "name", 0),
    (c.VALUE, "ovs_vport", "upcall_stats.success", 0),
    (c.VALUE, "ovs_datapath", "stats.n_missed", 0),
    (c.VALUE, "nlctrl", "family_id", 0),
)
TWO = (c.CONTENT, c.ENDING, c.DIGEST)
Row = tuple[Any, ...]


def made(records: Sequence[Record], registry: Registry, modules: Modules, by_row: bool, everything: bool, capacity: int) -> Iterator[Row]:
    """The rows of the engine, and the numbers of the messages that it left to the tree, in order."""
    _columns, _column_tables, _passes, _tables = modules
    all_tables = _tables.tables()
    wanted = [_column_tables.Column(place, what) for place, what in enumerate(HEADERS)]
    places, place = [], len(HEADERS)
    for what, family, path, limit in ATTRIBUTES:
        wanted.append(_column_tables.Column(place, what, family, path, limit))
        places.append((what, place))
        place += 2 if what in TWO else 1
    taken: list[Any] = []
    rows: list[Row] = []

    def make(walk: Any, answer: Any, output: Any, _tables: Any) -> Any:
        taken.append(
            _columns.Columns(
                walk,
                answer,
                output,
                _column_tables.ColumnTables(all_tables, wanted),
                capacity=capacity,
                room=1 << 16,
                by_row=by_row,
                answers=True,
                everything=everything,
            )
        )
        return taken[0]

    def flush() -> None:
        kept, width = taken[0], place

        def at(row: int, column: int) -> int:
            return row * width + column if by_row else column * capacity + row

        def value(row: int, what: int, column: int) -> Any:
            if not kept.valid[at(row, column)]:
                return None
            first = kept.values[at(row, column)]
            if what in (c.CONTENT, c.ENDING):
                return bytes(kept.bytes[first : first + kept.values[at(row, column + 1)]])
            if what == c.DIGEST:
                second = kept.values[at(row, column + 1)]
                return b"".join((half & (1 << 64) - 1).to_bytes(8, "little") for half in (first, second))
            return first

        for row in range(kept.rows):
            told = [value(row, what, column) for column, what in enumerate(HEADERS)]
            rows.append((*told, *(value(row, what, column) for what, column in places)))
        kept.clear()

    def take(message: Message) -> None:
        flush()
        rows.append((message.number,))

    over = _passes.Pass(all_tables, Context(registry.copy(), Message), make, take, 0)
    for _ in over.run(Records.of(records)):
        flush()
        yield from rows
        rows.clear()


def expected(message: Message, size: int, interface: int) -> Row:
    """The row of a message by its tree."""
    declared = {(family.name, command.number): number for number, (family, command) in enumerate(tables.tables().declared)}
    families = list(tables.tables().families)
    frame, request, error = message.frame, message.request, message.error
    own = message.declaration and message.command
    headers = {
        c.OF_KIND: declared.get((message.declaration.name, message.command.number)) if message.declaration and message.command else None,
        c.OF_NUMBER: message.number,
        c.OF_RECORD: message.record,
        c.OF_PLACE: message.index,
        c.OF_SIZE: size,
        c.OF_TIME: message.time_ns,
        c.OF_LENGTH: frame.length,
        c.OF_TYPE: frame.type,
        c.OF_FLAGS: frame.flags,
        c.OF_SEQUENCE: frame.seq,
        c.OF_PORTID: frame.pid,
        c.OF_PROTOCOL: message.protocol,
        c.OF_INTERFACE: interface,
        c.OF_ORDER: int(message.byteorder == "big"),
        c.OF_START: frame.offset,
        c.OF_DATAPATH: message.dp_ifindex,
        c.OF_VERSION: message.version if own else None,
        c.OF_ERROR: error.get("number") if message.kind in ("error", "ack", "done") else None,
        c.OF_REQUEST: request and request.number,
        c.OF_REQUESTED: declared.get((request.declaration.name, request.command.number))
        if request and request.declaration and request.command
        else None,
        c.OF_REQUESTED_FAMILY: families.index(request.declaration.name) if request and request.declaration else None,
    }
    if not own:
        headers[c.OF_KIND] = -3 if message.kind != "message" else -2
    return (*(headers[what] for what in HEADERS), *(attribute(message, *one) for one in ATTRIBUTES))


def attribute(message: Message, what: int, family: str, path: str, limit: int) -> Any:
    """One value by the tree."""
    full = f"attrs.{path}"
    field = (
        next((found for name, found in message.walk() if name == full), None)
        if message.declaration and message.declaration.name == family
        else None
    )
    if field is None or not message.command:
        return None
    data = message.data[field.offset : field.offset + field.length]
    if what == c.PRESENCE:
        return 1
    if what == c.SIZE:
        return len(data)
    if what == c.CONTENT:
        return data[:limit] if limit else data
    if what == c.ENDING:
        return data[-limit:] if data else b""
    if what == c.DIGEST:
        return digests.Digester().of(data)
    raw = field.part.of(field.node.raw) if field.part else field.node.raw
    number = int(raw)
    return number - (1 << 64) if number >> 63 else number


def compare(
    records: Sequence[Record],
    registry: Registry,
    *,
    modules: Modules = HERE,
    by_row: bool = True,
    everything: bool = True,
    capacity: int = 64,
) -> tuple[int, int]:
    """Hold the rows against the messages; how many rows there were, and how many messages were the tree's."""
    context = Context(registry.copy(), Message)
    wanted: list[tuple[Message, int, int]] = []
    for record in records:
        inside = list(context.messages(record))
        size = sum(message.number is not None for message in inside)
        wanted += [(message, size, record.interface) for message in inside]
    rows = left = 0
    got = list(made(records, registry, modules, by_row, everything, capacity))
    for message, size, interface in wanted:
        if got and got[0] == (message.number,):
            left += 1
            del got[0]
            continue
        if not everything and not is_ovs(message):
            continue
        assert got.pop(0) == expected(message, size, interface), message.number
        rows += 1
    assert not got
    return rows, left


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("by_row", [False, True])
@pytest.mark.parametrize("name", recorded.NAMES)
def test_recorded_messages(name: str, by_row: bool) -> None:
    shapes = {message.record for message in recorded.of_each_shape(iter(recorded.few_messages(name)))}
    records = [record for record in recorded.records(name) if record.number <= 100 or record.number in shapes]
    rows, left = compare(records, recorded.known(name), by_row=by_row, everything=by_row)
    assert rows > 2 * left


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.NAMES)
def test_spoiled_messages(name: str) -> None:
    chance = random.Random(name)
    records = [
        one._replace(data=one.data[:16] + traffic.spoiled(one.data[16:], chance)) if chance.random() < 0.5 else one
        for one in recorded.records(name)[:200]
    ]
    rows, left = compare([one._replace(wire_length=len(one.data)) for one in records], recorded.known(name), capacity=7)
    assert rows
    assert left


@pytest.mark.slow
@pytest.mark.parametrize("order", ["little", "big"])
def test_random_messages(order: ByteOrder) -> None:
    records = [record for seed in range(40) for record in traffic.records(seed, order)]
    records = [record._replace(number=i + 1) for i, record in enumerate(records)]
    rows, left = compare(records, traffic.registry(), by_row=False)
    assert rows
    assert left


def test_uncompiled() -> None:
    modules = uncompiled("columns", "column_tables", "passes", "tables")
    rows, _left = compare(recorded.records("rawnl")[:150], recorded.known("rawnl"), modules=modules)
    assert rows > 50


def test_a_row_without_room_waits_for_the_next_buffer() -> None:
    records = recorded.records("startup")[:300]
    whole = list(made(records, recorded.known("startup"), HERE, True, True, 5000))
    assert list(made(records, recorded.known("startup"), HERE, True, True, 3)) == whole


def test_the_numbers_are_those_of_c() -> None:
    text = Path(columncodes.__file__).with_suffix(".pxd").read_text(encoding="utf-8")
    said = {name: int(value) for name, value in re.findall(r"^    ([A-Z_]+) = (-?\d+)$", text, re.MULTILINE)}
    assert said == {name: value for name, value in vars(columncodes).items() if isinstance(value, int)}


def test_digests() -> None:
    """Every changed bit, and every other length, gives another one; compiled or not it is the same."""
    (slow,) = uncompiled("digests")
    chance = random.Random(1)
    digest, again = digests.Digester().of, slow.Digester().of
    for size in (0, 1, 7, 8, 9, 16, 63, 200):
        data = chance.randbytes(size)
        others = [data + b"\0", data[:-1], *((int.from_bytes(data, "big") ^ 1 << bit).to_bytes(size, "big") for bit in range(8 * size))]
        found = {digest(one) for one in {data, *others}}
        assert len(found) == len({data, *others})
        assert digest(data) == again(data)
        assert {half for one in found for half in (one[:8], one[8:])} == {*(one[:8] for one in found), *(one[8:] for one in found)}
        assert len({one[:8] for one in found}) == len({one[8:] for one in found}) == len(found)
