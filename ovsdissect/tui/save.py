"""Messages written to a file: pcap (with the records that name their families), JSON, text.  The name's end tells which."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ovsdissect.api import Message
from ovsdissect.carve.pcap import PcapWriter
from ovsdissect.carve.selection import Selection
from ovsdissect.errors import OutputError
from ovsdissect.families import NLCTRL
from ovsdissect.files import Part, check
from ovsdissect.json.encoding import encode
from ovsdissect.json.jsonline import to_dict
from ovsdissect.text.outline import outline
from ovsdissect.text.rows import cmd, direction, family
from ovsdissect.text.values import scope
from ovsdissect.tui.columns import Look
from ovsdissect.tui.store import Store

KINDS: Final = {".pcap": "pcap", ".json": "JSON", ".jsonl": "JSON", ".txt": "text"}


def wrong(path: str) -> str:
    """What speaks against a file of this name, "" where nothing does."""
    suffix = Path(path).suffix.lower()
    if suffix not in KINDS:
        return f"the name's end tells the format: {', '.join(KINDS)}"
    if os.path.isdir(path):
        return "a directory"
    try:
        check(path)
    except OutputError:
        return "the capture itself"
    folder = os.path.dirname(os.path.abspath(path))
    return "" if os.path.isdir(folder) else f"no directory {folder}"


class Saving:
    """One file being written: `lines` is what to walk over, `step` takes a line, `finish` completes the file, `drop` leaves none behind."""

    def __init__(self, path: str, store: Store, wanted: Sequence[int], look: Look) -> None:
        self.path = path
        self.kind = KINDS[Path(path).suffix.lower()]
        self.written = 0
        self._store, self._look = store, look
        self._wanted = frozenset(wanted)
        self._selection = Selection()
        self.lines = sorted(self._wanted | set(store.of_family(NLCTRL.name))) if self.kind == "pcap" else sorted(wanted)
        self._part = Part(path)
        self._out = self._part.out

    def step(self, line: int) -> bool:
        """Write, or note, a message."""
        message = self._store.message(line)
        if self.kind == "pcap":
            self._selection.see(message, line in self._wanted)
            return False
        if self.kind == "JSON":
            self._out.write(encode(to_dict(message)) + b"\n")
        else:
            self._out.write(text_of(message, self._look).encode("utf-8", "backslashreplace"))
        self.written += 1
        return False

    def finish(self) -> None:
        """Complete the file and give it its name."""
        if self.kind == "pcap":
            writer = PcapWriter(self._out)
            for number in sorted(self._selection.records):
                writer.write(self._store.record_of(number))
            self.written = self._selection.messages
        self._part.finish()

    def drop(self) -> None:
        """Leave nothing behind."""
        self._part.drop()


def text_of(message: Message, look: Look) -> str:
    """A message as a title and its tree."""
    where = scope(message, names=look.names, ovs=look.ovs)
    which = f"{message.number}" if message.number is not None else "-"
    head = "  ".join(word for word in (f"{which}  record {message.record}", direction(message), family(message), cmd(message)) if word)
    lines = [f"{'  ' * (line.depth + 1)}{line.label}{': ' if line.text else ''}{line.text}" for line in outline(message, where)]
    return "\n".join([head, *lines, "", ""])
