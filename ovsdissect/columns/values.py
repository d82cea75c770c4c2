"""The values of a message's columns from its tree: those of its JSON object, in the form of each column's type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from ovsdissect.columns.arrow import octets
from ovsdissect.columns.names import Column
from ovsdissect.dissect.message import Message
from ovsdissect.json.jsonline import to_dict

Convert = Callable[[Any], Any]


class Values:
    """Makes the rows of some columns.

    capture: its name. binary: addresses as bytes.
    """

    def __init__(self, columns: Iterable[Column], capture: str, *, binary: bool) -> None:
        self._capture = capture
        columns = list(columns)
        self._attrs = trie(columns, binary=binary)
        self._heads: list[tuple[str, tuple[str, ...], Convert]] = []
        self._wanted = set[str]()
        for column in columns:
            self._wanted.add(column.name)
            convert = converter(column, binary=binary)
            self._heads += [(column.name, ("error", *path), convert) for family, path in column.places if not family]
            if not column.places:
                self._heads.append((column.name, tuple(column.name.split(".")), convert))

    def of(self, message: Message, interface: int) -> dict[str, Any]:
        """Return the values that a message has, by column."""
        told = to_dict(message)
        told["capture"], told["interface"], told["interface_name"] = self._capture, interface, message.interface_name
        told["comment"], told["link_errors"] = "\n".join(message.comments) or None, "\n".join(message.link_errors) or None
        row: dict[str, Any] = {}
        for name, path, convert in self._heads:
            value: Any = told
            for step in path:
                value = value.get(step) if isinstance(value, dict) else None
            if value is not None and (value := convert(value)) is not None:
                row[name] = value
        if "time" in self._wanted and told["time_ns"] is not None:
            row["time"] = told["time_ns"]
        if told["attrs"] is not None and told["family"] in self._attrs:
            take(self._attrs[told["family"]], told["attrs"], row)
        return row


def trie(columns: Iterable[Column], *, binary: bool) -> dict[str, dict[str, Any]]:
    """Return what is wanted of each family's attributes: by JSON name either the level below, or a column's name and its converter."""
    made: dict[str, dict[str, Any]] = {}
    for column in columns:
        for family, path in column.places:
            if family:
                level = made.setdefault(family, {})
                for step in path[:-1]:
                    level = level.setdefault(step, {})
                level[path[-1]] = (column.name, converter(column, binary=binary))
    return made


def take(wanted: Mapping[str, Any], value: Mapping[str, Any], row: dict[str, Any]) -> None:
    """Store the wanted values of an object in a row."""
    for key, one in value.items():
        what = wanted.get(key)
        if what is None or one is None:
            continue
        if isinstance(what, dict):
            if isinstance(one, dict):
                take(what, one, row)
            continue
        name, convert = what
        made = convert(one)
        if made is not None:
            row[name] = made


def converter(column: Column, *, binary: bool = False) -> Convert:
    """Return the function that converts a column's value from JSON; it returns None for another type, as malformed values have."""
    address = column.address if binary else None
    if address is not None:
        return lambda value: octets(address, value) if isinstance(value, str) else None
    if column.type == "json":
        return lambda value: orjson.dumps(value).decode()
    if column.type == "bool":
        return lambda value: value if isinstance(value, bool) else None
    if column.type == "enum":
        return lambda value: str(value) if isinstance(value, (str, int)) else None
    if column.type == "text":
        return lambda value: value if isinstance(value, str) else None
    if column.type == "bytes":
        return lambda value: bytes.fromhex(value) if isinstance(value, str) else None
    if column.type == "time":
        return lambda value: None  # the text of a time is not parsed again
    if column.type == "flags" or column.type.startswith("list<"):
        one = str if column.type == "flags" else int
        return lambda value: value if isinstance(value, list) and all(isinstance(item, one) for item in value) else None
    return lambda value: value if isinstance(value, int) and not isinstance(value, bool) else None
