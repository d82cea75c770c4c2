"""Controls Python's garbage collector while the rules run: flows and upcalls are many and acyclic; trees are cyclic and short-lived."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Disable the collector, which would scan all flows repeatedly. Code that reads trees must call collect_trees()."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def collect_trees() -> None:
    """Free the trees read since the last call, if the collector is disabled; only objects made since then are scanned."""
    if not gc.isenabled():
        gc.collect(0)
