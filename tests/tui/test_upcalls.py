"""The story of an upcall, the overview and the flow table show what `ovsdissect upcalls`, `flows` and `report` print."""

from __future__ import annotations

from pathlib import Path

import ovsdissect
from ovsdissect.tui.dialogs import Page
from ovsdissect.tui.figures import Figure
from ovsdissect.tui.screens.flows import KEYS as FLOW_KEYS
from ovsdissect.tui.screens.flows import FlowsScreen
from ovsdissect.tui.screens.overview import KEYS as OVERVIEW_KEYS
from ovsdissect.tui.screens.overview import OverviewScreen
from ovsdissect.tui.screens.story import KEYS as STORY_KEYS
from ovsdissect.tui.screens.story import StoryScreen
from ovsdissect.tui.stories import story
from tests.each import all_of
from tests.recorded import path
from tests.tui.driving import Driven, driven, twice

# of startup, as the log of ovs-vswitchd has it: an ARP request that is flooded
MISS, PUT, EXECUTE, DELETED = 2182, 2185, 2186, 3089


async def _to(at: Driven, number: int) -> None:
    at.app.capture.leap(at.session.store.line(number))
    await at.pilot.pause()


async def _story(at: Driven) -> StoryScreen:
    screen = at.app.screen
    assert isinstance(screen, StoryScreen)
    await at.until(lambda: screen.story is not None and screen.lines.lines > 1)
    return screen


async def test_the_story_names_the_flow_in_the_way() -> None:
    """#5591 refuses the put #5590 with EEXIST: the flow that #5586 put is there."""
    async with driven("tunnels") as at:
        await _to(at, 5590)
        await at.press("i")
        screen = await _story(at)
        assert screen.story is not None
        assert 5586 in {line.number for line in screen.story.lines}
        (line,) = (one for one in screen.story.lines if "in the way" in one.pieces[0][1])
        assert (line.number, line.pieces[2][1]) == (5586, "42673198-02e9-474a-9880-e8cd3d64efdb")


async def test_whatever_names_a_flow_tells_the_story_of_its_upcall() -> None:
    """In tunnels, #5294 puts a flow for the miss #5291, and #5300 of a dump counts it; #5591 answers the put #5590; #5292 is a poll."""
    async with driven("tunnels") as at:
        await at.until(lambda: at.session.findings.done)
        for number, told in ((5300, {5291, 5294, 5295, 5300}), (5591, {5586, 5590, 5591})):
            made = story(at.session, at.session.findings, number)
            assert made.title.startswith("Miss "), number
            assert told <= {line.number for line in made.lines}, number
        (line,) = (one for one in story(at.session, at.session.findings, 5291).lines if one.pieces[0][1].startswith("flow before"))
        assert line.pieces[1][1] == "none with this ufid in the capture", "#5291 is the first upcall of the recording"
        (line,) = story(at.session, at.session.findings, 5292).lines
        assert line.pieces[1][1] == "this message is about no single packet or flow"


async def test_the_story_is_one_key_away_from_each_of_its_messages() -> None:
    async with driven("startup") as at:
        for number in (MISS, PUT, EXECUTE, DELETED):
            await _to(at, number)
            await at.press("i")
            screen = await _story(at)
            assert screen.story is not None
            told = {line.number for line in screen.story.lines}
            assert {MISS, PUT, EXECUTE, DELETED} <= told, number
            shown = at.screen()
            assert "after 13.9 ms" in shown
            assert "1 of 2 in its batch" in shown
            assert "handler 0x8d9c823e" in shown
            assert "lived 10.3 s" in shown
            assert screen.story.lines[screen.lines.cursor].number == number, "it begins at the message that was asked for"
            await at.press("escape")
        await at.press("i")
        screen = await _story(at)
        assert screen.story is not None
        screen.lines.go(next(at for at, line in enumerate(screen.story.lines) if line.number == EXECUTE))
        await at.press("enter")
        await at.pilot.pause()
        assert at.number == EXECUTE
        await at.press("i")
        await _story(at)
        await at.press("i")
        assert not isinstance(at.app.screen, StoryScreen)
        await at.press("i", "q")
        assert not isinstance(at.app.screen, StoryScreen)


