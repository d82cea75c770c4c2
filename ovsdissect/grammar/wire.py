"""Wire types: how the bytes of one value are parsed and built.

Each is a Construct plus four properties (kind, size, code, value) and knows nothing of attributes, families or output.

Host order is the capturing host's. A declaration is written once for both orders; the order is a parameter of parsing and building:
`KEY.parse(data, byteorder="big")`. Network-order types (the ones whose code starts with ">") are not affected.

`raw` below is the result of unpacking the bytes (an integer, bytes, a tuple of integers); `value` is the Python value that JSON and users
see.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, BinaryIO

from construct import StreamError, stream_read, stream_write

from ovsdissect.byteorder import ByteOrder
from ovsdissect.grammar.address import OCTETS, ipv6_bytes, ipv6_text
from ovsdissect.grammar.base import (
    PREFIX as PREFIX,
)
from ovsdissect.grammar.base import (
    MalformedError as MalformedError,
)
from ovsdissect.grammar.base import (
    Raw as Raw,
)
from ovsdissect.grammar.base import (
    Reader as Reader,
)
from ovsdissect.grammar.base import (
    Value as Value,
)
from ovsdissect.grammar.base import (
    Wire as Wire,
)
from ovsdissect.grammar.base import (
    byte_order as byte_order,
)
from ovsdissect.grammar.base import (
    remaining as remaining,
)
from ovsdissect.problem import counted


class Int(Wire):
    """An integer; `code` is its struct letter. `names` are words for some of its values: shown beside the number, never instead of it."""

    kind = "uint"
    atomic = True

    def __init__(self, code: str, names: Mapping[int, str] | None = None) -> None:
        super().__init__()
        self.code = code
        self.size = struct.calcsize(code if code.startswith(">") else "=" + code)
        self.names = dict(names or {})
        self.signed = code[-1].islower()
        if self.signed:
            self.kind = "int"


class Hex(Int):
    """An unsigned integer that identifies something (a tunnel id, a hash): its value is a hex string."""

    kind = "id"

    def value(self, raw: Raw) -> str:
        return f"0x{raw:x}"

    def unvalue(self, value: str | int) -> int:
        return int(value, 16) if isinstance(value, str) else value


class Label(Hex):
    """A 128-bit integer in host order (ct_labels): OVS reads the 16 bytes as one ovs_u128."""

    atomic = False

    def __init__(self) -> None:
        Wire.__init__(self)
        self.code, self.size, self.names, self.signed = "16s", 16, {}, False

    def reader(self, order: ByteOrder) -> Reader:
        return lambda data, offset: int.from_bytes(data[offset : offset + 16], order)

    def packed(self, raw: int, order: ByteOrder) -> bytes:
        return raw.to_bytes(16, order)


class Enum(Int):
    """An integer whose value is its name, or its number as text; `closed`: the kernel refuses numbers without a name."""

    kind = "enum"

    def __init__(self, code: str, names: Mapping[int, str], *, closed: bool = False) -> None:
        super().__init__(code, names)
        self.kind = "enum"
        self.numbers = {name: number for number, name in names.items()}
        self.closed = closed

    def value(self, raw: Raw) -> str:
        name = self.names.get(raw)
        return str(raw) if name is None else name

    def unvalue(self, value: str | int) -> int:
        if isinstance(value, int):
            return value
        number = self.numbers.get(value)
        return int(value) if number is None else number


class Flags(Int):
    """An integer of single-bit flags: its value is the list of their names, lowest bit first; an unknown bit is "0x.."."""

    kind = "flags"

    def __init__(self, code: str, names: Mapping[int, str]) -> None:
        super().__init__(code, names)
        self.kind = "flags"
        self.numbers = {name: bit for bit, name in names.items()}

    def value(self, raw: Raw) -> list[str]:
        names = []
        while raw:
            bit = raw & -raw
            names.append(self.names.get(bit) or f"0x{bit:x}")
            raw ^= bit
        return names

    def unvalue(self, value: Sequence[str] | int) -> int:
        if isinstance(value, int):
            return value
        raw = 0
        for name in value:
            raw |= self.numbers[name] if name in self.numbers else int(name, 16)
        return raw


class Part:
    """One slice of the bits of an integer: its lowest bit, its width, and the form of its value (uint, bool, id)."""

    __slots__ = ("doc", "kind", "mask", "name", "shift", "width")

    def __init__(self, name: str, shift: int, width: int, kind: str = "uint", doc: str = "") -> None:
        self.name, self.shift, self.width, self.kind, self.doc = name, shift, width, kind, doc
        self.mask = (1 << width) - 1

    def of(self, raw: int) -> Value:
        """Return this slice's value."""
        part = raw >> self.shift & self.mask
        return part if self.kind == "uint" else bool(part) if self.kind == "bool" else f"0x{part:x}"


