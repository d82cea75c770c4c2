"""A search for a text, a /regular expression/, or bytes as 0x0a0b, in printable text, in lines of a list, or in bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import re2

from ovsdissect.errors import OvsDissectError

_SPACES: Final = " +"  # columns are filled up with them


class Needle:
    """A search; `text` is what was typed.  Raises OvsDissectError if it is not a valid regular expression or not bytes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._wanted = text.encode("utf-8", "surrogatepass")
        self.expression = len(text) > 2 and text[0] == text[-1] == "/"
        pattern = text[1:-1] if self.expression else _SPACES.join(re2.escape(word) for word in text.split(" "))
        try:
            self._pattern = _compiled(pattern, latin=False)
            self._bytes = _compiled(pattern, latin=True) if self.expression else None
        except re2.error as error:
            said = error.args[0] if error.args else ""
            reason = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
            raise OvsDissectError(f"invalid regular expression: {reason}") from None
        if text[:2].lower() == "0x":
            digits = text[2:].replace(" ", "").replace(":", "")
            try:
                self._wanted = bytes.fromhex(digits)
            except ValueError:
                raise OvsDissectError("0x must be followed by pairs of hexadecimal digits: 0x0a0b") from None
        if not text.strip() or not self._wanted:
            raise OvsDissectError("nothing to search for")

    def in_text(self, text: str) -> bool:
        """Whether a printable text matches."""
        return self._pattern.search(text) is not None

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """The matches in a printable text."""
        for match in self._pattern.finditer(text):
            if match.end() > match.start():
                yield match.start(), match.end()

    def in_lines(self, lines: bytes) -> Iterator[int]:
        """The numbers of the lines that match: each line begins with its number and ends with a newline."""
        at, search = 0, self._pattern.search
        while (match := search(lines, at)) is not None:
            start = lines.rfind(b"\n", 0, match.start()) + 1
            end = lines.find(b"\n", match.start())
            end = len(lines) if end < 0 else end
            number, _, text = lines[start:end].partition(b" ")
            if text and search(text) is not None:
                yield int(number)
            at = end + 1
            if at >= len(lines):
                return

    def in_bytes(self, data: bytes, start: int, end: int) -> int | None:
        """The first match in bytes from start on; None if there is none."""
        if self._bytes is not None:
            found = self._bytes.search(data[start:end])
            return None if found is None else start + int(found.start())
        at = data.find(self._wanted, start, end)
        return None if at < 0 else at

    def last_in_bytes(self, data: bytes, start: int, end: int) -> int | None:
        """The last match in bytes from start to end."""
        last, at = None, self.in_bytes(data, start, end)
        while at is not None:
            last = at
            at = self.in_bytes(data, at + 1, end)
        return last


def _compiled(pattern: str, *, latin: bool) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    if not latin:
        return re2.compile(pattern, options)
    options.encoding = re2.Options.Encoding.LATIN1
    return re2.compile(pattern.encode("latin-1", "replace"), options)


def first(places: range, has: Callable[[int], bool]) -> int | None:
    """The first of some places that matches."""
    return next((place for place in places if has(place)), None)
