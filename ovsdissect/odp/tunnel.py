"""Tunnel metadata as text: format_odp_tun_attr() of lib/odp-util.c. Every part is followed by a comma, a length error is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final, NamedTuple

from ovsdissect.byteorder import ByteOrder
from ovsdissect.families.tunnel_key import ERSPAN_MD2, ERSPAN_OPTS, GENEVE_OPTS, TUNNEL_KEY, VXLAN_GBP, VXLAN_OPTS
from ovsdissect.grammar import Attr, AttrSet, Options, mask_set
from ovsdissect.grammar.attrs import NLA_HEADER
from ovsdissect.grammar.wire import Bits
from ovsdissect.odp.constant import is_full
from ovsdissect.odp.releases import NEWEST, Release
from ovsdissect.odp.styles import DEC8, DEC16, HEX8, HEX16, flags_text, hash_hex, hex_bytes, masked_flags_text
from ovsdissect.odp.text import WILDCARD, Nodes, Source, attributes, bad_length, first_of, generic, is_cut, number, payload
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
from ovsdissect.tree.node import UNDECODED, Node

# a nested attribute's node and its mask's -> "word=value," or "word(...),"
PartWriter = Callable[[Node, Node | None, Source], str]


class Part(NamedTuple):
    """What formatting needs to know about one nested attribute. size: the length that OVS insists on. nested: it holds attributes."""

    number: int
    size: int | None
    nested: bool
    write: PartWriter


class MadeUpMasks:
    """The masks that OVS makes up for nested attributes that a mask lacks: no bit counts (generate_all_wildcard_mask).

    OVS forgets to clear the buffer of these masks after a length error: until an attribute is valid, the first mask in it is used for the
    next ones too, with its own number and length, and reads beyond its length return the next mask in the buffer.
    """

    __slots__ = ("_made", "order")

    def __init__(self, order: ByteOrder) -> None:
        self.order = order
        self._made: list[tuple[int, int]] = []  # (number, length)

    def make(self, node: Node, nested: bool) -> None:
        """Add a made-up mask."""
        self._made.append((number(node), 0 if nested else node.length))

    @property
    def size(self) -> int:
        """The length of the mask in use."""
        return self._made[0][1]

    def clear(self) -> None:
        """Note that an attribute was valid."""
        self._made.clear()

    def serve(self, attrs: AttrSet, source: Source) -> tuple[Node, Source]:
        """Return the mask in use, and where its bytes are; WILDCARD if it was made up for this attribute."""
        if len(self._made) == 1:
            return WILDCARD, source
        parts = []
        for kind, size in self._made:
            parts += [(NLA_HEADER + size).to_bytes(2, self.order), kind.to_bytes(2, self.order), bytes(size + -size % 4)]
        kind, size = self._made[0]
        return Node("", attrs.row(kind), UNDECODED, NLA_HEADER, size, None), source._replace(mask_data=b"".join(parts))


def tunnel_text(node: Node, mask: Node | None, source: Source, own: Mapping[object, Part] | None = None) -> str:
    """Return `tunnel(...)`: the nested attributes in the order received, then the flags that some of them stand for.

    own: writers for nested attributes that are not written as OVS does.
    """
    return f"tunnel({tunnel_inside(node.children, mask, source, parts(source.release) if own is None else own)})"


def tunnel_inside(nodes: Nodes, mask: Node | None, source: Source, known: Mapping[object, Part]) -> str:
    """Return the text between the parentheses. known: the writers of nested attributes."""
    by_number: dict[int, Node] = {} if mask is None else first_of(mask.children)
    made = MadeUpMasks(source.order)
    flags = mask_flags = 0
    text: list[str] = []
    for node in attributes(nodes):
        part = known.get(node.row) or unknown_part(node.row, source.release)
        bits, size, within = None, part.size, source
        if mask is not None:
            bits = by_number.get(part.number)
            if bits is None:
                made.make(node, part.nested)
                bits, within = made.serve(TUNNEL_KEY, source)
        wrong = size is not None and (node.length != size or (bits is not None and length_of(bits, node) != size))
        if size is not None and (wrong or is_cut(node) or is_cut(bits)):
            text.append(bad_length(node, bits, size, within, f"key{part.number}"))
            continue
        made.clear()
        if part.number == ID:
            flags |= TUNNEL_ID_FLAG
            mask_flags |= TUNNEL_ID_FLAG
        flags |= FLAG_BITS.get(part.number, 0)
        # for attributes of fixed length, a mask that OVS made up for another attribute is equivalent
        text.append(part.write(node, WILDCARD if size is not None and within is not source else bits, within))
    if mask is None:
        return "".join(text) + f"flags({flags_text(flags, TUNNEL_FLAGS)})"
    for kind in by_number:
        mask_flags |= FLAG_BITS.get(kind, 0)
    if mask_flags or source.verbose:
        text.append(f"flags({masked_flags_text(flags, mask_flags, ALL_FLAGS, TUNNEL_FLAGS)}),")
    inside = "".join(text)
    return inside.removesuffix(",")


def length_of(mask: Node, node: Node) -> int:
    """Return the length of an attribute's mask."""
    return node.length if mask is WILDCARD else mask.length


