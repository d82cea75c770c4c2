"""What all wire types have in common: each is a Construct that also has a kind, a size, a code and a value."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cached_property
from typing import Any, BinaryIO, ClassVar

from construct import Construct, StreamError, stream_read, stream_size, stream_tell, stream_write

from ovsdissect.byteorder import ByteOrder

Raw = Any
Value = Any
Reader = Callable[[bytes, int], Raw]

PREFIX: dict[ByteOrder, str] = {"little": "<", "big": ">"}


class MalformedError(StreamError):
    """Bytes that do not form the declared value; raised only by Construct's own parse and build."""


def byte_order(context: Any) -> ByteOrder:
    """Return the byte order that the caller of parse() or build() passed as a keyword; little by default."""
    order: ByteOrder = (context.get("_params") or context).get("byteorder", "little")
    return order


def remaining(stream: BinaryIO) -> int:
    """Return the number of bytes from the stream's position to its end."""
    return int(stream_size(stream)) - int(stream_tell(stream, None))


class Wire(Construct):
    """The base of every wire type.

    kind: the kind of its value, to which JSON, text and literals of the filter refer.
    size: exact size in bytes, None if the payload's own length decides.
    code: the struct letters that unpack it, preceded by ">" for network byte order; "" if there are none.
    atomic: whether these letters unpack to a single value, the raw one.
    """

    kind: str = "bytes"
    size: int | None = None
    code: str = ""
    atomic: ClassVar[bool] = False

    def value(self, raw: Raw) -> Value:
        """Return the Python value of an unpacked one: a pure function, JSON's own types except for bytes."""
        return raw

    @cached_property
    def form(self) -> Callable[[Raw], Value] | None:
        """A function from a raw value to the value, None if they are the same."""
        return None if type(self).value is Wire.value else self.value

    def unvalue(self, value: Value) -> Raw:
        """Return the raw value of a value: the inverse of value()."""
        return value

    def layout(self, order: ByteOrder) -> struct.Struct:
        """Return the struct that unpacks this type in the given byte order."""
        return struct.Struct(self.code if self.code.startswith(">") else PREFIX[order] + self.code)

    def reader(self, order: ByteOrder) -> Reader:
        """Return a function (buffer, offset) -> raw for the given byte order; only for types with a size."""
        unpack = self.layout(order).unpack_from
        return (lambda data, offset: unpack(data, offset)[0]) if self.atomic else unpack

    @cached_property
    def readers(self) -> dict[ByteOrder, Reader]:
        """The readers for both byte orders, made once."""
        return {order: self.reader(order) for order in PREFIX}

    def packed(self, raw: Raw, order: ByteOrder) -> bytes:
        """Return the bytes of a raw value."""
        return self.layout(order).pack(*(raw if isinstance(raw, tuple) else (raw,)))

    def _parse(self, stream: BinaryIO, context: Any, path: str) -> Value:
        data = stream_read(stream, self.size, path)
        return self.value(self.readers[byte_order(context)](data, 0))

    def _build(self, obj: Value, stream: BinaryIO, context: Any, path: str) -> Value:
        try:
            data = self.packed(self.unvalue(obj), byte_order(context))
        except (struct.error, ValueError, TypeError, OSError, KeyError) as error:
            raise MalformedError(f"{self.name or type(self).__name__}: cannot build {obj!r}: {error}", path) from error
        stream_write(stream, data, len(data), path)
        return obj

    def _sizeof(self, context: Any, path: str) -> int:
        return int(self.size or 0)
