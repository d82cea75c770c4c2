"""The interface under test: started on a capture, driven by keys, read as a screen of text."""

from __future__ import annotations

import asyncio
import contextlib
import struct
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from textual import _wait
from textual.pilot import Pilot

from ovsdissect.capture import open_capture
from ovsdissect.tui.app import OvsDissect
from ovsdissect.tui.filterbar import FilterBar
from ovsdissect.tui.hexpane import HexPane
from ovsdissect.tui.listpane import ListPane
from ovsdissect.tui.session import Session
from ovsdissect.tui.source import Source
from ovsdissect.tui.treepane import TreePane
from tests.capture.crafted import enhanced, interface, option, section
from tests.recorded import path

# Textual waits 20 ms at a time for an idle process, twice for each key; most keys are done in less
_wait.SLEEP_GRANULARITY = 1 / 250
_wait.SLEEP_IDLE = _wait.SLEEP_GRANULARITY / 20
HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 253)


class Driven:
    """A running interface."""

    def __init__(self, app: OvsDissect, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def list(self) -> ListPane:
        """The message list."""
        return self.app.capture.list_pane

    @property
    def tree(self) -> TreePane:
        """The tree of the selected message."""
        return self.app.capture.tree_pane

    @property
    def hex(self) -> HexPane:
        """Its bytes."""
        return self.app.capture.hex_pane

    @property
    def bar(self) -> FilterBar:
        """The filter's line."""
        return self.app.capture.filter_bar

    @property
    def session(self) -> Session:
        """What the screens share."""
        return self.app.session

    def part(self, name: str) -> Any:
        """A part of the capture screen."""
        return self.app.capture.parts[name]

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        await self.pilot.press(*keys)

    async def write(self, text: str) -> None:
        """Type a text."""
        await self.pilot.press(*("space" if c == " " else c for c in text))

    async def until(self, condition: Callable[[], object], seconds: float = 10.0) -> None:
        """Wait for the threads' work."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"waited in vain; the screen says:\n{self.screen()}"
            await asyncio.sleep(0.005)
        await self.pilot.pause()

    async def settle(self) -> None:
        """Wait until reading, filtering and other work are over."""
        session, screen = self.session, self.app.capture
        await self.until(
            lambda: session.source.done and session.view.done and screen.work.job is None and self.list.lines == len(session.view.lines)
        )

    def screen(self) -> str:
        """The screen as text."""
        app = self.app
        lines = app.screen._compositor.render_strips(app.size)
        return "\n".join("".join(segment.text for segment in line).rstrip() for line in lines)

    @property
    def number(self) -> int | None:
        """The number of the message under the cursor."""
        line = self.list.line
        return None if line is None else self.session.store.number(line)

    @property
    def selected(self) -> str:
        """The path selected in the tree."""
        branch = self.tree.branch
        return branch.line.path if branch else ""


@contextlib.asynccontextmanager
async def driven(
    capture: str | Path = "startup", *, size: tuple[int, int] = (120, 40), families: dict[str, int] | None = None, **named: object
) -> AsyncIterator[Driven]:
    """The interface on a bundled capture, or on a file."""
    file = capture if isinstance(capture, Path) else path(capture)
    source = Source(str(file), families=families)
    source.start()
    app = OvsDissect(source, **named)  # type: ignore[arg-type]
    async with app.run_test(size=size) as pilot:
        running = Driven(app, pilot)
        await running.settle()
        yield running
    source.close()


def attribute(number: int, payload: bytes) -> bytes:
    """A netlink attribute."""
    return struct.pack("<HH", 4 + len(payload), number) + payload + bytes(-len(payload) % 4)


def vport(name: bytes, port: int = 1) -> bytes:
    """A record with an ovs_vport NEW notification (family id 39)."""
    attrs = attribute(1, struct.pack("<I", port)) + attribute(2, struct.pack("<I", 1)) + attribute(3, name + b"\0") + attribute(5, bytes(4))
    body = struct.pack("<BBHi", 1, 1, 0, 7) + attrs
    message = struct.pack("<IHHII", 16 + len(body), 39, 0, 0, 0) + body
    return struct.pack(">HHH8xH", 4, 824, 0, 16) + message


def pcap(*records: bytes) -> bytes:
    """A capture of records, a second apart."""
    return HEADER + b"".join(struct.pack("<IIII", i, 0, len(record), len(record)) + record for i, record in enumerate(records))


def twice(file: str) -> bytes:
    """A capture in pcapng whose records were seen on two interfaces, "one" and, a day later, "two"."""
    with open_capture(file) as records:
        kept = [(record.time_ns or 0, record.data) for record in records]
    names = [interface("<", 253, 9, more=option("<", 2, name)) for name in (b"one", b"two")]
    copies = [enhanced("<", at, time_ns + at * 86_400_000_000_000, data) for at in (0, 1) for time_ns, data in kept]
    return b"".join([section("<"), *names, *copies])
