"""JSON lines straight from records: each plain message by the layout of its attributes, every other one by its tree; the text is the same.

A message is plain when it is whole, of a known Open vSwitch family, has no problem, and every attribute's shape is one that a plan was made
of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple

import orjson

from ovsdissect.capture import ByteOrder, Record
from ovsdissect.capture.timestamp import second_text
from ovsdissect.dissect import shapes
from ovsdissect.dissect.context import Context, M
from ovsdissect.dissect.generations import Generations, Remembered
from ovsdissect.dissect.lane import ATTRS, Front, Kind, Lane, Write
from ovsdissect.dissect.message import Request, flag_names
from ovsdissect.dissect.plan import Refused
from ovsdissect.dissect.requests import Pending
from ovsdissect.dissect.shapes import complete
from ovsdissect.dissect.source import Expression, f_string, function
from ovsdissect.export.cutting import Script, places
from ovsdissect.export.layout import Frame, Readers, writer
from ovsdissect.export.likeness import ANSWERS, ANSWERS_KEPT, likeness
from ovsdissect.export.spelling import json_reader
from ovsdissect.export.texts import Texts
from ovsdissect.grammar import Attr, AttrSet, Command, Family
from ovsdissect.json.jsonline import LONGEST_TIME, to_dict
from ovsdissect.netlink.headers import NETLINK_GENERIC, PROTOCOLS

if TYPE_CHECKING:
    from ovsdissect.filter.sieve import Sieve

LAYOUTS: Final = 64  # of one kind
SECONDS: Final = 4096
PIECES: Final = 32  # lines that are put together: some 64 kB, which memory gives and takes back without the system
NUMBERS: Final = 4096  # that come again, in each of two generations
PACKETS: Final = 256  # likewise; a handler thread of ovs-vswitchd answers at most 64 upcalls at a time (UPCALL_MAX_BATCH)
FIRST_SECOND: Final = 10**9  # whose digits are as many as those of the last
LAST_SECOND: Final = LONGEST_TIME // 10**9

# lines as texts with expressions in angle brackets, and words in capitals that are replaced
_FRONT: Final = '{"kind":"KIND","number":<ordinal>,"record":<ordinal if record == number else record>,"index":<known[place]>,'
_TIME: Final = '"time":"<iso>.<fraction>Z","time_ns":<epoch><fraction>,'
_NLMSG: Final = '"direction":"DIRECTION","nlmsg":{"len":<known[end - start]>,"type":TYPE,"flags":FLAGS,"seq":<seq>,"pid":<known[pid]>},'
_GENL: Final = '"family":"FAMILY","cmd":"CMD","version":VERSION,"dp_ifindex":<known[datapath]>,"attrs":{'
_BARE: Final = '"family":<name>,"cmd":null,"version":null,"dp_ifindex":null,"attrs":null<protocol>'
_END: Final = '<"" if pending is None else link(pending)>,"problems":[]}'
_BEFORE: Final = (
    "second, fraction = divmod(time_ns, 1000000000) if time_ns is not None else (-1, 0)",
    "iso, epoch = seconds[second]",
    'fraction = f"{fraction:09}"',
    "ordinal = str(number)",
)


def _marked(line: str) -> tuple[str, ...]:
    """The parts of a line with expressions in angle brackets."""
    return tuple(part if place % 2 == 0 else Expression(part) for place, part in enumerate(re.split("<([^<>]*)>", line)))


class _Seconds(dict[int, tuple[str, str]]):
    """The text of a second, and its number as text; Refused for times before 2001 and after 2262."""

    def __missing__(self, second: int) -> tuple[str, str]:
        if not FIRST_SECOND <= second < LAST_SECOND:
            raise Refused
        if len(self) >= SECONDS:
            self.clear()
        texts = self[second] = (second_text(second) or "", str(second))
        return texts


class Said(NamedTuple):
    """An answer's line: what writes its head of its numbers, and what is before and behind the number of the request."""

    head: Callable[..., str]
    before: str
    after: str
    malformed: bool


