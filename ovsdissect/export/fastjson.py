"""JSON lines straight from records: each plain message by the layout of its attributes, every other one by its tree; the text is the same.

A message is plain when it is whole, of a known Open vSwitch family, has no problem, and every attribute's shape is one that a plan was made
of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple

import orjson

from ovsdissect.capture import ByteOrder, Record
from ovsdissect.dissect import shapes
from ovsdissect.dissect.context import Context, M
from ovsdissect.dissect.generations import Generations
from ovsdissect.dissect.lane import ATTRS, Front, Kind, Lane, Write
from ovsdissect.dissect.message import Request, flag_names
from ovsdissect.dissect.plan import Refused
from ovsdissect.dissect.requests import Pending
from ovsdissect.dissect.shapes import complete
from ovsdissect.export.cutting import places
from ovsdissect.export.jsonline import LONGEST_TIME, second_text, to_dict
from ovsdissect.export.layout import Frame, Layout
from ovsdissect.export.likeness import ANSWERS, ANSWERS_KEPT, likeness
from ovsdissect.export.spelling import Writings, json_reader
from ovsdissect.grammar import Attr, AttrSet, Command, Family
from ovsdissect.netlink.headers import NETLINK_GENERIC, PROTOCOLS

if TYPE_CHECKING:
    from ovsdissect.filter.sieve import Sieve

LAYOUTS: Final = 64  # of one kind
SECONDS: Final = 4096
PIECES: Final = 192  # of lines that are put together: some 64 kB, which memory gives and takes back without the system
LAST_SECOND: Final = LONGEST_TIME // 10**9

_FRONT: Final = '{"kind":"message","number":%d,"record":%d,"index":%d,"time":"%s%sZ","time_ns":%s,'
_NLMSG: Final = '"direction":"DIRECTION","nlmsg":{"len":%d,"type":TYPE,"flags":FLAGS,"seq":%d,"pid":%d},'
_VALUES: Final = "number, record, place, seconds[digits[:-9]], digits[-9:], digits, length, seq, pid, "
_GENL: Final = '"family":"FAMILY","cmd":"CMD","version":VERSION,"dp_ifindex":%d,"attrs":{'
_BARE: Final = '"family":NAME,"cmd":null,"version":null,"dp_ifindex":null,"attrs":nullPROTOCOL'
_LINK: Final = ',"request":%s'
_END: Final = ',"problems":[]}'


class _Seconds(dict[bytes, bytes]):
    """The text of a second, from its digits; Refused for times before 2001 and after 2262."""

    def __missing__(self, digits: bytes) -> bytes:
        if not digits.isdigit() or len(digits) < 10 or int(digits) >= LAST_SECOND:
            raise Refused
        if len(self) >= SECONDS:
            self.clear()
        text = self[digits] = (second_text(int(digits)) or "").encode() + b"."
        return text


class Said(NamedTuple):
    """An answer's line: a template of its head, and what is before and behind the number of the request."""

    head: bytes
    before: bytes
    after: bytes
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
        self.out: list[bytes] = []
        self._shown, self._line, self._everything, self._templates = shown, line, everything, templates
        self._before, self._after = (",\n", "") if array else ("", "\n")
        self._readers: dict[tuple[Attr, ByteOrder], Callable[[bytes], bytes]] = {}
        self._writings: dict[tuple[AttrSet, ByteOrder], Writings] = {}
        self._seconds = _Seconds()
        self._space: dict[str, Any] = {"seconds": self._seconds, "extend": self.out.extend, "link": _link}
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
            yield b"".join(pieces), self.malformed - malformed
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
            text = orjson.dumps(line)
            self.malformed += bool(line["problems"])
            self.out += (self._before.encode(), text, self._after.encode())
            if self._templates and message.frame.type in ANSWERS and message.frame.end <= len(message.data):
                self._remember(message, line)

    def _bare(self, kind: Kind) -> Write:
        """Headers only: messages of other protocols, and of families that are not decoded."""
        protocol = "" if kind.protocol == NETLINK_GENERIC else f',"protocol":{_dumps(PROTOCOLS.get(kind.protocol, kind.protocol))}'
        template = self._head(kind, "") + _BARE.replace("NAME", _dumps(kind.name)).replace("PROTOCOL", protocol.replace("%", "%%"))
        plain, linked = (template + _END + self._after).encode(), (template + _LINK + _END + self._after).encode()
        seconds, append = self._seconds, self.out.append

        def write(number: int, record: int, place: int, time_ns: int | None, length: int, seq: int, pid: int, *rest: Any) -> None:
            digits = str(time_ns).encode()
            values = (number, record, place, seconds[digits[:-9]], digits[-9:], digits, length, seq, pid)
            append(plain % values if rest[-1] is None else linked % (*values, _link(rest[-1])))

        return write

    def _layouts(self, kind: Kind, family: Family, command: Command) -> Write:
        """Each by its layout: that of the message before it, as a rule."""
        template = self._head(kind, command.verb if kind.request else "")
        template += _GENL.replace("FAMILY", family.name).replace("CMD", command.name).replace("VERSION", str(kind.version))
        frame = Frame(template, _VALUES + "datapath, ", "}" + _END + self._after, "}" + _LINK + _END + self._after)
        known: dict[tuple[tuple[int, int | None], ...], Write | int] = {}

        def other(*message: Any) -> bool | None:
            data, start, end = message[8:11]
            layout = places(family, kind.order, data, start + ATTRS, end)
            path = tuple((place.type, place.size) for place in layout)
            write = known.get(path, 0)
            if isinstance(write, int):
                if write + 1 < shapes.SIGHTINGS or not complete(command, family.attrs, [place.row for place in layout], kind.request):
                    known[path] = min(write + 1, shapes.SIGHTINGS)
                    return True
                if len(known) >= LAYOUTS:
                    known.clear()
                space = self._space | {"other": other}
                made = Layout(kind, frame, space, lambda row: self._reader(row, kind.order), lambda wire: self._texts(wire, kind.order))
                write = known[path] = made.function(layout)
            self._replace(kind, write)
            return write(*message)

        return other

    def _head(self, kind: Kind, verb: str) -> str:
        template = (self._before + _FRONT + _NLMSG).replace("DIRECTION", "to-kernel" if kind.request else "to-user")
        return template.replace("TYPE", str(kind.type)).replace("FLAGS", _dumps(flag_names(verb, kind.flags)))

    def _reader(self, row: Attr, order: ByteOrder) -> Callable[[bytes], bytes]:
        if (row, order) not in self._readers:
            self._readers[row, order] = json_reader(row, order)
        return self._readers[row, order]

    def _texts(self, wire: AttrSet, order: ByteOrder) -> Writings:
        if (wire, order) not in self._writings:
            self._writings[wire, order] = Writings(wire, order)
        return self._writings[wire, order]

    def _answers(self, kind: Kind) -> Write:
        """Errors, acknowledgements and ends of dumps come again: the line of an earlier one of the same bytes, with its own numbers."""
        everything, seconds, extend, known = self._everything, self._seconds, self.out.extend, self._said

        def write(
            number: int, record: int, place: int, time_ns: int | None, length: int, seq: int, pid: int, _: int,
            data: bytes, start: int, end: int, request: Request | None,
        ) -> bool | None:  # fmt: skip
            if not everything and (request is None or request.family is None):
                return None
            said = known.get(likeness(kind.order, kind.protocol, kind.type, data, start, end, request))
            if said is None:
                return True
            digits = str(time_ns).encode()
            front = said.head % (number, record, place, seconds[digits[:-9]], digits[-9:], digits, length, seq, pid)
            asked = b"" if request is None or request.number is None else b"%d" % request.number
            extend((front, said.before, asked, said.after))
            self.malformed += said.malformed
            return None

        return write

    def _remember(self, message: M, line: dict[str, Any]) -> None:
        frame, request, names = message.frame, message.request, list(line)
        head = self._before + (_FRONT + _NLMSG).replace('"message"', f'"{message.kind}"').replace("DIRECTION", message.direction)
        head = head.replace("TYPE", str(frame.type)).replace("FLAGS", _dumps(message.flags))
        rest = orjson.dumps({name: line[name] for name in names[names.index("nlmsg") + 1 :]})[1:]
        before, after = rest, b""
        if request is not None and request.number is not None:
            before, mark, after = rest.partition(b'"request":{"number":')  # quotes in a string would be escaped
            before, after = before + mark, after[after.index(b",") :]
        said = Said(head.encode(), before, after + self._after.encode(), bool(line["problems"]))
        self._said.put(likeness(message.order, message.protocol or 0, frame.type, message.data, frame.offset, frame.end, request), said)


def _nothing(*_: object) -> None:
    """What nobody sees."""


def _dumps(value: object) -> str:
    return orjson.dumps(value).decode()


def _link(pending: Pending) -> bytes:
    _, _, _, number, family, cmd, _, _, _ = pending
    command = None if cmd is None else cmd.name if family and cmd.number in family.by_number else cmd.number
    return orjson.dumps({"number": number, "family": family and family.name, "cmd": command})
