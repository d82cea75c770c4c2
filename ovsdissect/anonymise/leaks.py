"""Verifies that no original addresses and names remain: in bytes in either order, in text, in any spelling.

Bytes may equal an address by chance: a number, or two adjacent values. A hit is a leak if it is in an unchanged value that could hold an
address, if an address became another original, and in any place if it is too long to be there by chance.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from ovsdissect.anonymise.inner import packets
from ovsdissect.anonymise.sought import Sought
from ovsdissect.dissect.message import Message
from ovsdissect.families import NLCTRL
from ovsdissect.netlink.headers import NLMSGHDR_LEN
from ovsdissect.tree.node import Node

NUMBERS: Final = frozenset(("uint", "int", "enum", "flags", "bits", "id", "flag"))
ADDRESSES: Final = frozenset(("ipv4", "ipv6", "mac"))
LONG_ADDRESS: Final = 6
LONG_NAME: Final = 6  # minimum length in bytes of a name that is searched for inside other bytes

MAC: Final = re.compile(r"(?<![0-9A-Fa-f:.-])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![0-9A-Fa-f:-])")
BARE: Final = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{12}(?![0-9A-Fa-f])")
CISCO: Final = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2}(?![0-9A-Fa-f])")
IPV4: Final = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
IPV6: Final = re.compile(r"(?<![0-9A-Za-z:.])[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*")
UUID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
TOKEN: Final = re.compile(r"[^\s\"'(),=/<>{}\[\]]+")


class Hit(NamedTuple):
    """An original that was found.

    leak: it must not be there; otherwise the bytes match by chance. changed: another key may give other bytes.
    """

    leak: bool
    text: str
    changed: bool = True


def in_messages(originals: Sought, old: Sequence[Message], new: Sequence[Message]) -> Iterator[Hit]:
    """Yield the hits in the bytes of the messages, and in their names."""
    wanted = _Wanted(originals)
    names = {text for text in originals.texts if text and _telling(text)}
    for before, after in zip(old, new, strict=True):
        data = after.data
        header = after.frame.offset, after.frame.offset + NLMSGHDR_LEN
        for at, end in wanted.found(data):
            if header[0] <= at and end <= header[1]:
                continue  # nlmsghdr is five numbers
            text = f"message {after.number} of the fixture has the bytes of an original address or UUID at byte {at}"
            leak = _is_leak(before, after, at, end) or _is_nobody_elses(data[at:end])
            yield Hit(leak, text, before.data[at:end] != data[at:end])
        for node in _texts(after):
            if bytes(node.raw).partition(b"\0")[0] in names:
                yield Hit(True, f"message {after.number} of the fixture has an original name at byte {node.offset}")
        if after.declaration is not NLCTRL:
            for name in names:
                if len(name) >= LONG_NAME and name in data:
                    yield Hit(True, f"message {after.number} of the fixture has an original name at byte {data.find(name)}")
        yield from in_text(originals, data.decode("latin-1"), f"message {after.number} of the fixture")


def in_text(originals: Sought, text: str, where: str) -> Iterator[Hit]:
    """Yield the hits of addresses and UUIDs as text."""
    for raw in _spelled(text):
        if raw in originals.addresses or raw in originals.uuids or raw[::-1] in originals.uuids:
            yield Hit(True, f"{where} spells out an original address")


def in_objects(originals: Sought, objects: Iterable[Any], nameless: Iterable[Any]) -> Iterator[Hit]:
    """Yield the hits of names in the values of JSON objects.

    nameless: the same objects without the names of ports; words in them are not names.
    """
    names = {text.decode("utf-8", "backslashreplace") for text in originals.texts if text and _telling(text)}
    for number, (one, other) in enumerate(zip(objects, nameless, strict=True), 1):
        words = {word for value in _strings(one) for word in TOKEN.findall(value)}
        if words & names and words & names - {word for value in _strings(other) for word in TOKEN.findall(value)}:
            yield Hit(True, f"line {number} of the golden file has an original name")


class _Wanted:
    """The addresses and UUIDs to search for in bytes, by their first two bytes."""

    def __init__(self, originals: Sought) -> None:
        self._lengths: dict[bytes, set[bytes]] = {}
        for raw in originals.addresses | originals.uuids:
            for one in (raw, raw[::-1]):
                self._lengths.setdefault(one[:2], set()).add(one)
        heads = b"|".join(re.escape(head) for head in sorted(self._lengths))
        self._head = re.compile(b"(?=" + (heads or b"(?!)") + b")", re.DOTALL)

    def found(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield where one occurs."""
        for match in self._head.finditer(data):
            at = match.start()
            for raw in self._lengths[data[at : at + 2]]:
                if data.startswith(raw, at):
                    yield at, at + len(raw)


def _telling(text: bytes) -> bool:
    """Whether a text has anything that can be disguised."""
    return any(chr(byte).isalnum() for byte in text)


def _is_nobody_elses(raw: bytes) -> bool:
    """Whether bytes are too long and too varied to be an address by chance."""
    return len(raw) >= LONG_ADDRESS and len(set(raw)) > LONG_ADDRESS // 2


def _is_leak(old: Message, new: Message, at: int, end: int) -> bool:
    node = _covering(new.root, at, end, False) or _packet_node(new, at, end)
    if node is None:
        return False
    if node.wire.kind in ADDRESSES:
        return (node.offset, node.offset + node.length) == (at, end)  # part of a longer, well-known one does not count
    return old.data[at:end] == new.data[at:end]


def _packet_node(message: Message, at: int, end: int) -> Node | None:
    layers = (layer for inside in packets(message) for layer in inside.frame.layers)
    return next((node for layer in layers if (node := _covering(layer, at, end, False))), None)


def _covering(node: Node, at: int, end: int, masked: bool) -> Node | None:
    """Return the leaf that could hold an address and contains all these bytes; leaves of a packet are not those of its attribute."""
    masked = masked or node.name == "mask"
    if node.children:
        return next((found for child in node.children if (found := _covering(child, at, end, masked))), None)
    covers = node.offset <= at and end <= node.offset + node.length and node.raw is not None
    return node if covers and not masked and node.wire.kind not in NUMBERS and node.wire.kind != "packet" else None


def _texts(message: Message) -> Iterator[Node]:
    yield from _text_nodes(message.root)
    for inside in packets(message):
        for layer in inside.frame.layers:
            yield from _text_nodes(layer)


def _text_nodes(node: Node) -> Iterator[Node]:
    if node.wire.kind == "text":
        yield node
    for child in node.children:
        yield from _text_nodes(child)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)


def _spelled(text: str) -> Iterator[bytes]:
    """Yield the bytes of every address and UUID that a text spells out."""
    for pattern in (MAC, BARE, CISCO, UUID):
        for match in pattern.finditer(text):
            yield bytes.fromhex(re.sub("[:.-]", "", match[0]))
    for match in IPV4.finditer(text):
        parts = [int(part) for part in match[0].split(".")]
        if max(parts) < 256:
            yield bytes(parts)
    for match in IPV6.finditer(text):
        try:
            yield ipaddress.IPv6Address(match[0].rstrip(".")).packed
        except ValueError:
            continue
