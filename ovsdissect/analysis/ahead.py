"""What the whole capture tells about each of its messages, under the names of the display filter's fields."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ovsdissect.analysis.answers import Sort
from ovsdissect.analysis.entry import REFUSED, Entry
from ovsdissect.analysis.exchange import Open
from ovsdissect.analysis.facts import Batch
from ovsdissect.analysis.run import Analysis

IN_THE_WAY: Final = "in_the_way"  # of an error: shown only, not a field


def told(facts: Iterable[Batch]) -> Mapping[int, Mapping[str, Any]]:
    """Return the values of upcall.* and flow.* by message number, for messages that have any.

    IN_THE_WAY holds, for an EEXIST in answer to a put, the conflicting flows: a tuple of findings.InTheWay.
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
    """Collects the values by message number."""

    def __init__(self) -> None:
        self.values: OrderedDict[int, dict[str, Any]] = OrderedDict()

    def _of(self, number: int) -> dict[str, Any]:
        """Return the values of a message."""
        values = self.values.get(number)
        if values is None:
            values = self.values[number] = {}
        return values

    def upcall(self, upcall: Open, sort: Sort) -> None:
        """Take a final upcall."""
        put, execute = upcall.put, upcall.execute
        last = execute or put
        values = self._of(upcall.number)
        values["upcall.answer"] = sort.answer
        if sort.why is not None:
            values["upcall.why"] = sort.why
        if last is not None:
            values["upcall.latency"] = max(last.time_ns - upcall.time_ns, 0)
        if put is not None:
            values["upcall.flow"] = put.number
            self._of(put.number)["upcall.of"] = upcall.number
        if execute is not None:
            values["upcall.execute"] = execute.number
            self._of(execute.number)["upcall.of"] = upcall.number
        values["upcall.duplicate"] = sort.why in ("early", "late")
        for number in upcall.subs or ():
            self._of(number)["upcall.of"] = upcall.number
        if put is not None and put.flow is not None and put.flow.why != REFUSED:
            self._of(put.number)["flow.put_by"] = upcall.number
            if put.flow.deleted is not None:
                self._of(put.flow.deleted)["flow.put_by"] = upcall.number

    def keep(self, most: int) -> None:
        """Forget the values that were added first if there are more than `most`."""
        while len(self.values) > most:
            self.values.popitem(last=False)

    def flow(self, entry: Entry) -> None:
        """Take a flow that was put, with the messages that put and ended it; a refused flow has no values."""
        if entry.why == REFUSED:
            return
        lifetime = None
        if entry.put and entry.deleted_ns is not None:
            lifetime = max(entry.deleted_ns - entry.time_ns, 0)
        for number in (entry.number, entry.deleted):
            if entry.put and number is not None:
                values = self._of(number)
                if entry.upcall is not None:
                    values["flow.put_by"] = entry.upcall
                if lifetime is not None:
                    values["flow.lifetime"] = lifetime
