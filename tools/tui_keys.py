"""Writes the keys of docs/tui.md from the interface's own bindings; `--check` only says whether they are up to date (exit 1 if not)."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from ovsdissect.tui.app import KEYS
from ovsdissect.tui.help import all_keys
from ovsdissect.tui.keys import HEADS, Key, shown
from ovsdissect.tui.screens import opened

PAGE: Final = Path(__file__).parents[1] / "docs" / "tui.md"
START: Final = "<!-- keys: made by python -m tools.tui_keys -->\n"
END: Final = "<!-- end of keys -->\n"


def table(head: str, keys: Iterable[Key]) -> Iterator[str]:
    """A table of keys under a heading."""
    yield f"\n### {head}\n\n| key | what it does |\n|---|---|\n"
    for key in keys:
        names = " ".join(f"`` {name} ``" if "`" in name else f"`{name}`" for name in shown(key.keys).split(" "))
        yield f"| {names} | {key.text} |\n".replace("`|`", "`\\|`")


def keys() -> str:
    """The part of the page between its marks."""
    known = [key for key, _ in all_keys(KEYS)]
    made = [line for head in HEADS for line in table(head, (key for key in known if key.head == head))]
    for name, screen in opened().items():
        made += table(f"On the {name} screen", screen.keys)
    return "".join(made) + "\n"


def page() -> str:
    """The whole page."""
    text = PAGE.read_text("utf-8")
    return text[: text.index(START) + len(START)] + keys() + text[text.index(END) :]


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(page() != PAGE.read_text("utf-8"))
    PAGE.write_text(page(), "utf-8")
