"""A search in trees that remembers what it examined finds what the lines of the whole trees have, no more and no less."""

from __future__ import annotations

import time
from pathlib import Path

from ovsdissect.build import build
from ovsdissect.build import pcap as built
from ovsdissect.tui.columns import Look
from ovsdissect.tui.lines import branches
from ovsdissect.tui.search import Needle
from ovsdissect.tui.source import Source
from ovsdissect.tui.store import Store
from ovsdissect.tui.treesearch import TreeSearch, words
from tests.recorded import path

# an IPv4 header without options, as a packet that begins with it
IPV4 = bytes.fromhex("45000014000000004001000a0a0000010a000002")


def _read(file: str) -> Store:
    source = Source(file)
    source.start()
    end = time.monotonic() + 10
    while not source.done:
        assert time.monotonic() < end
        time.sleep(0.005)
    return source.store


def test_recorded_messages() -> None:
    """Needles from the lines themselves, across names and values, in messages that repeat, differ a little or in their header only."""
    store, look = _read(path("tunnels")), Look()
    texts = {line: [words(one.line) for one in branches(store.message(line), look)] for line in range(5286, 5316)}
    every = sorted({text for lines in texts.values() for text in lines})
    needles = [text[at % max(len(text) - 9, 1) :][:9].strip() or text for at, text in enumerate(every) if at % 197 == 0]
    needles += ["zzqq", "attrs attrs", "seq", "/pid: [0-9]+$/", "/^attrs.key/", "5e4"]
    quick = 0
    for needle in map(Needle, needles):
        search = TreeSearch(store, look, needle)
        for line, lines in texts.items():
            assert search(line) == any(map(needle.in_text, lines)), (needle.text, line)
        quick += search._quick(store.message(5293), 5293) is not None
    assert quick == len(needles) - 1, "the flow put is not searched whole, but where only the tree knows the line"


def test_neighbours_that_change_the_lines(tmp_path: Path) -> None:
    """The same packet begins with Ethernet or, where the key has none, with IPv4; the same mask has the text of another key."""
    outer = {"ethernet": {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02"}, "ethertype": 0x0800}
    keys = [{"in_port": 1, **outer}, {"in_port": 1, "ethertype": 0x0800}, {"in_port": 1, **outer}]
    ports = [{"in_port": 5}, {"in_port": 6}]
    messages = [build("ovs_packet", "miss", dp_ifindex=7, key=key, packet=IPV4) for key in keys]
    messages += [build("ovs_flow", "new", dp_ifindex=7, key=key, mask={"in_port": 0xFFFFFFFF}, actions=[]) for key in ports]
    file = tmp_path / "neighbours.pcap"
    file.write_bytes(built(messages))
    store = _read(str(file))
    first = store.count - len(messages)
    for text, expected in (("10.0.0.2", [1]), ("mask: in_port(6)", [4])):
        search = TreeSearch(store, Look(), Needle(text))
        assert [line - first for line in range(first, store.count) if search(line)] == expected
