"""What is wrong with the bytes of a capture, as a value. Nothing here raises, logs or prints."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class ProblemKind(StrEnum):
    """The kinds of problem, as JSON and the display filter spell them."""

    TRUNCATED = "truncated"
    BAD_LENGTH = "bad-length"
    UNKNOWN = "unknown"
    DUPLICATE = "duplicate"
    TRAILING = "trailing"
    OUT_OF_RANGE = "out-of-range"
    DEPTH = "depth"
    MISSING = "missing"
    UNEXPECTED = "unexpected"
    DISAGREEMENT = "disagreement"


class Problem(NamedTuple):
    """One thing wrong with a message: what it is and where.

    `path` is the path of the value at fault ("attrs.key.in_port"), "" for the record itself.
    `offset` counts bytes from the start of the record; `length` may be 0 if something is missing.
    """

    kind: ProblemKind
    path: str
    offset: int
    length: int
    text: str


def counted(number: int, one: str, *, grouped: bool = False) -> str:
    """Return a number of things in words: "1 byte", "1203 bytes". grouped: "1,203 bytes"."""
    return f"{number:{',' if grouped else ''}} {one if number == 1 else one + 's'}"


def counted_verb(number: int, one: str, singular: str, plural: str, *, grouped: bool = False) -> str:
    """Return the same with a verb: "1 byte is", "1203 bytes are"."""
    return f"{counted(number, one, grouped=grouped)} {singular if number == 1 else plural}"


def missing(number: int, whole: int | None = None) -> str:
    """Return what is said if bytes are missing: "3 of 8 bytes are missing"."""
    if whole is None:
        return f"{counted_verb(number, 'byte', 'is', 'are')} missing"
    return f"{number} of {counted(whole, 'byte')} {'is' if number == 1 else 'are'} missing"
