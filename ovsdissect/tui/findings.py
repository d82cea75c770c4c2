"""The findings of the analyses on the session's capture, collected by a thread in compact columns: answer and latency of each upcall.

For a live capture the columns grow; for a file they are complete after one more pass over it.
"""

from __future__ import annotations

import threading
import time
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ovsdissect.capture import Records
from ovsdissect.capture.records import Piece
from ovsdissect.engine.available import engine
from ovsdissect.filter.told import ANSWERS, WHYS
from ovsdissect.tui.choosing import RECORDS, context_of, pieces
from ovsdissect.tui.source import TICK, Source
from ovsdissect.tui.store import Store

if TYPE_CHECKING:
    from ovsdissect.analysis.answers import Sort
    from ovsdissect.analysis.entry import Entry
    from ovsdissect.analysis.exchange import Open
    from ovsdissect.analysis.facts import Batch
    from ovsdissect.analysis.findings import InTheWay
    from ovsdissect.analysis.run import Analysis

NONE: Final = -1


class Upcall(NamedTuple):
    """One upcall.  put, execute: message numbers, 0 for none.  to_flow_ns, to_execute_ns: None where there is none.

    parent: the EXECUTE whose recirc() brought the packet here, 0 for none.  subs: further EXECUTEs.  after_delete_ns: since the key's flow
    was deleted.  dp: its dp_ifindex.  interface: the index of the capture's interface.
    """

    number: int
    time_ns: int
    miss: bool
    interface: int
    dp: int
    port: int | None
    answer: str
    why: str | None
    put: int
    execute: int
    to_flow_ns: int | None
    to_execute_ns: int | None
    parent: int
    subs: tuple[int, ...]
    after_delete_ns: int | None
    certain: bool

    @property
    def latency(self) -> int | None:
        """Time from the upcall to its EXECUTE, or else to the put of its flow."""
        return self.to_execute_ns if self.to_execute_ns is not None else self.to_flow_ns


class End(NamedTuple):
    """A flow that ended.  put: the message in which it first appeared; why: "" if a request deleted it."""

    put: int
    upcall: int
    deleted: int
    lifetime_ns: int | None
    why: str
    age_ns: int | None