def number_writer(words: Number) -> PartWriter:
    """Return the writer of a plain number."""
    write = words.style.writer(words.word)
    zero = words.style.zero

    def part(node: Node, mask: Node | None, source: Source) -> str:
        return write(node.raw, None if mask is None else zero if mask is WILDCARD else mask.raw, source.verbose)

    return part


def tunnel_id(words: Number) -> PartWriter:
    """Return the writer of the tunnel id: since 499b9d73c it is shown without a mask only in verbose text."""
    write = number_writer(words)
    return lambda node, mask, source: "" if mask is None and not source.verbose else write(node, mask, source)


def unknown(node: Node, mask: Node | None, source: Source) -> str:
    """A nested attribute that OVS does not know (format_unknown_key).

    To decide whether the mask is full, OVS takes the mask's number for a flow key's.
    """
    text = generic(node, source.data)
    if mask is not None:
        bits = bytes(node.length) if mask is WILDCARD else payload(mask, source.mask_data)
        if not is_full(number(node if mask is WILDCARD else mask), bits):
            text += "/" + bits.hex(" ")
    return f"key{number(node)}({text}),"


def silent(node: Node, mask: Node | None, source: Source) -> str:
    """The nested attributes that are shown as flags, or not at all."""
    return ""


def vxlan(node: Node, mask: Node | None, source: Source) -> str:
    """VXLAN extensions (format_odp_tun_vxlan_opt)."""
    by_number: dict[int, Node] = {} if mask is None else first_of(mask.children)
    made = MadeUpMasks(source.order)
    text = ""
    for option in attributes(node.children):
        kind = number(option)
        bits, size, within = None, VXLAN_SIZES.get(kind, source.release.unknown_size), source
        if mask is not None:
            bits = by_number.get(kind)
            if bits is None:
                made.make(option, False)
                bits, within = made.serve(VXLAN_OPTS, source)
        wrong = size is not None and (option.length != size or (bits is not None and length_of(bits, option) != size))
        if size is not None and (wrong or is_cut(option) or is_cut(bits)):
            text += bad_length(option, bits, size, within, f"key{kind}")
            continue
        made.clear()
        if kind == GBP:
            raw_mask = 0xFFFFFFFF if bits is None else 0 if bits is WILDCARD or within is not source else bits.raw
            inside = "".join(write(part.of(option.raw), part.of(raw_mask), source.verbose) for part, write in GBP_PARTS)
            text += f"gbp({inside[:-1]}),"
        else:
            text += unknown(option, bits, within)
    return f"vxlan({text.removesuffix(',')}),"


def geneve(node: Node, mask: Node | None, source: Source) -> str:
    """Geneve options (format_odp_tun_geneve)."""
    if not isinstance(node.wire, Options):  # a mask by itself: the lengths are unknown
        return f"geneve({generic(node, source.data)}),"
    bits = None if mask is None else bytes(node.length) if mask is WILDCARD else payload(mask, source.mask_data)
    if bits is not None and len(bits) != node.length:
        return f"geneve(value len {node.length} different from mask len {len(bits)}),"
    return f"geneve({geneve_options(payload(node, source.data), bits, source.verbose)}),"


