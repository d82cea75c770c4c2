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


@cython.final
@cython.cclass
class Names:
    """An open-addressing hash table that is never more than half full. A slot holds the key, the offset of its text and twice the text's
    length + 1, plus 1 if it needs no escaping in JSON; 0 marks a free slot.
    """

    def __init__(self) -> None:
        self._places: dict[int, tuple[int, int]] = {}
        self._arena = bytearray(1024)
        self._used = self._live = 0
        self._make(NAMES)

    def _make(self, size: int) -> None:
        self.slots = memoryview(bytearray(24 * size)).cast("B").cast("Q", (size, 3))
        self.texts = self._arena
        self.filled = 0
        for key, (start, length) in self._places.items():
            self._fill(key, start, length)

    def _fill(self, key: cython.ulonglong, start: int, length: int) -> None:
        last: cython.int = cython.cast(cython.int, self.slots.shape[0] - 1)
        slot: cython.int = cython.cast(cython.int, (key ^ key >> 32) * 0x1E3779B1 >> 8 & last)
        while self.slots[slot, 2]:
            slot = slot + 1 & last
        self.slots[slot, 0] = key
        self._place(slot, start, length)
        self.filled += 1

    def _place(self, slot: cython.int, start: int, length: int) -> None:
        """Store where the name in a slot is."""
        name = bytes(self._arena[start : start + length])
        plain = name.isascii() and name.decode("ascii").isprintable() and b'"' not in name and b"\\" not in name
        self.slots[slot, 1], self.slots[slot, 2] = start, 2 * (length + 1) + plain

    # Called from Python

    def replace(self, names: dict[int, bytes]) -> None:
        """Replace all names with these, by key."""
        self._places = {}
        self._arena = bytearray(1024)
        self._used = self._live = 0
        for key, name in names.items():
            self._places[key] = self._keep(name)
        size: int = NAMES
        while size < 2 * len(names) + 2:
            size *= 2
        self._make(size)

    def change(self, said: Iterable[tuple[int, bytes | None]]) -> None:
        """Change names by key; None removes a key's name."""
        for key, name in said:
            before = self._places.pop(key, None)
            if before is not None:
                self._live -= before[1]
            if name is None:
                if before is not None:
                    self._remove(key)
                continue
            place = self._places[key] = self._keep(name)
            slot: cython.int = self.find(key)
            if slot >= 0:
                self._place(slot, *place)
            elif 2 * (self.filled + 1) > self.slots.shape[0]:
                self._make(2 * self.slots.shape[0])
            else:
                self._fill(key, *place)
        if self._used > 65536 and self._used > 4 * self._live:
            # most of the texts belong to names that were removed
            self.replace({key: bytes(self._arena[start : start + length]) for key, (start, length) in self._places.items()})

    def _remove(self, key: cython.ulonglong) -> None:
        """Free the slot of a key, and move back the entries after it that are not in their own slot."""
        last: cython.int = cython.cast(cython.int, self.slots.shape[0] - 1)
        free: cython.int = self.find(key)
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

    def _keep(self, name: bytes) -> tuple[int, int]:
        start = self._used
        while start + len(name) > len(self._arena):
            larger = bytearray(2 * len(self._arena))
            larger[:start] = self._arena[:start]
            self._arena = self.texts = larger
        self._arena[start : start + len(name)] = name
        self._used += len(name)
        self._live += len(name)
        return start, len(name)

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
