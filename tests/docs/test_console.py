"""Every command that README and docs show prints what they show."""

from __future__ import annotations

import doctest
import re
from importlib import import_module
from pathlib import Path

import pytest

from tests.docs import console

DEAR = {"questions.md", "tutorial.md"}  # dozens of commands, and some that read a large capture several times


@pytest.fixture(name="directory")
def fixture_directory(tmp_path: Path) -> Path:
    """A directory as a reader's: with the captures of the repository."""
    (tmp_path / "captures").symlink_to(console.ROOT / "captures")
    return tmp_path


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, id=page.name, marks=[pytest.mark.slow] if page.name in DEAR else [])
        for page in console.PAGES
        if "```console" in page.read_text() or "```pycon" in page.read_text()
    ],
)
def test_commands_print_what_the_page_shows(page: Path, directory: Path, update: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(directory)
    if update:
        console.update(page, directory)
        return
    for step in console.steps(page.read_text()):
        printed = console.run(step.command, directory)
        assert console.agrees(printed, step.printed), f"$ {step.command}\n{printed}"
    assert console.Session.of(page.read_text()).others == []


def test_links_lead_somewhere() -> None:
    for page in console.PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_examples_in_docstrings(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are in the reference of the Python API: each prompt begins a line, and gives what follows."""
    monkeypatch.chdir(console.ROOT)
    files = [file for file in sorted((console.ROOT / "ovsdissect").rglob("*.py")) if ">>> " in file.read_text()]
    assert len(files) >= 3
    for file in files:
        module = import_module(".".join(file.relative_to(console.ROOT).with_suffix("").parts).removesuffix(".__init__"))
        done = doctest.testmod(module)
        assert (done.failed, done.attempted) == (0, file.read_text().count(">>> ")), file
