"""Attributes and attribute sets: netlink's type-length-value lists as rows, and as one Construct that parses and builds them.

A parsed set is a list of Elements in wire order, including duplicates, flag bits and unknown attributes, so that it builds the same bytes.
Malformed bytes raise an error here (this is the strict reading); the total one is ovsdissect.tree.tree.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, NamedTuple

from construct import stream_read, stream_write

from ovsdissect.byteorder import ByteOrder
from ovsdissect.grammar.wire import BYTES, PREFIX, MalformedError, Value, Wire, byte_order, remaining
from ovsdissect.problem import counted

NLA_HEADER: Final = 4
NLA_F_NESTED: Final = 0x8000
NLA_F_NET_BYTEORDER: Final = 0x4000
_NLATTR: Final[dict[ByteOrder, struct.Struct]] = {order: struct.Struct(prefix + "HH") for order, prefix in PREFIX.items()}
NLA_TYPE_MASK: Final = 0x3FFF  # include/uapi/linux/netlink.h: "~(NLA_F_NESTED | NLA_F_NET_BYTEORDER)"


@dataclass(frozen=True, slots=True, eq=False)
class Attr:
    """One row: an attribute's number, its name in the kernel's uapi header in lower case, its type and a description.

    `declared` is a wire type, or a function that returns it, for sets that refer to each other.
    `flags` are the bits of nla_type that its sender must set, or the kernel refuses it.
    `origin` is the row from which a mask's or a masked row was derived, otherwise the row itself.
    """

    number: int
    name: str
    declared: Wire | Callable[[], Wire]
    doc: str = ""
    derived_from: Attr | None = None
    flags: int = 0

    @property
    def wire(self) -> Wire:
        """The type of the payload."""
        return self.declared if isinstance(self.declared, Wire) else self.declared()

    @property
    def origin(self) -> Attr:
        """The row as it was declared, from which this one was derived."""
        return self.derived_from or self


def unknown_row(number: int) -> Attr:
    """Return the row of an attribute that its set does not declare: its bytes are kept."""
    return Attr(number, f"attr_{number}", BYTES, "An attribute that this version does not know.")


class Element(NamedTuple):
    """One parsed attribute. `padding` is None for the usual zeros up to the next multiple of 4, else the actual bytes (b"" if the last
    attribute is unpadded).
    """

    row: Attr
    flags: int
    value: Value
    padding: bytes | None = None


class AttrSet(Wire):
    """A netlink attribute set: any number of its rows in any order.

    `ordered`: the order has a meaning (actions): JSON shows a list of one-key objects.
    """

    kind = "set"

    def __init__(self, name: str, rows: Iterable[Attr], *, ordered: bool = False) -> None:
        super().__init__()
        self.set_name = name
        self.ordered = ordered
        self.rows = tuple(rows)
        self.by_number: dict[int, Attr] = {row.number: row for row in self.rows}
        self.by_name: dict[str, Attr] = {row.name: row for row in self.rows}
        if len(self.by_number) != len(self.rows) or len(self.by_name) != len(self.rows):
            raise ValueError(f"attribute set {name}: a number or a name stands twice")

    def __repr__(self) -> str:
        return f"<AttrSet {self.set_name}>"

    def row(self, number: int) -> Attr:
        """Return the row of an attribute number; a new one for a number that the set does not declare."""
        return self.by_number.get(number) or unknown_row(number)

    def _parse(self, stream: BinaryIO, context: Any, path: str) -> list[Element]:
        data = bytes(stream_read(stream, remaining(stream), path))
        order = byte_order(context)
        elements: list[Element] = []
        for number, flags, start, end, padding in attributes(data, order, path):
            row = self.row(number)
            value = row.wire.parse(data[start:end], byteorder=order)
            if row.wire.size is not None and row.wire.size != end - start:
                raise MalformedError(f"{row.name} has {counted(end - start, 'byte')} instead of {row.wire.size}", path)
            elements.append(Element(row, flags, value, padding))
        return elements

    def _build(self, obj: list[Element], stream: BinaryIO, context: Any, path: str) -> Value:
        order = byte_order(context)
        for row, flags, value, padding in obj:
            payload = row.wire.build(value, byteorder=order)
            data = _NLATTR[order].pack(NLA_HEADER + len(payload), row.number | flags) + payload
            data += bytes(-len(data) % 4) if padding is None else padding
            stream_write(stream, data, len(data), path)
        return obj


class AttrList(Wire):
    """Attributes whose payloads all have the same type. Its value is a list of Elements.

    `keyed`: the number is a key (the policy of attribute 7), and users see an object; otherwise it is an index or meaningless, and users
    see an array.
    """

    def __init__(self, element: Wire | Callable[[], Wire], *, keyed: bool = False) -> None:
        super().__init__()
        self.kind = "set" if keyed else "list"
        self.keyed = keyed
        self.declared = element
        self.numbered: dict[int, Attr] = {}

    def row(self, number: int) -> Attr:
        """Return the row of the element with this number."""
        if number not in self.numbered:
            self.numbered[number] = Attr(number, str(number), self.declared)
        return self.numbered[number]

    def _parse(self, stream: BinaryIO, context: Any, path: str) -> list[Element]:
        data = bytes(stream_read(stream, remaining(stream), path))
        order = byte_order(context)
        return [
            Element(self.row(number), flags, self.row(number).wire.parse(data[start:end], byteorder=order), padding)
            for number, flags, start, end, padding in attributes(data, order, path)
        ]

    _build = AttrSet._build


def attributes(data: bytes, order: ByteOrder, path: str = "") -> Iterable[tuple[int, int, int, int, bytes | None]]:
    """Split bytes into attributes, strictly: (number, flags, payload start, payload end, padding as in Element).

    Raises MalformedError if they do not fit.
    """
    head = _NLATTR[order].unpack_from
    offset, size = 0, len(data)
    while offset < size:
        if size - offset < NLA_HEADER:
            raise MalformedError(f"{counted(size - offset, 'byte')} after the last attribute", path)
        length, kind = head(data, offset)
        end = offset + length
        if length < NLA_HEADER or end > size:
            raise MalformedError(f"attribute length {length} with {counted(size - offset, 'byte')} left", path)
        after = min(offset + (length + 3 & ~3), size)
        padding = data[end:after]
        whole = len(padding) == -length % 4 and not any(padding)
        yield kind & NLA_TYPE_MASK, kind & ~NLA_TYPE_MASK, offset + NLA_HEADER, end, None if whole else padding
        offset = after


def payloads(data: bytes, order: ByteOrder) -> tuple[list[tuple[int, bytes]], bool]:
    """Return the numbers and payloads of attributes as far as they fit, and whether they are all of the data."""
    found: list[tuple[int, bytes]] = []
    try:
        for kind, _flags, start, end, _padding in attributes(data, order):
            found.append((kind, data[start:end]))
    except MalformedError:
        return found, False
    return found, True
