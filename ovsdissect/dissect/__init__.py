"""A message in its context: its family, its tree and problems, the names known at its time, the request it answers.

Calling the package is `ovsdissect.dissect(data, family=..., cmd=...)`: the public function and this room share a name.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Package(ModuleType):
    def __call__(self, data: bytes, **options: Any) -> Any:
        from ovsdissect.dissect.standalone import dissect

        return dissect(data, **options)


sys.modules[__name__].__class__ = _Package
