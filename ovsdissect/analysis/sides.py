"""The datapaths of a capture."""

from __future__ import annotations

from collections.abc import Callable

from ovsdissect.analysis.entry import Entry
from ovsdissect.analysis.facts import CONVERSATION_SHIFT
from ovsdissect.analysis.side import Side
from ovsdissect.analysis.table import Clock


class Sides(dict[int, Side]):
    """Datapaths by the `dp` of facts; one that was not met before is made.  Those of one conversation share a host's clock.

    ended: called with every flow that is gone.  spread: find out which fields make flows differ.
    """

    def __init__(self, ended: Callable[[Entry], None] | None, *, spread: bool) -> None:
        super().__init__()
        self._ended, self._spread = ended, spread
        self._clocks: dict[int, Clock] = {}

    def __missing__(self, dp: int) -> Side:
        clock = self._clocks.setdefault(dp >> CONVERSATION_SHIFT, Clock())
        side = self[dp] = Side(dp, clock, self._ended, spread=self._spread)
        return side
