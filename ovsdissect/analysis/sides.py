"""The datapaths of a capture."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ovsdissect.analysis.entry import Entry
from ovsdissect.analysis.facts import CONVERSATION_SHIFT, interface
from ovsdissect.analysis.side import Side
from ovsdissect.analysis.table import Clock
from ovsdissect.capture import Interface


class Sides(dict[int, Side]):
    """Datapaths by the `dp` of facts; one that was not met before is made.  Those of one conversation share a host's clock.

    ended: called with every flow that is gone.  spread: find out which fields make flows differ.  interfaces: those of the capture.
    """

    def __init__(self, ended: Callable[[Entry], None] | None, *, spread: bool) -> None:
        super().__init__()
        self._ended, self._spread = ended, spread
        self._clocks: dict[int, Clock] = {}
        self.interfaces: Sequence[Interface] = ()

    @property
    def several(self) -> bool:
        """Whether the capture has several interfaces, as far as is known."""
        return len(self.interfaces) > 1

    def interface(self, dp: int) -> int | None:
        """The index of the interface of a fact's `dp`; None where the capture has one."""
        return interface(dp) if self.several else None

    def __missing__(self, dp: int) -> Side:
        clock = self._clocks.setdefault(dp >> CONVERSATION_SHIFT, Clock())
        side = self[dp] = Side(dp, clock, self._ended, spread=self._spread, interface=lambda: self.interface(dp))
        return side
