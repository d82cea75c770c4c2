"""Names by key at one moment of the capture: a change makes a new mapping in constant time and leaves the old one unchanged."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterator, Mapping
from typing import Any, Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
SAID: Final = 4096  # log entries beyond the current names: after that a new log begins
_NEVER: Final = -1


class _Log(Generic[K]):
    """All changes ever made, in order: of which key, to which name, None for a removal; and for each key the indexes of its changes.

    times: one index where there is only one, as for most keys. groups: the keys that are pairs, by their first member.
    """

    __slots__ = ("groups", "keys", "names", "times")

    def __init__(self) -> None:
        self.keys: list[K] = []
        self.names: list[str | None] = []
        self.times: dict[K, int | list[int]] = {}
        self.groups: dict[Any, set[K]] = {}

    def add(self, key: K, name: str | None) -> None:
        at = len(self.keys)
        times = self.times.setdefault(key, at)
        if isinstance(times, list):
            times.append(at)
        elif times != at:
            self.times[key] = [times, at]
        self.keys.append(key)
        self.names.append(name)
        if isinstance(key, tuple):
            if name is None:
                self.groups.get(key[0], set()).discard(key)
            else:
                self.groups.setdefault(key[0], set()).add(key)


class Naming(Mapping[K, str]):
    """The names after the first `length` changes of a log, which is shared by mappings made from one another."""

    __slots__ = ("_length", "_log", "_size")

    def __init__(self, names: Mapping[K, str] | None = None) -> None:
        self._log: _Log[K] = _Log()
        for key, name in (names or {}).items():
            self._log.add(key, name)
        self._length = self._size = len(self._log.keys)

    def named(self, key: K, name: str) -> Naming[K]:
        """Return these names with one added or replaced."""
        return self._apart()._with([(key, name)], int(key not in self))

    def without(self, key: K) -> Naming[K]:
        """Return these names without one."""
        return self._apart()._with([(key, None)], -1) if key in self else self

    def without_group(self, first: object) -> Naming[K]:
        """Return these names without the keys that are pairs beginning with `first`."""
        apart = self._apart()
        keys = sorted(apart._log.groups.get(first, ()))  # type: ignore[type-var]  # pairs of numbers
        return apart._with([(key, None) for key in keys], -len(keys)) if keys else self

    def since(self, before: object) -> Iterator[tuple[K, str | None]] | None:
        """Return the changes between an earlier mapping and this one; None if this one was not made from it."""
        if not isinstance(before, Naming) or before._log is not self._log or before._length > self._length:
            return None
        keys, names = self._log.keys, self._log.names
        return ((keys[at], names[at]) for at in range(before._length, self._length))

    def _apart(self) -> Naming[K]:
        """Return the same names in a log that ends with them and is not much longer than they are."""
        said = len(self._log.keys)
        return self if said == self._length and said < SAID + 2 * self._size else Naming(self)

    def _with(self, said: list[tuple[K, str | None]], more: int) -> Naming[K]:
        for one in said:
            self._log.add(*one)
        made: Naming[K] = Naming.__new__(Naming)
        made._log, made._length, made._size = self._log, len(self._log.keys), self._size + more
        return made

    def _find(self, key: Any) -> str | None:
        times = self._log.times.get(key)
        if times is None:
            return None
        if isinstance(times, list):
            last = times[-1]
            if last >= self._length:
                place = bisect_right(times, self._length - 1)
                last = times[place - 1] if place else _NEVER
        else:
            last = times if times < self._length else _NEVER
        return self._log.names[last] if last != _NEVER else None

    def __getitem__(self, key: K) -> str:
        name = self._find(key)
        if name is None:
            raise KeyError(key)
        return name

    def get(self, key: object, default: Any = None) -> Any:
        """Return the name of a key."""
        name = self._find(key)
        return default if name is None else name

    def __contains__(self, key: object) -> bool:
        return self._find(key) is not None

    def __iter__(self) -> Iterator[K]:
        return (key for key in list(self._log.times) if self._find(key) is not None)

    def __len__(self) -> int:
        return self._size

    def __reduce__(self) -> tuple[Any, ...]:
        return Naming, (dict(self),)
