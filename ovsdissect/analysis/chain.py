"""The way of one packet through recirculations: the upcalls that came of it, by the EXECUTEs that sent it on."""

from __future__ import annotations

from ovsdissect.analysis.answers import Sort
from ovsdissect.analysis.exchange import Open


class Chains:
    """Which upcall's EXECUTE recirculated the packet of which other; give it every upcall that is final."""

    def __init__(self) -> None:
        self._of: dict[int, int] = {}  # EXECUTE -> its upcall
        self._parents: dict[int, int] = {}  # upcall -> EXECUTE that brought it

    def add(self, upcall: Open, sort: Sort) -> None:
        """An upcall is final."""
        if upcall.execute is not None:
            self._of[upcall.execute.number] = upcall.number
        for number in upcall.subs or ():
            self._of[number] = upcall.number
        if upcall.parent is not None:
            self._parents[upcall.number] = upcall.parent[0]

    def of(self, number: int) -> set[int]:
        """The upcalls of the packet that an upcall is of, itself among them."""
        above = {upcall: self._of[execute] for upcall, execute in self._parents.items() if execute in self._of}
        first = number
        while first in above and above[first] < first:
            first = above[first]
        found = {first, number}
        for upcall in sorted(above):  # a packet comes up again after it was sent on
            if above[upcall] in found:
                found.add(upcall)
        return found
