"""What the screen shows, as text and, colours included, as SVG: snapshots in snapshots/, written anew with --update."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.each import all_of
from tests.tui.driving import driven
from tools import screenshot

SNAPSHOTS = Path(__file__).parent / "snapshots"

# name: (capture, size, keys)
SCREENS = {
    "small": ("startup", (80, 24), ["slash", *"ovs_packet.cmd", "space", *"==", "space", *"miss", "enter", "2", *["down"] * 3]),
    "small-bytes": ("startup", (80, 24), ["colon", *"1009", "enter", "3", "right"]),
    "usual": ("startup", (120, 40), ["colon", *"2186", "enter", "2", *["down"] * 6]),
    "wide": ("tunnels", (200, 60), ["f", "a"]),
    "errors": ("rawnl", (120, 30), ["colon", *"125", "enter", "2"]),
    "completion": ("startup", (100, 24), ["slash", *"key.ipv4."]),
    "wrong-filter": ("startup", (100, 24), ["slash", *"key.ipv4.sorc", "space", *"==", "space", *"1", "enter"]),
    "no-match": ("startup", (100, 24), ["slash", *"frame.len", "space", ">", "space", *"60000", "enter"]),
    "help": ("startup", (100, 70), ["question_mark"]),
    "low": ("startup", (100, 12), []),
}


# those whose colours count: kinds of rows, problems, the highlighted bytes
PICTURES = ("small-bytes", "usual", "errors")


async def test_the_readme_shows_the_screen_as_it_is() -> None:
    assert await screenshot.picture() == (screenshot.ROOT / "docs" / "screenshot.svg").read_text("utf-8"), "run make screenshot"


@pytest.mark.parametrize("name", SCREENS)
async def test_screen(name: str, update: bool) -> None:
    capture, size, keys = SCREENS[name]
    async with driven(capture, size=size) as at:
        await at.press(*keys)
        await at.settle()
        shown = at.screen() + "\n"
        taken = {"txt": shown}
        if name in PICTURES:
            taken["svg"] = at.app.export_screenshot(title=name)
    for suffix, content in taken.items():
        file = SNAPSHOTS / f"{name}.{suffix}"
        if update:
            file.write_text(content, "utf-8")
        assert content == file.read_text("utf-8")
    assert all_of(len(line) <= size[0] for line in shown.splitlines())
    assert len(shown.splitlines()) == size[1]


async def test_without_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with driven("rawnl", size=(100, 30)) as at:
        await at.press("colon", *"124", "enter")
        await at.settle()
        written = "".join(strip.render(at.app.console) for strip in at.app.screen._compositor.render_strips(at.app.size))
        row = at.screen().splitlines()[4 + at.list.cursor - at.list.top]
    assert "\x1b[7;39;49m" in written, "the cursor is seen without colours"
    assert "38;" not in written.replace("7;39;49", "")
    assert "48;" not in written
    assert row.startswith(" !124"), "a problem is seen without colours"
