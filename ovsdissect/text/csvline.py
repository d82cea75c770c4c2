"""Lines of comma-separated values, as the csv module writes them; optionally made safe against formulas in spreadsheets."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import Final

# characters with which a formula in a spreadsheet can begin, including wide forms from East Asian input
FORMULA: Final = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?")
END: Final = "\r\n"


class _Given:
    """A file object that returns what is written to it."""

    def write(self, text: str) -> str:
        return text


_writer: Final = csv.writer(_Given(), lineterminator=END)


def csv_line(values: Iterable[str], *, safe: bool = False) -> str:
    """Return the values as one line, without its end.

    safe: put an apostrophe before a value that could be a formula (a number is not); readers of the data must remove it.
    """
    line: str = _writer.writerow(map(harmless, values) if safe else values)
    return line[: -len(END)]


def harmless(text: str) -> str:
    """Return a value that no spreadsheet takes for a formula."""
    return "'" + text if FORMULA.match(text) and not NUMBER.fullmatch(text) else text
