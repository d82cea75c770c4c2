"""The lines of a list: the tree and a back end write the same lines and share a clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic

from ovsdissect.dissect.context import M
from ovsdissect.odp.releases import release
from ovsdissect.text.forms import Form
from ovsdissect.text.rows import Clock, tone
from ovsdissect.text.values import scope

if TYPE_CHECKING:
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.backend import BackEnd
    from ovsdissect.engine.list_shape import Shape
    from ovsdissect.engine.listline import ListLines
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.tables import Tables
    from ovsdissect.engine.timecells import TimeCells
    from ovsdissect.engine.walk import Walk


class Listing(Generic[M]):
    """A list of messages.

    wanted: whether a message is shown. everything: also show messages that are not Open vSwitch's. names: show ports and datapaths by name.
    ovs: the release whose texts are shown, or AUTO, which back ends cannot use. encoded: encodes a line. shape: the layout of the back
    end's lines.
    malformed: how many of the messages that the tree showed have problems. back_ends: those made so far.
    """

    def __init__(
        self,
        form: Form,
        clock: Clock,
        shape: Shape | None,
        ovs: str,
        wanted: Callable[[M], bool],
        encoded: Callable[[str], bytes],
        *,
        everything: bool,
        names: bool,
    ) -> None:
        self.malformed = 0
        self.back_ends: list[ListLines] = []
        self._form, self._clock, self._shape, self._ovs = form, clock, shape, ovs
        self._wanted, self._encoded = wanted, encoded
        self._everything, self._names = everything, names
        self._times: TimeCells | None = None

    def line(self, message: M) -> bytes | None:
        """Return a message's line, made from its tree; None if the message is not shown."""
        if self._times is not None:
            self._clock.go_on(*self._times.state)
        self._clock.start(message.time_ns)
        text = None
        if self._wanted(message):
            self.malformed += bool(message.problems)
            where = scope(message, names=self._names, ovs=self._ovs)
            text = self._form.row([column.text(message, where) for column in self._form.shown], tone(message))
        if self._times is not None:
            self._times.go_on(*self._clock.state)
        return None if text is None else self._encoded(text + "\n")

    def tables(self) -> Tables:
        """Return the grammar's tables, as the back end uses them."""
        from ovsdissect.engine.list_tables import list_tables

        return list_tables(release(self._ovs)).tables

    def back_end(self, walk: Walk, answer: Answer, output: Output, tables: Tables) -> BackEnd:
        """Return the back end that writes the lines of all messages without problems other than a cut."""
        from ovsdissect.engine.list_tables import list_tables
        from ovsdissect.engine.listline import ListLines

        assert self._shape is not None
        made = ListLines(walk, answer, output, list_tables(release(self._ovs)), self._shape, self._everything, self._names)
        self.follow(made.times)
        self.back_ends.append(made)
        return made

    def follow(self, times: TimeCells) -> None:
        """Use the clock of a back end, which continues from these lines."""
        self._times = times
