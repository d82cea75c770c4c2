"""The help's lines, made from the table of keys; what a key cannot tell stands below it."""

from __future__ import annotations

from ovsdissect.text.screen import pad
from ovsdissect.tui.keys import KEYS, shown

WORDS = (
    ("Rows", "↓ to the kernel, ↑ to user space; ● marked; ! malformed or odd, see p"),
    ("Filter", "Wireshark's language: ovs_packet.cmd == miss && key.ipv4.dst == 10.0.0.0/8; `ovsdissect fields` lists the names"),
    ("Mouse", "click selects, double click enters; a click on a column's name sorts; Shift with the mouse selects text in most terminals"),
    ("Copying", "y sends text to your terminal's clipboard (OSC 52), over ssh too; tmux needs `set -g set-clipboard on`"),
)


def help_lines() -> list[list[tuple[str, str]]]:
    """Every key under its head."""
    lines: list[list[tuple[str, str]]] = []
    for head in dict.fromkeys(key.head for key in KEYS):
        if lines:
            lines.append([])
        lines.append([("mark", head)])
        lines += [[("name", pad(f"  {shown(key.keys)}", 22)), ("text", key.text)] for key in KEYS if key.head == head]
    lines += [[], *([("mark", pad(name, 10)), ("text", text)] for name, text in WORDS)]
    return lines
