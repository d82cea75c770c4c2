"""Text for a terminal: everything from a capture is escaped unless it is printable, and the width of what is printed can be measured."""

from __future__ import annotations

import unicodedata
from typing import Final

ELLIPSIS: Final = "…"


def escape(text: str) -> str:
    r"""Return text with everything unprintable spelled out: control and format characters (including bidi), line ends, odd spaces.

    "a\x1b[2J" gives "a\\x1b[2J". Wide and combining characters stay; cells() measures them.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text)


def cells(text: str) -> int:
    """Return how many cells of a terminal an escaped text takes: two for wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def _cells(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, width: int) -> str:
    """Cut escaped text to at most `width` cells, with an ellipsis if something is left out."""
    if len(text) <= width and text.isascii():
        return text
    if cells(text) <= width:
        return text
    used = 0
    for end, character in enumerate(text):
        used += _cells(character)
        if used >= width:
            return text[:end] + ELLIPSIS if width > 0 else ""
    return text


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Pad escaped text with spaces to `width` cells; longer text is unchanged."""
    if text.isascii():
        return text.rjust(width) if right else text.ljust(width)
    space = " " * (width - cells(text))
    return space + text if right else text + space
