"""The ovs-vswitchd that speaks in a capture, as far as its release is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from ovsdissect.errors import OvsDissectError

if TYPE_CHECKING:
    from ovsdissect.odp.detection import Detector


class Spoken(NamedTuple):
    """A daemon with a fixed release.  release: None if it is unknown."""

    release: str | None


class Speaker:
    """The ovs-vswitchd in a conversation of a capture.  Its release is detected when it is first read."""

    __slots__ = ("_conversation", "_detector")

    def __init__(self, detector: Callable[[int], Detector], conversation: int) -> None:
        self._detector, self._conversation = detector, conversation

    @property
    def release(self) -> str | None:
        """Its point release; None if the capture does not show it."""
        return self._detector(self._conversation).release

    def __reduce__(self) -> tuple[Any, ...]:
        try:
            release = self.release
        except OvsDissectError:  # the capture is closed
            release = None
        return Spoken, (release,)
