"""How the columns of a list are put together to a line: aligned, or as comma-separated values.  A line here has no end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ovsdissect.dissect.source import Expression, f_string
from ovsdissect.text.csvline import csv_line, csv_value
from ovsdissect.text.rows import Column
from ovsdissect.text.screen import pad

TOLD: Final = ("number", "record", "time", "datapath", "port", "summary")
DECIDED: Final = ("direction", "family", "cmd")  # columns whose texts follow from a message's kind

# of a column's text: its parts, see ovsdissect.dissect.plan.f_string
Filling = Sequence[str]


class Form:
    """How lines are put together.  titles: the lines above them, with their ends."""

    titles = ""

    def __init__(self, shown: Sequence[Column]) -> None:
        self.shown = shown
        self.names = [column.name for column in shown]

    def cell(self, name: str, text: str) -> str:
        """A text as it stands in the column of that name."""
        return text

    def row(self, texts: list[str], tone: str) -> str:
        """The line of a message whose columns have these texts."""
        raise NotImplementedError

    def source(self, keep: Callable[[str, object], str], texts: Mapping[str, str], fillings: Mapping[str, Filling], tone: str) -> str:
        """A line as source: an expression.  keep: gives a thing a name in it.

        texts: of the columns that do not change.  fillings: of the others; all but number, record and summary are cells.  tone: its source.
        """
        parts = [repr(texts[name]) if name in texts else f_string(fillings[name]) for name in self.names]
        return f"{keep('row', self.row)}([{', '.join(parts)}], {tone})"


class Aligned(Form):
    """Columns of fixed width, as far as their texts let them be."""

    def __init__(self, shown: Sequence[Column]) -> None:
        super().__init__(shown)
        self._columns = {column.name: column for column in shown}

    def cell(self, name: str, text: str) -> str:
        column = self._columns.get(name)
        return text if column is None else pad(text, column.width, right=column.right)

    def row(self, texts: list[str], tone: str) -> str:
        return " ".join([pad(text, column.width, right=column.right) for column, text in zip(self.shown, texts, strict=True)]).rstrip()

    def source(self, keep: Callable[[str, object], str], texts: Mapping[str, str], fillings: Mapping[str, Filling], tone: str) -> str:
        cells: dict[str, Filling] = {name: [self.cell(name, said)] for name, said in texts.items()}
        cells |= {name: [Expression(f"{name}:{column.width}")] for name, column in self._columns.items() if name in NUMBERS}
        parts = [part for name in self.names for part in (" ", *(cells.get(name) or fillings[name]))][1:]
        return f"({f_string(parts)}).rstrip()"


class Separated(Form):
    """Comma-separated values."""

    def __init__(self, shown: Sequence[Column]) -> None:
        super().__init__(shown)
        self.titles = csv_line(self.names) + "\n"

    def cell(self, name: str, text: str) -> str:
        return csv_value(text)

    def row(self, texts: list[str], tone: str) -> str:
        return csv_line(texts)

    def source(self, keep: Callable[[str, object], str], texts: Mapping[str, str], fillings: Mapping[str, Filling], tone: str) -> str:
        cells: dict[str, Filling] = {name: [csv_value(said)] for name, said in texts.items()}
        value = keep("value", csv_value)
        sources = {name: f_string(cells.get(name) or fillings[name]) for name in self.names}
        parts = [f"{value}({sources[name]})" if name == "summary" else sources[name] for name in self.names]
        return f"','.join([{', '.join(parts)}])"


NUMBERS: Final = ("number", "record")
