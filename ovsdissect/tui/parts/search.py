"""Searching the list, the trees or the bytes: nearby lines one by one, then the whole capture in one pass whose hits are kept."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from ovsdissect.api import Message
from ovsdissect.errors import OvsDissectError
from ovsdissect.tui.choosing import Texts, lines_with
from ovsdissect.tui.dialogs import Prompt
from ovsdissect.tui.keys import Key
from ovsdissect.tui.part import Part, Stage
from ovsdissect.tui.search import Needle, first
from ovsdissect.tui.store import Store
from ovsdissect.tui.treesearch import TreeSearch, words
from ovsdissect.tui.work import Job

NEAR: Final = 200  # lines that are searched before all of them
EACH: Final = 16  # lines between two looks at the clock
NAMES: Final = {"list": "the list", "tree": "the trees", "hex": "the bytes"}


class Search(Part):
    """Search in the pane that has the focus."""

    NAME = "search"
    KEYS = (
        Key("s,ctrl+f", "search", "Search (text, /regex/ or 0x bytes) in this pane", "Find", "search"),
        Key("n", "again(1)", "Next match", "Find"),
        Key("N", "again(-1)", "Previous match", "Find"),
    )

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.needle: Needle | None = None
        self.where = "list"
        # the lines of the list that have the text, and the length of the list then
        self._hits: tuple[tuple[str, int], array[int]] | None = None
        # the record that was searched last, and whether it has the bytes
        self._looked: tuple[str, int] = ("", -1)
        self._in_record = False
        self._trees: tuple[tuple[str, Store], TreeSearch] | None = None

    def action_search(self) -> None:
        where = self.stage.pane

        def check(text: str) -> str:
            try:
                Needle(text)
            except OvsDissectError as error:
                return str(error)
            return ""

        def typed(text: str | None) -> None:
            if text is not None:
                self.needle, self.where = Needle(text), where
                self._hits = None
                self.stage.list_pane.light_text(self.needle if where == "list" else None)
                self.stage.tree_pane.light_text(self.needle if where == "tree" else None)
                self.action_again(1)

        hint = "text, /regular expression/" + (", or bytes as 0x0a0b" if where == "hex" else "")
        self.stage.app.push_screen(Prompt(f"Search {NAMES[where]}", self.needle.text if self.needle else "", hint, check), typed)

    def action_again(self, step: int) -> None:
        needle = self.needle
        if needle is None:
            self.action_search()
            return
        if self.where != "list" and self._here(needle, step):
            return
        rows, at = self.stage.list_pane.shown, self.stage.list_pane.cursor
        count = min(self.stage.list_pane.lines, len(rows))
        order = range(at + 1, count + at) if step > 0 else range(at - 1, at - count, -1)
        found: list[int] = []

        def steps() -> Iterator[float]:
            for done, place in enumerate(order):
                if self.where == "list" and done >= NEAR:
                    yield from self._all(needle, rows, order, found)
                    return
                if self._has(needle, rows[place % count]):
                    found.append(place)
                    return
                if not done % EACH:
                    yield done / len(order)

        self.stage.work.run("searching", steps(), lambda job: self._searched(job, needle, step, found, count))
        self.stage.report()

    def _all(self, needle: Needle, rows: Sequence[int], order: range, found: list[int]) -> Iterator[float]:
        """The first match in an order, after all lines were examined."""
        session = self.session
        known = (needle.text, session.store.count)
        if self._hits is None or self._hits[0] != known:
            hits: array[int] = array("I")
            for hits, share in lines_with(session.source, session.store, needle, session.look):  # noqa: B007 - the same array each time
                yield share
            self._hits = known, hits
        hits = self._hits[1]
        if isinstance(rows, array) and self.stage.list_pane.order is None:
            places = [bisect_left(rows, line) for line in hits]
            places = [place for place, line in zip(places, hits, strict=True) if place < len(rows) and rows[place] == line]
        else:
            wanted = set(hits)
            places = [place for place, line in enumerate(rows) if line in wanted]
        if not places:
            return
        if order.step > 0:
            later = bisect_left(places, order.start)
            place = places[later] if later < len(places) else places[0] + len(rows)
        else:
            before = bisect_right(places, order.start) - 1
            place = places[before] if before >= 0 else places[-1] - len(rows)
        if place in order:
            found.append(place)

    def _here(self, needle: Needle, step: int) -> bool:
        """Search the rest of the message itself; returns whether something was found."""
        message = self.session.message
        if message is None:
            return False
        if self.where == "hex":
            hexes, (start, end) = self.stage.hex_pane, span(message)
            found = needle.in_bytes(message.data, hexes.at + 1, end) if step > 0 else needle.last_in_bytes(message.data, start, hexes.at)
            if found is not None:
                hexes.pick(found)
            return found is not None
        tree = self.stage.tree_pane
        now = tree.seen[tree.cursor] if tree.cursor < len(tree.seen) else 0
        return self._in_tree(needle, range(now + 1, len(tree.branches)) if step > 0 else range(now - 1, -1, -1))

    def _in_tree(self, needle: Needle, places: range) -> bool:
        tree = self.stage.tree_pane
        place = first(places, lambda at: needle.in_text(words(tree.branches[at].line)))
        if place is not None:
            tree.select(place)
            self.stage.light()
        return place is not None

    def _has(self, needle: Needle, line: int) -> bool:
        store = self.session.store
        if self.where == "hex" and not self._recorded(needle, store.record(line)):
            return False
        if self.where == "tree":
            return self._tree(needle)(line)
        message = store.message(line)
        if self.where == "list":
            return needle.in_text(Texts(self.session.look)(message))
        return needle.in_bytes(message.data, *span(message)) is not None

    def _tree(self, needle: Needle) -> TreeSearch:
        """The search in trees, which remembers what it examined."""
        store = self.session.store
        if self._trees is None or self._trees[0] != (needle.text, store):
            self._trees = (needle.text, store), TreeSearch(store, self.session.look, needle)
        return self._trees[1]

    def _recorded(self, needle: Needle, record: int) -> bool:
        """Whether a record contains some bytes; this is cheaper than making its messages."""
        if self._looked != (needle.text, record):
            data = self.session.store.table.fetch(record).data
            self._looked, self._in_record = (needle.text, record), needle.in_bytes(data, 0, len(data)) is not None
        return self._in_record

    def _searched(self, job: Job, needle: Needle, step: int, found: list[int], count: int) -> None:
        if job.cancelled or job.fault:
            return
        pane = self.stage.list_pane
        if not found:
            here = pane.line is not None and self.where == "list" and self._has(needle, pane.line)
            self.stage.say(f"{needle.text}: {'nowhere else' if here else 'not found'}", "problem")
            return
        place = found[0]
        if pane.line is not None:
            self.session.trail.append(pane.line)
        pane.go(place % count, middle=True)
        self.stage.show_line()
        message = self.session.message
        if message is not None and self.where == "hex":
            start, end = span(message)
            at = needle.in_bytes(message.data, start, end) if step > 0 else needle.last_in_bytes(message.data, start, end)
            if at is not None:
                self.stage.hex_pane.pick(at)
        elif self.where == "tree":
            branches = len(self.stage.tree_pane.branches)
            self._in_tree(needle, range(branches) if step > 0 else range(branches - 1, -1, -1))
        past = "" if 0 <= place < count else f", past the {'end' if step > 0 else 'start'} of the list"
        self.stage.say(f"{needle.text}: found{past}", "mark" if past else "dim")


def span(message: Message) -> tuple[int, int]:
    """Start and end of a message in its record."""
    return message.frame.offset, min(message.frame.end, len(message.data))
