"""How many of something are kept, in all datapaths together."""

from __future__ import annotations


class Room:
    """left: how many more there is room for.  refused: how often there was none."""

    __slots__ = ("left", "most", "refused")

    def __init__(self, most: int) -> None:
        self.most = self.left = most
        self.refused = 0

    def take(self) -> bool:
        """Keep one more, if there is room."""
        if self.left <= 0:
            self.refused += 1
            return False
        self.left -= 1
        return True