class Bits(Int):
    """An integer divided into named slices: its value is a dictionary.

    Bits without a name appear under "reserved", if any is set.
    """

    kind = "bits"

    def __init__(self, code: str, *parts: Part) -> None:
        super().__init__(code)
        self.kind = "bits"
        self.parts = parts
        self.reserved = (1 << 8 * (self.size or 0)) - 1
        for part in parts:
            self.reserved &= ~(part.mask << part.shift)

    def value(self, raw: Raw) -> dict[str, Value]:
        value = {part.name: part.of(raw) for part in self.parts}
        if raw & self.reserved:
            value["reserved"] = f"0x{raw & self.reserved:x}"
        return value

    def unvalue(self, value: Mapping[str, Value] | int) -> int:
        if isinstance(value, int):
            return value
        raw = int(value.get("reserved", "0"), 16)
        for part in self.parts:
            number = value.get(part.name, 0)
            raw |= (int(number, 16) if isinstance(number, str) else int(number)) << part.shift
        return raw


class Octets(Wire):
    """A value of a fixed number of bytes, with a text form of its own (addresses, UUIDs) or without (bytes)."""

    atomic = True

    def __init__(self, kind: str, size: int, value: Callable[[bytes], Value] = bytes, unvalue: Callable[[Value], bytes] = bytes) -> None:
        super().__init__()
        self.kind, self.size, self.code = kind, size, f"{size}s"
        self.to_value, self.to_raw = value, unvalue

    def value(self, raw: Raw) -> Value:
        return self.to_value(raw)

    @cached_property
    def form(self) -> Callable[[Raw], Value]:
        return self.to_value

    def unvalue(self, value: Value) -> bytes:
        raw = self.to_raw(value)
        if len(raw) != self.size:
            raise ValueError(f"{self.size} bytes expected")
        return raw


class Words(Wire):
    """A UUID of four 32-bit words in host order, as OVS prints a ufid (odp_format_ufid)."""

    kind = "uuid"
    size = 16
    code = "4I"

    def value(self, raw: Raw) -> str:
        text = "{:08x}{:08x}{:08x}{:08x}".format(*raw)
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

    def unvalue(self, value: str) -> tuple[int, ...]:
        text = value.replace("-", "")
        return tuple(int(text[i : i + 8], 16) for i in range(0, 32, 8))


class Bytes(Wire):
    """All the bytes of the payload, uninterpreted."""

    def _parse(self, stream: BinaryIO, context: Any, path: str) -> bytes:
        return bytes(stream_read(stream, remaining(stream), path))

    def packed(self, raw: bytes, order: ByteOrder) -> bytes:
        return bytes(raw)


class Packet(Bytes):
    """The bytes of a network packet."""

    kind = "packet"


class Align(Bytes):
    """The empty attribute that nla_put_64bit() puts before a 64-bit one if the machine cannot read it unaligned: no value."""

    kind = "pad"


