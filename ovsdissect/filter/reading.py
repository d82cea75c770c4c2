"""One message under one filter: the values taken from it so far. Headers are read at once, attributes when a condition first needs them."""

from __future__ import annotations

from collections.abc import Mapping

from ovsdissect.dissect.message import Message
from ovsdissect.filter.gather import Found, Selection, Taken


class Reading:
    """A message and the values that a selection takes from it; each part is read once.

    start_ns: the capture's first time, None if it has none.
    """

    __slots__ = ("_attrs", "_error", "_packet", "_request", "_request_packet", "message", "selection", "start_ns")

    def __init__(self, message: Message, selection: Selection, start_ns: int | None = None) -> None:
        self.message, self.selection, self.start_ns = message, selection, start_ns
        self._attrs: Taken | None = None
        self._request: Taken | None = None
        self._error: Taken | None = None
        self._packet: Mapping[str, list[Found]] | None = None
        self._request_packet: Mapping[str, list[Found]] | None = None

    @property
    def attrs(self) -> Taken:
        """The values of the message's own attributes."""
        if self._attrs is None:
            self._attrs = self.selection.attributes(self.message)
        return self._attrs

    @property
    def request(self) -> Taken:
        """The values of an echoed request's attributes."""
        if self._request is None:
            self._request = self.selection.request(self.message)
        return self._request

    @property
    def error(self) -> Taken:
        """The values of an error."""
        if self._error is None:
            self._error = self.selection.error(self.message)
        return self._error

    @property
    def packet(self) -> Mapping[str, list[Found]]:
        """The values of the packet inside, by Wireshark's names."""
        if self._packet is None:
            self._packet = self.selection.packet(self.message, self.attrs)
        return self._packet

    @property
    def request_packet(self) -> Mapping[str, list[Found]]:
        """The values of the packet in the request that an error echoes, by Wireshark's names."""
        if self._request_packet is None:
            self._request_packet = self.selection.request_packet(self.message)
        return self._request_packet
