"""Modules of the engine as plain Python, whatever is compiled beside their sources."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import ovsdissect.engine


def load(*names: str) -> ModuleType:
    """The last of these modules of ovsdissect.engine; what it imports of the others is uncompiled too.  Those come first that need none."""
    module = ModuleType("")
    with patch.dict(sys.modules):
        for name in names:
            full = f"ovsdissect.engine.{name}"
            spec = spec_from_file_location(full, Path(ovsdissect.engine.__path__[0], f"{name}.py"))
            assert spec
            assert spec.loader
            module = sys.modules[full] = module_from_spec(spec)
            spec.loader.exec_module(module)
    return module
