"""The parts of the capture screen, one per file; PARTS is the order of their keys in the help."""

from __future__ import annotations

from typing import Final

from ovsdissect.tui.part import Part
from ovsdissect.tui.parts.columns import Columns
from ovsdissect.tui.parts.copies import Copies
from ovsdissect.tui.parts.filters import Filters
from ovsdissect.tui.parts.jumps import Jumps
from ovsdissect.tui.parts.live import Live
from ovsdissect.tui.parts.marks import Marks
from ovsdissect.tui.parts.order import Order
from ovsdissect.tui.parts.problems import Problems
from ovsdissect.tui.parts.saves import Saves
from ovsdissect.tui.parts.search import Search

PARTS: Final[tuple[type[Part], ...]] = (Filters, Search, Jumps, Marks, Problems, Order, Columns, Live, Copies, Saves)
