"""`ovsdissect fields` finds fields by any of their names and shows what a filter needs to know of them."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from ovsdissect.cli.fields import command
from tests.each import none_of


@pytest.mark.parametrize(
    ("pattern", "lines"),
    [
        ("ovs_vport.type", ["    also type", "    values netdev, internal, gre, vxlan, geneve"]),
        ("KEY.ETH.SRC", ["    also key.ethernet.src, key.eth.src, ovs_flow.key.eth_src"]),
        ("genl.cmd", [f"{'cmd':<41}{'enum':<11}Command of the family; for an error, ACK or DONE, that of its request."]),
        ("tcp.po?t", ["    also packet.tcp.port, tcp.port"]),
    ],
)
def test_fields_of_a_pattern(pattern: str, lines: list[str]) -> None:
    result = CliRunner().invoke(command, [pattern])
    assert result.exit_code == 0
    assert set(lines) <= set(result.stdout.splitlines())


def test_all_fields_are_a_line_each() -> None:
    printed = CliRunner().invoke(command, []).stdout.splitlines()
    assert len(printed) > 3000
    assert none_of(line.startswith(" ") for line in printed)


def test_no_field_is_no_failure() -> None:
    result = CliRunner().invoke(command, ["key.ipv4.scr"])
    assert (result.exit_code, result.stdout) == (0, "")
    assert "did you mean key.ipv4.src?" in result.stderr
