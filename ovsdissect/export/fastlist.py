"""The lines of a list straight from records: a plain message by what its attributes' payloads say, every other one by its tree.

The text is the same.  Plain is what has no problem and what ovsdissect.export.brief has words for.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple

from ovsdissect.capture import Record, Records
from ovsdissect.dissect import shapes
from ovsdissect.dissect.context import Context, M
from ovsdissect.dissect.generations import Generations
from ovsdissect.dissect.lane import ATTRS, Front, Kind, Lane, Write
from ovsdissect.dissect.message import Ports, Request
from ovsdissect.dissect.plan import Refused
from ovsdissect.dissect.shapes import complete
from ovsdissect.dissect.source import Expression, function
from ovsdissect.errors import OvsDissectError
from ovsdissect.export.brief import Brief
from ovsdissect.export.cutting import DIFFERS, Place, Script, places
from ovsdissect.export.forms import DECIDED, TOLD, Aligned, Filling, Form
from ovsdissect.export.likeness import ANSWERS, ANSWERS_KEPT, likeness
from ovsdissect.export.names import Names
from ovsdissect.grammar import ByteOrder, Command, Family
from ovsdissect.netlink.framing import framing
from ovsdissect.odp.releases import AUTO, Version, release
from ovsdissect.text.rows import Clock, command_tone, tone
from ovsdissect.text.summary import summary
from ovsdissect.text.values import PortNames, Scope, scope

if TYPE_CHECKING:
    from ovsdissect.filter.sieve import Sieve

PLACES: Final = 256  # datapaths
LAYOUTS: Final = 64  # of one kind
LATELY: Final = 4  # of them, that are tried first
CELLS: Final = ("direction", "family", "cmd", "datapath", "port")
MARK: Final = 987_654_321_234_567_890  # the number of no request


class Answer(NamedTuple):
    """What the line of an answer says but for its numbers: the cells of CELLS, the summary before and behind the request's number."""

    cells: list[str]
    said: list[str]
    tone: str
    malformed: bool


