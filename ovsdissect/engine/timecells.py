# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""The time of a line: the compiled form of ovsdissect.text.rows.Clock."""

from __future__ import annotations

import cython

if not cython.compiled:
    from ovsdissect.engine.clock import Clock
    from ovsdissect.engine.listcodes import TIME_ABSOLUTE, TIME_DELTA, TIME_RELATIVE
    from ovsdissect.engine.odp_codes import REFUSED, WRITTEN
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.walk import Walk

_SECOND = cython.declare(cython.longlong, 1000000000)


@cython.final
@cython.cclass
class TimeCells:
    """Writes the time column. style: TIME_...; digits: of a second's fraction, 6 or 9. before: the time of the last line that had one."""

    def __init__(self, walk: Walk, output: Output, style: int, digits: int) -> None:
        self.walk, self.output, self.style, self.digits = walk, output, style, digits
        self.clock = Clock()
        self.told = False
        self.before = 0

    # Shared with the tree's lines

    @property
    def state(self) -> tuple[int | None, int | None]:
        """The time of the first message, and of the last line that had one; None until there is one."""
        return self.walk.started, (self.before if self.told else None)

    def go_on(self, first: int | None, before: int | None) -> None:
        """Continue from such a state."""
        if first is not None:
            self.walk.begin_at(first)
        self.told, self.before = before is not None, before or 0

    # Called by the pass

    def shown(self) -> cython.int:
        """Note that the message's line was written."""
        self.before, self.told = self.walk.records.time, True
        return 0

    def time(self) -> cython.int:
        """Write the time of the message's line."""
        if self.style == TIME_RELATIVE:
            return self.seconds(self.walk.records.time - self.walk.first_time, self.digits)
        if self.style == TIME_DELTA:
            return self.seconds(self.walk.records.time - (self.before if self.told else self.walk.records.time), self.digits)
        if self.style != TIME_ABSOLUTE:
            return self.seconds(self.walk.records.time, self.digits)
        if self.clock.set(self.walk.records.time // _SECOND):
            return REFUSED
        self.output.raw(self.clock.iso, 0, 10)
        self.output.char(32)
        self.output.raw(self.clock.iso, 11, 19)
        self.output.char(46)
        return self.fraction(self.walk.records.time % _SECOND, self.digits)

    def relative(self) -> cython.int:
        """Write the time since the first message, with all digits."""
        return self.seconds(self.walk.records.time - self.walk.first_time, 9)

    def seconds(self, time: cython.longlong, digits: cython.int) -> cython.int:
        """Write nanoseconds as seconds, truncated to some digits."""
        if time < 0:
            self.output.char(45)
            time = -time
        self.output.decimal(cython.cast(cython.ulonglong, time // _SECOND))
        self.output.char(46)
        return self.fraction(time % _SECOND, digits)

    def fraction(self, time: cython.longlong, digits: cython.int) -> cython.int:
        """Write the fraction of a second."""
        if digits == 9:
            self.output.padded(cython.cast(cython.uint, time), 9)
        else:
            self.output.padded(cython.cast(cython.uint, time // 1000), 6)
        return WRITTEN