class JsonLines(Generic[M]):
    """The JSON lines of a pass over a capture, in pieces; `malformed` counts those with problems.

    shown: whether a message is wanted; line: its object.  templates: plain messages need neither, as all decoded ones are wanted, with
    `everything` the others too, and the object is that of to_dict().  array: the lines are elements of an array, with what stands before
    each.  sieve: makes of this front one that lets only some messages through; every one of those is wanted then.
    """

    def __init__(
        self,
        context: Context[M],
        shown: Callable[[M], bool],
        line: Callable[[M], dict[str, Any]] = to_dict,
        *,
        everything: bool = False,
        templates: bool = True,
        array: bool = False,
        sieve: Callable[[Front[M]], Sieve[M]] | None = None,
    ) -> None:
        self.malformed = 0
        self.out: list[str] = []
        self._shown, self._line, self._everything, self._templates = shown, line, everything, templates
        self._before, self._after = (",\n", "") if array else ("", "\n")
        self._readers: dict[tuple[Attr, ByteOrder], Callable[[bytes], str]] = {}
        self._set_texts: dict[tuple[AttrSet, ByteOrder], Texts] = {}
        # a packet comes again in the answer to its upcall
        self._packets: Remembered[bytes, str] = Remembered(bytes.hex, PACKETS)
        self._seconds = _Seconds()
        self._space: dict[str, Any] = {"seconds": self._seconds, "append": self.out.append, "link": _link}
        self._space["known"] = Remembered[int, str](str, NUMBERS)
        self._said: Generations[tuple[object, ...], Said] = Generations(ANSWERS_KEPT)
        self._sieve = None if sieve is None else sieve(self)
        self._lane = Lane(context, self._sieve or self, foreign=everything)
        self._replace = self._lane.replace if self._sieve is None else partial(self._sieve.replace, self._lane)

    def go_on(self, context: Context[M]) -> None:
        """Continue with another context, in another part of the capture; what was learnt of shapes stays."""
        self._lane.go_on(context)

    def parts(self, records: Iterable[Record], least: int) -> Iterator[tuple[bytes, int]]:
        """The lines of the records, some at a time, with how many of them were malformed; least: pieces of lines that are put together."""
        malformed = self.malformed
        for pieces in self._lane.run(records if self._sieve is None else self._sieve.begin(records), least):
            yield "".join(pieces).encode(), self.malformed - malformed
            malformed = self.malformed

    def writer(self, kind: Kind) -> Write | None:
        """What writes the plain messages of a kind."""
        if not self._templates:
            return None
        if kind.control:
            return self._answers(kind) if kind.type in ANSWERS else None
        if kind.family is None or kind.command is None:
            return self._bare(kind) if self._everything else _nothing
        return self._layouts(kind, kind.family, kind.command)

    def message(self, message: M) -> None:
        """Write any other message, or a record's own line."""
        if self._shown(message):
            line = self._line(message)
            self.malformed += bool(line["problems"])
            self.out.append(f"{self._before}{_dumps(line)}{self._after}")
            if self._templates and message.frame.type in ANSWERS and message.frame.end <= len(message.data):
                self._remember(message, line)

    def _bare(self, kind: Kind) -> Write:
        """Headers only: messages of other protocols, and of families that are not decoded."""
        parts = self._head(kind, "") + _marked(_BARE)
        space = self._space | {"name": _dumps(kind.name), "protocol": ""}
        if kind.protocol != NETLINK_GENERIC:
            space["protocol"] = f',"protocol":{_dumps(PROTOCOLS.get(kind.protocol, kind.protocol))}'
        script = Script(space)
        script.lines += [*_BEFORE, f"append({f_string(parts + self._tail(_END))})"]
        return function(script.source(), script.space)

    def _layouts(self, kind: Kind, family: Family, command: Command) -> Write:
        """Each by its layout: that of the message before it, as a rule."""
        genl = _GENL.replace("FAMILY", family.name).replace("CMD", command.name).replace("VERSION", str(kind.version))
        head = self._head(kind, command.verb if kind.request else "") + _marked(genl)
        frame = Frame(_BEFORE, head, self._tail("}" + _END))
        readers = Readers(lambda row: self._reader(row, kind.order), lambda wire: self._texts(wire, kind.order), self._packets)
        known: dict[tuple[tuple[int, int | None], ...], Write | int] = {}

        def other(*message: Any) -> bool | None:
            data, start, end = message[7:10]
            layout = places(family, kind.order, data, start + ATTRS, end)
            path = tuple((place.type, place.size) for place in layout)
            write = known.get(path, 0)
            if isinstance(write, int):
                if write + 1 < shapes.SIGHTINGS or not complete(command, family.attrs, [place.row for place in layout], kind.request):
                    known[path] = min(write + 1, shapes.SIGHTINGS)
                    return True
                if len(known) >= LAYOUTS:
                    known.clear()
                write = known[path] = writer(kind, frame, self._space | {"other": other}, readers, layout)
            self._replace(kind, write)
            return write(*message)

        return other

    def _head(self, kind: Kind, verb: str) -> tuple[str, ...]:
        return self._begun("message", "to-kernel" if kind.request else "to-user", kind.type, flag_names(verb, kind.flags))

    def _begun(self, kind: str, direction: str, number: int, flags: list[str]) -> tuple[str, ...]:
        """A line up to its family."""
        head = (_FRONT + _TIME + _NLMSG).replace("KIND", kind).replace("DIRECTION", direction)
        return (self._before, *_marked(head.replace("TYPE", str(number)).replace("FLAGS", _dumps(flags))))

    def _tail(self, line: str) -> tuple[str, ...]:
        return (*_marked(line), self._after)

    def _reader(self, row: Attr, order: ByteOrder) -> Callable[[bytes], str]:
        if (row, order) not in self._readers:
            self._readers[row, order] = json_reader(row, order)
        return self._readers[row, order]

    def _texts(self, wire: AttrSet, order: ByteOrder) -> Texts:
        if (wire, order) not in self._set_texts:
            self._set_texts[wire, order] = Texts(wire, order)
        return self._set_texts[wire, order]

    def _answers(self, kind: Kind) -> Write:
        """Errors, acknowledgements and ends of dumps come again: the line of an earlier one of the same bytes, with its own numbers."""
        everything, append, known = self._everything, self.out.append, self._said

        def write(
            number: int, record: int, place: int, time_ns: int | None, seq: int, pid: int, datapath: int,
            data: bytes, start: int, end: int, limit: int, request: Request | None,
        ) -> bool | None:  # fmt: skip
            if not everything and (request is None or request.family is None):
                return None
            said = known.get(likeness(kind.order, kind.protocol, kind.type, data, start, end, request))
            if said is None:
                return True
            asked = "" if request is None or request.number is None else request.number
            head = said.head(number, record, place, time_ns, seq, pid, datapath, data, start, end, limit, None)
            append(f"{head}{said.before}{asked}{said.after}")
            self.malformed += said.malformed
            return None

        return write

    def _remember(self, message: M, line: dict[str, Any]) -> None:
        frame, request, names = message.frame, message.request, list(line)
        script = Script(self._space)
        script.lines += [*_BEFORE, f"return {f_string(self._begun(message.kind, message.direction, frame.type, message.flags))}"]
        before, after = _dumps({name: line[name] for name in names[names.index("nlmsg") + 1 :]})[1:] + self._after, ""
        if request is not None and request.number is not None:
            before, mark, after = before.partition('"request":{"number":')  # quotes in a string would be escaped
            before, after = before + mark, after[after.index(",") :]
        said = Said(function(script.source(), script.space), before, after, bool(line["problems"]))
        self._said.put(likeness(message.order, message.protocol or 0, frame.type, message.data, frame.offset, frame.end, request), said)


def _nothing(*_: object) -> None:
    """What nobody sees."""


def _dumps(value: object) -> str:
    return orjson.dumps(value).decode()


def _link(pending: Pending) -> str:
    """What the line of an answer says of its request."""
    _, _, (_, family, cmd), number, _ = pending
    command = None if cmd is None else cmd.name if family and cmd.number in family.by_number else cmd.number
    return f',"request":{_dumps({"number": number, "family": family and family.name, "cmd": command})}'
