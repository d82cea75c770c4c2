"""The filter for messages with the same value: what "apply as filter" makes of a line of a message's tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ovsdissect.dissect.message import Message
from ovsdissect.errors import FilterError
from ovsdissect.families import FAMILIES
from ovsdissect.filter import compile as compile_filter
from ovsdissect.grammar.fieldnames import Place, places

_STEPS: Final = re.compile(r"[^.\[\]]+")
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})+")
_PART: Final = re.compile(r"(\w+) (\w+)")  # a slice of an integer, as the integer's line shows it
_PARTS: Final = re.compile(rf"{_PART.pattern}(?:, {_PART.pattern})*")
LONGEST: Final = 512  # a longer value, in characters, is not repeated in a filter


def field_name(message: Message, path: str) -> str:
    """Return the field to which the value at a path belongs."""
    if message.declaration is not None and path == "attrs":
        return message.declaration.name
    if message.declaration is not None and path.startswith("attrs."):
        return attribute_name(message.declaration.name, path[6:])
    if path.startswith("request.attrs.") and message.request is not None and message.request.declaration is not None:
        return f"request.{attribute_name(message.request.declaration.name, path[14:])}"
    plain = re.sub(r"\[\d+\]|#\d+", "", path)
    return f"{message.declaration.name}.{plain}" if message.declaration is not None and plain == "cmd" else plain


def attribute_name(family: str, path: str) -> str:
    """Return the field of an attribute, or of a value in it; nested repetitions of a set collapse, as in every field name."""
    place: Place | None = places(FAMILIES[family].attrs)
    for step in _STEPS.findall(path):
        name = step.partition("#")[0]
        if name.isdigit() and place is not None:
            continue
        place = place.steps.get(name) if place is not None else None
    # there are no rows below the packet: names of the inner frame are used unchanged
    return f"{family}.{place.name}" if place is not None else re.sub(r"\[\d+\]|#\d+", "", path)


def _literals(text: str) -> Iterator[str]:
    """Yield ways to write a value, given its text on the screen."""
    word = text.partition(" ")[0].rstrip(",")
    # a number is shorter than what `show` prints beside it
    for one in dict.fromkeys((word, text) if " (" in text else (text, word)):
        if not one or len(one) > LONGEST:
            continue
        if _HEX.fullmatch(one):
            yield ":".join(one[i : i + 2] for i in range(0, len(one), 2))
        yield one
        if one[0] != '"':
            yield f'"{one}"'


def expression(message: Message, path: str, text: str) -> str | None:
    """Return the filter for messages that have what this one has at a path: its value if a filter can express it, else the field alone.

    text: the value as the message's outline shows it. Returns None if the path is not a field.
    """
    name = field_name(message, path)
    parts = [f"{name}.{part} == {value}" for part, value in _PART.findall(text)] if _PARTS.fullmatch(text) else []
    for candidate in (" && ".join(parts), *(f"{name} == {literal}" for literal in _literals(text)), name):
        try:
            if candidate and compile_filter(candidate).matches(message):
                return candidate
        except FilterError:
            continue
    return None
