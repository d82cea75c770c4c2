"""Follows a packet through recirculations: the upcalls that it caused, linked by the EXECUTEs that sent it on."""

from __future__ import annotations

from ovsdissect.analysis.answers import Sort
from ovsdissect.analysis.exchange import Open


class Chains:
    """Which upcall's EXECUTE recirculated the packet of which other upcall. Needs every final upcall."""

    def __init__(self) -> None:
        self._of: dict[int, int] = {}  # EXECUTE -> the upcall it answers
        self._parents: dict[int, int] = {}  # upcall -> EXECUTE whose recirculation caused it

    def add(self, upcall: Open, sort: Sort) -> None:
        """Take a final upcall."""
        if upcall.execute is not None:
            self._of[upcall.execute.number] = upcall.number
        for number in upcall.subs or ():
            self._of[number] = upcall.number
        if upcall.parent is not None:
            self._parents[upcall.number] = upcall.parent[0]

    def of(self, number: int) -> set[int]:
        """Return the upcalls of the same packet as an upcall, including itself."""
        above = {upcall: self._of[execute] for upcall, execute in self._parents.items() if execute in self._of}
        first = number
        while first in above and above[first] < first:
            first = above[first]
        found = {first, number}
        for upcall in sorted(above):  # a packet comes up again after it was sent on
            if above[upcall] in found:
                found.add(upcall)
        return found
