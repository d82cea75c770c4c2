"""What happened to a flow key, whichever flows it had."""

from __future__ import annotations


class History:
    """What happened to a flow key.

    put: the number of the last put that was not refused; puts: how many there were.  deleted_ns: when its flow was deleted since; missed:
    a MISS came after that.
    """

    __slots__ = ("deleted_ns", "missed", "put", "puts")

    def __init__(self) -> None:
        self.put = self.puts = 0
        self.deleted_ns: int | None = None
        self.missed = False

    def delete(self, time_ns: int) -> None:
        """Its flow was deleted."""
        self.deleted_ns, self.missed = time_ns, False
