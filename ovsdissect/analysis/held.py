"""Finds the outcome of upcalls in a stream: its records are held back until the outcome of all their messages, and all earlier ones, is
known.

Memory is bounded: an upcall is final after a minute at the latest, and if too much waits, the oldest record is released without it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ovsdissect.analysis.ahead import Told
from ovsdissect.analysis.facts import Batch
from ovsdissect.analysis.read import LATEST_NS, fact
from ovsdissect.analysis.run import Analysis
from ovsdissect.capture import Record
from ovsdissect.dissect.context import Context
from ovsdissect.dissect.conversation import Registries
from ovsdissect.dissect.message import Message
from ovsdissect.dissect.survey import look_ahead

BYTES: Final = 64 * 1024 * 1024  # held back at most
VALUES: Final = 131_072  # messages whose values are kept


class Held:
    """The records of a stream, released when they are final, and the values of upcall.* and flow.* by message number.

    A put's values are those known when its record was released: a lifetime only if the flow had ended by then.
    """

    def __init__(self) -> None:
        self._told = Told()
        self._start_ns: int | None = None

    def __call__(self, number: int) -> Mapping[str, Any]:
        return self._told.values.get(number, {})

    def all(self) -> None:
        """Return None: the values of all messages are never known at once."""

    def records(self, families: Mapping[str, int], records: Iterable[Record]) -> Iterator[Record]:
        """Yield the records of a stream; families: ids that the caller knows."""
        registries = Registries(families)
        context = Context(registries, Message)
        analysis = Analysis(upcalls=self._told.upcall)
        waiting: deque[tuple[int, Record]] = deque()  # (number of its last message, record)
        size, time_ns = 0, 0
        for record in look_ahead(registries, records):
            if record.time_ns is not None and abs(record.time_ns) < LATEST_NS:
                time_ns = record.time_ns
            self._take(context, analysis, record, time_ns)
            waiting.append((context.numbers, record))
            size += len(record.data)
            oldest = analysis.upcalls.oldest
            while waiting and (size > BYTES or oldest is None or waiting[0][0] < oldest):
                size -= len(waiting[0][1].data)
                yield waiting.popleft()[1]
            self._told.keep(VALUES)
        analysis.finish()
        yield from (record for _, record in waiting)

    def _take(self, context: Context[Message], analysis: Analysis, record: Record, time_ns: int) -> None:
        before = context.numbers
        messages = [message for message in context.messages(record) if message.number is not None]
        made = [fact(message, len(messages), time_ns, record.conversation) for message in messages]
        if self._start_ns is None and messages:
            self._start_ns = messages[0].time_ns
        facts = [one for one in made if one is not None]
        analysis.feed(Batch(facts, context.numbers, time_ns, self._start_ns, interfaces=context.interfaces))
        for side in analysis.sides.values():
            for entry in side.table.gone_since(before + 1):
                self._told.flow(entry)
