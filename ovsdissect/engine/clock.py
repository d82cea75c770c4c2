"""Times as ISO 8601 in UTC and as nanoseconds; texts are kept, so a second's text is made once for all messages in it."""

from __future__ import annotations

import cython

if not cython.compiled:
    from ovsdissect.engine.output import Output

_NANOSECONDS = cython.declare(cython.longlong, 1000000000)
_FIRST = cython.declare(cython.longlong, 1000000000)  # the first second of ten digits
_LAST = cython.declare(cython.longlong, 9223372035)  # 2 ** 63 nanoseconds
_DAY = cython.declare(cython.longlong, 86400)


@cython.final
@cython.cclass
class Clock:
    """The texts of one time. iso: ISO 8601; epoch: nanoseconds since 1970."""

    def __init__(self) -> None:
        self.iso = memoryview(bytearray(b"0000-00-00T00:00:00.000000000Z"))
        self.epoch = memoryview(bytearray(b"0000000000000000000"))
        self.second = self.time = -1

    def set(self, second: cython.longlong) -> cython.int:
        """Make a second's text. Returns 1 if the tree must write it: before 2001-09-09, or beyond 64 bits of nanoseconds."""
        days: cython.longlong
        rest: cython.longlong
        era: cython.longlong
        day: cython.longlong
        year: cython.longlong
        month: cython.longlong
        at: cython.int
        if second == self.second:
            return 0
        if second < _FIRST or second > _LAST:
            return 1
        # days since 0000-03-01 to a date of the Gregorian calendar: counting from March puts the leap day at the end of the year
        days = second // _DAY + 719468
        rest = second % _DAY
        era = days // 146097
        day = days - era * 146097
        year = (day - day // 1460 + day // 36524 - day // 146096) // 365
        day -= 365 * year + year // 4 - year // 100
        month = (5 * day + 2) // 153
        day = day - (153 * month + 2) // 5 + 1
        month = month + 3 if month < 10 else month - 9
        year = year + era * 400 + (1 if month <= 2 else 0)
        self.two(0, year // 100)
        self.two(2, year % 100)
        self.two(5, month)
        self.two(8, day)
        self.two(11, rest // 3600)
        self.two(14, rest // 60 % 60)
        self.two(17, rest % 60)
        self.second, self.time = second, -1
        for at in range(9, -1, -1):
            self.epoch[at] = 48 + cython.cast(cython.uchar, second % 10)
            second //= 10
        return 0

    def two(self, at: cython.int, value: cython.longlong) -> cython.int:
        """Write two digits at an offset of the text."""
        self.iso[at] = 48 + cython.cast(cython.uchar, value // 10)
        self.iso[at + 1] = 48 + cython.cast(cython.uchar, value % 10)
        return 0

    def write(self, output: Output, time: cython.longlong) -> cython.int:
        """Write a time whose second was set, with nine digits after the point."""
        fraction: cython.uint
        at: cython.int
        if time != self.time:
            self.time = time
            fraction = cython.cast(cython.uint, time % _NANOSECONDS)
            for at in range(8, -1, -1):
                self.iso[20 + at] = self.epoch[10 + at] = 48 + cython.cast(cython.uchar, fraction % 10)
                fraction //= 10
        return output.raw(self.iso, 0, 30)

    def nanoseconds(self, output: Output) -> cython.int:
        """Write the time that was written last, as nanoseconds since 1970."""
        return output.raw(self.epoch, 0, 19)
