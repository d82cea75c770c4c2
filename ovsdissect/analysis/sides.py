"""The datapaths of a capture."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Sequence, ValuesView
from typing import Final

from ovsdissect.analysis.entry import Entry
from ovsdissect.analysis.facts import CONVERSATION_SHIFT, interface
from ovsdissect.analysis.room import Room
from ovsdissect.analysis.side import Side
from ovsdissect.analysis.table import Clock
from ovsdissect.capture import Interface

DATAPATHS: Final = 4096
PORTS: Final = 16_384  # of all datapaths
FLOWS: Final = 200_000  # of all datapaths: the flow limit with which Open vSwitch starts


class Sides:
    """Datapaths by the `dp` of facts; a new one is created when it is first met. Those of one conversation share a host's clock.

    ended: called with every flow that is gone. spread: find out which fields make flows differ. interfaces: those of the capture.
    ports, flows: the room for them. left_out: messages of datapaths for which there was no room.
    """

    def __init__(self, ended: Callable[[Entry], None] | None, *, spread: bool) -> None:
        self._ended, self._spread = ended, spread
        self._sides: dict[int, Side] = {}
        self._clocks: dict[int, Clock] = {}
        self._last: Side | None = None
        self.ports, self.flows = Room(PORTS), Room(FLOWS)
        self.left_out = 0
        self.interfaces: Sequence[Interface] = ()

    @property
    def several(self) -> bool:
        """Whether the capture has several interfaces, as far as is known."""
        return len(self.interfaces) > 1

    def interface(self, dp: int) -> int | None:
        """Return the index of the interface of a fact's `dp`; None if the capture has only one."""
        return interface(dp) if self.several else None

    def takes(self, dp: int) -> bool:
        """Whether there is room for what a message says about a datapath."""
        last = self._last
        if (last is not None and last.dp == dp) or dp in self._sides or len(self._sides) < DATAPATHS:
            return True
        self.left_out += 1
        return False

    def side(self, dp: int) -> Side:
        """Return a datapath, which is created if it is new."""
        last = self._last
        if last is None or last.dp != dp:  # most captures have only one
            last = self._sides.get(dp) or self._made(dp)
            self._last = last
        return last

    def _made(self, dp: int) -> Side:
        clock = self._clocks.setdefault(dp >> CONVERSATION_SHIFT, Clock())
        rooms = self.ports, self.flows
        side = self._sides[dp] = Side(dp, clock, self._ended, rooms=rooms, spread=self._spread, interface=lambda: self.interface(dp))
        return side

    def __getitem__(self, dp: int) -> Side:
        return self.side(dp)

    def __contains__(self, dp: object) -> bool:
        return dp in self._sides

    def get(self, dp: int) -> Side | None:
        """Return a datapath; None if it was not met."""
        return self._sides.get(dp)

    def values(self) -> ValuesView[Side]:
        """Return the datapaths in the order in which they were met."""
        return self._sides.values()

    def items(self) -> ItemsView[int, Side]:
        """Return the datapaths with their `dp`, in that order."""
        return self._sides.items()
