"""Tunnel metadata as text: format_odp_tun_attr() of lib/odp-util.c.  Every part writes a comma after itself, a length error writes none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from ovsdissect.families.tunnel_key import ERSPAN_MD2, ERSPAN_OPTS, GENEVE_OPTS, TUNNEL_KEY, VXLAN_GBP, VXLAN_OPTS
from ovsdissect.grammar import Attr, Options, mask_set
from ovsdissect.grammar.wire import Bits
from ovsdissect.odp.constant import is_full
from ovsdissect.odp.styles import DEC8, DEC16, HEX8, HEX16, flags_text, hash_hex, hex_bytes, masked_flags_text
from ovsdissect.odp.text import WILDCARD, Nodes, Source, attributes, bad_length, first_of, generic, number, payload
from ovsdissect.odp.words import (
    TUNNEL_FLAG_ROWS,
    TUNNEL_FLAGS,
    TUNNEL_ID_FLAG,
    TUNNEL_SIZES,
    TUNNEL_WORDS,
    VXLAN_SIZES,
    Number,
    Words,
)
from ovsdissect.tree.node import UNDECODED_ROW, Node

# a sub-attribute's node and its mask's -> "word=value," or "word(...),"
PartWriter = Callable[[Node, Node | None, Source], str]


class Part(NamedTuple):
    """What formatting needs to know of one sub-attribute.  size: the length that OVS insists on."""

    number: int
    size: int | None
    write: PartWriter


def tunnel_text(node: Node, mask: Node | None, source: Source, parts: Mapping[object, Part] | None = None) -> str:
    """`tunnel(...)`: the sub-attributes in the order received, then the flags that they stand for.

    parts: how sub-attributes are written, where that is not as OVS does.
    """
    return f"tunnel({tunnel_inside(node.children, mask, source, PARTS if parts is None else parts)})"


def tunnel_inside(nodes: Nodes, mask: Node | None, source: Source, parts: Mapping[object, Part]) -> str:
    """The text between the parentheses."""
    by_number: dict[int, Node] = {} if mask is None else first_of(mask.children)
    flags = mask_flags = 0
    stale: int | None = None
    text: list[str] = []
    for node in attributes(nodes):
        part = parts.get(node.row) or unknown_part(node.row)
        bits = None if mask is None else by_number.get(part.number, WILDCARD)
        size = part.size
        if bits is None:
            mask_size = size
        elif bits is not WILDCARD:
            mask_size = bits.length
        else:
            mask_size = node.length if stale is None else stale
        if size is not None and (node.length != size or mask_size != size):
            text.append(bad_length(node, bits, size, source, f"key{part.number}", mask_size))
            # OVS forgets to clear the buffer of its made-up mask after an error: until an attribute is good, the first one serves the next
            stale = mask_size if bits is WILDCARD else stale
            continue
        stale = None
        if part.number == ID:
            flags |= TUNNEL_ID_FLAG
            mask_flags |= TUNNEL_ID_FLAG
        flags |= FLAG_BITS.get(part.number, 0)
        text.append(part.write(node, bits, source))
    if mask is None:
        return "".join(text) + f"flags({flags_text(flags, TUNNEL_FLAGS)})"
    for kind in by_number:
        mask_flags |= FLAG_BITS.get(kind, 0)
    if mask_flags or source.verbose:
        text.append(f"flags({masked_flags_text(flags, mask_flags, ALL_FLAGS, TUNNEL_FLAGS)}),")
    inside = "".join(text)
    return inside.removesuffix(",")


def number_writer(words: Number) -> PartWriter:
    """The writer of a plain number."""
    write = words.style.writer(words.word)
    zero = words.style.zero

    def part(node: Node, mask: Node | None, source: Source) -> str:
        return write(node.raw, None if mask is None else zero if mask is WILDCARD else mask.raw, source.verbose)

    return part


def unknown(node: Node, mask: Node | None, source: Source) -> str:
    """A sub-attribute that OVS does not know (format_unknown_key).

    Its number is taken for a flow key's where OVS asks whether the mask is full.
    """
    kind = number(node)
    text = generic(node, source.data)
    if mask is not None:
        bits = bytes(node.length) if mask is WILDCARD else payload(mask, source.mask_data)
        if not is_full(kind, bits):
            text += "/" + bits.hex(" ")
    return f"key{kind}({text}),"


def silent(node: Node, mask: Node | None, source: Source) -> str:
    """The sub-attributes that show as flags or not at all."""
    return ""


def vxlan(node: Node, mask: Node | None, source: Source) -> str:
    """VXLAN extensions (format_odp_tun_vxlan_opt)."""
    by_number: dict[int, Node] = {} if mask is None else first_of(mask.children)
    text = ""
    for option in attributes(node.children):
        kind = number(option)
        bits = None if mask is None else by_number.get(kind, WILDCARD)
        size = VXLAN_SIZES.get(kind)
        if size is not None and (option.length != size or (bits is not None and bits is not WILDCARD and bits.length != size)):
            text += bad_length(option, bits, size, source, f"key{kind}")
        elif kind == GBP:
            raw_mask = 0xFFFFFFFF if bits is None else 0 if bits is WILDCARD else bits.raw
            inside = "".join(write(part.of(option.raw), part.of(raw_mask), source.verbose) for part, write in GBP_PARTS)
            text += f"gbp({inside[:-1]}),"
        else:
            text += unknown(option, bits, source)
    return f"vxlan({text.removesuffix(',')}),"


def geneve(node: Node, mask: Node | None, source: Source) -> str:
    """Geneve options (format_odp_tun_geneve); the mask's are laid out by the key's lengths."""
    if not isinstance(node.wire, Options):  # a mask by itself: nothing tells its lengths
        return f"geneve({generic(node, source.data)}),"
    bits = None if mask is None else bytes(node.length) if mask is WILDCARD else payload(mask, source.mask_data)
    if bits is not None and len(bits) != node.length:
        return f"geneve(value len {node.length} different from mask len {len(bits)}),"
    text = ""
    left = node.length
    for option in node.children:
        if left < OPTION_HEAD:
            text += f"opt len {left} less than minimum {OPTION_HEAD}"
            break
        if option.row is UNDECODED_ROW or not option.children:
            size = OPTION_LENGTH.of(option.raw[OPTION_HEAD - 1]) * 4 + OPTION_HEAD
            text += f"opt len {size} greater than remaining {left}"
            break
        text += option_text(option, None if bits is None else bits[node.length - left :], source.verbose)
        left -= option.length
    return f"geneve({text}),"


def option_text(option: Node, mask: bytes | None, verbose: bool) -> str:
    """One option; `mask` is the mask's bytes from this option's start."""
    kind, name, _, data = option.children
    head = ((OPTION_CLASS, kind.raw), (OPTION_TYPE, name.raw))
    length = f"len={option.length - OPTION_HEAD}"
    if mask is None:
        text = "".join(write(raw, None, verbose) for write, raw in head) + length + ","
    else:
        masks = (int.from_bytes(mask[:2], "big"), mask[2])
        text = "".join(write(raw, part, verbose) for (write, raw), part in zip(head, masks, strict=True))
        words = OPTION_LENGTH.of(mask[3])
        if words == OPTION_LENGTH.mask:
            text += length + ","
        elif words or verbose:
            text += f"{length}/{hash_hex(words)},"
    if data.length:
        data_mask = None if mask is None else mask[OPTION_HEAD : option.length]
        if verbose or data_mask is None or any(data_mask):
            text += hex_bytes(data.raw)
            if data_mask is not None and data_mask.strip(b"\xff"):
                text += "/" + hex_bytes(data_mask)
            return "{" + text + "}"
    return "{" + text.removesuffix(",") + "}"


def erspan(node: Node, mask: Node | None, source: Source) -> str:
    """ERSPAN metadata.  OVS checks no length: it reads its 12 bytes wherever they are."""
    raw = source.data[node.offset : node.offset + ERSPAN_SIZE].ljust(ERSPAN_SIZE, b"\0")
    bits = None
    if mask is not None:
        given = b"" if mask is WILDCARD else source.mask_data[mask.offset : mask.offset + ERSPAN_SIZE]
        bits = given.ljust(ERSPAN_SIZE, b"\0")
    verbose = source.verbose
    version = int.from_bytes(raw[:4], source.order)
    low = None if bits is None else int.from_bytes(bits[:4], source.order) & 0xFF
    text = ERSPAN_VERSION(version & 0xFF, low, verbose)
    if version == 1:
        text += f"idx={hash_hex(int.from_bytes(raw[4:8], 'big'))}"
        text += "," if bits is None else f"/{hash_hex(int.from_bytes(bits[4:8], 'big'))},"
    elif version == 2:
        for part, write in ERSPAN_PARTS:
            value = part.of(int.from_bytes(raw[10:12], "big"))
            text += write(value, None if bits is None else part.of(int.from_bytes(bits[10:12], "big")), verbose)
    return f"erspan({text.removesuffix(',')}),"


def gtpu(node: Node, mask: Node | None, source: Source) -> str:
    """Attribute 16, which is GTP-U's for OVS and a flag for the kernel: two bytes, read wherever they are."""
    raw = source.data[node.offset : node.offset + 2].ljust(2, b"\0")
    if mask is None:
        masks: tuple[int | None, int | None] = (None, None)
    else:
        given = b"" if mask is WILDCARD else source.mask_data[mask.offset : mask.offset + 2]
        masks = (given.ljust(2, b"\0")[0], given.ljust(2, b"\0")[1])
    text = GTPU_FLAGS(raw[0], masks[0], source.verbose) + GTPU_TYPE(raw[1], masks[1], source.verbose)
    return f"gtpu({text.removesuffix(',')}),"


