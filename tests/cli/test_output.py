"""What commands that write files report on failure: which file, in one line that is safe for a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import recorded
from tests.cli.processes import ovsdissect


@pytest.mark.parametrize("arguments", [("json",), ("carve",), ("carve", "-Y", "ovs_flow")])
def test_a_file_that_cannot_be_made_is_named(arguments: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "no\x1b[2Jsuch" / "out"
    done = ovsdissect(*arguments, recorded.path("rawnl"), "-o", file)
    shown = str(file).replace("\x1b", r"\x1b")
    assert done.stderr.decode() == f"ovsdissect: the output could not be completed: {shown}: No such file or directory\n"
    assert (done.returncode, done.stdout) == (1, b"")
