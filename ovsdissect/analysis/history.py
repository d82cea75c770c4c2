"""What happened to a flow key, over all its flows."""

from __future__ import annotations


class History:
    """put: the number of the last put that was not refused; puts: how many there were. gone: whether its flow was deleted after that, at
    deleted_ns. missed: whether a MISS came after the deletion.
    """

    __slots__ = ("deleted_ns", "gone", "missed", "put", "puts")

    def __init__(self) -> None:
        self.put = self.puts = self.deleted_ns = 0
        self.gone = self.missed = False

    def delete(self, time_ns: int) -> None:
        """Note that its flow was deleted."""
        self.deleted_ns, self.gone, self.missed = time_ns, True, False
