"""What the interface draws of each message of a capture: its row, its tree and its bytes, on a wide and on a narrow terminal."""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rich.cells import cell_len
from textual.geometry import Size

from ovsdissect.errors import OvsDissectError
from ovsdissect.tui.columns import MORE, USUAL, Look
from ovsdissect.tui.hexpane import HexPane
from ovsdissect.tui.lines import branch_at, branches
from ovsdissect.tui.listpane import ListPane
from ovsdissect.tui.pane import Pane
from ovsdissect.tui.session import Session
from ovsdissect.tui.source import Source
from ovsdissect.tui.treepane import TreePane
from tools.fuzz.found import LONGEST, FoundError

WIDTHS: Final = (150, 40)
PAGE: Final = 30  # lines of a pane
PATIENCE: Final = 60  # seconds until a capture is read
LIST: Final = [*USUAL, *MORE]


def screen(path: Path) -> int:
    """Rows, trees and bytes of all messages are drawn, each line as wide as its pane; no message takes a second."""
    try:
        source = Source(str(path))
        source.start(PATIENCE)
    except OvsDissectError:
        return 0
    try:
        with source.more:
            if not source.more.wait_for(lambda: source.done, PATIENCE):
                raise FoundError(f"the capture was not read in {PATIENCE} s")
        if source.fault and not source.fault.startswith(source.name):
            raise FoundError(source.fault)
        count = source.store.count
        for _ in _drawn(source):
            pass
    finally:
        source.close()
    return count


def _drawn(source: Source) -> Iterator[int]:
    """Each line of the store, once it is drawn."""
    look = Look()
    rows = ListPane(Session(source, look), LIST)
    tree, octets = TreePane(), HexPane()
    for pane in (rows, tree, octets):
        pane._stale = True  # no application is there that would redraw it
        pane.page = PAGE
    store = source.store
    rows.order = array("I", range(store.count))
    rows.lines = store.count
    for line in range(store.count):
        start = time.thread_time()
        message = store.message(line)
        found = branches(message, look)
        frame = message.frame
        tree.show_branches(found)
        end = min(frame.end, len(message.data))
        octets.show_record(message.data, frame.offset, end, message.wire_length - len(message.data))
        for width in WIDTHS:
            for pane in (rows, tree, octets):
                pane.width, pane._size = width, Size(width + 1, PAGE)
            rows.top = line
            rows._rows.clear()
            rows.fit()
            octets.resized()
            for pane in (rows, tree, octets):
                _check(pane, message.number)
        for branch in found[:PAGE]:
            octets.light(branch.bytes, branch.around)
        for at in range(frame.offset, min(end, frame.offset + PAGE)):
            branch_at(found, at)
        if time.thread_time() - start > LONGEST:
            raise FoundError(f"message {message.number} took {time.thread_time() - start:.1f} s to draw")
        yield line


def _check(pane: Pane, number: int | None) -> None:
    """The lines of a pane, drawn as on a screen."""
    for y in range(min(pane.lines, PAGE) if pane.id != "list" else 1):
        text = "".join(segment.text for segment in pane._draw(y))
        if not text.isprintable():
            raise FoundError(f"message {number}: {pane.id} draws what cannot be printed: {text!r}")
        if cell_len(text) != pane.width + 1:
            raise FoundError(f"message {number}: a line of {pane.id} takes {cell_len(text)} cells of {pane.width + 1}: {text!r}")
