"""Smaller records made from a capture's: one message in a record of its own, or the packet inside one as an Ethernet frame."""

from __future__ import annotations

import struct
from collections.abc import Collection
from typing import Final

from ovsdissect.capture import Record
from ovsdissect.dissect.agreement import without_ethernet
from ovsdissect.dissect.message import Message
from ovsdissect.families import NLCTRL
from ovsdissect.netlink.framing import cooked

LINKTYPE_ETHERNET: Final = 1


def alone(record: Record, message: Message) -> Record:
    """Return a record with only this message of it, after the record's own header; what a snaplen cut stays cut."""
    start, _protocol = cooked(record.data, record.link_type) or (0, 0)
    at, end = message.frame.offset, message.frame.end
    data = record.data[:start] + record.data[at : end + -message.frame.length % 4]
    notes = record.notes
    if notes is not None and message.index:
        notes = notes._replace(lost=None)  # the loss before the record is reported once
    return record._replace(data=data, wire_length=max(start + end - at, len(data)), notes=notes)


def packet(record: Record, message: Message) -> Record | None:
    """Return the packet inside a message, or inside the request that an error echoes, as an Ethernet record; None if there is none.

    A packet without an Ethernet header gets one with zero addresses.
    """
    echoed = message.root.child("request") if message.kind in ("error", "ack") else None
    attrs = echoed.child("attrs") if echoed else message.attrs
    node = attrs.child("packet") if attrs else None
    if attrs is None or node is None or node.wire.kind != "packet":
        return None
    ethertype = without_ethernet(attrs.child("key"))
    header = b"" if ethertype is None else bytes(12) + struct.pack(">H", ethertype)
    data = header + message.payload(node)
    length = attrs.child("len")
    whole = length.raw if length is not None and isinstance(length.raw, int) else message.declared_length(node)
    wire_length = max(len(header) + whole, len(data))
    return record._replace(link_type=LINKTYPE_ETHERNET, data=data, wire_length=wire_length, byteorder="little")


class Messages:
    """Collects the selected messages alone and those of nlctrl, which name families; needs every message of a capture in order."""

    def __init__(self) -> None:
        self._selected: dict[tuple[int, int], Record] = {}
        self._naming: dict[tuple[int, int], Record] = {}

    def see(self, record: Record, message: Message, selected: bool) -> None:
        """Take the next message."""
        if selected and message.number is not None:
            self._selected[message.record, message.index] = alone(record, message)
        elif message.declaration is NLCTRL and message.direction == "to-user":
            self._naming[message.record, message.index] = alone(record, message)

    def records(self, needed: Collection[int]) -> list[Record]:
        """Return what was selected, and nlctrl's messages in the records that are needed to read it."""
        found = self._selected | {place: record for place, record in self._naming.items() if place[0] in needed}
        return [found[place] for place in sorted(found)]


class Packets:
    """Collects the packets inside the selected messages; needs every message of a capture in order."""

    def __init__(self) -> None:
        self._records: list[Record] = []

    def see(self, record: Record, message: Message, selected: bool) -> None:
        """Take the next message."""
        frame = packet(record, message) if selected and (message.declaration is not None or message.kind == "error") else None
        if frame is not None:
            self._records.append(frame)

    def records(self, needed: Collection[int]) -> list[Record]:
        """Return the packets; they need nothing else to be read."""
        return self._records
