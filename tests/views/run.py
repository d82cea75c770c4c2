"""Run the command line inside the test's process."""

from __future__ import annotations

import io
import sys
from typing import NamedTuple

import pytest

from ovsdissect.cli import main


class Said(NamedTuple):
    """What a command printed, and its exit code."""

    out: bytes
    err: str
    code: int


class _Stream(io.TextIOWrapper):
    """A standard stream that keeps what is written; `terminal` is what it says of itself."""

    def __init__(self, data: bytes = b"", *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(data), encoding="utf-8", write_through=True)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    def bytes(self) -> bytes:
        self.flush()
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue()


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object, stdin: bytes = b"", terminal: bool = False) -> Said:
    """`ovsdissect` with these arguments; terminal: standard output says that it is one."""
    out, err = _Stream(terminal=terminal), _Stream()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "argv", ["ovsdissect", *map(str, arguments)])
        patch.setattr(sys, "stdin", _Stream(stdin))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        with pytest.raises(SystemExit) as end:
            main()
    code = end.value.code
    assert isinstance(code, int)
    return Said(out.bytes(), err.bytes().decode(), code)
