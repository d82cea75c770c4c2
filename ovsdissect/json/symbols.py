"""Names instead of numbers, for types that have both: ethertypes, IP protocols, operations of ARP."""

from __future__ import annotations

from typing import Any

from ovsdissect.grammar.wire import Int, Value
from ovsdissect.tree.node import Node


def symbol(wire: Int, raw: int) -> str:
    """Return a number's name, or the number as text; ethertypes in hex, as they are written everywhere."""
    name = wire.names.get(raw)
    return name if name is not None else f"0x{raw:04x}" if wire.code == ">H" else str(raw)


def has_symbols(wire: object) -> bool:
    """Whether the values of a type are numbers that have names."""
    return isinstance(wire, Int) and wire.kind in ("uint", "int") and bool(wire.names)


def with_symbols(node: Node, value: Value) -> Value:
    """Replace such numbers in the rendered value of a node by names. Returns the value, a new one for a single number."""
    wire = node.wire
    if isinstance(wire, Int) and has_symbols(wire):
        return symbol(wire, node.raw)
    if isinstance(value, list):
        shown = [child for child in node.children if child.wire.kind != "pad"]
        for i, (child, one) in enumerate(zip(shown, value, strict=False)):
            if isinstance(one, dict) and wire.kind == "set":
                _member(one, child.key, child)
            else:
                value[i] = with_symbols(child, one)
    elif isinstance(value, dict):
        for child in node.children:
            _member(value, child.name, child)
    return value


def _member(members: dict[str, Any], name: str, child: Node) -> None:
    if name in members:
        members[name] = with_symbols(child, members[name])
