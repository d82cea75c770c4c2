"""An open capture: its messages, the findings of the analyses, and tables of both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    from ovsdissect.analysis.findings import ErrorGroup, Flow, Port, Upcall
    from ovsdissect.analysis.moment import Moment
    from ovsdissect.analysis.run import Analysis
    from ovsdissect.analysis.verdicts import Verdict
    from ovsdissect.filter import Filter

from ovsdissect.api.message import Message
from ovsdissect.api.passes import Passes
from ovsdissect.dissect.shown import is_ovs
from ovsdissect.errors import OvsDissectError


class Capture(Passes):
    """An open capture.  Use it as a context manager and iterate over its messages.

    A file can be iterated any number of times, also concurrently and in several threads, because each pass reads independently.  A second
    pass over a pipe or another stream raises CaptureError.  `capture[17]` is the message with that number, `capture[17:20]` a list of
    three, and len() the number of netlink messages; each of these makes a pass.
    messages_seen, records_seen, registries and cut are those of the pass that started last.
    """

    def __iter__(self) -> Iterator[Message]:
        """Every netlink message, and an item for each record with bytes outside messages."""
        return self._messages()

    def __len__(self) -> int:
        """The number of netlink messages.  Raises TypeError for a stream and with `follow`."""
        if not self._whole:
            raise TypeError(f"{self.name}: the number of messages is known only after all have been read")
        if self._count is None:
            from ovsdissect.engine.counts import Counts

            counts = Counts()
            counts.run(*self.begin())
            self._count = counts.seen
        return self._count

    @overload
    def __getitem__(self, number: int) -> Message: ...

    @overload
    def __getitem__(self, number: slice) -> list[Message]: ...

    def __getitem__(self, number: int | slice) -> Message | list[Message]:
        """The message with a number, as in `ovsdissect list`: from 1, or from the end if negative.  Raises IndexError.

        A slice selects numbers; its end is excluded.
        """
        if isinstance(number, slice):
            first, last = ((default if end is None else end) for default, end in ((1, number.start), (None, number.stop)))
            if (first is not None and first < 0) or (last is not None and last < 0):
                first, last = (end + len(self) + 1 if end is not None and end < 0 else end for end in (first, last))
            step = 1 if number.step is None else number.step
            if step < 1:
                raise ValueError("messages are read in their order: a slice has a positive step")
            begin = max(first or 1, 1)
            text = f"number >= {begin}" + ("" if last is None else f" && number < {last}")
            found = [] if last is not None and last <= begin else self.filter(text, all=True)
            return [one for one in found if one.number is not None and (one.number - begin) % step == 0]
        if not isinstance(number, int):
            raise TypeError(f"{self.name}: a message has a number, or a slice of numbers is a list of messages; not {number!r}")
        wanted = number + len(self) + 1 if number < 0 else number
        for message in self.filter(f"number == {wanted}", all=True) if wanted > 0 else ():
            return message
        many = f" to {len(self)}" if self._whole else ""
        raise IndexError(f"{self.name}: there is no message {number}; they count from 1{many}")

    def _messages(self) -> Iterator[Message]:
        context, records = self.begin()
        for record in records:
            for message in context.messages(record):
                self.messages_seen = context.numbers
                yield message

    def upcalls(self) -> Iterator[Upcall]:
        """What happened to each upcall, in order of their numbers.  An upcall is final 2 s of capture time after its answer."""
        from ovsdissect.analysis import conclude
        from ovsdissect.analysis.collecting import uncollected
        from ovsdissect.analysis.run import Analysis

        found: list[Upcall] = []
        analysis = Analysis(upcalls=lambda upcall, sort: found.append(conclude.upcall(upcall, sort, analysis.sides[upcall.dp])))
        batches = self.facts()
        while True:
            with uncollected():
                batch = next(batches, None)
                if batch is None:
                    break
                analysis.feed(batch)
            yield from found
            found.clear()
        analysis.finish()
        yield from found

    def flows(self, at: float | str | datetime | None = None, *, probes: bool = False) -> list[Flow]:
        """The flow tables of all datapaths at a moment, in the order in which the flows first appear.

        at: seconds since the start of the capture (values above 10**9: since 1970), a datetime, a date as text (UTC if there is no zone),
        or "@1203" for the moment after that message; None: the end.  probes: include the flows of feature probes.
        """
        from ovsdissect.analysis import conclude
        from ovsdissect.analysis.moment import Moment

        return list(conclude.flows(self._analysis(None if at is None else Moment.of(str(at))), probes=probes))

    def ports(self) -> list[Port]:
        """The ports, with their upcalls and the kernel's counters."""
        from ovsdissect.analysis import conclude

        return conclude.ports(self._analysis())

    def errors(self) -> list[ErrorGroup]:
        """The errors of Open vSwitch's families and nlctrl, grouped, the most frequent group first."""
        from ovsdissect.analysis import conclude

        return conclude.errors(self._analysis())

    def to_arrow(
        self,
        table: str = "messages",
        fields: Iterable[str] | None = None,
        filter: str | Filter | None = None,
        *,
        all: bool = False,
        binary: bool = False,
    ) -> pyarrow.Table:
        """A table of the capture as an Arrow table: messages, upcalls, flows, ports, errors or problems.

        fields: the columns to read.  filter: a display filter, which selects messages; for other tables, it selects what the command of
        that name shows with -Y.  all: include other netlink messages.  binary: addresses as bytes.
        `ovsdissect.columns.batches()` yields the same rows in constant memory.  Needs pyarrow, which the extra `sql` installs.
        """
        from ovsdissect.columns import table_of

        return table_of(self, self.name, table, fields, filter, all=all, binary=binary)

    def to_pandas(
        self, table: str = "messages", fields: Iterable[str] | None = None, filter: str | Filter | None = None, **options: bool
    ) -> pandas.DataFrame:
        """A table of the capture as a pandas DataFrame; the parameters are those of to_arrow()."""
        _need("pandas")
        return self.to_arrow(table, fields, filter, **options).to_pandas()

    def to_polars(
        self, table: str = "messages", fields: Iterable[str] | None = None, filter: str | Filter | None = None, **options: bool
    ) -> polars.DataFrame:
        """A table of the capture as a Polars DataFrame; the parameters are those of to_arrow()."""
        _need("polars")
        import polars

        return polars.DataFrame(polars.from_arrow(self.to_arrow(table, fields, filter, **options)))

    def verdicts(self) -> list[Verdict]:
        """What is wrong, worst first, with the messages that prove it."""
        from ovsdissect.analysis.verdicts import verdicts

        return verdicts(self._analysis(spread=True))

    def _analysis(self, until: Moment | None = None, *, spread: bool = False) -> Analysis:
        """A pass of the analyses."""
        from ovsdissect.analysis.run import Analysis

        return Analysis(spread=spread).run(self.facts(until=until))

    def filter(self, text: str | Filter, *, all: bool = False) -> Iterator[Message]:
        """The Open vSwitch messages that match a display filter.  all: include messages of other families.

        Raises FilterError if the filter is invalid.
        """
        from ovsdissect.engine.selected import selected
        from ovsdissect.filter import compile as compile_filter

        # relative times count from the first message of this pass
        compiled = compile_filter(text if isinstance(text, str) else text.text)
        if compiled.looks_ahead:
            self.hold_back()

        def passing() -> Iterator[Message]:
            context, records = self.begin()
            for _record, message in selected(context, records, compiled, lambda one: all or is_ovs(one), everything=all):
                self.messages_seen = context.numbers
                yield message

        return passing()

    def ovs(self) -> Iterator[Message]:
        """The messages that commands show by default: Open vSwitch's, nlctrl's, their answers, and records with problems."""
        return (message for message in self if is_ovs(message))


def _need(package: str) -> None:
    """Raise OvsDissectError if a package that no extra installs is missing."""
    from importlib.util import find_spec

    if find_spec(package) is None:
        raise OvsDissectError(f"to_{package}() needs {package}: pip install {package}")
