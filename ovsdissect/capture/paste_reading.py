"""The result of reading a pasted text: blocks of bytes, or an error with its position."""

from __future__ import annotations

from typing import NamedTuple

from ovsdissect.errors import OvsDissectError


class PasteError(OvsDissectError):
    """A text that cannot be read. line, column: where, both from 1. text: why. source: precedes the text in the message."""

    def __init__(self, line: int, column: int, text: str, source: str = "") -> None:
        super().__init__(f"{source}line {line}, column {column}: {text}")
        self.line, self.column, self.text = line, column, text


Blocks = tuple[bytes, ...]


class Reading(NamedTuple):
    """What a format finds in a text.

    beside: whether the characters beside the bytes are present and match them; None without them. unlikely: used only if no other reading
    is what the caller expects.
    """

    name: str
    blocks: Blocks
    beside: bool | None = None
    unlikely: bool = False


def place(text: str, at: int, said: str) -> PasteError:
    """Return the fault at a character of a text."""
    before = text[:at]
    return PasteError(before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1, said)
