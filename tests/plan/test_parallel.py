"""Several processes write what one writes, from files and pipes; when one dies, that is an error, and what was written whole lines."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ovsdissect.api import Message, open
from ovsdissect.dissect.context import Context
from ovsdissect.export import parallel
from ovsdissect.export.fastjson import JsonLines
from tests import recorded
from tests.bench.generate import generate


def output(*arguments: str, stdin: bytes | None = None) -> bytes:
    """What `ovsdissect json` writes."""
    command = (sys.executable, "-m", "ovsdissect", "json", *arguments)
    return subprocess.run(command, input=stdin, capture_output=True, check=True).stdout


@pytest.mark.parametrize("options", [[], ["--all"], ["--array"], ["--raw", "--odp"]])
@pytest.mark.parametrize("name", ["conntrack", "nlextras", "rawnl"])
def test_same_output(name: str, options: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    path = recorded.path(name)
    alone = output(str(path), *options)
    assert output(str(path), *options, "-j", "2") == alone
    # from a pipe ids become known by a bounded look-ahead, not by a first pass
    piped = output("-", *options, stdin=path.read_bytes())
    assert output("-", *options, "-j", "3", stdin=path.read_bytes()) == piped


@pytest.mark.parametrize("name", ["tunnels", "nlextras"])
def test_small_parts(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests, ids and names go from part to part."""
    monkeypatch.setattr(parallel, "PART_RECORDS", 37)
    lines = []
    with open(recorded.path(name)) as capture:
        context, records = capture.begin()
        for text, _ in parallel.parallel_lines(context, records, everything, Message, False, 2):
            lines += text.decode().splitlines()
    with open(recorded.path(name)) as capture:
        context, records = capture.begin()
        assert lines == [line for batch in everything(context).batches(records, 100) for line in batch]


def everything(context: Context[Any]) -> JsonLines[Any]:
    """A writer of all messages."""
    return JsonLines(context, lambda message: True, everything=True)


def dying(context: Context[Any]) -> JsonLines[Any]:
    """A writer whose process is killed when it comes to its second part."""

    class Dying(JsonLines[Any]):
        def go_on(self, context: Context[Any]) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

    return Dying(context, lambda message: True)


def test_a_workers_death_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "many.pcap"
    generate(path, 6000)
    parts = []
    with open(path) as capture:
        context, records = capture.begin()
        with pytest.raises(parallel.WorkerDiedError, match="killed by signal 9"):
            parts += [text for text, _ in parallel.parallel_lines(context, records, dying, Message, False, 2)]
    assert all(part.endswith(b"\n") for part in parts)


def test_exit_code_of_a_workers_death(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys\n"
        "from ovsdissect.export.fastjson import JsonLines\n"
        "JsonLines.go_on = lambda self, context: os.kill(os.getpid(), signal.SIGKILL)\n"
        "from ovsdissect.cli import main\n"
        "sys.argv = ['ovsdissect', 'json', '-j', '2', sys.argv[1]]\n"
        "main()\n"
    )
    path = tmp_path / "many.pcap"
    generate(path, 8000)
    done = subprocess.run((sys.executable, "-c", program, str(path)), capture_output=True, check=False)
    assert done.returncode == 1
    assert b"killed by signal 9" in done.stderr
    assert not done.stdout or done.stdout.endswith(b"\n")
