"""Turns rows of the compiled engine into Arrow arrays, a whole column at a time, without work per row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import pyarrow as pa

from ovsdissect.capture import Interface
from ovsdissect.columns.arrow import Words, array_of, buffer, nulls, storage, type_of
from ovsdissect.columns.names import Column
from ovsdissect.dissect.message import flag_names
from ovsdissect.engine import columncodes as c
from ovsdissect.engine import fieldcodes as f
from ovsdissect.engine.codes import ANSWER
from ovsdissect.engine.column_tables import Column as Head
from ovsdissect.engine.field_tables import Field, FieldTables
from ovsdissect.engine.fieldcolumns import FieldColumns
from ovsdissect.engine.packing import Codes, Lists, Packing
from ovsdissect.engine.tables import Tables
from ovsdissect.families import FAMILIES
from ovsdissect.grammar.wire import Packet
from ovsdissect.netlink import errno
from ovsdissect.netlink.headers import NETLINK_GENERIC, NLM_F_REQUEST, PROTOCOLS

# the columns of headers, in the engine's terms
HEADS: Final[Mapping[str, int]] = {
    "interface": c.OF_INTERFACE,
    "interface_name": c.OF_INTERFACE,
    "number": c.OF_NUMBER,
    "record": c.OF_RECORD,
    "index": c.OF_PLACE,
    "time": c.OF_TIME,
    "time_ns": c.OF_TIME,
    "direction": c.OF_FLAGS,
    "nlmsg.len": c.OF_LENGTH,
    "nlmsg.type": c.OF_TYPE,
    "nlmsg.seq": c.OF_SEQUENCE,
    "nlmsg.pid": c.OF_PORTID,
    "version": c.OF_VERSION,
    "dp_ifindex": c.OF_DATAPATH,
    "protocol": c.OF_PROTOCOL,
    "error.number": c.OF_ERROR,
    "error.name": c.OF_ERROR,
    "error.text": c.OF_ERROR,
    "request.number": c.OF_REQUEST,
    "request.family": c.OF_REQUESTED_FAMILY,
    "request.cmd": c.OF_REQUESTED,
}
OF_REPLIES: Final = ("request.number", "request.family", "request.cmd")  # columns that replies have too
# columns that the back end for fields makes from headers
OTHERS: Final[Mapping[str, int]] = {
    "kind": f.SORT,
    "family": f.ABOUT_FAMILY,
    "cmd": f.ABOUT_COMMAND,
    "nlmsg.flags": f.KIND_AND_FLAGS,
    "request.attrs": f.REQUEST_ATTRS,
    "datapath": f.DATAPATH_NAME,
    "port": f.PORT_NAME,
}
# of families that are not decoded
NAMES: Final[Mapping[str, int]] = {"family": f.FAMILY_NAME, "request.family": f.REQUEST_FAMILY_NAME}
_KINDS: Final = ("message", "error", "ack", "done")


class _Made(NamedTuple):
    """A column as the engine fills it.

    place: its index among the wanted columns; column, of_head: the engine's. size: bytes of a number.
    """

    place: int
    column: Column
    type: pa.DataType
    own: int
    of_head: bool
    make: Callable[[Rows, _Made], pa.Array]
    size: int = 0


class Rows:
    """The rows that the engine has filled."""

    def __init__(self, filled: FieldColumns) -> None:
        self.fields, self.cells, self.count = filled, filled.cells, filled.heads.rows
        self.heads, self.own = Packing(filled.heads.values, filled.heads.valid), Packing(self.cells.values, self.cells.valid)

    def at(self, made: _Made) -> tuple[Packing, int]:
        """Return the numbers of a column, and where they begin."""
        if made.of_head:
            return self.heads, made.own * self.fields.heads.capacity
        return self.own, made.own * self.cells.step

    def bits(self, made: _Made) -> pa.Buffer | None:
        """Return which rows of a column have a value; None: all."""
        if not made.of_head and self.cells.filled[made.own] == self.count:
            return None
        packing, first = self.at(made)
        return buffer(packing.bits(first, self.count))

    def texts(self, made: _Made, type_: pa.DataType) -> pa.Array:
        """Return a column of texts."""
        offsets, data = self.cells.texts(made.own, self.count)
        return pa.Array.from_buffers(type_, self.count, [self.bits(made), buffer(offsets), buffer(data)])


class Native:
    """The wanted columns as tables of the engine, and how arrays are made from what it fills.

    words: the words of enumeration columns. interfaces: returns the known interfaces of the capture.
    """

    def __init__(
        self,
        made: Tables,
        columns: Sequence[Column],
        words: Mapping[str, Words],
        interfaces: Callable[[], Sequence[Interface]],
        *,
        binary: bool,
    ) -> None:
        self._interfaces = interfaces
        self._words, self._binary, self._declared = words, binary, made.declared
        types = [type_of(column, binary=binary) for column in columns]
        self._storage = list(dict.fromkeys(map(storage, types)))
        self._kinds = [self._storage.index(storage(type_)) for type_ in types]
        self._capture: int | None = None
        self._codes: dict[str, Codes] = {}
        self._lists: dict[str, Lists] = {}
        self._undecoded: list[_Made] = []
        self._made: list[_Made] = []
        codes = dict.fromkeys((c.OF_NUMBER, *(HEADS[one.name] for one in columns if one.name in HEADS)))
        heads = {code: place for place, code in enumerate(codes)}
        fields: list[Field] = []
        others: dict[int, int] = {}
        own = 0
        for place, (column, type_) in enumerate(zip(columns, types, strict=True)):
            if column.name in NAMES:
                others[NAMES[column.name]] = own
                self._undecoded.append(_Made(place, column, pa.string(), own, False, Native._text))
                own += 1
            if column.name == "capture":
                self._capture = place
            elif column.name in HEADS:
                self._made.append(self._column(place, column, type_, heads[HEADS[column.name]], of_head=True))
            elif column.name in OTHERS or column.places:
                self._made.append(self._column(place, column, type_, own, of_head=False))
                if column.name in OTHERS:
                    others[OTHERS[column.name]] = own
                else:
                    fields += [self._field(own, column, family, path) for family, path in column.places]
                own += 1
        self.tables = FieldTables(made, [Head(place, code) for code, place in heads.items()], fields, others)
        # the requests of errors, acknowledgements and ends of dumps are read anyway
        self.tables.heads.asks_requests = any(column.name in OF_REPLIES for column in columns)

    def _column(self, place: int, column: Column, type_: pa.DataType, own: int, *, of_head: bool) -> _Made:
        if column.type in ("enum", "flags"):
            self._codes[column.name] = Codes()
            if column.type == "flags":
                self._lists[column.name] = Lists()
            return _Made(place, column, type_, own, of_head, self._enum if column.type == "enum" else self._flags)
        if column.type.startswith("list<"):
            return _Made(place, column, type_, own, of_head, Native._list)
        if column.type in ("text", "json", "bytes"):
            return _Made(place, column, type_, own, of_head, Native._octets if pa.types.is_fixed_size_binary(type_) else Native._text)
        if column.type == "bool":
            return _Made(place, column, type_, own, of_head, Native._truth)
        return _Made(place, column, type_, own, of_head, Native._number, type_.bit_width // 8)

    def _field(self, own: int, column: Column, family: str, path: tuple[str, ...]) -> Field:
        part = column.part
        if part is not None:
            above = (*path[:-1], column.member) if column.member else path[:-1]
            return Field(own, family, above, f.IDENTIFIER if part.kind == "id" else f.SLICE, part.shift, part.width)
        if isinstance(column.wire, Packet):
            return Field(own, family, path[:-1], f.OCTETS if column.type == "bytes" else f.LENGTH)
        if column.type == "json":
            return Field(own, family, path, f.OBJECT)
        if column.type.startswith("list<"):
            return Field(own, family, path, f.ELEMENTS)
        if column.type == "bool":
            return Field(own, family, path, f.THERE)
        if column.type == "text":
            return Field(own, family, path, f.OCTETS if self._binary and column.address else f.SPELLED)
        return Field(own, family, path, f.NUMBER)

    def arrays(self, filled: FieldColumns, capture: str) -> list[pa.Array]:
        """Return the arrays of all columns; words are given by index."""
        rows = Rows(filled)
        empty = [nulls(type_, rows.count) for type_ in self._storage]
        arrays = [empty[kind] for kind in self._kinds]
        for made in self._made:
            if made.of_head or filled.cells.filled[made.own]:
                arrays[made.place] = made.make(rows, made)
        if self._capture is not None:
            place = self._words["capture"].places([capture])
            arrays[self._capture] = pa.repeat(place[0], rows.count)
        for name in self._undecoded:
            if filled.cells.filled[name.own]:
                words, told = self._words[name.column.name], arrays[name.place].to_pylist()
                names = rows.texts(name, pa.string()).to_pylist()
                places = [place if other is None else words.place(other) for place, other in zip(told, names, strict=True)]
                arrays[name.place] = array_of(places, pa.int32())
        return arrays

    @staticmethod
    def _number(rows: Rows, made: _Made) -> pa.Array:
        packing, first = rows.at(made)
        data = packing.numbers(first, rows.count, made.size)
        return pa.Array.from_buffers(made.type, rows.count, [rows.bits(made), buffer(data)])

    @staticmethod
    def _truth(rows: Rows, made: _Made) -> pa.Array:
        packing, first = rows.at(made)
        return pa.Array.from_buffers(made.type, rows.count, [rows.bits(made), buffer(packing.truths(first, rows.count))])

    @staticmethod
    def _text(rows: Rows, made: _Made) -> pa.Array:
        return rows.texts(made, made.type)

    @staticmethod
    def _octets(rows: Rows, made: _Made) -> pa.Array:
        return rows.texts(made, pa.binary()).cast(made.type)

    @staticmethod
    def _list(rows: Rows, made: _Made) -> pa.Array:
        """Return lists of 32-bit numbers, as names.py ensures."""
        offsets, data = rows.cells.texts(made.own, rows.count, 4)
        items = pa.Array.from_buffers(made.type.value_type, len(data) // 4, [None, buffer(data)])
        return pa.Array.from_buffers(made.type, rows.count, [rows.bits(made), buffer(offsets)], children=[items])

    def _coded(self, rows: Rows, made: _Made, place_of: Callable[[int], int | None]) -> tuple[bytearray, bytearray]:
        """Return which rows have words, and the words' indexes. place_of: returns the index for a number that occurs for the first time."""
        packing, first = rows.at(made)
        codes = self._codes[made.column.name]
        for number in codes.unknown(packing, first, rows.count):
            place = place_of(number)
            codes.add(number, -1 if place is None else place)
        return codes.of(packing, first, rows.count)

    def _enum(self, rows: Rows, made: _Made) -> pa.Array:
        words = self._words[made.column.name]
        bits, places = self._coded(rows, made, lambda number: words.place(self._word(made.column, number)))
        return pa.Array.from_buffers(pa.int32(), rows.count, [buffer(bits), buffer(places)])

    def _word(self, column: Column, number: int) -> str | None:
        """Return what a number stands for."""
        name = column.name
        if column.wire is not None:
            return str(column.wire.value(number))
        if name in ("cmd", "request.cmd"):
            return self._declared[number][1].name
        if name in ("family", "request.family"):
            return list(FAMILIES)[number]
        if name == "interface_name":
            known = self._interfaces()
            return (known[number].name or None) if number < len(known) else None
        if name == "kind":
            return _KINDS[number]
        if name == "direction":
            return "to-kernel" if number & NLM_F_REQUEST else "to-user"
        if name == "protocol":
            return None if number == NETLINK_GENERIC else str(PROTOCOLS.get(number, number))
        if not number:
            return None
        return errno.name(-number) if name == "error.name" else errno.text(-number)

    def _flags(self, rows: Rows, made: _Made) -> pa.Array:
        lists = self._lists[made.column.name]
        bits, places = self._coded(rows, made, lambda number: lists.add(self._names(made.column, number)))
        offsets, count, ends, text = lists.of(places, bits, rows.count)
        words = pa.Array.from_buffers(pa.string(), count, [None, buffer(ends), buffer(text)])
        return pa.Array.from_buffers(made.type, rows.count, [buffer(bits), buffer(offsets)], children=[words])

    def _names(self, column: Column, number: int) -> list[str]:
        """Return the names of flags; those of a header depend on the kind of message."""
        if column.wire is not None:
            names: list[str] = column.wire.value(number)
            return names
        kind, flags = number >> 16, number & 0xFFFF
        if kind == ANSWER:
            return flag_names("ack", flags)
        return flag_names(self._declared[kind][1].verb if kind >= 0 and flags & NLM_F_REQUEST else "", flags)