def geneve_options(data: bytes, mask: bytes | None, verbose: bool) -> str:
    """Return options one by one (format_geneve_opts); the lengths in the key also apply to the mask."""
    text, at = "", 0
    while at < len(data):
        left = len(data) - at
        if left < OPTION_HEAD:
            return text + f"opt len {left} less than minimum {OPTION_HEAD}"
        size = 4 * OPTION_LENGTH.of(data[at + 3])
        end = at + OPTION_HEAD + size
        if end > len(data):
            return text + f"opt len {end - at} greater than remaining {left}"
        text += geneve_option(data[at:end], None if mask is None else mask[at:end], verbose)
        at = end
    return text


def geneve_option(option: bytes, mask: bytes | None, verbose: bool) -> str:
    """One option, in braces."""
    data = option[OPTION_HEAD:]
    kind = int.from_bytes(option[:2], "big")
    if mask is None:
        text = f"{OPTION_CLASS(kind, None, verbose)}{OPTION_TYPE(option[2], None, verbose)}len={len(data)},"
        return "{" + (text + hex_bytes(data) if data else text.removesuffix(",")) + "}"
    text = OPTION_CLASS(kind, int.from_bytes(mask[:2], "big"), verbose) + OPTION_TYPE(option[2], mask[2], verbose)
    words = OPTION_LENGTH.of(mask[3])
    text += OPTION_SIZE(len(data), 0xFF if words == OPTION_LENGTH.mask else words, verbose)
    bits = mask[OPTION_HEAD:]
    if not data or not (verbose or any(bits)):
        return "{" + text.removesuffix(",") + "}"
    return "{" + text + hex_bytes(data) + ("/" + hex_bytes(bits) if bits.strip(b"\xff") else "") + "}"


def erspan(node: Node, mask: Node | None, source: Source) -> str:
    """ERSPAN metadata. OVS checks no length: it reads its 12 bytes wherever they are."""
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
    """Attribute 16, which OVS takes for GTP-U and the kernel for a flag: two bytes, read wherever they are."""
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
    """Return the writer of a row, from its words."""
    if words is None:
        return silent
    return number_writer(words) if isinstance(words, Number) else OWN[words.word]


def unknown_part(row: object, release: Release) -> Part:
    """Return the entry of a nested attribute that OVS does not know."""
    kind = row.number if isinstance(row, Attr) else -1
    return Part(kind, release.unknown_size, False, unknown)


@cache
def parts(release: Release) -> Mapping[object, Part]:
    """Return how a release writes the nested attributes that the grammar knows."""
    found: dict[object, Part] = {}
    for row in TUNNEL_KEY.rows:
        words = TUNNEL_WORDS.get(row)
        if row.number > release.highest_tunnel_attribute:
            found[row] = unknown_part(row, release)
            continue
        write = tunnel_id(words) if row.number == ID and release.tun_id_needs_mask and isinstance(words, Number) else writer(words)
        found[row] = Part(row.number, TUNNEL_SIZES[row.number], row.wire.kind == "set", write)
    # a mask by itself is printed as a key
    return found | {row: found[row.origin] for row in mask_set(TUNNEL_KEY).rows}


ID = TUNNEL_KEY.by_name["id"].number
GBP = VXLAN_OPTS.by_name["gbp"].number
FLAG_BITS: Final = {row.number: bit for row, bit in TUNNEL_FLAG_ROWS.items()}
ALL_FLAGS: Final = sum(TUNNEL_FLAGS)
PARTS: Final = parts(NEWEST)
OPTION_HEAD: Final = GENEVE_OPTS.head.size or 0
OPTION_LENGTH: Final = GENEVE_OPTS.length
OPTION_CLASS, OPTION_TYPE, OPTION_SIZE = HEX16.writer("class"), HEX8.writer("type"), DEC8.writer("len")
GBP_PARTS: Final = tuple((part, style.writer(part.name)) for part, style in zip(VXLAN_GBP.parts, (DEC16, HEX8), strict=True))
ERSPAN_SIZE: Final = (ERSPAN_OPTS.head.size or 0) + (ERSPAN_MD2.size or 0)
ERSPAN_VERSION = DEC8.writer("ver")
_md2 = ERSPAN_MD2.members[-1].wire
assert isinstance(_md2, Bits)
# OVS shows only the low four bits of the hardware id
ERSPAN_PARTS: Final = tuple(
    (part, style.writer(part.name)) for name, style in (("dir", DEC8), ("hwid", HEX8)) for part in _md2.parts if part.name == name
)
GTPU_FLAGS, GTPU_TYPE = HEX8.writer("flags"), DEC8.writer("msgtype")
