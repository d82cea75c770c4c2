"""The display filter before messages are made: a front of the lane that sends away whatever surely does not pass.

What its kind, its numbers or a search of its bytes exclude costs no message.  Of the rest, what the filter can decide of the message alone
it decides; the others are for the tree, and the filter sees them then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic

from ovsdissect.capture import Record, Records
from ovsdissect.dissect.context import Context, M, answered
from ovsdissect.dissect.lane import ARGUMENTS, HEADS, Front, Kind, Lane, Write
from ovsdissect.dissect.requests import Pending
from ovsdissect.filter import Filter
from ovsdissect.filter.bounds import FALSE, TRUE, Bounds, Narrowing
from ovsdissect.netlink.framing import Frame, framing
from ovsdissect.netlink.numbers import FIRST


class Sieve(Generic[M]):
    """The messages that pass a filter.

    shown: whether a message is wanted at all; `everything`: those of no decoded family may be.  context: that of the lane; make: the class
    of its messages.  inner: the front that gets what passes; without one the messages themselves come out, `verdicts`: each that was made,
    with whether it passes.
    """

    def __init__(
        self,
        display_filter: Filter,
        shown: Callable[[M], bool],
        context: Context[M],
        make: type[M],
        *,
        everything: bool = False,
        inner: Front[M] | None = None,
        verdicts: bool = False,
    ) -> None:
        self.out: list[Any] = inner.out if inner is not None else []
        self._filter, self._shown, self._everything, self._inner = display_filter, shown, everything, inner
        self._context, self._make, self._verdicts = context, make, verdicts
        self._narrowing = Narrowing(display_filter.selection)
        # kinds whose inner writer is called by the filter's own, with what that refers to; and those whose inner writer is the lane's
        self._spaces: dict[Kind, dict[str, Any]] = {}
        self._through: set[Kind] = set()

    def begin(self, records: Iterable[Record]) -> Records:
        """The records as they come; the first message among them that has a time is what relative times count from."""
        stream = Records.of(records)
        first = stream.first()
        if first is not None:
            self._start(first)
        # nearly always that is the first record, and the others are left as they are
        return stream if first is None or self._filter.start_ns is not None else Records.of(self._until_start(stream))

    def _until_start(self, records: Iterator[Record]) -> Iterator[Record]:
        for record in records:
            self._start(record)
            yield record

    def _start(self, record: Record) -> None:
        if self._filter.start_ns is None and record.time_ns is not None:
            cut = framing(record.data, record.link_type, record.wire_length, record.byteorder)
            if cut.frames or cut.problems:
                self._filter.start_ns = record.time_ns

    def message(self, message: M) -> None:
        """Take a message that the lane made, if it passes."""
        passes = self._shown(message) and self._filter.matches(message)
        if self._verdicts:
            self.out.append((message, passes))
        elif passes and self._inner is not None:
            self._inner.message(message)
        elif passes:
            self.out.append(message)

    def writer(self, kind: Kind) -> Write | None:
        """What is done with messages of a kind: most are sent away."""
        if kind.family is None and not kind.control and not self._everything:
            return _away
        condition = self._filter.condition
        bounds = Bounds(TRUE, TRUE) if condition is None else self._narrowing.bounds(condition, kind)
        if bounds.most == FALSE:
            return _away
        if len(self._spaces) + len(self._through) >= HEADS:
            self._spaces.clear()
            self._through.clear()
        inner = self._inner.writer(kind) if self._inner is not None and not bounds.deep else None
        if bounds.least == TRUE and self._inner is not None:
            self._through.add(kind)
            return inner
        expression = self._expression(kind, bounds, inner)
        if expression is None:
            return None
        space = {**self._narrowing.space, "len": len, "matches": self._filter.matches, "made": self._maker(kind), "inner": inner}
        space |= {"take": self._take, "decide": self._decide, "__builtins__": {}}
        self._spaces[kind] = space
        write: Write = eval(f"lambda {ARGUMENTS}: {expression}", space)
        return write

    def _expression(self, kind: Kind, bounds: Bounds, inner: Write | None) -> str | None:
        """What is done with a message: true where it is for the tree.  None where all are."""
        if kind.control:
            return None  # whether they are wanted follows from what they answer
        made = f"made({ARGUMENTS})"
        if inner is not None:
            passes = bounds.most if bounds.exact else f"{bounds.most} and matches({made})"
            return f"inner({ARGUMENTS}) if {passes} else None"
        if self._inner is None and not bounds.deep:
            return f"{'take' if bounds.exact else 'decide'}({made}) if {bounds.most} else None"
        if bounds.most == TRUE:
            return None
        return bounds.most

    def replace(self, lane: Lane[M], kind: Kind, write: Write) -> None:
        """From now on this is the inner front's writer of a kind's messages."""
        if kind in self._through:
            lane.replace(kind, write)
        elif kind in self._spaces:
            self._spaces[kind]["inner"] = write

    def _take(self, message: M) -> None:
        """Take a message that passes."""
        self.out.append((message, True) if self._verdicts else message)

    def _decide(self, message: M) -> None:
        """Take a message if it passes."""
        if self._filter.matches(message):
            self._take(message)

    def _maker(self, kind: Kind) -> Callable[..., M]:
        """What makes a message of the arguments of a writer, as the context does."""
        make, context = self._make, self._context
        protocol, order, number_of_type, flags, _, family, _, name = kind

        def made(
            number: int, record: int, place: int, time_ns: int | None, seq: int, pid: int, datapath: int,
            data: bytes, start: int, end: int, limit: int, pending: Pending | None,
        ) -> M:  # fmt: skip
            begin = 0 if place else start - FIRST
            whole = data[begin:limit]
            return make(
                number=number,
                record=record,
                time_ns=time_ns,
                data=whole,
                wire_length=len(whole),
                order=order,
                protocol=protocol,
                frame=Frame(place, start - begin, end - begin, end - start, number_of_type, flags, seq, pid),
                family=family,
                name=name,
                request=pending and answered(pending),
                ports=context.ports,
                datapaths=context.datapaths,
                daemon=context.daemon(0),
            )

        return made


def _away(*_: object) -> None:
    """Send a message away."""
