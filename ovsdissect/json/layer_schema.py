"""The schema of a packet's layers, made from the names of the frame's fields: each dot in a name is a step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ovsdissect.frame import FrameField, fields_table
from ovsdissect.grammar.wire import Wire
from ovsdissect.json.layers import VALUE

Schema = dict[str, Any]


@dataclass(slots=True)
class Step:
    """One step of names: the field that ends here, and the steps below."""

    ends: FrameField | None = None
    below: dict[str, Step] = field(default_factory=dict)


def layers_schema(scalar: Callable[[Wire], Schema], place: str) -> Schema:
    """Return the object of all layers. scalar: returns the schema of a single value. place: where it is in the schema."""
    root = Step()
    for one in fields_table():
        if not one.stands_for:
            at = root
            for name in one.name.split("."):
                at = at.below.setdefault(name, Step())
            at.ends = one
    return _object(root, scalar, place)


def _object(step: Step, scalar: Callable[[Wire], Schema], place: str) -> Schema:
    """Return an object of the steps below: each once, and again as "name#2"."""
    members = {name: _step(name, below, scalar, f"{place}/properties/{name}") for name, below in step.below.items()}
    again = {f"^{name}#[0-9]+$": {"$ref": f"{place}/properties/{name}"} for name in members}
    undecoded = {"undecoded": {"type": "string", "description": "Bytes that could not be read."}}
    return {"type": "object", "properties": members | undecoded, "patternProperties": again, "additionalProperties": False}


def _step(name: str, step: Step, scalar: Callable[[Wire], Schema], place: str) -> Schema:
    """Return the schema of a step."""
    ends = step.ends
    doc = ends.doc if ends is not None and ends.doc else f"What begins with {name}."
    if ends is None:
        return _object(step, scalar, place) | {"description": doc}
    kind = ends.wire.kind
    if kind == "list":
        items = _object(step, scalar, f"{place}/items") if step.below else _leaf(ends, scalar)
        return {"type": "array", "items": items, "description": doc}
    if kind in ("struct", "set"):
        return _object(step, scalar, place) | {"description": doc}
    if not step.below:
        return _leaf(ends, scalar) | {"description": doc}
    whole = _object(step, scalar, place)
    whole["properties"][VALUE] = _leaf(ends, scalar) | {"description": doc}
    return whole | {"description": doc}


def _leaf(ends: FrameField, scalar: Callable[[Wire], Schema]) -> Schema:
    if ends.part is not None:
        return {"type": {"bool": "boolean", "id": "string"}.get(ends.part.kind, "integer")}
    element = getattr(ends.wire, "element", None)
    return scalar(ends.wire if element is None else element.wire)
