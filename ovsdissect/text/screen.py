"""Text on a screen of cells: nothing from a capture reaches it unless it can be printed, and what is printed can be measured."""

from __future__ import annotations

import unicodedata
from typing import Final

ELLIPSIS: Final = "…"


def escape(text: str) -> str:
    r"""Text with everything that is not printable spelled out: control and format characters (bidi among them), line ends, odd spaces.

    "a\x1b[2J" gives "a\\x1b[2J".  Wide and combining characters stay; cells() measures them.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text)


def cells(text: str) -> int:
    """How many cells of a terminal an escaped text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def _cells(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, width: int) -> str:
    """Escaped text in at most `width` cells, an ellipsis where something is left out."""
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
    """Escaped text filled up with spaces to `width` cells; longer text is left as it is."""
    if text.isascii():
        return text.rjust(width) if right else text.ljust(width)
    space = " " * (width - cells(text))
    return space + text if right else text + space
