"""The layers of a packet as one object whose paths are the names of the filter's fields: no key contains a dot.

"flags" and "flags.df" of a header become {"flags": {"value": 2, "df": true}}: a value that has parts is called "value" beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final

from ovsdissect.json.symbols import with_symbols
from ovsdissect.tree.node import Node

VALUE: Final = "value"


def layers_object(layers: Iterable[Node], render: Callable[[Node], Any], *, symbols: bool) -> dict[str, Any]:
    """Return the object of a packet's layers, in order; a second layer with the same name is called "vlan#2"."""
    made: dict[str, Any] = {}
    for layer in layers:
        value = render(layer)
        put(made, layer.name, nested(with_symbols(layer, value) if symbols else value))
    return made


def nested(value: Any) -> Any:
    """Return a value in which each dot of a key has become a step."""
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
    """Return the steps of a name, of which there are as many as the fields of all layers."""
    return tuple(name.split("."))


def put(into: dict[str, Any], name: str, value: Any) -> None:
    """Store a value at the end of a name's steps."""
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
