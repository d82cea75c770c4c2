"""An open capture and the passes over it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Literal, Self
from weakref import finalize

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import (
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
from ovsdissect.dissect.survey import look_ahead
from ovsdissect.engine.available import engine
from ovsdissect.engine.first_passes import look, survey
from ovsdissect.engine.printed import Printed
from ovsdissect.errors import CaptureError, OvsDissectError
from ovsdissect.families.registry import Known, given_ids
from ovsdissect.problem import Problem

if TYPE_CHECKING:
    from ovsdissect.analysis.facts import Batch
    from ovsdissect.analysis.held import Held
    from ovsdissect.analysis.moment import Moment
    from ovsdissect.odp.detection import Detector, Detectors

from ovsdissect.api.message import Message
from ovsdissect.api.speaker import Speaker, Spoken


class Passes:
    """An open input: its properties, and new passes over its messages.

    messages_seen, records_seen, registries and cut are those of the pass that started last.
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
        self._wanted = None if ovs == "auto" else Spoken(_release(ovs))
        self._follow = follow
        self._given = given_ids(families)
        self._told = byteorder
        self._limit = max_record
        # it stays open, because later passes read through it
        self._first = open_capture(source, follow=follow, byteorder=byteorder, max_record=max_record)
        self._file: CaptureFile = self._first
        self._started = False
        self.registries = Registries(self._given)
        self.messages_seen = 0
        self.records_seen = 0
        self._met = Met()  # of the last pass
        self._surveyed: Registries | None = None  # for the next pass
        self._interfaces: Sequence[Interface] = ()  # of a whole file
        self._detectors: Detectors | None = None
        self._daemons: dict[int, Speaker] = {}
        self._ahead: LookAhead | Held = LookAhead(self._tell)
        self._printed: Printed[Message] = Printed(self._another, self._spoken)
        self._lock = RLock()  # protects what passes share
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
        """Close the capture; no new pass can start.  The file stays open as long as messages may need it to detect the release."""
        self._closed = True
        if self._file is not self._first:
            self._file.close()
        if self._daemons and self._detectors is None and self._whole:
            finalize(self, self._first.close)
            self._first.release()
        else:
            self._first.close()

    def stop(self) -> None:
        """End a pass over a followed capture at its next wait.  Safe in other threads and in signal handlers."""
        self._file.stop()

    @property
    def name(self) -> str:
        """The name of the input."""
        return self._file.name

    @property
    def format(self) -> Literal["pcap", "pcapng"] | None:
        """The file format; None while a followed file has no header."""
        return self._file.format

    @property
    def live(self) -> bool:
        """Whether records arrive over time, from a pipe or from a file that is still being written."""
        return self._follow or not self._file.seekable

    @property
    def size(self) -> int | None:
        """The size of the file in bytes when it was opened; None for a pipe."""
        opened = self._first.opened
        return None if opened is None else opened.size

    @property
    def progress(self) -> float | None:
        """The fraction of the file that the last pass has read, from 0 to 1; None if the size is unknown."""
        return min(self._file.taken / self.size, 1.0) if self.size and not self._follow else None

    @property
    def compression(self) -> str | None:
        """The compression of the file; None if it is not compressed."""
        return self._file.compression

    @property
    def byteorder(self) -> ByteOrder | None:
        """The byte order of the file; None if its sections differ, or while a followed file has no header."""
        orders = self._file.byteorders
        return next(iter(orders)) if len(orders) == 1 else None

    @property
    def met(self) -> Met:
        """The kinds of records in the last pass."""
        return self._met

    @property
    def clashes(self) -> list[Clash]:
        """Contradictory announcements of family ids in the last pass, which mean that one interface carries several hosts."""
        return self._met.clashes

    @property
    def orders_differ(self) -> bool:
        """Whether messages of the last pass had a byte order other than that of the file, or both orders."""
        met = {order for order, count in self._met.orders.items() if count}
        return self._told is None and (len(met) > 1 or bool(met - self._file.byteorders))

    @property
    def interfaces(self) -> list[Interface]:
        """The interfaces of the capture, with their recorded losses."""
        return self._file.interfaces

    @property
    def cut(self) -> Problem | None:
        """How the capture ended early; None if it is complete.  Known after all messages were read."""
        return self._file.cut

    @property
    def skipped(self) -> list[Skipped]:
        """The records longer than max_record.  Known after all messages were read."""
        return self._file.skipped

    @property
    def change(self) -> str:
        """What happened to the file during the pass (truncated, overwritten, replaced).  Known after all messages were read."""
        return self._file.change

    def interrupt(self) -> None:
        """Like stop(), for a signal handler in the reading thread: it also ends a wait for a pipe."""
        self._file.interrupt()

    def reread(self) -> CaptureFile:
        """The records again, from the open file.  Raises CaptureError if the input is not a file."""
        return self._first.again()

    @property
    def ids(self) -> dict[int, Known]:
        """The family ids known so far, and the source of each.  If conversations disagree about an id, the first one counts."""
        return self.registries.ids()

    def begin(self) -> tuple[Context[Message], Records]:
        """Start a pass without making messages: its context, and the records to feed to the context in order."""
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
        """Whether the capture can be read more than once."""
        return self._file.seekable and not self._follow

    def hold_back(self) -> None:
        """Hold the messages of a stream back until it is known what became of their upcalls.

        Call it before reading, if upcall.* or flow.* will be used.  It has no effect on files.
        """
        if not self._whole and isinstance(self._ahead, LookAhead):
            from ovsdissect.analysis.held import Held

            self._ahead = Held()

    def _tell(self) -> Told:
        """What the whole capture says about each message."""
        from ovsdissect.analysis.ahead import told

        return told(self.ahead())

    def ahead(self) -> Iterator[Batch]:
        """The facts of the whole capture, however much of it was read.  Raises OvsDissectError for a stream and with `follow`."""
        if not self._whole:
            raise OvsDissectError(f"{self.name}: upcall.* and flow.* look ahead in a stream: call hold_back() before reading")
        assert self._first.opened is not None
        with Passes(self._first.opened, families=self._given, byteorder=self._told, max_record=self._limit) as other:
            yield from other.facts()

    @contextmanager
    def _another(self) -> Iterator[tuple[Context[Message], Records]]:
        """A pass of its own over a whole capture."""
        assert self._first.opened is not None
        with Passes(self._first.opened, families=self._given, byteorder=self._told, max_record=self._limit) as other:
            other._wanted = self._wanted
            yield other.begin()

    def _spoken(self) -> str | None:
        """The release of Open vSwitch whose texts are printed; None if there are several."""
        if self._wanted is not None:
            return self._wanted.release
        told = {detector.release for detector in self.detectors.values() if detector.seen} or {None}
        from ovsdissect.odp.releases import NEWEST

        return None if len(told) > 1 else told.pop() or NEWEST.version

    def daemon(self, conversation: int = 0) -> Daemon:
        """The ovs-vswitchd in a conversation."""
        if self._wanted is not None:
            return self._wanted
        found = self._daemons.get(conversation)
        if found is None:
            found = Speaker(self.detector, conversation)
            if len(self._daemons) < REGISTRIES:
                self._daemons[conversation] = found
        return found

    def detector(self, conversation: int = 0) -> Detector:
        """The detector of the Open vSwitch release in a conversation.

        For a stream, detection starts with the first call and continues as the stream is read.
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
                        look(self._detectors, self._surveyed or self.registries, first)
            return self._detectors[conversation]

    @property
    def detectors(self) -> Mapping[int, Detector]:
        """The detectors of the Open vSwitch release, by conversation, for all conversations that have records."""
        self.detector(0)
        assert self._detectors is not None
        return self._detectors

    def _survey(self) -> Registries:
        """The family ids that apply from the start of a file."""
        if self._surveyed is not None:
            return self._surveyed
        registries = Registries(self._given)
        with self._first.again() as first:
            survey(registries, first)
            self._interfaces = first.interfaces
        return registries

    def _watched(self, records: Iterable[Record]) -> Iterator[Record]:
        """The records of a stream; they are also shown to the detectors of the release."""
        for record in records:
            if self._detectors is not None:
                self._detectors.show(self.registries, record)
            yield record

    def _counted(self, pieces: Iterable[Piece], context: Context[Message]) -> Iterator[Piece]:
        """The records, counted.  Raises CaptureError at the end if all came from other devices, as in a cooked capture of a whole host."""
        for piece in pieces:
            if not self._whole:
                context.interfaces = self._file.interfaces  # as many as a stream has described
            yield piece
            self.records_seen = piece[-1].number if isinstance(piece, list) else piece.number
        if self.records_seen and context.met.foreign == self.records_seen:
            raise CaptureError(f"{self.name}: no netlink in this capture: its packets come from devices other than nlmon")

    def facts(self, *, until: Moment | None = None, passes: Callable[[Message, int | None], bool] | None = None) -> Iterator[Batch]:
        """What the analyses need from the messages, in batches; from a stream, as they arrive.

        until: where to stop.  passes: a test of each message and its event (None without a fact); batches list the numbers that pass.
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

    @property
    def release(self) -> str | None:
        """The point release of Open vSwitch; None if the capture does not show it."""
        return self.daemon().release


def _release(name: str) -> str:
    """The point release for a name."""
    from ovsdissect.odp.releases import release

    return release(name).version
