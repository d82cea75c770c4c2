"""Columns in Arrow's terms: their types, and arrays made from a pass's buffers or from Python values."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import ip_address
from itertools import accumulate
from typing import Any, Final

import pyarrow as pa

from ovsdissect.columns.names import VERSION, Column

WORDS: Final = pa.dictionary(pa.int32(), pa.string())
OCTETS: Final = {"mac": 6, "ipv4": 4, "ipv6": 16}
_PLAIN: Final = {
    "bool": pa.bool_(),
    "text": pa.string(),
    "json": pa.string(),
    "bytes": pa.binary(),
    "enum": WORDS,
    "flags": pa.list_(pa.string()),
    "time": pa.timestamp("ns", tz="UTC"),
}


def type_of(column: Column, *, binary: bool = False) -> pa.DataType:
    """Return the type of a column. binary: addresses as bytes of fixed size instead of text."""
    if binary and column.address:
        return pa.binary(OCTETS[column.address])
    if column.type.startswith("list<"):
        return pa.list_(getattr(pa, column.type[5:-1])())
    return _PLAIN.get(column.type) or getattr(pa, column.type)()


def schema_of(columns: Iterable[Column], *, binary: bool = False) -> pa.Schema:
    """Return the schema of some columns; it carries the version of the tables."""
    fields = [pa.field(column.name, type_of(column, binary=binary), metadata={"doc": column.doc}) for column in columns]
    return pa.schema(fields, metadata={"ovsdissect": str(VERSION)})


def octets(sort: str, text: str) -> bytes:
    """Return an address as bytes."""
    return bytes.fromhex(text.replace(":", "")) if sort == "mac" else ip_address(text).packed


_LETTERS: Final = {
    pa.int8(): "b",
    pa.uint8(): "B",
    pa.int16(): "h",
    pa.uint16(): "H",
    pa.int32(): "i",
    pa.uint32(): "I",
    pa.int64(): "q",
    pa.uint64(): "Q",
    pa.float64(): "d",
    _PLAIN["time"]: "q",
}


class Words:
    """The words of an enumeration's column, in the same order for all its batches: new ones are appended."""

    def __init__(self, words: Iterable[str]) -> None:
        self._places = {word: place for place, word in enumerate(dict.fromkeys(words))}
        self._array: pa.Array | None = None

    def place(self, word: str | None) -> int | None:
        """Return the index of a word."""
        if word is None:
            return None
        place = self._places.get(word)
        if place is None:
            place = self._places[word] = len(self._places)
            self._array = None
        return place

    def places(self, words: Sequence[str | None]) -> pa.Array:
        """Return the indexes of words."""
        return array_of([self.place(word) for word in words], pa.int32())

    def array(self, places: pa.Array) -> pa.Array:
        """Return a column of words from their indexes."""
        if self._array is None:
            self._array = array_of(list(self._places), pa.string())
        return pa.DictionaryArray.from_arrays(places, self._array)


@lru_cache(maxsize=256)
def nulls(type_: pa.DataType, rows: int) -> pa.Array:
    """Return a column of a type without any value."""
    return pa.nulls(rows, type_)


_EMPTY: Final = pa.allocate_buffer(0)


def buffer(data: bytes | bytearray | array[Any]) -> pa.Buffer:
    """Return memory for Arrow; an empty buffer also gets an address that Arrow accepts."""
    return pa.py_buffer(data) if data else _EMPTY


def array_of(values: Sequence[Any], type_: pa.DataType) -> pa.Array:
    """Return an array of Python values: text, numbers, booleans and lists of these.

    pyarrow.array() does the same, but first loads pandas if it is installed, which takes longer than everything else.
    """
    count = len(values)
    missing = [value is None for value in values]
    bits = _bits([not one for one in missing]) if any(missing) else None
    if pa.types.is_list(type_):
        there = [value or () for value in values]
        ends = array("i", accumulate(map(len, there), initial=0))
        items = array_of([item for value in there for item in value], type_.value_type)
        return pa.Array.from_buffers(type_, count, [bits, buffer(ends)], children=[items])
    if type_ in (pa.string(), pa.binary()):
        data = [b"" if value is None else value.encode() if isinstance(value, str) else value for value in values]
        ends = array("i", accumulate(map(len, data), initial=0))
        return pa.Array.from_buffers(type_, count, [bits, buffer(ends), buffer(b"".join(data))])
    if pa.types.is_fixed_size_binary(type_):
        empty = bytes(type_.byte_width)
        return pa.Array.from_buffers(type_, count, [bits, buffer(b"".join(empty if value is None else value for value in values))])
    if type_ == pa.bool_():
        return pa.Array.from_buffers(type_, count, [bits, _bits(values)])
    numbers = array(_LETTERS[type_], [0 if value is None else value for value in values])
    return pa.Array.from_buffers(type_, count, [bits, buffer(numbers)])


def _bits(truths: Sequence[Any]) -> pa.Buffer:
    """Return booleans as bits, the first one lowest."""
    made = bytearray((len(truths) + 7) // 8)
    for place, one in enumerate(truths):
        if one:
            made[place >> 3] |= 1 << (place & 7)
    return buffer(made)


def interleaved(of_engine: pa.Array, of_tree: pa.Array, places: pa.Array) -> pa.Array:
    """Return rows of both readers in the capture's order. places: each row's index among the engine's rows followed by the tree's."""
    return pa.concat_arrays([of_engine, of_tree]).take(places)


def storage(type_: pa.DataType) -> pa.DataType:
    """Return the type in which rows are collected: for words, their indexes."""
    return pa.int32() if type_ == WORDS else type_
