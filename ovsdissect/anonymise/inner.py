"""Dissects every packet inside a message: its own, a second one that should not exist, and that of a request that an error echoes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ovsdissect.dissect.agreement import without_ethernet
from ovsdissect.dissect.message import Message
from ovsdissect.frame import Frame, frame
from ovsdissect.tree.node import join


class Inner(NamedTuple):
    """A packet: the path of its attribute, and its dissection."""

    path: str
    frame: Frame


def packets(message: Message) -> Iterator[Inner]:
    """Yield the packets of a message."""
    echoed = message.root.child("request")
    for path, attrs in (("attrs", message.attrs), ("request.attrs", echoed.child("attrs") if echoed else None)):
        for node in attrs.children if attrs else ():
            if node.wire.kind != "packet":
                continue
            if path == "attrs" and node.name == "packet" and message.inner is not None:
                yield Inner("attrs.packet", message.inner)
                continue
            ethertype = without_ethernet(attrs.child("key")) if attrs else None
            place = join(path, node.name)
            length = message.declared_length(node)
            end = node.offset + node.length
            yield Inner(place, frame(message.data, node.offset, end, ethertype=ethertype, wire_length=length, path=place))
