"""Packs columns of 64-bit numbers into Arrow's buffers: narrower numbers, bitmaps, and dictionary indexes of words.

Bitmaps begin with the lowest bit of a byte; numbers are in this machine's byte order.
"""

from __future__ import annotations

from array import array

import cython

if cython.compiled:
    from cython.cimports.libc.string import memcpy

_CODES = cython.declare(cython.int, 1024)  # initial capacity of a table of numbers, a power of two
_MOST = 1 << 16  # numbers known at a time
_LOW = cython.declare(cython.ulonglong, 0xFFFFFFFF)


@cython.final
@cython.cclass
class Packing:
    """Columns of numbers, one after the other. valid: 1 if there is a value."""

    def __init__(self, values: cython.longlong[::1], valid: cython.uchar[::1]) -> None:
        self.values, self.valid = values, valid

    def bits(self, first: cython.int, rows: cython.int) -> bytearray:
        """Return a bitmap of the rows that have a value."""
        made = bytearray((rows + 7) // 8)
        into: cython.uchar[::1] = made
        row: cython.int
        whole: cython.int = rows & ~7 if cython.compiled else 0
        if cython.compiled and whole:
            # accessing the last ones first proves that all others are within bounds
            into[(whole >> 3) - 1] = self.valid[first + whole - 1]
            one: cython.pointer[cython.const[cython.uchar]] = cython.address(self.valid[first])
            byte: cython.p_uchar = cython.address(into[0])
            for row in range(0, whole, 8):
                byte[row >> 3] = (
                    one[row]
                    | one[row + 1] << 1
                    | one[row + 2] << 2
                    | one[row + 3] << 3
                    | one[row + 4] << 4
                    | one[row + 5] << 5
                    | one[row + 6] << 6
                    | one[row + 7] << 7
                )
        for row in range(whole, rows):
            if self.valid[first + row]:
                into[row >> 3] |= cython.cast(cython.uchar, 1 << (row & 7))
        return made

    def truths(self, first: cython.int, rows: cython.int) -> bytearray:
        """Return a bitmap of the rows whose value is not 0."""
        made = bytearray((rows + 7) // 8)
        into: cython.uchar[::1] = made
        row: cython.int
        for row in range(rows):
            if self.valid[first + row] and self.values[first + row]:
                into[row >> 3] |= cython.cast(cython.uchar, 1 << (row & 7))
        return made

    def numbers(self, first: cython.int, rows: cython.int, size: cython.int) -> bytearray:
        """Return the lowest `size` bytes of each number: 1, 2, 4 or 8."""
        made = bytearray(rows * size)
        if not rows:
            return made
        if cython.compiled:
            self.narrow(made, first, rows, size)
        else:
            low = (1 << 8 * size) - 1
            made[:] = array({1: "B", 2: "H", 4: "I", 8: "Q"}[size], [value & low for value in self.values[first : first + rows]]).tobytes()
        return made

    def narrow(self, into: cython.uchar[::1], first: cython.int, rows: cython.int, size: cython.int) -> cython.int:
        """Fill a buffer with the lowest bytes of numbers."""
        row: cython.int
        # accessing the last ones first proves that all others are within bounds
        into[rows * size - 1] = cython.cast(cython.uchar, self.values[first + rows - 1] & 0xFF)
        source: cython.pointer[cython.const[cython.longlong]] = cython.address(self.values[first])
        low: cython.p_uchar = cython.address(into[0])
        short: cython.p_ushort = cython.cast(cython.p_ushort, low)
        word: cython.p_uint = cython.cast(cython.p_uint, low)
        if size == 1:
            for row in range(rows):
                low[row] = cython.cast(cython.uchar, source[row])
        elif size == 2:
            for row in range(rows):
                short[row] = cython.cast(cython.ushort, source[row])
        elif size == 4:
            for row in range(rows):
                word[row] = cython.cast(cython.uint, source[row])
        else:
            memcpy(low, source, rows * 8)
        return 0


@cython.final
@cython.cclass
class Codes:
    """The index of the word for each number; -1: it has no word. An open-addressing hash table that is never more than half full."""

    def __init__(self) -> None:
        self._clear(_CODES)

    def _clear(self, size: int) -> None:
        self.keys = memoryview(bytearray(8 * size)).cast("q")
        self.places = memoryview(bytearray(4 * size)).cast("i")
        self.filled = 0

    def unknown(self, packing: Packing, first: cython.int, rows: cython.int) -> list[int]:
        """Return the numbers of a column that have not been added, each once."""
        row: cython.int
        value: cython.longlong
        last: cython.longlong = 0
        begun: cython.bint = False
        found = set()
        if self.filled + rows > _MOST and self.filled:
            self._clear(_CODES)
        for row in range(rows):
            if packing.valid[first + row]:
                value = packing.values[first + row]
                if begun and value == last:
                    continue
                begun, last = True, value
                if self.find(value) < 0:
                    found.add(value)
        return sorted(found)

    def add(self, number: int, place: int) -> None:
        """Add a number that was unknown, with the index of its word; -1: it has no word."""
        if 2 * (self.filled + 1) > len(self.keys):
            before = [(self.keys[slot], self.places[slot] - 2) for slot in range(len(self.keys)) if self.places[slot]]
            self._clear(2 * len(self.keys))
            for key, old in before:
                self._fill(key, old)
        self._fill(number, place)

    def _fill(self, number: cython.longlong, place: cython.int) -> None:
        slot: cython.int = self.start(number)
        last: cython.int = cython.cast(cython.int, len(self.keys) - 1)
        while self.places[slot]:
            slot = slot + 1 & last
        self.keys[slot], self.places[slot] = number, place + 2
        self.filled += 1

    def start(self, number: cython.longlong) -> cython.int:
        """Return the slot at which the search for a number begins."""
        value: cython.ulonglong = cython.cast(cython.ulonglong, number) if cython.compiled else number & 0xFFFFFFFFFFFFFFFF
        last: cython.ulonglong = cython.cast(cython.ulonglong, self.keys.shape[0] - 1) if cython.compiled else len(self.keys) - 1
        return cython.cast(cython.int, ((value ^ value >> 32 ^ value >> 16) & _LOW) * 0x1E3779B1 >> 8 & last)

    def find(self, number: cython.longlong) -> cython.int:
        """Return the slot of a number, -1 if it has not been added."""
        slot: cython.int = self.start(number)
        last: cython.int = cython.cast(cython.int, self.keys.shape[0] - 1 if cython.compiled else len(self.keys) - 1)
        while self.places[slot]:
            if self.keys[slot] == number:
                return slot
            slot = slot + 1 & last
        return -1

    def of(self, packing: Packing, first: cython.int, rows: cython.int) -> tuple[bytearray, bytearray]:
        """Return, for a column whose numbers are all known, a bitmap of the rows that have a word, and the indexes of the words (32 bits
        each).
        """
        bits, made = bytearray((rows + 7) // 8), bytearray(4 * rows)
        valid: cython.uchar[::1] = bits
        into: cython.int[::1]
        row: cython.int
        slot: cython.int
        place: cython.int = -1
        value: cython.longlong
        last: cython.longlong = 0
        begun: cython.bint = False
        if not rows:
            return bits, made
        into = memoryview(made).cast("i")
        for row in range(rows):
            if not packing.valid[first + row]:
                continue
            value = packing.values[first + row]
            if not begun or value != last:
                slot = self.find(value)
                place = self.places[slot] - 2 if slot >= 0 else -1
                begun, last = True, value
            if place >= 0:
                into[row] = place
                valid[row >> 3] |= cython.cast(cython.uchar, 1 << (row & 7))
        return bits, made


@cython.final
@cython.cclass
class Lists:
    """Lists of words, by the index that Codes holds."""

    def __init__(self) -> None:
        self.ends = memoryview(bytearray(4)).cast("i")
        self.word_ends = memoryview(bytearray(4)).cast("i")
        self.text = b""
        self._lists: list[tuple[bytes, ...]] = []

    def add(self, words: list[str]) -> int:
        """Add a list of words. Returns its index."""
        self._lists.append(tuple(word.encode() for word in words))
        ends, word_ends, text = [0], [0], []
        used = 0
        for one in self._lists:
            for word in one:
                text.append(word)
                used += len(word)
                word_ends.append(used)
            ends.append(len(text))
        self.ends = memoryview(array("i", ends))
        self.word_ends = memoryview(array("i", word_ends))
        self.text = b"".join(text) + b"\0"
        return len(self._lists) - 1

    def of(self, places: bytearray, bits: bytearray, rows: cython.int) -> tuple[bytearray, int, bytearray, bytearray]:
        """Return the lists with these indexes, as Arrow has them.

        (offsets of the lists, including the end of the last; number of words; offsets of the words in the text; text)
        """
        offsets = bytearray(4 * (rows + 1))
        starts: cython.int[::1] = memoryview(offsets).cast("i")
        at: cython.const[cython.int][::1]
        valid: cython.const[cython.uchar][::1] = bits
        row: cython.int
        place: cython.int
        n: cython.int
        i: cython.int
        words: cython.int = 0
        used: cython.int = 0
        size: cython.int
        if rows:
            at = memoryview(places).cast("i")
            for row in range(rows):
                if valid[row >> 3] >> (row & 7) & 1:
                    place = at[row]
                    words += self.ends[place + 1] - self.ends[place]
                    used += self.word_ends[self.ends[place + 1]] - self.word_ends[self.ends[place]]
        word_offsets, made = bytearray(4 * (words + 1)), bytearray(used)
        word_starts: cython.int[::1] = memoryview(word_offsets).cast("i")
        into: cython.uchar[::1] = made
        words = used = 0
        for row in range(rows):
            starts[row] = words
            if not valid[row >> 3] >> (row & 7) & 1:
                continue
            place = at[row]
            for n in range(self.ends[place], self.ends[place + 1]):
                word_starts[words] = used
                words += 1
                size = self.word_ends[n + 1] - self.word_ends[n]
                for i in range(size):
                    into[used + i] = self.text[self.word_ends[n] + i]
                used += size
        starts[rows] = words
        word_starts[words] = used
        return offsets, words, word_offsets, made
