"""The threads: reading, filtering, searching; what they report, that they can be stopped, that nothing is lost."""

from __future__ import annotations

import os
import struct
import threading
import time
from pathlib import Path

import pytest

import ovsdissect
from ovsdissect.api import Message, is_ovs
from ovsdissect.errors import CaptureError
from ovsdissect.tui.app import OvsDissect
from ovsdissect.tui.events import Found
from ovsdissect.tui.source import Source
from ovsdissect.tui.view import View
from tests.recorded import messages, path
from tests.tui.driving import HEADER, Driven, driven, pcap, vport


def read(source: Source) -> Source:
    """Read to the end."""
    source.start()
    end = time.monotonic() + 20
    while not source.done and time.monotonic() < end:
        time.sleep(0.005)
    assert source.done
    return source


@pytest.mark.parametrize("name", ["startup", "mid-stream", "rawnl"])
def test_store_gives_the_same_messages(name: str) -> None:
    store = read(Source(str(path(name)))).store
    expected = messages(name)
    assert store.count == len(expected)
    for line, message in enumerate(expected):
        made = store.message(line)
        assert store.ovs(line) == is_ovs(message)
        assert store.number(line) == message.number
        assert made.to_dict(raw=True) == message.to_dict(raw=True)
        if message.number is not None:
            assert store.line(message.number) == line


def test_truncated_records_have_lines() -> None:
    store = read(Source(str(path("truncated")))).store
    unnumbered = [line for line in range(store.count) if store.number(line) is None]
    with ovsdissect.open(path("truncated")) as capture:
        expected = [line for line, message in enumerate(capture) if message.number is None]
    assert unnumbered == expected


async def test_later_announcements_hold_from_the_start(tmp_path: Path) -> None:
    """Types that no early message tells are told by a later one: the lines are made anew."""
    announcement = next(
        m
        for m in messages("startup")
        if m.declaration and m.declaration.name == "nlctrl" and b"ovs_vport\0" in m.data and m.command and m.command.name == "newfamily"
    )
    bare = struct.pack(">HHH8xH", 4, 824, 0, 16) + struct.pack("<IHHIIBBHi", 24, 39, 0, 0, 0, 3, 1, 0, 7)
    file = tmp_path / "late.pcap"
    file.write_bytes(pcap(*[bare] * 3000, announcement.data))
    source = Source(str(file))
    first = source.store
    read(source)
    assert source.store is not first
    assert source.store.message(0).family == "ovs_vport"
    async with driven(file) as at:
        await at.until(lambda: at.list.lines == 3001)
        assert "vport get" in at.screen()


def test_bad_files_are_said_at_once(tmp_path: Path) -> None:
    for content in (b"", b"nothing of the kind", HEADER[:20]):
        file = tmp_path / "bad"
        file.write_bytes(content)
        with pytest.raises(CaptureError):
            Source(str(file)).start()
    with pytest.raises(CaptureError):
        Source(str(tmp_path / "none"))


async def test_filter_runs_in_the_background_and_stops() -> None:
    class Slow:
        """A filter that takes its time."""

        start_ns = None

        def matches(self, message: Message) -> bool:
            time.sleep(0.002)
            return True

    async with driven("startup") as at:
        app = at.app
        app.session.view.cancel()
        app.session.view = View(app.session.source, Slow(), False, lambda view: app.capture.tell(Found(view)))
        app.session.text = "slow"
        app.capture.list_pane.show_view()
        app.session.view.start()
        await at.until(lambda: app.capture.list_pane.lines > 20)
        assert "filtering" in at.screen()
        await at.press("down")
        assert app.capture.list_pane.cursor == 1, "keys work meanwhile"
        await at.press("escape")
        await at.until(lambda: app.session.view.done)
        assert app.session.view.cancelled
        assert 0 < app.capture.list_pane.lines < 1741
        assert "stopped" in at.screen()


