"""Standard output: a terminal with a width and colours, or a pipe that gets every character and no colour."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import Final, NamedTuple, TextIO

import click

from ovsdissect.cli.options import COLOR

# select graphic rendition: the 16 colours, which every theme keeps readable
STYLES: Final = {
    "dim": "2",
    "bold": "1",
    "problem": "35",
    "error": "31",
    "miss": "33",
    "action": "36",
    "execute": "32",
    "flow": "34",
    "configuration": "",
    "control": "2",
    "other": "2",
}


class Terminal(NamedTuple):
    """A command's destination. width: None if lines may have any length."""

    out: TextIO
    width: int | None
    colours: bool

    def begin(self, style: str) -> str:
        """Return the sequence that starts one of STYLES; "" for none, and without colours."""
        code = STYLES[style] if self.colours and style else ""
        return f"\x1b[{code}m" if code else ""

    def paint(self, text: str, style: str) -> str:
        """Return text in one of STYLES; unchanged without colours."""
        begin = self.begin(style)
        return f"{begin}{text}\x1b[0m" if begin and text else text


def terminal() -> Terminal:
    """Return standard output. A character that its encoding lacks is spelled out instead of raising an error."""
    out = sys.stdout
    if isinstance(out, TextIOWrapper):
        out.reconfigure(errors="backslashreplace")
    shown = out.isatty()
    return Terminal(out, _columns() if shown else None, _coloured(shown))


def _columns() -> int:
    """Return the width of the terminal."""
    from shutil import get_terminal_size

    return get_terminal_size().columns


def _coloured(shown: bool) -> bool:
    """Return whether to use colours: as --color says, else as no-color.org and force-color.org define it; the former takes precedence."""
    context = click.get_current_context(silent=True)
    wanted = "auto" if context is None else context.meta.get(COLOR, "auto")
    if wanted != "auto":
        return bool(wanted == "always")
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (shown and os.environ.get("TERM") != "dumb")
