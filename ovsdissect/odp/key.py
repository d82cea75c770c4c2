"""The flow key and its mask as text: odp_flow_format() and format_odp_key_attr__() of lib/odp-util.c, over the grammar's nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final, NamedTuple

from ovsdissect.families.flow_key import KEY, MASK, PACKET_TYPE, VLAN_TCI
from ovsdissect.grammar import Attr, Struct
from ovsdissect.odp.constant import is_empty, is_full
from ovsdissect.odp.nsh import nsh_text
from ovsdissect.odp.releases import Release
from ovsdissect.odp.styles import DEC16, HEX16, hash_hex, masked_flags_text
from ovsdissect.odp.text import WILDCARD, Nodes, Source, bad_length, first_of, generic, leftover, leftover_text, payload
from ovsdissect.odp.tunnel import tunnel_text
from ovsdissect.odp.words import KEY_SIZES, KEY_WORDS, Fields, Flags, Number, Own
from ovsdissect.tree.node import UNDECODED, UNDECODED_ROW, Node

# a key's node, its mask's (None: every bit counts, WILDCARD: none does) -> "word(...)"
KeyWriter = Callable[[Node, Node | None, Source], str]


class Entry(NamedTuple):
    """What formatting needs to know about one key attribute.

    size: the length that OVS insists on, None if it does not.
    """

    number: int
    size: int | None
    nested: bool
    write: KeyWriter


def flow_text(nodes: Nodes, masks: Nodes | None, source: Source, own: Mapping[object, Entry] | None = None) -> str:
    """Return the attributes of a key, in the order received, each with its mask (odp_flow_format).

    own: writers for attributes that are not written as OVS does.
    """
    release = source.release
    known = entries(release) if own is None else own
    if not nodes:
        return "<empty>"
    by_number = first_of(masks) if masks else None
    parts: list[str] = []
    separator = ""
    typed = packet_type = False
    for node in nodes:
        row = node.row
        if row is UNDECODED_ROW:
            break
        entry = known.get(row) or unknown_entry(row, release)
        kind = entry.number
        mask = by_number.get(kind) if by_number is not None else None
        size = entry.size
        if size is not None and not _fits(node, mask, size):
            parts.append(bad_length(node, mask, size, source))
            continue
        typed = typed or kind == ETHERTYPE
        packet_type = packet_type or kind == PACKET_TYPE_KEY
        wildcard = False
        if mask is not None:
            wildcard = is_empty(kind, payload(mask, source.mask_data))
        elif source.skip_no_mask:
            continue
        elif by_number is not None:
            wildcard, mask = True, WILDCARD
        if source.verbose or not wildcard or entry.nested:
            parts.append(separator + entry.write(node, mask, source))
            separator = ","
        elif kind == ETHERNET and not packet_type:
            parts.append(separator + "eth()")  # OVS does not update "first": at the start no comma follows
        elif kind == PACKET_TYPE_KEY and release.eth_beside_packet_type:
            packet_type = False
    rest = leftover(nodes, source.data)
    if rest:
        empty = "<empty>" if nodes[0].row is UNDECODED_ROW else ""
        parts.append(f"{empty},{leftover_text(rest)}")
    if not typed and by_number is not None and ETHERTYPE in by_number:
        mask_type = payload(by_number[ETHERTYPE], source.mask_data)[:2]
        parts.append(f",eth_type(0/0x{int.from_bytes(mask_type, 'big'):04x})")
    return "".join(parts)


def _fits(node: Node, mask: Node | None, size: int) -> bool:
    """Whether value and mask have the length that OVS insists on; a truncated value may have it by chance."""
    return node.length == size and node.wire is not UNDECODED and (mask is None or (mask.length == size and mask.wire is not UNDECODED))


def attr_text(row: Attr, node: Node, mask: Node | None, source: Source) -> str:
    """Return one key attribute: the value's node and its mask's under the row that declares them (format_odp_key_attr)."""
    entry = entries(source.release).get(row) or unknown_entry(row, source.release)
    size = entry.size
    if size is not None and not _fits(node, mask, size):
        return bad_length(node, mask, size, source)
    return entry.write(node, mask, source)


def number_writer(words: Number) -> KeyWriter:
    """Return the writer of a plain number."""
    word, style, shy = words.word, words.style, words.shy
    text, mask_text, zero, full = style.text, style.mask_text, style.zero, style.full

    def write(node: Node, mask: Node | None, source: Source) -> str:
        bits = full if mask is None else zero if mask is WILDCARD else mask.raw
        if shy and not source.verbose and (mask is None or bits == zero):
            return f"{word}()"
        if bits == full:
            return f"{word}({text(node.raw)})"
        return f"{word}({text(node.raw)}/{mask_text(bits)})"

    return write


def flags_writer(words: Flags) -> KeyWriter:
    """Return the writer of a set of flags."""
    word, names, full, numeric = words.word, words.names, words.full, words.number

    def write(node: Node, mask: Node | None, source: Source) -> str:
        bits = full if mask is None else 0 if mask is WILDCARD else mask.raw & full
        if source.verbose and numeric:
            return f"{word}({hash_hex(node.raw)})" if bits == full else f"{word}({hash_hex(node.raw)}/{hash_hex(bits)})"
        return f"{word}({masked_flags_text(node.raw, bits, full, names)})"

    return write


def fields_writer(row: Attr, words: Fields) -> KeyWriter:
    """Return the writer of a struct."""
    wire = row.wire
    assert isinstance(wire, Struct)
    order = [member.name for member in wire.members]
    word = words.word
    plain = [(order.index(name), f"{label}=", style.text) for name, label, style in words.members]
    masked = [(order.index(name), style.writer(label), style.zero) for name, label, style in words.members]

    def write(node: Node, mask: Node | None, source: Source) -> str:
        values = node.children
        if mask is None:
            return f"{word}({','.join([label + text(values[i].raw) for i, label, text in plain])})"
        verbose = source.verbose
        if mask is WILDCARD:
            inside = "".join([part(values[i].raw, zero, verbose) for i, part, zero in masked])
        else:
            masks = mask.children
            inside = "".join([part(values[i].raw, masks[i].raw, verbose) for i, part, _ in masked])
        return f"{word}({inside[:-1]})"

    return write


def generic_writer(word: str) -> KeyWriter:
    """Return the writer of an attribute that OVS cannot read: its bytes, and always those of its mask."""

    def write(node: Node, mask: Node | None, source: Source) -> str:
        text = generic(node, source.data)
        if mask is not None:
            text += "/" + (bytes(node.length).hex(" ") if mask is WILDCARD else generic(mask, source.mask_data))
        return f"{word}({text})"

    return write


def in_port(node: Node, mask: Node | None, source: Source) -> str:
    """The input port: a name if there is one and the mask is full."""
    port: int = node.raw
    bits = 0xFFFFFFFF if mask is None else 0 if mask is WILDCARD else mask.raw
    if bits != 0xFFFFFFFF:
        return f"in_port({port}/{hash_hex(bits)})"
    return f"in_port({port if source.names is None else source.names.get(port, port)})"


def tci_text(tci: int, mask: int, verbose: bool) -> str:
    """Return a VLAN tag's control information (format_vlan_tci): a part is written if it or its mask is not zero."""
    text = ""
    for part, mask_style in ((VLAN_ID, "/0x{:x},"), (VLAN_PRIORITY, "/0x{:x},")):
        value, bits = part.of(tci), part.of(mask)
        if verbose or value or bits:
            text += f"{part.name}={value}" + ("," if bits == part.mask else mask_style.format(bits))
    return (text if VLAN_CFI.of(tci) else text + "cfi=0,")[:-1]


