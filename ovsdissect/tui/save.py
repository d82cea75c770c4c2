"""Saves messages to a file: pcap or pcapng (with the records that name their families), JSON or text, according to its suffix."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ovsdissect.api import Message
from ovsdissect.carve.pcap import PcapWriter
from ovsdissect.carve.pcapng import PcapngWriter
from ovsdissect.carve.selection import Selection
from ovsdissect.errors import OutputError
from ovsdissect.families import NLCTRL
from ovsdissect.files import Part, check
from ovsdissect.json.encoding import encode
from ovsdissect.json.jsonline import to_dict
from ovsdissect.problem import counted
from ovsdissect.text.outline import outline
from ovsdissect.text.rows import cmd, direction, family
from ovsdissect.text.values import scope
from ovsdissect.tui.columns import Look
from ovsdissect.tui.store import Store

NAMING: Final = ("ovs_datapath", "ovs_vport")  # families whose messages name datapaths and ports
CAPTURES: Final = ("pcap", "pcapng")
KINDS: Final = {".pcap": "pcap", ".pcapng": "pcapng", ".json": "JSON", ".jsonl": "JSON", ".txt": "text"}


def wrong(path: str) -> str:
    """Why a file cannot have this name; "" if it can."""
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
    """One file being written: begin() returns the lines to visit, step() writes one, finish() completes the file, drop() discards it.

    A capture also gets the records that name the families, datapaths and ports of its messages.  told: what was written.
    """

    def __init__(self, path: str, store: Store, look: Look) -> None:
        self.path = path
        self.kind = KINDS[Path(path).suffix.lower()]
        self.written = 0
        self.told = ""
        self._store, self._look = store, look
        self._wanted: frozenset[int] = frozenset()
        self._selection = Selection()
        self._names = Names()
        self._part = Part(path)
        self._out = self._part.out

    def begin(self, wanted: Sequence[int]) -> list[int]:
        """The lines to visit for the wanted ones."""
        self._wanted = frozenset(wanted)
        if self.kind not in CAPTURES:
            return sorted(wanted)
        naming = (line for name in (NLCTRL.name, *NAMING) for line in self._store.of_family(name))
        return sorted(self._wanted.union(naming))

    def step(self, line: int) -> None:
        """Write, or note, a message."""
        message = self._store.message(line)
        if self.kind in CAPTURES:
            self._selection.see(message, line in self._wanted)
            self._names.see(message, line in self._wanted)
            return
        if self.kind == "JSON":
            self._out.write(encode(to_dict(message)) + b"\n")
        else:
            self._out.write(text_of(message, self._look).encode("utf-8", "backslashreplace"))
        self.written += 1

    def finish(self) -> None:
        """Complete the file and rename it."""
        self.told = f"{counted(self.written, 'message', grouped=True)} as {self.kind}"
        if self.kind in CAPTURES:
            writer = PcapWriter(self._out) if self.kind == "pcap" else PcapngWriter(self._out, self._store.interfaces)
            own = len(self._selection.records)
            records = self._selection.records | self._names.records
            table = self._store.table
            messages = sum(table.first(number) - table.first(number - 1) for number in records)
            for number in sorted(records):
                writer.write(self._store.record_of(number))
            writer.finish()
            self.written = self._selection.messages
            beside = f", with {len(records) - own:,} that name ports and datapaths" if len(records) > own else ""
            held = f"{counted(len(records), 'record', grouped=True)} of {counted(messages, 'message', grouped=True)}"
            self.told = f"{counted(self.written, 'message', grouped=True)} as {self.kind}: {held}{beside}"
        self._part.finish()

    def drop(self) -> None:
        """Discard the file."""
        self._part.drop()


class Names:
    """Finds the records that name the datapaths and ports of the wanted messages.  It is fed messages in order.

    records: their numbers: for each name the first record with it, and each record that changes it.
    """

    def __init__(self) -> None:
        self.records: set[int] = set()
        self._told: dict[tuple[int, int], dict[tuple[int | None, str], int]] = {}
        self._datapaths: set[tuple[int, int]] = set()  # of each conversation

    def see(self, message: Message, wanted: bool) -> None:
        """The next message."""
        datapath = message.conversation, message.dp_ifindex or 0
        if wanted and datapath[1] and datapath not in self._datapaths:
            self._datapaths.add(datapath)
            self.records.update(self._told.get(datapath, {}).values())
        if message.family not in NAMING or message.direction != "to-user" or not datapath[1] or message.attrs is None:
            return
        name, port = message.attrs.child("name"), message.attrs.child("port_no")
        if name is None or (message.family == NAMING[1] and port is None):
            return
        which = (port.raw if port is not None else None, str(name.value))
        known = self._told.setdefault(datapath, {})
        if which not in known:
            known[which] = message.record
            if datapath in self._datapaths:
                self.records.add(message.record)


def text_of(message: Message, look: Look) -> str:
    """A message as a title and its tree."""
    where = scope(message, names=look.names, ovs=look.ovs)
    which = f"{message.number}" if message.number is not None else "-"
    head = "  ".join(word for word in (f"{which}  record {message.record}", direction(message), family(message), cmd(message)) if word)
    lines = [f"{'  ' * (line.depth + 1)}{line.label}{': ' if line.text else ''}{line.text}" for line in outline(message, where)]
    return "\n".join([head, *lines, "", ""])
