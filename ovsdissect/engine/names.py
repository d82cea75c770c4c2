"""Names of ports and datapaths, looked up by number during a pass. Only Python code adds and removes them.

A name is stored as a screen shows it. A port's key combines datapath and port number: port_key().
"""

from __future__ import annotations

from collections.abc import Iterable

import cython

if not cython.compiled:
    from ovsdissect.engine.codes import NAMES


def port_key(datapath: int, port: int) -> int:
    """Return the key of a port."""
    return (datapath & 0xFFFFFFFF) << 32 | port & 0xFFFFFFFF


def _size(name: bytes) -> int:
    """Return a text's number in a slot."""
    plain = name.isascii() and name.decode("ascii").isprintable() and b'"' not in name and b"\\" not in name
    return 2 * (len(name) + 1) + plain


@cython.final
@cython.cclass
class Names:
    """An open-addressing hash table that is never more than half full. A slot holds the key, the offset of its text and twice the text's
    length + 1, plus 1 if it needs no escaping in JSON; 0 marks a free slot.
    """

    def __init__(self) -> None:
        self._clear(NAMES)

    def _clear(self, size: int) -> None:
        """Forget all names. size: how many slots the table gets."""
        self._arena = bytearray(1024)
        self.texts = self._arena
        self._used = self._live = 0
        self._empty(size)

    def _empty(self, size: int) -> None:
        self.slots = memoryview(bytearray(24 * size)).cast("B").cast("Q", (size, 3))
        self.filled = 0

    def _double(self) -> None:
        """Move everything to a table of twice the size."""
        before = self.slots
        at: cython.int
        self._empty(2 * before.shape[0])
        for at in range(before.shape[0]):
            if before[at, 2]:
                self._fill(before[at, 0], before[at, 1], before[at, 2])

    def _fill(self, key: cython.ulonglong, start: int, size: int) -> None:
        last: cython.int = cython.cast(cython.int, self.slots.shape[0] - 1)
        slot: cython.int = cython.cast(cython.int, (key ^ key >> 32) * 0x1E3779B1 >> 8 & last)
        while self.slots[slot, 2]:
            slot = slot + 1 & last
        self.slots[slot, 0], self.slots[slot, 1], self.slots[slot, 2] = key, start, size
        self.filled += 1

    # Called from Python

    def replace(self, names: dict[int, bytes]) -> None:
        """Replace all names with these, by key."""
        size: int = NAMES
        while size < 2 * len(names) + 2:
            size *= 2
        self._clear(size)
        for key, name in names.items():
            self._fill(key, self._keep(name), _size(name))

    def change(self, said: Iterable[tuple[int, bytes | None]]) -> None:
        """Change names by key; None removes a key's name."""
        for key, name in said:
            slot: cython.int = self.find(key)
            if slot >= 0:
                self._live -= self.length(slot)
            if name is None:
                self._remove(slot)
            elif slot >= 0:
                self.slots[slot, 1], self.slots[slot, 2] = self._keep(name), _size(name)
            else:
                if 2 * (self.filled + 1) > self.slots.shape[0]:
                    self._double()
                self._fill(key, self._keep(name), _size(name))
        if self._used > 65536 and self._used > 4 * self._live:
            self._pack()

    def _pack(self) -> None:
        """Drop the texts of names that were removed or replaced."""
        before = self._arena
        at: cython.int
        self._arena = bytearray(1024)
        self._used = self._live = 0
        for at in range(self.slots.shape[0]):
            if self.slots[at, 2]:
                self.slots[at, 1] = self._keep(bytes(before[self.start(at) : self.end(at)]))
        self.texts = self._arena

    def _remove(self, free: cython.int) -> None:
        """Free a slot, unless it is -1, and move back the entries after it that are not in their own slot."""
        last: cython.int = cython.cast(cython.int, self.slots.shape[0] - 1)
        slot: cython.int = free
        home: cython.int
        other: cython.ulonglong
        if free < 0:
            return
        self.filled -= 1
        while True:
            slot = slot + 1 & last
            if not self.slots[slot, 2]:
                break
            other = self.slots[slot, 0]
            home = cython.cast(cython.int, (other ^ other >> 32) * 0x1E3779B1 >> 8 & last)
            if (slot - home & last) >= (slot - free & last):
                self.slots[free, 0], self.slots[free, 1], self.slots[free, 2] = other, self.slots[slot, 1], self.slots[slot, 2]
                free = slot
        self.slots[free, 2] = 0

    def _keep(self, name: bytes) -> int:
        """Store a text. Returns its offset."""
        start = self._used
        while start + len(name) > len(self._arena):
            larger = bytearray(2 * len(self._arena))
            larger[:start] = self._arena[:start]
            self._arena = self.texts = larger
        self._arena[start : start + len(name)] = name
        self._used += len(name)
        self._live += len(name)
        return start

    # Called by the pass

    def find(self, key: cython.ulonglong) -> cython.int:
        """Return the slot of a key, -1 if it has no name."""
        last: cython.int = cython.cast(cython.int, self.slots.shape[0] - 1)
        slot: cython.int = cython.cast(cython.int, (key ^ key >> 32) * 0x1E3779B1 >> 8 & last)
        while self.slots[slot, 2]:
            if self.slots[slot, 0] == key:
                return slot
            slot = slot + 1 & last
        return -1

    def start(self, slot: cython.int) -> cython.int:
        """Return where a slot's name begins in the texts."""
        return cython.cast(cython.int, self.slots[slot, 1])

    def end(self, slot: cython.int) -> cython.int:
        """Return where a slot's name ends in the texts."""
        return cython.cast(cython.int, self.slots[slot, 1] + (self.slots[slot, 2] >> 1) - 1)

    def plain(self, slot: cython.int) -> cython.bint:
        """Whether the name in a slot needs no escaping in JSON."""
        return self.slots[slot, 2] & 1 != 0

    def length(self, slot: cython.int) -> cython.int:
        """Return the length of a slot's name in bytes."""
        return cython.cast(cython.int, (self.slots[slot, 2] >> 1) - 1)

    def said(self, key: cython.ulonglong, data: cython.const[cython.uchar][::1], start: cython.int, end: cython.int) -> cython.int:
        """Whether a key's name equals the bytes of a message from `start` to `end`."""
        slot: cython.int = self.find(key)
        i: cython.int
        at: cython.int
        if slot < 0 or self.length(slot) != end - start:
            return 0
        at = self.start(slot)
        for i in range(end - start):
            if self.texts[at + i] != data[start + i]:
                return 0
        return 1
