"""What fuzzing found, and captures that went wrong once: each through every surface.  `make fuzz` adds to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.fuzz.surfaces import SURFACES

EXAMPLES = [*sorted((Path(__file__).parent / "examples").iterdir()), *sorted((Path(__file__).parents[1] / "cli" / "hostile").iterdir())]


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_it_passes(surface: str, example: Path) -> None:
    SURFACES[surface](example)
