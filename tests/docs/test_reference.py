"""The generated pages are what their generators give now, and every command shows an example."""

from __future__ import annotations

import re
import subprocess
import sys

import click
import pytest

from ovsdissect.cli import COMMANDS, ovsdissect
from tests.recorded import ROOT


def test_cli_page_is_up_to_date() -> None:
    """In a process of its own: click keeps the help option of the first context that a command ran in."""
    assert subprocess.run([sys.executable, "-m", "tools.cli_reference", "--check"], cwd=ROOT, check=False).returncode == 0


def test_man_pages_are_up_to_date() -> None:
    assert subprocess.run([sys.executable, "-m", "tools.man_pages", "--check"], cwd=ROOT, check=False).returncode == 0


def test_the_keys_of_the_interface_are_up_to_date() -> None:
    assert subprocess.run([sys.executable, "-m", "tools.tui_keys", "--check"], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example(name: str) -> None:
    command = ovsdissect.get_command(click.Context(ovsdissect), name)
    assert command is not None
    example = "ovsdissect nlmon.pcap" if name == "tui" else f"ovsdissect {name} "  # what is no command is a capture to walk through
    assert example in (command.help or "")
    assert [one.name for one in command.params if isinstance(one, click.Option) and not one.help] == []


def test_the_bytes_in_the_help_are_decoded_on_a_page() -> None:
    """tests/docs/test_console.py runs it there."""
    command = ovsdissect.get_command(click.Context(ovsdissect), "bytes")
    assert command is not None
    example = re.search(r"ovsdissect bytes --family .*", command.help or "")
    assert example is not None
    assert f"$ {example[0]}\n" in (ROOT / "docs" / "scripting.md").read_text()


def test_the_site_has_every_page() -> None:
    docs = ROOT / "docs"
    listed = re.findall(r"^([a-z-]+)$", (docs / "index.md").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(page.stem for page in docs.glob("*.md") if page.stem != "index")
