"""A mapping of bounded size that forgets what was not used lately, at no cost for what is used often."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Generations(Generic[K, V]):
    """Two halves: what is used moves to the young one; when that is full, it becomes the old one, and the old one goes."""

    __slots__ = ("_limit", "old", "young")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.young: dict[K, V] = {}
        self.old: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """The value of a key, None where there is none."""
        value = self.young.get(key)
        if value is None:
            value = self.old.get(key)
            if value is not None:
                self.put(key, value)
        return value

    def put(self, key: K, value: V) -> None:
        """Remember a value."""
        if len(self.young) >= self._limit:
            self.old, self.young = self.young, {}
        self.young[key] = value


class Remembered(dict[K, V]):
    """A function's results by its argument, made when first asked for; the dictionary is the young generation."""

    def __init__(self, function: Callable[[K], V], limit: int) -> None:
        super().__init__()
        self._function, self._limit = function, limit
        self.old: dict[K, V] = {}

    def __missing__(self, key: K) -> V:
        value = self.old.get(key)
        if value is None:
            value = self._function(key)
        return self.keep(key, value)

    def keep(self, key: K, value: V) -> V:
        """Remember a result that somebody has already."""
        if len(self) >= self._limit:
            self.old = dict(self)
            self.clear()
        self[key] = value
        return value
