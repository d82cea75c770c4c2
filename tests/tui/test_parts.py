"""What the keys of the capture screen do where a single message does not show it: sorted, filtered, growing and answered messages."""

from __future__ import annotations

import threading
import time
import tomllib
from pathlib import Path

from ovsdissect.api import Message
from ovsdissect.tui.app import OvsDissect
from ovsdissect.tui.dialogs import Page, Prompt
from ovsdissect.tui.events import Found, ShowFilter
from ovsdissect.tui.settings import SettingsFile
from ovsdissect.tui.source import Source
from ovsdissect.tui.stories import story
from ovsdissect.tui.view import View
from tests.each import all_of
from tests.tui.driving import Driven, driven, pcap, vport

MANY = 450  # lines: more than a search looks at one by one


def _numbers(at: Driven) -> list[int | None]:
    return [at.session.store.number(line) for line in at.list.shown[: at.list.lines]]


async def test_a_search_goes_by_the_order_of_the_list(tmp_path: Path) -> None:
    """Also beyond the nearest lines, where the whole capture is searched at once; `b` returns to where a search started."""
    file = tmp_path / "many.pcap"
    file.write_bytes(pcap(*[vport(b"needle" if i in (10, 20, 440) else b"p%d" % i, i) for i in range(1, MANY + 1)]))
    async with driven(file, families={"ovs_vport": 39}) as at:
        column = next(one for one in at.list.columns if one.name == "number")
        for _ in range(2):
            at.part("order").sort_by(column)
            await at.settle()
        assert _numbers(at)[:2] == [MANY, MANY - 1]
        at.list.go(at.list.where(at.session.store.line(400)) or 0)
        await at.press("s")
        assert isinstance(at.app.screen, Prompt)
        at.app.screen.input.value = "needle"
        # 380 lines below; the last; 20 lines above; 420 lines above; past the start
        for key, number in (("enter", 20), ("n", 10), ("N", 20), ("N", 440), ("N", 10)):
            await at.press(key)
            await at.until(lambda number=number: at.number == number)
            assert ("past the start" in at.app.capture.notice[1]) is ((key, at.session.trail[-1]) == ("N", at.session.store.line(440)))
        for origin in (440, 20, 10, 20, 400):
            await at.press("b")
            assert at.number == origin


async def test_a_search_finds_what_came_since_the_last_one(tmp_path: Path) -> None:
    file = tmp_path / "grows.pcap"
    file.write_bytes(pcap(*[vport(b"p%d" % i, i) for i in range(MANY)]))
    source = Source(str(file), families={"ovs_vport": 39}, follow=True)
    source.start()
    app = OvsDissect(source)
    async with app.run_test(size=(100, 30)) as pilot:
        at = Driven(app, pilot)
        await at.until(lambda: at.list.lines == MANY)
        await at.press("s")
        assert isinstance(app.screen, Prompt)
        app.screen.input.value = "needle"
        await at.press("enter")
        await at.until(lambda: app.capture.notice[1] == "needle: not found")
        with file.open("ab") as more:
            more.write(pcap(vport(b"needle", 7))[24:])
        await at.until(lambda: at.list.lines == MANY + 1)
        await at.press("n")
        await at.until(lambda: at.number == MANY + 1)
    source.close()


async def test_what_has_no_value_is_last_in_either_order() -> None:
    async with driven("startup", text="number in {33, 34, 2182, 2185}") as at:
        at.part("columns").toggle("key.in_port")
        column = next(one for one in at.list.columns if one.name == "key.in_port")
        for _ in range(2):
            at.part("order").sort_by(column)
            await at.settle()
            assert set(_numbers(at)[:2]) == {2182, 2185}, "only these have a key"
            assert _numbers(at)[2:] == [33, 34], "in the order of the capture"


async def test_every_file_that_exists_is_asked_about(tmp_path: Path) -> None:
    """Each by itself: a second Enter writes over the file whose name was shown, and over no other."""
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    for file in (one, two):
        file.write_text("old")
    async with driven("rawnl") as at:
        await at.press("w", "o")
        prompt = at.app.screen
        assert isinstance(prompt, Prompt)
        for file in (one, two):
            prompt.input.value = str(file)
            await at.press("enter")
            assert at.app.screen is prompt, file
            assert prompt.said.text == "the file exists: Enter again writes over it"
        await at.press("enter")
        await at.settle()
        assert (one.read_text(), two.read_text()[:3]) == ("old", "1  ")


