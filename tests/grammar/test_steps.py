"""The steps of a path: what is left of a name without the numbers that tell one of several from the others."""

from __future__ import annotations

import pytest

from ovsdissect.grammar.fieldnames import step


@pytest.mark.parametrize(
    ("name", "left"),
    [("in_port", "in_port"), ("in_port#2", "in_port"), ("[3].in_port", "in_port"), ("[3].in_port#2", "in_port"), ("[0]", "")],
)
def test_steps(name: str, left: str) -> None:
    assert step(name) == left
