"""The packet inside a message, layer by layer: total, every byte in one leaf, names and order as in Wireshark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ovsdissect.frame.chain import layers as walk_layers
from ovsdissect.frame.fields import FrameField, fields_table
from ovsdissect.frame.summary import words
from ovsdissect.frame.walk import Checksum
from ovsdissect.problem import Problem
from ovsdissect.tree.node import Node

__all__ = ["Checksum", "Frame", "FrameField", "fields_table", "frame", "layers", "summary"]


class Frame(NamedTuple):
    """A dissected packet.

    layers: in sequence as in Wireshark, together all bytes of the packet; a repeated one is called "vlan#2".
    summary: one line.
    checksums: those that could be verified; a bad transport checksum is not a problem, because hardware offload leaves them unfinished.
    """

    layers: tuple[Node, ...]
    summary: str
    problems: tuple[Problem, ...]
    checksums: tuple[Checksum, ...]

    def __repr__(self) -> str:
        return f"<Frame {', '.join(node.name for node in self.layers)}: {self.summary}>"

    def layer(self, name: str) -> Node | None:
        """Return the layer with this name, None if there is none."""
        return next((node for node in self.layers if node.name == name), None)


def frame(
    data: bytes, start: int, end: int, *, ethertype: int | None = None, wire_length: int | None = None, path: str = "attrs.packet"
) -> Frame:
    """Dissect the packet data[start:end] of a record; offsets are the record's.

    ethertype: None if the packet starts with an Ethernet header, else the type of its first header.
    wire_length: its length before it was cut (OVS_PACKET_ATTR_LEN, a snaplen).
    path: of the packet in its message.
    """
    end = min(end, len(data))
    walk = walk_layers(data, start, end, ethertype, wire_length is not None and wire_length > end - start, path)
    return Frame(tuple(walk.layers), words(walk.layers), tuple(walk.problems), tuple(walk.checksums()))


def summary(data: bytes, start: int, end: int, ethertype: int | None = None) -> str:
    """Return only the summary that frame() would give."""
    return words(layers(data, start, end, ethertype))


def layers(data: bytes, start: int, end: int, ethertype: int | None = None) -> Sequence[Node]:
    """Return only the layers."""
    return walk_layers(data, start, min(end, len(data)), ethertype, False, "").layers
