"""The byte order of a host, and of the file that describes it."""

from __future__ import annotations

from typing import Literal, get_args

from ovsdissect.errors import OvsDissectError

ByteOrder = Literal["little", "big"]


def check_order(given: object) -> None:
    """Raise OvsDissectError unless a caller passed a byte order."""
    if given not in get_args(ByteOrder):
        raise OvsDissectError(f"no byte order {given!r}; use 'little' or 'big'")
