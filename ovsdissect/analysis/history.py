"""What happened to a flow key, over all its flows."""

from __future__ import annotations


class History:
    """put: the number of the last put that was not refused; puts: how many there were. deleted_ns: when its flow was deleted after that;
    missed:
    whether a MISS came after the deletion.
    """

    __slots__ = ("deleted_ns", "missed", "put", "puts")

    def __init__(self) -> None:
        self.put = self.puts = 0
        self.deleted_ns: int | None = None
        self.missed = False

    def delete(self, time_ns: int) -> None:
        """Note that its flow was deleted."""
        self.deleted_ns, self.missed = time_ns, False
