"""The line of a plain message as source that is made for the layout of its attributes: which stand one behind another.

Knows nothing of values: how those are written is ovsdissect.export.spelling's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from struct import error
from typing import Any, NamedTuple

from ovsdissect.dissect.lane import ARGUMENTS, Kind, Write
from ovsdissect.dissect.plan import plan
from ovsdissect.dissect.source import Expression, f_string, function
from ovsdissect.export.cutting import Place, Script, cut
from ovsdissect.export.spelling import spell
from ovsdissect.export.texts import Texts
from ovsdissect.families import OVS_PACKET
from ovsdissect.grammar import Attr, AttrSet, ByteOrder


class Frame(NamedTuple):
    """What stands around the attributes of a line.

    before: lines of source that stand before all others.
    """

    before: tuple[str, ...]
    head: tuple[str, ...]
    tail: tuple[str, ...]


class Readers(NamedTuple):
    """What writes values.  of: the function that writes a top attribute's payload.  texts, packets: what sets and packets read."""

    of: Callable[[Attr], Callable[[bytes], str]]
    texts: Callable[[AttrSet], Texts]
    packets: Mapping[bytes, str]


def writer(kind: Kind, frame: Frame, space: dict[str, Any], readers: Readers, places: Sequence[Place]) -> Write:
    """The function that writes the messages of a kind whose attributes stand in this order; it does nothing before it has read all of it.

    space: what the frame refers to; `append` takes the line, `other` is asked about a message of another layout.
    """
    script = Script(space | {"error": error}, f"other({ARGUMENTS})")
    shown = [place for place in places if place.wire.kind != "pad"]
    numbers = {place.row.name for place in shown if place.wire.code and place.wire.kind != "text" and not place.wire.code.startswith(">")}
    found = cut(script, kind.order, places, {place.row.name for place in shown} - numbers, numbers)
    raws = found.raws
    for name, (start, stop) in found.spans.items():
        raws[name] = script.keep("raw", None)
        script.lines.append(f"{raws[name]} = data[{start}:{stop}]")
    read, script.lines = script.lines, []
    parts = [*frame.head]
    command = kind.command
    upcall = kind.family is OVS_PACKET and command is not None and command.to_user
    for number, place in enumerate(shown):
        name = place.row.name
        parts.append(f'{"," if number else ""}"{name}":')
        packet = raws.get("packet") if upcall and name == "key" else None
        parts += _value(script, place, raws.get(name, ""), packet, found.values.get(name), kind.order, readers)
    before = [*frame.before, "try:", *(f"    {line}" for line in read), f"except error: return {script.differs}"]
    script.lines[:0] = before
    script.lines.append(f"append({f_string([*parts, *frame.tail])})")
    return function(script.source(), script.space)


def _value(
    script: Script, place: Place, raw: str, packet: str | None, values: list[str] | None, order: ByteOrder, readers: Readers
) -> Sequence[str]:
    """One attribute's value, in parts.  packet: the one that it is the flow key of."""
    row, wire, _, size = place
    if wire.kind == "packet":
        known = Expression(f"{script.keep('packets', readers.packets)}[{raw}]")
        return '{"length":', Expression(f"len({raw})"), ',"hex":"', known, '"}'
    if isinstance(wire, AttrSet):
        written, texts = script.keep("text", None), readers.texts(wire)
        found = f"{script.keep('texts', texts)}[{raw}]" if packet is None else f"{script.keep('agreed', texts.agreed)}({raw}, {packet})"
        script.lines.append(f"{written} = {found}")
        return (Expression(written),)
    if values is not None:
        made = plan(row, wire, bytes(size or 0), order)
        leaves = zip(made.leaves, made.texts[1:], strict=True)
        return [made.texts[0], *(part for leaf, after in leaves for part in (*spell(leaf, values, order, script.space), after))]
    return (Expression(f"{script.keep('read', readers.of(row))}({raw})"),)
