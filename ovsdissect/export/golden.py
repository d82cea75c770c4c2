"""What a capture dissects to, as a file to compare with: the JSON object of each message with Open vSwitch's own text, one a line.

It is what `ovsdissect json --odp` prints.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from ovsdissect.dissect.message import Message
from ovsdissect.dissect.node import join
from ovsdissect.export.jsonline import to_dict
from ovsdissect.odp import Version
from ovsdissect.odp.texts import Texts

ABSENT: Final = object()
LONGEST: Final = 200  # characters of a value that a difference shows


def golden_object(message: Message, *, ovs: Version = "4.0", names: bool | None = None) -> dict[str, Any]:
    """The object of one message."""
    return to_dict(message) | {"odp": Texts(message, names=names, ovs=ovs).to_dict()}


def golden_bytes(objects: Iterable[Mapping[str, Any]]) -> bytes:
    """The file."""
    return b"".join(orjson.dumps(one) + b"\n" for one in objects)


def golden_read(data: bytes) -> list[dict[str, Any]]:
    """The objects of a file; ValueError where it is none."""
    return [orjson.loads(line) for line in data.splitlines() if line.strip()]


def differences(expected: Any, actual: Any, path: str = "") -> Iterator[str]:
    """Where two values differ, a line for each path: what was expected and what is."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name in dict.fromkeys((*expected, *actual)):
            yield from differences(expected.get(name, ABSENT), actual.get(name, ABSENT), join(path, name))
        return
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for i, (one, other) in enumerate(zip(expected, actual, strict=True)):
            yield from differences(one, other, f"{path}[{i}]")
        return
    if expected != actual or type(expected) is not type(actual):
        yield f"{path}: expected {_shown(expected)}, is {_shown(actual)}"


def _shown(value: Any) -> str:
    if value is ABSENT:
        return "nothing"
    text = orjson.dumps(value).decode()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}.. ({len(text)} characters)"