async def test_round_an_upcall_and_through_a_filter() -> None:
    async with driven("startup") as at:
        at.app.capture.apply("ovs_packet.cmd == miss")
        await at.settle()
        await _to(at, MISS)
        await at.press("r")
        await at.until(lambda: at.number == PUT)
        assert "filtered out" in at.screen()
        for number in (EXECUTE, MISS, PUT):
            await at.press("r")
            await at.until(lambda number=number: at.number == number)
        await at.press("ctrl+r")
        await at.settle()
        assert at.session.text == "ovs_packet.cmd == miss"


async def test_columns_of_upcalls() -> None:
    async with driven("startup") as at:
        for name in ("answer", "latency", "answered-by"):
            at.part("columns").toggle(name)
        at.session.findings.start()
        await at.until(lambda: at.session.findings.done)
        at.app.capture.apply("ovs_packet.cmd == miss")
        await at.settle()
        await _to(at, MISS)
        row = next(line for line in at.screen().splitlines() if line.lstrip().startswith(str(MISS)))
        assert "flow+execute" in row
        assert "13.9 ms" in row
        assert str(EXECUTE) in row
        latency = next(column for column in at.list.columns if column.name == "latency")
        at.part("order").sort_by(latency)
        await at.settle()
        with ovsdissect.open(path("startup")) as capture:
            expected = [one.number for one in sorted(capture.upcalls(), key=lambda one: (one.to_execute_ns or 0, one.number))]
        assert [at.session.store.number(line) for line in at.list.shown] == expected


async def _overview(at: Driven) -> OverviewScreen:
    await at.press("o")
    screen = at.app.screen
    assert isinstance(screen, OverviewScreen)
    await at.until(lambda: screen.verdicts.lines > 0)
    return screen


async def test_every_figure_leads_to_its_messages() -> None:
    async with driven("tunnels") as at:
        screen = await _overview(at)
        with ovsdissect.open(path("tunnels")) as capture:
            upcalls, ports, errors = list(capture.upcalls()), capture.ports(), capture.errors()
        assert len(screen.ports.figures) == len(ports)
        assert len(screen.errors.figures) == len(errors)
        figures: list[tuple[Figure, int | None]] = []
        for pane in (screen.ports, screen.answers, screen.errors, screen.latency):
            for figure in pane.figures:
                count = figure.pieces[1 if pane in (screen.ports, screen.latency) else 0][1].strip() if len(figure.pieces) > 1 else ""
                figures.append((figure, int(count.replace(",", "")) if count else None))
        figures += [(figure, None) for figure in screen.verdicts.figures if figure.filter]
        answers = sum(count or 0 for figure, count in figures if "upcall.answer" in figure.filter)
        assert answers == len(upcalls)
        await at.press("escape")
        for figure, count in figures:
            assert at.app.capture.apply(figure.filter), figure.filter
            await at.settle()
            if count is not None:
                assert at.list.lines == count, figure.filter
            else:
                assert at.list.lines > 0, figure.filter


async def test_a_verdict_on_many_messages_leads_to_all_of_them() -> None:
    async with driven("slowpath", size=(80, 24)) as at:
        screen = await _overview(at)
        (figure,) = (one for one in screen.verdicts.figures if "took the slow path" in one.pieces[1][1])
        assert figure.pieces[1][1].startswith("1,443 packets")
        assert at.screen().splitlines()[-1].strip() == "Enter messages  v in full  Tab next part  T flows  Esc back  ? help"
        await at.press("enter")
        await at.settle()
        assert at.list.lines == 1443


async def test_figures_of_several_interfaces_are_told_apart(tmp_path: Path) -> None:
    """A recording twice in one file, as if two hosts had been recorded: the counts of each are those of the recording."""
    with ovsdissect.open(path("upcall-pid")) as capture:
        counts = sorted(port.upcalls for port in capture.ports())
    file = tmp_path / "two.pcapng"
    file.write_bytes(twice(path("upcall-pid")))
    async with driven(file) as at:
        screen = await _overview(at)
        told = [(int(one.pieces[1][1].replace(",", "")), one.pieces[-1][1].strip(), one.filter) for one in screen.ports.figures]
        for place, name in enumerate(("one", "two")):
            assert sorted(count for count, named, _ in told if named == name) == counts
            assert all_of(wanted.endswith(f"frame.interface_id == {place}") for _, named, wanted in told if named == name)


