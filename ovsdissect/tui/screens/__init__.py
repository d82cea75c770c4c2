"""The screens, one per file.  A file with a SCREEN is opened by a key over the capture screen; nothing else refers to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple

from textual.screen import Screen

from ovsdissect.tui.keys import Key
from ovsdissect.tui.session import Session


class Opened(NamedTuple):
    """A screen that a key opens; its action is open('name').  make: creates the screen for the session."""

    key: Key
    make: Callable[[Session], Screen[Any]]
    keys: tuple[Key, ...]


@cache
def opened() -> dict[str, Opened]:
    """The screens that keys open, by the names of their files."""
    found = {}
    for module in iter_modules(__path__):
        screen = getattr(import_module(f"{__name__}.{module.name}"), "SCREEN", None)
        if isinstance(screen, Opened):
            found[module.name] = screen
    return found
