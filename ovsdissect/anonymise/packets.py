"""The places of a packet that identify someone: addresses in headers and bodies, names, and everything that is not decoded.

What a flow key may hold as well (NSH's metadata, Geneve's options) stays, except addresses inside, as it does there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ovsdissect.anonymise.place import Place, Sort
from ovsdissect.frame import Frame
from ovsdissect.frame.layer import Items
from ovsdissect.frame.walk import PAYLOAD, part
from ovsdissect.tree.node import UNDECODED_ROW, Node

ADDRESS_SIZES: Final = frozenset((4, 6, 16))
HEADER_START: Final = 8  # of every header but Ethernet's: its type and length, without addresses
# records of IGMPv3 and MLDv2: the size of a source, and the member that counts them
SOURCES: Final = {"igmp": (4, "num_src"), "icmpv6": (16, "nb_sources")}
OPAQUE: Final = frozenset((("nsh", "metadata"), ("geneve", "data")))
HARDWARE: Final = ("src.hw", "src.proto", "dst.hw", "dst.proto")  # ARP with address sizes other than Ethernet's and IPv4's


def packet_places(data: bytes, frame: Frame) -> list[Place]:
    """Return the places of a dissected packet, in byte order."""
    return [place for layer in frame.layers for place in _layer(data, frame, layer)]


def _layer(data: bytes, frame: Frame, layer: Node) -> Iterator[Place]:
    if layer.row is PAYLOAD:
        yield Place(Sort.BLANK, layer.offset, layer.length)
    elif layer.row.name.endswith(".trailer"):
        yield Place(Sort.TRAILER, layer.offset, layer.length)
    elif layer.row is UNDECODED_ROW:
        yield from _rest(layer, 0 if _begins_ethernet(frame, layer) else HEADER_START)
    else:
        yield from _values(data, layer, layer)


def _begins_ethernet(frame: Frame, layer: Node) -> bool:
    """Whether these bytes were to be an Ethernet header."""
    wanted = (problem.path.rpartition(".")[2] for problem in frame.problems if problem.offset == layer.offset)
    return any(name.startswith("eth") for name in wanted)


def _rest(node: Node, skip: int) -> Iterator[Place]:
    """Yield the bytes after the first few."""
    if node.length > skip:
        yield Place(Sort.BLANK, node.offset + skip, node.length - skip)


def _values(data: bytes, layer: Node, node: Node) -> Iterator[Place]:
    for child in node.children:
        padding = child.offset + child.length
        if any(data[padding : padding + child.padding]):
            yield Place(Sort.BLANK, padding, child.padding)
        if child.children:
            yield from _values(data, layer, child)
        else:
            yield from _value(data, layer, node, child)


def _labels(data: bytes, node: Node) -> Iterator[Place]:
    """Yield the labels of a DNS name; their lengths and the pointer stay (RFC 1035, 4.1.4)."""
    at, end = node.offset, node.offset + node.length
    while at < end and 0 < data[at] < 0x40:
        yield Place(Sort.TEXT, at + 1, data[at])
        at += 1 + data[at]


def _value(data: bytes, layer: Node, parent: Node, node: Node) -> Iterator[Place]:
    kind, name = node.wire.kind, node.row.name
    if kind in ("ipv4", "ipv6", "mac"):
        if node.length in ADDRESS_SIZES and name != "subnet_mask":  # an organisation alone has three bytes
            yield Place(Sort.ADDRESS, node.offset, node.length, _prefix_mask(parent) if name == "prefix" else None)
    elif kind == "text" and layer.row.name == "dns":
        yield from _labels(data, node)
    elif kind == "text":
        length = len(bytes(node.raw).partition(b"\0")[0])
        yield Place(Sort.TEXT, node.offset, length)
        yield from _rest(node, length)
    elif kind == "undecoded":
        yield from _rest(node, parent.wire.head.size if isinstance(parent.wire, Items) else 0)
    elif kind == "bytes":
        yield from _bytes(layer, parent, node)
    elif kind == "pad" and any(node.raw):
        yield Place(Sort.BLANK, node.offset, node.length)


def _bytes(layer: Node, parent: Node, node: Node) -> Iterator[Place]:
    protocol, name = layer.row.name, node.row.name
    if (protocol, name) in OPAQUE:
        yield Place(Sort.OPAQUE, node.offset, node.length)
    elif name in HARDWARE and node.length in ADDRESS_SIZES:
        yield Place(Sort.ADDRESS, node.offset, node.length)
    elif name == "client_id":
        # RFC 2132, 9.14: a hardware type and an address, or type 0 and any name
        if node.length == 7:
            yield Place(Sort.ADDRESS, node.offset + 1, 6)
        else:
            yield from _rest(node, 1)
    elif protocol in SOURCES and name == "data" and part(parent, SOURCES[protocol][1]) is not None:
        size, member = SOURCES[protocol]
        count = min(part(parent, member), node.length // size)
        for i in range(count):
            yield Place(Sort.ADDRESS, node.offset + i * size, size)
        yield from _rest(node, count * size)
    else:
        yield Place(Sort.BLANK, node.offset, node.length)


def _prefix_mask(parent: Node) -> bytes:
    """Return the mask of the prefix that a router advertises."""
    length = min(int(part(parent, "prefix.length")), 128)
    return (((1 << length) - 1) << 128 - length).to_bytes(16, "big")
