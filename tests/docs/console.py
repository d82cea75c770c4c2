"""Runs the console sessions of the documentation: each command of a page in one directory, in order, as a reader would.

A session is a fenced block `console`. Lines that begin with `$ ` are commands, `> ` continues one; the others are what they print.
A line `...` stands for any lines, `...` in a line for any text.  A block `pycon` is a session of Python's; those of a page are one.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from tests.cli.processes import CALLER, loaded

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
BLOCK: Final = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SESSION: Final = re.compile(r"^```pycon\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COMMAND: Final = re.compile(r"^\$ (.*(?:\n> .*)*)\n", re.MULTILINE)


class Step(NamedTuple):
    """A command of a page, what the page says that it prints, and where that stands in the page."""

    command: str
    printed: str
    start: int
    end: int


def steps(text: str) -> list[Step]:
    """All commands of a page, in order."""
    found = []
    for block in BLOCK.finditer(text):
        commands = list(COMMAND.finditer(block[1]))
        assert commands, f"a console block begins with a command: {block[1]!r}"
        assert commands[0].start() == 0, f"a console block begins with a command: {block[1]!r}"
        for command, following in zip(commands, [*commands[1:], None], strict=True):
            end = following.start() if following else len(block[1])
            offset = block.start(1)
            found.append(Step(command[1].replace("\n> ", "\n"), block[1][command.end() : end], offset + command.end(), offset + end))
    return found


@cache
def programs() -> tempfile.TemporaryDirectory[str]:
    """A directory with an `ovsdissect` that needs no time to start."""
    folder = tempfile.TemporaryDirectory(prefix="programs")
    program = Path(folder.name) / "ovsdissect"
    program.write_text(f'#!/bin/sh\nexec {CALLER} {loaded()} "$@"\n')
    program.chmod(0o755)
    return folder


def run(command: str, directory: Path) -> str:
    """What a command prints, run by a POSIX shell where `captures/` is that of the repository."""
    path = os.pathsep.join((programs().name, os.path.dirname(sys.executable), os.environ["PATH"], str(Path(__file__).parent / "bin")))
    environment = {"PATH": path, "HOME": str(directory), "COLUMNS": "120", "TERM": "dumb", "LANG": "C.UTF-8", "TZ": "UTC"}
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout.replace("\t", "        ")


def agrees(printed: str, expected: str) -> bool:
    """Whether a command prints what the page says."""
    lines = [line.rstrip() for line in printed.splitlines()]
    wanted = [line.rstrip() for line in expected.splitlines()]
    return doctest.OutputChecker().check_output("\n".join(wanted) + "\n", "\n".join(lines) + "\n", doctest.ELLIPSIS)


class Session(doctest.DocTestRunner):
    """Runs the Python sessions of a page as one, and keeps what is printed where the page says otherwise."""

    def __init__(self) -> None:
        super().__init__(optionflags=doctest.ELLIPSIS)
        self.others: list[tuple[doctest.Example, str]] = []

    def report_failure(self, out: object, test: object, example: doctest.Example, got: str) -> None:
        self.others.append((example, got))

    def report_unexpected_exception(self, out: object, test: object, example: doctest.Example, exc_info: tuple[object, ...]) -> None:
        self.others.append((example, repr(exc_info[1]) + "\n"))

    @classmethod
    def of(cls, text: str) -> Session:
        """The sessions of a page, run where `captures/` is that of the repository."""
        blocks = "\n".join(block[1] for block in SESSION.finditer(text))
        made = cls()
        made.run(doctest.DocTestParser().get_doctest(blocks, {}, "page", None, 0), clear_globs=True)
        return made


def update(page: Path, directory: Path) -> None:
    """Write what the commands print now into a page, where it is not what the page says."""
    text = page.read_text()
    pieces, at = [], 0
    for step in steps(text):
        printed = run(step.command, directory)
        pieces.append(text[at : step.start])
        pieces.append(step.printed if agrees(printed, step.printed) else "".join(f"{line.rstrip()}\n" for line in printed.splitlines()))
        at = step.end
    text = "".join(pieces) + text[at:]
    for example, got in Session.of(text).others:
        source = f">>> {example.source}"
        assert text.count(source + example.want) == 1, f"several are the same: {source}"
        text = text.replace(source + example.want, source + got)
    page.write_text(text)
