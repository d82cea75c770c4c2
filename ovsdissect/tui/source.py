"""A capture for the interface: opened before any screen appears, read once by a thread, with its messages available by line."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import BinaryIO, Final

from ovsdissect.api import Message, Spoken
from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import LONGEST_RECORD, CaptureFile, Interface, Record, Skipped, open_capture
from ovsdissect.capture.spool import Spool
from ovsdissect.dissect.context import Context
from ovsdissect.dissect.conversation import Registries
from ovsdissect.dissect.message import Daemon
from ovsdissect.dissect.survey import look_ahead, survey
from ovsdissect.engine.available import engine
from ovsdissect.errors import CaptureError, OvsDissectError
from ovsdissect.families import FAMILIES
from ovsdissect.families.registry import Known
from ovsdissect.odp.detection import Detectors
from ovsdissect.odp.releases import AUTO, Version, release
from ovsdissect.problem import Problem
from ovsdissect.tui.recorder import Recorder
from ovsdissect.tui.store import Store

FIRST_LOOK: Final = 2048  # records whose shape tells the families before the first screen
BATCH: Final = 16  # records between two looks at the clock
TICK: Final = 0.1
WAY: Final = 0.02  # seconds that the threads leave the processor to a key that was pressed


class Source:
    """An open capture and the thread that reads it.

    store: its lines so far; replaced if later messages change the meaning of earlier ones.
    done: everything was read.  fault: why reading failed.  cut: how the capture ended early.
    grew: called by the thread when there is more, at most every TICK seconds, and at the end.
    Raises CaptureError if it is not a capture.
    """

    def __init__(
        self,
        source: str | BinaryIO | Recorder,
        *,
        families: Mapping[str, int] | None = None,
        follow: bool = False,
        ovs: Version = AUTO,
        byteorder: ByteOrder | None = None,
        max_record: int = LONGEST_RECORD,
    ) -> None:
        self._recorder = source if isinstance(source, Recorder) else None
        source = source.stream if isinstance(source, Recorder) else source
        unknown = sorted(set(families or {}) - set(FAMILIES))
        if unknown:
            raise OvsDissectError(f"no family {', '.join(unknown)}; the families are {', '.join(FAMILIES)}")
        self._given = dict(families or {})
        self._source = source
        self.follow = follow
        self._file: CaptureFile = open_capture(source, follow=follow, byteorder=byteorder, max_record=max_record)
        self.name = self._file.name if isinstance(source, str) else "standard input" if self._recorder is None else self._recorder.device
        self._whole = self._file.seekable and not follow
        self.live = not self._whole
        plain = self._file.compression is None and self._file.format is not None
        self._first = self._file  # it stays open: later passes read through it
        self._spooled = self._file.opened if plain else None
        self.size = self._file.opened.size if self._whole and self._file.opened else 0
        self.registries = Registries(self._given)
        self.detectors = Detectors()
        wanted = None if ovs == AUTO else Spoken(release(ovs).version)
        self.daemon: Callable[[int], Daemon] = self.detectors.__getitem__ if wanted is None else lambda conversation: wanted
        self.store = self._stored()
        self.done = False
        self.fault = ""
        self.cut: Problem | None = None
        self.grew: Callable[[], None] = lambda: None
        self.more = threading.Condition()
        self._stopping = False
        self._way = 0.0
        self._thread = threading.Thread(target=self._run, name="ovsdissect-read", daemon=True)

    def start(self, patience: float = 0.3) -> None:
        """Start reading; waits briefly so that the first screen has lines, and raises CaptureError if reading fails at once."""
        self._thread.start()
        with self.more:
            self.more.wait_for(lambda: self.store.count > 0 or self.done, patience)
        if self.fault and not self.store.count:
            raise CaptureError(self.fault)

    def close(self) -> None:
        """Stop reading."""
        self._stopping = True
        self._file.stop()
        if self._thread.is_alive():
            self._thread.join(0.3)
        self._first.close()

    @property
    def progress(self) -> float | None:
        """The fraction of a file that was read; None if its size is unknown, and when all was read."""
        return None if self.done or not self.size else min(self._file.taken / self.size, 1.0)

    @property
    def skipped(self) -> list[Skipped]:
        """The records so far that were skipped as too long."""
        return self._file.skipped

    def note(self) -> str:
        """The program that records the capture; "" for a file."""
        return "" if self._recorder is None else self._recorder.command

    @property
    def interfaces(self) -> Sequence[Interface]:
        """The interfaces in the part of the capture that was read."""
        return self._file.interfaces

    def lost(self) -> int:
        """The number of packets that the capture reports as lost."""
        told = sum(one.missing for one in self._file.interfaces)
        return told if self._recorder is None else max(told, self._recorder.dropped)

    @property
    def ids(self) -> dict[int, Known]:
        """The family ids, and the source of each."""
        return self.registries.ids()

    def give_way(self) -> None:
        """Pause reading and filtering while the screen is drawn after a key."""
        self._way = time.monotonic() + WAY

    def let_pass(self) -> None:
        """Wait if the interface needs the processor; threads call it between two pieces of work."""
        while time.monotonic() < self._way:
            time.sleep(0.002)

    def _run(self) -> None:
        try:
            self._read()
        except CaptureError as error:
            self.fault = str(error)
        except OSError as error:
            self.fault = f"{self.name}: cannot be kept: {error.strerror}"
        except Exception as error:  # whatever it is, the screen must not wait for ever
            self.fault = f"{type(error).__name__}: {error}"
        finally:
            self.cut = self._file.cut
            if self._recorder is not None:
                self.cut = None if self._stopping else self.cut
                self.fault = self._recorder.fault or self.fault
            if self._file.change and not self.fault:
                self.fault = f"{self.name}: {self._file.change}"
            if self._file is not self._first:
                self._file.close()
            with self.more:
                self.done = True
                self.more.notify_all()
            self.grew()

    def _read(self) -> None:
        if not self._whole:
            self._pass(self.registries, self._watched(look_ahead(self.registries, self._file)))
            return
        survey(self.registries, self._records(FIRST_LOOK))
        self.detectors.look(self.registries, self._records(FIRST_LOOK))
        names = self._names(self.registries)
        self._pass(self.registries, self._file)
        unnamed = self.store.unnamed()
        if self._stopping or (not unnamed and self._names(self.registries) == names):
            return
        again = Registries(self._given)
        survey(again, self._records(None))
        self.detectors.look(again, self._records(FIRST_LOOK))
        if self._names(again) == names and not any(again[key].known(number) for key, number in unnamed):
            return
        self._file = self._first.again()
        self.registries, self.store = again, self._stored()
        self._pass(again, self._file)

    def _stored(self) -> Store:
        file = self._file
        return Store(Spool(self._spooled), self.daemon, lambda: file.interfaces)

    def _names(self, registries: Registries) -> dict[tuple[int, int], str]:
        return {(key, number): known.name for key, registry in registries.items() for number, known in registry.ids().items()}

    def again(self) -> CaptureFile | None:
        """The capture opened again, if it is an uncompressed file that was read to its end; otherwise the store has its records."""
        if self._spooled is None or not self._whole or not self.done or self.fault:
            return None
        return self._first.again()

    def _records(self, most: int | None) -> Iterator[Record]:
        """The first records of the file; all if `most` is None."""
        with self._first.again() as first:
            yield from islice(first, most)

    def _watched(self, records: Iterable[Record]) -> Iterator[Record]:
        """The records of a stream, from which the release of Open vSwitch is detected."""
        for record in records:
            self.detectors.show(self.registries, record)
            yield record

    def _pass(self, registries: Registries, records: Iterable[Record]) -> None:
        """Read records into the store."""
        context: Context[Message] = Context(registries, Message)
        context.daemon, context.interfaces = self.daemon, self._file.interfaces
        store, last = self.store, 0.0
        for _ in self._fill(context, records):
            now = time.monotonic()
            if now - last > TICK or self.live:
                self._publish(store, now - last > TICK)
                last = now if now - last > TICK else last
            if self._stopping:
                break
            self.let_pass()
        self._publish(store, True)

    def _fill(self, context: Context[Message], records: Iterable[Record]) -> Iterator[None]:
        """Read records into the store; yields when its lines may be shown."""
        if engine().compiled:
            from ovsdissect.tui.filling import Filling

            pieces = records.pieces() if isinstance(records, CaptureFile) else ([record] for record in records)
            yield from Filling(self.store, context).run(pieces)
            return
        for number, record in enumerate(records):
            self.store.add(record, list(context.messages(record)))
            if self.live or not number % BATCH:
                yield

    def _publish(self, store: Store, tell: bool) -> None:
        with self.more:
            store.publish()
            self.more.notify_all()
        if tell:
            self.grew()
