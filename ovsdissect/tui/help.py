"""The help: every key under its heading, from the rows of its owner; other explanations follow."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from ovsdissect.text.screen import pad
from ovsdissect.tui import pane
from ovsdissect.tui.keys import HEADS, Key, part_action, shown
from ovsdissect.tui.screens import opened
from ovsdissect.tui.screens.capture import PART_KEYS, CaptureScreen
from ovsdissect.tui.treepane import TreePane

WORDS = (
    ("Rows", "↓ to the kernel, ↑ to user space; ● marked; ! malformed or odd, see p"),
    ("Filter", "Wireshark's language: ovs_packet.cmd == miss && key.ipv4.dst == 10.0.0.0/8; `ovsdissect fields` lists the names"),
    ("Mouse", "click selects, double click enters; a click on a column's name sorts; Shift with the mouse selects text in most terminals"),
    ("Copying", "y sends text to your terminal's clipboard (OSC 52), over ssh too; tmux needs `set -g set-clipboard on`"),
)


@cache
def all_keys(own: tuple[Key, ...]) -> tuple[tuple[Key, str], ...]:
    """Every key with the action of its binding, in the order of the help.  own: the keys of the application."""
    found = [(key, key.action) for key in (*pane.KEYS, *CaptureScreen.KEYS, *TreePane.KEYS)]
    found += [(key, part_action(part, key)) for part, key in PART_KEYS]
    found += [(screen.key, screen.key.action) for screen in opened().values()]
    found += [(key, key.action) for key in own]
    return tuple(sorted(found, key=lambda one: HEADS.index(one[0].head)))


def help_lines(own: tuple[Key, ...]) -> list[list[tuple[str, str]]]:
    """The lines of the help.  own: the keys of the application."""
    lines: list[list[tuple[str, str]]] = []
    for head in HEADS:
        if lines:
            lines.append([])
        lines.append([("mark", head)])
        lines += [[("name", pad(f"  {shown(key.keys)}", 22)), ("text", key.text)] for key, _ in all_keys(own) if key.head == head]
    for name, screen in opened().items():
        if screen.keys:
            lines += [[], [("mark", f"On the screen of {shown(screen.key.keys)} ({name})")], *_of(screen.keys)]
    return [*lines, [], *([("mark", pad(name, 10)), ("text", text)] for name, text in WORDS)]


def _of(keys: tuple[Key, ...]) -> Iterator[list[tuple[str, str]]]:
    for key in keys:
        yield [("name", pad(f"  {shown(key.keys)}", 22)), ("text", key.text)]
