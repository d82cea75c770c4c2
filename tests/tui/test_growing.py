"""A capture that grows while it is shown: filters apply to later messages, lists have no gaps, the tree uses the names of the time."""

from __future__ import annotations

import asyncio
import contextlib
from array import array
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ovsdissect.tui.app import OvsDissect
from ovsdissect.tui.columns import Look
from ovsdissect.tui.run import light
from ovsdissect.tui.source import Source
from tests.each import none_of
from tests.tui.driving import Driven, driven, pcap, vport

FAMILIES = {"ovs_vport": 39}


@contextlib.asynccontextmanager
async def growing(file: Path, text: str = "") -> AsyncIterator[Driven]:
    """The interface on a file that somebody still writes."""
    source = Source(str(file), families=FAMILIES, follow=True)
    source.start()
    app = OvsDissect(source, text=text)
    async with app.run_test(size=(100, 30)) as pilot:
        yield Driven(app, pilot)
    source.close()


def more(file: Path, *records: bytes) -> None:
    """Records behind those that are there."""
    with file.open("ab") as out:
        out.write(pcap(*records)[24:])


async def test_a_filter_takes_what_comes_later(tmp_path: Path) -> None:
    file = tmp_path / "growing.pcap"
    file.write_bytes(pcap(vport(b"eth1", 1), vport(b"eth2", 2)))
    async with growing(file, 'ovs_vport.name == "eth2"') as at:
        await at.until(lambda: at.list.lines == 1)
        more(file, vport(b"eth3", 3), vport(b"eth2", 2))
        await at.until(lambda: at.list.lines == 2)
        assert [at.session.store.number(line) for line in at.list.shown] == [2, 4]
        assert "2 of 4" in at.screen()


async def test_no_row_stays_blank_and_follow_follows(tmp_path: Path) -> None:
    file = tmp_path / "growing.pcap"
    file.write_bytes(pcap(vport(b"first", 1)))
    async with growing(file) as at:
        await at.until(lambda: at.list.lines == 1)
        more(file, *(vport(b"later%02d" % number, number) for number in range(2, 12)))
        await at.until(lambda: at.list.lines == 11)
        await at.until(lambda: all(f"later{number:02d}" in at.screen() for number in range(2, 12)))
        assert at.list.cursor == 0, "the selection stays"
        await at.press("F")
        await at.until(lambda: at.list.cursor == 10)
        more(file, vport(b"newest", 12))
        await at.until(lambda: at.list.cursor == 11 and at.number == 12)
        assert '"newest"' in at.screen()
        await at.press("P")
        more(file, vport(b"hidden", 13))
        await at.until(lambda: "paused, 1 more" in at.screen())
        assert at.list.lines == 12
        await at.press("P")
        await at.until(lambda: at.list.lines == 13)


async def test_a_cursor_that_was_moved_stays(tmp_path: Path) -> None:
    """While a filter still looks for the line that was selected before, who moves the cursor has it."""
    async with driven("startup") as at:
        at.app.capture.leap(at.session.store.line(2182))
        at.list.awaited = at.session.store.line(3000)
        await at.press("g", "j")
        await at.pilot.pause()
        assert at.list.awaited is None
        assert at.list.cursor == 1


async def test_numbers_in_place_of_names() -> None:
    async with driven("startup", look=Look(names=False)) as at:
        at.app.capture.leap(at.session.store.line(2182))
        await at.pilot.pause()
        assert at.tree.select_path("attrs.key.in_port")
        await at.pilot.pause()
        assert "in_port: 2 " in at.screen()
        shown = [branch.line.text for branch in at.tree.branches]
        assert none_of("(v1)" in text or "in_port(v1)" in text for text in shown)
        assert "2 (v1)" not in at.screen()


async def test_sorting_turns_round_and_ends() -> None:
    async with driven("startup", text="ovs_packet.cmd == miss") as at:
        order = at.part("order")
        port = next(column for column in at.list.columns if column.name == "port")
        seen = []
        for _ in range(3):
            order.sort_by(port)
            await at.settle()
            seen.append(array("I", at.list.shown))
        ports = [[_port(at, line) for line in lines] for lines in seen]
        assert ports[0] == sorted(ports[0])
        assert ports[1] == sorted(ports[0], reverse=True)
        assert list(seen[2]) == sorted(seen[2]), "as it came"
        assert at.list.sorted is None
        order.sort_by(port)
        await at.settle()
        assert "Port▲" in at.screen()
        at.app.capture.apply("ovs_packet")
        await at.settle()
        assert "▲" not in at.screen(), "the arrow goes with the order"


def _port(at: Driven, line: int) -> int:
    return int(at.session.store.message(line)["attrs.key.in_port"].value)


async def test_sixteen_colours_are_the_terminals_own() -> None:
    async with driven("rawnl", size=(100, 30), sixteen=True) as at:
        await at.press("colon", *"124", "enter")
        await at.settle()
        for _ in range(2):
            written = "".join(strip.render(at.app.console) for strip in at.app.screen._compositor.render_strips(at.app.size))
            assert "8;2;" not in written
            assert "8;5;" not in written
            await at.press("D")
        assert at.app.theme == "ovsdissect-16"


@pytest.mark.parametrize(("sixteen", "theme"), [(True, "ovsdissect-16-light"), (False, "ovsdissect-light")])
async def test_a_light_terminal(sixteen: bool, theme: str) -> None:
    async with driven("rawnl", size=(100, 30), sixteen=sixteen, light=True) as at:
        assert at.app.theme == theme


@pytest.mark.parametrize(
    ("told", "is_light"),
    [("0;15", True), ("0;default;15", True), ("0;7", True), ("15;0", False), ("7;8", False), ("", False), ("x", False)],
)
def test_what_the_terminal_says_of_its_ground(told: str, is_light: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORFGBG", told)
    assert light() is is_light


async def test_what_is_said_stays_until_the_selection_changes() -> None:
    async with driven("startup") as at:
        at.app.capture.leap(at.session.store.line(2182))
        await at.until(lambda: at.session.findings.done)
        await at.press("r")
        await at.pilot.pause()
        assert at.number == 2185
        assert at.screen().splitlines()[-1].startswith(" the put of its flow")
        await at.press("r")
        await at.pilot.pause()
        assert at.screen().splitlines()[-1].startswith(" its execute")
        await at.press("r")
        await at.pilot.pause()
        assert at.number == 2182, "round and again"
        await at.press("j")
        await at.pilot.pause()
        assert "upcall" not in at.screen().splitlines()[-1]
        await at.press("G", "s")
        at.app.screen.query_one("Input").value = "who-has"  # type: ignore[attr-defined]
        await at.press("enter")
        await at.settle()
        await asyncio.sleep(0.05)
        assert "found, past the end of the list" in at.screen().splitlines()[-1]
