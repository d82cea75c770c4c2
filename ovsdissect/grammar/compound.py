"""Wire types made of other wire types at fixed offsets: structs, arrays, option lists, unions selected by a tag.

They know nothing about attributes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, BinaryIO

from construct import Construct, stream_read, stream_write
from construct import Struct as ConstructStruct

from ovsdissect.byteorder import ByteOrder
from ovsdissect.grammar.wire import Bits, Enum, Int, MalformedError, Pad, Raw, Reader, Value, Wire, byte_order, remaining
from ovsdissect.problem import counted


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One member of a struct: its name in the kernel's header without the struct's own prefix, its type, a description.

    `inline`: an integer of bit-fields whose parts are members of the struct itself, like bit-fields in C.
    """

    name: str
    wire: Wire
    doc: str = ""
    inline: bool = False


class Struct(Wire):
    """A C struct: members in sequence, including padding as Pad members (it is on the wire). Its value is a dictionary.

    rows: for each member its name ("" for an inline one), itself, its type, its offset and its size.
    readers: for the byte orders in which all members unpack in one go; they return the raw values of the members, which are the struct's.
    closed: the indexes of members with closed enumerations, and the valid numbers.
    plain: whether the members' raw values are enough to compute the struct's; otherwise there are bytes or bit-fields among them.
    """

    kind = "struct"

    def __init__(self, *members: Member) -> None:
        super().__init__()
        self.members = members
        self.fields: dict[str, Member] = {member.name: member for member in members}
        *offsets, self.size = accumulate((member.wire.size or 0 for member in members), initial=0)
        self.offsets: tuple[int, ...] = tuple(offsets)
        self.rows = tuple(
            ("" if member.inline else member.name, member, member.wire, offset, member.wire.size or 0)
            for member, offset in zip(members, offsets, strict=True)
        )
        wires = [member.wire for member in members]
        self.readers = _readers(wires)
        self.closed = tuple((i, wire.names) for i, wire in enumerate(wires) if isinstance(wire, Enum) and wire.closed)
        self.plain = not any(member.inline or member.wire.kind == "bytes" for member in members)
        self._pads = tuple(member.name for member in members if isinstance(member.wire, Pad))
        self._forms = tuple((member.name, form) for member in members if (form := member.wire.form) is not None)

    def value(self, raw: Raw) -> Value:
        """Return the members' values by name; only for a plain struct."""
        value = dict(zip(self.fields, raw, strict=True))
        for name, form in self._forms:
            value[name] = form(value[name])
        for name in self._pads:
            del value[name]
        return value

    @cached_property
    def construct(self) -> Construct:
        """The Construct that parses and builds; made on demand, because the tree only uses the offsets."""
        return ConstructStruct(*(member.name / member.wire for member in self.members))

    def _parse(self, stream: BinaryIO, context: Any, path: str) -> dict[str, Value]:
        parsed = self.construct._parsereport(stream, context, path)
        value: dict[str, Value] = {}
        for member in self.members:
            if member.inline:
                value.update(parsed[member.name])
            elif not isinstance(member.wire, Pad) or any(parsed[member.name]):
                value[member.name] = parsed[member.name]
        return value

    def _build(self, obj: Mapping[str, Value], stream: BinaryIO, context: Any, path: str) -> Value:
        whole: dict[str, Value] = {}
        taken = set()
        for member in self.members:
            if member.inline:
                assert isinstance(member.wire, Bits)
                parts = [name for name in (*(part.name for part in member.wire.parts), "reserved") if name in obj]
                whole[member.name] = {name: obj[name] for name in parts}
                taken.update(parts)
            elif member.name in obj:
                whole[member.name] = obj[member.name]
                taken.add(member.name)
            elif isinstance(member.wire, Pad):
                whole[member.name] = bytes(member.wire.size or 0)
            else:
                raise MalformedError(f"member {member.name} is missing", path)
        if len(taken) != len(obj):
            raise MalformedError(f"no such member: {', '.join(sorted(set(obj) - taken))}", path)
        self.construct._build(whole, stream, context, path)
        return obj


def _readers(wires: Sequence[Wire]) -> dict[ByteOrder, Reader]:
    """Return one unpacking for several types; none if one of them has more than one value, or their byte orders differ."""
    codes = [wire.code for wire in wires]
    if not all(wire.atomic for wire in wires):
        return {}
    letters = "".join(code.lstrip(">") for code in codes)
    readers: dict[ByteOrder, Reader] = {"big": struct.Struct(">" + letters).unpack_from}
    if not any(code.startswith(">") for code in codes):
        readers["little"] = struct.Struct("<" + letters).unpack_from
    elif all(code.startswith(">") or code[-1] in "Bbs" for code in codes):
        readers["little"] = readers["big"]
    return readers


