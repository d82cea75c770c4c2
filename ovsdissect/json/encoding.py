r"""The JSON text of a value; anything in a capture that a terminal must not receive is escaped.

Control and format characters (DEL, C1, bidi, zero-width) and odd spaces are written as \u escapes, the same characters that text.screen
spells out.
"""

from __future__ import annotations

from typing import Any

import orjson


def encode(value: Any, *, indent: bool = False) -> bytes:
    """Return the JSON text of a value; indent: over several lines."""
    try:
        made = orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else 0)
    except orjson.JSONEncodeError:  # an integer beyond 64 bits, or text that is not UTF-8: file names can be any bytes
        import json

        made = json.dumps(_encodable(value), indent=2 if indent else None, separators=None if indent else (",", ":")).encode()
    if made.isascii() and b"\x7f" not in made:
        return made
    text = made.decode()
    if text.isprintable():
        return made
    return "".join(one if one == "\n" or one.isprintable() else _escape(one) for one in text).encode()


def _escape(character: str) -> str:
    number = ord(character)
    if number < 0x10000:
        return f"\\u{number:04x}"
    number -= 0x10000
    return f"\\u{0xD800 | number >> 10:04x}\\u{0xDC00 | number & 0x3FF:04x}"


def _encodable(value: Any) -> Any:
    """Return the value without lone surrogates, which many JSON readers refuse."""
    if isinstance(value, str):
        return "".join("\ufffd" if "\ud800" <= one <= "\udfff" else one for one in value)
    if isinstance(value, dict):
        return {_encodable(name): _encodable(one) for name, one in value.items()}
    return [_encodable(one) for one in value] if isinstance(value, (list, tuple)) else value
