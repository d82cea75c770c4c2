"""A key is one row beside the code that it calls; bindings, help, footer, command palette and tests are made from these rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from textual.binding import Binding, BindingType

HEADS: Final = ("Move", "Panes", "Filter", "Find", "Upcalls", "Look", "Out")


class Key(NamedTuple):
    """One action: its keys, its name, its description, its heading in the help, and its word in the footer ("" if it is not there)."""

    keys: str
    action: str
    text: str
    head: str
    hint: str = ""


_SHOWN: Final = {
    "slash": "/",
    "question_mark": "?",
    "ampersand": "&",
    "vertical_line": "|",
    "exclamation_mark": "!",
    "colon": ":",
    "apostrophe": "'",
    "quotation_mark": '"',
    "plus": "+",
    "minus": "-",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "space": "Space",
    "enter": "Enter",
    "escape": "Esc",
    "tab": "Tab",
    "backspace": "Backspace",
    "f1": "F1",
}


def bindings(keys: Iterable[Key]) -> list[BindingType]:
    """Textual's bindings for the keys of a widget, a screen or the application."""
    return [Binding(key.keys, key.action, key.text, show=False) for key in keys]


def part_bindings(part: str, keys: Iterable[Key]) -> list[BindingType]:
    """The bindings of a screen for the keys of one of its parts."""
    return [Binding(key.keys, part_action(part, key), key.text, show=False) for key in keys]


def part_action(part: str, key: Key) -> str:
    """The action of a part's key as an action of the screen: part('filters', 'apply', '&&')."""
    name, _, arguments = key.action.partition("(")
    return f"part({part!r}, {name!r}{', ' + arguments if arguments else ')'}"


def shown(keys: str) -> str:
    """The name of a key in the help."""
    names = []
    for key in keys.split(","):
        *held, last = key.split("+")
        names.append("-".join([word.capitalize() for word in held] + [_SHOWN.get(last, last)]))
    return " ".join(names)
