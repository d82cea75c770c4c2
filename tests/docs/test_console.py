"""Every command that README and docs show prints what they show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs import console


@pytest.fixture(name="directory")
def fixture_directory(tmp_path: Path) -> Path:
    """A directory as a reader's: with the captures of the repository."""
    (tmp_path / "captures").symlink_to(console.ROOT / "captures")
    return tmp_path


@pytest.mark.parametrize("page", [page for page in console.PAGES if "```console" in page.read_text()], ids=lambda page: page.name)
def test_commands_print_what_the_page_shows(page: Path, directory: Path, update: bool) -> None:
    if update:
        console.update(page, directory)
        return
    for step in console.steps(page.read_text()):
        printed = console.run(step.command, directory)
        assert console.agrees(printed, step.printed), f"$ {step.command}\n{printed}"


def test_links_lead_somewhere() -> None:
    for page in console.PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"
