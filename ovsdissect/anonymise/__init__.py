"""Messages without the addresses and names that they were captured with: lengths, errors and relations stay as they were.

`attributes` and `packets` find what must change, `addresses` and `words` say into what; this module combines them.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from ovsdissect.anonymise.addresses import Addresses, is_well_known
from ovsdissect.anonymise.attributes import message_places
from ovsdissect.anonymise.checksums import mend
from ovsdissect.anonymise.inner import packets
from ovsdissect.anonymise.place import Place, Sort
from ovsdissect.anonymise.words import Words
from ovsdissect.dissect.message import Message

__all__ = ["Anonymiser", "Originals"]

# from this many bits on, the bytes of a masked address identify a network or a vendor
TELLING: Final = {4: 24, 6: 40, 16: 48}
LONGEST: Final = (16, 6, 4)
NAME_INSIDE: Final = 4  # minimum length in bytes of a name that is searched for inside other bytes


class Originals:
    """What must not remain: addresses that are not well known, texts, UUIDs; as bytes.

    full: the addresses that occur completely somewhere, in order of occurrence.
    """

    def __init__(self) -> None:
        self.addresses: set[bytes] = set()
        self.full: dict[bytes, None] = {}
        self.texts: set[bytes] = set()
        self.uuids: set[bytes] = set()

    def add(self, place: Place, data: bytes) -> None:
        """Take what is at a place."""
        raw = place.of(data)
        if place.sort is Sort.TEXT:
            self.texts.add(raw)
        elif place.sort is Sort.UUID and any(raw):
            self.uuids.add(raw)
        elif place.sort is Sort.ADDRESS:
            self._address(raw, place.mask)
            if place.last is not None:
                self._address(data[place.last : place.last + place.length], None)

    def _address(self, raw: bytes, mask: bytes | None) -> None:
        if is_well_known(raw):
            return
        if mask is None:
            self.full.setdefault(raw)
        if mask is None or int.from_bytes(mask, "big").bit_count() >= TELLING[len(raw)]:
            self.addresses.add(raw)


class Anonymiser:
    """Changes messages, each alone in its record, under a key.

    It sees all messages first: undecoded bytes are searched for the addresses and names of the others.
    attempt: another number gives another key, in case an address becomes one of the originals by chance.
    """

    def __init__(self, messages: Sequence[Message], key: bytes, attempt: int = 0) -> None:
        own = blake2b(key, digest_size=32, salt=attempt.to_bytes(16, "big"), person=b"anonymise").digest()
        self.originals = Originals()
        self._addresses = Addresses(own)
        self._places = [message_places(message) for message in messages]
        self._messages = messages
        self._whole: dict[tuple[bytes, str], bytes] = {}  # the complete values in a flow's key, by ufid and path
        for message, places in zip(messages, self._places, strict=True):
            for place in places:
                self.originals.add(place, message.data)
                if place.sort is Sort.ADDRESS and place.mask is None and message.direction == "to-kernel" and ufid(message):
                    self._whole.setdefault((ufid(message), place.path), place.of(message.data))
        self._words = Words(own, self.originals.texts)
        self._inside = self._substitutes()

    def records(self) -> list[bytes]:
        """Return the bytes of each message's record after the changes."""
        return [self._record(message, places) for message, places in zip(self._messages, self._places, strict=True)]

    def _substitutes(self) -> dict[bytes, bytes]:
        """Return what is replaced inside undecoded bytes: addresses in both byte orders, UUIDs, names."""
        found = {uuid: self._words.uuid(uuid) for uuid in self.originals.uuids}
        for raw in self.originals.addresses:
            other = self._address(raw)
            found[raw] = other
            found.setdefault(raw[::-1], other[::-1])
        return found | {text: self._words(text) for text in self.originals.texts if len(text) >= NAME_INSIDE}

    def _record(self, message: Message, places: list[Place]) -> bytes:
        data = bytearray(message.data)
        flow = ufid(message)
        for place in places:
            data[place.offset : place.offset + place.length] = self._other(place, message.data, flow)
            if place.last is not None:
                ends = (place.of(message.data), message.data[place.last : place.last + place.length])
                first, last = sorted(self._address(raw) for raw in ends)
                data[place.offset : place.offset + place.length] = first
                data[place.last : place.last + place.length] = last
        for inside in packets(message):
            mend(message.data, data, inside.frame.layers)
        return bytes(data)

    def _other(self, place: Place, data: bytes, flow: bytes) -> bytes:
        raw = place.of(data)
        if place.sort is Sort.ADDRESS:
            return self._masked(raw, place, flow) if place.mask else self._address(raw)
        if place.sort is Sort.MASK:
            return self._address(raw) if raw in self.originals.addresses else raw
        if place.sort is Sort.TEXT:
            return self._words(raw)
        if place.sort is Sort.UUID:
            return self._words.uuid(raw)
        if place.sort is Sort.OPAQUE:
            other = self._replaced(raw)
            return both(other, place.mask) if place.mask and both(raw, place.mask) == raw else other
        return bytes(len(raw) - 1) + (b"\1" if place.sort is Sort.TRAILER else b"\0")

    def _address(self, raw: bytes) -> bytes:
        maps = {4: self._addresses.ipv4, 6: self._addresses.mac, 16: self._addresses.ipv6}
        return maps[len(raw)](raw)

    def _masked(self, raw: bytes, place: Place, flow: bytes) -> bytes:
        """Return the replacement of an address that was cut by its mask: the replacement of the complete address, cut in the same way.

        A prefix determines its own replacement; any other mask needs the complete address: that of the flow's request, or any that fits.
        """
        mask = place.mask or b""
        if both(raw, mask) != raw:
            return self._address(raw)
        whole = self._whole.get((flow, place.path), raw)
        if len(whole) != len(raw) or both(whole, mask) != raw:
            whole = raw
        if whole == raw and any(raw) and not _is_prefix(mask):
            whole = next((one for one in self.originals.full if len(one) == len(raw) and both(one, mask) == raw), raw)
        return both(self._address(whole), mask)

    def _replaced(self, raw: bytes) -> bytes:
        """Return bytes with the addresses, UUIDs and names inside replaced, from the left, longest first."""
        other = bytearray(raw)
        lengths = sorted({len(one) for one in self._inside}, reverse=True)
        at = 0
        while at < len(raw):
            piece = next((raw[at : at + n] for n in lengths if at + n <= len(raw) and raw[at : at + n] in self._inside), b"")
            if piece:
                other[at : at + len(piece)] = self._inside[piece]
            at += len(piece) or 1
        return bytes(other)


def ufid(message: Message) -> bytes:
    """Return the ufid of a flow's message, b"" if it has none."""
    node = message.attrs.child("ufid") if message.attrs else None
    return message.data[node.offset : node.offset + node.length] if node else b""


def both(one: bytes, other: bytes) -> bytes:
    """Return the bits that both have set."""
    return bytes(a & b for a, b in zip(one, other, strict=True))


def _is_prefix(mask: bytes) -> bool:
    bits = int.from_bytes(mask, "big")
    inverted = bits ^ (1 << 8 * len(mask)) - 1
    return not inverted & inverted + 1
