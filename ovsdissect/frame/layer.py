"""How a protocol inside a frame is declared: headers of members at fixed offsets, lists of items of variable length, all in network order.

Names are Wireshark's, without the protocol's own: `ip.src` is the member "src" of the protocol "ip". A part may repeat bits of another one
(`ip.dsfield` and `ip.dsfield.dscp`), as Wireshark's fields do.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any, Final

from ovsdissect.grammar.compound import Array, Member, Struct
from ovsdissect.grammar.wire import BYTES, Bits, Pad, Part, Value, Wire
from ovsdissect.tree.node import Node

_new: Final = tuple.__new__  # Node(...) takes twice as long


class Scaled(Part):
    """A slice that counts units of several bytes and whose value is in bytes (ip.hdr_len counts 4-byte words)."""

    __slots__ = ("unit",)

    def __init__(self, name: str, shift: int, width: int, unit: int, doc: str = "") -> None:
        super().__init__(name, shift, width, "uint", doc)
        self.unit = unit

    def of(self, raw: int) -> Value:
        """Return the number of bytes."""
        return (raw >> self.shift & self.mask) * self.unit


DATA: Final = Member("data", BYTES, "The rest of an item, uninterpreted.")


def bits(code: str, *parts: Part) -> Member:
    """An integer whose slices are fields of the header itself; a slice is never called "bits"."""
    return Member("bits", Bits(code, *parts), inline=True)


def bit(name: str, shift: int, doc: str = "") -> Part:
    """Return a slice of one bit, whose value is true or false."""
    return Part(name, shift, 1, "bool", doc)


class Header:
    """Members in sequence, unpacked at once. `rest` takes the bytes that follow them if this header fills a whole item."""

    def __init__(self, *members: Member, rest: Member = DATA) -> None:
        self.members = members
        self.rest = rest
        self.wire = Struct(*(Member(f"{m.name}{i}", m.wire, m.doc, m.inline) if m.inline else m for i, m in enumerate(members)))
        self.size = self.wire.size or 0
        self._unpack = struct.Struct(">" + "".join(member.wire.code.lstrip(">") for member in members)).unpack_from
        self._rows = tuple(
            ("" if member.inline else member.name, member, member.wire, offset, member.wire.size or 0)
            for member, offset in zip(members, self.wire.offsets, strict=True)
        )

    def unpack(self, data: bytes, at: int) -> tuple[Any, ...]:
        """Return the raw values of the members."""
        return self._unpack(data, at)

    def nodes(self, data: bytes, at: int) -> list[Node]:
        """Return the nodes of the members; all their bytes must be present."""
        return [
            _new(Node, (name, member, wire, at + offset, size, raw, (), 0, 0, 0))
            for (name, member, wire, offset, size), raw in zip(self._rows, self._unpack(data, at), strict=True)
        ]


class Tagged:
    """Headers with a common beginning: the first byte tells which it is."""

    def __init__(self, cases: Mapping[int, Header], other: Header) -> None:
        self.cases, self.other = dict(cases), other


class Items(Wire):
    """A sequence of items of variable length: options, TLVs, chunks, records. Its value is a list of dictionaries.

    Only the walk reads it: frames are never built.
    head: the beginning of every item; measure: from the head's raw values, returns the item's type and its length including the head.
    bare: the types that are a single byte; `last`: the type after which no item follows.
    cases: what follows the head, by type; other types hold bytes.
    align: items start at multiples of this.
    """

    kind = "list"

    def __init__(
        self,
        head: Header,
        measure: Callable[[tuple[Any, ...]], tuple[int, int]],
        cases: Mapping[int, Header | Tagged] | None = None,
        *,
        bare: frozenset[int] = frozenset(),
        last: int | None = None,
        align: int = 1,
    ) -> None:
        super().__init__()
        self.head, self.measure, self.cases = head, measure, dict(cases or {})
        self.bare, self.last, self.align = bare, last, align
        self.single = Header(head.members[0])
        self.other = Header()
        self.element = Member("item", head.wire, "One item.")

    def case(self, tag: int, first: int) -> Header:
        """Return what an item of this type holds if the first byte after its head is `first`."""
        case = self.cases.get(tag, self.other)
        return case.cases.get(first, case.other) if isinstance(case, Tagged) else case


class Protocol:
    """A protocol: its name, a description, and every header and member that its layers may hold (fields_table() enumerates them)."""

    def __init__(self, name: str, doc: str, *parts: Header | Member) -> None:
        self.name, self.doc, self.parts = name, doc, parts
        first = parts[0] if parts else None
        self.row = Member(name, first.wire if isinstance(first, Header) else Struct(), doc)


def repeated(name: str, header: Header, doc: str = "") -> Member:
    """Return a member that consists of as many structs as fit."""
    return Member(name, Array(header.wire), doc)


PADDING: Final = Member("pad", Pad(0), "Padding.")
