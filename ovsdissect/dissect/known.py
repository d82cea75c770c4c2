"""What a message can ask about the capture that holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Daemon(Protocol):
    """What is known of a conversation's ovs-vswitchd."""

    @property
    def release(self) -> str | None:
        """Its point release, as far as its messages reveal it; None if unknown."""


class Ahead(Protocol):
    """What the whole capture tells about its messages."""

    def __hash__(self) -> int:
        """Compare by identity."""

    def __call__(self, number: int) -> Mapping[str, Any]:
        """Return the values of the message with a number, as fields of the display filter."""

    def all(self) -> Mapping[int, Mapping[str, Any]] | None:
        """Return the values of all messages that have some, by number; None if they become known one after the other."""


class Printed(Protocol):
    """What is printed of a capture's messages."""

    def __hash__(self) -> int:
        """Compare by identity."""

    def numbers(self, clue: Any) -> Sequence[int] | None:
        """Return the numbers of the messages that pass a display filter's condition on a text; None if only the tree knows the texts."""
