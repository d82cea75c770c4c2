"""Rows of the compiled engine as Arrow arrays: whole columns at a time, nothing for each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from ovsdissect.columns.arrow import OCTETS, WORDS, Nulls, Words, mapped, storage, type_of
from ovsdissect.columns.names import Column
from ovsdissect.dissect.message import flag_names
from ovsdissect.engine import columncodes as c
from ovsdissect.engine import fieldcodes as f
from ovsdissect.engine.codes import ANSWER, BARE
from ovsdissect.engine.column_tables import Column as Head
from ovsdissect.engine.field_tables import Field, FieldTables
from ovsdissect.engine.fieldcolumns import FieldColumns
from ovsdissect.engine.tables import Tables
from ovsdissect.families import FAMILIES
from ovsdissect.grammar.wire import Packet
from ovsdissect.netlink import errno
from ovsdissect.netlink.headers import NETLINK_GENERIC, NLM_F_REQUEST, NLMSG_ERROR, PROTOCOLS

# what of the headers a column needs
HEADS: Final[Mapping[str, tuple[int, ...]]] = {
    "interface": (c.OF_INTERFACE,),
    "kind": (c.OF_KIND, c.OF_TYPE, c.OF_ERROR),
    "number": (c.OF_NUMBER,),
    "record": (c.OF_RECORD,),
    "index": (c.OF_PLACE,),
    "time": (c.OF_TIME,),
    "time_ns": (c.OF_TIME,),
    "direction": (c.OF_FLAGS,),
    "nlmsg.len": (c.OF_LENGTH,),
    "nlmsg.type": (c.OF_TYPE,),
    "nlmsg.flags": (c.OF_FLAGS, c.OF_KIND),
    "nlmsg.seq": (c.OF_SEQUENCE,),
    "nlmsg.pid": (c.OF_PORTID,),
    "family": (c.OF_KIND, c.OF_REQUESTED_FAMILY),
    "cmd": (c.OF_KIND, c.OF_REQUESTED),
    "version": (c.OF_VERSION,),
    "dp_ifindex": (c.OF_DATAPATH,),
    "protocol": (c.OF_PROTOCOL,),
    "error.number": (c.OF_ERROR,),
    "error.name": (c.OF_ERROR,),
    "error.text": (c.OF_ERROR,),
    "request.number": (c.OF_REQUEST,),
    "request.family": (c.OF_REQUESTED_FAMILY,),
    "request.cmd": (c.OF_REQUESTED,),
}
OF_REPLIES: Final = ("request.number", "request.family", "request.cmd")  # what replies have too
OTHERS: Final = {"family": f.FAMILY_NAME, "request.attrs": f.REQUEST_ATTRS}


class Native:
    """The columns that are asked for, as tables of the engine, and how arrays are made of what it fills.

    words: the words of the columns of enumerations.
    """

    def __init__(self, made: Tables, columns: Sequence[Column], words: Mapping[str, Words], *, binary: bool) -> None:
        self._columns, self._words, self._binary = columns, words, binary
        self._nulls = Nulls()
        self._declared = made.declared
        self._types = [type_of(column, binary=binary) for column in columns]
        codes = dict.fromkeys((c.OF_NUMBER, *(code for column in columns for code in HEADS.get(column.name, ()))))
        self._head = {code: place for place, code in enumerate(codes)}
        self._own: dict[str, int] = {}
        fields: list[Field] = []
        others: dict[int, int] = {}
        for column in columns:
            if column.name in OTHERS:
                others[OTHERS[column.name]] = self._own[column.name] = len(self._own)
            elif column.places:
                self._own[column.name] = len(self._own)
                fields += [self._field(column, family, path) for family, path in column.places]
        heads = [Head(place, code) for code, place in self._head.items()]
        self.tables = FieldTables(made, heads, fields, others)
        # what errors, acknowledgements and ends of dumps answer is read anyway
        self.tables.heads.asks_requests = any(column.name in OF_REPLIES for column in columns)
        self._families = [family.name for family in FAMILIES.values()]

    def _field(self, column: Column, family: str, path: tuple[str, ...]) -> Field:
        place, part = self._own[column.name], column.part
        if part is not None:
            what = f.SLICE if part.kind != "id" else f.SLICE
            above = (*path[:-1], column.member) if column.member else path[:-1]
            return Field(place, family, above, what, part.shift, part.width)
        if isinstance(column.wire, Packet):
            return Field(place, family, path[:-1], f.LENGTH if path[-1] == "length" else f.DIGITS)
        if column.type == "json" or column.type.startswith("list<"):
            return Field(place, family, path, f.OBJECT)
        if column.type == "bool":
            return Field(place, family, path, f.THERE)
        if column.type == "text":
            return Field(place, family, path, f.OCTETS if self._binary and column.address else f.SPELLED)
        return Field(place, family, path, f.NUMBER)

    def arrays(self, filled: FieldColumns, capture: str) -> list[pa.Array]:
        """The arrays of all columns, of words their places."""
        rows = Rows(filled, self._head)
        return [self._array(column, type_, rows, capture) for column, type_ in zip(self._columns, self._types, strict=True)]

    def _array(self, column: Column, type_: pa.DataType, rows: Rows, capture: str) -> pa.Array:
        if column.name in HEADS:
            return self._header(column, type_, rows)
        if column.name == "capture":
            return pa.repeat(pa.scalar(self._words["capture"].place(capture), pa.int32()), rows.count)
        own = self._own.get(column.name)
        if own is None or not rows.filled[own]:
            return self._nulls.of(storage(type_), rows.count)
        part = column.part
        if part is not None and part.kind == "id":
            return mapped(rows.numbers(own), lambda value: f"0x{value & (1 << 64) - 1:x}", type_)
        if column.type in ("text", "json"):
            return rows.texts(own, type_)
        if column.type.startswith("list<"):
            values = rows.texts(own, pa.string()).to_pylist()
            return pa.array([None if value is None else orjson.loads(value) for value in values], type_)
        numbers = rows.numbers(own)
        if column.type in ("enum", "flags"):
            return self._named(column, numbers, type_)
        return narrowed(numbers, type_)

    def _named(self, column: Column, numbers: pa.Array, type_: pa.DataType) -> pa.Array:
        """Enumerations and flags by their names."""
        wire = column.wire
        assert wire is not None
        if column.type == "flags":
            return mapped(numbers, wire.value, type_)
        words = self._words[column.name]
        return mapped(numbers, lambda value: words.place(str(wire.value(value))), pa.int32())

    def _header(self, column: Column, type_: pa.DataType, rows: Rows) -> pa.Array:
        name = column.name
        words = self._words.get(name)
        if name == "kind":
            assert words is not None
            return self._kinds(rows, words)
        if name == "family":
            assert words is not None
            return self._family(rows, words)
        if name in ("cmd", "request.cmd"):
            assert words is not None
            commands = [None if command is None else words.place(command) for command in (cmd.name for _, cmd in self._declared)]
            requested = looked_up(rows.head(c.OF_REQUESTED), commands)
            return requested if name == "request.cmd" else rows.either(looked_up(rows.head(c.OF_KIND), commands), requested)
        if name == "request.family":
            assert words is not None
            return looked_up(rows.head(c.OF_REQUESTED_FAMILY), [words.place(family) for family in self._families])
        if name == "nlmsg.flags":
            return self._flags(rows, type_)
        numbers = rows.head(HEADS[name][0])
        if words is None:
            return narrowed(numbers, type_)
        spelled = {
            "direction": lambda value: "to-kernel" if value & NLM_F_REQUEST else "to-user",
            "protocol": lambda value: None if value == NETLINK_GENERIC else str(PROTOCOLS.get(value, value)),
            "error.name": lambda value: errno.name(-value) if value else None,
            "error.text": lambda value: errno.text(-value) if value else None,
        }[name]
        return mapped(numbers, lambda value: words.place(spelled(value)), pa.int32())

    def _kinds(self, rows: Rows, words: Words) -> pa.Array:
        message, error, ack, done = (pa.scalar(words.place(word), pa.int32()) for word in ("message", "error", "ack", "done"))
        if not rows.has_answers:
            return pa.repeat(message, rows.count)
        failed = pc.if_else(pc.fill_null(pc.equal(rows.head(c.OF_ERROR), 0), False), ack, error)
        answer = pc.if_else(pc.equal(rows.head(c.OF_TYPE), NLMSG_ERROR), failed, done)
        return pc.if_else(rows.answers, answer, message)

    def _family(self, rows: Rows, words: Words) -> pa.Array:
        own = looked_up(rows.head(c.OF_KIND), [words.place(family.name) for family, _ in self._declared])
        asked = looked_up(rows.head(c.OF_REQUESTED_FAMILY), [words.place(family) for family in self._families])
        made = rows.either(own, asked)
        place = self._own["family"]
        if rows.filled[place]:
            names = rows.texts(place, pa.string()).dictionary_encode()
            of_name = words.places(names.dictionary.to_pylist())
            made = pc.coalesce(made, of_name.take(names.indices))
        return made

    def _flags(self, rows: Rows, type_: pa.DataType) -> pa.Array:
        """Flags of a header: which words they have depends on what the message is."""
        both = pc.add(pc.multiply(rows.head(c.OF_KIND), 1 << 16), rows.head(c.OF_FLAGS))

        def named(value: int) -> list[str]:
            kind, flags = value >> 16, value & 0xFFFF
            if kind == ANSWER:
                return flag_names("ack", flags)
            return flag_names(self._declared[kind][1].verb if kind >= 0 and flags & NLM_F_REQUEST else "", flags)

        return mapped(both, named, type_)


class Rows:
    """What the engine has filled, as arrays of 64-bit numbers and of texts."""

    def __init__(self, filled: FieldColumns, heads: Mapping[int, int]) -> None:
        self._fields, self._places = filled, heads
        self.count: int = filled.heads.rows
        self.filled = filled.filled
        self._made: dict[int, pa.Array] = {}
        self._values, self._valid = memoryview(filled.values), memoryview(filled.valid)
        self._head_values, self._head_valid = memoryview(filled.heads.values), memoryview(filled.heads.valid)

    def head(self, code: int) -> pa.Array:
        """A column of the headers."""
        if code not in self._made:
            first = self._places[code] * self._fields.heads.capacity
            last = first + self.count
            self._made[code] = _numbers(self._head_values[first:last], self._head_valid[first:last], self.count)
        return self._made[code]

    @cached_property
    def answers(self) -> pa.Array:
        """Which rows are errors, acknowledgements and ends of dumps."""
        return pc.fill_null(pc.equal(self.head(c.OF_KIND), ANSWER), False)

    @cached_property
    def has_answers(self) -> bool:
        """Whether there are any."""
        return bool(pc.any(self.answers).as_py())

    def either(self, own: pa.Array, asked: pa.Array) -> pa.Array:
        """What a message says itself; of an answer what it answers says."""
        return pc.if_else(self.answers, asked, own) if self.has_answers else own

    def numbers(self, column: int) -> pa.Array:
        """A column of the attributes."""
        first = column * self._fields.step
        last = first + self.count
        return _numbers(self._values[first:last], self._valid[first:last], self.count, self.filled[column] == self.count)

    def texts(self, column: int, type_: pa.DataType) -> pa.Array:
        """A column of texts, or of bytes of fixed size."""
        first = column * self._fields.step
        offsets, data = self._fields.texts(column)
        bits = None if self.filled[column] == self.count else _bits(self._valid[first : first + self.count], self.count)
        if pa.types.is_fixed_size_binary(type_):
            loose = pa.Array.from_buffers(pa.binary(), self.count, [bits, pa.py_buffer(offsets), pa.py_buffer(data)])
            return loose.cast(type_)
        return pa.Array.from_buffers(type_, self.count, [bits, pa.py_buffer(offsets), pa.py_buffer(data)])


def _bits(valid: memoryview, count: int) -> pa.Buffer:
    """Which rows have a value, as a bit each."""
    return pa.Array.from_buffers(pa.uint8(), count, [None, pa.py_buffer(valid)]).cast(pa.bool_()).buffers()[1]


def _numbers(values: memoryview, valid: memoryview, count: int, everywhere: bool = False) -> pa.Array:
    """Numbers in two's complement, which last as long as the buffers are not filled anew."""
    return pa.Array.from_buffers(pa.int64(), count, [None if everywhere else _bits(valid, count), pa.py_buffer(values)])


def narrowed(numbers: pa.Array, type_: pa.DataType) -> pa.Array:
    """Numbers in another type, in memory of their own."""
    if type_ in (pa.int64(), pa.uint64()) or pa.types.is_timestamp(type_):
        bits, values = numbers.buffers()
        return pa.Array.from_buffers(type_, len(numbers), [bits, pa.py_buffer(values.to_pybytes())])
    return numbers.cast(type_, safe=False)


def looked_up(numbers: pa.Array, values: Sequence[int | None]) -> pa.Array:
    """The elements of a short list at some places; null where a place is none of it."""
    there = pc.and_(pc.greater_equal(numbers, 0), pc.less(numbers, len(values)))
    return pa.array(values, pa.int32()).take(pc.if_else(there, numbers, None))
