"""A field as a column: its values as Python objects, and as the single text that a list or a CSV cell shows."""

from __future__ import annotations

import json
from typing import Any

from ovsdissect.dissect.message import Message, flag_names
from ovsdissect.filter.fields import lookup
from ovsdissect.filter.gather import Selection
from ovsdissect.filter.headers import FLAGS
from ovsdissect.filter.hints import nearest
from ovsdissect.filter.reading import Reading
from ovsdissect.filter.syntax import fault
from ovsdissect.filter.times import duration_text, time_text
from ovsdissect.filter.told import NAMES as TOLD
from ovsdissect.filter.types import Key, Type
from ovsdissect.grammar.wire import Part
from ovsdissect.tree.node import UNDECODED, Node, plain

_FLAG_KINDS = {type_: kind for kind, type_ in FLAGS.items()}


class Column:
    """One field of many messages. start_ns: as in Filter."""

    __slots__ = ("_field", "_selection", "name", "start_ns")

    def __init__(self, name: str) -> None:
        field = lookup(name)
        if field is None:
            near = nearest(name)
            raise fault(name, f"there is no field {name}" + (f": did you mean {near}?" if near else ""), 0, len(name))
        self.name = name
        self.start_ns: int | None = None
        self._field = field
        # compound values need their nodes, which only the tree has
        compound = any(getattr(key, "kind", "") in ("set", "list", "struct") for key in field.types)
        self._selection = Selection(field.places, field.inner, direct=not compound)

    @property
    def looks_ahead(self) -> bool:
        """Whether only later messages tell the value."""
        return self.name in TOLD

    def __repr__(self) -> str:
        return f"<Column {self.name}>"

    def values(self, message: Message) -> list[Any]:
        """Return the field's values in a message: numbers, texts, bytes, lists of flag names, dictionaries; empty if it has none."""
        if self.start_ns is None:
            self.start_ns = message.time_ns
        found = list(self._field.read(Reading(message, self._selection, self.start_ns)))
        if len(found) > 1 and len({id(key) for key, _ in found}) > 1:
            # a list and its elements share a name: showing one of them is enough
            elements = [(key, raw) for key, raw in found if getattr(key, "kind", "") != "list"]
            found = elements or found
        return [value_of(key, raw) for key, raw in found]

    def text(self, message: Message) -> str:
        """Return the values as one text, joined by commas; "" if there are none."""
        return ",".join(shown(value) for value in self.values(message))


def column(name: str) -> Column:
    """Return the column of a field. Raises FilterError if there is no such field."""
    return Column(name)


def value_of(key: Key, raw: Any) -> Any:
    """Return a value as a Python object."""
    if isinstance(key, Part):
        return bool(raw) if key.kind == "bool" else f"0x{raw:x}" if key.kind == "id" else raw
    if isinstance(key, Type):
        return _header_value(key, raw)
    if isinstance(raw, Node):
        if key is UNDECODED:
            return raw.raw
        return plain(raw, lambda node: node.raw.hex())
    return key.value(raw)


def _header_value(type_: Type, raw: Any) -> Any:
    if type_ in _FLAG_KINDS:
        return flag_names(_FLAG_KINDS[type_], raw)
    if type_.kind == "time":
        return time_text(raw)
    if type_.kind == "duration":
        return duration_text(raw)
    if type_.group == "none":
        return True
    return next((name for name, number in type_.names.items() if number == raw), raw)


def shown(value: Any) -> str:
    """Return a value as a cell's text: flags joined by |, bytes in hex, compound values as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "|".join(value)
    if isinstance(value, (dict, list)):
        return json.dumps(value, separators=(",", ":"), default=lambda data: bytes(data).hex())
    return str(value)
