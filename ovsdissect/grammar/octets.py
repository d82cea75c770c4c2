"""Bytes that a caller gives."""

from __future__ import annotations


def octets(given: object, what: str) -> bytes:
    """The bytes that a caller gave as `what`.  Raises TypeError where they are something else, such as their hexadecimal text."""
    if isinstance(given, (bytes, bytearray, memoryview)):
        return bytes(given)
    hint = ": bytes.fromhex() reads hexadecimal text" if isinstance(given, str) else ""
    raise TypeError(f"{what} must be bytes, not {type(given).__name__}{hint}")