class ListLines(Generic[M]):
    """The lines of a pass over a capture, without their ends; `malformed` counts the messages with problems that were shown.

    written: the line of a message.  shown: whether it is wanted.  everything: those are that are not Open vSwitch's.
    directions: how they read in lines that are not of `written`.  names: ports and datapaths by name.  ovs: whose text.
    strict: somebody asks for `malformed`.  sieve: makes of this front one that lets only some messages through; every one of those is
    wanted then.
    """

    def __init__(
        self,
        context: Context[M],
        written: Callable[[M], str],
        shown: Callable[[M], bool],
        form: Form,
        clock: Clock,
        *,
        everything: bool,
        directions: Mapping[str, str],
        names: bool,
        ovs: Version,
        strict: bool,
        sieve: Callable[[Front[M]], Sieve[M]] | None = None,
    ) -> None:
        self.out: list[str] = []
        self.malformed = 0
        self._context, self._shown, self._written, self._form, self._clock = context, shown, written, form, clock
        self._directions, self._named, self._ovs, self._everything, self._strict = directions, names, ovs, everything, strict
        self._briefs: dict[ByteOrder, Brief] = {}
        self._known: dict[ByteOrder, Known] = {}
        self._fast = False
        self._answered: Generations[object, Answer] = Generations(ANSWERS_KEPT)
        self._names = (context.ports, context.datapaths)
        self._sieve = None if sieve is None else sieve(self)

    def lines(self, records: Iterable[Record], least: int, *, fast: bool) -> Iterator[list[str]]:
        """The lines of the records, in pieces of at least that many as long as there are more; use each before the next.

        fast: plain messages may be written without a tree, as all of Open vSwitch's are wanted (or all that a sieve lets through), and the
        columns are a list's own.
        """
        # the compiled texts of flow keys are those of the newest release, and of all others whose keys read the same
        whose = None if self._ovs == AUTO else release(self._ovs)
        self._fast = fast = fast and whose is not None and whose.unknown_attributes and whose.tunnel_info
        try:
            if fast or self._sieve is not None:
                seen = clocked(records if self._sieve is None else self._sieve.begin(records), self._clock)
                yield from Lane(self._context, self._sieve or self, foreign=self._everything).run(seen, least)
            else:
                yield from self._by_tree(records, least)
        except OvsDissectError:
            yield self.out  # what came before
            raise

    def _by_tree(self, records: Iterable[Record], least: int) -> Iterator[list[str]]:
        for record in records:
            for message in self._context.messages(record):
                self._clock.start(message.time_ns)
                self.message(message)
            if len(self.out) >= least:
                yield self.out
                self.out.clear()
        yield self.out
        self.out.clear()

    def message(self, message: M) -> None:
        """A message by its tree."""
        if self._shown(message):
            self.out.append(self._written(message))
            if self._strict:
                self.malformed += bool(message.problems)
            if self._fast and message.frame.type in ANSWERS and message.frame.end <= len(message.data):
                self._remember(message)

    def writer(self, kind: Kind) -> Write | None:
        """What writes plain messages of a decoded family: by the layout of the message before, as a rule."""
        family, command, order = kind.family, kind.command, kind.order
        if not self._fast:
            return None
        if kind.control:
            return self._answers(kind) if kind.type in ANSWERS else None
        if family is None or command is None:
            return None if self._everything else _nothing
        known: dict[tuple[tuple[int, int | None], ...], Write | int] = {}
        lately: list[Callable[..., Any]] = [_differs]

        def other(*message: Any) -> bool | None:
            for place, write in enumerate(lately[1:], 1):
                try:
                    said = write(*message)
                except struct.error:
                    continue
                if said is not DIFFERS:
                    lately.insert(0, lately.pop(place))
                    return said  # type: ignore[no-any-return]
            data, start, end = message[7:10]
            layout = places(family, order, data, start + ATTRS, end)
            path = tuple((place.type, place.size) for place in layout)
            found = known.get(path, 0)
            if isinstance(found, int):
                if len(known) >= LAYOUTS:
                    known.clear()
                if found + 1 < shapes.SIGHTINGS:
                    known[path] = found + 1
                    return True
                found = known[path] = self._compiled(kind, family, command, layout)
            if found is not _for_the_tree:
                lately[:] = [found, *(one for one in lately if one is not found)][:LATELY]
            return found(*message)

        def write_like_the_last(*message: Any) -> bool | None:
            try:
                said = lately[0](*message)
            except struct.error:  # the message ends before that layout does
                said = DIFFERS
            return other(*message) if said is DIFFERS else said

        return write_like_the_last

    def _compiled(self, kind: Kind, family: Family, command: Command, layout: Sequence[Place]) -> Write:
        """The function that writes the messages of a layout; _for_the_tree where there is none."""
        if not complete(command, family.attrs, [place.row for place in layout], kind.request):
            return _for_the_tree
        if kind.order not in self._briefs:
            self._briefs[kind.order] = brief = Brief(kind.order)
            self._known[kind.order] = Known(partial(self._names_of, brief))
        brief, known = self._briefs[kind.order], self._known[kind.order]
        script = Script({"append": self.out.append, "context": self._context, "known": known, "cell": self._cell})
        script.lines += [
            "if context.ports is not known.ports or context.datapaths is not known.datapaths: known.forget(context)",
            "names = known[datapath]",
        ]
        try:
            told = brief.tell(script, family, command, kind.flags, layout)
        except Refused:
            return _for_the_tree
        fillings: dict[str, Filling] = {name: _expressions(name) for name in ("number", "record")}
        fillings |= {"datapath": _expressions("names.column")}
        fillings |= {"port": _expressions(told.port), "summary": told.parts, "time": self._time(script)}
        direction = self._directions["to-kernel" if kind.request else "to-user"]
        texts = {"direction": direction, "family": family.name, "cmd": command.name}
        script.lines.append(f"append({self._form.source(script.keep, texts, fillings, repr(command_tone(family, command)))})")
        return function(script.source(), script.space)

    def _answers(self, kind: Kind) -> Write:
        """Errors, acknowledgements and ends of dumps come again: an earlier one's texts, with the numbers of this one."""
        script = Script({"cell": self._cell})
        fillings = {name: _expressions(name) for name in (*TOLD, *DECIDED)} | {"time": _expressions("cell(time_ns)")}
        line = f"lambda number, record, time_ns, {', '.join(CELLS)}, summary, tone: {self._form.source(script.keep, {}, fillings, 'tone')}"
        write_line = function(f"made = {line}\n", script.space)
        append, context, everything = self.out.append, self._context, self._everything

        def write(
            number: int, record: int, place: int, time_ns: int | None, seq: int, pid: int, datapath: int,
            data: bytes, start: int, end: int, limit: int, request: Request | None,
        ) -> bool | None:  # fmt: skip
            if not everything and (request is None or request.family is None):
                return None
            if self._names[0] is not context.ports or self._names[1] is not context.datapaths:
                self._rename()
            answer = self._answered.get(likeness(kind.order, kind.protocol, kind.type, data, start, end, request))
            if answer is None:
                return True
            text = str(request.number if request else "").join(answer.said)
            append(write_line(number, record, time_ns, *answer.cells, text, answer.tone))
            self.malformed += answer.malformed
            return None

        return write

    def _rename(self) -> None:
        self._names = (self._context.ports, self._context.datapaths)
        self._answered = Generations(ANSWERS_KEPT)

    def _remember(self, message: M) -> None:
        """Remember what an answer's line says but for the numbers; where its request's stands is seen when that is another."""
        if self._names[0] is not self._context.ports or self._names[1] is not self._context.datapaths:
            self._rename()
        request, frame = message.request, message.frame
        where = scope(message, names=self._named, ovs=self._ovs)
        said: list[str] = [summary(message, where)]
        if request is not None and request.number is not None:
            message.request = request._replace(number=MARK)
            said = summary(message, where).split(str(MARK))
            message.request = request
            if len(said) != 2:
                return
        texts = {column.name: column.text for column in self._form.shown}
        cells = [self._form.cell(name, texts[name](message, where)) if name in texts else "" for name in CELLS]
        key = likeness(message.order, message.protocol or 0, frame.type, message.data, frame.offset, frame.end, request)
        self._answered.put(key, Answer(cells, said, tone(message), bool(message.problems)))

    def _time(self, script: Script) -> Filling:
        """The time of the next row, as source; what may be refused stands before it."""
        clock = self._clock
        if clock.style != "relative" or clock.first is None or not isinstance(self._form, Aligned):
            return _expressions("cell(time_ns)")
        first = script.keep("first", clock.first)
        script.lines.append(f"if time_ns is None or time_ns < {first}: return True")
        script.lines.append(f"time = (time_ns - {first}) // {10 ** (9 - clock.digits)}")
        second = f"time // {10**clock.digits}:{clock.width - 1 - clock.digits}"
        return Expression(second), ".", Expression(f"time % {10**clock.digits}:0{clock.digits}")

    def _cell(self, time_ns: int | None) -> str:
        return self._form.cell("time", self._clock.text(time_ns))

    def _names_of(self, brief: Brief, datapath: int) -> Names:
        ports, datapaths = self._context.ports, self._context.datapaths
        where = Scope(PortNames(ports, datapath), datapaths, release(self._ovs)) if self._named else Scope(ovs=release(self._ovs))
        return Names(brief, datapath, where, self._form.cell)


