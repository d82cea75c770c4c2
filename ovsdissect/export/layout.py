"""The layout of a plain message: its top attributes as they stand one behind another, compiled into the function that writes its line.

Knows nothing of values: how those are written is ovsdissect.export.spelling's.
"""

from __future__ import annotations

from binascii import hexlify
from collections.abc import Callable
from struct import Struct, error
from typing import Any, Final, NamedTuple

from ovsdissect.dissect.lane import ATTRS, Kind, Write
from ovsdissect.dissect.plan import function
from ovsdissect.families import OVS_PACKET
from ovsdissect.grammar import Attr, AttrSet
from ovsdissect.grammar.attrs import NLA_HEADER
from ovsdissect.grammar.wire import PREFIX

ARGUMENTS: Final = "number, record, place, time_ns, length, seq, pid, datapath, data, start, end, pending"


class Place(NamedTuple):
    """One attribute: its row, its nla_type with the flags, the size of its payload; None where that differs from message to message."""

    row: Attr
    type: int
    size: int | None


class Frame(NamedTuple):
    """What stands around the attributes of a line.

    head: a template and the expressions that fill it.  tail: what ends the line.  answer: a template for the line's end where the message
    answers a request, filled by `link(pending)`.
    """

    head: str
    values: str
    tail: str
    answer: str


class Layout:
    """The function's source, as it grows from the first attribute to the last.

    space: what its expressions refer to; `extend` takes the pieces of a line, `other` is asked about a message of another layout.
    reader: the function that writes an attribute's payload.  writings: the texts of a set's payloads.
    """

    def __init__(
        self,
        kind: Kind,
        frame: Frame,
        space: dict[str, Any],
        reader: Callable[[Attr], Callable[[bytes], bytes]],
        writings: Callable[[AttrSet], dict[bytes, Any]],
    ) -> None:
        self._kind, self._frame, self._space, self._reader, self._writings = kind, frame, dict(space), reader, writings
        self._space |= {"hexlify": hexlify, "error": error}
        self._template, self._values = frame.head, frame.values
        self._lines: list[str] = []
        self._pieces: list[str] = []
        self._raws: dict[str, str] = {}

    def function(self, places: tuple[Place, ...]) -> Write:
        """The function that writes the messages of a layout."""
        self._lines.append(f"after = at = start + {ATTRS}")
        begin = 0
        for number, place in enumerate(places, 1):
            if place.size is None or number == len(places):
                self._chunk(places[begin:number])
                begin = number
        read, self._lines = self._lines, [f"if after > end or at < end: return other({ARGUMENTS})"]
        command = self._kind.command
        if self._kind.family is OVS_PACKET and command and command.to_user and "key" in self._raws and "packet" in self._raws:
            key, packet = self._raws["key"], self._raws["packet"]
            self._lines.append(f"if {key} and not (compare and compare({key}, {packet})): return True")
        template, values = self._template, self._values
        plain = self._filled(template + self._frame.tail, values)
        linked = self._filled(template + self._frame.answer, values + "link(pending), ")
        self._pieces.append(f"{plain} if pending is None else {linked}")
        self._lines.append(f"extend(({', '.join(self._pieces)}, ))")
        source = f"def made({ARGUMENTS}):\n    digits = str(time_ns).encode()\n    try:\n" + "".join(f"        {line}\n" for line in read)
        source += f"    except error: return other({ARGUMENTS})\n" + "".join(f"    {line}\n" for line in self._lines)
        return function(source, self._space)

    def _chunk(self, places: tuple[Place, ...]) -> None:
        """Attributes of fixed size and the one behind them, whose headers are read at once."""
        order = PREFIX[self._kind.order]
        layout, names, wrong, at = order, "", [], 0
        found: list[tuple[Place, str, str]] = []
        for place in places:
            here = len(self._space)
            payload = at + NLA_HEADER
            self._space[f"raw{here}"] = None
            layout += "HH"
            names += f"n{here}, t{here}, "
            wrong.append(f"t{here} != {place.type}")
            if place.size is None:
                wrong.append(f"n{here} < {NLA_HEADER}")
                line = f"after = at + {at} + n{here}; raw{here} = data[at + {payload} : after]; at = after + 3 & ~3"
                found.append((place, f"raw{here}", line))
                break
            wrong.append(f"n{here} != {place.size + NLA_HEADER}")
            found.append((place, f"raw{here}", f"raw{here} = data[at + {payload} : at + {payload + place.size}]"))
            stride = place.size + 3 & ~3
            layout += f"{stride}x"
            at = payload + stride
        else:
            size = places[-1].size or 0
            found.append((places[-1], "", f"after = at + {at - (size + 3 & ~3) + size}; at += {at}"))
        unpack = self._keep("unpack", Struct(layout.removesuffix(f"{(places[-1].size or 0) + 3 & ~3}x")).unpack_from)
        self._lines.append(f"{names} = {unpack}(data, at)")
        self._lines.append(f"if {' or '.join(wrong)}: return other({ARGUMENTS})")
        for place, raw, line in found:
            self._lines.append(line)
            if raw:
                self._value(place.row, raw)

    def _value(self, row: Attr, raw: str) -> None:
        """One attribute's value, with its name before it."""
        if row.wire.kind == "pad":
            return
        comma = "," if self._raws else ""
        self._raws[row.name] = raw
        self._template += f'{comma}"{row.name}":'
        if row.wire.kind == "packet":
            self._template += '{"length":%d,"hex":"'
            self._values += f"len({raw}), "
            self._long(f"hexlify({raw})")
            self._template = '"}'
        elif isinstance(row.wire, AttrSet):
            text = self._keep("text", None)
            compare = "compare" if row.name == "key" else "_"
            self._lines.append(f"{text}, {compare} = {self._keep('writings', self._writings(row.wire))}[{raw}]")
            self._long(text)
        else:
            self._template += "%s"
            self._values += f"{self._keep('read', self._reader(row))}({raw}), "

    def _long(self, expression: str) -> None:
        """A long string is a piece of its own: it is not copied into a template."""
        self._pieces += [self._filled(self._template, self._values), expression]
        self._template = self._values = ""

    def _filled(self, template: str, values: str) -> str:
        """The expression of a filled template."""
        name = self._keep("template", (template if values else template.replace("%%", "%")).encode())
        return f"{name} % ({values})" if values else name

    def _keep(self, prefix: str, thing: object) -> str:
        name = f"{prefix}{len(self._space)}"
        self._space[name] = thing
        return name
