"""The line of a plain message as source that is made for the layout of its attributes: which stand one behind another.

Knows nothing of values: how those are written is ovsdissect.export.spelling's.
"""

from __future__ import annotations

from binascii import hexlify
from collections.abc import Callable, Sequence
from struct import error
from typing import Any, NamedTuple

from ovsdissect.dissect.lane import Kind, Write
from ovsdissect.dissect.plan import function
from ovsdissect.export.cutting import ARGUMENTS, Place, Script, cut
from ovsdissect.families import OVS_PACKET
from ovsdissect.grammar import Attr, AttrSet


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
    """The function that writes the messages of a kind whose attributes stand in some order.

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
        self._kind, self._frame, self._reader, self._writings = kind, frame, reader, writings
        self._script = Script(space | {"hexlify": hexlify, "error": error}, f"other({ARGUMENTS})")
        self._template, self._values = frame.head, frame.values
        self._pieces: list[str] = []

    def function(self, places: Sequence[Place]) -> Write:
        """The function; it does nothing before it has read the whole message."""
        script, shown = self._script, [place.row for place in places if place.wire.kind != "pad"]
        found = cut(script, self._kind.order, places, {row.name for row in shown})
        raws = found.raws
        for name, (start, stop) in found.spans.items():
            raws[name] = script.keep("raw", None)
            script.lines.append(f"{raws[name]} = data[{start}:{stop}]")
        read, script.lines = script.lines, []
        for number, row in enumerate(shown):
            self._template += f'{"," if number else ""}"{row.name}":'
            self._value(row, raws[row.name])
        command = self._kind.command
        if self._kind.family is OVS_PACKET and command and command.to_user and "key" in raws and "packet" in raws:
            script.lines.append(f"if {raws['key']} and not (compare and compare({raws['key']}, {raws['packet']})): return True")
        template, values = self._template, self._values
        plain = self._filled(template + self._frame.tail, values)
        linked = self._filled(template + self._frame.answer, values + "link(pending), ")
        pieces = [*self._pieces, f"{plain} if pending is None else {linked}"]
        script.lines.append(f"extend(({', '.join(pieces)}, ))")
        before = ["digits = str(time_ns).encode()", "try:", *(f"    {line}" for line in read), f"except error: return {script.differs}"]
        script.lines[:0] = before
        return function(script.source(), script.space)

    def _value(self, row: Attr, raw: str) -> None:
        """One attribute's value."""
        script = self._script
        if row.wire.kind == "packet":
            self._template += '{"length":%d,"hex":"'
            self._values += f"len({raw}), "
            self._long(f"hexlify({raw})")
            self._template = '"}'
        elif isinstance(row.wire, AttrSet):
            text = script.keep("text", None)
            compare = "compare" if row.name == "key" else "_"
            script.lines.append(f"{text}, {compare} = {script.keep('writings', self._writings(row.wire))}[{raw}]")
            self._long(text)
        else:
            self._template += "%s"
            self._values += f"{script.keep('read', self._reader(row))}({raw}), "

    def _long(self, expression: str) -> None:
        """A long string is a piece of its own: it is not copied into a template."""
        self._pieces += [self._filled(self._template, self._values), expression]
        self._template = self._values = ""

    def _filled(self, template: str, values: str) -> str:
        """The expression of a filled template."""
        name = self._script.keep("template", (template if values else template.replace("%%", "%")).encode())
        return f"{name} % ({values})" if values else name
