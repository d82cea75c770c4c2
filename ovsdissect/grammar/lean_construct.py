"""Imports construct without the modules that only its checksums, pickles and debugger need: those are loaded on first use.

Loading them takes longer than construct itself, and ovsdissect does not use them.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any, Final

UNUSED: Final = ("hashlib", "pdb", "pickle", "traceback")


class StandIn(ModuleType):
    """Stands for a module with its name: accessing something in it loads the module itself."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            sys.modules.pop(self.__name__, None)
        return getattr(import_module(self.__name__), name)


_stand_ins: Final = {name: StandIn(name) for name in UNUSED if name not in sys.modules}
if "construct" not in sys.modules:
    sys.modules |= _stand_ins
    import construct as construct

    for _name, _module in _stand_ins.items():
        if sys.modules.get(_name) is _module:  # for everyone else it is the module itself
            del sys.modules[_name]
