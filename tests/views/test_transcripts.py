"""Every transcript: its first line is a command, the rest is its output and, unless it is 0, its exit code."""

import shlex
from pathlib import Path

import pytest

from tests.recorded import ROOT
from tests.views.run import run

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(transcript: Path, update: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    old = transcript.read_text(encoding="utf-8")
    first = old.split("\n", 1)[0]
    monkeypatch.chdir(ROOT)
    said = run(monkeypatch, *shlex.split(first.removeprefix("$ "))[1:])
    new = f"{first}\n{said.out.decode()}{said.err}" + (f"[exit {said.code}]\n" if said.code else "")
    if update:
        transcript.write_text(new, encoding="utf-8")
    else:
        assert new == old
