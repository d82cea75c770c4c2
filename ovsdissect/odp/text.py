"""What every formatter gets besides the nodes (bytes, verbosity, port names), and the texts that all attribute lists share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from ovsdissect.byteorder import ByteOrder
from ovsdissect.grammar import Attr
from ovsdissect.odp.releases import NEWEST, Release
from ovsdissect.tree.node import UNDECODED, UNDECODED_ROW, Node

Nodes = Sequence[Node]


class Source(NamedTuple):
    """Where nodes come from and how they are shown.

    data, mask_data: the bytes to which the offsets of the key's and the mask's nodes refer (one record, or two buffers).
    names: port number -> name; None prints numbers. release: whose text.
    skip_no_mask: leave out attributes that the mask lacks, as the log does since 3.5.
    """

    data: bytes
    mask_data: bytes = b""
    verbose: bool = True
    names: Mapping[int, str] | None = None
    order: ByteOrder = "little"
    release: Release = NEWEST
    skip_no_mask: bool = False


# the mask of an attribute that the mask lacks while it has others: no bit counts (generate_all_wildcard_mask)
WILDCARD: Final = Node("", UNDECODED_ROW, UNDECODED, 0, 0, None)


def number(node: Node) -> int:
    """Return an attribute's number; -1 for undecoded bytes."""
    return node.row.number if isinstance(node.row, Attr) else -1


def payload(node: Node, data: bytes) -> bytes:
    """Return the bytes of a node's value."""
    return data[node.offset : node.offset + node.length]


def is_cut(node: Node | None) -> bool:
    """Whether the capture cut a longer value to the size of its type: its bytes are undecoded although their number fits."""
    return node is not None and node.wire is UNDECODED and node.raw is not None and node.length == node.row.wire.size


def leftover(nodes: Nodes, data: bytes) -> bytes:
    """Return what OVS's iteration leaves of a list: bytes that are no attribute, or padding too short to skip (nl_attr_len_pad)."""
    if not nodes:
        return b""
    last = nodes[-1]
    if last.row is UNDECODED_ROW:
        return bytes(last.raw)
    if last.padding and last.header + last.length + last.padding & 3:
        # OVS counts the rest from the attribute's end, but prints it from where the next attribute would begin, one to three bytes later
        start = last.offset + last.length + (-(last.header + last.length) & 3)
        return data[start : start + last.padding].ljust(last.padding, b"\0")
    return b""


def leftover_text(rest: bytes) -> str:
    """Return OVS's words for leftover bytes."""
    return f"***{len(rest)} leftover bytes*** ({rest.hex()})"


def attributes(nodes: Nodes) -> Nodes:
    """Return the nodes that are attributes, without leftover bytes."""
    return nodes[:-1] if nodes and nodes[-1].row is UNDECODED_ROW else nodes


def first_of(nodes: Nodes) -> dict[int, Node]:
    """Return the first attribute with each number (nl_attr_find__)."""
    found: dict[int, Node] = {}
    for node in nodes:
        found.setdefault(number(node), node)
    return found


def generic(node: Node, data: bytes) -> str:
    """Return bytes in hex, separated by spaces (format_generic_odp_key)."""
    return payload(node, data).hex(" ")


def bad_length(node: Node, mask: Node | None, expected: int, source: Source, prefix: str = "") -> str:
    """Return OVS's text for an attribute, or its mask, whose length is not `expected` (check_attr_len)."""
    text = prefix
    if node.length != expected:
        text += f"(bad key length {node.length}, expected {expected})("
    text += generic(node, source.data)
    if mask is not None:
        bits = bytes(node.length) if mask is WILDCARD else payload(mask, source.mask_data)
        text += "/"
        if len(bits) != expected:
            text += f"(bad mask length {len(bits)}, expected {expected})("
        text += bits.hex(" ")
    return text + ")"


ANY: Final = (0, 0xFFFF)


def parsed(
    nodes: Nodes, data: bytes, policy: Mapping[int, tuple[int, int]], strings: frozenset[int] = frozenset()
) -> dict[int, Node] | None:
    """Return the last attribute with each number in the policy, which gives the least and the greatest length (nl_parse_nested).

    None if a length is out of range, if a string lacks its NUL or has one inside, or if bytes are left over.
    """
    if leftover(nodes, data):
        return None
    found: dict[int, Node] = {}
    for node in nodes:
        kind = number(node)
        limits = policy.get(kind)
        if limits is None:
            continue
        if not limits[0] <= node.length <= limits[1] or is_cut(node):
            return None
        if kind in strings and payload(node, data).find(b"\0") != node.length - 1:
            return None
        found[kind] = node
    return found


def port_text(port: int, source: Source) -> str:
    """Return a port's name if there is one, else its number (odp_portno_name_format)."""
    return str(port) if source.names is None else source.names.get(port) or str(port)
