"""The .pxd files declare what the modules contain."""

from __future__ import annotations

import re

from tests import recorded

COMMON = (-1, 0, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)  # exact masks, names that are not known, wildcards


def test_no_common_value_asks_whether_it_was_raised() -> None:
    """A caller that gets the value of an `except?` takes the interpreter's lock, which every thread of `json -j N` then waits for."""
    found = [
        (path.name, int(value, 0))
        for path in sorted(recorded.ROOT.glob("ovsdissect/engine/*.pxd"))
        for value in re.findall(r"except\? (\S+)", path.read_text(encoding="utf-8"))
    ]
    assert found
    assert [one for one in found if one[1] in COMMON] == []
