"""Loads compiled modules as Python from their sources, so that both forms can be compared in one process."""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from types import ModuleType

import ovsdissect.engine
from tests import recorded
from tests.each import none_of

FOLDER = recorded.ROOT / "ovsdissect" / "engine"

PACKAGE = ovsdissect.engine.__name__


class _Sources:
    """Finds the modules of a package as sources, whatever stands beside them."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._folder = recorded.ROOT.joinpath(*package.split("."))

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        package, _, module = name.rpartition(".")
        return spec_from_file_location(name, self._folder / f"{module}.py") if package == self._package else None


def is_compiled(module: ModuleType) -> bool:
    """Whether a module is an extension."""
    return not str(module.__file__).endswith(".py")


def uncompiled(*names: str, package: str = PACKAGE) -> tuple[ModuleType, ...]:
    """Modules of the engine, or of another package, as Python, and what they import of it too."""
    room = sys.modules[package]
    before = {name: module for name, module in sys.modules.items() if name.startswith(f"{package}.")}
    attributes = dict(vars(room))
    for name in before:
        del sys.modules[name]
    finder = _Sources(package)
    sys.meta_path.insert(0, finder)
    try:
        found = tuple(importlib.import_module(f"{package}.{name}") for name in names)
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name.startswith(f"{package}.")]:
            del sys.modules[name]
        sys.modules.update(before)
        vars(room).clear()
        vars(room).update(attributes)
    assert none_of(map(is_compiled, found))
    return found
