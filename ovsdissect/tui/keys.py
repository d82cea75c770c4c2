"""Every key: the one table that bindings, the help screen, the command palette and the tests are made from."""

from __future__ import annotations

from typing import Final, NamedTuple

from textual.binding import Binding, BindingType


class Key(NamedTuple):
    """One action: where it is bound ("app", "pane", "list", "tree", "hex"), its keys, its action, what it does, the help's head over it."""

    where: str
    keys: str
    action: str
    text: str
    head: str


KEYS: Final = (
    Key("pane", "up,k", "move(-1)", "Up", "Move"),
    Key("pane", "down,j", "move(1)", "Down", "Move"),
    Key("pane", "pageup,ctrl+b", "page(-1)", "Page up", "Move"),
    Key("pane", "pagedown,space", "page(1)", "Page down", "Move"),
    Key("pane", "ctrl+u", "page(-0.5)", "Half a page up", "Move"),
    Key("pane", "ctrl+d", "page(0.5)", "Half a page down", "Move"),
    Key("pane", "home,g", "first", "First", "Move"),
    Key("pane", "end,G", "last", "Last", "Move"),
    Key("pane", "left,h", "side(-1)", "List: scroll left; tree: fold, or up to the parent; bytes: previous byte", "Move"),
    Key("pane", "right,l", "side(1)", "List: scroll right; tree: unfold, or down to the first child; bytes: next byte", "Move"),
    Key("pane", "enter", "choose", "List: to the tree; tree: fold or unfold; bytes: to the field in the tree", "Move"),
    Key("pane", "tab", "app.pane(1)", "Next pane", "Panes"),
    Key("pane", "shift+tab", "app.pane(-1)", "Previous pane", "Panes"),
    Key("app", "1", "to_pane('list')", "To the list", "Panes"),
    Key("app", "2", "to_pane('tree')", "To the tree", "Panes"),
    Key("app", "3", "to_pane('hex')", "To the bytes", "Panes"),
    Key("app", "z", "zoom", "This pane alone, and back", "Panes"),
    Key("app", "plus", "grow(1)", "More room for the list", "Panes"),
    Key("app", "minus", "grow(-1)", "Less room for the list", "Panes"),
    Key("tree", "e", "unfold_all", "Tree: unfold everything", "Panes"),
    Key("tree", "E", "fold_all", "Tree: fold everything", "Panes"),
    Key("app", "slash", "filter", "Edit the filter (Tab completes, Up and Down: history)", "Filter"),
    Key("app", "f", "presets", "Ready-made filters", "Filter"),
    Key("app", "a", "apply('')", "Filter: the field selected in the tree", "Filter"),
    Key("app", "ampersand", "apply('&&')", "Filter: ... and the selected field", "Filter"),
    Key("app", "vertical_line", "apply('||')", "Filter: ... or the selected field", "Filter"),
    Key("app", "exclamation_mark", "apply('!')", "Filter: ... and not the selected field", "Filter"),
    Key("app", "u", "same_flow", "All messages of this one's flow (ufid)", "Filter"),
    Key("app", "A", "everything", "All netlink messages, or Open vSwitch's only", "Filter"),
    Key("app", "escape", "stop", "Stop filtering or searching; then remove the filter", "Filter"),
    Key("app", "s,ctrl+f", "search", "Search (text, /regex/ or 0x bytes) in this pane", "Find"),
    Key("app", "n", "again(1)", "Next match", "Find"),
    Key("app", "N", "again(-1)", "Previous match", "Find"),
    Key("app", "colon,ctrl+g", "go_to", "Go to a message by its number", "Find"),
    Key("app", "m", "mark", "Mark the message, or unmark it", "Find"),
    Key("app", "apostrophe", "to_mark(1)", "Next mark", "Find"),
    Key("app", "quotation_mark", "to_mark(-1)", "Previous mark", "Find"),
    Key("app", "r", "partner", "From an answer or error to its request, and back", "Find"),
    Key("app", "p", "problems", "List of all problems", "Find"),
    Key("app", "b,backspace", "retrace", "Back to where the last jump started", "Find"),
    Key("app", "S", "sort", "Sort the list", "Look"),
    Key("app", "c", "columns", "Choose columns", "Look"),
    Key("app", "t", "time", "Time: relative, since the one before, UTC, epoch", "Look"),
    Key("app", "D", "dark", "Dark or light", "Look"),
    Key("app", "F", "follow", "Follow the newest message", "Look"),
    Key("app", "P", "pause", "Pause: new messages wait", "Look"),
    Key("app", "y", "copy", "Copy: value, filter, hex, JSON, Open vSwitch text, trace command", "Out"),
    Key("app", "w", "save", "Save messages as pcap, JSON or text", "Out"),
    Key("app", "question_mark,f1", "help", "This help", "Out"),
    Key("app", "ctrl+p", "command_palette", "All commands by name", "Out"),
    Key("app", "q,ctrl+q,ctrl+c", "quit", "Leave", "Out"),
)

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


def bindings(where: str) -> list[BindingType]:
    """Textual's bindings of one place."""
    return [Binding(key.keys, key.action, key.text, show=False) for key in KEYS if key.where == where]


def shown(keys: str) -> str:
    """A key's name as the help prints it."""
    names = []
    for key in keys.split(","):
        *held, last = key.split("+")
        names.append("-".join([word.capitalize() for word in held] + [_SHOWN.get(last, last)]))
    return " ".join(names)
