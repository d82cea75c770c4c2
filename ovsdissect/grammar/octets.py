"""Checks bytes passed by a caller."""

from __future__ import annotations


def octets(given: object, what: str) -> bytes:
    """Return the bytes that a caller passed as `what`. Raises TypeError for anything else, such as hexadecimal text."""
    if isinstance(given, (bytes, bytearray, memoryview)):
        return bytes(given)
    hint = ": bytes.fromhex() reads hexadecimal text" if isinstance(given, str) else ""
    raise TypeError(f"{what} must be bytes, not {type(given).__name__}{hint}")