OWN: Final[dict[str, PartWriter]] = {"vxlan": vxlan, "geneve": geneve, "erspan": erspan, "gtpu": gtpu}


def writer(words: Words | None) -> PartWriter:
    """The writer of a row, from its words."""
    if words is None:
        return silent
    return number_writer(words) if isinstance(words, Number) else OWN[words.word]


def unknown_part(row: object) -> Part:
    """A sub-attribute that OVS does not know either."""
    kind = row.number if isinstance(row, Attr) else -1
    return Part(kind, None, unknown)


ID = TUNNEL_KEY.by_name["id"].number
GBP = VXLAN_OPTS.by_name["gbp"].number
FLAG_BITS: Final = {row.number: bit for row, bit in TUNNEL_FLAG_ROWS.items()}
ALL_FLAGS: Final = sum(TUNNEL_FLAGS)
PARTS: Final[dict[object, Part]] = {
    row: Part(row.number, TUNNEL_SIZES[row.number], writer(TUNNEL_WORDS.get(row))) for row in TUNNEL_KEY.rows
}
# a mask by itself reads as a key
PARTS.update({row: PARTS[row.origin] for row in mask_set(TUNNEL_KEY).rows})
OPTION_HEAD: Final = GENEVE_OPTS.head.size or 0
OPTION_LENGTH: Final = GENEVE_OPTS.length
OPTION_CLASS, OPTION_TYPE = HEX16.writer("class"), HEX8.writer("type")
GBP_PARTS: Final = tuple((part, style.writer(part.name)) for part, style in zip(VXLAN_GBP.parts, (DEC16, HEX8), strict=True))
ERSPAN_SIZE: Final = (ERSPAN_OPTS.head.size or 0) + (ERSPAN_MD2.size or 0)
ERSPAN_VERSION = DEC8.writer("ver")
_md2 = ERSPAN_MD2.members[-1].wire
assert isinstance(_md2, Bits)
# OVS shows the low four bits of the hardware id only
ERSPAN_PARTS: Final = tuple(
    (part, style.writer(part.name)) for name, style in (("dir", DEC8), ("hwid", HEX8)) for part in _md2.parts if part.name == name
)
GTPU_FLAGS, GTPU_TYPE = HEX8.writer("flags"), DEC8.writer("msgtype")
