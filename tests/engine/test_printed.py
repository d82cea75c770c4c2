"""Conditions on printed text: the engine's pass over the texts selects the messages that the filter matches."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from ovsdissect import api
from ovsdissect.byteorder import ByteOrder
from ovsdissect.carve.pcap import PcapWriter
from ovsdissect.engine.available import engine
from ovsdissect.filter import compile as compile_filter
from ovsdissect.filter.checks import Clue
from tests import recorded
from tests.traffic import IDS, records

FILTERS = (
    'summary contains "v1"',
    'summary contains "\\"br0\\"" || summary contains "é"',
    'summary matches "^eth|icmp"',
    'summary != "x" && !(summary == "end of dump")',
    "!summary",
    'summary[0:2] == "v1"',
    'odp.key contains "in_port(2)"',
    "odp.mask && !odp.flow",
    'odp.flow contains "recirc_id(0),in_port"',
    'odp.actions contains "ct(" || odp.actions == "drop"',
    'odp.actions contains "\\"" || odp.actions contains ""',
    'all odp.actions != "2"',
    'odp.line matches "^system@.*(miss|action)"',
    'kind == error && odp.line contains "error"',
    "!odp.line && odp.key",
    'ovs_packet.cmd == miss && summary contains "10.0.0.1" && odp.key contains "eth"',
)


def chosen(path: Path, text: str, ovs: str) -> tuple[list[int | None], list[int | None]]:
    """The numbers of the messages that pass: by the capture's own choice, and asked one by one."""
    with api.open(path, ovs=ovs) as capture:
        asked = compile_filter(text)
        want = [one.number for one in capture if api.is_ovs(one) and asked.matches(one)]
        return [message.number for message in capture.filter(text)], want


@pytest.mark.parametrize(
    ("name", "ovs"),
    [
        ("brief", "auto"),
        pytest.param("startup", "auto", marks=pytest.mark.slow),
        pytest.param("mid-stream", "auto", marks=pytest.mark.slow),
        pytest.param("mid-stream", "2.15", marks=pytest.mark.slow),
        pytest.param("rawnl", "3.1", marks=pytest.mark.slow),
    ],
)
def test_recorded_messages(name: str, ovs: str, tmp_path: Path) -> None:
    path = recorded.brief("startup", tmp_path) if name == "brief" else recorded.fewer(name, tmp_path)
    for text in FILTERS:
        got, want = chosen(path, text, ovs)
        assert got == want, text


@pytest.mark.parametrize("order", ["little", pytest.param("big", marks=pytest.mark.slow)])
def test_random_messages(order: ByteOrder, tmp_path: Path) -> None:
    path = tmp_path / "random.pcap"
    made = [record for seed in range(3) for record in records(seed, order)]
    with path.open("wb") as file:
        writer = PcapWriter(file)
        writer.start(made[0].link_type, order)
        for number, record in enumerate(made, 1):
            writer.write(record._replace(number=number))
    with api.open(path, families=IDS) as capture:
        for text in FILTERS:
            asked = compile_filter(text)
            want = [one.number for one in capture if api.is_ovs(one) and asked.matches(one)]
            assert [message.number for message in capture.filter(text)] == want, text


@pytest.mark.skipif(not engine().compiled, reason="the engine is not compiled")
def test_the_tree_makes_no_message_that_does_not_pass(tmp_path: Path) -> None:
    path = tmp_path / "capture.pcap"
    path.write_bytes(gzip.decompress(recorded.path("mid-stream").read_bytes()))
    with api.open(path) as capture:
        context, _ = capture.begin()
        asked = compile_filter('odp.actions contains "nothing of that kind" || summary == "neither"')
        first, second, _join = asked.program()
        assert context.printed is not None
        assert isinstance(first, Clue)
        assert isinstance(second, Clue)
        assert context.printed.numbers(first) == context.printed.numbers(second) == []