async def test_saving_waits_for_the_filter(tmp_path: Path) -> None:
    """What is shown is what passes the filter, whether it has been found or not."""
    gate = threading.Event()

    class Slow:
        """A filter that stops at the third message."""

        start_ns = None

        def matches(self, message: Message) -> bool:
            if message.number == 3:
                gate.wait(20)
            return message.number != 2

    file, saved = tmp_path / "five.pcap", tmp_path / "saved.json"
    file.write_bytes(pcap(*[vport(b"p%d" % i, i) for i in range(1, 6)]))
    async with driven(file, families={"ovs_vport": 39}) as at:
        at.session.view.cancel()
        at.session.view = View(at.session.source, Slow(), False, lambda view: at.app.capture.tell(Found(view)))
        at.app.capture.list_pane.show_view()
        at.session.view.start()
        at.part("saves").save("shown", str(saved))
        time.sleep(0.05)
        gate.set()
        await at.settle()
    assert [f'"number":{number},' in line for number, line in zip((1, 3, 4, 5), saved.read_text().splitlines(), strict=True)] == [True] * 4


async def test_following_ends_a_pause(tmp_path: Path) -> None:
    file = tmp_path / "grows.pcap"
    file.write_bytes(pcap(vport(b"one", 1)))
    source = Source(str(file), families={"ovs_vport": 39}, follow=True)
    source.start()
    app = OvsDissect(source)
    async with app.run_test(size=(100, 30)) as pilot:
        at = Driven(app, pilot)
        await at.until(lambda: at.list.lines == 1)
        await at.press("P")
        with file.open("ab") as more:
            more.write(pcap(vport(b"two", 2), vport(b"three", 3))[24:])
        await at.until(lambda: "paused, 2 more" in at.screen())
        await at.press("F")
        await at.until(lambda: at.list.lines == 3 and at.number == 3)
        assert "paused" not in at.screen()
    source.close()


async def test_filters_are_changed_and_not_lost() -> None:
    async with driven("startup", text="ovs_packet.cmd == miss || nlmsg.type == 16") as at:
        before = at.list.lines
        await at.press("A")
        await at.settle()
        assert at.session.text == "ovs_packet.cmd == miss || nlmsg.type == 16", "A changes among which messages is looked"
        assert at.list.lines >= before
        await at.press("A")
        # a list to which a figure of the overview led, and then another filter: Esc removes that
        at.app.post_message(ShowFilter("ovs_flow", "overview"))
        await at.until(lambda: at.session.text == "ovs_flow")
        at.app.capture.apply("ovs_packet.cmd == action")
        await at.settle()
        await at.press("escape")
        await at.settle()
        assert (at.session.text, len(at.app.screen_stack)) == ("", 1)


async def test_the_flow_of_an_answer_is_its_requests() -> None:
    """#5591 refuses the put #5590: its own attributes name no flow where it echoes only the header."""
    async with driven("tunnels", text="number == 5591") as at:
        await at.press("u")
        await at.settle()
        assert at.session.text == "ovs_flow.ufid == 42673198-02e9-474a-9880-e8cd3d64efdb"
        assert {5586, 5590, 5619} <= set(_numbers(at))


async def test_problems_are_those_of_what_is_shown() -> None:
    async with driven("rawnl") as at:
        counts = []
        for text in ("", "number == 124"):
            at.app.capture.apply(text)
            await at.settle()
            await at.press("p")
            await at.until(lambda: isinstance(at.app.screen, Page))
            page = at.app.screen
            assert isinstance(page, Page)
            numbers = [int(row[0][1]) for row in page.pane.pieces]
            counts.append(len(numbers))
            assert all_of(not text or number == 124 for number in numbers)
            await at.press("escape")
        assert 0 < counts[1] < counts[0]


async def test_a_flow_that_comes_and_goes() -> None:
    """As `flows --ufid 42673198 --history` tells: put by #5586, #5590 and #5619, deleted by #5615 and #5658, and missed again in #5687."""
    async with driven("tunnels") as at:
        await at.until(lambda: at.session.findings.done)
        told = [(one.pieces[0][1].strip(), one.number) for one in story(at.session, at.session.findings, 5687).lines]
        assert [number for word, number in told if word == "flow deleted before"] == [5658]
        told = [(one.pieces[0][1].strip(), one.number) for one in story(at.session, at.session.findings, 5585).lines]
        again = [number for word, number in told if word == "flow put again"]
        assert again == [5590, 5619, 5688]
        assert "flow changed" not in {word for word, _ in told}


async def test_actions_that_were_carried_out_one_by_one() -> None:
    """Of actions, #4038: ovs-vswitchd executes a part of the list first (#4039), then the rest (#4041)."""
    async with driven("actions") as at:
        await at.until(lambda: at.session.findings.done)
        lines = story(at.session, at.session.findings, 4038).lines
        assert ("sub-execute", 4039) in [(one.pieces[0][1].strip(), one.number) for one in lines]
        assert ("execute", 4041) in [(one.pieces[0][1].strip(), one.number) for one in lines]


async def test_a_theme_that_nobody_chose_is_not_saved(tmp_path: Path) -> None:
    """Else the next terminal, with another background, would get it."""
    file = tmp_path / "tui.toml"
    async with driven("rawnl", kept=SettingsFile(file), light=True) as at:
        await at.press("plus")
    assert set(tomllib.loads(file.read_text("utf-8"))["profiles"]["default"]) == {"share"}
