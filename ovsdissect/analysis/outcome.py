"""What a line says of a final upcall: of the many members of a finding the few that nearly all lines need, quick to make."""

from __future__ import annotations

from ovsdissect.analysis import conclude, findings
from ovsdissect.analysis.answers import Sort
from ovsdissect.analysis.exchange import Open
from ovsdissect.analysis.facts import dp_ifindex
from ovsdissect.analysis.side import Side


class Outcome:
    """The members of findings.Upcall that have the same names here; finding() makes the others."""

    __slots__ = (
        *("number", "time_ns", "cmd", "dp_ifindex", "datapath", "in_port", "port", "answer", "why", "flow", "execute"),
        *("to_flow_ns", "to_execute_ns", "batch_size", "batch_index", "order", "key", "packet", "packet_length"),
        *("_side", "_sort", "_upcall"),
    )

    def __init__(self, upcall: Open, sort: Sort, side: Side) -> None:
        fact, put, execute = upcall.fact, upcall.put, upcall.execute
        self._upcall, self._sort, self._side = upcall, sort, side
        self.number, self.time_ns, self.order = upcall.number, upcall.time_ns, upcall.order
        self.cmd, self.answer, self.why = sort.cmd, sort.answer, sort.why
        self.dp_ifindex, self.datapath = dp_ifindex(upcall.dp), side.counters.name
        self.in_port, self.port = fact.in_port, upcall.port.name
        self.key, self.packet, self.packet_length = fact.key, fact.head, fact.length
        self.flow = self.execute = self.to_flow_ns = self.to_execute_ns = self.batch_size = self.batch_index = None
        if put is not None:
            self.flow, self.to_flow_ns = put.number, max(put.time_ns - upcall.time_ns, 0)
            self.batch_size, self.batch_index = put.size, put.place
        if execute is not None:
            self.execute, self.to_execute_ns = execute.number, max(execute.time_ns - upcall.time_ns, 0)
            self.batch_size, self.batch_index = execute.size, execute.place

    def finding(self) -> findings.Upcall:
        """Return the whole finding."""
        return conclude.upcall(self._upcall, self._sort, self._side)
