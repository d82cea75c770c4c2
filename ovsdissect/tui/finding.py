"""Going somewhere: search, numbers, marks, requests and answers, problems, sorted order; and back."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any, Final

from textual.message import Message as Event

from ovsdissect.errors import OvsDissectError
from ovsdissect.text.screen import escape, pad
from ovsdissect.tui.background import Job
from ovsdissect.tui.columns import Column, Row
from ovsdissect.tui.dialogs import Choice, Menu, Page, Prompt
from ovsdissect.tui.filtering import Filtering
from ovsdissect.tui.lines import branches
from ovsdissect.tui.listpane import Heads
from ovsdissect.tui.search import Needle, first

SAVING: Final = "saving"
PROBLEMS: Final = 10_000  # lines of the problems list


class Ran(Event):
    """Long work got further, or ended."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job


class Finding(Filtering):
    """What moves the selection."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.job: Job | None = None
        self.after: Callable[[Job], None] = lambda job: None
        self.needle: Needle | None = None
        self.needle_in = "list"
        self.trail: list[int] = []

    def apply_filter(self, text: str, *, everything: bool | None = None) -> None:
        """Show what matches; a search or an order of what was shown before has no meaning any more."""
        if self.job is not None and self.job.what != SAVING:
            self.job.cancel()
        super().apply_filter(text, everything=everything)

    # long work

    def run_job(
        self,
        what: str,
        lines: Any,
        step: Callable[[int], bool],
        after: Callable[[Job], None],
        finish: Callable[[], None] = lambda: None,
    ) -> None:
        """Do something with many lines, and `finish` it, by a thread; `after` is called here when it ended."""
        if self.job is not None:
            self.job.cancel()

        def polite(line: int) -> bool:
            self.source.let_pass()
            return step(line)

        self.after = after
        self.job = Job(what, lines, polite, lambda job: self.tell(Ran(job)), finish)
        self.job.start()
        self.report()

    def on_ran(self, event: Ran) -> None:
        job = event.job
        if job is not self.job:
            return
        if job.done:
            self.job = None
            if job.fault:
                self.say(f"{job.what}: {job.fault}", "error")
            self.after(job)
        self.report()

    def action_stop(self) -> None:
        if self.job is not None:
            self.job.cancel()
            self.say(f"{self.job.what}: stopped", "mark")
            return
        super().action_stop()

    def work(self) -> tuple[str, float] | None:
        """The long work under way and how far it is."""
        return (f"{self.job.what}, Esc stops", self.job.progress) if self.job is not None else None

    # jumps

    def leap(self, line: int, *, why: str = "") -> bool:
        """Jump to a line and remember where from; a word where the filter hides it."""
        start = self.list_pane.line
        if self.jump(line):
            if start is not None and start != line:
                self.trail.append(start)
            if why:
                self.show_line()
                self.say(why)
            return True
        number = self.store.number(line)
        what = f"message {number}" if number is not None else f"the line of record {self.store.record(line) + 1}"
        way = "Esc removes the filter" if self.filter_text else "A shows all netlink messages"
        self.say(f"{what} is not shown: {way}", "problem")
        return False

    def action_retrace(self) -> None:
        while self.trail:
            if self.jump(self.trail.pop()):
                return
        self.say("no jump to go back from", "dim")

    def action_go_to(self) -> None:
        store = self.store

        def check(text: str) -> str:
            if not text.strip().isdecimal() or not text.isascii():
                return "a message's number, as in the first column"
            last = store.number(store.count - 1) or store.count
            return "" if 1 <= int(text) <= last else f"messages are 1 to {last:,}"

        def typed(text: str | None) -> None:
            if text is not None:
                self.leap(store.line(int(text)))

        self.push_screen(Prompt("Go to message", "", "number", check), typed)

    def action_partner(self) -> None:
        line, store = self.message_line, self.store
        if line is None or self.message is None:
            return
        asked = store.request(line)
        if asked is not None:
            self.leap(asked, why="the request")
            return
        found = store.answers(line)
        if found:
            more = f", the first of {len(found)}" if len(found) > 1 else ""
            self.leap(found[0], why=f"the answer{more}")
        elif self.message.request is not None:
            self.say("its request is not in the capture", "problem")
        else:
            self.say("no answer to this message in the capture", "problem")

    # marks

    def action_mark(self) -> None:
        line = self.list_pane.line
        if line is None:
            return
        self.list_pane.marks ^= {line}
        self.list_pane.renew()
        self.list_pane.action_move(1)

    def action_to_mark(self, step: int) -> None:
        rows = sorted(row for line in self.list_pane.marks if (row := self.list_pane.where(line)) is not None)
        if not rows:
            self.say("no message here is marked: m marks", "dim")
            return
        at = self.list_pane.cursor
        later = [row for row in rows if (row > at if step > 0 else row < at)]
        row = (later[0] if step > 0 else later[-1]) if later else (rows[0] if step > 0 else rows[-1])
        self.leap(self.list_pane.shown[row])

    # search

    def action_search(self) -> None:
        where = self.current

        def check(text: str) -> str:
            try:
                Needle(text)
            except OvsDissectError as error:
                return str(error)
            return ""

        def typed(text: str | None) -> None:
            if text is not None:
                self.needle, self.needle_in = Needle(text), where
                self.action_again(1)

        names = {"list": "the list", "tree": "the trees", "hex": "the bytes"}
        hint = "text, /regular expression/" + (", or bytes as 0x0a0b" if where == "hex" else "")
        self.push_screen(Prompt(f"Search {names[where]}", self.needle.text if self.needle else "", hint, check), typed)

    def action_again(self, step: int) -> None:
        needle = self.needle
        if needle is None:
            self.action_search()
            return
        if self.needle_in != "list" and self._here(needle, step):
            return
        rows, at = self.list_pane.shown, self.list_pane.cursor
        count = min(self.list_pane.lines, len(rows))
        order = range(at + 1, count + at) if step > 0 else range(at - 1, at - count, -1)
        lines = _Wrapped(rows, order, count)
        self.run_job("searching", lines, lambda line: self._has(needle, line), lambda job: self._searched(job, needle, step))

    def _here(self, needle: Needle, step: int) -> bool:
        """Look in what is left of the message itself; whether something was found."""
        message = self.message
        if message is None:
            return False
        if self.needle_in == "hex":
            at = self.hex_pane.at
            found = needle.in_bytes(message.data, at + 1, len(message.data)) if step > 0 else needle.last_in_bytes(message.data, at)
            if found is not None:
                self.hex_pane.pick(found)
            return found is not None
        tree = self.tree_pane
        now = tree.seen[tree.cursor] if tree.cursor < len(tree.seen) else 0
        places = range(now + 1, len(tree.branches)) if step > 0 else range(now - 1, -1, -1)
        place = first(places, lambda i: needle.in_text(_words(tree.branches[i])))
        if place is not None:
            tree.select(place)
            self.light()
        return place is not None

    def _has(self, needle: Needle, line: int) -> bool:
        if self.needle_in == "list":
            row = Row(self.store, line, self.look)
            return needle.in_text(" ".join(column.text(row) for column in self.list_pane.columns))
        message = self.store.message(line)
        if self.needle_in == "hex":
            return needle.in_bytes(message.data, message.frame.offset, min(message.frame.end, len(message.data))) is not None
        return any(needle.in_text(_words(branch)) for branch in branches(message, self.look))

    def _searched(self, job: Job, needle: Needle, step: int) -> None:
        if job.cancelled or job.fault:
            return
        if job.hit is None:
            self.say(f"{needle.text}: not found", "problem")
            return
        wrapped = isinstance(job.lines, _Wrapped) and job.lines.wrapped(job.at)
        start = self.list_pane.line
        if start is not None:
            self.trail.append(start)
        self.jump(job.hit)
        self.show_line()
        message = self.message
        if message is not None and self.needle_in == "hex":
            end = min(message.frame.end, len(message.data))
            at = needle.in_bytes(message.data, message.frame.offset, end) if step > 0 else needle.last_in_bytes(message.data, end)
            if at is not None:
                self.hex_pane.pick(at)
        elif self.needle_in == "tree":
            count = len(self.tree_pane.branches)
            order = range(count) if step > 0 else range(count - 1, -1, -1)
            place = first(order, lambda i: needle.in_text(_words(self.tree_pane.branches[i])))
            if place is not None:
                self.tree_pane.select(place)
                self.light()
        self.say(f"{needle.text}: found" + (", past the end of the list" if wrapped else ""), "dim")

    # problems

    def action_problems(self) -> None:
        store = self.store
        found: list[tuple[int, str, list[tuple[str, str]]]] = []

        def step(line: int) -> bool:
            number = store.number(line)
            shown = f"{number}" if number is not None else f"record {store.record(line) + 1}"
            for problem in store.message(line).problems:
                pieces = [
                    ("name", pad(shown, 10, right=True) + "  "),
                    ("problem", pad(str(problem.kind), 13)),
                    ("text", pad(escape(problem.path), 34) + " "),
                    ("dim", escape(problem.text)),
                ]
                found.append((line, problem.path, pieces))
            return len(found) >= PROBLEMS

        def after(job: Job) -> None:
            if job.fault:
                return
            if not found:
                self.say("no problem in what is shown", "valid")
                return
            more = ", and more" if job.hit is not None else ", so far" if job.cancelled else ""

            def chosen(at: int | None) -> None:
                if at is not None and self.leap(found[at][0]):
                    self.show_line()
                    self._select_path(found[at][1])

            title = f"{len(found):,} problems in what is shown{more}"
            self.push_screen(Page(title, [pieces for _, _, pieces in found], choose=True), chosen)

        self.run_job("looking for problems", _Shown(self.list_pane.shown, self.list_pane.lines), step, after)

    def _select_path(self, path: str) -> None:
        place = first(range(len(self.tree_pane.branches)), lambda i: self.tree_pane.branches[i].line.path == path)
        if place is not None:
            self.tree_pane.select(place)
            self.light()

    # order

    def action_sort(self) -> None:
        choices = [Choice(column.name, "", column.title.strip() or column.name) for column in self.list_pane.columns]

        def chosen(name: str | None) -> None:
            if name is not None:
                self.sort_by(next(column for column in self.list_pane.columns if column.name == name))

        self.push_screen(Menu("Sort by (again: the other way)", choices), chosen)

    def on_heads_picked(self, event: Heads.Picked) -> None:
        self.sort_by(event.column)

    def sort_by(self, column: Column) -> None:
        """Order the list by a column; the same again turns it round, and a third time ends it."""
        before = self.heads.sorted
        if before == (column.name, True):
            self.list_pane.sort(None)
            self.heads.sorted = None
            self.heads.refresh()
            return
        down = before == (column.name, False)
        store, look = self.store, self.look
        keys: dict[int, Any] = {}

        def step(line: int) -> bool:
            if column.name in ("number", "time"):
                keys[line] = _key(line if column.name == "number" else store.time(line))
            else:
                keys[line] = _key(column.text(Row(store, line, look)))
            return False

        def after(job: Job) -> None:
            if job.cancelled or job.fault:
                return
            self.list_pane.sort(array("I", sorted(keys, key=lambda line: (keys[line], line), reverse=down)))
            self.heads.sorted = (column.name, down)
            self.heads.refresh()
            self.show_line()

        self.run_job("sorting", _Shown(self.view.lines, len(self.view.lines)), step, after)


def _key(value: Any) -> tuple[int, Any]:
    """What a value is sorted by: numbers before texts, nothing last."""
    if value is None or value == "":
        return 2, ""
    if isinstance(value, int):
        return 0, value
    text = str(value)
    try:
        return 0, int(text, 0)
    except ValueError:
        return 1, text


def _words(branch: Any) -> str:
    return f"{branch.line.path} {branch.line.label}: {branch.line.text}"


class _Shown:
    """So many of the first lines of something that may grow."""

    def __init__(self, lines: Any, count: int) -> None:
        self._lines, self._count = lines, min(count, len(lines))

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, at: int) -> int:
        if at >= self._count:
            raise IndexError
        return int(self._lines[at])


class _Wrapped(_Shown):
    """Lines from one on, round the end, to the one before it."""

    def __init__(self, lines: Any, order: range, count: int) -> None:
        super().__init__(lines, count)
        self._order, self._all = order, count

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, at: int) -> int:
        return int(self._lines[self._order[at] % self._all])

    def wrapped(self, at: int) -> bool:
        """Whether a place is past the end."""
        return not 0 <= self._order[at] < self._all