class Known(dict[int, Names]):
    """The names of each datapath, while ports and datapaths are called as they were when they were asked for."""

    def __init__(self, make: Callable[[int], Names]) -> None:
        super().__init__()
        self._make = make
        self.ports: Ports | None = None
        self.datapaths: Mapping[int, str] | None = None

    def __missing__(self, datapath: int) -> Names:
        if len(self) >= PLACES:
            self.clear()
        names = self[datapath] = self._make(datapath)
        return names

    def forget(self, context: Context[Any]) -> None:
        """Names changed."""
        self.clear()
        self.ports, self.datapaths = context.ports, context.datapaths


def is_own(form: Form) -> bool:
    """Whether all columns are a list's own.  A second time since the line before would be another one."""
    return all(name in TOLD or name in DECIDED for name in form.names) and form.names.count("time") < 2


def _expressions(*sources: str) -> tuple[Expression, ...]:
    return tuple(map(Expression, sources))


def _nothing(*told: object) -> None:
    """Nobody wants to see it."""


def _differs(*message: object) -> object:
    """Of no layout yet."""
    return DIFFERS


def _for_the_tree(*message: object) -> bool:
    """Of a layout that nothing is known about."""
    return True


def clocked(records: Iterable[Record], clock: Clock) -> Records:
    """The same records; the clock starts with the first that holds a message."""
    stream = Records.of(records)
    first = stream.first()
    if first is not None:
        _start(clock, first)
    # nearly always that is the first record, and the others are left as they are
    return stream if first is None or clock.first is not None else Records.of(_until_start(stream, clock))


def _until_start(records: Iterator[Record], clock: Clock) -> Iterator[Record]:
    for record in records:
        if clock.first is None:
            _start(clock, record)
        yield record


def _start(clock: Clock, record: Record) -> None:
    cut = framing(record.data, record.link_type, record.wire_length, record.byteorder)
    if cut.frames or cut.problems:
        clock.start(record.time_ns)
