"""Bytes from text that a tool printed: dumps with addresses, hexadecimal digits, arrays, strings with escapes, base64.

Every format that can read the whole text reads it. If they find different bytes, the characters beside the bytes decide, then the caller's
test; a text that is still ambiguous is refused, as is one that no format can read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from ovsdissect.capture.dumps import dumps
from ovsdissect.capture.literals import CALL, PLAIN, UNLIKELY, WIDE
from ovsdissect.capture.paste_reading import Blocks, PasteError, Reading

__all__ = ["PasteError", "pasted"]


STAMP: Final = r"(?:\[ *\d+\.\d+\]|[A-Z][a-z]{2} +\d+ [\d:.]+ \S+|\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?(?: \S+)?)"
# what a log puts before the printed text: a time, a host, a program, a log level
LOGGED: Final = re.compile(rf"\s*{STAMP} (?:(?!(?:0x)?[0-9a-f]{{4,16}}: )[^\s:]+(?:\[\d+\])?: )*")


def pasted(text: str, fits: Callable[[bytes], int] | None = None) -> list[bytes]:
    """Return the bytes that a text shows: a block for each packet, call or array, usually one.

    fits: returns how well bytes match the caller's expectation, 0 if they do not; called if a text can be read in more than one way.
    Raises PasteError with line and column if the text cannot be read, or is ambiguous.
    """
    if "\0" in text:
        raise PasteError(1, 1, "this is binary, not text: xxd -p makes text of it")
    if not text.strip():
        return [b""]
    try:
        return _pasted(text, fits)
    except PasteError:
        whole = [line for line in text.splitlines() if line.strip()]
        before = [LOGGED.match(line) for line in whole]
        if None in before:
            raise
        return _pasted("\n".join(line[match.end() :] for line, match in zip(whole, before, strict=True) if match), fits)


def _pasted(text: str, fits: Callable[[bytes], int] | None) -> list[bytes]:
    lines = [line.rstrip() for line in text.expandtabs(1).splitlines()]
    found, faults, address = dumps(lines)
    if address is None or (found and address):  # an address other than 0 may be bytes
        for name, read in PLAIN.items():
            try:
                found.append(Reading(name, *read(text), unlikely=name in UNLIKELY))
            except PasteError as fault:
                faults.append(fault)
    if not found:
        # the intended dump format got furthest
        raise max(faults, key=lambda fault: (fault.line, fault.column)) if address is not None else faults[list(PLAIN).index(_meant(text))]
    return list(_decided(found, fits))


def _decided(found: list[Reading], fits: Callable[[bytes], int] | None) -> Blocks:
    """Return the blocks on which all readings agree, or those left after the text beside and the caller's test."""
    best = 0
    if len({reading.blocks for reading in found}) > 1:
        found = [reading for reading in found if reading.beside is True] or found
    if len({reading.blocks for reading in found}) > 1 and fits is not None:
        how_well = [min(map(fits, reading.blocks), default=0) for reading in found]
        best = max(how_well)
        fitting = [reading for reading, well in zip(found, how_well, strict=True) if well == best]
        if best > 1 or not all(reading.unlikely for reading in fitting):
            found = fitting
    if not best:
        found = [reading for reading in found if not reading.unlikely] or found
    if len({reading.blocks for reading in found}) > 1:
        names = " or ".join(dict.fromkeys(reading.name for reading in found))
        raise PasteError(1, 1, f"this can be read as {names}, with different bytes: xxd -p prints bytes that can be read in one way")
    return found[0].blocks


def _meant(text: str) -> str:
    """Return which of PLAIN an unreadable text looks like."""
    if re.match(r"\s*(?:[A-Za-z]\w*(?:\(\d+\))? ?)?(?:\[|\{|<Buffer|<<)\s*-?[0-9a-f]{1,3}[\s,]", text):
        return "hexadecimal numbers of a list" if "<Buffer" in text else "decimal numbers"
    if WIDE.search(text):
        return "decimal numbers"
    if CALL.match(text.lstrip()) or re.search(r"[\"'\\]", text):
        return "a string"
    if re.search(r"0x|[{}]", text, re.IGNORECASE):
        return "numbers as written"
    letters = len(re.findall("[g-z+/=]", text, re.IGNORECASE))
    return "hexadecimal digits" if re.search(r"[\s:,-]", text.strip()) or letters <= len(text) / 2 else "base64"