async def test_overview_keys_and_the_way_back() -> None:
    assert [key.action for key in OVERVIEW_KEYS] == ["choose", "whole", "next(1)", "next(-1)", "side", "leave"]
    async with driven("tunnels", size=(120, 40)) as at:
        at.app.capture.apply("!nlctrl")
        await at.settle()
        screen = await _overview(at)
        assert "complete: yes" in at.screen()
        assert screen.verdicts.has_focus
        await at.press("v")
        page = at.app.screen
        assert isinstance(page, Page)
        told = [text for _, text in screen.verdicts.figures[0].pieces]
        assert [text for row in page.pane.pieces for _, text in row] == told
        await at.press("escape", "tab")
        assert screen.time.has_focus
        await at.press("left", "left", "right", "enter")
        await at.settle()
        assert "time_relative >= " in at.session.text
        await at.press("escape")
        await at.until(lambda: isinstance(at.app.screen, OverviewScreen))
        assert at.session.text == "!nlctrl", "the filter before is there again"
        await at.press("shift+tab")
        again = at.app.screen
        assert isinstance(again, OverviewScreen)
        assert again.errors.has_focus
        await at.until(lambda: again.errors.lines > 0)
        await at.press("enter")
        await at.settle()
        assert at.list.lines == 6
        await at.press("escape")
        await at.until(lambda: isinstance(at.app.screen, OverviewScreen))
        await at.press("q")
        assert not isinstance(at.app.screen, OverviewScreen)


async def test_the_overview_follows_the_filter() -> None:
    async with driven("tunnels") as at:
        at.app.capture.apply("ovs_packet.key.in_port == 1 || upcall.answer == \"refused+execute\"")
        await at.settle()
        screen = await _overview(at)
        with ovsdissect.open(path("tunnels")) as capture:
            count = sum(one.in_port == 1 or one.answer == "refused+execute" for one in capture.upcalls())
        shown = sum(int(figure.pieces[0][1].replace(",", "")) for figure in screen.answers.figures if figure.filter)
        assert shown == count


async def test_the_flow_table_at_a_message() -> None:
    assert [key.action for key in FLOW_KEYS] == ["choose", "history", "whole", "sort", "turn", "leave"]
    async with driven("startup", size=(160, 40)) as at:
        await _to(at, 1)
        await at.press("T")
        await at.until(lambda: "No flow is known at this time" in at.screen())
        await at.press("escape")
        await _to(at, 2196)
        await at.press("T")
        screen = at.app.screen
        assert isinstance(screen, FlowsScreen)
        await at.until(lambda: screen.pane.lines > 0)
        with ovsdissect.open(path("startup")) as capture:
            expected = [flow.number for flow in capture.flows(at="@2196")]
        assert [flow.number for flow in screen.pane.flows] == expected
        await at.press("R")
        assert [flow.number for flow in screen.pane.flows] == expected[::-1]
        await at.press("s")
        assert "Time▼" in at.screen()
        await at.press("v")
        page = at.app.screen
        assert isinstance(page, Page)
        whole = "".join(text for row in page.pane.pieces for _, text in row[1:])
        assert all_of(text in whole for text in screen.table.texts(screen.pane.flows[0]))
        await at.press("escape", "R", "u")
        await at.settle()
        assert at.session.text.startswith("ovs_flow.ufid == ")
        await at.press("escape")
        await at.until(lambda: isinstance(at.app.screen, FlowsScreen))
        again = at.app.screen
        assert isinstance(again, FlowsScreen)
        await at.until(lambda: again.pane.lines > 0)
        await at.press("g", "enter")
        await at.pilot.pause()
        assert at.number in expected
        await at.press("T", "escape")
        assert not isinstance(at.app.screen, FlowsScreen)


def test_story_keys_are_tested() -> None:
    assert [key.keys for key in STORY_KEYS] == ["enter", "v", "escape,q,i"]


async def test_a_story_can_be_read_in_full() -> None:
    async with driven("tunnels", size=(80, 24)) as at:
        await _to(at, 5291)
        await at.press("i")
        screen = at.app.screen
        assert isinstance(screen, StoryScreen)
        await at.until(lambda: screen.story is not None and screen.lines.lines > 5)
        assert "…" in at.screen()
        actions = next(line.pieces[1][1] for line in screen.story.lines if "actions" in line.pieces[0][1])
        assert actions.startswith("br0,v1,set(tunnel("), "ports by their names, as in the list"
        await at.press("v")
        whole = "".join(text for row in screen.lines.pieces for _, text in row[1:])
        assert actions in whole
        assert all_of(sum(len(text) for _, text in row) <= screen.lines.width for row in screen.lines.pieces)
        await at.press("v")
        assert screen.lines.lines == len(screen.story.lines)
