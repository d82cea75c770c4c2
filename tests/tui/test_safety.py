"""Nothing in a capture can break the screen: names and packets that look like markup or escapes, wide, combining, bidi, long text."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from rich.cells import cell_len

from tests.tui.driving import Driven, driven, pcap, vport

NAMES = {
    "markup": b"[bold red]x[/] [link=http://x]",
    "markup-broken": b"[/nothing] [[[ \\[",
    "escape": b"\x1b[2J\x1b]52;c;eA==\x07\x9b1m",
    "controls": b"a\r\nb\tc\x00d\x7f\x08",
    "bidi": "\u202eevil\u2066\u200f".encode(),
    "wide": "端口一二三四五六七八九十".encode(),
    "combining": ("e" + "\u0301" * 40).encode(),
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈".encode(),
    "not-utf8": b"\xff\xfe\xc3(",
    "long": b"x" * 5000,
    "empty": b"",
}


async def test_names(tmp_path: Path) -> None:
    """Each name in the list, in the tree of its message and in what is said of a copied line."""
    file = tmp_path / "nasty.pcap"
    file.write_bytes(pcap(*(vport(name, number) for number, name in enumerate(NAMES.values(), 2)), vport(b"plain")))
    async with driven(file, size=(120, 40), families={"ovs_vport": 39}) as at:
        for line, name in enumerate(NAMES):
            at.app.capture.action_to_pane("list")
            at.list.go(line)
            await at.press("2", "e", "G", "y")
            await at.settle()
            _is_safe(at, name)
            await at.press("escape")
        await at.press("a")
        await at.settle()
        _is_safe(at, "all messages")
        await at.press("p", "question_mark", "escape", "c", "escape", "S", "escape", "w", "escape")
        await at.settle()


def _is_safe(at: Driven, name: str) -> None:
    """Every line of the screen is as wide as the screen and has nothing that a terminal obeys."""
    for strip in at.app.screen._compositor.render_strips(at.app.size):
        text = "".join(segment.text for segment in strip)
        assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")], (name, text)
        assert cell_len(text) == 120, (name, text)


async def test_markup_in_the_names_of_files_and_filters(tmp_path: Path) -> None:
    file = tmp_path / "[bold]x[nothing].pcap"
    file.write_bytes(pcap(vport(b"x")))
    async with driven(file, families={"ovs_vport": 39}) as at:
        assert "[bold]x[nothing].pcap" in at.screen()
        await at.press("slash")
        await at.write('ovs_vport.name == "[/x]"')
        await at.press("enter")
        await at.settle()
        assert '[/x]' in at.screen()


async def test_deep_and_large(tmp_path: Path) -> None:
    from tests.tui.driving import attribute

    deep = b""
    for _ in range(300):
        deep = attribute(4, deep)
    wide = b"".join(attribute(200, bytes(3)) for _ in range(3000))
    records = [vport(b"x\0" + attribute(4, deep)), vport(b"y\0" + wide)]
    file = tmp_path / "large.pcap"
    file.write_bytes(pcap(*records))
    async with driven(file, families={"ovs_vport": 39}) as at:
        await at.press("2", "e", "G", "3", "G", "1", "j", "2", "G")
        assert len(at.tree.branches) > 5
