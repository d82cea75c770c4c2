"""Counts the messages of a capture in one pass, with the compiled engine if there is one, else with the tree; the counts are the same."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from ovsdissect.capture import Records
from ovsdissect.dissect.context import Context, M
from ovsdissect.dissect.message import Message
from ovsdissect.engine.available import engine
from ovsdissect.families import FAMILIES
from ovsdissect.grammar import Command, Family
from ovsdissect.netlink.headers import NETLINK_GENERIC, NLM_F_DUMP_INTR, PROTOCOLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.backend import BackEnd
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.statistics import Counted
    from ovsdissect.engine.tables import Tables
    from ovsdissect.engine.walk import Walk

Error = tuple[int, str, str | None, str | int | None, int | None]

DIRECTIONS: Final = ("to-user", "to-kernel")


class Counts:
    """The counts of a capture while it is read. Memory grows only with the kinds of message in the capture, not with its length.

    messages: by protocol, family, command, nlmsg_type and direction. control: by kind. errors: by number, protocol, and the request's
    family, command and nlmsg_type. problems: by kind; malformed: messages that have one.
    interrupted: dumps that the kernel marks as inconsistent because the data changed meanwhile.
    seen: netlink messages. records: those that take() counted; None if all were counted.
    asked: how many messages of an engine's pass the tree read, by reason.
    """

    def __init__(self) -> None:
        self.messages: Counter[tuple[str, str | None, str | int | None, int | None, str]] = Counter()
        self.control: Counter[str] = Counter()
        self.errors: Counter[Error] = Counter()
        self._came: dict[Error, int] = {}  # number of the first message with each error
        self.problems: Counter[str] = Counter()
        self.malformed = self.seen = self.interrupted = 0
        self.first_ns: int | None = None
        self.last_ns: int | None = None
        self.asked: Counter[str] | None = None
        self.records: int | None = None

    def run(self, context: Context[M], records: Records) -> None:
        """Count all messages of the records; the counts are valid even if it is interrupted."""
        if engine().compiled:
            self._compiled(context, records)
            return
        for record in records:
            for message in context.messages(record):
                self.add(message)
            self.seen = context.numbers

    def take(self, messages: Iterable[Message]) -> None:
        """Count some messages."""
        records = set()
        for message in messages:
            self.add(message)
            self.seen += 1
            records.add(message.record)
        self.records = len(records)

    def _compiled(self, context: Context[M], records: Records) -> None:
        from ovsdissect.engine.codes import FULL
        from ovsdissect.engine.passes import Pass
        from ovsdissect.engine.statistics import Statistics
        from ovsdissect.engine.tables import tables

        counted: list[Statistics] = []

        def make(walk: Walk, answer: Answer, output: Output, made: Tables) -> BackEnd:
            counted.append(Statistics(walk, answer, output, len(made.declared)))
            return counted[0]

        def take() -> None:
            self._take(tables(), counted[0].taken(), over.library.undecoded)

        over = Pass(tables(), context, make, self.add, 0)
        over.library.before_names = take
        self.asked = over.asked
        try:
            for status in over.run(records):
                if status == FULL:
                    take()
        finally:
            take()
            self.seen = over.messages

    def _take(self, tables: Tables, counted: Counted, undecoded: Callable[[int], Mapping[int, bytes]]) -> None:
        """Add the engine's counts. undecoded: returns the names of the families of a conversation at that time."""
        self._times(counted.first)
        self._times(counted.last)
        for (family, command), counts in zip(tables.declared, counted.commands, strict=True):
            for direction, count in zip(DIRECTIONS, counts, strict=True):
                if count:
                    self.messages[PROTOCOLS[NETLINK_GENERIC], family.name, command.name, None, direction] += count
        for headers, count in counted.headers.items():
            name = undecoded(headers.conversation)[headers.type].decode() if headers.named else None
            self.messages[_protocol(headers.protocol), name, None, headers.type, DIRECTIONS[headers.request]] += count
        for kind, count in (("done", counted.dones), ("ack", counted.acks), ("error", counted.errors)):
            if count:
                self.control[kind] += count
        self.malformed += counted.malformed
        for fault, count in counted.problems.items():
            self.problems[str(fault)] += count
        families = list(FAMILIES.values())
        for failure, (count, number) in counted.failures.items():
            asked = families[failure.family] if failure.family >= 0 else None
            verb = tables.declared[failure.command][1] if failure.command >= 0 else None
            name = asked.name if asked else None
            self._failed(failure.number, failure.protocol, failure.asked, asked, verb, failure.type, count, number, name)

    def add(self, message: Message) -> None:
        """Count one message, or the entry of a record that holds none."""
        self._times(message.time_ns)
        if message.problems:
            self.malformed += 1
            self.problems.update(str(problem.kind) for problem in message.problems)
        protocol = message.protocol or 0
        if message.kind == "message":
            what = _what(message.declaration, message.command, message.frame.type)
            self.messages[_protocol(protocol), message.family, *what, message.direction] += 1
        elif message.kind != "record":
            self.control[message.kind] += 1
            number = message.error.get("number")
            if message.kind in ("error", "done") and isinstance(number, int) and number:
                request = message.request
                family, command, kind = (request.declaration, request.command, request.type) if request else (None, None, 0)
                name = request.family if request else None
                self._failed(number, protocol, request is not None, family, command, kind, 1, message.number or 0, name)
            self.interrupted += message.kind == "done" and bool(message.frame.flags & NLM_F_DUMP_INTR)

    def _failed(
        self,
        number: int,
        protocol: int,
        asked: bool,
        family: Family | None,
        command: Command | None,
        kind: int,
        count: int,
        message: int,
        name: str | None,
    ) -> None:
        what = _what(family, command, kind) if asked else (None, None)
        error = number, _protocol(protocol), name, *what
        self.errors[error] += count
        self._came[error] = min(message, self._came.get(error, message))

    def failed(self) -> list[tuple[Error, int]]:
        """Return the errors with their counts, most frequent first; equally frequent ones in order of first occurrence."""
        return sorted(self.errors.items(), key=lambda item: (-item[1], self._came[item[0]]))

    def faults(self) -> list[tuple[str, int]]:
        """Return the kinds of problems with their counts, most frequent first; equally frequent ones by name."""
        return sorted(self.problems.items(), key=lambda item: (-item[1], item[0]))

    def _times(self, time_ns: int | None) -> None:
        """Extend the time span; the clock may run backwards between records."""
        if time_ns is not None:
            self.first_ns = time_ns if self.first_ns is None else min(self.first_ns, time_ns)
            self.last_ns = time_ns if self.last_ns is None else max(self.last_ns, time_ns)


def _protocol(number: int) -> str:
    return PROTOCOLS.get(number, str(number))


def _what(family: Family | None, command: Command | None, number: int) -> tuple[str | int | None, int | None]:
    """Return (command, nlmsg_type): the command of a decoded family, by name if it has one; the nlmsg_type only if the family is not
    decoded.
    """
    if family is None:
        return None, number
    if command is None:
        return None, None
    return command.name if command.number in family.by_number else command.number, None
