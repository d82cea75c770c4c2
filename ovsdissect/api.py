"""The layers put together: open a capture, walk its messages, dissect bytes in hand.

What the command line and the TUI do, they do through this.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, NamedTuple, Self, TypeVar, overload
from weakref import finalize

import orjson

from ovsdissect.capture import (
    GREATEST_LIMIT,
    LEAST_LIMIT,
    LONGEST_RECORD,
    CaptureFile,
    Interface,
    Opened,
    Piece,
    Record,
    Records,
    Skipped,
    open_capture,
)
from ovsdissect.dissect.clashes import Clash
from ovsdissect.dissect.context import Context
from ovsdissect.dissect.conversation import REGISTRIES, Met, Registries
from ovsdissect.dissect.lookahead import LookAhead, Told
from ovsdissect.dissect.message import Daemon
from ovsdissect.dissect.message import Message as BareMessage
from ovsdissect.dissect.standalone import Dissection, dissect
from ovsdissect.dissect.survey import look_ahead
from ovsdissect.engine.available import engine
from ovsdissect.engine.printed import Printed
from ovsdissect.errors import CaptureError, OvsDissectError
from ovsdissect.families import FAMILIES
from ovsdissect.families.registry import Known
from ovsdissect.grammar import ByteOrder
from ovsdissect.json.jsonline import to_dict
from ovsdissect.netlink.headers import NETLINK_GENERIC, NLMSG_MIN_TYPE
from ovsdissect.problem import Problem
from ovsdissect.tree.node import Field as BareField
from ovsdissect.tree.node import fields

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    from ovsdissect.analysis.facts import Batch
    from ovsdissect.analysis.findings import ErrorGroup, Flow, Port, Upcall
    from ovsdissect.analysis.held import Held
    from ovsdissect.analysis.moment import Moment
    from ovsdissect.analysis.run import Analysis
    from ovsdissect.analysis.verdicts import Verdict
    from ovsdissect.filter import Filter
    from ovsdissect.odp.detection import Detector, Detectors
    from ovsdissect.odp.texts import Texts

T = TypeVar("T")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
PACKET: Final = "attrs.packet."
LONG: Final = 60  # characters of a value that a repr shows

__all__ = ["Capture", "Dissection", "Field", "Message", "dissect", "is_ovs", "open"]


def open(
    source: str | os.PathLike[str] | BinaryIO,
    *,
    families: Mapping[str, int] | None = None,
    follow: bool = False,
    ovs: str = "auto",
    byteorder: ByteOrder | None = None,
    max_record: int = LONGEST_RECORD,
) -> Capture:
    """Open a capture.

    source: a path, "-" for standard input, or a binary stream.  families: ids that the caller knows ({"ovs_packet": 47}).
    follow: wait for records that are still being written.  ovs: the release whose texts `odp` has, "auto" for the one that it tells.
    byteorder: "little" or "big", that of all messages; None: that which each record's messages tell.
    max_record: bytes; a longer record is skipped, and `Capture.skipped` tells of it.
    Raises CaptureError where it is no capture, or holds no netlink; OvsDissectError where there is no such release or byte order, or
    max_record is less than 1 MiB or more than 1 GiB.
    """
    return Capture(source, families=families, follow=follow, ovs=ovs, byteorder=byteorder, max_record=max_record)


class Field(BareField):
    """One value of a message: where it stands, what it is, and what a screen shows of it."""

    message: BareMessage | None = None

    @classmethod
    def of(cls, item: BareField, message: BareMessage | None) -> Self:
        """The field with what its message knows (names of ports)."""
        field = cls(*item)
        field.message = message
        return field

    @property
    def text(self) -> str:
        """What a screen shows: numbers with their symbols, ports with their names, everything else escaped."""
        # these texts load Open vSwitch's formats: `ovsdissect json` shows none
        from ovsdissect.text.values import Scope, part_text, scope, value_text

        if self.part:
            return part_text(self.node.raw, self.part)
        return value_text(self.node, scope(self.message) if self.message else Scope())

    def __repr__(self) -> str:
        text = self.text
        return f"<Field {self.part.name if self.part else self.node.name}: {text if len(text) <= LONG else text[: LONG - 1] + '…'}>"


class Message(BareMessage):
    """A message of a capture with what the layers above the dissection add to it: Open vSwitch's own text, its JSON object.

    It is a mapping of paths ("attrs.key.in_port", as in the JSON) to Fields; those of the packet inside have Wireshark's names behind
    "attrs.packet." ("attrs.packet.ip.src").
    """

    __slots__ = ("_odp",)

    @property
    def odp(self) -> Texts:
        """What Open vSwitch prints of this message: key, mask, flow, actions, the log's line; None for what does not apply.

        Called, it gives the texts of another release, or with other names: `message.odp(ovs="3.1", names=True).line`.
        """
        if not hasattr(self, "_odp"):
            from ovsdissect.odp.texts import Texts

            self._odp = Texts(self)
        return self._odp

    @property
    def summary(self) -> str:
        """What `list` says of the message."""
        from ovsdissect.text.summary import summary

        return summary(self)

    def walk(self) -> Iterator[tuple[str, Field]]:
        """Every value of the message under its path, in the order of the bytes."""
        return ((path, Field.of(item, self)) for path, item in super().walk())

    def __getitem__(self, path: str) -> Field:
        """The value at a path; KeyError where there is none."""
        if path.startswith(PACKET) and self.inner is not None:
            for layer in self.inner.layers:
                for name, item in fields(layer, PACKET + layer.name):
                    if name == path:
                        return Field.of(item, self)
        return Field.of(super().__getitem__(path), self)

    @overload
    def get(self, path: str) -> Field | None: ...
    @overload
    def get(self, path: str, default: T) -> Field | T: ...
    def get(self, path: str, default: Any = None) -> Any:
        """The value at a path, or the default."""
        try:
            return self[path]
        except KeyError:
            return default

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self.get(path) is not None

    def keys(self) -> list[str]:
        """The paths of all values, in the order of the bytes; without those of the packet inside, which is one value here."""
        return list(self)

    def __iter__(self) -> Iterator[str]:
        """The paths, as keys() has them."""
        return (path for path, _field in super().walk())

    def __repr__(self) -> str:
        what = " ".join(word for word in (self.family, self.cmd) if word)
        words = ["record" if self.number is None else str(self.number), what, self.kind if self.kind != "message" else "", self.direction]
        return f"<Message {' '.join(word for word in words if word)}>"

    @property
    def time(self) -> datetime | None:
        """When it was captured, in UTC, to the microsecond; None where the capture has no time, or one beyond the year 9999."""
        if self.time_ns is None:
            return None
        try:
            return EPOCH + timedelta(microseconds=self.time_ns // 1000)
        except OverflowError:
            return None

    def to_dict(self, *, raw: bool = False, inner: bool = False, upcalls: bool = False, symbols: bool = False) -> dict[str, Any]:
        """The JSON object of `ovsdissect json`.

        raw: with the bytes and where each value stands in them.  inner: with the layers of the packet inside.  upcalls: with what became
        of its upcall and its flow.  symbols: numbers that have names, such as ethertypes, as text.
        """
        return to_dict(self, raw=raw, inner=inner, upcalls=upcalls, symbols=symbols)

    def to_json(self, *, raw: bool = False, inner: bool = False) -> str:
        """The line of `ovsdissect json`, without its end."""
        return orjson.dumps(self.to_dict(raw=raw, inner=inner)).decode()


class Spoken(NamedTuple):
    """A daemon whose release is known.  release: None where nothing told it."""

    release: str | None


class Speaker:
    """The ovs-vswitchd that speaks in a conversation of a capture: what it is, is found out when somebody asks."""

    __slots__ = ("_capture", "_conversation")

    def __init__(self, capture: Capture, conversation: int) -> None:
        self._capture, self._conversation = capture, conversation

    @property
    def release(self) -> str | None:
        """Its point release, as far as the capture tells it."""
        return self._capture.detector(self._conversation).release

    def __reduce__(self) -> tuple[Any, ...]:
        try:
            release = self.release
        except OvsDissectError:  # the capture is closed
            release = None
        return Spoken, (release,)


class Capture:
    """An open capture: a context manager that gives its messages in order, once for a stream, as often as asked for a file.

    Each pass over a file reads for itself: there may be several at the same time, also in several threads.  A second pass over a pipe or
    another stream raises CaptureError.  `capture[17]` is the message with that number, `capture[17:20]` a list of three, len() the
    number of netlink messages; each is a pass of its own.
    messages_seen, records_seen, registries and cut are those of the pass that began last.
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | BinaryIO | Opened,
        *,
        families: Mapping[str, int] | None = None,
        follow: bool = False,
        ovs: str = "auto",
        byteorder: ByteOrder | None = None,
        max_record: int = LONGEST_RECORD,
    ) -> None:
        if not LEAST_LIMIT <= max_record <= GREATEST_LIMIT:
            raise OvsDissectError(f"max_record={max_record}: it is a number from {LEAST_LIMIT:,} to {GREATEST_LIMIT:,}")
        if byteorder not in (None, "little", "big"):
            raise OvsDissectError(f"no byte order {byteorder!r}: it is 'little' or 'big'")
        unknown = sorted(set(families or {}) - set(FAMILIES))
        if unknown:
            raise OvsDissectError(f"no family {', '.join(unknown)}; known are {', '.join(FAMILIES)}")
        for name, number in (families or {}).items():
            if not NLMSG_MIN_TYPE <= number <= 0xFFFF:
                raise OvsDissectError(f"{name}={number}: the id of a family is a number from {NLMSG_MIN_TYPE} to 65535")
        self._wanted = None if ovs == "auto" else Spoken(_release(ovs))
        self._follow = follow
        self._given = dict(families or {})
        self._told = byteorder
        self._limit = max_record
        # it stays open: later passes read through it
        self._first = open_capture(source, follow=follow, byteorder=byteorder, max_record=max_record)
        self._file: CaptureFile = self._first
        self._started = False
        self.registries = Registries(self._given)
        self.messages_seen = 0
        self.records_seen = 0
        self._met = Met()  # by the last pass
        self._surveyed: Registries | None = None  # for the next pass
        self._interfaces: Sequence[Interface] = ()  # of a whole file
        self._detectors: Detectors | None = None
        self._daemons: dict[int, Speaker] = {}
        self._ahead: LookAhead | Held = LookAhead(self._tell)
        self._printed: Printed[Message] = Printed(self._another, self._spoken)
        self._lock = RLock()  # of what passes share
        self._count: int | None = None
        self._closed = False

    def __repr__(self) -> str:
        return f"<Capture {self.name}: {self.format or 'no header yet'}{f', {self.compression}' if self.compression else ''}>"

    def __bool__(self) -> bool:
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the capture: no pass begins any more.  The file stays open as long as messages may have to ask it for the release."""
        self._closed = True
        if self._file is not self._first:
            self._file.close()
        if self._daemons and self._detectors is None and self._whole:
            finalize(self, self._first.close)
            self._first.release()
        else:
            self._first.close()

    def stop(self) -> None:
        """End a pass over a followed capture at its next wait; safe from another thread or a signal handler."""
        self._file.stop()

    @property
    def name(self) -> str:
        """The input's name."""
        return self._file.name

    @property
    def format(self) -> Literal["pcap", "pcapng"] | None:
        """The file format; None while a followed file has no header yet."""
        return self._file.format

    @property
    def live(self) -> bool:
        """Whether records may come one by one: from a pipe, or a file that is still being written."""
        return self._follow or not self._file.seekable

    @property
    def progress(self) -> float | None:
        """How much of a file's bytes the last pass has read, from 0 to 1; None where nobody knows how many there are."""
        opened = self._first.opened
        return min(self._file.taken / opened.size, 1.0) if opened is not None and opened.size and not self._follow else None

    @property
    def compression(self) -> str | None:
        """How the file is compressed, None where it is not."""
        return self._file.compression

    @property
    def byteorder(self) -> ByteOrder | None:
        """The file's byte order; None while a followed file has no header yet."""
        return self._file.byteorder

    @property
    def met(self) -> Met:
        """What kinds of record the last pass met."""
        return self._met

    @property
    def clashes(self) -> list[Clash]:
        """Announcements of family ids in the last pass that cannot both hold: more than one host speaks on an interface."""
        return self._met.clashes

    @property
    def orders_differ(self) -> bool:
        """Whether messages of the last pass were of another byte order than the file, or of both."""
        met = {order for order, count in self._met.orders.items() if count}
        return self._told is None and (len(met) > 1 or bool(met - self._file.byteorders))

    @property
    def interfaces(self) -> list[Interface]:
        """The interfaces of the capture, with what they say was lost."""
        return self._file.interfaces

    @property
    def cut(self) -> Problem | None:
        """How the capture ended early, None where it did not; known once all messages were read."""
        return self._file.cut

    @property
    def skipped(self) -> list[Skipped]:
        """The records that were longer than max_record; known once all messages were read."""
        return self._file.skipped

    @property
    def change(self) -> str:
        """What happened to the file while it was read or followed (cut, overwritten, replaced), known once all messages were read."""
        return self._file.change

    def interrupt(self) -> None:
        """stop() for a signal handler of the thread that reads: it ends the wait for a pipe too."""
        self._file.interrupt()

    def reread(self) -> CaptureFile:
        """The records once more, from the open file: CaptureError where it is none."""
        return self._first.again()

    @property
    def ids(self) -> dict[int, Known]:
        """The family ids known so far, and how each became known; of one that means several in several conversations the first."""
        return self.registries.ids()

    def __iter__(self) -> Iterator[Message]:
        """Every netlink message, and a record's own line where bytes are in no message."""
        return self._messages()

    def __len__(self) -> int:
        """How many netlink messages there are.  Raises TypeError where the capture is no file that is complete."""
        if not self._whole:
            raise TypeError(f"{self.name}: how many messages there are is known when all were read")
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
        """The message with a number, as in `ovsdissect list`: from 1, or from the end where it is negative; IndexError for none.

        A slice takes numbers, its end excluded.
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
        wanted = number + len(self) + 1 if number < 0 else number
        for message in self.filter(f"number == {wanted}", all=True) if wanted > 0 else ():
            return message
        raise IndexError(f"{self.name}: there is no message {number}; they count from 1")

    def _messages(self) -> Iterator[Message]:
        context, records = self.begin()
        for record in records:
            for message in context.messages(record):
                self.messages_seen = context.numbers
                yield message

    def begin(self) -> tuple[Context[Message], Records]:
        """A new pass, for who makes something else than messages of it: its context, and the records that must go through that in order."""
        with self._lock:
            return self._begin()

    def _begin(self) -> tuple[Context[Message], Records]:
        if self._closed:
            raise CaptureError(f"{self.name}: it is closed")
        if self._started:
            self._file = self._first.again()
        self._started = True
        if self._whole:
            self.registries, self._surveyed = self._survey(), None
            pieces: Iterable[Piece] = self._file.pieces()
        else:
            self.registries = Registries(self._given)
            records: Iterable[Record] = self._file
            if not isinstance(self._ahead, LookAhead):
                records = self._ahead.records(self._given, records)
            pieces = ([record] for record in self._watched(look_ahead(self.registries, records)))
        context = Context(self.registries, Message)
        self._met = context.met
        context.daemon = self.daemon
        context.ahead = self._ahead
        context.printed = self._printed if self._whole else None
        context.interfaces = self._interfaces
        return context, Records(self._counted(pieces, context))

    @property
    def _whole(self) -> bool:
        """Whether the capture can be gone over more than once."""
        return self._file.seekable and not self._follow

    def hold_back(self) -> None:
        """Hold the messages of a stream back until it is known what becomes of their upcalls: before they are read, where somebody asks for
        upcall.* or flow.*.  Those of a file need not wait.
        """
        if not self._whole and isinstance(self._ahead, LookAhead):
            from ovsdissect.analysis.held import Held

            self._ahead = Held()

    def _tell(self) -> Told:
        """What the whole capture tells of each message."""
        from ovsdissect.analysis.ahead import told

        return told(self.ahead())

    def ahead(self) -> Iterator[Batch]:
        """The facts of the whole capture, whatever was read of it.  Raises OvsDissectError where it is no file that is complete."""
        if not self._whole:
            raise OvsDissectError(f"{self.name}: what looks ahead (upcall.*, flow.*) in a stream must be asked for first: hold_back()")
        assert self._first.opened is not None
        with Capture(self._first.opened, families=self._given, byteorder=self._told, max_record=self._limit) as other:
            yield from other.facts()

    @contextmanager
    def _another(self) -> Iterator[tuple[Context[Message], Records]]:
        """A pass of its own over a whole capture."""
        assert self._first.opened is not None
        with Capture(self._first.opened, families=self._given, byteorder=self._told, max_record=self._limit) as other:
            other._wanted = self._wanted
            yield other.begin()

    def _spoken(self) -> str | None:
        """The release of Open vSwitch whose texts are printed; None where there are several."""
        if self._wanted is not None:
            return self._wanted.release
        told = {detector.release for detector in self.detectors.values() if detector.seen} or {None}
        from ovsdissect.odp.releases import NEWEST

        return None if len(told) > 1 else told.pop() or NEWEST.version

    def daemon(self, conversation: int = 0) -> Daemon:
        """The ovs-vswitchd that speaks in a conversation."""
        if self._wanted is not None:
            return self._wanted
        found = self._daemons.get(conversation)
        if found is None:
            found = Speaker(self, conversation)
            if len(self._daemons) < REGISTRIES:
                self._daemons[conversation] = found
        return found

    def detector(self, conversation: int = 0) -> Detector:
        """What tells the release of Open vSwitch that speaks in a conversation.

        A stream tells it as it is read, from the first time on that somebody asks.
        """
        with self._lock:
            if self._detectors is None:
                # most passes over a capture show no text of Open vSwitch's
                from ovsdissect.odp.detection import Detectors

                self._detectors = Detectors()
                if self._whole:
                    if not self._started:
                        self._surveyed = self._survey()
                    with self._first.again() as first:
                        self._detectors.look(self._surveyed or self.registries, first)
            return self._detectors[conversation]

    @property
    def detectors(self) -> Mapping[int, Detector]:
        """What tells the release of Open vSwitch, by conversation; of those that records were seen of."""
        self.detector(0)
        assert self._detectors is not None
        return self._detectors

    def _survey(self) -> Registries:
        """The ids that hold from the start of a file."""
        if self._surveyed is not None:
            return self._surveyed
        registries = Registries(self._given)
        with self._first.again() as first:
            _survey()(registries, first)
            self._interfaces = first.interfaces
        return registries

    def _watched(self, records: Iterable[Record]) -> Iterator[Record]:
        """The records of a stream, which tell the release on the way."""
        for record in records:
            if self._detectors is not None:
                self._detectors.show(self.registries, record)
            yield record

    def _counted(self, pieces: Iterable[Piece], context: Context[Message]) -> Iterator[Piece]:
        """The records, counted; CaptureError at the end where all were of other devices (a cooked capture of a whole host may be so)."""
        for piece in pieces:
            if not self._whole:
                context.interfaces = self._file.interfaces  # as many as a stream has described
            yield piece
            self.records_seen = piece[-1].number if isinstance(piece, list) else piece.number
        if self.records_seen and context.met.foreign == self.records_seen:
            raise CaptureError(f"{self.name}: no netlink in this capture: its packets were captured on other devices than nlmon")

    def facts(self, *, until: Moment | None = None, passes: Callable[[Message, int | None], bool] | None = None) -> Iterator[Batch]:
        """What the analyses need of the messages, many at a time, of a stream as they come.

        until: where reading ends.  passes: a display filter, asked with each message's event (None for no fact); the numbers that pass it
        stand with the facts.
        """
        context, records = self.begin()
        if engine().compiled and passes is None:
            from ovsdissect.analysis import native

            made = native.batches(context, records, until=until)
        else:
            from ovsdissect.analysis.read import RECORDS, batches

            made = batches(context, records, size=1 if self.live else RECORDS, until=until, passes=passes)
        for batch in made:
            self.messages_seen = batch.messages
            yield batch

    def upcalls(self) -> Iterator[Upcall]:
        """What happened to every upcall, in the order of their numbers: each when it is final, 2 s of the capture after its answer."""
        from ovsdissect.analysis import conclude
        from ovsdissect.analysis.run import Analysis, uncollected

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
        """The flow tables of all datapaths at a moment, in the order of the messages that first told of the flows.

        at: seconds since the capture's start (since 1970 where they are more than 10**9), a datetime, a date as text (UTC where neither
        has a zone), or "@1203" for after that message; None: the end.
        probes: those of feature probes too.
        """
        from ovsdissect.analysis import conclude
        from ovsdissect.analysis.moment import Moment

        return list(conclude.flows(self._analysis(None if at is None else Moment.of(str(at))), probes=probes))

    def ports(self) -> list[Port]:
        """The ports: their upcalls, and the kernel's counters of them."""
        from ovsdissect.analysis import conclude

        return conclude.ports(self._analysis())

    def errors(self) -> list[ErrorGroup]:
        """The errors of Open vSwitch's families and nlctrl, those of a sort together, the most frequent first."""
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
        """A table of the capture in Arrow's memory: messages, upcalls, flows, ports, errors or problems.

        fields: the columns that are wanted; no others are read.  filter: a display filter: of messages those that match, of what the
        analyses find what the command of that name shows with -Y.  all: other netlink messages too.  binary: addresses as bytes.
        `ovsdissect.columns.batches()` gives the same in flat memory.  Needs pyarrow: pip install 'ovsdissect[sql]'.
        """
        from ovsdissect.columns import table_of

        return table_of(self, self.name, table, fields, filter, all=all, binary=binary)

    def to_pandas(
        self, table: str = "messages", fields: Iterable[str] | None = None, filter: str | Filter | None = None, **options: bool
    ) -> pandas.DataFrame:
        """A table of the capture as a pandas frame: as of to_arrow()."""
        return self.to_arrow(table, fields, filter, **options).to_pandas()

    def to_polars(
        self, table: str = "messages", fields: Iterable[str] | None = None, filter: str | Filter | None = None, **options: bool
    ) -> polars.DataFrame:
        """A table of the capture as a Polars frame: as of to_arrow()."""
        import polars

        return polars.DataFrame(polars.from_arrow(self.to_arrow(table, fields, filter, **options)))

    @property
    def release(self) -> str | None:
        """The point release of the Open vSwitch that speaks, as far as the capture tells it."""
        return self.daemon().release

    def verdicts(self) -> list[Verdict]:
        """What is wrong, worst first, with the messages that show it."""
        from ovsdissect.analysis.verdicts import verdicts

        return verdicts(self._analysis(spread=True))

    def _analysis(self, until: Moment | None = None, *, spread: bool = False) -> Analysis:
        """A pass of the analyses."""
        from ovsdissect.analysis.run import Analysis

        return Analysis(spread=spread).run(self.facts(until=until))

    def filter(self, text: str | Filter, *, all: bool = False) -> Iterator[Message]:
        """Open vSwitch's messages that match a display filter; with `all` every message that does.

        Raises FilterError where it does not compile.
        """
        from ovsdissect.engine.selected import selected
        from ovsdissect.filter import compile as compile_filter

        # what it counts relative times from is this pass's
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
        """What is shown by default: Open vSwitch's messages, nlctrl's, what answers them, and records with problems."""
        return (message for message in self if is_ovs(message))


def _survey() -> Callable[[Registries, CaptureFile], None]:
    """The first pass over a file."""
    if engine().compiled:
        from ovsdissect.engine.survey import survey
    else:
        from ovsdissect.dissect.survey import survey
    return survey


def _release(name: str) -> str:
    """The point release that a name means."""
    from ovsdissect.odp.releases import release

    return release(name).version


def is_ovs(message: Message) -> bool:
    """Whether a message is of a decoded family, or an error, acknowledgement or end of a dump that belongs to one."""
    if message.kind == "message":
        return message.declaration is not None
    if message.kind == "record":
        return message.protocol in (NETLINK_GENERIC, None)
    return message.request is not None and message.request.declaration is not None
