"""What a message can ask about the capture that it is in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Daemon(Protocol):
    """What is known of the ovs-vswitchd of a conversation."""

    @property
    def release(self) -> str | None:
        """Its point release, as far as what it sends tells it; None if nothing did."""


class Ahead(Protocol):
    """What the whole of a capture tells of its messages."""

    def __hash__(self) -> int:
        """It is itself."""

    def __call__(self, number: int) -> Mapping[str, Any]:
        """The values of the message with a number, as fields of the display filter."""

    def all(self) -> Mapping[int, Mapping[str, Any]] | None:
        """Those of all messages that have some, by number; None if they become known one after the other."""


class Printed(Protocol):
    """What is printed of a capture's messages."""

    def __hash__(self) -> int:
        """It is itself."""

    def numbers(self, clue: Any) -> Sequence[int] | None:
        """The numbers of the messages that pass a condition of the display filter on a text; None if only the tree knows the texts."""
