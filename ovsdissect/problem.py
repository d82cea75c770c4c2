"""What is wrong with the bytes of a capture, as a value.  Nothing here raises, logs or prints."""

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
    """One thing wrong with a message: where it stands and what it is.

    `path` is the path of the value at fault ("attrs.key.in_port"), "" for the record itself.
    `offset` counts bytes from the start of the record, `length` may be 0 if something is missing.
    """

    kind: ProblemKind
    path: str
    offset: int
    length: int
    text: str
