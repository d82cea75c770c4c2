"""What Open vSwitch prints of a whole message: the parts that have a text, and the line of its log.

Takes what it needs from the message; the rules of the text are in the files beside this one.
"""

from __future__ import annotations

from ovsdissect.dissect.message import Message


class Texts:
    """The texts of one message, each made when it is asked for; None for those that it has none of."""

    __slots__ = ("_message",)

    def __init__(self, message: Message) -> None:
        self._message = message
