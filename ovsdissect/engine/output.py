"""The text that a pass writes: a buffer of bytes, and methods that spell numbers, addresses and the tables' texts into it.

It knows no attributes and no messages. Callers make sure that there is room before they write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if cython.compiled:
    from cython.cimports.libc.string import memcpy

if TYPE_CHECKING:
    from ovsdissect.engine.sink import Sink
    from ovsdissect.engine.tables import Tables

_PADDING = 64  # texts are copied 16 bytes at a time, possibly beyond their end
_ALL_HEX = bytes(range(256)).hex().encode()
_ALL_DECIMAL = b"".join(b"%02d" % value for value in range(100))

# the digits of each byte, and of the numbers below 100
_hex = cython.declare(cython.uchar[512])
_decimal = cython.declare(cython.uchar[200])
if cython.compiled:
    memcpy(_hex, cython.cast(cython.p_char, _ALL_HEX), 512)
    memcpy(_decimal, cython.cast(cython.p_char, _ALL_DECIMAL), 200)


def _two_digits(into: cython.p_uchar, value: cython.uint) -> None:
    """Write a byte as two hex digits."""
    memcpy(into, _hex + 2 * (value & 255), 2)


@cython.final
@cython.cclass
class Output:
    """Text of `used` bytes in a buffer of `capacity` bytes."""

    def __init__(self, tables: Tables, capacity: int) -> None:
        self.texts = tables.texts
        self.capacity = capacity
        self.out = memoryview(bytearray(capacity + _PADDING))
        self.used = 0

    # Called from Python

    @property
    def size(self) -> int:
        """The number of bytes that a buffer for use() must have."""
        return int(self.capacity) + _PADDING

    def use(self, buffer: bytearray) -> None:
        """Write into a new buffer of `size` bytes from now on; the text so far stays in the previous one."""
        if len(buffer) != self.capacity + _PADDING:
            raise ValueError(f"a buffer of {len(buffer)} bytes instead of {self.capacity + _PADDING}")
        self.out = memoryview(buffer)
        self.used = 0

    def taken(self) -> bytes:
        """Return the text so far and empty the buffer."""
        made = bytes(self.out[: self.used])
        self.used = 0
        return made

    def write_to(self, file: Sink, start: int = 0) -> None:
        """Write the text so far, from an offset on, to a file without copying it; all of it, however little the file accepts at a time."""
        while start < self.used:
            written = file.write(self.out[start : self.used])
            start += self.used - start if written is None else written
        self.used = 0

    def cut(self, used: int) -> None:
        """Remove what was written beyond a length."""
        self.used = used

    def put(self, line: bytes) -> bool:
        """Add a line that the tree made. Returns False if there is no room."""
        length: cython.int = len(line)
        text: cython.const[cython.uchar][::1] = line
        if self.used + length > self.capacity:
            return False
        self.out[self.used : self.used + length] = text
        self.used += length
        return True

    # Called by compiled modules

    if not cython.compiled:  # output.pxd has these for the compiler, which inlines them in other modules

        def room(self, length: int) -> int:
            """Return whether this many bytes can be written."""
            return self.used + length <= self.capacity

        def char(self, code: int) -> int:
            """Write one character."""
            self.out[self.used] = code
            self.used += 1
            return 0

        def literal(self, text: bytes) -> int:
            """Write a string constant."""
            self.out[self.used : self.used + len(text)] = text
            self.used += len(text)
            return 0

        def text(self, at: int, length: int) -> int:
            """Write a text of the tables."""
            self.out[self.used : self.used + length] = self.texts[at : at + length]
            self.used += length
            return 0

        def key(self, at: int, length: int) -> int:
            """Write what precedes a value in JSON: a comma unless it is the first, and its key if it has one."""
            if self.out[self.used - 1] not in b"{[":
                self.char(44)
            return self.text(at, length)

        def decimal(self, value: int) -> int:
            """Write a number."""
            return self.literal(b"%d" % value)

    def raw(self, data: cython.const[cython.uchar][::1], start: cython.int, end: cython.int) -> cython.int:
        """Write captured bytes unchanged: the caller knows that they are printable."""
        last: cython.uchar
        if end > start:
            last = data[end - 1]
            if cython.compiled:
                self.out[self.used + end - start - 1] = last
                memcpy(cython.address(self.out[self.used]), cython.address(data[start]), end - start)
            else:
                self.out[self.used : self.used + end - start] = data[start:end]
        self.used += end - start
        return 0

    def digits(self, value: cython.ulonglong) -> cython.int:
        """Write a number of more than one digit; for compiled methods."""
        digits: cython.int
        small: cython.uint
        high: cython.ulonglong
        if value >= 100000000:
            # eight digits at a time leave a number of 32 bits
            high = value // 100000000
            self.decimal(high)
            return self.eight(cython.cast(cython.uint, value - 100000000 * high))
        small = cython.cast(cython.uint, value)
        digits = 2 + (small >= 100) + (small >= 1000) + (small >= 10000) + (small >= 100000) + (small >= 1000000) + (small >= 10000000)
        # accessing the end first proves that the digits before it are within bounds
        self.out[self.used + digits - 1] = 48
        into: cython.p_uchar = cython.address(self.out[self.used])
        self.used += digits
        while digits > 2:
            digits -= 2
            memcpy(into + digits, _decimal + 2 * (small % 100), 2)
            small //= 100
        if digits == 2:
            memcpy(into, _decimal + 2 * small, 2)
        else:
            into[0] = cython.cast(cython.uchar, 48 + small)
        return 0

    def eight(self, value: cython.uint) -> cython.int:
        """Write a number below 100,000,000 with eight digits; for compiled methods."""
        at: cython.int
        self.out[self.used + 7] = 48
        into: cython.p_uchar = cython.address(self.out[self.used])
        for at in range(6, -2, -2):
            memcpy(into + at, _decimal + 2 * (value % 100), 2)
            value //= 100
        self.used += 8
        return 0

    def integer(self, value: cython.longlong) -> cython.int:
        """Write a signed number."""
        if value < 0:
            self.char(45)
            return self.decimal(cython.cast(cython.ulonglong, -(value + 1)) + 1)
        return self.decimal(cython.cast(cython.ulonglong, value))

    def padded(self, value: cython.uint, digits: cython.int) -> cython.int:
        """Write a number with leading zeros."""
        at: cython.int
        for at in range(self.used + digits - 1, self.used - 1, -1):
            self.out[at] = 48 + value % 10
            value //= 10
        self.used += digits
        return 0

    def hex_digits(self, data: cython.const[cython.uchar][::1], start: cython.int, end: cython.int) -> cython.int:
        """Write bytes as pairs of hex digits."""
        i: cython.Py_ssize_t
        n: cython.Py_ssize_t = end - start
        high: cython.uchar
        low: cython.uchar
        if cython.compiled:
            if n > 0:
                # Accessing both ends first lets the compiler drop checks in the loop and process 16 bytes at a time.
                low = data[end - 1]
                self.out[self.used + 2 * n - 1] = low
                source: cython.pointer[cython.const[cython.uchar]] = cython.address(data[start])
                into: cython.p_uchar = cython.address(self.out[self.used])
                for i in range(n):
                    high = source[i] >> 4
                    low = source[i] & 15
                    into[2 * i] = high + 48 + (39 if high > 9 else 0)
                    into[2 * i + 1] = low + 48 + (39 if low > 9 else 0)
        else:
            self.out[self.used : self.used + 2 * n] = bytes(data[start:end]).hex().encode()
        self.used += cython.cast(cython.int, 2 * n)
        return 0

    def hex_byte(self, value: cython.int) -> cython.int:
        """Write a byte as two hex digits."""
        high: cython.int = value >> 4 & 15
        low: cython.int = value & 15
        self.out[self.used] = high + 48 + (39 if high > 9 else 0)
        self.out[self.used + 1] = low + 48 + (39 if low > 9 else 0)
        self.used += 2
        return 0

    def hex_number(self, value: cython.ulonglong) -> cython.int:
        """Write a number in hex without leading zeros."""
        shift: cython.int = 60
        digit: cython.int
        while shift > 0 and not value >> shift & 15:
            shift -= 4
        while shift >= 0:
            digit = cython.cast(cython.int, value >> shift & 15)
            self.char(digit + 48 + (39 if digit > 9 else 0))
            shift -= 4
        return 0

    def ipv4(self, data: cython.const[cython.uchar][::1], at: cython.int) -> cython.int:
        """Write four bytes as an IPv4 address."""
        i: cython.int
        last: cython.uchar = data[at + 3]
        octet: cython.uint
        if cython.compiled:
            # accessing both ends first proves that the bytes between are within bounds
            self.out[self.used + 15] = last
            source: cython.pointer[cython.const[cython.uchar]] = cython.address(data[at])
            into: cython.p_uchar = cython.address(self.out[self.used])
            length: cython.int = 0
            for i in range(4):
                octet = source[i]
                if octet >= 100:
                    into[length] = cython.cast(cython.uchar, 48 + octet // 100)
                    length += 1
                if octet >= 10:
                    into[length] = cython.cast(cython.uchar, 48 + octet // 10 % 10)
                    length += 1
                into[length] = cython.cast(cython.uchar, 48 + octet % 10)
                into[length + 1] = 46
                length += 2
            self.used += length - 1
        else:
            self.literal(b"%d.%d.%d.%d" % tuple(data[at : at + 4]))
        return 0

    def ipv6(self, data: cython.const[cython.uchar][::1], at: cython.int) -> cython.int:
        """Write 16 bytes as an IPv6 address, like inet_ntop()."""
        start: cython.int = -1
        length: cython.int = 1
        i: cython.int = 0
        run: cython.int
        while i < 8:
            run = i
            while run < 8 and data[at + 2 * run] == 0 and data[at + 2 * run + 1] == 0:
                run += 1
            if run - i > length:
                start, length = i, run - i
            i = run if run > i else i + 1
        if start == 0 and (length == 6 or (length == 5 and data[at + 10] == 255 and data[at + 11] == 255)):
            self.char(58)
            self.char(58)
            if length == 5:
                for i in range(4):
                    self.char(102)
                self.char(58)
            return self.ipv4(data, at + 12)
        i = 0
        while i < 8:
            if i == start:
                self.char(58)
                i += length
                if i == 8:
                    self.char(58)
                continue
            if i:
                self.char(58)
            self.hex_number(data[at + 2 * i] << 8 | data[at + 2 * i + 1])
            i += 1
        return 0

    def mac(self, data: cython.const[cython.uchar][::1], at: cython.int) -> cython.int:
        """Write six bytes as an Ethernet address."""
        i: cython.int
        last: cython.uchar = data[at + 5]
        if cython.compiled:
            self.out[self.used + 17] = last
            source: cython.pointer[cython.const[cython.uchar]] = cython.address(data[at])
            into: cython.p_uchar = cython.address(self.out[self.used])
            for i in range(6):
                _two_digits(into + 3 * i, source[i])
                into[3 * i + 2] = 58
            self.used += 17
        else:
            self.literal(bytes(data[at : at + 6]).hex(":").encode())
        return 0

    def uuid(self, data: cython.const[cython.uchar][::1], at: cython.int, big_words: cython.bint) -> cython.int:
        """Write 16 bytes as a UUID; big_words: in the order of the bytes, else as four little-endian words."""
        i: cython.int
        n: cython.int = 0
        last: cython.uchar = data[at + 15]
        if cython.compiled:
            self.out[self.used + 35] = last
            source: cython.pointer[cython.const[cython.uchar]] = cython.address(data[at])
            into: cython.p_uchar = cython.address(self.out[self.used])
            for i in range(16):
                if i == 4 or i == 6 or i == 8 or i == 10:
                    into[n] = 45
                    n += 1
                _two_digits(into + n, source[i if big_words else i ^ 3])
                n += 2
            self.used += 36
        else:
            for i in range(16):
                if i in (4, 6, 8, 10):
                    self.char(45)
                self.hex_byte(data[at + (i if big_words else i ^ 3)])
        return 0

    def label(self, data: cython.const[cython.uchar][::1], at: cython.int, big: cython.bint) -> cython.int:
        """Write 16 bytes as one number in hex without leading zeros."""
        i: cython.int
        value: cython.int
        begun: cython.bint = False
        for i in range(16):
            value = data[at + (i if big else 15 - i)]
            if begun:
                self.hex_byte(value)
            elif value:
                self.hex_number(value)
                begun = True
        if not begun:
            self.char(48)
        return 0
