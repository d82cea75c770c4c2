"""Lines of comma-separated values that a spreadsheet reads as data: quoted where needed, and never a formula."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

# what a spreadsheet takes for the start of a formula, the wide forms of East Asian input included
FORMULA: Final = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?")
QUOTED: Final = re.compile(r'[",\r\n]|^\s|\s$')


def csv_line(values: Iterable[str]) -> str:
    """The values as one line, without its end."""
    return ",".join(map(csv_value, values))


def csv_value(text: str) -> str:
    """A value: after an apostrophe where it could be a formula (a negative number is none), between quotes where it needs them."""
    if FORMULA.match(text) and not NUMBER.fullmatch(text):
        text = "'" + text
    return '"' + text.replace('"', '""') + '"' if QUOTED.search(text) else text
