"""The top attributes of a plain message, cut out by source that is made for the layout they have: which stand one behind another.

Knows nothing of values: what is done with them is the source behind it.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from struct import Struct
from typing import Any, Final, NamedTuple

from ovsdissect.dissect.lane import ARGUMENTS, ATTRS
from ovsdissect.dissect.plan import Refused, plan
from ovsdissect.grammar import Attr, ByteOrder, Family, Wire
from ovsdissect.grammar.attrs import NLA_HEADER, NLA_TYPE_MASK
from ovsdissect.grammar.wire import PREFIX, Bits, Bytes, Sized

DIFFERS: Final = object()
_ATTRIBUTE: Final = {order: Struct(prefix + "HH").unpack_from for order, prefix in PREFIX.items()}


class Place(NamedTuple):
    """One attribute: its row and type, its nla_type with the flags, the size of its payload, None where that differs from message to
    message.
    """

    row: Attr
    wire: Wire
    type: int
    size: int | None


def places(family: Family, order: ByteOrder, data: bytes, at: int, end: int) -> tuple[Place, ...]:
    """The attributes of a message; Refused where they are no plain list of known ones of their sizes."""
    header, rows = _ATTRIBUTE[order], family.attrs.by_number
    found = []
    while at < end:
        length, number = header(data, at)
        row = rows.get(number & NLA_TYPE_MASK)
        if length < NLA_HEADER or at + length > end or row is None:
            raise Refused
        wire: Wire | None = row.wire
        if isinstance(wire, Sized):
            wire = wire.of(length - NLA_HEADER)
        if wire is None or wire.size not in (None, length - NLA_HEADER):
            raise Refused
        found.append(Place(row, wire, number, length - NLA_HEADER if isinstance(row.wire, Sized) else wire.size))
        at += length + 3 & ~3
    return tuple(found)


class Script:
    """The source of a function as it grows, line by line, and what it refers to.

    differs: what it returns for a message of another layout.
    """

    def __init__(self, space: Mapping[str, Any], differs: str = "DIFFERS") -> None:
        self.space = {"DIFFERS": DIFFERS, **space}
        self.differs = differs
        self.lines: list[str] = []

    def keep(self, prefix: str, thing: object) -> str:
        """A name for a thing."""
        name = f"{prefix}{len(self.space)}"
        self.space[name] = thing
        return name

    def source(self) -> str:
        """The function's source."""
        return f"def made({ARGUMENTS}):\n" + "".join(f"    {line}\n" for line in self.lines)


class Cut(NamedTuple):
    """Variables of a message's attributes, by name: their payloads; of those that were to be unpacked, their values.

    spans: of packets, where they start and end in the record.
    """

    raws: dict[str, str]
    values: dict[str, list[str]]
    spans: dict[str, tuple[str, str]]


def cut(script: Script, order: ByteOrder, layout: Sequence[Place], raw: set[str], unpacked: Container[str] = ()) -> Cut:
    """Cut the attributes of a layout out of the message: payloads of those in `raw`, values of those in `unpacked`, spans of packets.

    The others are only looked at whether they are plain; Refused for one of which the layout alone does not tell.  The function returns
    `script.differs` for a message of another layout, or raises struct.error where that ends before this one does.
    """
    found = Cut({}, {}, {})
    script.lines.append(f"after = at = start + {ATTRS}")
    begin = 0
    for number, place in enumerate(layout, 1):
        if place.size is None or number == len(layout):
            _chunk(script, order, layout[begin:number], raw, unpacked, found)
            begin = number
    script.lines.append(f"if after > end or at < end: return {script.differs}")
    return found


def _chunk(script: Script, order: ByteOrder, layout: Sequence[Place], raw: set[str], unpacked: Container[str], found: Cut) -> None:
    """Attributes of fixed size and the one behind them, whose headers are read at once."""
    letters, names, at = PREFIX[order], "", 0
    wrong: list[str] = []
    then: list[str] = []
    for row, wire, number, size in layout:
        here = len(script.space)
        script.space[f"here{here}"] = None
        letters += "HH"
        names += f"n{here}, t{here}, "
        wrong.append(f"t{here} != {number}")
        payload = at + NLA_HEADER
        if size is None:
            wrong.append(f"n{here} < {NLA_HEADER}")
            then.append(f"after = at + {at} + n{here}")
            if wire.kind == "packet":
                found.spans[row.name] = (f"from{here}", f"to{here}")
                then.append(f"from{here} = at + {payload}; to{here} = after")
            elif row.name in raw:
                found.raws[row.name] = f"raw{here}"
                then.append(f"raw{here} = data[at + {payload} : after]")
            elif not isinstance(wire, Bytes):
                raise Refused
            then.append("at = after + (start - after & 3)")  # a record begins anywhere in the bytes that it stands in
            break
        wrong.append(f"n{here} != {size + NLA_HEADER}")
        stride = size + 3 & ~3
        last = row is layout[-1].row
        if row.name in unpacked and wire.code and not wire.code.startswith(">"):
            count = len(wire.layout(order).unpack(bytes(size)))
            found.values[row.name] = [f"v{here}_{place}" for place in range(count)]
            names += "".join(f"{name}, " for name in found.values[row.name])
            letters += wire.code + ("" if last else f"{stride - size}x")
            if isinstance(wire, Bits):
                then.append(f"if {found.values[row.name][0]} & {wire.reserved}: return True")
        elif row.name not in raw and isinstance(wire, Bits) and not wire.code.startswith(">"):
            names += f"v{here}, "
            letters += wire.code + ("" if last else f"{stride - size}x")
            then.append(f"if v{here} & {wire.reserved}: return True")
        else:
            letters += "" if last else f"{stride}x"
            if row.name in raw:
                found.raws[row.name] = f"raw{here}"
                then.append(f"raw{here} = data[at + {payload} : at + {payload + size}]")
            else:
                _check(then, Attr(0, "", wire), order, payload)
        at = payload + stride
        if last:
            then.append(f"after = at + {payload + size}; at += {at}")
    unpack = script.keep("unpack", Struct(letters).unpack_from)
    script.lines.append(f"{names} = {unpack}(data, at)")
    script.lines.append(f"if {' or '.join(wrong)}: return {script.differs}")
    script.lines += then


def _check(then: list[str], row: Attr, order: ByteOrder, payload: int) -> None:
    """What looks whether the bits of a payload are as they should be."""
    made = plan(row, row.wire, bytes(row.wire.size or 0), order)
    if made.refused or any(getattr(leaf.wire, "closed", False) or leaf.wire.kind == "text" for leaf in made.leaves):
        raise Refused
    if made.mask:
        bits = f"int.from_bytes(data[at + {payload} : at + {payload + made.size}], 'little')"
        then.append(f"if {bits} & {made.mask} != {made.expect}: return True")
