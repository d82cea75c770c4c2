"""A pass over a capture's records: the compiled engine reads well-formed messages, the context and the tree read the rest, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from struct import pack
from typing import TYPE_CHECKING, Final, Generic

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import Blocks, Record, Records, Stretch
from ovsdissect.capture.pcapng import Clock, PcapngReader
from ovsdissect.dissect.context import NOBODY, Context, M
from ovsdissect.engine.answers import Answer
from ovsdissect.engine.backend import BackEnd
from ovsdissect.engine.codes import ASK, BLOCK, END, FULL, INTERFACE, ODD, TOLD
from ovsdissect.engine.conversation import Books, Library
from ovsdissect.engine.engine import Engine
from ovsdissect.engine.matchcodes import NO, YES
from ovsdissect.engine.output import Output
from ovsdissect.engine.reader import Reader
from ovsdissect.engine.requests import Requests
from ovsdissect.engine.stretches import begin
from ovsdissect.engine.tables import Tables
from ovsdissect.engine.walk import Walk
from ovsdissect.netlink.framing import frame_at
from ovsdissect.problem import Problem

if TYPE_CHECKING:
    from ovsdissect.filter import Filter

# the header given to a single record that is put into a buffer: that of a little-endian pcap file with nanoseconds
_HEADER: Final = "<IIII"
_HEADER_LENGTH: Final = 16
_SECONDS: Final = 1 << 32
ORDERS: Final[tuple[ByteOrder, ByteOrder]] = "little", "big"


# makes the back end of a pass, from its walk, answers, output and tables
Make = Callable[[Walk, Answer, Output, Tables], BackEnd]


@dataclass(frozen=True, slots=True)
class State(Generic[M]):
    """The state of a pass at one moment. requests: those of each conversation. started: the time of the capture's first message."""

    context: Context[M]
    requests: dict[int, Requests]
    started: int | None


