"""How the columns of a list are combined into a line: aligned, or as comma-separated values. Lines here have no line end."""

from __future__ import annotations

from collections.abc import Sequence

from ovsdissect.text.csvline import csv_line
from ovsdissect.text.rows import Column
from ovsdissect.text.screen import pad


class Form:
    """How lines are formed. titles: the header lines, with their ends."""

    titles = ""

    def __init__(self, shown: Sequence[Column]) -> None:
        self.shown = shown
        self.names = [column.name for column in shown]

    def row(self, texts: list[str], tone: str) -> str:
        """Return the line of a message whose columns have these texts."""
        raise NotImplementedError


class Aligned(Form):
    """Columns of fixed width, unless a text is longer."""

    def row(self, texts: list[str], tone: str) -> str:
        return " ".join([pad(text, column.width, right=column.right) for column, text in zip(self.shown, texts, strict=True)]).rstrip()


class Tabbed(Form):
    """Values separated by tabs, as tshark prints fields; every text is escaped, so none contains a tab."""

    def row(self, texts: list[str], tone: str) -> str:
        return "\t".join(texts)


class Separated(Form):
    """Comma-separated values. safe: as for csv_line()."""

    def __init__(self, shown: Sequence[Column], *, safe: bool = False) -> None:
        super().__init__(shown)
        self._safe = safe
        self.titles = csv_line(self.names) + "\n"

    def row(self, texts: list[str], tone: str) -> str:
        return csv_line(texts, safe=self._safe)
