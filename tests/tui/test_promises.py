"""What the help promises of the interface as a whole: what comes later is filtered and named like the rest, a sorted list turns round,
numbers stay numbers with --no-names; where there is no terminal it is `list`, and keys come from the terminal where the capture is piped.
"""

from __future__ import annotations

import os
import shlex
import sys
import threading
from pathlib import Path

import pytest

from ovsdissect.build import build
from ovsdissect.build import pcap as built
from ovsdissect.tui import run as run_module
from ovsdissect.tui.app import OvsDissect
from ovsdissect.tui.columns import Look
from ovsdissect.tui.parts.filters import PRESETS
from ovsdissect.tui.run import able
from ovsdissect.tui.source import Source
from tests.recorded import path
from tests.tui.driving import Driven, driven, pcap, vport
from tests.tui.terminal import running
from tests.views.run import run


async def test_the_filter_holds_for_what_comes_later() -> None:
    """Of a stream: the lines that pass, of those that were there and of those that come, and no others."""
    reading, writing = os.pipe()
    data = pcap(*[vport(b"even%d" % i if i % 2 == 0 else b"odd%d" % i, i) for i in range(40)])
    half = 24 + (len(data) - 24) // 2
    os.write(writing, data[:half])
    source = Source(os.fdopen(reading, "rb", buffering=0), families={"ovs_vport": 39})
    source.start()
    app = OvsDissect(source, text='ovs_vport.name contains "even"')
    async with app.run_test(size=(100, 30)) as pilot:
        at = Driven(app, pilot)
        await at.until(lambda: at.list.lines >= 9)
        before = at.list.lines
        os.write(writing, data[half:])
        await at.until(lambda: source.store.count == 40 and at.list.lines == 20)
        assert before <= 10
        assert [source.store.number(line) for line in at.session.view.lines] == list(range(1, 41, 2))
        await at.pilot.pause()
        assert "odd" not in at.screen()
        threading.Thread(target=os.close, args=(writing,)).start()
        await at.until(lambda: source.done)
        assert at.list.lines == 20
    source.close()


async def test_a_growing_file_grows_on_the_screen(tmp_path: Path) -> None:
    """Not only in the store."""
    file = tmp_path / "grows.pcap"
    file.write_bytes(pcap(vport(b"one")))
    source = Source(str(file), families={"ovs_vport": 39}, follow=True)
    source.start()
    app = OvsDissect(source)
    async with app.run_test(size=(100, 30)) as pilot:
        at = Driven(app, pilot)
        await at.until(lambda: at.list.lines == 1)
        with file.open("ab") as more:
            more.write(pcap(vport(b"two"), vport(b"three"))[24:])
        await at.until(lambda: at.list.lines == 3)
        await at.until(lambda: '"two"' in at.screen() and '"three"' in at.screen())
    source.close()


