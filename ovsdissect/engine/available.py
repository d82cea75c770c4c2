"""Decides whether the compiled engine is used; no other module does."""

from __future__ import annotations

import os
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from typing import Final, NamedTuple

VARIABLE: Final = "OVSDISSECT_PURE"
NOT_COMPILED: Final = "not-compiled.txt"  # written if the engine could not be compiled; holds the reason
SHARED: Final = "_shared"  # the module that all others need, compiled together with them
FOLDER: Final = os.path.dirname(__file__)


class Engine(NamedTuple):
    """The engine of this installation. compiled: whether it is used; missing: why it is not although it is wanted, else None."""

    compiled: bool
    missing: str | None = None


def engine(folder: str = FOLDER) -> Engine:
    """Return the engine of this installation. The tree does all work if OVSDISSECT_PURE is set to anything but an empty string or 0."""
    if os.environ.get(VARIABLE, "0") not in ("", "0"):
        return Engine(False)
    return _installed(folder)


@cache
def _installed(folder: str) -> Engine:
    """Return whether a folder has the engine: looked up once, because some callers ask for each row."""
    names = set(os.listdir(folder))
    if not names.isdisjoint(SHARED + suffix for suffix in EXTENSION_SUFFIXES):
        return Engine(True)
    try:
        with open(os.path.join(folder, NOT_COMPILED), encoding="utf-8") as file:
            return Engine(False, f"{file.read().strip()} when it was installed")
    except OSError:
        return Engine(False, "in a checkout `make setup` does it")
