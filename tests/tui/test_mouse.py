"""The mouse: a click selects, the wheel scrolls, a column's name sorts, a byte leads to its field, the scrollbar is dragged."""

from __future__ import annotations

from textual.events import MouseScrollDown

from tests.tui.driving import driven


async def test_mouse() -> None:
    async with driven("startup") as at:
        app = at.app
        await at.pilot.click(app.capture.list_pane, offset=(20, 5))
        assert app.capture.list_pane.cursor == 5
        await at.pilot.click(app.capture.list_pane, offset=(20, 6), times=2)
        assert app.capture.list_pane.cursor == 6
        assert app.focused is app.capture.tree_pane
        last = len(app.capture.tree_pane.seen)
        await at.pilot.click(app.capture.tree_pane, offset=(0, last))
        assert len(app.capture.tree_pane.seen) > last, "a click on the sign of the header unfolds"
        await at.pilot.click(app.capture.hex_pane, offset=(1 + 6, 1 + 2))
        assert app.capture.hex_pane.at == 16
        assert at.selected == "nlmsg.len"
        app.capture.list_pane.post_message(MouseScrollDown(app.capture.list_pane, 5, 5, 0, 1, 0, False, False, False, 5, 5))
        await at.pilot.pause()
        assert app.capture.list_pane.top == 3
        assert app.capture.list_pane.cursor == 6
        await at.pilot.click(app.capture.list_pane, offset=(app.capture.list_pane.width, app.capture.list_pane.page - 1))
        assert app.capture.list_pane.top > 1000, "the scrollbar leads to the end"
        await at.pilot.click(app.capture.heads, offset=(2, 0))
        await at.settle()
        assert app.capture.list_pane.sorted == ("number", False)
        await at.pilot.click("#filter")
        assert app.focused is app.capture.filter_bar.input
