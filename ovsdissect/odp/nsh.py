"""Network service headers as text, in keys, in set() and in push_nsh().

Sources: format_odp_nsh_attr(), format_odp_set_nsh(), format_odp_push_nsh_action() of lib/odp-util.c.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from ovsdissect.families.flow_key import NSH, NSH_BASE
from ovsdissect.odp.styles import hex_bytes
from ovsdissect.odp.text import Nodes, Source, attributes, bad_length, first_of, number, payload
from ovsdissect.odp.words import NSH_SIZES
from ovsdissect.tree.node import Node

BASE, MD1, MD2 = (NSH.by_name[name].number for name in ("base", "md1", "md2"))
BASE_SIZE: Final = NSH_BASE.size or 0
MD1_SIZE: Final = NSH.by_name["md1"].wire.size or 0
MD_MAX: Final = 248  # NSH_HDR_MAX_LEN without the base header
TYPES: Final = {1: MD1, 2: MD2}  # mdtype: the attribute that holds its metadata
FLAGS_BITS, TTL_BITS = 0x3, 0x3F  # the bits that a header has room for
DEFAULT_TTL: Final = 63
CONTEXTS: Final = ("c1", "c2", "c3", "c4")


class Header(NamedTuple):
    """The values of a header, or the mask of one."""

    flags: int
    ttl: int
    mdtype: int
    np: int
    spi: int
    si: int
    contexts: tuple[int, ...]


def header(base: bytes, md1: bytes) -> Header:
    """Return the header in the bytes of its two attributes; what is missing is zero."""
    base, md1 = base[:BASE_SIZE].ljust(BASE_SIZE, b"\0"), md1[:MD1_SIZE].ljust(MD1_SIZE, b"\0")
    contexts = tuple(int.from_bytes(md1[i : i + 4], "big") for i in range(0, MD1_SIZE, 4))
    return Header(base[0], base[1], base[2], base[3], int.from_bytes(base[4:7], "big"), base[7], contexts)


def nsh_text(node: Node, mask: Node | None, source: Source) -> str:
    """`nsh(...)` of a key. A part that the mask lacks counts as exact."""
    masks: dict[int, Node] = {} if mask is None else first_of(mask.children)
    values, bits = {BASE: b"", MD1: b""}, {BASE: b"\xff" * BASE_SIZE, MD1: b"\xff" * MD1_SIZE}
    errors = ""
    for part in attributes(node.children):
        kind = number(part)
        part_mask = masks.get(kind)
        size = NSH_SIZES.get(kind, source.release.unknown_size)
        if size is not None and (part.length != size or (part_mask is not None and part_mask.length != size)):
            errors += bad_length(part, part_mask, size, source, f"key{kind}")
        elif kind in values:
            values[kind] = payload(part, source.data)
            if part_mask is not None:
                bits[kind] = payload(part_mask, source.mask_data)
    value = header(values[BASE], values[MD1])
    if mask is None:
        return f"nsh({errors}{exact_text(value)})"
    return f"nsh({errors}{masked_text(value, header(bits[BASE], bits[MD1]))})"


def exact_text(value: Header) -> str:
    """Return a whole header, with the context words of metadata type 1 (format_nsh_key)."""
    text = f"flags={value.flags},ttl={value.ttl},mdtype={value.mdtype},np={value.np},spi=0x{value.spi:x},si={value.si}"
    if value.mdtype == 1:
        text += contexts_text(value.contexts)
    return text


def contexts_text(contexts: Sequence[int]) -> str:
    """The four context words."""
    return "".join(f",{name}=0x{context:x}" for name, context in zip(CONTEXTS, contexts, strict=True))


def masked_text(value: Header, mask: Header) -> str:
    """Return the fields of which the mask has a bit (format_nsh_key_mask)."""
    text = ""
    for name in Header._fields[:-1]:
        number_, bits = getattr(value, name), getattr(mask, name)
        if bits:
            text += spi_text(number_, bits) if name == "spi" else octet_text(name, number_, bits)
    for name, number_, bits in zip(CONTEXTS, value.contexts, mask.contexts, strict=True):
        if bits:
            text += word_text(name, number_, bits, 0xFFFFFFFF)
    return text.removesuffix(",")


def octet_text(name: str, value: int, mask: int) -> str:
    """format_uint8_masked."""
    return f"{name}={value}," if mask == 0xFF else f"{name}=0x{value:02x}/0x{mask:02x},"


def spi_text(value: int, mask: int) -> str:
    """The service path id: 24 bits in a 32-bit word."""
    return word_text("spi", value, mask, 0xFFFFFF)


def word_text(name: str, value: int, mask: int, full: int) -> str:
    """format_be32_masked."""
    return f"{name}=0x{value:x}," if mask == full else f"{name}=0x{value:x}/0x{mask:08x},"


def set_nsh_text(node: Node, source: Source) -> str:
    """`set(nsh(...))`, whose attributes hold value and mask; nothing at all if a length is wrong (format_odp_set_nsh)."""
    omitted = b"" if source.release.nsh_parts_left_out else b"\xff" * max(BASE_SIZE, MD1_SIZE)
    values, bits = {BASE: b"", MD1: b""}, {BASE: omitted, MD1: omitted}
    highest = MD2 if source.release.nsh_md2 else MD1
    for part in attributes(node.children):
        kind, raw = number(part), payload(part, source.data)
        size = NSH_SIZES.get(kind)
        if kind > highest or (size is not None and len(raw) != 2 * size):
            return ""
        if kind in values:
            values[kind], bits[kind] = raw[: len(raw) // 2], raw[len(raw) // 2 :]
    return f"set(nsh({masked_text(header(values[BASE], values[MD1]), header(bits[BASE], bits[MD1]))}))"


def push_nsh_text(nodes: Nodes, source: Source) -> str:
    """`push_nsh(...)`: the header that the attributes build (odp_nsh_hdr_from_attr); metadata of both types uses the same buffer."""
    base, metadata, size = b"", bytearray(MD_MAX), 0
    good = True
    found: set[int] = set()
    for part in attributes(nodes):
        kind, raw = number(part), payload(part, source.data)
        expected = NSH_SIZES.get(kind)
        if (expected is not None and len(raw) != expected) or (kind == MD2 and len(raw) > MD_MAX):
            good = False
            break
        if kind == BASE:
            base = raw
        elif kind in (MD1, MD2):
            found.add(kind)
            size = len(raw)
            metadata[:size] = raw
        else:
            good = False
    value = header(base, bytes(metadata))
    flags, ttl = (value.flags & FLAGS_BITS, value.ttl & TTL_BITS) if base else (0, DEFAULT_TTL)
    if not good or found - {TYPES.get(value.mdtype)}:
        flags = ttl = 0
    text = f"push_nsh(flags={flags},ttl={ttl},mdtype={value.mdtype},np={value.np},spi=0x{value.spi:x},si={value.si}"
    if value.mdtype == 1:
        text += contexts_text(value.contexts)
    elif value.mdtype == 2:
        text += f",md2={hex_bytes(bytes(metadata[: size & ~3]))}"  # the header counts its length in 32-bit words
    else:
        text += ",<error: unknown mdtype>"
    return text + ")"