class Pass(Generic[M]):
    """One pass, with its own walk, output and records.

    make: makes its back end. take: called with each message that the tree reads. capacity: bytes of its output.
    chosen: a display filter, and whether messages of other families and protocols may pass; messages that do not pass only update the
    records.
    `passes` tells whether a message that the tree reads passes; if it is None, `take` must apply the filter.
    keys: messages that the tree reads know the keys of the flows that they name. idle: messages only update the records.
    before: called before the records take up what a message tells, and before the tree reads one.
    asked: how many messages the tree read, by reason: the kind of the first problem, or the kind of the message if it has none.
    """

    def __init__(
        self,
        tables: Tables,
        context: Context[M],
        make: Make,
        take: Callable[[M], None],
        capacity: int,
        chosen: tuple[Filter, bool] | None = None,
        *,
        keys: bool = False,
        idle: bool = False,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        self._before = before
        self._walk = Walk(tables, Reader(tables))
        answer, self.output = Answer(self._walk, tables), Output(tables, capacity)
        self._filter = chosen[0] if chosen else None
        match = None
        if chosen is not None:
            from ovsdissect.engine.conditions import conditions
            from ovsdissect.engine.match import Match

            match = Match(self._walk, answer, tables, conditions(tables, chosen[0], context.ahead, context.printed), chosen[1])
        self._engine = Engine(self._walk, answer, make(self._walk, answer, self.output, tables), tables, match, idle)
        self.context = context
        self.library = Library(tables, context)
        self._books: Books | None = None
        self._described: tuple[PcapngReader | None, int] = None, 0  # the reader and its section whose interfaces the walk knows
        self._take = take
        self.record: Record | None = None  # the record of the last message that was passed to `take`
        self.asked: Counter[str] = Counter()
        if keys:
            self._walk.tell_keys()

    def copy(self, spare: list[Requests]) -> State[M]:
        """Return the pass's state, from which another pass can continue. spare: records of requests that may be overwritten."""
        context = self.context.copy()
        context.numbers = self._walk.number
        return State(context, self.library.requests(spare), self._walk.started)

    def go_on(self, state: State[M]) -> None:
        """Continue from the state of another pass over the same capture."""
        self.context = state.context
        self.library.go_on(state.context, state.requests)
        self._books = self.record = None
        self._walk.records.leave()
        self._walk.pass_record(state.context.numbers)
        if state.started is not None:
            self._walk.begin_at(state.started)

    @property
    def started(self) -> int | None:
        """The time of the first message that has one."""
        return self._walk.started

    @property
    def messages(self) -> int:
        """The number of messages so far."""
        return self._walk.number

    def run(self, records: Records) -> Iterator[int]:
        """Read the records. Yields FULL when the output must be taken, and END when it may be, because no more data is available."""
        walk, context = self._walk, self.context
        for piece in records.pieces():
            self._update()  # a stream's ids become known only while it is read
            walk.records.tell_interfaces(len(context.interfaces))
            if isinstance(piece, Stretch):
                yield from self._stretch(piece)
            elif isinstance(piece, Blocks):
                yield from self._blocks(piece)
            else:
                for record in piece:
                    yield from self._single(record)
            context.met.foreign += walk.records.take_foreign()
            for order, count in zip(ORDERS, walk.take_orders(), strict=True):
                context.met.orders[order] += count
            yield END

    def _stretch(self, piece: Stretch) -> Iterator[int]:
        walk = self._walk
        begin(walk, piece)
        yield from self._buffer(piece.record)
        piece.position, piece.number = walk.state[0], walk.records.count

    def _blocks(self, piece: Blocks) -> Iterator[int]:
        """Read blocks of a pcapng file: packets with the walk, everything else with its reader."""
        walk, reader = self._walk, piece.reader
        while True:
            self._describe(reader)
            host_big = (reader.told or reader.byteorder) == "big"
            walk.records.pcapng(big=reader.byteorder == "big", host_big=host_big, told=reader.told is not None)
            walk.go_on(piece.data, piece.position, len(piece.data), piece.number)
            yield from self._buffer(piece.record)
            piece.position, piece.number = walk.state[0], walk.records.count
            if not piece.whole:
                return
            record = reader.take(piece)
            if record is not None:
                yield from self._single(record)

    def _describe(self, reader: PcapngReader) -> None:
        """Tell the walk about new interfaces."""
        walk = self._walk
        if self._described != (reader, reader.sections):
            self._described = reader, reader.sections
            walk.records.section()
        for clock in reader.clocks[walk.records.interface_count :]:
            walk.records.describe(*_interface(clock))

    def _single(self, record: Record) -> Iterator[int]:
        """Read a single record."""
        time_ns, data = record.time_ns, record.data
        if time_ns is None or record.notes is not None or not 0 <= time_ns < _SECONDS * 10**9:
            self.context.numbers = self._walk.number
            self.record = record
            self._before()
            self._walk.pass_record(self._whole(record, 0))
            return
        header = pack(_HEADER, *divmod(time_ns, 10**9), len(data), record.wire_length)
        big, device = record.byteorder == "big", record.interface
        self._walk.records.pcap(
            big=False, tick=1, header=_HEADER_LENGTH, link_type=record.link_type, host_big=big, told=True, device=device
        )
        self._walk.go_on(header + data, 0, len(header) + len(data), record.number - 1)
        yield from self._buffer(lambda position, number: record)

    def _buffer(self, record: Callable[[int, int], Record]) -> Iterator[int]:
        """Read everything in the walk's buffer. record: returns the record whose header is at a position."""
        engine, walk, context = self._engine, self._walk, self.context
        while (status := engine.run()) not in (END, BLOCK):
            if status == FULL:
                yield FULL
                continue
            if status == TOLD:
                self._told()
                continue
            if status == INTERFACE:
                self._enter(walk.records.conversation)
                continue
            self._before()
            position, begin, _, start, place, number, before = walk.state
            if self.record is None or self.record.number != number:
                self.record = record(position, number)
            context.numbers = before
            if status == ASK:
                message = context.message(self.record, frame_at(self.record, place, start - begin), walk.met[0])
                walk.skip_message(context.numbers)
                self._ask(message)
            else:
                assert status == ODD, status
                walk.skip_record(self._whole(self.record, place))

    def _enter(self, key: int) -> None:
        """Continue in a conversation."""
        self._books = self.library.books(self.context.turn(key))
        self._walk.enter(self._books, key)

    def _update(self) -> None:
        """Add what the tree has learnt to the compiled records."""
        if self._books is not None:
            self._books.update()

    def _whole(self, record: Record, place: int) -> int:
        """Read the messages of a record from an index on with the tree. Returns the number of messages so far."""
        context = self.context
        cut = context.framed(record)
        if context.current.key != self._walk.records.entered and context.current.key != NOBODY:
            self._enter(context.current.key)
        for frame in cut.frames[place:]:
            self._ask(context.message(record, frame, cut.protocol or 0))
        rest = context.rest(record, cut)
        if rest is not None:
            self._ask(rest)
        return context.numbers

    @property
    def passes(self) -> bool | None:
        """Whether the last message passes the filter; None if the engine could not decide."""
        return {YES: True, NO: False}.get(self._engine.verdict)

    def _ask(self, message: M) -> None:
        self._update()
        if message.number is not None and message.time_ns is not None and self._walk.started is None:
            self._walk.begin_at(message.time_ns)
        if self._filter is not None and self._filter.start_ns is None:
            self._filter.start_ns = self._walk.started
        problems: tuple[Problem, ...] = message.problems
        self.asked[str(problems[0].kind) if problems else message.kind] += 1
        self._take(message)
        self._update()

    def _told(self) -> None:
        """Record the name that a message read by the engine tells."""
        engine, walk = self._engine, self._walk
        self._before()
        self.context.hear(walk.bytes_of(engine.told_start, engine.told_stop), "big" if walk.big else "little", walk.number)
        self._update()


def _interface(clock: Clock) -> tuple[int, int, int, int]:
    """Return an interface's parameters for the walk; the multiplier is 0 if a tick is not a whole number of nanoseconds."""
    whole = clock.divisor == 1 and 0 <= clock.base < _SECONDS * 10**9
    return clock.link_type, clock.multiplier if whole else 0, clock.base if whole else 0, clock.interface
