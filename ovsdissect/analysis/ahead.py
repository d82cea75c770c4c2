"""What the whole of a capture tells of each message of it, under the names of the display filter's fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ovsdissect.analysis.answers import Sort
from ovsdissect.analysis.entry import REFUSED, Entry
from ovsdissect.analysis.exchange import Open
from ovsdissect.analysis.facts import Batch
from ovsdissect.analysis.run import Analysis

IN_THE_WAY: Final = "in_the_way"  # of an error: what is no field, and shown only


def told(facts: Iterable[Batch]) -> Mapping[int, Mapping[str, Any]]:
    """The values of upcall.* and flow.*, by message number: those alone that a message has.

    Under IN_THE_WAY of an EEXIST to a put the flows that were in its way: a tuple of findings.InTheWay.
    """
    found = Told()
    analysis = Analysis(upcalls=found.upcall, ended=found.flow).run(facts)
    for side in analysis.sides.values():
        for entry in side.table.flows.values():
            found.flow(entry)
    for number, ways in analysis.failures.ways.items():
        found.values.setdefault(number, {})[IN_THE_WAY] = ways
    return found.values


class Told:
    """Collects the values, by message number."""

    def __init__(self) -> None:
        self.values: dict[int, dict[str, Any]] = {}

    def _add(self, number: int, **values: Any) -> None:
        there = {name.replace("_", ".", 1): value for name, value in values.items() if value is not None}
        self.values.setdefault(number, {}).update(there)

    def upcall(self, upcall: Open, sort: Sort) -> None:
        """An upcall is final."""
        put, execute = upcall.put, upcall.execute
        last = execute or put
        self._add(
            upcall.number,
            upcall_answer=sort.answer,
            upcall_why=sort.why,
            upcall_latency=None if last is None else max(last.time_ns - upcall.time_ns, 0),
            upcall_flow=None if put is None else put.number,
            upcall_execute=None if execute is None else execute.number,
            upcall_duplicate=sort.why in ("early", "late"),
        )
        answers = [one.number for one in (put, execute) if one is not None]
        for number in [*answers, *(upcall.subs or ())]:
            self._add(number, upcall_of=upcall.number)
        if put is not None and put.flow is not None and put.flow.why != REFUSED:
            for number in (put.number, put.flow.deleted):
                if number is not None:
                    self._add(number, flow_put_by=upcall.number)

    def keep(self, most: int) -> None:
        """Forget the values that were told first, where there are more than that."""
        while len(self.values) > most:
            del self.values[next(iter(self.values))]

    def flow(self, entry: Entry) -> None:
        """A flow that was put, with the messages that put it and that ended it; of one that was refused there is nothing to tell."""
        if entry.why == REFUSED:
            return
        lifetime = None
        if entry.put and entry.deleted_ns is not None:
            lifetime = max(entry.deleted_ns - entry.time_ns, 0)
        for number in (entry.number, entry.deleted):
            if entry.put and number is not None:
                self._add(number, flow_put_by=entry.upcall, flow_lifetime=lifetime)
