"""The five tasks of docs/tui.md, with the keys given there; the results equal the commands' output."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import ovsdissect
from ovsdissect.tui.screens.overview import OverviewScreen
from ovsdissect.tui.screens.story import StoryScreen
from tests.recorded import path
from tests.tui.driving import driven


async def test_the_five_tasks(tmp_path: Path) -> None:
    with ovsdissect.open(path("startup")) as capture:
        misses = [message.number for message in capture.filter("ovs_packet.cmd == miss")]
        errors = [message.number for message in capture.filter("kind == error")]
        upcalls = {one.number: one for one in capture.upcalls()}
        busiest = Counter(one.in_port for one in capture.upcalls()).most_common(1)[0][1]
        inner = [message.number for message in capture.filter("ip.src == 10.1.0.2")]
    async with driven("startup") as at:
        numbers = lambda: [at.session.store.number(line) for line in at.list.shown]  # noqa: E731
        # why a packet missed, the flow, how long it took: from the miss one key
        await at.press("f", "m")
        await at.settle()
        assert numbers() == misses
        at.list.go(misses.index(2182))
        await at.pilot.pause()
        await at.press("i")
        story = at.app.screen
        assert isinstance(story, StoryScreen)
        await at.until(lambda: story.story is not None and story.lines.lines > 1)
        told = upcalls[2182]
        assert f"#{told.flow}" in at.screen()
        assert f"#{told.execute}" in at.screen()
        assert f"after {told.to_execute_ns / 1e6:.1f} ms" in at.screen()
        await at.press("escape")
        # what failed
        await at.press("f", "e")
        await at.settle()
        assert numbers() == errors
        # which port causes the most upcalls: from the start one key
        await at.press("escape", "o")
        overview = at.app.screen
        assert isinstance(overview, OverviewScreen)
        await at.until(lambda: overview.ports.lines > 0)
        assert overview.ports.figures[0].pieces[1][1].strip() == str(busiest)
        await at.press("escape")
        # a packet by its inner address
        await at.press("slash")
        await at.write("ip.src == 10.1.0.2")
        await at.press("enter")
        await at.settle()
        assert numbers() == inner
        # a part of the capture
        file = tmp_path / "part.pcap"
        await at.press("w", "s", "ctrl+u")
        at.app.screen.query_one("Input").value = str(file)  # type: ignore[attr-defined]
        await at.press("enter")
        await at.until(file.exists)
    with ovsdissect.open(file) as part:
        assert sum(1 for _ in part.filter("ip.src == 10.1.0.2")) == len(inner)
        assert sum(1 for _ in part.filter("ip.src == 10.1.0.2 && datapath == ovs-system")) == len(inner), "its names came along"
