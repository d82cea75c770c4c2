"""Empty lists say why they are empty and what to do."""

from __future__ import annotations

import struct
from pathlib import Path

from tests.tui.driving import driven, pcap


async def test_no_match() -> None:
    async with driven("startup") as at:
        at.app.capture.apply("frame.len > 60000")
        await at.settle()
        assert "None of 3,591 messages matches" in at.screen()
        assert "Esc removes the filter" in at.screen()


async def test_empty_capture(tmp_path: Path) -> None:
    file = tmp_path / "empty.pcap"
    file.write_bytes(pcap())
    async with driven(file) as at:
        assert "holds no netlink message" in at.screen()
        await at.press("j", "k", "G", "2", "j", "3", "l", "y", "w", "n", "escape", "m", "r", "u", "a", "p", "S", "escape", "t")
        assert "holds no netlink message" in at.screen()
        assert at.list.lines == 0
        await at.press("o")
        await at.until(lambda: "empty.pcap  no message" in at.screen())
        await at.press("escape", "T")
        await at.until(lambda: "0 flows at the end" in at.screen())


async def test_unknown_families(tmp_path: Path) -> None:
    message = struct.pack("<IHHII", 20, 47, 0, 0, 0) + bytes([1, 1, 0, 0])
    file = tmp_path / "unknown.pcap"
    file.write_bytes(pcap(*[struct.pack(">HHH8xH", 4, 824, 0, 16) + message] * 3))
    async with driven(file) as at:
        assert "type 47: 3 messages" in at.screen()
        assert "--family ovs_packet=47" in at.screen()
        assert "A shows all netlink messages" in at.screen()
        await at.press("A")
        await at.settle()
        assert at.list.lines == 3


async def test_a_single_message(tmp_path: Path) -> None:
    message = struct.pack("<IHHII", 20, 47, 0, 0, 0) + bytes([1, 1, 0, 0])
    file = tmp_path / "single.pcap"
    file.write_bytes(pcap(struct.pack(">HHH8xH", 4, 824, 0, 16) + message))
    async with driven(file, size=(40, 20)) as at:
        assert "The only message is not known to be" in at.screen()
        assert "Filter: / to filter, for example ovs_p…" in at.screen().splitlines()[1]
        await at.press("A")
        await at.settle()
        await at.press("w")
        assert "The message shown" in at.screen()
        await at.press("escape", "F")
        assert at.screen().splitlines()[-1].endswith("v in full")
        await at.press("v")
        assert "--follow" in at.screen(), "what the bar cuts off can be read"
