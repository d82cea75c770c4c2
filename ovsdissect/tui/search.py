"""What is searched for: a text, a /regular expression/, or bytes as 0x0a0b; in printable text, or in bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import re2

from ovsdissect.errors import OvsDissectError


class Needle:
    """A search; `text` is what was typed.  Raises OvsDissectError where that is no regular expression or no bytes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._plain = text.casefold()
        self._pattern: Any = None
        self._bytes: Any = None
        self._wanted = text.encode()
        if len(text) > 2 and text[0] == text[-1] == "/":
            options = re2.Options()
            options.case_sensitive = False
            options.log_errors = False
            try:
                self._pattern = re2.compile(text[1:-1], options)
                options.encoding = re2.Options.Encoding.LATIN1
                self._bytes = re2.compile(text[1:-1].encode("latin-1", "replace"), options)
            except re2.error as error:
                raise OvsDissectError(f"no regular expression: {error}") from None
        elif text[:2].lower() == "0x":
            digits = text[2:].replace(" ", "").replace(":", "")
            try:
                self._wanted = bytes.fromhex(digits)
            except ValueError:
                raise OvsDissectError("0x is followed by pairs of hexadecimal digits: 0x0a0b") from None
        if not text or not self._wanted:
            raise OvsDissectError("nothing to search for")

    def in_text(self, text: str) -> bool:
        """Whether a printable text has it."""
        return self._pattern.search(text) is not None if self._pattern is not None else self._plain in text.casefold()

    def in_bytes(self, data: bytes, start: int, end: int) -> int | None:
        """Where bytes have it first, from start on; None where they do not."""
        if self._bytes is not None:
            found = self._bytes.search(data[start:end])
            return None if found is None else start + int(found.start())
        at = data.find(self._wanted, start, end)
        return None if at < 0 else at

    def last_in_bytes(self, data: bytes, end: int) -> int | None:
        """Where bytes before `end` have it last."""
        last, at = None, self.in_bytes(data, 0, end)
        while at is not None:
            last = at
            at = self.in_bytes(data, at + 1, end)
        return last


def first(places: range, has: Callable[[int], bool]) -> int | None:
    """The first of some places that has it."""
    return next((place for place in places if has(place)), None)
