"""A limit on how many objects of a kind are kept, for all datapaths together."""

from __future__ import annotations


class Room:
    """left: how many more fit. refused: how often there was no room."""

    __slots__ = ("left", "most", "refused")

    def __init__(self, most: int) -> None:
        self.most = self.left = most
        self.refused = 0

    def take(self) -> bool:
        """Whether there is room for one more, which is then taken."""
        if self.left <= 0:
            self.refused += 1
            return False
        self.left -= 1
        return True
