"""Which reader does the work, and what the command line says of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from ovsdissect.engine.available import NOT_COMPILED, VARIABLE, Engine, engine
from tests import recorded

REASON = "no C compiler was found"
SENTENCE = f"ovsdissect: reading is slower, because the engine is not compiled: {REASON} when it was installed.\n"


@pytest.fixture(name="copy")
def fixture_copy(tmp_path: Path) -> Path:
    """A copy of the package, as it is installed where nothing can be compiled."""
    ignored = shutil.ignore_patterns("__pycache__", *(f"*{suffix}" for suffix in EXTENSION_SUFFIXES))
    shutil.copytree(recorded.ROOT / "ovsdissect", tmp_path / "ovsdissect", ignore=ignored)
    folder = tmp_path / "ovsdissect" / "engine"
    for suffix in (".py", ".pxd"):
        folder.joinpath(f"trial{suffix}").write_text("")
    folder.joinpath(NOT_COMPILED).write_text(f"{REASON}\n")
    return tmp_path


def run(copy: Path, *arguments: str, **environment: str) -> tuple[str, str]:
    """What a command of the copy prints on standard output and standard error."""
    left = (VARIABLE, "PYTHONDONTWRITEBYTECODE")  # its second command starts faster
    variables = {**{name: value for name, value in os.environ.items() if name not in left}, "PYTHONPATH": str(copy), **environment}
    command = [sys.executable, "-P", "-m", "ovsdissect", *arguments]
    done = subprocess.run(command, cwd=copy, env=variables, capture_output=True, text=True, check=True)
    return done.stdout, done.stderr


def test_a_missing_engine_is_told_once(copy: Path) -> None:
    capture = str(recorded.brief("mid-stream", copy))
    for command in (["json", capture], ["stats", capture]):
        out, err = run(copy, *command)
        assert err.startswith(SENTENCE)
        assert err.count("engine") == 1
        assert run(copy, command[0], "-q", *command[1:]) == (out, "")
        # who asked for the tree alone is not told that it is slower
        assert run(copy, *command, OVSDISSECT_PURE="1") == (out, err.removeprefix(SENTENCE))
    assert run(copy, "odp", "actions", "08 00 01 00 03 00 00 00") == ("3\n", "")


def test_the_version_names_the_reader(copy: Path) -> None:
    from ovsdissect import __version__

    for environment, said in ({}, SENTENCE), ({"OVSDISSECT_PURE": "1"}, ""):
        out, err = run(copy, "--version", **environment)
        assert (out.splitlines()[:2], err) == ([f"ovsdissect {__version__}", "engine: pure"], said)
    beside = list(recorded.ROOT.glob(f"ovsdissect/engine/*{EXTENSION_SUFFIXES[0]}"))
    assert run(recorded.ROOT, "--version")[0].splitlines()[1] == f"engine: {'compiled' if beside else 'pure'}"


@pytest.mark.parametrize("suffix", EXTENSION_SUFFIXES)
def test_an_engine_that_is_there_is_wanted_unless_it_is_declined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    without, there = tmp_path / "without", tmp_path / "there"
    for folder in (without, there):
        folder.mkdir()
        for name in ("__init__.py", "plain.py", "reader.py", "reader.pxd"):
            folder.joinpath(name).touch()
    for name in ("reader", "_shared"):
        there.joinpath(f"{name}{suffix}").touch()
    assert engine(str(without)) == Engine(False, "in a checkout `make setup` does it")
    assert engine(str(there)) == Engine(True)
    shutil.rmtree(there)  # it was looked up once: analyses ask for every flow
    for value, compiled in (("1", False), ("yes", False), ("0", True), ("", True)):
        monkeypatch.setenv(VARIABLE, value)
        assert engine(str(there)) == Engine(compiled)
