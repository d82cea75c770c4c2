"""The generated pages are what their generators give now, and every command shows an example."""

from __future__ import annotations

import click
import pytest

from ovsdissect.cli import COMMANDS, ovsdissect
from tools import cli_reference


def test_cli_page_is_up_to_date() -> None:
    assert cli_reference.PAGE.read_text() == cli_reference.page(), "run python -m tools.cli_reference"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example(name: str) -> None:
    command = ovsdissect.get_command(click.Context(ovsdissect), name)
    assert command is not None
    example = "ovsdissect nlmon.pcap" if name == "tui" else f"ovsdissect {name} "  # what is no command is a capture to walk through
    assert example in (command.help or "")
    assert all(parameter.help for parameter in command.params if isinstance(parameter, click.Option))
