"""What happened to flow keys, over all their flows: for very many keys, in a few bytes each."""

from __future__ import annotations

from secrets import randbits
from typing import Final

from ovsdissect.analysis.index import half

BITS: Final = 64
LEAST: Final = 3  # log2 of the slots of an empty table
# what is kept of a key
PUT: Final = 0  # the number of the last put that was not refused
PUTS: Final = 1  # how many puts there were
DELETED_NS: Final = 2  # when its flow was deleted
STATE: Final = 3  # one of these:
THERE: Final = 0  # its flow was not deleted after the last put
GONE: Final = 1  # it was
MISSED: Final = 2  # it was, and a MISS came after that
WIDTH: Final = 4


class Generation:
    """A hash table with at most half of its slots taken. The hash has random factors: no capture can be made to collide.

    values: a row of WIDTH for each key, in the order of their coming.
    """

    __slots__ = ("_keys", "_one", "_power", "_slots", "_two", "count", "values")

    def __init__(self) -> None:
        self._one, self._two = randbits(BITS) | 1, randbits(BITS) | 1
        self.count = 0
        self._make(LEAST)

    def _make(self, power: int) -> None:
        size = 1 << power
        self._power = power
        self._slots = memoryview(bytearray(4 * size)).cast("i")  # the row + 1
        self._keys = memoryview(bytearray(8 * size)).cast("B").cast("Q", (size // 2, 2))
        self.values = memoryview(bytearray(4 * WIDTH * size)).cast("B").cast("q", (size // 2, WIDTH))

    def _slot(self, first: int, second: int) -> int:
        """Return the slot of a key, or the free one in which it belongs."""
        slots, keys, mask = self._slots, self._keys, (1 << self._power) - 1
        at = ((first * self._one + second * self._two) & 0xFFFFFFFFFFFFFFFF) >> (BITS - self._power)
        row = slots[at] - 1
        while row >= 0 and (keys[row, 0] != first or keys[row, 1] != second):
            at = (at + 1) & mask
            row = slots[at] - 1
        return at

    def find(self, first: int, second: int) -> int:
        """Return the row of a key; -1 if it is not there."""
        return self._slots[self._slot(first, second)] - 1

    def add(self, first: int, second: int) -> int:
        """Add a key that is not there. Returns its row, of zeros."""
        if 2 * self.count >= 1 << self._power:
            self._double()
        row = self.count
        self.count += 1
        self._slots[self._slot(first, second)] = row + 1
        self._keys[row, 0], self._keys[row, 1] = first, second
        return row

    def _double(self) -> None:
        keys, values, count = self._keys, self.values, self.count
        self._make(self._power + 1)
        for row in range(count):
            self._slots[self._slot(keys[row, 0], keys[row, 1])] = row + 1
            self._keys[row, 0], self._keys[row, 1] = keys[row, 0], keys[row, 1]
            for column in range(WIDTH):
                self.values[row, column] = values[row, column]


NOTHING: Final = Generation()  # no key is added to it: most datapaths of a capture with very many have no flow


class Histories:
    """The histories of at least the last `most` // 2 keys that came up, and of at most `most`. Keys are digests.

    values: the rows, valid until the next key is found or added.
    """

    __slots__ = ("_half", "_new", "_old", "values")

    def __init__(self, most: int) -> None:
        self._half = most // 2
        self._new = self._old = NOTHING
        self.values = self._new.values

    def find(self, key: bytes) -> int:
        """Return the row of a key; -1 if it never came up or was forgotten."""
        first, second = half(key, 0), half(key, 8)
        row = self._new.find(first, second)
        if row >= 0:
            return row
        old = self._old
        before = old.find(first, second)
        if before < 0:
            return -1
        row = self._add(first, second)
        for column in range(WIDTH):
            self.values[row, column] = old.values[before, column]
        return row

    def add(self, key: bytes) -> int:
        """Add a key that find() does not find. Returns its row."""
        return self._add(half(key, 0), half(key, 8))

    def _add(self, first: int, second: int) -> int:
        if self._new is NOTHING or self._new.count >= self._half:
            self._old, self._new = self._new, Generation()
        row = self._new.add(first, second)
        self.values = self._new.values
        return row

    def delete(self, key: bytes, time_ns: int) -> None:
        """Note that a flow of a key was deleted."""
        row = self.find(key)
        if row >= 0:
            self.values[row, DELETED_NS], self.values[row, STATE] = time_ns, GONE
