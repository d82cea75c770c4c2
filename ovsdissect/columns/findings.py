"""The tables of the analyses' findings: the objects of the JSON, as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import orjson
import pyarrow as pa

from ovsdissect.analysis import conclude
from ovsdissect.analysis.facts import ACTION, ERROR, FLOW_REPLY, MISS, PUT, dp_ifindex, interface
from ovsdissect.analysis.run import Analysis
from ovsdissect.columns.arrow import Words, array_of, schema_of
from ovsdissect.columns.names import Column
from ovsdissect.columns.source import Source
from ovsdissect.columns.values import take, trie
from ovsdissect.families import OVS_FLOW
from ovsdissect.report.flowtext import Style, flow_text
from ovsdissect.report.gone import GoneFlows
from ovsdissect.report.objects import datapath_object, error_object, flow_attributes, handler_object, port_object, ufid_text

if TYPE_CHECKING:
    from ovsdissect.analysis.answers import Sort
    from ovsdissect.analysis.entry import Entry
    from ovsdissect.analysis.exchange import Open
    from ovsdissect.analysis.findings import Flow, Upcall
    from ovsdissect.filter import Filter

ROWS: Final = 4096
NEWEST: Final = "4.0"  # the release for flows' texts if nothing reveals it
# the messages to which a display filter applies
EVENTS: Final[Mapping[str, tuple[int, ...]]] = {
    "upcalls": (MISS, ACTION),
    "flows": (PUT, FLOW_REPLY),
    "ports": (MISS, ACTION),
    "errors": (ERROR,),
}
Row = dict[str, Any]
ONLY: Final[Row] = {"interface": 0}  # of a capture with a single interface


class Findings:
    """The rows of some tables of one capture, filled by one pass of the analyses.

    columns: the wanted ones, by table. capture: its name. chosen: a display filter, as in the commands of the tables.
    """

    def __init__(
        self, columns: Mapping[str, Sequence[Column]], capture: str, *, chosen: Filter | None = None, binary: bool = False
    ) -> None:
        self._capture, self._chosen = capture, chosen
        self._tables = {table: Table(mine, capture, binary=binary) for table, mine in columns.items()}
        self._passed: set[int] = set()
        self._ports: set[tuple[int | None, int, int | None]] = set()
        self._upcalls: list[tuple[Open, Sort]] = []

    def batches(self, source: Source) -> Iterator[tuple[str, pa.RecordBatch]]:
        """Yield the batches of all tables, each with the table's name, in a pass over a capture."""
        events = {event for table in self._tables for event in EVENTS[table]}
        chosen = self._chosen

        def passes(message: Any, event: int | None) -> bool:
            assert chosen is not None
            if chosen.start_ns is None:
                chosen.start_ns = message.time_ns
            return event in events and chosen.matches(message)

        with GoneFlows() as gone:
            analysis = Analysis(upcalls=self._add, ended=gone.add if "flows" in self._tables else None)
            for batch in source.facts(passes=None if chosen is None else passes):
                if batch.passed is not None:
                    self._passed |= batch.passed
                analysis.feed(batch)
                yield from self._upcall_batches(analysis)
            analysis.finish()
            yield from self._upcall_batches(analysis)
            if "flows" in self._tables:
                yield from self._flow_batches(source, analysis, gone)
            if "ports" in self._tables:
                self._tables["ports"].rows.extend({**ONLY, **row} for row in self._port_rows(analysis))
            if "errors" in self._tables:
                for group in conclude.errors(analysis, passed=chosen is not None):
                    self._tables["errors"].rows.append({**ONLY, **_flat(error_object(group))})
        for name, table in self._tables.items():
            if table.rows:
                yield name, table.batch()

    def _shown(self, number: int) -> bool:
        return self._chosen is None or number in self._passed

    def _add(self, upcall: Open, sort: Sort) -> None:
        """Take a final upcall."""
        if "upcalls" in self._tables or self._chosen is not None:
            self._upcalls.append((upcall, sort))

    def _upcall_batches(self, analysis: Analysis) -> Iterator[tuple[str, pa.RecordBatch]]:
        table = self._tables.get("upcalls")
        make = Rows(() if table is None else table.columns, _UPCALL)
        for upcall, sort in self._upcalls:
            if not self._shown(upcall.number):
                continue
            self._ports.add((analysis.sides[upcall.dp].interface, dp_ifindex(upcall.dp), upcall.fact.in_port))
            if table is not None:
                row = make.row(conclude.upcall(upcall, sort, analysis.sides[upcall.dp]))
                row["interface"] = interface(upcall.dp)
                table.rows.append(row)
                if len(table.rows) >= ROWS:
                    yield "upcalls", table.batch()
        self._upcalls.clear()

    def _flow_batches(self, source: Source, analysis: Analysis, gone: GoneFlows) -> Iterator[tuple[str, pa.RecordBatch]]:
        table = self._tables["flows"]
        make = FlowRows(table, source, analysis)
        max_idle_ns = conclude.max_idle_ns(analysis)

        def entries() -> Iterator[tuple[Entry, int | None]]:
            for entry in gone:
                yield entry, max_idle_ns
            there = [entry for side in analysis.sides.values() for entry in side.table.flows.values()]
            for entry in sorted(there, key=lambda one: one.number):
                yield entry, None

        for entry, idle in entries():
            if not self._shown(entry.number):
                continue
            side = analysis.sides[entry.dp]
            row = make.row(conclude.flow(entry, side, analysis.last_ns, max_idle_ns=idle))
            row["interface"] = interface(entry.dp)
            table.rows.append(row)
            if len(table.rows) >= ROWS:
                yield "flows", table.batch()

    def _port_rows(self, analysis: Analysis) -> Iterator[Row]:
        """Yield datapaths, ports and handlers."""
        yield from map(datapath_object, conclude.datapaths(analysis))
        for port in conclude.ports(analysis):
            if self._chosen is None or (port.interface, port.dp_ifindex, port.port_no) in self._ports:
                yield _flat(port_object(port))
        yield from map(handler_object, conclude.handlers(analysis))