def vlan(node: Node, mask: Node | None, source: Source) -> str:
    """A VLAN tag."""
    bits = 0xFFFF if mask is None else 0 if mask is WILDCARD else mask.raw
    return f"vlan({tci_text(node.raw, bits, source.verbose)})"


def packet_type(node: Node, mask: Node | None, source: Source) -> str:
    """A packet type: namespace and type."""
    bits = 0xFFFFFFFF if mask is None else 0 if mask is WILDCARD else mask.raw
    text = "".join(write(part.of(node.raw), part.of(bits), source.verbose) for part, write in PACKET_TYPE_PARTS)
    return f"packet_type({text[:-1]})"


def encap(node: Node, mask: Node | None, source: Source, own: Mapping[object, Entry] | None = None) -> str:
    """The key inside a VLAN tag; here an absent or empty mask means that every bit counts."""
    if not node.length:
        return "encap()"
    masks = mask.children if mask is not None and mask.length else None
    return f"encap({flow_text(node.children, masks, source._replace(names=None), own)})"


def mpls(node: Node, mask: Node | None, source: Source) -> str:
    """A label stack. After a bad length the parenthesis stays open, as in OVS."""
    size = node.length
    if not size or size % 4:
        return f"mpls((bad key length {size})"
    if mask is None or (mask is not WILDCARD and is_full(MPLS, payload(mask, source.mask_data))):
        return "mpls(" + ",".join([lse_text(child.raw) for child in node.children]) + ")"
    masks: list[int] = [0] * len(node.children)
    if mask is not WILDCARD:
        if mask.length != size:
            return f"mpls((key length {size} != mask length {mask.length})"
        masks = [child.raw for child in mask.children]
    return "mpls(" + ",".join([masked_lse_text(child.raw, bits) for child, bits in zip(node.children, masks, strict=False)]) + ")"