class Array(Wire):
    """Elements of one fixed-size type: `count` of them, or as many as the payload holds. Its value is a list."""

    kind = "list"

    def __init__(self, element: Wire, count: int | None = None) -> None:
        super().__init__()
        self.element = Member("element", element)
        self.count = count
        self.size = None if count is None else count * (element.size or 0)

    def _parse(self, stream: BinaryIO, context: Any, path: str) -> list[Value]:
        size = self.element.wire.size or 1
        count, rest = divmod(remaining(stream), size)
        if self.count is not None:
            count, rest = self.count, 0
        if rest:
            raise MalformedError(f"{counted(rest, 'byte')} after the last element of {size}", path)
        return [self.element.wire._parsereport(stream, context, path) for _ in range(count)]

    def _build(self, obj: list[Value], stream: BinaryIO, context: Any, path: str) -> Value:
        if self.count is not None and len(obj) != self.count:
            raise MalformedError(f"{self.count} elements expected", path)
        for value in obj:
            self.element.wire._build(value, stream, context, path)
        return obj


class Options(Wire):
    """Options of variable length (Geneve): a head struct whose last member's part "length" counts the 4-byte words of data that follow.

    Its value is a list of dictionaries.
    """

    kind = "list"

    def __init__(self, head: Struct, data: Member) -> None:
        super().__init__()
        self.head = head
        self.data = data
        self.option = Struct(*head.members)
        self.element = Member("option", self.option, "One option.")
        last = head.members[-1]
        assert isinstance(last.wire, Bits)
        self.length = next(part for part in last.wire.parts if part.name == "length")

    def data_size(self, raw: int) -> int:
        """Return the bytes of data after a head whose last member unpacked to `raw`."""
        return self.length.of(raw) * 4  # type: ignore[no-any-return]

    def _parse(self, stream: BinaryIO, context: Any, path: str) -> list[Value]:
        options = []
        while remaining(stream):
            option = self.head._parsereport(stream, context, path)
            option["data"] = bytes(stream_read(stream, option["length"] * 4, path))
            options.append(option)
        return options

    def _build(self, obj: list[Value], stream: BinaryIO, context: Any, path: str) -> Value:
        for option in obj:
            data = bytes.fromhex(option["data"]) if isinstance(option["data"], str) else bytes(option["data"])
            head = {"length": len(data) // 4} | {name: value for name, value in option.items() if name != "data"}
            if len(data) != head["length"] * 4:
                raise MalformedError("an option's data is not as long as its length says", path)
            self.head._build(head, stream, context, path)
            stream_write(stream, data, len(data), path)
        return obj


class Variant(Wire):
    """A head struct whose first member selects the type that follows (a union with a tag); unused bytes after that are padding.

    Its value is the head's dictionary plus one key, the case's name. Bytes that fit no case are not a Variant: `case()` returns None and
    they stay bytes.
    """

    kind = "struct"

    def __init__(self, head: Struct, cases: Mapping[int, Member], *, total: int | None = None) -> None:
        super().__init__()
        self.head = head
        self.cases = dict(cases)
        self.total = total
        self.rest = Member("rest", Pad(0), "Bytes of the union that this case does not use.")

    def case(self, data: bytes, order: ByteOrder) -> Member | None:
        """Return the case of these bytes (the whole payload), None if they fit none."""
        head = self.head.size or 0
        if len(data) < head or (self.total is not None and len(data) != self.total):
            return None
        tag = self.head.members[0].wire
        assert isinstance(tag, Int)
        member = self.cases.get(tag.reader(order)(data, 0))
        return member if member and len(data) >= head + (member.wire.size or 0) else None

    def _parse(self, stream: BinaryIO, context: Any, path: str) -> Value:
        data = bytes(stream_read(stream, remaining(stream), path))
        order = byte_order(context)
        member = self.case(data, order)
        if member is None:
            return data
        head = self.head.size or 0
        end = head + (member.wire.size or 0)
        value: dict[str, Value] = self.head.parse(data[:head], byteorder=order)
        value[member.name] = member.wire.parse(data[head:end], byteorder=order)
        padding = data[end:]
        if any(padding) or (padding and self.total is None):
            value[self.rest.name] = padding
        return value

    def _build(self, obj: Value, stream: BinaryIO, context: Any, path: str) -> Value:
        order = byte_order(context)
        if isinstance(obj, bytes):
            data = obj
        else:
            names = {m.name: m for m in self.cases.values()}
            name = next((key for key in obj if key in names), None)
            if name is None:
                raise MalformedError(f"one of {sorted(names)} expected", path)
            head = {key: value for key, value in obj.items() if key not in (name, self.rest.name)}
            data = self.head.build(head, byteorder=order) + names[name].wire.build(obj[name], byteorder=order)
            data += obj.get(self.rest.name, b"")
            data = data.ljust(self.total or 0, b"\0")
        stream_write(stream, data, len(data), path)
        return obj