class Text(Wire):
    """A NUL-terminated string, as nla_put_string() writes it. `limit` is the kernel's own, including the NUL (IFNAMSIZ 16)."""

    kind = "text"

    def value(self, raw: Raw) -> str:
        return bytes(raw).split(b"\0", 1)[0].decode("utf-8", "backslashreplace")

    def unvalue(self, value: str) -> bytes:
        return value.encode() + b"\0"

    def packed(self, raw: bytes, order: ByteOrder) -> bytes:
        return bytes(raw)

    def fault(self, raw: bytes) -> tuple[int, str] | None:
        """Return where and why the bytes are not a plain string: (offset into them, sentence); None if they are."""
        end = raw.find(b"\0")
        if end < 0:
            return len(raw), "text without a terminating NUL"
        if end + 1 < len(raw):
            return end + 1, f"{counted(len(raw) - end - 1, 'byte')} after the terminating NUL"
        return None

    def _parse(self, stream: BinaryIO, context: Any, path: str) -> str:
        raw = bytes(stream_read(stream, remaining(stream), path))
        fault = self.fault(raw)
        if fault or self.unvalue(self.value(raw)) != raw:
            raise MalformedError(fault[1] if fault else "text that is not UTF-8", path)
        return self.value(raw)


class Flag(Wire):
    """An attribute whose presence is its meaning: no payload; its value is True."""

    kind = "flag"
    size = 0

    def value(self, raw: Raw) -> bool:
        return True

    def reader(self, order: ByteOrder) -> Reader:
        return lambda data, offset: True

    def packed(self, raw: bool, order: ByteOrder) -> bytes:
        if raw is not True:
            raise ValueError("a flag attribute is there (True) or not there")
        return b""


class Pad(Wire):
    """The C compiler's padding at the end of a struct, which is on the wire: no value, kept only if it is not zero."""

    kind = "pad"
    atomic = True

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size, self.code = size, f"{size}s"


class Sized(Wire):
    """A value whose type depends on its length (an address of 4 or 16 bytes); `other` for all other lengths."""

    kind = "sized"

    def __init__(self, cases: Iterable[Wire], other: Wire | None = None) -> None:
        super().__init__()
        self.cases = {wire.size: wire for wire in cases}
        self.other = other

    def of(self, length: int) -> Wire | None:
        """Return the type for a payload of this length; None if there is none."""
        return self.cases.get(length, self.other)

    def _parse(self, stream: BinaryIO, context: Any, path: str) -> Value:
        wire = self.of(remaining(stream))
        if wire is None:
            raise MalformedError(f"no value has {counted(remaining(stream), 'byte')} here", path)
        return wire._parse(stream, context, path)

    def _build(self, obj: Value, stream: BinaryIO, context: Any, path: str) -> Value:
        wires = [*self.cases.values(), *([self.other] if self.other else [])]
        for wire in wires:
            try:
                data = wire.build(obj, byteorder=byte_order(context))
            except StreamError:
                continue
            stream_write(stream, data, len(data), path)
            return obj
        raise MalformedError(f"no type of {[wire.kind for wire in wires]} takes {obj!r}", path)


def ipv4_text(raw: bytes) -> str:
    """Return the dotted form of 4 bytes."""
    a, b, c, d = raw
    return f"{OCTETS[a]}.{OCTETS[b]}.{OCTETS[c]}.{OCTETS[d]}"


def _uuid_text(raw: bytes) -> str:
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


U8, U16, U32, U64 = Int("B"), Int("H"), Int("I"), Int("Q")
S32, S64 = Int("i"), Int("q")
BE16, BE32, BE64 = Int(">H"), Int(">I"), Int(">Q")
HEX32, HEX64, HEX_BE32, HEX_BE64 = Hex("I"), Hex("Q"), Hex(">I"), Hex(">Q")
LABEL = Label()
IPV4 = Octets("ipv4", 4, ipv4_text, lambda s: bytes(map(int, s.split("."))))
IPV6 = Octets("ipv6", 16, ipv6_text, ipv6_bytes)
MAC = Octets("mac", 6, lambda b: b.hex(":"), lambda s: bytes.fromhex(s.replace(":", "")))
UUID = Octets("uuid", 16, _uuid_text, lambda s: bytes.fromhex(s.replace("-", "")))
UFID = Words()
BYTES = Bytes()
PACKET = Packet()
ALIGN = Align()
TEXT = Text()
FLAG = Flag()
