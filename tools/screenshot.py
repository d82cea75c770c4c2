"""Makes docs/screenshot.svg from the running interface on a bundled capture, so that the picture in the README never lies."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ovsdissect.tui.app import OvsDissect
from ovsdissect.tui.source import Source

ROOT = Path(__file__).parent.parent
CAPTURE = ROOT / "captures" / "tunnels.pcap.gz"
FILTER = "ovs_packet || ovs_flow.cmd == new && direction == to-kernel && !ovs_flow.probe"
SELECTED = "attrs.key.tunnel"
SIZE = (132, 42)


async def picture() -> str:
    """The screen as SVG: a packet that came up from a tunnel, its tunnel key selected."""
    source = Source(str(CAPTURE))
    source.start()
    app = OvsDissect(source, text=FILTER)
    async with app.run_test(size=SIZE) as pilot:
        while not (source.done and app.session.view.done and app.capture.list_pane.lines == len(app.session.view.lines)):
            await pilot.pause(0.05)
        for row in range(app.capture.list_pane.lines):
            app.capture.list_pane.go(row, middle=True)
            await pilot.pause()
            message, tree = app.session.message, app.capture.tree_pane
            found = [i for i, branch in enumerate(tree.branches) if branch.line.path == SELECTED]
            if found and message is not None and message.command is not None and message.command.name == "miss":
                tree.select(found[0])
                app.capture.action_to_pane("tree")
                await pilot.pause()
                break
        await pilot.pause(0.2)
        return app.export_screenshot(title="ovsdissect tunnels.pcap.gz")


if __name__ == "__main__":
    (ROOT / "docs" / "screenshot.svg").write_text(asyncio.run(picture()), "utf-8")
