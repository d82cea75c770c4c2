"""Lines of comma-separated values, as the csv module writes them; on request such that a spreadsheet takes none for a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import Final

# what a spreadsheet takes for the start of a formula, the wide forms of East Asian input included
FORMULA: Final = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?")
END: Final = "\r\n"


class _Given:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


_writer: Final = csv.writer(_Given(), lineterminator=END)


def csv_line(values: Iterable[str], *, safe: bool = False) -> str:
    """The values as one line, without its end.

    safe: a value that could be a formula stands after an apostrophe, which a reader of the data has to take away (a number is none).
    """
    line: str = _writer.writerow(map(harmless, values) if safe else values)
    return line[: -len(END)]


def harmless(text: str) -> str:
    """A value that no spreadsheet takes for a formula."""
    return "'" + text if FORMULA.match(text) and not NUMBER.fullmatch(text) else text
