"""Every key of the help does what the help says: one check a key, and none may be missing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ovsdissect.tui.app import KEYS as OWN
from ovsdissect.tui.dialogs import Menu, Page, Prompt
from ovsdissect.tui.help import all_keys
from ovsdissect.tui.keys import Key
from tests.each import all_of
from tests.tui.driving import Driven, driven

KEYS = [key for key, _ in all_keys(OWN)]
Check = Callable[[Driven, str, Path], Awaitable[None]]
CHECKS: dict[str, Check] = {}


def checks(action: str) -> Callable[[Check], Check]:
    """Registers the check of an action."""

    def register(function: Check) -> Check:
        CHECKS[action] = function
        return function

    return register


async def _from(at: Driven, row: int, key: str) -> int:
    at.app.capture.action_to_pane("list")
    at.list.go(row)
    await at.pilot.pause()
    await at.press(key)
    return at.list.cursor


def moves(action: str, start: int, end: Callable[[Driven], int]) -> None:
    """The check of a key that only moves the list's cursor."""

    @checks(action)
    async def check(at: Driven, key: str, folder: Path) -> None:
        assert await _from(at, start, key) == end(at)


moves("move(-1)", 5, lambda at: 4)
moves("move(1)", 5, lambda at: 6)
moves("page(-1)", 100, lambda at: 101 - at.list.page)
moves("page(1)", 5, lambda at: 4 + at.list.page)
moves("page(-0.5)", 100, lambda at: 100 - at.list.page // 2)
moves("page(0.5)", 5, lambda at: 5 + at.list.page // 2)
moves("first", 50, lambda at: 0)
moves("last", 5, lambda at: at.list.lines - 1)


@checks("side(-1)")
async def _(at: Driven, key: str, folder: Path) -> None:
    at.list.shift = 16
    await at.press(key)
    assert at.list.shift == 8
    await at.press("2", "G", "l", "l")
    assert at.selected == "nlmsg.len"
    await at.press(key)
    assert at.selected == "nlmsg", "up to what is above"
    await at.press(key)
    assert "  len: " not in at.screen(), "folded"
    await at.press("3")
    at.hex.pick(20)
    await at.press(key)
    assert at.hex.at == 19


@checks("side(1)")
async def _(at: Driven, key: str, folder: Path) -> None:
    at.list.shift = 0
    await at.press(key)
    assert at.list.shift == 8
    await at.press("h", "2", "G", key)
    assert at.selected == "nlmsg"
    assert "  len: " in at.screen(), "unfolded"
    await at.press(key)
    assert at.selected == "nlmsg.len"


@checks("choose")
async def _(at: Driven, key: str, folder: Path) -> None:
    await at.press(key)
    assert at.app.focused is at.tree
    await at.press("G", key)
    assert "  len: " in at.screen()
    await at.press(key, "3", key)
    assert at.app.focused is at.tree


@checks("pane(1)")
async def _(at: Driven, key: str, folder: Path) -> None:
    for pane in (at.tree, at.hex, at.list):
        await at.press(key)
        assert at.app.focused is pane


@checks("pane(-1)")
async def _(at: Driven, key: str, folder: Path) -> None:
    for pane in (at.hex, at.tree, at.list):
        await at.press(key)
        assert at.app.focused is pane


@checks("to_pane('list')")
async def _(at: Driven, key: str, folder: Path) -> None:
    await at.press("2", key)
    assert at.app.focused is at.list


@checks("to_pane('tree')")
async def _(at: Driven, key: str, folder: Path) -> None:
    await at.press(key)
    assert at.app.focused is at.tree


@checks("to_pane('hex')")
async def _(at: Driven, key: str, folder: Path) -> None:
    await at.press(key, "right")
    assert at.app.focused is at.hex


@checks("zoom")
async def _(at: Driven, key: str, folder: Path) -> None:
    low = at.list.page
    await at.press(key)
    await at.until(lambda: at.list.page > low)
    await at.press("2")
    await at.until(lambda: at.tree.page > 30)
    await at.press(key)
    await at.until(lambda: at.list.page == low)


@checks("grow(1)")
async def _(at: Driven, key: str, folder: Path) -> None:
    before = at.list.page
    await at.press(key)
    await at.until(lambda: at.list.page > before)
    await at.press("minus")


@checks("grow(-1)")
async def _(at: Driven, key: str, folder: Path) -> None:
    before = at.list.page
    await at.press(key)
    await at.until(lambda: at.list.page < before)
    await at.press("plus")


@checks("unfold_all")
async def _(at: Driven, key: str, folder: Path) -> None:
    await at.press("2", key)
    assert len(at.tree.seen) == len(at.tree.branches)


@checks("fold_all")
async def _(at: Driven, key: str, folder: Path) -> None:
    await at.press("2", key)
    assert all_of(at.tree.branches[i].line.depth == 0 for i in at.tree.seen)


@checks("filter")
async def _(at: Driven, key: str, folder: Path) -> None:
    await at.press(key)
    await at.write("ovs_packet.cm")
    await at.press("tab")
    await at.write(" == miss")
    await at.press("enter")
    await at.settle()
    assert at.session.text == "ovs_packet.cmd == miss"
    assert at.list.lines == 9
    await at.press(key, "x", "escape", "escape")
    assert at.bar.input.value == at.session.text or not at.session.text


@checks("presets")
async def _(at: Driven, key: str, folder: Path) -> None:
    await at.press(key)
    assert isinstance(at.app.screen, Menu)
    await at.press("x")
    await at.settle()
    assert at.session.text == "ovs_packet.cmd == execute"
    assert "execute" in at.screen()


async def _select(at: Driven, filter_text: str, path: str) -> None:
    at.app.capture.apply(filter_text)
    await at.settle()
    tree = at.tree
    tree.select(next(i for i, branch in enumerate(tree.branches) if branch.line.path == path))
    await at.pilot.pause()


@checks("field('')")
async def _(at: Driven, key: str, folder: Path) -> None:
    await _select(at, "ovs_packet.cmd == miss", "attrs.key.in_port")
    await at.press(key)
    await at.settle()
    assert at.session.text == "ovs_packet.key.in_port == 2"


@checks("field('&&')")
async def _(at: Driven, key: str, folder: Path) -> None:
    await _select(at, "ovs_packet.cmd == miss", "attrs.key.in_port")
    await at.press(key)
    await at.settle()
    assert at.session.text == "(ovs_packet.cmd == miss) && ovs_packet.key.in_port == 2"


@checks("field('||')")
async def _(at: Driven, key: str, folder: Path) -> None:
    await _select(at, "ovs_packet.cmd == miss", "attrs.key.in_port")
    await at.press(key)
    await at.settle()
    assert at.session.text == "(ovs_packet.cmd == miss) || ovs_packet.key.in_port == 2"


@checks("field('!')")
async def _(at: Driven, key: str, folder: Path) -> None:
    await _select(at, "ovs_packet.cmd == miss", "attrs.key.in_port")
    await at.press(key)
    await at.settle()
    assert at.session.text == "(ovs_packet.cmd == miss) && !(ovs_packet.key.in_port == 2)"


@checks("same_flow")
async def _(at: Driven, key: str, folder: Path) -> None:
    at.app.capture.apply("ovs_flow.cmd == new && direction == to-kernel && !ovs_flow.probe && ovs_flow.ufid")
    await at.settle()
    await at.press(key)
    await at.settle()
    assert at.session.text.startswith("ovs_flow.ufid == ")
    assert at.list.lines >= 1


@checks("everything")
async def _(at: Driven, key: str, folder: Path) -> None:
    before = at.list.lines
    await at.press(key)
    await at.settle()
    assert at.list.lines > before
    assert at.list.lines == at.session.source.store.count
    await at.press(key)
    await at.settle()
    assert at.list.lines == before


@checks("restore")
async def _(at: Driven, key: str, folder: Path) -> None:
    at.app.capture.apply("ovs_packet")
    await at.press("escape", key)
    await at.settle()
    assert at.session.text == "ovs_packet"
    await at.press("escape")


@checks("whole")
async def _(at: Driven, key: str, folder: Path) -> None:
    at.app.capture.apply("ovs_packet.cmd == execute")
    await at.settle()
    at.list.go(at.list.lines - 1)
    await at.press(key)
    assert isinstance(at.app.screen, Page)
    assert "actions:" in at.screen()
    await at.press("escape")


@checks("suspend_process")
async def _(at: Driven, key: str, folder: Path) -> None:
    """What it does needs a terminal: test_terminal.py."""
    assert at.app.active_bindings[key].binding.action == "suspend_process"


@checks("stop")
async def _(at: Driven, key: str, folder: Path) -> None:
    at.app.capture.apply("ovs_packet")
    await at.settle()
    await at.press(key)
    await at.settle()
    assert at.session.text == ""


@checks("search")
async def _(at: Driven, key: str, folder: Path) -> None:
    await at.press("g", key)
    assert isinstance(at.app.screen, Prompt)
    at.app.screen.input.value = "/who-has .* tell/"
    await at.press("enter")
    await at.settle()
    assert at.number == 2182


@checks("again(1)")
async def _(at: Driven, key: str, folder: Path) -> None:
    await CHECKS["search"](at, "s", folder)
    await at.press(key)
    await at.settle()
    assert at.number == 2186


@checks("again(-1)")
async def _(at: Driven, key: str, folder: Path) -> None:
    await CHECKS["again(1)"](at, "n", folder)
    await at.press(key)
    await at.settle()
    assert at.number == 2182


@checks("go_to")
async def _(at: Driven, key: str, folder: Path) -> None:
    await at.press(key)
    assert isinstance(at.app.screen, Prompt)
    await at.write("99999999")
    await at.press("enter")
    assert isinstance(at.app.screen, Prompt), "a number that does not exist is refused"
    at.app.screen.input.value = "1009"
    await at.press("enter")
    await at.pilot.pause()
    assert at.number == 1009


@checks("mark")
async def _(at: Driven, key: str, folder: Path) -> None:
    at.session.marks.clear()
    await _from(at, 3, key)
    await _from(at, 7, key)
    assert at.session.marks == {at.list.shown[3], at.list.shown[7]}
    assert "●" in at.screen()


@checks("to_mark(1)")
async def _(at: Driven, key: str, folder: Path) -> None:
    await CHECKS["mark"](at, "m", folder)
    assert await _from(at, 4, key) == 7
    assert await _from(at, 7, key) == 3


@checks("to_mark(-1)")
async def _(at: Driven, key: str, folder: Path) -> None:
    await CHECKS["mark"](at, "m", folder)
    assert await _from(at, 7, key) == 3


@checks("partner")
async def _(at: Driven, key: str, folder: Path) -> None:
    at.app.capture.leap(33)
    await at.pilot.pause()
    assert at.number == 34
    await at.press(key)
    assert at.number == 33
    await at.press(key)
    assert at.number == 34


@checks("open('story')")
async def _(at: Driven, key: str, folder: Path) -> None:
    await at.press(key)
    assert type(at.app.screen).__name__ == "StoryScreen"
    await at.press("escape")


@checks("open('overview')")
async def _(at: Driven, key: str, folder: Path) -> None:
    await at.press(key)
    assert type(at.app.screen).__name__ == "OverviewScreen"
    await at.press(key)
    assert len(at.app.screen_stack) == 1, "the same key leaves it"


@checks("open('flows')")
async def _(at: Driven, key: str, folder: Path) -> None:
    await at.press(key)
    assert type(at.app.screen).__name__ == "FlowsScreen"
    await at.press(key)
    assert len(at.app.screen_stack) == 1


@checks("problems")
async def _(at: Driven, key: str, folder: Path) -> None:
    async with driven("rawnl") as other:
        await other.press(key)
        await other.until(lambda: isinstance(other.app.screen, Page))
        assert "bad-length" in other.screen()
        await other.press("enter")
        await other.pilot.pause()
        assert other.number == 124
        assert other.selected == "attrs.upcall_pid"
        assert "bad-length" in other.screen()


@checks("retrace")
async def _(at: Driven, key: str, folder: Path) -> None:
    at.session.trail.clear()
    await _from(at, 3, "1")
    at.app.capture.leap(33)
    await at.press(key)
    assert at.list.cursor == 3


@checks("sort")
async def _(at: Driven, key: str, folder: Path) -> None:
    at.app.capture.apply("ovs_packet.cmd == miss")
    await at.settle()
    for order in ("2182 2187", "1009 1596"):
        await at.press(key, *["down"] * 5, "enter")
        await at.until(lambda: at.app.capture.work.job is None and not isinstance(at.app.screen, Menu))
        first = [at.session.source.store.number(line) for line in at.list.shown[:2]]
        assert first != [1009, 1596] or order != "2182 2187"
    assert at.list.sorted == ("summary", True)
    at.app.capture.apply("")


@checks("columns")
async def _(at: Driven, key: str, folder: Path) -> None:
    await at.press(key, *["down"] * 4, "enter")
    assert "port" not in [column.name for column in at.list.columns]
    assert isinstance(at.app.screen, Menu), "the menu stays for the next choice"
    await at.press("enter")
    assert [column.name for column in at.list.columns][4] == "port"
    await at.press("plus")
    assert isinstance(at.app.screen, Prompt)
    at.app.screen.input.value = "no.such.field"
    await at.press("enter")
    assert isinstance(at.app.screen, Prompt)
    at.app.screen.input.value = "key.in_port"
    await at.press("enter")
    assert "key.in_port" in at.screen()
    at.part("columns").toggle("key.in_port")
    at.list.columns_chosen = False


@checks("reference")
async def _(at: Driven, key: str, folder: Path) -> None:
    await _from(at, 3, key)
    assert "Since ref." in at.screen()
    row = at.screen().splitlines()[4 + 3 - at.list.top]
    assert " 0.000000 " in row
    await _from(at, 3, key)
    assert "Since ref." not in at.screen()


@checks("time")
async def _(at: Driven, key: str, folder: Path) -> None:
    texts = set()
    for _ in range(4):
        await at.press(key)
        texts.add(at.session.look.time)
    assert len(texts) == 4
    assert at.session.look.time == "relative"


@checks("dark")
async def _(at: Driven, key: str, folder: Path) -> None:
    before = at.app.theme
    await at.press(key)
    assert at.app.theme != before
    await at.press(key)


@checks("follow")
async def _(at: Driven, key: str, folder: Path) -> None:
    await at.press(key)
    assert at.list.cursor == at.list.lines - 1
    await at.press("up")
    assert not at.session.following


@checks("pause")
async def _(at: Driven, key: str, folder: Path) -> None:
    await at.press(key)
    assert "paused" in at.screen()
    await at.press(key)
    assert "paused" not in at.screen()


@checks("copy")
async def _(at: Driven, key: str, folder: Path) -> None:
    await _select(at, "ovs_packet.cmd == miss", "attrs.key.in_port")
    expected = {
        "v": "2 (v1)",
        "f": "ovs_packet.key.in_port == 2",
        "h": "02000000",
        "j": '{"kind":"message","number":1009,',
        "o": "recirc_id(0),dp_hash(0)",
        "t": "ovs-appctl ofproto/trace ovs-system 'recirc_id(0)",
    }
    for letter, text in expected.items():
        await at.press(key, letter)
        assert at.app.clipboard.startswith(text), letter
    at.app.capture.apply("")


@checks("save")
async def _(at: Driven, key: str, folder: Path) -> None:
    at.app.capture.apply("ovs_packet.cmd == miss")
    await at.settle()
    for name, start in (("a.pcap", b"\x4d\x3c\xb2\xa1"), ("a.json", b'{"kind":"message"'), ("a.txt", b"1009  record 847")):
        await at.press(key, "s")
        assert isinstance(at.app.screen, Prompt)
        at.app.screen.input.value = str(folder / name)
        await at.press("enter")
        await at.until(lambda: at.app.capture.work.job is None)
        assert (folder / name).read_bytes().startswith(start)
    assert (folder / "a.json").read_bytes().count(b"\n") == 9
    assert not list(folder.glob("*.part"))
    at.app.capture.apply("")


@checks("help")
async def _(at: Driven, key: str, folder: Path) -> None:
    await at.press(key)
    assert isinstance(at.app.screen, Page)
    assert "Half a page up" in at.screen()
    await at.press("escape")


@checks("command_palette")
async def _(at: Driven, key: str, folder: Path) -> None:
    await at.press(key)
    await at.write("ready-made")
    await at.until(lambda: "Ready-made filters" in at.screen())
    await at.press("enter")
    await at.until(lambda: isinstance(at.app.screen, Menu))
    await at.press("escape")


@checks("quit")
async def _(at: Driven, key: str, folder: Path) -> None:
    async with driven("startup") as other:
        await other.press(key)
        assert not other.app.is_running


async def _reset(at: Driven) -> None:
    while len(at.app.screen_stack) > 1:
        at.app.pop_screen()
    at.tree.fold(None)
    at.list.shift = 0
    if at.session.text or at.session.everything or at.list.order is not None:
        at.session.everything = False
        at.app.capture.apply("")
    at.session.following = at.session.paused = False
    at.app.capture.action_to_pane("list")
    at.list.go(0)
    await at.settle()


def test_every_action_has_a_check() -> None:
    assert {key.action for key in KEYS} == set(CHECKS)


async def test_keys(tmp_path: Path) -> None:
    """One interface for all of them: each begins at the first message, with no filter."""
    async with driven("startup") as at:
        for key in KEYS:
            for pressed in key.keys.split(","):
                await _reset(at)
                await _named(key, pressed, CHECKS[key.action](at, pressed, tmp_path))


async def _named(key: Key, pressed: str, check: Awaitable[Any]) -> None:
    try:
        await check
    except AssertionError as error:
        raise AssertionError(f"{pressed} ({key.text}): {error}") from error