@pytest.mark.parametrize("name", ["number", "time"])
async def test_a_sorted_list_turns_round(name: str, tmp_path: Path) -> None:
    """Once up, again down, a third time as it was."""
    file = tmp_path / "five.pcap"
    file.write_bytes(pcap(*[vport(b"p%d" % i, i) for i in range(5)]))
    async with driven(file, families={"ovs_vport": 39}) as at:
        column = next(one for one in at.list.columns if one.name == name)
        seen = []
        for _ in range(3):
            at.part("order").sort_by(column)
            await at.settle()
            await at.pilot.pause()
            seen.append([at.session.source.store.number(line) for line in at.list.shown])
        assert seen == [[1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [1, 2, 3, 4, 5]]
        assert at.list.sorted is None


async def test_a_filter_shows_the_order_of_the_capture(tmp_path: Path) -> None:
    """However the list was sorted; and the cursor returns to the message on which it was when the first of two filters was given."""
    file = tmp_path / "five.pcap"
    file.write_bytes(pcap(*[vport(b"p%d" % i, i) for i in range(5)]))
    async with driven(file, families={"ovs_vport": 39}) as at:
        column = next(one for one in at.list.columns if one.name == "number")
        for _ in range(2):
            at.part("order").sort_by(column)
            await at.settle()
        assert [at.session.source.store.number(line) for line in at.list.shown] == [5, 4, 3, 2, 1]
        assert at.app.capture.apply("number >= 2")
        await at.settle()
        assert [at.session.source.store.number(line) for line in at.list.shown] == [2, 3, 4, 5]
        assert at.list.sorted is None
        await at.press("G")
        at.list.await_line()
        at.list.cursor = 0
        at.list.await_line()
        at.list.grow()
        assert at.session.source.store.number(at.list.line) == 5


@pytest.mark.parametrize("names", [True, False])
async def test_names_or_numbers(names: bool, tmp_path: Path) -> None:
    """In the list and in the tree."""
    file = tmp_path / "named.pcap"
    port = build("ovs_vport", "new", dp_ifindex=7, port_no=2, type="netdev", name="eth-two", upcall_pid=[])
    file.write_bytes(built([port, build("ovs_packet", "miss", dp_ifindex=7, key={"in_port": 2}, packet=bytes(14))]))
    async with driven(file, size=(200, 40), look=Look(names=names)) as at:
        await at.press("G")
        await at.settle()
        text = "\n".join("".join(str(part) for part in (branch.line.label, branch.line.text)) for branch in at.tree.branches)
        assert ("eth-two" in text) is names
        row = next(line for line in at.screen().splitlines() if "miss" in line and "Filter" not in line)
        assert ("eth-two" in row) is names


class Stream:
    """A standard stream, a terminal or not."""

    def __init__(self, terminal: bool) -> None:
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize(
    ("out", "err", "keys", "tty", "term", "wanted"),
    [
        (True, True, True, True, "xterm", True),
        (False, True, True, True, "xterm", False),  # output into a pipe or a file
        (True, False, True, True, "xterm", False),
        (True, True, False, True, "xterm", True),  # the capture is piped in, keys come from the terminal
        (True, True, False, False, "xterm", False),  # there is none to read keys from
        (True, True, True, True, "dumb", False),
    ],
)
def test_where_the_interface_can_be(
    monkeypatch: pytest.MonkeyPatch, out: bool, err: bool, keys: bool, tty: bool, term: str, wanted: bool
) -> None:
    monkeypatch.setenv("TERM", term)
    for name, terminal in (("stdout", out), ("stderr", err), ("stdin", keys)):
        monkeypatch.setattr(sys, name, Stream(terminal))
    monkeypatch.setattr(run_module.os.path, "exists", lambda path: tty)
    found = able()
    monkeypatch.undo()
    assert found is wanted


def test_the_drops_are_the_packets_that_went_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 202 misses: for 24 a flow that drops was put and nothing executed, for 4 the EXECUTE has no action."""
    (drops,) = (one.note for one in PRESETS if one.name == "drops")

    def numbers(wanted: str) -> list[int]:
        return [int(line.split()[0]) for line in run(monkeypatch, "list", path("tunnels"), "-q", "-Y", wanted).out.splitlines()]

    dropped = numbers(drops)
    assert len(dropped) == 24 + 4
    assert {5585, 7109} <= set(dropped)
    assert 15130 in numbers("ovs_packet.cmd == miss")
    assert 15130 not in dropped, "its flow was refused, and its packet sent to v1 by message 15134"


def test_without_a_terminal_it_is_list(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, path("startup"), "-q", "-c", 5) == run(monkeypatch, "list", path("startup"), "-q", "-c", 5)
    said = run(monkeypatch, "tui", path("startup"))
    assert (said.code, said.out, said.err) == (2, b"", "ovsdissect: standard output is not a terminal: use `ovsdissect list`\n")


def test_a_wrong_filter_is_told_before_any_screen_appears(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "able", lambda: True)
    monkeypatch.setattr(run_module, "run", lambda *given, **options: 0)
    said = run(monkeypatch, "tui", "-Y", "arp && key.in_prt == 3", path("startup"))
    assert (said.code, said.out) == (2, b"")
    place = len("  arp && ")
    assert said.err.splitlines()[-2:] == ["  arp && key.in_prt == 3", " " * place + "^" * len("key.in_prt")]


def test_with_a_terminal_it_is_the_interface() -> None:
    with running(str(path("startup")), "--no-config") as terminal:
        terminal.until(lambda: b"1,741 of 3,591" in terminal.drawn)
        terminal.send("q")
        terminal.until(terminal.ended)
        assert terminal.status == 0


def test_keys_come_from_the_terminal_where_the_capture_is_piped(tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    before = f"gzip -dc {shlex.quote(str(path('startup')))} | "
    with running("-", "--no-config", before=before) as terminal:
        terminal.until(lambda: b"1,741 of 3,591" in terminal.drawn)
        terminal.send(f":2182\rwo{file}\r")
        terminal.until(file.exists)
        terminal.send("q")
        terminal.until(terminal.ended)
        assert terminal.status == 0
    assert b'"number":2182,' in file.read_bytes()


async def test_what_drops_looks_unlike_what_forwards() -> None:
    """In the list of a wide screen, where actions have a column."""
    async with driven("frag") as at:
        pane = at.list
        drops, others = set(), set()
        for row in range(pane.lines):
            *_, (text, style, _control) = pane.segments(row)
            (drops if text == "drop" else others).add(style)
        assert pane.palette["drop"] in drops
        assert pane.palette["outputs"] in others
        assert pane.palette["drop"] not in others
        assert pane.palette["outputs"] not in drops
