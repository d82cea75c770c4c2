"""Infers the family of a message from its shape alone, for captures without nlctrl messages.

It is strict: a message with too little content decides nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from struct import Struct
from typing import Final

from construct import ConstructError

from ovsdissect.byteorder import ByteOrder
from ovsdissect.grammar import Family
from ovsdissect.grammar.attrs import NLA_HEADER, attributes
from ovsdissect.grammar.wire import PREFIX

# A message with all attributes of one of these combinations cannot belong to another generic netlink family. "rich" stands for a flow key
# of at least RICH_KEY attributes.
SIGNATURES: Final[dict[str, tuple[frozenset[str], ...]]] = {
    "ovs_packet": (frozenset({"packet", "key"}), frozenset({"rich"})),
    "ovs_flow": (frozenset({"rich"}), frozenset({"ufid", "stats"}), frozenset({"ufid", "key"}), frozenset({"key", "actions"})),
    "ovs_datapath": (frozenset({"name", "stats"}), frozenset({"name", "user_features", "upcall_pid"})),
    "ovs_vport": (frozenset({"port_no", "type", "name"}), frozenset({"name", "stats"})),
    "ovs_meter": (frozenset({"id", "bands"}), frozenset({"max_meters", "max_bands"}), frozenset({"id", "stats", "used"})),
    "ovs_ct_limit": (),
}
RICH_KEY: Final = 6
SAMPLES_PER_LOOK: Final = 8
SAMPLES: Final = 256
MESSAGES: Final = 4096
LOOKS: Final = 512  # different looks that are told apart among the messages of a type, each by this many attributes:
LOOKED_AT: Final = 32
_HEADERS: Final = {order: Struct(prefix + "HH").unpack_from for order, prefix in PREFIX.items()}  # struct nlattr


def shape(family: Family, body: bytes, order: ByteOrder, *, cut: bool) -> frozenset[str] | None:
    """Return the names of the attributes of a message (genlmsghdr and what follows), including "rich"; None if it does not fit the family.

    `cut`: the capture holds only a part of the message; then its complete attributes must fit.
    """
    header = family.header.size or 0 if family.header else 0
    if len(body) < 4 + header:
        return None
    command, version = body[0], body[1]
    if command not in family.by_number or not 1 <= version <= family.version or body[2:4] != b"\0\0":
        return None
    if family.header and family.header.parse(body[4 : 4 + header], byteorder=order)["dp_ifindex"] < 0:
        return None
    data = body[4 + header :]
    seen: set[str] = set()
    try:
        for number, _flags, start, end, _padding in attributes(_whole(data, order) if cut else data, order):
            row = family.attrs.by_number.get(number)
            if row is None or row.name in seen or row.wire.size not in (None, end - start):
                return None
            value = row.wire.parse(data[start:end], byteorder=order)
            seen.add(row.name)
            if row.name == "key" and len(value) >= RICH_KEY and all(not element.row.name.startswith("attr_") for element in value):
                seen.add("rich")
    except ConstructError:
        return None
    return frozenset(seen)


def _whole(data: bytes, order: ByteOrder) -> bytes:
    """Return the bytes of the complete attributes of a cut message."""
    offset = 0
    while offset + NLA_HEADER <= len(data):
        length = int.from_bytes(data[offset : offset + 2], order)
        if length < NLA_HEADER or offset + length > len(data):
            break
        offset += length + 3 & ~3
    return data[:offset]


def _look(body: bytes, order: ByteOrder) -> tuple[int, ...]:
    """Return command and first attribute numbers of a message with an ovs_header: messages that look alike teach the same."""
    look = [body[0] if body else -1]
    offset = 8
    header = _HEADERS[order]
    while offset + NLA_HEADER <= len(body) and len(look) <= LOOKED_AT:
        length, number = header(body, offset)
        look.append(number)
        if length < NLA_HEADER:
            break
        offset += length + 3 & ~3
    return tuple(look)


@dataclass(slots=True)
class Evidence:
    """What the messages of one nlmsg_type have indicated so far."""

    messages: int = 0
    total: int = 0
    fits: Counter[str] = field(default_factory=Counter)
    telling: Counter[str] = field(default_factory=Counter)
    looks: Counter[tuple[int, ...]] = field(default_factory=Counter)
    kept: list[tuple[bytes, ByteOrder, bool]] = field(default_factory=list)

    def keep(self, body: bytes, order: ByteOrder, *, cut: bool) -> bool:
        """Remember a message, to be weighed if its type stays unknown. Returns False if no later ones are needed."""
        self.messages += 1
        look = _look(body, order)
        if look in self.looks or len(self.looks) < LOOKS:
            self.looks[look] += 1
        if 0 < self.looks.get(look, 0) <= SAMPLES_PER_LOOK:
            self.kept.append((body, order, cut))
        return len(self.kept) < SAMPLES and self.messages < MESSAGES

    def settle(self, families: tuple[Family, ...]) -> None:
        """Weigh what was kept."""
        kept, self.kept, self.messages = self.kept, [], 0
        self.looks.clear()
        for body, order, cut in kept:
            self.add(body, order, families, cut=cut)

    def add(self, body: bytes, order: ByteOrder, families: tuple[Family, ...], *, cut: bool) -> None:
        """Weigh one more message; of messages that look alike only the first few count."""
        self.messages += 1
        if not self.open():
            return
        look = _look(body, order)
        self.looks[look] += 1
        if self.looks[look] > SAMPLES_PER_LOOK:
            return
        self.total += 1
        found = {family.name: names for family in families if (names := shape(family, body, order, cut=cut)) is not None}
        self.fits.update(found.keys())
        self.telling.update(name for name, names in found.items() if any(signature <= names for signature in SIGNATURES[name]))

    def verdict(self) -> str | None:
        """Return the family that nine of ten messages fit and that at least one must belong to; None if there is none, or more than one."""
        able = [name for name in self.telling if self.fits[name] * 10 >= self.total * 9]
        return able[0] if len(able) == 1 else None

    def confirms(self, name: str) -> bool:
        """Return whether it supports the family expected from the neighbouring ids: a message must belong to it, and half of them fit."""
        return self.telling[name] > 0 and self.fits[name] * 2 > self.total

    def open(self) -> bool:
        """Return whether later messages may still decide."""
        if self.total >= SAMPLES or self.messages >= MESSAGES:
            return False
        return not self.total or any(count * 10 >= self.total * 9 for count in self.fits.values())
