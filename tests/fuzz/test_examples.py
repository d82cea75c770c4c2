"""What fuzzing found, and captures that once went wrong, each through every surface. `make fuzz` adds to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.fuzz.surfaces import SURFACES

EXAMPLES = [*sorted((Path(__file__).parent / "examples").iterdir()), *sorted((Path(__file__).parents[1] / "cli" / "hostile").iterdir())]


SMALL = 4000  # bytes
MOST = ("tree", "readers", "analyses")  # surfaces that find most


def _cases() -> list[pytest.param]:  # type: ignore[valid-type]  # what pytest.param gives has no name
    """Each example with each surface; slow, unless that surface found it, or the example is short and the surface is one of MOST."""
    return [
        pytest.param(
            surface,
            example,
            id=f"{example.name}-{surface}",
            marks=[] if example.name.startswith(surface) or (surface in MOST and example.stat().st_size < SMALL) else [pytest.mark.slow],
        )
        for example in EXAMPLES
        for surface in SURFACES
    ]


@pytest.mark.parametrize(("surface", "example"), _cases())
def test_it_passes(surface: str, example: Path) -> None:
    SURFACES[surface](example)
