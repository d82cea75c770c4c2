"""The tree of the selected message as lines that fold; it remembers by field, not by message, what is folded and selected."""

from __future__ import annotations

import re
from typing import Final

from rich.segment import Segment

from ovsdissect.text.screen import cut, escape
from ovsdissect.tui.keys import Key, bindings
from ovsdissect.tui.lines import Branch
from ovsdissect.tui.matches import lit
from ovsdissect.tui.pane import Pane
from ovsdissect.tui.search import Needle

_STEP: Final = re.compile(r"\[\d+\]|#\d+")
DEEPEST: Final = 20  # levels that are indented; deeper ones show their depth as a number
LONGEST: Final = 2000  # cells of a value


KEYS: Final = (
    Key("e", "unfold_all", "Tree: unfold everything", "Panes", "unfold all"),
    Key("E", "fold_all", "Tree: fold everything", "Panes", "fold all"),
)


def sort_of(branch: Branch) -> str:
    """The name of a branch across messages: its path without indexes."""
    return _STEP.sub("", branch.line.path)


class TreePane(Pane):
    """The visible lines of the tree."""

    KEYS = KEYS
    BINDINGS = bindings(KEYS)

    def __init__(self) -> None:
        super().__init__(id="tree")
        self.branches: list[Branch] = []
        self.seen: list[int] = []
        self.path = ""  # of the field selected last, even if a message lacks it
        self.needle: Needle | None = None
        self._chosen: dict[str, bool] = {}  # what the user folded, or unfolded
        self._usual: bool | None = None  # the state of all others

    def folded(self, branch: Branch) -> bool:
        """Whether the lines below a branch are hidden."""
        return self._chosen.get(sort_of(branch), branch.folds if self._usual is None else self._usual)

    @property
    def branch(self) -> Branch | None:
        """The selected branch."""
        return self.branches[self.seen[self.cursor]] if self.cursor < len(self.seen) else None

    def show_branches(self, branches: list[Branch]) -> None:
        """Show another message; the same field stays selected if the message has it."""
        self.branches = branches
        self._see()
        self.cursor = 0
        super().place(self._row_of(self.path))
        self.redraw()

    def light_text(self, needle: Needle | None) -> None:
        """Highlight the matches of a search."""
        self.needle = needle
        self.redraw()

    def select_path(self, path: str) -> bool:
        """Select the first branch with a path; returns whether there is one."""
        place = next((at for at, branch in enumerate(self.branches) if branch.line.path == path), None)
        if place is not None:
            self.select(place)
        return place is not None

    def _row_of(self, path: str) -> int:
        """The visible row of a path, or of its nearest visible ancestor."""
        rows = {self.branches[i].line.path: row for row, i in reversed(list(enumerate(self.seen)))}
        while path:
            if path in rows:
                return rows[path]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return 0

    def _see(self) -> None:
        seen: list[int] = []
        hidden = -1
        for i, branch in enumerate(self.branches):
            if hidden >= 0 and branch.line.depth > hidden:
                continue
            hidden = branch.line.depth if branch.inner and self.folded(branch) else -1
            seen.append(i)
        self.seen = seen
        self.set_lines(len(seen))

    def select(self, index: int) -> None:
        """Select a branch, and unfold its ancestors."""
        depth = self.branches[index].line.depth
        for i in range(index - 1, -1, -1):
            if self.branches[i].line.depth < depth:
                depth = self.branches[i].line.depth
                self._chosen[sort_of(self.branches[i])] = False
        self._see()
        self.redraw()
        if self.place(self.seen.index(index)):
            self.tell()

    def segments(self, line: int) -> list[Segment]:
        palette = self.palette
        branch = self.branches[self.seen[line]]
        folded = branch.inner and self.folded(branch)
        sign = ("▸ " if folded else "▾ ") if branch.inner else "  "
        text = branch.line
        indent = "  " * text.depth if text.depth <= DEEPEST else "  " * DEEPEST + f"({text.depth}) "
        label = "problem" if text.problems else "zero" if branch.zero else "dim" if text.sort in ("padding", "undecoded") else "name"
        found = [Segment(indent + sign, palette["offset"]), Segment(text.label, palette[label])]
        told = text.text or (branch.brief if folded else "")
        if told:
            role = "zero" if branch.zero else "note" if text.sort == "set" else "dim" if text.sort == "padding" else "value"
            found += [Segment(": ", palette["dim"]), Segment(cut(told, LONGEST), palette[role])]
        if text.problems:
            said = "; ".join(f"{problem.kind}: {problem.text}" for problem in text.problems)
            found.append(Segment(f"  [{cut(escape(said), LONGEST)}]", palette["problem"]))
        return lit(found, self.needle, palette["match"])

    def place(self, line: int, *, middle: bool = False) -> bool:
        moved = super().place(line, middle=middle)
        branch = self.branch
        if branch is not None and moved:
            self.path = branch.line.path
        return moved

    def action_choose(self) -> None:
        branch = self.branch
        if branch is not None and branch.inner:
            self._chosen[sort_of(branch)] = not self.folded(branch)
            self._see()
            self.redraw()

    def action_side(self, steps: int) -> None:
        """Fold or unfold; if there is nothing to fold, move to the parent or the first child."""
        branch = self.branch
        if branch is None:
            return
        is_open = branch.inner and not self.folded(branch)
        if branch.inner and is_open == (steps < 0):
            self.action_choose()
        elif steps > 0:
            if is_open:
                self.go(self.cursor + 1)
        else:
            for row in range(self.cursor - 1, -1, -1):
                if self.branches[self.seen[row]].line.depth < branch.line.depth:
                    self.go(row)
                    return

    def action_unfold_all(self) -> None:
        self.fold(False)

    def action_fold_all(self) -> None:
        self.fold(True)

    def fold(self, folded: bool | None) -> None:
        """Fold or unfold everything; None restores the initial state."""
        path = self.branch.line.path if self.branch else ""
        self._chosen, self._usual = {}, folded
        self._see()
        self.place(self._row_of(path))
        self.redraw()

    def clicked(self, line: int, x: int, times: int) -> None:
        branch = self.branches[self.seen[line]]
        sign = 2 * min(branch.line.depth, DEEPEST)
        if branch.inner and (times == 2 or sign <= x <= sign + 1):
            self.action_choose()
