"""Whether the compiled engine is there and wanted: the only place that decides it."""

from __future__ import annotations

import os
from importlib.machinery import EXTENSION_SUFFIXES
from typing import Final, NamedTuple

VARIABLE: Final = "OVSDISSECT_PURE"
NOT_COMPILED: Final = "not-compiled.txt"  # written where the engine could not be compiled, with the reason
SHARED: Final = "_shared"  # the module that the others need, made with them
FOLDER: Final = os.path.dirname(__file__)


class Engine(NamedTuple):
    """The engine of this installation.  compiled: it is there and wanted; missing: why it is wanted but not there."""

    compiled: bool
    missing: str | None = None


def engine(folder: str = FOLDER) -> Engine:
    """What the tree's work can be left to.  OVSDISSECT_PURE in the environment, unless empty or 0, leaves all of it to the tree."""
    if os.environ.get(VARIABLE, "0") not in ("", "0"):
        return Engine(False)
    names = set(os.listdir(folder))
    if not names.isdisjoint(SHARED + suffix for suffix in EXTENSION_SUFFIXES):
        return Engine(True)
    try:
        with open(os.path.join(folder, NOT_COMPILED), encoding="utf-8") as file:
            return Engine(False, f"{file.read().strip()} when it was installed")
    except OSError:
        return Engine(False, "in a checkout `make setup` does it")
