"""A progress bar on standard error, for work that takes more than a second."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from ovsdissect.api import Capture

PATIENCE: Final = 1.0  # seconds until the bar appears
EVERY: Final = 0.2  # seconds between two updates
STEPS: Final = 1000
ERASE: Final = "\x1b[A\x1b[2K"  # the line that click has ended


@contextmanager
def reading_shown(capture: Capture, *, quiet: bool, printing: bool, file: str = "-") -> Iterator[None]:
    """Show how much of a capture has been read while the block runs.

    printing: the block writes to `file` ("-" is standard output). Then the bar is shown only if that is a regular file: the reader of a
    pipe usually prints to the same terminal.
    """
    if quiet or capture.progress is None or (printing and file == "-" and not _is_file(1)):
        yield
        return
    with shown(lambda: capture.progress or 0.0, capture.name):
        yield


@contextmanager
def shown(done: Callable[[], float], label: str) -> Iterator[None]:
    """Show the progress of some work, from 0 to 1, while the block runs; nothing if standard error is not a terminal."""
    if sys.stderr is None or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    ended = Event()
    thread = Thread(target=_draw, args=(done, label, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _draw(done: Callable[[], float], label: str, ended: Event) -> None:
    from ovsdissect.text.screen import escape

    if ended.wait(PATIENCE):
        return
    # the stream for diagnostics escapes cursor movements
    with open(os.dup(sys.stderr.fileno()), "w", encoding="utf-8") as out:
        with click.progressbar(length=STEPS, label=escape(label), file=out) as bar:
            while not ended.wait(EVERY):
                bar.update(int(min(done(), 1.0) * STEPS) - bar.pos)
        out.write(ERASE + "\r")


def _is_file(descriptor: int) -> bool:
    try:
        return stat.S_ISREG(os.fstat(descriptor).st_mode)
    except OSError:
        return False
