"""Python's collector while the rules run: flows and upcalls are very many and in no circles, trees are in circles and die young."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the collector, which would look at all flows again and again; who reads trees calls collect_trees()."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def collect_trees() -> None:
    """Let go of the trees that were read lately, where the collector does not: it looks only at what was made since it was called last."""
    if not gc.isenabled():
        gc.collect(0)
