"""The golden rows of tests/odp/golden."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"


@cache
def lines(name: str) -> tuple[str, ...]:
    """The lines of a file, headers included."""
    return tuple(gzip.open(GOLDEN / f"{name}.tsv.gz", "rt", encoding="utf-8").read().splitlines())


@cache
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """The columns of a file's rows."""
    return tuple(tuple(line.split("\t")) for line in lines(name) if not line.startswith("#"))


def raw(text: str) -> bytes:
    """The bytes of a hex column."""
    return b"" if text == "-" else bytes.fromhex(text)


@cache
def port_names() -> dict[int, str]:
    """The port table that the rows of "names" were made with."""
    pairs = lines("names")[0].removeprefix("#names ").split(",")
    return {int(number): name for number, _, name in (pair.partition("=") for pair in pairs)}
