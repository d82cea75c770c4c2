"""The filter bar: input is checked while it is typed, completed, and remembered."""

from __future__ import annotations

from pathlib import Path

from ovsdissect.tui.filterbar import History
from tests.tui.driving import driven


async def test_judged_and_completed() -> None:
    async with driven("startup", size=(100, 30)) as at:
        bar = at.bar
        await at.press("slash")
        await at.write("ovs_packet.cmd == mis")
        await at.pilot.pause()
        assert bar.input.has_class("-bad")
        assert [item.text for item in bar.offers.items] == ["miss"]
        await at.press("down", "enter")
        await at.pilot.pause()
        assert bar.input.value == "ovs_packet.cmd == miss"
        assert bar.input.has_class("-good")
        await at.press("enter")
        await at.settle()
        assert at.list.lines == 9


async def test_error_stands_under_its_place() -> None:
    async with driven("startup", size=(100, 30)) as at:
        await at.press("slash")
        await at.write("ovs_packet && nothing == 1")
        await at.press("enter")
        await at.pilot.pause()
        line = at.screen().splitlines()[2]
        assert line.index("^") == at.bar.INDENT + len("ovs_packet && ")
        assert at.session.text == "", "a wrong filter is not applied"


async def test_history() -> None:
    async with driven("startup") as at:
        bar = at.bar
        for text in ("ovs_packet", "ovs_flow"):
            await at.press("slash")
            bar.input.value = text
            await at.press("enter")
            await at.settle()
        await at.press("slash")
        bar.offers.hide()
        await at.press("up")
        assert bar.input.value == "ovs_flow"
        await at.press("up")
        assert bar.input.value == "ovs_packet"
        await at.press("down", "down")
        assert bar.input.value == "ovs_flow"


def test_history_file(tmp_path: Path) -> None:
    file = tmp_path / "state" / "filters"
    History(file).add("a == 1")
    again = History(file)
    again.add("b == 2")
    again.add("a == 1")
    assert History(file).texts == ["b == 2", "a == 1"]
    file.write_bytes(b"\xff\xfe")
    assert History(file).texts == []


async def test_a_slice_that_is_none_is_only_wrong() -> None:
    async with driven("startup", size=(100, 30)) as at:
        await at.press("slash")
        await at.write("packet[a] == 1")
        await at.pilot.pause()
        assert at.bar.input.has_class("-bad")
        assert "is no range of bytes" in at.screen()