def lse_text(lse: int) -> str:
    """Return a label stack entry (format_mpls_lse)."""
    return f"label={lse >> 12},tc={lse >> 9 & 7},ttl={lse & 0xFF},bos={lse >> 8 & 1}"


def masked_lse_text(lse: int, mask: int) -> str:
    """Return a label stack entry with its mask (format_mpls)."""
    return (
        f"label={lse >> 12}/0x{mask >> 12:x},tc={lse >> 9 & 7}/{mask >> 9 & 7:x},"
        f"ttl={lse & 0xFF}/0x{mask & 0xFF:x},bos={lse >> 8 & 1}/{mask >> 8 & 1:x}"
    )


OWN: Final[dict[str, KeyWriter]] = {
    "encap": encap,
    "in_port": in_port,
    "vlan": vlan,
    "tunnel": tunnel_text,
    "mpls": mpls,
    "nsh": nsh_text,
    "packet_type": packet_type,
}


def writer(row: Attr) -> KeyWriter:
    """Return the writer of a row, from its words."""
    words = KEY_WORDS[row]
    if isinstance(words, Number):
        return number_writer(words)
    if isinstance(words, Flags):
        return flags_writer(words)
    if isinstance(words, Fields):
        return fields_writer(row, words)
    assert isinstance(words, Own)
    return OWN.get(words.word) or generic_writer(words.word)


def unknown_entry(row: object, release: Release) -> Entry:
    """Return the entry of an attribute for which OVS has no word; number 0 is "unspec" and has a length of 0."""
    kind = row.number if isinstance(row, Attr) else 0
    return Entry(kind, release.unknown_size if kind else 0, False, generic_writer(f"key{kind}" if kind else "unspec"))


@cache
def entries(release: Release) -> Mapping[object, Entry]:
    """Return how a release writes the attributes that the grammar knows."""
    found: dict[object, Entry] = {
        row: Entry(row.number, KEY_SIZES[row.number], row.wire.kind == "set", WRITERS[row])
        if row in WRITERS and row.number <= release.highest_key_attribute
        else unknown_entry(row, release)
        for row in KEY.rows
    }
    # a mask by itself is printed as a key
    return found | {row: found[row.origin] for row in MASK.rows if row.origin in found}


ETHERNET, ETHERTYPE, MPLS, PACKET_TYPE_KEY = (KEY.by_name[name].number for name in ("ethernet", "ethertype", "mpls", "packet_type"))
VLAN_ID, VLAN_PRIORITY, VLAN_CFI = VLAN_TCI.parts
PACKET_TYPE_PARTS: Final = tuple((part, style.writer(part.name)) for part, style in zip(PACKET_TYPE.parts, (DEC16, HEX16), strict=True))
WRITERS: Final = {row: writer(row) for row in KEY_WORDS}