async def test_search_can_be_stopped() -> None:
    async with driven("startup") as at:
        at.app.capture.work.run("waiting", (time.sleep(0.01) or n / 1000 for n in range(1000)), lambda job: None)
        await at.until(lambda: "waiting, Esc stops" in at.screen())
        await at.press("escape")
        await at.until(lambda: at.app.capture.work.job is None)


async def test_cursor_stays_on_its_message_when_the_filter_changes() -> None:
    async with driven("startup") as at:
        at.app.capture.leap(2185)
        await at.pilot.pause()
        number = at.number
        at.app.capture.apply("ovs_packet")
        await at.settle()
        assert at.number == number
        at.app.capture.apply("")
        await at.settle()
        assert at.number == number


async def test_search_trees_and_bytes() -> None:
    async with driven("startup") as at:
        await at.press("2", "s")
        await at.write("neighbor solicitation")
        await at.press("enter")
        await at.settle()
        assert at.number == 2204
        assert at.selected.startswith("attrs.packet.icmpv6")
        await at.press("1", "g", "3", "s")
        await at.write("0x0a010002")
        await at.press("enter")
        await at.settle()
        assert at.hex.data[at.hex.at :].startswith(bytes([10, 1, 0, 2]))


def owns(at: Driven, byte: int) -> bool:
    """Whether the selected field has a byte."""
    branch = at.tree.branch
    return branch is not None and branch.around[0] <= byte < branch.around[1]


async def test_every_byte_leads_to_its_field() -> None:
    async with driven("startup") as at:
        at.app.capture.leap(at.session.source.store.line(1009))
        await at.pilot.pause()
        await at.press("3")
        message = at.session.message
        assert message is not None
        for byte in range(message.frame.offset, message.frame.end, 7):
            at.hex.pick(byte)
            await at.until(lambda byte=byte: owns(at, byte))


async def test_live_stream(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    source_bytes = pcap(*[vport(b"eth%d" % i, i) for i in range(40)])
    os.write(writing, source_bytes[: len(source_bytes) // 2])
    source = Source(os.fdopen(reading, "rb", buffering=0), families={"ovs_vport": 39})
    source.start()
    app = OvsDissect(source)
    async with app.run_test(size=(100, 30)) as pilot:
        at = Driven(app, pilot)
        await at.until(lambda: app.capture.list_pane.lines >= 15)
        assert "live" in at.screen()
        await at.press("P")
        before = app.capture.list_pane.lines
        os.write(writing, source_bytes[len(source_bytes) // 2 :])
        await at.until(lambda: "more" in at.screen() and app.session.source.store.count == 40)
        assert app.capture.list_pane.lines == before
        await at.press("P", "F")
        await at.until(lambda: app.capture.list_pane.lines == 40 and at.number == 40)
        threading.Thread(target=os.close, args=(writing,)).start()
        await at.until(lambda: source.done)
    source.close()


async def test_growing_file(tmp_path: Path) -> None:
    file = tmp_path / "grows.pcap"
    file.write_bytes(pcap(vport(b"one")))
    source = Source(str(file), families={"ovs_vport": 39}, follow=True)
    source.start()
    try:
        with file.open("ab") as more:
            more.write(pcap(vport(b"two"))[24:])
        end = time.monotonic() + 5
        while source.store.count < 2 and time.monotonic() < end:
            time.sleep(0.01)
        assert source.store.count == 2
    finally:
        source.close()


async def test_a_saved_subset_names_its_ports_and_datapaths(tmp_path: Path) -> None:
    """What names them stands in records that the filter does not pass."""
    file = tmp_path / "misses.pcap"
    async with driven("startup") as at:
        at.app.capture.apply("ovs_packet.cmd == miss")
        await at.settle()
        at.part("saves").save("shown", str(file))
        await at.settle()
        said = at.app.capture.notice[1]
        assert said.startswith("9 messages as pcap: ")
        assert "that name ports and datapaths" in said
    with ovsdissect.open(file) as saved, ovsdissect.open(path("startup")) as whole:
        expected = [(one.time_ns, one.port, one.datapath) for one in whole.upcalls()]
        assert [(one.time_ns, one.port, one.datapath) for one in saved.upcalls()] == expected
