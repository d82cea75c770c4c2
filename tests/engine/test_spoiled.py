"""On spoiled captures the commands print the same whether the engine or the tree alone reads them."""

from __future__ import annotations

import re
from itertools import cycle
from pathlib import Path

import pytest
from click.testing import CliRunner

from ovsdissect.byteorder import ByteOrder
from ovsdissect.cli import ovsdissect
from ovsdissect.engine.available import VARIABLE
from tests import recorded, spoiled

COUNT = 120  # messages of each recording in each byte order
SEED = 7
ORDERS: tuple[ByteOrder, ...] = ("little", "big")
LARGER = sorted(set(recorded.ALL) - set(recorded.NAMES))  # each in one of them
COMMANDS = (
    ("json", "--all"),
    ("json", "--odp", "--inner"),
    ("json", "--raw", "--upcalls", "--inner"),
    ("json", "-Y", "key.ipv4.dst == 10.0.0.0/8 || actions.output == 2 || error.number < 0 || dp_ifindex > 3"),
    ("list", "--all"),
    ("list", "--csv"),
    ("stats",),
)


def printed(path: Path, command: tuple[str, ...]) -> list[bytes]:
    """The lines that a command prints, but for the one that says how many messages the tree read."""
    result = CliRunner().invoke(ovsdissect, [*command, "-q", str(path)], catch_exceptions=False)
    assert result.exit_code == 0
    return [line for line in result.stdout_bytes.splitlines() if not re.match(rb"\d+ messages? needed the slower reader", line)]


@pytest.mark.larger_are_slow
@pytest.mark.parametrize(("name", "order"), [*((name, order) for name in recorded.NAMES for order in ORDERS), *zip(LARGER, cycle(ORDERS))])
def test_the_engine_prints_what_the_tree_does(name: str, order: ByteOrder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "spoiled.pcap"
    spoiled.write(path, name, COUNT, SEED, order)
    for command in COMMANDS:
        by_engine = printed(path, command)
        with monkeypatch.context() as patch:
            patch.setenv(VARIABLE, "1")
            by_tree = printed(path, command)
        assert by_engine == by_tree, command
        assert by_tree