class Findings:
    """The findings on a store.

    done: all of it was analysed.  fault: why the thread failed.  analysis: the state of the pass, which the thread changes while it
    holds the lock `reading`.
    told: called by the thread from time to time, and at the end.
    """

    def __init__(self, source: Source, store: Store, told: Callable[[], object]) -> None:
        self.source, self.store = source, store
        self.done = False
        self.fault = ""
        self.analysis: Analysis | None = None
        self.ready = threading.Event()
        self.numbers, self.times = array("I"), array("q")
        self._put, self._execute, self._parent = array("I"), array("I"), array("I")
        self._to_flow, self._to_execute, self._ports = array("q"), array("q"), array("q")
        self._interfaces, self._dps = array("I"), array("i")
        self._answers, self._whys, self._flags = bytearray(), bytearray(), bytearray()
        self._subs: dict[int, tuple[int, ...]] = {}
        self._after: dict[int, int] = {}
        self.upcall_of: dict[int, int] = {}
        self.children: dict[int, list[int]] = {}
        self._ends: dict[int, End] = {}
        self._ended: dict[int, int] = {}
        self._puts: dict[int, int] = {}
        self._told = told
        self._stopping = False
        self._lock = threading.Lock()
        self.reading = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread if it is not running."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ovsdissect-analyse", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Stop the thread at its next step."""
        self._stopping = True

    @property
    def progress(self) -> float:
        """The fraction of the store that was analysed."""
        messages = self.analysis.messages if self.analysis is not None else 0
        return 1.0 if self.done else min(messages / max(self.store.count, 1), 1.0)

    # reading

    def __len__(self) -> int:
        return len(self._flags)

    def at(self, place: int) -> Upcall:
        """An upcall by its index."""
        number, flags = self.numbers[place], self._flags[place]
        return Upcall(
            number,
            self.times[place],
            bool(flags & 1),
            self._interfaces[place],
            self._dps[place],
            None if self._ports[place] < 0 else self._ports[place],
            ANSWERS[self._answers[place]],
            WHYS[self._whys[place] - 1] if self._whys[place] else None,
            self._put[place],
            self._execute[place],
            None if self._to_flow[place] < 0 else self._to_flow[place],
            None if self._to_execute[place] < 0 else self._to_execute[place],
            self._parent[place],
            self._subs.get(number, ()),
            self._after.get(number),
            bool(flags & 2),
        )

    def upcall(self, number: int) -> Upcall | None:
        """The upcall with a message number, or the one that this message answers; None if there is none."""
        number = self.upcall_of.get(number, number)
        place = bisect_left(self.numbers, number)
        return self.at(place) if place < len(self) and self.numbers[place] == number else None

    def in_the_way(self, error: int) -> tuple[InTheWay, ...]:
        """The flows in the way of the put that an error refuses with EEXIST."""
        return () if self.analysis is None else self.analysis.failures.ways.get(error, ())

    def end(self, put: int) -> End | None:
        """The end of the flow that first appeared in a message."""
        return self._ends.get(put)

    def ended_by(self, number: int) -> End | None:
        """The flow that a message ended."""
        put = self._ended.get(number)
        return None if put is None else self._ends.get(put)

    def values(self, number: int) -> dict[str, Any]:
        """The upcall fields of a message, by field name."""
        made: dict[str, Any] = {}
        place = bisect_left(self.numbers, number)
        if place < len(self) and self.numbers[place] == number:
            one = self.at(place)
            made = {
                "upcall.answer": one.answer,
                "upcall.why": one.why,
                "upcall.latency": one.latency,
                "upcall.flow": one.put or None,
                "upcall.execute": one.execute or None,
                "upcall.duplicate": one.why in ("early", "late"),
            }
        if number in self.upcall_of:
            made["upcall.of"] = self.upcall_of[number]
        end = self.end(number) or self.ended_by(number)
        if end is not None:
            made |= {"flow.put_by": end.upcall or None, "flow.lifetime": end.lifetime_ns}
        elif number in self._puts:
            made["flow.put_by"] = self._puts[number]
        return {name: value for name, value in made.items() if value is not None}

    def described(self) -> Iterator[int]:
        """The numbers of the messages that have upcall fields."""
        yield from self.numbers[: len(self)]
        yield from self.upcall_of
        yield from (number for number in (*self._ends, *self._ended) if number not in self.upcall_of)

    # the thread

    def _run(self) -> None:
        try:
            self._go()
        except Exception as error:  # a fault must be reported, or the screen would wait for ever
            self.fault = f"{type(error).__name__}: {error}"
        self.done = True
        self.ready.set()
        self._told()

    def _go(self) -> None:
        from ovsdissect.analysis.run import Analysis
        from ovsdissect.analysis.timeline import Timeline

        source, last = self.source, time.monotonic()
        with source.more:
            source.more.wait_for(lambda: source.done or source.live or self._stopping)
        self.analysis = Analysis(upcalls=self._upcall, ended=self._end, spread=True, timeline=Timeline())
        for batch in self._batches():
            with self.reading:
                self.analysis.feed(batch)
            source.let_pass()
            if self._stopping:
                return
            if time.monotonic() - last > TICK:
                self._told()
                last = time.monotonic()
        self.analysis.finish()

    def _batches(self) -> Iterator[Batch]:
        context, records = context_of(self.source, self.store), Records(self._pieces())
        if engine().compiled:
            from ovsdissect.analysis import native

            return native.batches(context, records)
        from ovsdissect.analysis.read import batches

        return batches(context, records, size=1 if self.source.live else RECORDS)

    def _pieces(self) -> Iterator[Piece]:
        source, store = self.source, self.store
        if not source.live:
            yield from pieces(source, store)
            return
        start = 0
        while not self._stopping:
            with source.more:
                source.more.wait_for(partial(self._more, start), 0.5)
                ended = source.done
            end = self._records()
            while start < end:
                yield [store.table.fetch(place) for place in range(start, min(start + RECORDS, end))]
                start = min(start + RECORDS, end)
            if ended:
                return

    def _more(self, start: int) -> bool:
        """Whether there are records from an index on, or no more will come."""
        return self._stopping or self.source.done or self._records() > start

    def _records(self) -> int:
        count = self.store.count
        return self.store.record(count - 1) + 1 if count else 0

    def _upcall(self, found: Open, sort: Sort) -> None:
        from ovsdissect.analysis.facts import dp_ifindex, interface

        put, execute = found.put, found.execute
        number, parent = found.number, found.parent
        self.times.append(found.time_ns)
        self._put.append(0 if put is None else put.number)
        self._execute.append(0 if execute is None else execute.number)
        self._to_flow.append(NONE if put is None else max(put.time_ns - found.time_ns, 0))
        self._to_execute.append(NONE if execute is None else max(execute.time_ns - found.time_ns, 0))
        self._parent.append(parent[0] if parent is not None else 0)
        self._interfaces.append(interface(found.dp))
        self._dps.append(dp_ifindex(found.dp))
        self._ports.append(NONE if found.fact.in_port is None else found.fact.in_port)
        self._answers.append(ANSWERS.index(sort.answer))
        self._whys.append(0 if sort.why is None else WHYS.index(sort.why) + 1)
        if found.subs:
            self._subs[number] = tuple(found.subs)
        if found.deleted_ns is not None:
            self._after[number] = found.deleted_ns
        for one in (put, execute):
            if one is not None:
                self.upcall_of[one.number] = number
        for sub in found.subs or ():
            self.upcall_of[sub] = number
        if parent is not None:
            self.children.setdefault(parent[0], []).append(number)
        if put is not None:
            self._puts[put.number] = number
        self.numbers.append(number)
        certain = not (found.ambiguous or (put is not None and put.ambiguous))
        self._flags.append((sort.cmd == "miss") | certain << 1)

    def _end(self, entry: Entry) -> None:
        from ovsdissect.analysis.churn import idle_age
        from ovsdissect.analysis.entry import REFUSED

        if entry.deleted is None or entry.why == REFUSED or self.analysis is None:
            return
        lifetime = max(entry.deleted_ns - entry.time_ns, 0) if entry.put and entry.deleted_ns is not None else None
        age = idle_age(entry, self.analysis.sides[entry.dp].table.clock)
        self._ends[entry.number] = End(entry.number, entry.upcall or 0, entry.deleted, lifetime, entry.why or "", age)
        self._ended[entry.deleted] = entry.number


class Told(Mapping[int, Mapping[str, Any]]):
    """The upcall fields of messages by number, computed on demand."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings

    def __getitem__(self, number: int) -> Mapping[str, Any]:
        return self._findings.values(number)

    def __iter__(self) -> Iterator[int]:
        return iter(self._findings.described())

    def __len__(self) -> int:
        return sum(1 for _ in self._findings.described())


class Ahead:
    """The upcall fields of a message.  A thread waits for the findings; the interface gets what is known so far."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings

    def __call__(self, number: int) -> Mapping[str, Any]:
        return self._findings.values(number) if self._known() else {}

    def all(self) -> Mapping[int, Mapping[str, Any]]:
        """The upcall fields by message number."""
        return Told(self._findings) if self._known() else {}

    def _known(self) -> bool:
        self._findings.start()
        if self._findings.source.live:
            return True
        if threading.current_thread() is not threading.main_thread():
            self._findings.ready.wait()
        return self._findings.done
