"""One stage of `ovsdissect json` and all those before it, in a process of its own: what a stage costs is the difference of two processes.

    python -m tests.bench.stages STAGE CAPTURE [--all]
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable
from tempfile import TemporaryFile
from typing import Any, Final

import ovsdissect.cli.json  # noqa: F401 - its modules are part of every start
from ovsdissect.api import Message, open
from ovsdissect.cli.options import selection
from ovsdissect.dissect.lane import Kind, Lane, Write
from ovsdissect.export.fastjson import PIECES, JsonLines


class Idle:
    """A front that wants nothing: what is left is the lane's own work."""

    def __init__(self) -> None:
        self.out: list[Any] = []

    def writer(self, kind: Kind) -> Write | None:
        """Plain messages are passed by."""
        return lambda *message: None

    def message(self, message: Message) -> None:
        """Any other message too."""


def start(path: str, everything: bool) -> Iterable[object]:
    """Imports."""
    return ()


def survey(path: str, everything: bool) -> Iterable[object]:
    """The capture is gone through once before it gives records."""
    return (open(path).begin(),)


def lane(path: str, everything: bool) -> Iterable[object]:
    """Survey, and what every pass does: reading, headers, requests, names."""
    context, records = open(path).begin()
    return Lane(context, Idle(), foreign=everything).run(records, PIECES)


def lines(path: str, everything: bool) -> Iterable[object]:
    """With the pieces of the lines."""
    writer, records = made(path, everything)
    return writer._lane.run(records, PIECES)


def joined(path: str, everything: bool) -> Iterable[object]:
    """With the pieces joined."""
    writer, records = made(path, everything)
    return writer.parts(records, PIECES)


def written(path: str, everything: bool) -> Iterable[object]:
    """With the text in a file."""
    writer, records = made(path, everything)
    with TemporaryFile() as out:
        for text, _ in writer.parts(records, PIECES):
            yield out.write(text)


def made(path: str, everything: bool) -> tuple[JsonLines[Message], Any]:
    """The writer of `ovsdissect json`, and the records."""
    context, records = open(path).begin()
    return JsonLines(context, selection(None, everything), everything=everything), records


STAGES: Final[dict[str, Callable[[str, bool], Iterable[object]]]] = {
    stage.__name__: stage for stage in (start, survey, lane, lines, joined, written)
}

if __name__ == "__main__":
    deque(STAGES[sys.argv[1]](sys.argv[2], "--all" in sys.argv), maxlen=0)
