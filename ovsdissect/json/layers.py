"""The layers of a packet as one object whose paths are the names of the filter's fields: no key has a dot in it.

"flags" and "flags.df" of a header are {"flags": {"value": 2, "df": true}}: a value that parts of it are beside is called "value".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final

from ovsdissect.json.symbols import with_symbols
from ovsdissect.tree.node import Node

VALUE: Final = "value"


def layers_object(layers: Iterable[Node], render: Callable[[Node], Any], *, symbols: bool) -> dict[str, Any]:
    """The object of a packet's layers, in their order; a second layer of a name is called "vlan#2"."""
    made: dict[str, Any] = {}
    for layer in layers:
        value = render(layer)
        put(made, layer.name, nested(with_symbols(layer, value) if symbols else value))
    return made


def nested(value: Any) -> Any:
    """A value in which each dot of a key is a step."""
    if isinstance(value, list):
        return [nested(one) for one in value]
    if not isinstance(value, dict):
        return value
    made: dict[str, Any] = {}
    for name, one in value.items():
        put(made, name, nested(one))
    return made


@lru_cache(maxsize=4096)
def _steps(name: str) -> tuple[str, ...]:
    """The steps of a name, of which there are as many as the fields of all layers."""
    return tuple(name.split("."))


def put(into: dict[str, Any], name: str, value: Any) -> None:
    """Put a value at the end of the steps of a name."""
    *steps, last = _steps(name)
    for step in steps:
        below = into.setdefault(step, {})
        if not isinstance(below, dict):
            below = into[step] = {VALUE: below}
        into = below
    there = into.get(last)
    if isinstance(there, dict) and not isinstance(value, dict):
        there[VALUE] = value
    elif isinstance(there, dict):
        there |= value
    else:
        into[last] = value