class Table:
    """The rows of one table that are not in a batch yet: values by column name."""

    def __init__(self, columns: Sequence[Column], capture: str, *, binary: bool) -> None:
        self.columns, self.binary, self._capture = columns, binary, capture
        self.schema = schema_of(columns, binary=binary)
        self.rows: list[Row] = []
        self._words = {column.name: Words(column.words) for column in columns if column.type == "enum"}
        self._json = frozenset(column.name for column in columns if column.type == "json" and not column.places)

    def batch(self) -> pa.RecordBatch:
        """Return the rows so far, and forget them."""
        arrays = []
        there = {name for row in self.rows for name in row}  # of the several hundred columns of flows, a capture uses some dozens
        for column, field in zip(self.columns, self.schema, strict=True):
            name = column.name
            if name not in there and name not in self._words and name not in self._json:
                arrays.append(pa.nulls(len(self.rows), field.type))
                continue
            if name == "capture":
                values: list[Any] = [self._capture] * len(self.rows)
            elif name in self._json:
                values = [orjson.dumps(row.get(name)).decode() for row in self.rows]
            else:
                values = [row.get(name) for row in self.rows]
            words = self._words.get(name)
            arrays.append(array_of(values, field.type) if words is None else words.array(words.places(values)))
        self.rows.clear()
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


# the members of findings whose columns have another form
_UPCALL: Final[Mapping[str, Callable[[Upcall], Any]]] = {
    "kind": lambda upcall: "upcall",
    "time": lambda upcall: upcall.time_ns,
    "ufid": lambda upcall: ufid_text(upcall.ufid, upcall.order),
}
_FLOW: Final[Mapping[str, Callable[[Flow], Any]]] = {
    "kind": lambda flow: "flow",
    "ufid": lambda flow: ufid_text(flow.ufid, flow.order),
}


class Rows:
    """Makes a row from a finding, with the wanted columns."""

    def __init__(self, columns: Iterable[Column], own: Mapping[str, Callable[[Any], Any]]) -> None:
        names = [column.name for column in columns if not column.places and "." not in column.name and column.name not in _PLACES]
        self._getters = [(name, own.get(name) or attrgetter(name)) for name in names]

    def row(self, finding: Any) -> Row:
        """Return the row."""
        return {name: get(finding) for name, get in self._getters}


_PLACES: Final = ("capture", "interface")


class FlowRows(Rows):
    """Rows of flows: also key, mask and actions, and Open vSwitch's text, if wanted."""

    def __init__(self, table: Table, source: Source, analysis: Analysis) -> None:
        super().__init__(table.columns, _FLOW)
        self._trie = trie(table.columns, binary=table.binary).get(OVS_FLOW.name, {})
        self._texts = [column.name for column in table.columns if column.name.startswith("odp.")]
        self._style = None
        if self._texts:
            self._style = Style(source.release or NEWEST, names=conclude.names(analysis))

    def row(self, finding: Flow) -> Row:
        """Return the row of a flow."""
        row = super().row(finding)
        take(self._trie, flow_attributes(finding, self._trie), row)
        if self._style is not None and (text := flow_text(finding, self._style)) is not None:
            row |= {name: getattr(text, name.removeprefix("odp.")) for name in self._texts}
        return row


def _flat(found: Row) -> Row:
    """Return an object in which the members of nested objects are members of its own."""
    row: Row = {}
    for name, value in found.items():
        if isinstance(value, dict):
            row |= {f"{name}.{member}": one for member, one in value.items()}
        else:
            row[name] = value
    return row
